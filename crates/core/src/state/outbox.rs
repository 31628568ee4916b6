//! What this node knows of the outbox besides its rows.

use std::sync::atomic::{AtomicBool, Ordering};

use poolhouse_ports::Medium;
use tokio::sync::Notify;

/// Whether there is something to send, and room for more.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    email_written: Notify,
    sms_written: Notify,
    full: AtomicBool,
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
}
