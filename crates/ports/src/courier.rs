//! Outgoing messages: e-mail and SMS to users.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use crate::{PoolId, Timestamp, Username};

/// How many messages a mailbox keeps; older ones are dropped.
const MAILBOX_CAPACITY: usize = 10_000;

/// What carries a message to its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    /// E-mail.
    Email,
    /// Text message to a telephone.
    Sms,
}

impl Medium {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Email, Self::Sms];

    /// Cognito's name of the medium (`DeliveryMediumType`).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "EMAIL",
            Self::Sms => "SMS",
        }
    }
}

/// One message to one user.
///
/// Its `Debug` form shows neither code nor text: both let their reader in.
#[derive(Clone)]
pub struct Message {
    /// Names the message; the same at every attempt to hand it over, so that a receiver can tell doubles.
    pub id: String,
    /// Id of the user pool.
    pub pool: PoolId,
    /// Canonical name of the user.
    pub username: Username,
    /// Full address or telephone number.
    pub destination: String,
    /// E-mail or SMS.
    pub medium: Medium,
    /// Why it is sent, in Cognito's words for the occasion, such as `CustomMessage_SignUp`.
    pub kind: &'static str,
    /// The code or temporary password in it.
    pub code: String,
    /// Subject of an e-mail; empty for SMS.
    pub subject: String,
    /// The whole text; of an e-mail HTML.
    pub body: String,
    /// The sender of an e-mail, as the pool names one: `address` or `Name <address>`.
    pub from: Option<String>,
    /// Where answers to an e-mail go, as the pool names an address.
    pub reply_to: Option<String>,
    /// When it was written.
    pub sent_at: Timestamp,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("id", &self.id)
            .field("pool", &self.pool)
            .field("medium", &self.medium)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Which messages of a mailbox to read; an absent member does not filter.
#[derive(Clone, Debug, Default)]
pub struct MessageFilter {
    /// Id of the user pool.
    pub pool: Option<PoolId>,
    /// Canonical name of the user.
    pub username: Option<Username>,
    /// Full address or telephone number.
    pub destination: Option<String>,
}

/// A message could not be handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryError {
    /// Whether every further attempt would fail too.
    pub permanent: bool,
    /// Why, for the log: without addresses, codes and what the other side says of them.
    pub reason: String,
    /// What the other side said, word by word; for the operator's own eyes.
    pub answer: Option<String>,
}

impl DeliveryError {
    /// A failure that may pass.
    pub fn passing(reason: impl Into<String>) -> Self {
        Self { permanent: false, reason: reason.into(), answer: None }
    }

    /// A failure that stays.
    pub fn permanent(reason: impl Into<String>) -> Self {
        Self { permanent: true, reason: reason.into(), answer: None }
    }
}

impl fmt::Display for DeliveryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for DeliveryError {}

/// What becomes of handing a message over.
pub type Handover = Pin<Box<dyn Future<Output = Result<(), DeliveryError>> + Send>>;

/// Hands messages of one medium over to whoever carries them on: a mail relay, a gateway for SMS.
#[derive(Clone)]
pub struct Transport(Arc<dyn Fn(Message) -> Handover + Send + Sync>);

impl Transport {
    /// A transport that does `hand_over`, which bounds its own time.
    pub fn new<F>(hand_over: F) -> Self
    where
        F: Fn(Message) -> Handover + Send + Sync + 'static,
    {
        Self(Arc::new(hand_over))
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transport")
    }
}

/// Where messages go. Clones share the same mailbox and transports.
#[derive(Clone, Debug)]
pub struct Courier(Way);

#[derive(Clone, Debug)]
enum Way {
    Mailbox(Arc<Mutex<VecDeque<Message>>>),
    Transports { email: Option<Transport>, sms: Option<Transport> },
}

impl Courier {
    /// A courier that keeps messages in memory to be read back: development and tests.
    pub fn mailbox() -> Self {
        Self(Way::Mailbox(Arc::default()))
    }

    /// A courier with a transport for each medium, where there is one.
    pub fn transports(email: Option<Transport>, sms: Option<Transport>) -> Self {
        Self(Way::Transports { email, sms })
    }

    /// A courier with no way to deliver anything.
    pub fn unconfigured() -> Self {
        Self::transports(None, None)
    }

