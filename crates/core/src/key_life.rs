//! When a signing key begins to sign, and when it is no longer needed: by its age and that of its successors alone, so that all
//! servers agree without asking each other.
//!
//! A new key is published before it signs, so that whoever keeps a copy of the public keys has it by then; our own documents
//! may be kept for five minutes, but gateways keep them for hours. An old one is published until the last token that it signed
//! has ended (docs/cognito/tokens.md §2).

use poolhouse_ports::Timestamp;

const HOUR_SECONDS: i64 = 60 * 60;

/// How long a key is published before it signs.
pub const AHEAD_SECONDS: i64 = 24 * HOUR_SECONDS;

/// How long its tokens may live after it has stopped: a day (docs/cognito/tokens.md §8), and an hour for clocks that differ.
pub const AFTER_SECONDS: i64 = 25 * HOUR_SECONDS;

/// Of keys, the newest first, the place of the one that signs: the newest that has been published for long enough, or else the
/// oldest, which had nobody before it.
pub fn signing(made: &[Timestamp], now: Timestamp) -> Option<usize> {
    let published = made.iter().position(|at| at.plus_seconds(AHEAD_SECONDS) <= now);
    published.or(made.len().checked_sub(1))
}

/// Of keys, the newest first, how many are needed; the others have signed nothing that still counts.
pub fn needed(made: &[Timestamp], now: Timestamp) -> usize {
    let is_alone = |at: &Timestamp| at.plus_seconds(AHEAD_SECONDS + AFTER_SECONDS) <= now;
    made.iter().position(is_alone).map_or(made.len(), |place| place + 1)
}

/// Whether a new key is due, where keys are to be this many days old at most; 0: never.
pub fn is_due(newest: Timestamp, days: u32, now: Timestamp) -> bool {
    days > 0 && newest.plus_seconds(i64::from(days) * 24 * HOUR_SECONDS) <= now
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = HOUR_SECONDS * 1000;

    /// Keys that were made so many hours ago.
    fn ago<const N: usize>(hours: [i64; N]) -> [Timestamp; N] {
        hours.map(|hours| Timestamp(1000 * HOUR - hours * HOUR))
    }

    #[test]
    fn a_key_signs_a_day_after_it_was_published() {
        let now = Timestamp(1000 * HOUR);
        for (hours, place) in
            [([0, 100], 1), ([23, 100], 1), ([24, 100], 0), ([1, 24], 1), ([1, 2], 1), ([30, 40], 0)]
        {
            assert_eq!(signing(&ago(hours), now), Some(place), "{hours:?}");
        }
        assert_eq!(signing(&ago([0]), now), Some(0), "the first key has nobody to wait for");
        assert_eq!(signing(&[], now), None);
    }

    #[test]
    fn a_key_is_needed_until_its_last_token_has_ended() {
        let now = Timestamp(1000 * HOUR);
        for (hours, count) in [([0, 100], 2), ([48, 100], 2), ([49, 100], 1), ([60, 70], 1)] {
            assert_eq!(needed(&ago(hours), now), count, "{hours:?}");
        }
        assert_eq!(needed(&ago([500]), now), 1);
        assert_eq!(needed(&[], now), 0);
    }

    #[test]
    fn keys_are_due_by_their_age() {
        let now = Timestamp(1000 * HOUR);
        assert!(is_due(ago([48])[0], 2, now));
        assert!(!is_due(ago([47])[0], 2, now));
        assert!(!is_due(ago([900])[0], 0, now));
    }
}
