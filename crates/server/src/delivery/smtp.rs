//! E-mail through a mail relay.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use poolhouse_ports::{DeliveryError, Message, Transport};

use crate::config::{DeliveryOptions, SmtpTls};
use crate::exit::Failure;
use crate::http_client::with_causes;

/// How long a connection, and each command on it, may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// Replies of a relay that does not know who we are (RFC 4954): permanent by their number, but the operator can set
/// them right.
const AUTHENTICATION: [u16; 5] = [523, 530, 534, 535, 538];

/// A mail relay.
struct Relay {
    smtp: AsyncSmtpTransport<Tokio1Executor>,
    /// Sender where the pool names none.
    from: Mailbox,
}

/// The relay `host` as a transport.
///
/// # Errors
/// Exit code 2; names the setting.
pub(super) fn transport(host: &str, options: &DeliveryOptions) -> Result<Transport, Failure> {
    let relay = Arc::new(Relay::new(host, options)?);
    Ok(Transport::new(move |message| {
        let relay = Arc::clone(&relay);
        Box::pin(async move { relay.send(&message).await })
    }))
}

/// Says hello to the relay as before each message, but sends none.
///
/// # Errors
/// Exit code 2 where the settings are wrong; within, why the relay takes nothing.
pub(super) async fn reach(
    host: &str,
    options: &DeliveryOptions,
) -> Result<Result<(), DeliveryError>, Failure> {
    let relay = Relay::new(host, options)?;
    Ok(match relay.smtp.test_connection().await {
        Ok(true) => Ok(()),
        Ok(false) => Err(DeliveryError::passing("the mail relay does not answer as one")),
        Err(error) => Err(delivery_error(&error)),
    })
}

/// The relay in a few words.
pub(super) fn describe(host: &str, options: &DeliveryOptions) -> String {
    let mode = mode(options);
    let protection = match mode {
        SmtpTls::Starttls => "STARTTLS",
        SmtpTls::Tls => "TLS",
        SmtpTls::None => "no TLS",
    };
    format!("{host}:{} with {protection}", options.smtp_port.unwrap_or(mode.port()))
}

fn mode(options: &DeliveryOptions) -> SmtpTls {
    options.smtp_tls.unwrap_or(SmtpTls::Starttls)
}

fn tls(mode: SmtpTls, host: &str, options: &DeliveryOptions) -> Result<Tls, Failure> {
    if mode == SmtpTls::None {
        return match options.smtp_ca_file {
            Some(_) => Err(Failure::setup("smtp-ca-file has no meaning with smtp-tls none; leave one out")),
            None => Ok(Tls::None),
        };
    }
    let mut parameters = TlsParameters::builder(host.to_owned());
    if let Some(path) = &options.smtp_ca_file {
        let wrong = |what: &str| Failure::setup(format!("smtp-ca-file: {}: {what}", path.display()));
        let pem = fs::read_to_string(path).map_err(|error| wrong(&error.to_string()))?;
        // A file without any is no error to the library.
        let pem = Some(pem).filter(|pem| pem.contains("-----BEGIN CERTIFICATE-----"));
        let certificate = pem.and_then(|pem| Certificate::from_pem(pem.as_bytes()).ok());
        let certificate = certificate.ok_or_else(|| wrong("holds no certificate in PEM"))?;
        parameters = parameters.add_root_certificate(certificate);
    }
    let parameters = parameters
        .build_rustls()
        .map_err(|error| Failure::setup(format!("smtp-tls: cannot set up TLS: {error}")))?;
    Ok(if mode == SmtpTls::Tls { Tls::Wrapper(parameters) } else { Tls::Required(parameters) })
}

impl Relay {
    fn new(host: &str, options: &DeliveryOptions) -> Result<Self, Failure> {
        let from = options.email_from.as_deref().ok_or_else(|| {
            Failure::setup("email-from is missing: give the address that e-mails come from, beside smtp-host")
        })?;
        let from: Mailbox = from.parse().map_err(|error| {
            Failure::setup(format!(
                "email-from must be an address or `Name <address>`, not {from:?}: {error}"
            ))
        })?;
        let mode = mode(options);
        let mut smtp = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(options.smtp_port.unwrap_or(mode.port()))
            .timeout(Some(PATIENCE))
            .hello_name(ClientId::Domain(from.email.domain().to_owned()))
            .tls(tls(mode, host, options)?);
        if let (Some(name), Some(password)) = (&options.smtp_username, &options.smtp_password) {
            smtp = smtp.credentials(Credentials::new(name.clone(), password.clone()));
        }
        Ok(Self { smtp: smtp.build(), from })
    }

    async fn send(&self, message: &Message) -> Result<(), DeliveryError> {
        let mail = self.mail(message)?;
        self.smtp.send(mail).await.map(drop).map_err(|error| delivery_error(&error))
    }

