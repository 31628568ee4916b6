//! The standby that a read node reads from, and when it asks the primary instead
//! (docs/decisions/0065-a-read-node-knows-how-old-it-is.md).

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use poolhouse_ports::Timestamp;

use super::{Mode, Postgres, Transaction};
use crate::error::StoreError;
use crate::options::RECENT;
use crate::store::Connections;

/// A standby, and what is known of it.
pub(crate) struct Standby {
    server: Box<Postgres>,
    follower: Follower,
    /// How old may be what is read while the primary does not answer.
    most: Duration,
    known: Mutex<Known>,
    /// A time by the node's clock, and when that was.
    origin: OnceLock<(Timestamp, Instant)>,
}

/// A connection to each of the two that no request waits for, nor takes.
pub(super) struct Follower {
    pub(super) primary: Box<Postgres>,
    pub(super) standby: Box<Postgres>,
}

/// What one of the two answered.
type Answer = Result<(), StoreError>;

/// What was found when it was last looked for; at first nothing is known.
#[derive(Default)]
struct Known {
    /// The standby has all that the primary had then.
    as_of: Option<Instant>,
    primary: Option<Answer>,
    standby: Option<Answer>,
}

/// Where a transaction goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Standby,
    Primary,
    Nowhere(&'static str),
}

pub(crate) const NO_PRIMARY: &str = "the primary does not answer";
const TOO_OLD: &str = "the primary does not answer, and what the standby has is too old";

impl Standby {
    pub(super) fn new(server: Postgres, follower: Follower, most: Duration) -> Self {
        let (known, origin) = (Mutex::default(), OnceLock::new());
        Self { server: Box::new(server), follower, most, known, origin }
    }

    /// Begins a transaction that reads, however old it is.
    pub(super) async fn begin(&self) -> Result<Transaction, StoreError> {
        self.server.begin_here(Mode::Read).await
    }

    /// Begins the follower's transaction at the primary, whether or not that is known to answer.
    pub(crate) async fn say(&self) -> Result<Transaction, StoreError> {
        self.follower.primary.begin_here(Mode::Write).await
    }

    /// Begins the follower's transaction at the standby, however old that is.
    pub(crate) async fn hear(&self) -> Result<Transaction, StoreError> {
        self.follower.standby.begin_here(Mode::Read).await
    }

    pub(crate) fn connections(&self) -> Connections {
        self.server.connections()
    }

    /// Where a transaction is to go.
    pub(super) fn place(&self, mode: Mode) -> Place {
        let answers = self.known().primary == Some(Ok(()));
        place(mode, self.age(), answers, self.most)
    }

    /// How old is what is read here; `Duration::MAX` where that is not known.
    pub(crate) fn age(&self) -> Duration {
        self.known().as_of.map_or(Duration::MAX, |as_of| as_of.elapsed())
    }

    /// The time as it goes on from when this was first asked, which was `now`, whatever becomes of the node's clock.
    pub(crate) fn stamp(&self, now: Timestamp) -> Timestamp {
        let (began_at, began) = self.origin.get_or_init(|| (now, Instant::now()));
        let since = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
        Timestamp(began_at.millis().saturating_add(since))
    }

    /// When such a stamp was made; `None` of one that this node did not make.
    pub(crate) fn written_at(&self, stamp: Timestamp) -> Option<Instant> {
        let (began_at, began) = self.origin.get()?;
        let millis = u64::try_from(stamp.millis_since(*began_at)).ok()?;
        began.checked_add(Duration::from_millis(millis)).filter(|made| *made <= Instant::now())
    }

    /// Notes whether the primary answers, and what is in the way when that is new.
    pub(crate) fn note_primary(&self, answer: Answer) {
        if is_new(&mut self.known().primary, &answer) {
            match answer {
                Ok(()) => tracing::info!("the primary answers"),
                Err(error) => {
                    tracing::warn!(%error, "the primary does not answer: this read node serves what it can");
                }
            }
        }
    }

    /// Notes what the standby has, or what is in the way when that is new.
    pub(crate) fn note_standby(&self, has: Result<Option<Instant>, StoreError>) {
        let mut known = self.known();
        if let Ok(as_of) = has {
            known.as_of = known.as_of.max(as_of);
        }
        let answer = has.map(drop);
        if is_new(&mut known.standby, &answer) {
            match answer {
                Ok(()) => tracing::info!("the standby answers"),
                Err(error) => {
                    tracing::warn!(%error, "the standby does not answer: the primary is asked, while it answers");
                }
            }
        }
    }

    /// What the primary and the standby last answered.
    #[cfg(test)]
    pub(crate) fn answers(&self) -> [Option<Answer>; 2] {
        let known = self.known();
        [known.primary.clone(), known.standby.clone()]
    }

    /// Nothing panics while it holds the lock.
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes an answer in the place of the one before, and says whether it is another one.
fn is_new(before: &mut Option<Answer>, answer: &Answer) -> bool {
    before.replace(answer.clone()).as_ref() != Some(answer)
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

    #[test]
    fn what_is_in_the_way_is_told_when_it_is_another_thing() {
        let mut known = None;
        let full = || Err(StoreError::Full);
        let told = [full(), full(), Err(StoreError::ReadOnly), Ok(()), Ok(()), full()]
            .map(|answer| is_new(&mut known, &answer));
        assert_eq!(told, [true, false, true, true, false, true]);
    }
}
