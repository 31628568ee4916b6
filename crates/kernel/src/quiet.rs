//! What is told once a minute for each cause, so that nobody fills the log.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use poolhouse_ports::Timestamp;

/// How long something is not told again, in milliseconds.
const QUIET: i64 = 60_000;

/// How many causes are told apart: those that come after them are not told until some are forgotten.
const CAUSES: usize = 1000;

/// What was told of late.
#[derive(Debug)]
pub struct Quiet<C>(Mutex<BTreeMap<C, Timestamp>>);

impl<C> Default for Quiet<C> {
    fn default() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }
}

impl<C: Ord> Quiet<C> {
    /// Whether it is to be told now; then it counts as told.
    pub fn is_news(&self, cause: C, now: Timestamp) -> bool {
        // What was told by a clock that was ahead is told again.
        let is_quiet = |at: &Timestamp| (0..QUIET).contains(&now.millis_since(*at));
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if told.get(&cause).is_some_and(is_quiet) {
            return false;
        }
        if told.len() >= CAUSES {
            told.retain(|_, at| is_quiet(at));
        }
        if told.len() >= CAUSES {
            return false;
        }
        told.insert(cause, now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cause_is_told_once_a_minute_and_not_too_many_are() {
        let quiet = Quiet::default();
        let at = Timestamp::from_seconds;
        assert!(quiet.is_news(0, at(0)) && !quiet.is_news(0, at(59)) && quiet.is_news(0, at(60)));
        let told = (0..2 * CAUSES).filter(|cause| quiet.is_news(*cause, at(61))).count();
        assert_eq!(told, CAUSES - 1);
        assert!(quiet.is_news(CAUSES, at(200)));
        assert!(quiet.is_news(CAUSES, at(100)), "the clock was put right");
    }
}
