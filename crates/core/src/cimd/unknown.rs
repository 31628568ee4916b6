//! Why a URL is no client.

use poolhouse_kernel::Fault;

/// Why a URL is no client.
#[derive(Debug)]
pub(crate) enum Unknown {
    /// No policy names it, or the policy's app client cannot lend its settings, or is gone.
    Client,
    /// Its document could not be had, or is none that counts.
    Document,
    /// Too many requests, or a failure of ours.
    Fault(Fault),
}

impl From<Fault> for Unknown {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
