//! What this node knows of the outbox besides its rows.

use std::sync::atomic::{AtomicBool, Ordering};

use poolhouse_kernel::quiet::Quiet;
use poolhouse_ports::{Medium, Timestamp};
use tokio::sync::Notify;

/// Whether there is something to send, and room for more.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    email_written: Notify,
    sms_written: Notify,
    full: AtomicBool,
    /// Why messages could not be sent of late, and when that was told.
    told: Quiet<String>,
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
        self.told.is_news(reason.to_owned(), now)
    }
}
