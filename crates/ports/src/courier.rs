//! Outgoing messages: e-mail and SMS to users.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::Timestamp;

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
    /// Id of the user pool.
    pub pool: String,
    /// Canonical name of the user.
    pub username: String,
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
    /// The whole text.
    pub body: String,
    /// When it was handed over.
    pub sent_at: Timestamp,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
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
    pub pool: Option<String>,
    /// Canonical name of the user.
    pub username: Option<String>,
    /// Full address or telephone number.
    pub destination: Option<String>,
}

/// A message could not be handed over; the text says why, for the log and the caller.
#[derive(Clone, Debug)]
pub struct DeliveryError(pub String);

impl fmt::Display for DeliveryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for DeliveryError {}

/// Hands messages over. Clones share the same mailbox.
#[derive(Clone, Debug)]
pub struct Courier(Option<Arc<Mutex<VecDeque<Message>>>>);

impl Courier {
    /// A courier that keeps messages in memory to be read back: development and tests.
    pub fn mailbox() -> Self {
        Self(Some(Arc::default()))
    }

    /// A courier with no way to deliver anything; every message fails.
    pub fn unconfigured() -> Self {
        Self(None)
    }

    /// Hands one message over.
    ///
    /// # Errors
    /// When no way to deliver is configured.
    pub fn send(&self, message: Message) -> Result<(), DeliveryError> {
        let mailbox = self.mailbox_or_error()?;
        let mut mailbox = mailbox.lock().unwrap_or_else(PoisonError::into_inner);
        if mailbox.len() == MAILBOX_CAPACITY {
            mailbox.pop_front();
        }
        mailbox.push_back(message);
        Ok(())
    }

    /// Whether a message could be handed over now: as [`Courier::send`] would fail, so does this.
    ///
    /// # Errors
    /// When no way to deliver is configured.
    pub fn check(&self) -> Result<(), DeliveryError> {
        self.mailbox_or_error().map(drop)
    }

    fn mailbox_or_error(&self) -> Result<&Mutex<VecDeque<Message>>, DeliveryError> {
        let unconfigured =
            || DeliveryError("No delivery of messages is configured on this server.".to_owned());
        self.0.as_deref().ok_or_else(unconfigured)
    }

    /// The messages in the mailbox that `filter` lets through, newest first.
    pub fn messages(&self, filter: &MessageFilter) -> Vec<Message> {
        let Some(mailbox) = &self.0 else { return Vec::new() };
        let passes = |wanted: &Option<String>, value: &str| wanted.as_deref().is_none_or(|w| w == value);
        let mailbox = mailbox.lock().unwrap_or_else(PoisonError::into_inner);
        mailbox
            .iter()
            .rev()
            .filter(|m| {
                passes(&filter.pool, &m.pool)
                    && passes(&filter.username, &m.username)
                    && passes(&filter.destination, &m.destination)
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
            pool: pool.to_owned(),
            username: "alice".to_owned(),
            destination: "alice@example.com".to_owned(),
            medium: Medium::Email,
            kind: "CustomMessage_SignUp",
            code: code.to_owned(),
            subject: "s".to_owned(),
            body: format!("code {code}"),
            sent_at: Timestamp(0),
        }
    }

    #[test]
    fn a_mailbox_reads_back_newest_first_and_filtered() {
        let courier = Courier::mailbox();
        for (pool, code) in [("a", "1"), ("b", "2"), ("a", "3")] {
            courier.send(message(pool, code)).unwrap();
        }
        let filter = MessageFilter { pool: Some("a".to_owned()), ..MessageFilter::default() };
        let codes: Vec<_> = courier.messages(&filter).into_iter().map(|m| m.code).collect();
        assert_eq!(codes, ["3", "1"]);
    }

    #[test]
    fn a_mailbox_is_bounded() {
        let courier = Courier::mailbox();
        for n in 0..=MAILBOX_CAPACITY {
            courier.send(message("a", &n.to_string())).unwrap();
        }
        let kept = courier.messages(&MessageFilter::default());
        assert_eq!((kept.len(), kept.last().unwrap().code.as_str()), (MAILBOX_CAPACITY, "1"));
    }

    #[test]
    fn without_configuration_sending_fails() {
        assert!(Courier::unconfigured().send(message("a", "1")).is_err());
        assert!(Courier::unconfigured().check().is_err());
        assert!(Courier::mailbox().check().is_ok());
    }

    #[test]
    fn debug_hides_the_code() {
        assert!(!format!("{:?}", message("a", "424242")).contains("424242"));
    }
}
