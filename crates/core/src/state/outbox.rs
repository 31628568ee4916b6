//! What this node knows of the outbox besides its rows.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use poolhouse_ports::{Medium, Timestamp};
use tokio::sync::Notify;

/// How long a reason is not told again, in milliseconds.
const QUIET: i64 = 60_000;

/// How many reasons are remembered; of more at once, some are told again.
const REASONS: usize = 64;

/// Whether there is something to send, and room for more.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    email_written: Notify,
    sms_written: Notify,
    full: AtomicBool,
    /// Why messages could not be sent of late, and when that was told.
    told: Mutex<BTreeMap<String, Timestamp>>,
}

impl Outbox {
    /// Tells this node's sender that there is a message.
    pub(crate) fn wake(&self, medium: Medium) {
        self.written(medium).notify_one();
    }

    /// Told of each message that this node writes.
    pub(crate) fn written(&self, medium: Medium) -> &Notify {
        match medium {
            Medium::Email => &self.email_written,
            Medium::Sms => &self.sms_written,
        }
    }

    /// Closes or opens the outbox to new messages.
    pub(crate) fn set_full(&self, full: bool) {
        self.full.store(full, Ordering::Relaxed);
    }

    /// Whether no more messages are accepted.
    pub(crate) fn is_full(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }

    /// Whether the log has not told of late that messages cannot be sent for this reason. A relay that is down is told of
    /// once a minute, however many messages wait for it, and another fault at once.
    pub(crate) fn is_news(&self, reason: &str, now: Timestamp) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.retain(|_, at| now.millis_since(*at) < QUIET);
        if told.contains_key(reason) {
            return false;
        }
        if told.len() >= REASONS {
            told.pop_first();
        }
        told.insert(reason.to_owned(), now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_is_told_once_a_minute() {
        let outbox = Outbox::default();
        let at = Timestamp::from_seconds;
        assert!(outbox.is_news("refused", at(0)));
        assert!(!outbox.is_news("refused", at(1)));
        assert!(outbox.is_news("wrong password", at(2)));
        assert!(!outbox.is_news("refused", at(59)));
        assert!(outbox.is_news("refused", at(60)));
        for number in 0..=REASONS {
            assert!(outbox.is_news(&number.to_string(), at(60)));
        }
        assert!(outbox.told.lock().unwrap().len() <= REASONS);
    }
}
