//! The standby that a read node reads from, and when it asks the primary instead
//! (docs/decisions/0065-a-read-node-knows-how-old-it-is.md).

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Mode, Postgres, Transaction};
use crate::error::StoreError;

/// How old may be what is read while the primary answers: beyond it, the primary is asked.
const RECENT: Duration = Duration::from_secs(3);

/// A standby, and what is known of it.
pub(crate) struct Standby {
    server: Box<Postgres>,
    /// How old may be what is read while the primary does not answer.
    most: Duration,
    known: Mutex<Known>,
}

/// What was found when it was last looked for.
#[derive(Clone, Copy, Default)]
struct Known {
    /// The standby has all that the primary had then.
    as_of: Option<Instant>,
    primary_answers: bool,
}

/// Where a transaction goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Standby,
    Primary,
    Nowhere(&'static str),
}

const NO_PRIMARY: &str = "the primary does not answer";
const TOO_OLD: &str = "the primary does not answer, and what the standby has is too old";

impl Standby {
    pub(super) fn new(server: Postgres, most: Duration) -> Self {
        Self { server: Box::new(server), most, known: Mutex::default() }
    }

    /// Begins a transaction that reads, however old it is.
    pub(crate) async fn begin(&self) -> Result<Transaction, StoreError> {
        self.server.begin_here(Mode::Read).await
    }

    /// Where a transaction is to go.
    pub(super) fn place(&self, mode: Mode) -> Place {
        place(mode, self.age(), self.known().primary_answers, self.most)
    }

    /// How old is what is read here; `Duration::MAX` where that is not known.
    pub(crate) fn age(&self) -> Duration {
        self.known().as_of.map_or(Duration::MAX, |as_of| as_of.elapsed())
    }

    /// Whether nothing that may have been taken back is read here any more.
    pub(crate) fn is_too_old(&self) -> bool {
        self.age() > self.most
    }

    /// Notes whether the primary answers.
    pub(crate) fn note_primary(&self, answers: bool) {
        let before = std::mem::replace(&mut self.known().primary_answers, answers);
        match (before, answers) {
            (true, false) => tracing::warn!("the primary does not answer: this read node serves what it can"),
            (false, true) => tracing::info!("the primary answers"),
            _ => {}
        }
    }

    /// Notes that it has all that the primary had at this time.
    pub(crate) fn note_seen(&self, as_of: Option<Instant>) {
        let mut known = self.known();
        known.as_of = known.as_of.max(as_of);
    }

    /// Nothing panics while it holds the lock.
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn place(mode: Mode, age: Duration, primary_answers: bool, most: Duration) -> Place {
    match mode {
        Mode::Read | Mode::ReadLasting if age <= RECENT => Place::Standby,
        _ if primary_answers => Place::Primary,
        Mode::ReadLasting => Place::Standby,
        Mode::Read if age <= most => Place::Standby,
        Mode::Read => Place::Nowhere(TOO_OLD),
        Mode::ReadNow | Mode::Write | Mode::Fill | Mode::Migration => Place::Nowhere(NO_PRIMARY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_age_decides_who_is_asked() {
        let most = Duration::from_secs(60);
        let (recent, old, too_old) = (RECENT, Duration::from_secs(4), Duration::from_secs(61));
        let of = |mode, age, answers| place(mode, age, answers, most);
        for mode in [Mode::Read, Mode::ReadLasting] {
            assert_eq!(of(mode, recent, true), Place::Standby);
            assert_eq!(of(mode, recent, false), Place::Standby);
            assert_eq!(of(mode, old, true), Place::Primary);
            assert_eq!(of(mode, old, false), Place::Standby);
            assert_eq!(of(mode, too_old, true), Place::Primary);
        }
        assert_eq!(of(Mode::Read, too_old, false), Place::Nowhere(TOO_OLD));
        assert_eq!(of(Mode::ReadLasting, Duration::MAX, false), Place::Standby);
        for mode in [Mode::Write, Mode::ReadNow] {
            for age in [recent, too_old] {
                assert_eq!(of(mode, age, true), Place::Primary);
                assert_eq!(of(mode, age, false), Place::Nowhere(NO_PRIMARY));
            }
        }
    }
}
