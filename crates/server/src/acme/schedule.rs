//! When to renew, and when to try again.

use std::ops::Range;
use std::time::Duration;

use poolhouse_ports::Timestamp;

/// How often each server looks at the database.
pub(super) const INTERVAL: Duration = Duration::from_secs(1);

/// How long after the end of a server the next one orders in its place, in seconds: twice as long each time.
const AGAIN: i64 = 15;

/// The pause after the first failure, in seconds. Each further one doubles it, so that within an hour there are four tries: Let's
/// Encrypt bears five failures of a name.
const FIRST_PAUSE: i64 = 5 * 60;

/// The longest pause of our own.
const LONGEST_PAUSE: i64 = 6 * 60 * 60;

/// The longest pause that an authority may ask for.
const LONGEST_ASKED: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The shortest time between a certificate and the order of the next one.
const LEAST: i64 = 60;

/// When to order the certificate that comes after one which is new now: when two thirds of its life are over. One whose life is
/// half over when it comes has at least a third of the rest.
pub(super) fn renewal(validity: &Range<Timestamp>, now: Timestamp) -> Timestamp {
    let Range { start, end } = validity;
    let two_thirds = start.plus_seconds((end.seconds() - start.seconds()) / 3 * 2);
    let third_of_rest = now.plus_seconds((end.seconds() - now.seconds()) / 3);
    two_thirds.max(third_of_rest).max(now.plus_seconds(LEAST))
}

/// When to try again after so many failures before this one, no earlier than the authority has asked for. Chance makes it up to a
/// quarter longer, so that those who have come in each other's way do so no more.
pub(super) fn retry(failures: u32, asked: Option<Duration>, chance: u8, now: Timestamp) -> Timestamp {
    let own = growing(FIRST_PAUSE, failures);
    let asked = asked.unwrap_or_default().min(LONGEST_ASKED);
    let pause = own.max(i64::try_from(asked.as_secs()).unwrap_or(i64::MAX));
    now.plus_seconds(pause + own / 4 * i64::from(chance) / i64::from(u8::MAX))
}

/// When to begin an order again that was given back, after so many failures before it.
pub(super) fn again(failures: u32, now: Timestamp) -> Timestamp {
    now.plus_seconds(growing(AGAIN, failures))
}

fn growing(first: i64, failures: u32) -> i64 {
    first.saturating_mul(1 << failures.min(20)).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);
    const DAY: i64 = 24 * 60 * 60;

    fn days_until_renewal(since: i64, until: i64) -> i64 {
        let validity = NOW.plus_seconds(since * DAY)..NOW.plus_seconds(until * DAY);
        (renewal(&validity, NOW).seconds() - NOW.seconds()) / DAY
    }

    #[test]
    fn a_certificate_is_renewed_at_two_thirds_of_its_life() {
        assert_eq!(days_until_renewal(0, 90), 60);
        assert_eq!(days_until_renewal(0, 6), 4);
        // It comes late in its life, and so the next one is not ordered at once.
        assert_eq!(days_until_renewal(-80, 10), 3);
        let ended = NOW.plus_seconds(-DAY)..NOW;
        assert_eq!(renewal(&ended, NOW), NOW.plus_seconds(LEAST));
    }

    #[test]
    fn pauses_grow_and_an_authority_may_ask_for_more() {
        let pause = |failures, asked: Option<u64>| {
            let at = retry(failures, asked.map(Duration::from_secs), 0, NOW);
            at.seconds() - NOW.seconds()
        };
        let minutes: Vec<_> = (0..9).map(|failures| pause(failures, None) / 60).collect();
        assert_eq!(minutes, [5, 10, 20, 40, 80, 160, 320, 360, 360]);
        assert_eq!(pause(u32::MAX, None), LONGEST_PAUSE);
        assert_eq!((pause(0, Some(7200)), pause(0, Some(1))), (7200, 300));
        assert_eq!(pause(0, Some(u64::MAX)), 7 * DAY);
        let apart = |failures, chance| retry(failures, None, chance, NOW).seconds() - NOW.seconds();
        assert_eq!((apart(0, u8::MAX), apart(9, u8::MAX)), (375, LONGEST_PAUSE / 4 * 5));
        assert!((301..375).contains(&apart(0, 100)));
    }

    #[test]
    fn who_gives_back_again_and_again_waits_longer() {
        let pause = |failures| again(failures, NOW).seconds() - NOW.seconds();
        let pauses: Vec<_> = (0..5).map(pause).collect();
        assert_eq!(pauses, [15, 30, 60, 120, 240]);
        assert_eq!(pause(u32::MAX), LONGEST_PAUSE);
    }

    #[test]
    fn no_hour_has_five_tries() {
        let mut tries = vec![NOW];
        for failures in 0..12 {
            let last = tries.last().copied().unwrap();
            tries.push(retry(failures, None, 0, last));
        }
        for five in tries.windows(5) {
            assert!(five[4].seconds() - five[0].seconds() > 60 * 60, "{five:?}");
        }
    }
}
