//! Taking turns: requests of this node that are about the same thing come one after the other.
//!
//! A table of fixed size, whoever comes: a thing has one place in it, by a keyed hash, so that nobody can choose
//! whose place they share. Two things that fall on one place wait for each other now and then, which is harmless;
//! but it is why a request must not hold two turns of one table: they might be the same.

use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Semaphore;

use crate::lazy_table::LazyTable;

/// A table of turns.
pub struct Turns {
    hasher: RandomState,
    table: Arc<Table>,
}

struct Table {
    places: LazyTable<Place>,
    /// How many wait, at all places.
    waiting: AtomicUsize,
}

struct Place {
    /// Has one permit, the turn, and gives it in the order of asking.
    turn: Semaphore,
    /// How many wait, the one whose turn it is included.
    line: AtomicUsize,
}

/// The turn, until it is dropped.
#[must_use = "the turn ends when this is dropped"]
pub struct Turn {
    queued: Queued,
    waited: bool,
}

/// A place in the line; given back also when the request is cancelled while it waits.
struct Queued {
    table: Arc<Table>,
    at: usize,
}

/// One who waits, also until they no longer care.
struct Waiting<'a>(&'a AtomicUsize);

impl Turns {
    /// A table of `places`; at least one.
    pub fn new(places: usize) -> Self {
        let place = || Place { turn: Semaphore::new(1), line: AtomicUsize::new(0) };
        let table = Table { places: LazyTable::new(places, place), waiting: AtomicUsize::new(0) };
        Self { hasher: RandomState::new(), table: Arc::new(table) }
    }

    /// How many wait for their turn.
    pub fn waiting(&self) -> usize {
        self.table.waiting.load(Ordering::Relaxed)
    }

    /// Waits for the turn at `thing`.
    pub async fn take(&self, thing: impl Hash) -> Turn {
        let (before, queued) = self.queue(thing);
        queued.turn(before).await
    }

    /// Waits for the turn at `thing`; `None`, at once, when `line` are at it already.
    pub async fn take_within(&self, thing: impl Hash, line: usize) -> Option<Turn> {
        let (before, queued) = self.queue(thing);
        if before < line { Some(queued.turn(before).await) } else { None }
    }

    /// How many are in the line of `thing`, and a place behind them.
    #[expect(clippy::cast_possible_truncation, reason = "any part of a hash is as good as another")]
    fn queue(&self, thing: impl Hash) -> (usize, Queued) {
        let at = self.hasher.hash_one(thing) as usize % self.table.places.len();
        let queued = Queued { table: Arc::clone(&self.table), at };
        (queued.place().line.fetch_add(1, Ordering::Relaxed), queued)
    }
}

impl Queued {
    fn place(&self) -> &Place {
        self.table.places.at(self.at)
    }

    async fn turn(self, before: usize) -> Turn {
        let waiting = Waiting::one_more(&self.table.waiting);
        // Nobody closes it, so that it always gives its permit; the turn returns it.
        if let Ok(permit) = self.place().turn.acquire().await {
            permit.forget();
        }
        drop(waiting);
        Turn { queued: self, waited: before > 0 }
    }
}

impl Turn {
    /// The number of the place, below that of the table's places.
    pub fn place(&self) -> usize {
        self.queued.at
    }

    /// Whether others had the turn before: what was read before asking for it may be old.
    pub fn waited(&self) -> bool {
        self.waited
    }
}

impl<'a> Waiting<'a> {
    fn one_more(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.queued.place().turn.add_permits(1);
    }
}

impl Drop for Queued {
    fn drop(&mut self) {
        self.place().line.fetch_sub(1, Ordering::Relaxed);
    }
}

impl fmt::Debug for Turns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Turns")
    }
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Turn")
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::{Pin, pin};
    use std::task::Poll;

    use super::*;

    /// Whether `future`, begun by this or before, still waits.
    async fn waits<F: Future>(future: &mut Pin<&mut F>) -> bool {
        poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx).is_pending())).await
    }

    #[tokio::test]
    async fn who_asks_for_the_same_thing_waits_in_the_order_of_asking() {
        let turns = Turns::new(64);
        let first = turns.take(("pool", "alice")).await;
        assert!(!first.waited());
        let mut second = pin!(turns.take(("pool", "alice")));
        let mut third = pin!(turns.take(("pool", "alice")));
        assert!(waits(&mut second).await && waits(&mut third).await);
        drop(first);
        assert!(waits(&mut third).await, "the third came after the second");
        assert_eq!(turns.waiting(), 2);
        let second = second.await;
        assert!(second.waited());
        assert!(waits(&mut third).await);
        drop(second);
        let _third = third.await;
    }

    #[tokio::test]
    async fn a_full_line_refuses_at_once_and_takes_in_again_when_it_is_shorter() {
        let turns = Turns::new(1);
        let first = turns.take_within("alice", 2).await;
        {
            let mut second = pin!(turns.take_within("alice", 2));
            assert!(waits(&mut second).await);
            assert!(turns.take_within("alice", 2).await.is_none());
            assert_eq!(turns.waiting(), 1);
        }
        assert_eq!(turns.waiting(), 0);
        // The second gave up, so that a place is free.
        let mut next = pin!(turns.take_within("alice", 2));
        assert!(waits(&mut next).await);
        drop(first);
        assert!(next.await.is_some());
    }
}
