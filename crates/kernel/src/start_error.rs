//! Why an engine does not start.

use std::fmt;

use poolhouse_store::StoreError;

/// The engine could not start.
#[derive(Debug)]
pub enum StartError {
    /// The database was sealed under another master key.
    MasterKey,
    /// The database failed.
    Store(StoreError),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MasterKey => f.write_str(
                "the master key does not fit this database: it was sealed under another one. Bring back the master key that was in use when the database was made; without it its secrets cannot be opened",
            ),
            Self::Store(error) => write!(f, "the database failed: {error}"),
        }
    }
}

impl std::error::Error for StartError {}

impl From<StoreError> for StartError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
