//! Passwords that others know: a list on the disk, if the operator gives one, and the commonest ones, built in
//! (docs/decisions/0015).
//!
//! A password is known by the first eight bytes of its SHA-1, the hash in which such lists are published. That it is
//! a fast hash matters nothing here: no user's password is kept by it.
//!
//! | file | subject |
//! |---|---|
//! | `common` | the commonest ones |
//! | `list` | the file: its form, and looking into it where it lies |
//! | `fingerprint` | what is kept of each |
//! | `build` | making one from passwords or published hashes |

mod build;
mod common;
mod fingerprint;
mod list;

use std::path::Path;

use fingerprint::Fingerprint;
use list::List;

pub use build::{Built, build};
pub use list::ListError;

/// The passwords that others know. The default are those that are built in.
#[derive(Debug, Default)]
pub struct CompromisedPasswords {
    list: Option<List>,
}

impl CompromisedPasswords {
    /// Those of the list at `path`, beside those that are built in.
    ///
    /// # Errors
    /// When the file cannot be read, or is no such list.
    pub fn open(path: &Path) -> Result<Self, ListError> {
        Ok(Self { list: Some(List::open(path)?) })
    }

    /// How many the list has; 0 without one.
    pub fn listed(&self) -> u64 {
        self.list.as_ref().map_or(0, List::len)
    }

    /// Whether others know `password`. Reads the disk.
    ///
    /// A list that cannot be read any more is said so in the log, and holds nobody up.
    pub fn contains(&self, password: &str) -> bool {
        let fingerprint = Fingerprint::of(password.as_bytes());
        common::contains(fingerprint)
            || self.list.as_ref().is_some_and(|list| {
                list.contains(fingerprint).unwrap_or_else(|error| {
                    tracing::error!(%error, "cannot read the list of compromised passwords");
                    false
                })
            })
    }
}