    /// The message as a mail. Bodies are HTML, as Cognito's are (triggers-and-messages §9, documented).
    fn mail(&self, message: &Message) -> Result<lettre::Message, DeliveryError> {
        let to: Result<Address, _> = message.destination.parse();
        let to = to.map_err(|_| DeliveryError::permanent("the destination is not an address of e-mail"))?;
        // What a pool says is not checked when it is set; a code arrives all the same.
        let from = message.from.as_deref().and_then(|from| from.parse().ok());
        let from: Mailbox = from.unwrap_or_else(|| self.from.clone());
        let sent_at = u64::try_from(message.sent_at.millis()).unwrap_or_default();
        let mut builder = MessageBuilder::new()
            .message_id(Some(format!("<{}@{}>", message.id, from.email.domain())))
            .date(UNIX_EPOCH + Duration::from_millis(sent_at))
            .from(from)
            .to(Mailbox::new(None, to))
            .subject(message.subject.replace(char::is_control, " "))
            .header(ContentType::TEXT_HTML)
            // Nobody's absence is to be told to the sender of a code (RFC 3834).
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ));
        if let Some(reply_to) = message.reply_to.as_deref().and_then(|reply_to| reply_to.parse().ok()) {
            builder = builder.reply_to(reply_to);
        }
        builder
            .body(message.body.clone())
            .map_err(|error| DeliveryError::permanent(format!("no mail can be made of it: {error}")))
    }
}

/// What a relay says may name the address: in the log stands its number alone.
fn delivery_error(error: &lettre::transport::smtp::Error) -> DeliveryError {
    let Some(status) = error.status() else {
        let cause = with_causes(error);
        let cure = cure(&cause).map(|cure| format!(" ({cure})")).unwrap_or_default();
        return DeliveryError::passing(format!("the mail relay cannot be used: {cause}{cure}"));
    };
    let number: u16 = status.into();
    DeliveryError {
        permanent: error.is_permanent() && !AUTHENTICATION.contains(&number),
        reason: format!("the mail relay answered {number}"),
        answer: Some(error.to_string()),
    }
}

/// What to do about a connection that does not come about, by the words of the library that makes it.
fn cure(cause: &str) -> Option<&'static str> {
    [
        (
            "UnknownIssuer",
            "its certificate is of an authority that this machine does not know: give that with smtp-ca-file",
        ),
        (
            "CaUsedAsEndEntity",
            "its certificate is an authority's own: let the relay have one that such an authority has signed",
        ),
        ("NotValidForName", "its certificate is for another name: give that name as smtp-host"),
        ("Expired", "its certificate has ended, or this machine's clock is wrong"),
        ("InvalidContentType", "it does not begin with TLS on this port: try smtp-tls starttls, or port 465"),
        ("STARTTLS is not supported", "it offers no STARTTLS on this port: try port 587, or smtp-tls tls"),
        ("onnection refused", "nothing listens there: check smtp-host and smtp-port"),
        ("lookup address", "there is no such host: check smtp-host"),
    ]
    .into_iter()
    .find(|(words, _)| cause.contains(words))
    .map(|(_, cure)| cure)
}

#[cfg(test)]
mod tests {
    use poolhouse_ports::{Medium, Timestamp};

    use super::*;

    fn message() -> Message {
        Message {
            id: "0c1d".to_owned(),
            pool: "us-east-1_a".into(),
            username: "alice".into(),
            destination: "alice@example.com".to_owned(),
            medium: Medium::Email,
            kind: "CustomMessage_SignUp",
            code: "123456".to_owned(),
            subject: "Hello".to_owned(),
            body: "<p>123456</p>".to_owned(),
            from: None,
            reply_to: None,
            sent_at: Timestamp::from_seconds(1_893_456_000),
        }
    }

    fn mail(message: &Message) -> Result<String, DeliveryError> {
        let smtp = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("127.0.0.1").build();
        let relay = Relay { smtp, from: "Demo <id@example.org>".parse().unwrap() };
        relay.mail(message).map(|mail| String::from_utf8(mail.formatted()).unwrap())
    }

    #[tokio::test]
    async fn a_mail_is_the_same_at_every_attempt() {
        let text = mail(&message()).unwrap();
        for line in [
            "Message-ID: <0c1d@example.org>",
            "Date: Tue, 01 Jan 2030 00:00:00 +0000",
            "From: Demo <id@example.org>",
            "To: alice@example.com",
            "Auto-Submitted: auto-generated",
        ] {
            assert!(text.contains(&format!("{line}\r\n")), "{line}: {text}");
        }
        assert_eq!(mail(&message()).unwrap(), text);
    }

    #[tokio::test]
    async fn what_a_pool_says_cannot_break_a_mail() {
        let odd = Message {
            subject: "Hello\r\nBcc: eve@example.com".to_owned(),
            from: Some("nobody".to_owned()),
            reply_to: Some("a@b\r\nBcc: eve@example.com".to_owned()),
            ..message()
        };
        let text = mail(&odd).unwrap();
        assert!(text.contains("From: Demo <id@example.org>\r\n"), "{text}");
        assert!(!text.contains("\nBcc") && !text.contains("Reply-To"), "{text}");
    }

    #[tokio::test]
    async fn a_destination_that_is_none_is_given_up() {
        for destination in ["", "alice", "alice@", "a@b\r\nRCPT TO:<eve@example.com>"] {
            let error = mail(&Message { destination: destination.to_owned(), ..message() }).unwrap_err();
            assert!(error.permanent, "{destination}");
            assert_eq!(error.to_string(), "the destination is not an address of e-mail");
        }
    }
}
