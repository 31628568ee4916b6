//! Why nothing is registered.

use poolhouse_kernel::Fault;

/// Why nothing is registered.
#[derive(Debug)]
pub enum Refused {
    /// The pool takes no registrations.
    Off,
    /// There is no token, or not a good one, and without one nobody may register.
    Token,
    /// The token is good, but not for this.
    Scope,
    /// A redirect URI is none that a browser is sent to; the text says which.
    RedirectUri(String),
    /// Something else of the client's metadata cannot be had; the text says what.
    Metadata(String),
    /// Too many requests, or a failure of ours.
    Fault(Fault),
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
