//! Browsers that do not come back as they should.

use std::error::Error as StdError;
use std::{fmt, io};

/// Why what a browser brought back, if anything, is not the answer to a sign-in at the pool's domain.
///
/// ```
/// use poolhouse_client::{Error, RedirectError};
///
/// fn advice(error: &Error) -> &'static str {
///     match error {
///         Error::Redirect(RedirectError::TimedOut) => "nobody signed in",
///         Error::Redirect(_) => "begin the sign-in anew",
///         _ => "see the error",
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RedirectError {
    /// Its `state` is not that of this sign-in: it belongs to another one, or somebody made it up.
    WrongState,
    /// Its `iss` names another issuer than the pool's.
    WrongIssuer,
    /// It has neither a code nor an error, or something twice.
    Malformed,
    /// None came in time.
    TimedOut,
    /// This machine lets nobody listen there.
    CannotListen(io::ErrorKind),
}

impl fmt::Display for RedirectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::WrongState => "its state is not that of this sign-in: begin anew",
            Self::WrongIssuer => "it comes from another issuer",
            Self::Malformed => "it has neither a code nor an error",
            Self::TimedOut => "none came in time",
            Self::CannotListen(kind) => return write!(f, "this program cannot listen for it: {kind}"),
        };
        f.write_str(text)
    }
}

impl StdError for RedirectError {}
