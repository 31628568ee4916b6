//! Time: an instant in milliseconds, and the clock that tells it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// An instant: milliseconds since 1970-01-01 UTC, of which its stored form is the number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The instant `seconds` whole seconds after the epoch.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This instant moved by `seconds` (negative: back), stopping at the ends of the range.
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// Milliseconds from `earlier` to this instant; negative when `earlier` is later.
    pub const fn millis_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Tells the time: the system's clock plus an offset, or a clock that stands still until it is moved.
///
/// Clones share the same clock.
#[derive(Clone)]
pub struct Clock(Arc<Inner>);

struct Inner {
    system: bool,
    /// Milliseconds added to the system's time, or the whole time of a manual clock.
    offset: AtomicI64,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self(Arc::new(Inner { system: true, offset: AtomicI64::new(0) }))
    }

    /// A clock that stands at `start` until [`Clock::advance_seconds`] moves it.
    pub fn manual(start: Timestamp) -> Self {
        Self(Arc::new(Inner { system: false, offset: AtomicI64::new(start.0) }))
    }

    /// The time now, by which codes, tokens and records live.
    pub fn now(&self) -> Timestamp {
        let offset = self.0.offset.load(Ordering::Relaxed);
        if self.0.system { Timestamp(system_millis().saturating_add(offset)) } else { Timestamp(offset) }
    }

    /// The time that an outsider's clock shows: the system's time without the offset.
    ///
    /// Stamps made by clients (signatures, SRP claims) are held against this one, so that a server
    /// whose clock was moved forward in development can still be spoken to.
    pub fn outside(&self) -> Timestamp {
        if self.0.system { Timestamp(system_millis()) } else { self.now() }
    }

    /// Moves the clock forward by `seconds`.
    pub fn advance_seconds(&self, seconds: u32) {
        self.0.offset.fetch_add(i64::from(seconds) * 1000, Ordering::Relaxed);
    }

    /// Moves the clock back by `seconds`, as of a node whose clock is behind.
    pub fn set_back_seconds(&self, seconds: u32) {
        self.0.offset.fetch_sub(i64::from(seconds) * 1000, Ordering::Relaxed);
    }

    /// Moves the clock forward by `millis` milliseconds.
    pub fn advance_millis(&self, millis: u32) {
        self.0.offset.fetch_add(i64::from(millis), Ordering::Relaxed);
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
fn system_millis() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.0.system { "system" } else { "manual" };
        f.debug_tuple("Clock").field(&kind).field(&self.now()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_when_told_and_for_all_its_clones() {
        let clock = Clock::manual(Timestamp::from_seconds(100));
        let clone = clock.clone();
        assert_eq!(clock.now(), Timestamp(100_000));
        clone.advance_seconds(5);
        assert_eq!(clock.now(), Timestamp(105_000));
    }

    #[test]
    fn the_system_clock_can_be_moved_forward() {
        let (plain, moved) = (Clock::system(), Clock::system());
        moved.advance_seconds(3600);
        assert!(moved.now().millis_since(plain.now()) >= 3_600_000);
        assert!(moved.outside().millis_since(plain.now()) < 3_600_000);
    }

    #[test]
    fn seconds_round_down_before_the_epoch_too() {
        assert_eq!(Timestamp(-1).seconds(), -1);
        assert_eq!(Timestamp(1999).seconds(), 1);
    }
}
