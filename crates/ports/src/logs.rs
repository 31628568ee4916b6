//! Logs that pools keep elsewhere: log groups, buckets and streams, by their ARNs, and what the operator put behind them.

use std::fmt;
use std::sync::Arc;

use crate::Timestamp;

/// One record on its way. Its `Debug` form does not show the text: it tells of users.
#[derive(Clone, PartialEq, Eq)]
pub struct LogRecord {
    /// The ARN of the log group, bucket or stream.
    pub destination: String,
    /// The stream within a log group.
    pub stream: String,
    /// When it happened.
    pub at: Timestamp,
    /// Whether it tells of an error.
    pub is_error: bool,
    /// What happened: JSON, or a line of text.
    pub text: String,
}

impl fmt::Debug for LogRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("LogRecord");
        shown.field("destination", &self.destination).field("stream", &self.stream).finish_non_exhaustive()
    }
}

/// Takes a record at once, whatever becomes of it.
type Sink = Arc<dyn Fn(LogRecord) + Send + Sync>;

/// Where records go. Clones lead to the same place.
#[derive(Clone)]
pub struct Logs(Option<Sink>);

impl Logs {
    /// Nowhere.
    pub fn none() -> Self {
        Self(None)
    }

    /// To `sink`, which must not wait: whoever writes a record is in the middle of a request.
    #[must_use]
    pub fn to(sink: impl Fn(LogRecord) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(sink)))
    }

    /// Writes a record, as well as may be: nothing tells whether it arrives.
    pub fn write(&self, record: LogRecord) {
        if let Some(sink) = &self.0 {
            sink(record);
        }
    }
}

impl fmt::Debug for Logs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Logs").field(&self.0.is_some()).finish()
    }
}
