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
//! | `build` | making one from passwords or published hashes |

mod build;
mod common;
mod list;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use poolhouse_crypto::digest;
use poolhouse_wire::user_pools::EventFilterType;

pub use build::{Built, build};
pub use list::ListError;

use list::List;

/// The beginning of a password's SHA-1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Fingerprint(u64);

impl Fingerprint {
    fn of(password: &[u8]) -> Self {
        Self::from_bytes(digest::sha1(password).first_chunk().copied().unwrap_or_default())
    }

    const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(u64::from_be_bytes(bytes))
    }

    const fn to_bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }
}

/// The passwords that others know. The default are those that are built in.
#[derive(Debug, Default)]
pub struct CompromisedPasswords {
    list: Option<List>,
    /// For each of [`CompromisedPasswords::EVENTS`]: how many were let pass, and refused.
    found: [[AtomicU64; 2]; 3],
}

impl CompromisedPasswords {
    /// Where passwords are looked up.
    pub const EVENTS: [EventFilterType; 3] =
        [EventFilterType::SignIn, EventFilterType::SignUp, EventFilterType::PasswordChange];

    /// Those of the list at `path`, beside those that are built in.
    ///
    /// # Errors
    /// When the file cannot be read, or is no such list.
    pub fn open(path: &Path) -> Result<Self, ListError> {
        Ok(Self { list: Some(List::open(path)?), ..Self::default() })
    }

    /// How many were found in `event` so far and `blocked`, or not.
    pub fn found(&self, event: &EventFilterType, blocked: bool) -> u64 {
        self.counter(event, blocked).map_or(0, |count| count.load(Ordering::Relaxed))
    }

    pub(crate) fn count(&self, event: &EventFilterType, blocked: bool) {
        if let Some(count) = self.counter(event, blocked) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn counter(&self, event: &EventFilterType, blocked: bool) -> Option<&AtomicU64> {
        let place = Self::EVENTS.iter().position(|known| known == event)?;
        self.found.get(place)?.get(usize::from(blocked))
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
