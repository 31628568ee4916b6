//! Dates: epoch seconds, or ISO 8601 from the month on.

/// Seconds since 1970 and nanoseconds.
pub(super) type Moment = (i64, u32);

/// Reads a date. Without a zone it is in UTC; a date alone is its first moment.
pub(super) fn read(text: &str) -> Option<Moment> {
    if let Some(seconds) = epoch(text) {
        return Some((seconds, 0));
    }
    let (date, time) = text.split_once('T').map_or((text, None), |(date, time)| (date, Some(time)));
    let mut parts = date.split('-');
    let year = digits(parts.next()?, 4)?;
    let month = digits(parts.next()?, 2)?;
    let day = match parts.next() {
        Some(day) => digits(day, 2)?,
        None if time.is_none() => 1,
        None => return None,
    };
    if parts.next().is_some() || !(1..=12).contains(&month) || !(1..=days_of(year, month)).contains(&day) {
        return None;
    }
    let (seconds, nanos) = time.map_or(Some((0, 0)), time_of_day)?;
    Some((days_since_epoch(year, month, day) * 86_400 + seconds, nanos))
}

/// All digits, with a sign or not.
fn epoch(text: &str) -> Option<i64> {
    let number = text.strip_prefix('-').unwrap_or(text);
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// `hh:mm`, `hh:mm:ss` or `hh:mm:ss.s`, and its zone: seconds of the day in UTC, and nanoseconds.
fn time_of_day(text: &str) -> Option<Moment> {
    let zone = text.find(['Z', '+', '-']).unwrap_or(text.len());
    let (clock, zone) = text.split_at_checked(zone)?;
    let mut parts = clock.split(':');
    let (hour, minute) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let (second, nanos) = match parts.next().map(|second| second.split_once('.').unwrap_or((second, "0"))) {
        Some((second, fraction)) => (digits(second, 2)?, nanos_of(fraction)?),
        None => (0, 0),
    };
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some((hour * 3600 + minute * 60 + second - offset(zone)?, nanos))
}

/// `Z`, `+hh:mm` or `+hhmm`, in seconds.
fn offset(zone: &str) -> Option<i64> {
    let sign = match zone.chars().next() {
        None => return Some(0),
        Some('Z') => return (zone == "Z").then_some(0),
        Some('-') => -1,
        Some(_) => 1,
    };
    let (hours, minutes) = zone.get(1..)?.split_at_checked(2)?;
    let minutes = minutes.strip_prefix(':').unwrap_or(minutes);
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// A fraction of a second; digits behind the ninth do not count.
fn nanos_of(fraction: &str) -> Option<u32> {
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    fraction
        .bytes()
        .chain(std::iter::repeat(b'0'))
        .take(9)
        .try_fold(0_u32, |nanos, digit| Some(nanos * 10 + u32::from(digit.checked_sub(b'0')?)))
}

/// The value of exactly `count` digits.
fn digits(text: &str, count: usize) -> Option<i64> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the Gregorian calendar. Years begin in March, so that the leap day ends its year.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (153 * ((month + 9) % 12) + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_moment_has_many_forms() {
        for text in [
            "1893456000",
            "2030-01-01",
            "2030-01",
            "2030-01-01T00:00Z",
            "2030-01-01T00:00:00Z",
            "2030-01-01T00:00:00",
            "2030-01-01T00:00:00.000Z",
            "2030-01-01T02:00:00+02:00",
            "2029-12-31T18:30:00-0530",
        ] {
            assert_eq!(read(text), Some((1_893_456_000, 0)), "{text}");
        }
        assert_eq!(read("1970-01-01"), Some((0, 0)));
        assert_eq!(read("2000-02-29T23:59:59.5Z"), Some((951_868_799, 500_000_000)));
        assert_eq!(read("1969-12-31T23:59:59.1234567891Z"), Some((-1, 123_456_789)));
        assert_eq!(read("0000-01-01"), Some((-62_167_219_200, 0)));
        assert_eq!(read("-5"), Some((-5, 0)));
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "-",
            "+5",
            "2030-1-1",
            "2030-13-01",
            "2030-02-29",
            "2030-01-00",
            "2030-01T00:00Z",
            "2030-01-01T",
            "2030-01-01T24:00:00Z",
            "2030-01-01T00:60:00Z",
            "2030-01-01T00:00:00z",
            "2030-01-01T00:00:00Zx",
            "2030-01-01T00:00:00.Z",
            "2030-01-01T00:00:00+2",
            "2030-01-01T00:00:00+25:00",
            "2030-01-01 00:00:00Z",
            "20300101T000000Z",
            "99999999999999999999",
            "é030-01-01",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
