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

/// How long after a certificate the next one is ordered at the soonest, whatever the authority suggests, in seconds; a third of the life
/// of one that lives less long. When many are to be revoked, mostly five days are left; and Let's Encrypt bears five certificates of the
/// same names within seven.
const SOONEST: i64 = 2 * 24 * 60 * 60;

/// When to order the certificate that comes after one which is new now: when two thirds of its life are over. One whose life is
/// half over when it comes has at least a third of the rest.
pub(super) fn renewal(validity: &Range<Timestamp>, now: Timestamp) -> Timestamp {
    let Range { start, end } = validity;
    let two_thirds = start.plus_seconds((end.seconds() - start.seconds()) / 3 * 2);
    let third_of_rest = now.plus_seconds((end.seconds() - now.seconds()) / 3);
    two_thirds.max(third_of_rest).max(now.plus_seconds(LEAST))
}

/// When to order it within the window that the authority suggests for a certificate (RFC 9773), which was given at a time. Chance
/// chooses. None for a window that cannot be meant; one that is meant is followed within bounds, so that no authority has
/// certificates ordered in a loop, or so late that there is no time for a second try.
pub(super) fn suggested(
    window: &Range<Timestamp>,
    validity: &Range<Timestamp>,
    given_at: Timestamp,
    chance: u8,
) -> Option<Timestamp> {
    let Range { start, end } = validity;
    if window.is_empty() || window.end <= *start || *end <= window.start {
        return None;
    }
    let (from, to) = (window.start.max(*start), window.end.min(*end));
    let chosen = from.plus_seconds((to.seconds() - from.seconds()) * i64::from(chance) / i64::from(u8::MAX));
    let latest = start.plus_seconds((end.seconds() - start.seconds()) / 6 * 5);
    let third_of_rest = (end.seconds() - given_at.seconds()) / 3;
    let soonest = given_at.plus_seconds(third_of_rest.clamp(LEAST, SOONEST));
    Some(chosen.min(latest).max(soonest))
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
    fn a_window_is_followed_as_far_as_it_can_be_meant() {
        // Of a certificate of so many days that was given on a day of its life, with a window between two days.
        let hours = |life: i64, given: i64, (from, to): (i64, i64), chance| {
            let at = |day: i64| NOW.plus_seconds(day * DAY);
            let due = suggested(&(at(from)..at(to)), &(NOW..at(life)), at(given), chance);
            due.map(|due| (due.seconds() - NOW.seconds()) / 3600)
        };
        let days = |life, given, window, chance| hours(life, given, window, chance).map(|hours| hours / 24);
        assert_eq!([0, 51, 255].map(|chance| days(90, 0, (59, 64), chance)), [59, 60, 64].map(Some));
        assert_eq!(days(6, 0, (3, 4), 0), Some(3));
        // Something has happened: soon, though not again and again.
        assert_eq!((days(90, 0, (10, 12), 0), days(90, 0, (-5, 1), 255)), (Some(10), Some(2)));
        assert_eq!((days(6, 0, (0, 1), 0), hours(1, 0, (0, 1), 0)), (Some(2), Some(8)));
        // There is time for a second try.
        assert_eq!((days(90, 0, (89, 90), 0), days(90, 0, (80, 900), 255)), (Some(75), Some(75)));
        // By clocks that are ahead.
        assert_eq!((days(90, 70, (59, 61), 0), hours(90, 89, (59, 61), 0)), (Some(72), Some(89 * 24 + 8)));
        // None of these is meant.
        for window in [(-9, 0), (90, 91), (400, 500), (10, 10), (12, 10)] {
            assert_eq!(hours(90, 0, window, 0), None, "{window:?}");
        }
        let far = Timestamp(i64::MIN)..Timestamp(i64::MAX);
        assert!(suggested(&far, &(NOW..NOW.plus_seconds(90 * DAY)), NOW, 255).is_some());
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