    /// Whether there is a way for messages of this medium.
    pub fn serves(&self, medium: Medium) -> bool {
        matches!(self.0, Way::Mailbox(_)) || self.transport(medium).is_some()
    }

    /// Whether messages are kept in memory, and so handed over at once.
    pub fn is_mailbox(&self) -> bool {
        matches!(self.0, Way::Mailbox(_))
    }

    /// Hands one message over.
    ///
    /// # Errors
    /// When there is no way for it, or the other side does not take it.
    pub async fn hand_over(&self, message: Message) -> Result<(), DeliveryError> {
        match self.transport(message.medium) {
            Some(transport) => transport.0(message).await,
            None if self.is_mailbox() => {
                self.keep(message);
                Ok(())
            }
            None => Err(DeliveryError::passing("no delivery is configured for its medium")),
        }
    }

    /// Puts a message into the mailbox, if this is one.
    pub fn keep(&self, message: Message) {
        let Way::Mailbox(mailbox) = &self.0 else { return };
        let mut mailbox = mailbox.lock().unwrap_or_else(PoisonError::into_inner);
        if mailbox.len() == MAILBOX_CAPACITY {
            mailbox.pop_front();
        }
        mailbox.push_back(message);
    }

    fn transport(&self, medium: Medium) -> Option<&Transport> {
        match (&self.0, medium) {
            (Way::Transports { email, .. }, Medium::Email) => email.as_ref(),
            (Way::Transports { sms, .. }, Medium::Sms) => sms.as_ref(),
            (Way::Mailbox(_), _) => None,
        }
    }

    /// The messages in the mailbox that `filter` lets through, newest first.
    pub fn messages(&self, filter: &MessageFilter) -> Vec<Message> {
        let Way::Mailbox(mailbox) = &self.0 else { return Vec::new() };
        let mailbox = mailbox.lock().unwrap_or_else(PoisonError::into_inner);
        mailbox
            .iter()
            .rev()
            .filter(|m| {
                filter.pool.as_ref().is_none_or(|pool| *pool == m.pool)
                    && filter.username.as_ref().is_none_or(|username| *username == m.username)
                    && filter.destination.as_ref().is_none_or(|destination| *destination == m.destination)
            })
            .cloned()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(pool: &str, code: &str) -> Message {
        Message {
            id: "id".to_owned(),
            pool: pool.into(),
            username: "alice".into(),
            destination: "alice@example.com".to_owned(),
            medium: Medium::Email,
            kind: "CustomMessage_SignUp",
            code: code.to_owned(),
            subject: "s".to_owned(),
            body: format!("code {code}"),
            from: None,
            reply_to: None,
            sent_at: Timestamp(0),
        }
    }

    #[test]
    fn a_mailbox_reads_back_newest_first_and_filtered() {
        let courier = Courier::mailbox();
        for (pool, code) in [("a", "1"), ("b", "2"), ("a", "3")] {
            courier.keep(message(pool, code));
        }
        let filter = MessageFilter { pool: Some("a".into()), ..MessageFilter::default() };
        let codes: Vec<_> = courier.messages(&filter).into_iter().map(|m| m.code).collect();
        assert_eq!(codes, ["3", "1"]);
    }

    #[test]
    fn a_mailbox_is_bounded() {
        let courier = Courier::mailbox();
        for n in 0..=MAILBOX_CAPACITY {
            courier.keep(message("a", &n.to_string()));
        }
        let kept = courier.messages(&MessageFilter::default());
        assert_eq!((kept.len(), kept.last().unwrap().code.as_str()), (MAILBOX_CAPACITY, "1"));
    }

    #[test]
    fn each_medium_needs_a_way_of_its_own() {
        let transport = Transport::new(|_| Box::pin(async { Ok(()) }));
        let courier = Courier::transports(Some(transport), None);
        assert_eq!([Medium::Email, Medium::Sms].map(|m| courier.serves(m)), [true, false]);
        assert_eq!([Medium::Email, Medium::Sms].map(|m| Courier::mailbox().serves(m)), [true, true]);
        assert_eq!([Medium::Email, Medium::Sms].map(|m| Courier::unconfigured().serves(m)), [false, false]);
    }

    #[test]
    fn debug_hides_the_code() {
        assert!(!format!("{:?}", message("a", "424242")).contains("424242"));
    }
}
