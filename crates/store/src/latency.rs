//! How long transactions wait for a connection, and how long they last.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How many durations are told apart.
const BUCKETS: usize = 16;

/// The upper end of the shortest of them, in microseconds; each is twice the one before.
const SHORTEST: u64 = 100;

/// How many durations there were of each length.
#[derive(Debug, Default)]
pub(crate) struct Latency {
    buckets: [AtomicU64; BUCKETS],
    longer: AtomicU64,
    micros: AtomicU64,
}

/// Durations so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Durations {
    /// Their sum, in seconds.
    pub seconds: f64,
    /// How many.
    pub count: u64,
    /// How many were longer than the bound before and not longer than this one, in seconds; the last has no bound.
    pub buckets: Vec<(f64, u64)>,
}

impl Latency {
    pub(crate) fn note(&self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let bucket = (0..BUCKETS).find(|bucket| micros <= SHORTEST << bucket);
        let counter = bucket.and_then(|bucket| self.buckets.get(bucket)).unwrap_or(&self.longer);
        counter.fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    pub(crate) fn durations(&self) -> Durations {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let bound = |bucket: usize| Duration::from_micros(SHORTEST << bucket).as_secs_f64();
        let mut buckets: Vec<(f64, u64)> =
            self.buckets.iter().enumerate().map(|(bucket, counter)| (bound(bucket), of(counter))).collect();
        buckets.push((f64::INFINITY, of(&self.longer)));
        let count = buckets.iter().map(|(_, count)| count).sum();
        Durations { seconds: Duration::from_micros(of(&self.micros)).as_secs_f64(), count, buckets }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_counted_by_their_length() {
        let latency = Latency::default();
        for micros in [0, 100, 101, 200, 10_000_000] {
            latency.note(Duration::from_micros(micros));
        }
        let durations = latency.durations();
        assert_eq!((durations.count, durations.seconds), (5, 10.000_401));
        assert_eq!(durations.buckets[..2], [(0.0001, 2), (0.0002, 2)]);
        assert_eq!(durations.buckets.last(), Some(&(f64::INFINITY, 1)));
    }
}
