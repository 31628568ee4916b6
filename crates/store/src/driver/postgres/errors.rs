//! The driver's errors in the store's terms.

use tokio_postgres::error::SqlState;

use super::pool::NoConnection;
use crate::error::{OpenError, StoreError};

/// What to do about missing rights.
const OWNER: &str = "let the role of the database URL own the database: ALTER DATABASE … OWNER TO …";

/// The driver's error in the store's terms.
pub(super) fn store_error(error: &tokio_postgres::Error) -> StoreError {
    let text = full_text(error);
    let Some(state) = error.code() else {
        return if is_spent(error) { StoreError::Unavailable(text) } else { StoreError::Other(text) };
    };
    match *state {
        // A row that came or went beside this transaction: what it read is no longer so.
        SqlState::T_R_SERIALIZATION_FAILURE
        | SqlState::T_R_DEADLOCK_DETECTED
        | SqlState::UNIQUE_VIOLATION
        | SqlState::FOREIGN_KEY_VIOLATION => StoreError::Retry,
        SqlState::DISK_FULL => StoreError::Full,
        SqlState::READ_ONLY_SQL_TRANSACTION => StoreError::ReadOnly,
        SqlState::IO_ERROR => StoreError::Io(text),
        SqlState::DATA_CORRUPTED | SqlState::INDEX_CORRUPTED => StoreError::Damaged(text),
        SqlState::INSUFFICIENT_PRIVILEGE => StoreError::Other(format!("{text}; {OWNER}")),
        SqlState::LOCK_NOT_AVAILABLE => StoreError::Busy,
        // It took longer than a statement may.
        SqlState::QUERY_CANCELED | SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT => {
            StoreError::Unavailable(text)
        }
        // Too many connections among others.
        _ if is_spent(error) || state.code().starts_with("53") => StoreError::Unavailable(text),
        _ => StoreError::Other(text),
    }
}

/// Whether a connection is of no use any more.
pub(super) fn is_spent(error: &tokio_postgres::Error) -> bool {
    match error.code() {
        // Connection exceptions, and a server that shuts down or starts.
        Some(state) => ["08", "57P"].iter().any(|class| state.code().starts_with(class)),
        None => {
            let cause = std::error::Error::source(error);
            error.is_closed() || cause.is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
        }
    }
}

impl NoConnection {
    /// While the database is in use.
    pub(super) fn later(self) -> StoreError {
        match self {
            Self::AllInUse => StoreError::Busy,
            Self::NoAnswer => StoreError::Unavailable(NO_ANSWER.to_owned()),
            Self::Standby => StoreError::Unavailable(STANDBY.to_owned()),
            Self::Refused(error) => match store_error(&error) {
                StoreError::Other(text) => StoreError::Unavailable(text),
                other => other,
            },
        }
    }

    /// While it is opened.
    pub(super) fn at_first(self) -> OpenError {
        let error = match self {
            Self::Refused(error) => error,
            Self::Standby => return OpenError::Unreachable(STANDBY.to_owned()),
            Self::AllInUse | Self::NoAnswer => return OpenError::Unreachable(NO_ANSWER.to_owned()),
        };
        let text = full_text(&error);
        match error.code() {
            Some(&SqlState::INVALID_CATALOG_NAME) => OpenError::UnknownDatabase(text),
            Some(&SqlState::INVALID_PASSWORD | &SqlState::INVALID_AUTHORIZATION_SPECIFICATION) => {
                OpenError::Refused(text)
            }
            // The driver's own complaints: it has no kinds to tell them by.
            None if text.contains("TLS") => OpenError::Tls(with_cure(&text)),
            // A password is asked for and the URL has none.
            None if text.contains("password") || text.contains("authentication") => OpenError::Refused(text),
            _ => OpenError::Unreachable(text),
        }
    }
}

/// What is said of a server that takes a connection and stays silent.
pub(super) const NO_ANSWER: &str = "it does not answer in time";

/// What is said of a server that is no primary.
const STANDBY: &str = "it is a standby: the database URL, or the proxy behind it, has to lead to the primary";

/// What failed about TLS, and what to do.
fn with_cure(text: &str) -> String {
    let cure = if text.contains("does not support TLS") {
        "Switch it on at the server (ssl = on), or write sslmode=disable if nobody else can reach the network between"
    } else if text.contains("NotValidForName") || text.contains("not valid for name") {
        "Connect by a name that the certificate holds, or write sslmode=verify-ca if the authority signs for nobody else"
    } else if text.contains("UnknownIssuer") {
        "Name the file with its authority's certificate: sslrootcert=FILE"
    } else if text.contains("CaUsedAsEndEntity") {
        "It is an authority's own certificate: give the server one that the authority signed, or write sslmode=require, which encrypts and does not ask who answers"
    } else {
        "Look at the server's certificate and its log"
    };
    format!("{text}. {cure}")
}

/// The driver's error with its cause, which its own text leaves out.
pub(super) fn full_text(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
