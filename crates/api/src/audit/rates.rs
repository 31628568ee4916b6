//! How many records somebody may cause: so many at once, and then one every so often. What is beyond is counted.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use poolhouse_ports::Timestamp;

/// How many are remembered at a time; beyond that, nobody new is told of until others have been quiet.
const MOST: usize = 4096;

/// A rate for each of many.
pub(super) struct Rates<K> {
    /// How many at once.
    at_once: i64,
    /// One more in so many milliseconds.
    every: i64,
    /// When each would have used up nothing.
    free_at: Mutex<HashMap<K, i64>>,
}

impl<K: Eq + Hash> Rates<K> {
    /// So many at once, and one more in so many milliseconds.
    pub(super) fn new((at_once, every): (i64, i64)) -> Self {
        Self { at_once, every, free_at: Mutex::default() }
    }

    /// Whether one more may be told of.
    pub(super) fn takes(&self, whom: K, now: Timestamp) -> bool {
        let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        if free_at.len() >= MOST && !free_at.contains_key(&whom) {
            free_at.retain(|_, at| *at > now.0);
            if free_at.len() >= MOST {
                return false;
            }
        }
        let at = free_at.entry(whom).or_insert(now.0);
        let next = (*at).max(now.0) + self.every;
        let fits = next - now.0 <= self.at_once * self.every;
        if fits {
            *at = next;
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_so_many_at_once_and_more_with_time() {
        let rates = Rates::new((3, 1000));
        let told = |whom: usize, at: i64| (0..5).filter(|_| rates.takes(whom, Timestamp(at))).count();
        assert_eq!((told(1, 0), told(1, 0), told(2, 0)), (3, 0, 3));
        assert_eq!((told(1, 999), told(1, 1000), told(1, 60_000)), (0, 1, 3));
        let crowd = (10..10 + MOST).filter(|whom| rates.takes(*whom, Timestamp(60_000))).count();
        assert!(crowd < MOST, "memory has an end");
        assert!(rates.takes(9, Timestamp(120_000)), "and comes back");
    }
}
