//! Settings of how messages reach users.

use std::fmt;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Deserialize;

use super::resolve;
use crate::exit::Failure;

/// Options for e-mail and SMS. Its `Debug` form shows no secrets.
#[derive(Args, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(crate) struct DeliveryOptions {
    /// Mail relay; without one there is no e-mail.
    #[arg(long, env = "POOLHOUSE_SMTP_HOST", value_name = "HOST")]
    pub(crate) smtp_host: Option<String>,

    /// Port of the mail relay [default: 587 with starttls, 465 with tls, 25 with none].
    #[arg(long, env = "POOLHOUSE_SMTP_PORT", value_name = "PORT")]
    pub(crate) smtp_port: Option<u16>,

    /// How the connection to the mail relay is protected [default: starttls].
    #[arg(long, env = "POOLHOUSE_SMTP_TLS", value_enum)]
    pub(crate) smtp_tls: Option<SmtpTls>,

    /// File with certificates (PEM) of authorities that the mail relay's certificate may come from, beside those of
    /// this machine.
    #[arg(long, env = "POOLHOUSE_SMTP_CA_FILE", value_name = "FILE")]
    pub(crate) smtp_ca_file: Option<PathBuf>,

    /// User name at the mail relay; goes with the password.
    #[arg(long, env = "POOLHOUSE_SMTP_USERNAME", value_name = "NAME")]
    pub(crate) smtp_username: Option<String>,

    /// Password at the mail relay. Better given by the environment than on the command line.
    #[arg(long, env = "POOLHOUSE_SMTP_PASSWORD", value_name = "PASSWORD", hide_env_values = true)]
    pub(crate) smtp_password: Option<String>,

    /// Sender of e-mails where a pool's EmailConfiguration names none: an address, or `Name <address>`.
    #[arg(long, env = "POOLHOUSE_EMAIL_FROM", value_name = "ADDRESS")]
    pub(crate) email_from: Option<String>,

    /// URL of a gateway that takes text messages as signed JSON (docs/messages.md); without one there is no SMS.
    #[arg(long, env = "POOLHOUSE_SMS_HOOK_URL", value_name = "URL")]
    pub(crate) sms_hook_url: Option<String>,

    /// What signs the calls of the SMS gateway: whsec_ and 24 to 64 bytes in base64. Better given by the environment
    /// than on the command line.
    #[arg(long, env = "POOLHOUSE_SMS_HOOK_SECRET", value_name = "SECRET", hide_env_values = true)]
    pub(crate) sms_hook_secret: Option<String>,
}

/// Protection of the connection to a mail relay.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SmtpTls {
    /// TLS after STARTTLS; a relay that does not offer it gets nothing.
    Starttls,
    /// TLS from the first byte.
    Tls,
    /// None: codes can be read on the way. For a relay on this machine.
    None,
}

impl SmtpTls {
    /// The usual port.
    pub(crate) const fn port(self) -> u16 {
        match self {
            Self::Starttls => 587,
            Self::Tls => 465,
            Self::None => 25,
        }
    }
}

impl fmt::Debug for DeliveryOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("DeliveryOptions");
        shown.field("smtp_host", &self.smtp_host).field("sms_hook_url", &self.sms_hook_url);
        shown.finish_non_exhaustive()
    }
}

impl DeliveryOptions {
    /// Takes from the file what neither option nor environment gave.
    pub(super) fn fill_from(&mut self, file: Self) {
        let Self {
            smtp_host,
            smtp_port,
            smtp_tls,
            smtp_ca_file,
            smtp_username,
            smtp_password,
            email_from,
            sms_hook_url,
            sms_hook_secret,
        } = file;
        self.smtp_host = self.smtp_host.take().or(smtp_host);
        self.smtp_port = self.smtp_port.or(smtp_port);
        self.smtp_tls = self.smtp_tls.or(smtp_tls);
        self.smtp_ca_file = self.smtp_ca_file.take().or(smtp_ca_file);
        self.smtp_username = self.smtp_username.take().or(smtp_username);
        self.smtp_password = self.smtp_password.take().or(smtp_password);
        self.email_from = self.email_from.take().or(email_from);
        self.sms_hook_url = self.sms_hook_url.take().or(sms_hook_url);
        self.sms_hook_secret = self.sms_hook_secret.take().or(sms_hook_secret);
    }

    /// Puts what secrets lead to in their place.
    ///
    /// # Errors
    /// Names the setting.
    pub(super) fn resolve(&mut self) -> Result<(), Failure> {
        resolve("smtp-username", &mut self.smtp_username)?;
        resolve("smtp-password", &mut self.smtp_password)?;
        resolve("sms-hook-secret", &mut self.sms_hook_secret)
    }

    /// Refuses settings that have no effect: they are a misunderstanding.
    ///
    /// # Errors
    /// Names the setting.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let smtp = [
            ("smtp-port", self.smtp_port.is_some()),
            ("smtp-tls", self.smtp_tls.is_some()),
            ("smtp-ca-file", self.smtp_ca_file.is_some()),
            ("smtp-username", self.smtp_username.is_some()),
            ("smtp-password", self.smtp_password.is_some()),
            ("email-from", self.email_from.is_some()),
        ];
        if let (None, Some((name, _))) = (&self.smtp_host, smtp.iter().find(|(_, given)| *given)) {
            return Err(Failure::setup(format!(
                "{name} is given without smtp-host; name the mail relay, or leave it out"
            )));
        }
        if self.smtp_username.is_some() != self.smtp_password.is_some() {
            return Err(Failure::setup("smtp-username and smtp-password go together; give both or none"));
        }
        if self.sms_hook_secret.is_some() && self.sms_hook_url.is_none() {
            return Err(Failure::setup("sms-hook-secret is given without sms-hook-url; give both or none"));
        }
        Ok(())
    }
}
