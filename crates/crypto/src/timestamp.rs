//! The `TIMESTAMP` of a password claim: `Wed Apr 5 22:42:34 UTC 2017`.
//!
//! The pattern is `EEE MMM d HH:mm:ss 'UTC' yyyy` with English names. Cognito tells a text of another form
//! from one that it reads and would write differently: a day with a leading zero, a weekday that does not fit
//! the date. It refuses the second like a wrong proof, although the signature covers such a text
//! (authentication §8.3, observed). Years are 0000 to 9999.

use std::fmt;

const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const SECONDS_PER_DAY: i64 = 86_400;

/// The text is not a time as Cognito accepts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimestampError {
    /// It has another form.
    Form,
    /// It has the form, but the day has a leading zero or the weekday is another.
    Spelling,
}

impl fmt::Display for TimestampError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => "not a time of the form `Wed Apr 5 22:42:34 UTC 2017`",
            Self::Spelling => "a time whose day has a leading zero or another weekday",
        })
    }
}

impl std::error::Error for TimestampError {}

/// Seconds since 1970-01-01 00:00:00 UTC.
///
/// # Errors
/// [`TimestampError`] for any text that [`format()`] would not have written.
pub fn parse(text: &str) -> Result<i64, TimestampError> {
    let seconds = parse_parts(text).ok_or(TimestampError::Form)?;
    if format(seconds) == text { Ok(seconds) } else { Err(TimestampError::Spelling) }
}

/// The text of a time given in seconds since 1970-01-01 00:00:00 UTC.
///
/// Times outside the years 0000 to 9999 give a text that [`parse`] refuses.
#[must_use]
pub fn format(seconds: i64) -> String {
    let days = seconds.div_euclid(SECONDS_PER_DAY);
    let second = seconds.rem_euclid(SECONDS_PER_DAY);
    let (year, month, day) = civil_from_days(days);
    let weekday = weekday_name(days);
    let month = name(&MONTHS, month - 1);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{weekday} {month} {day} {hour:02}:{minute:02}:{second:02} UTC {year:04}")
}

/// The same time in the form that AWS's signatures name it by: `20170405T224234Z`.
#[must_use]
pub fn format_compact(seconds: i64) -> String {
    let (year, month, day) = civil_from_days(seconds.div_euclid(SECONDS_PER_DAY));
    let second = seconds.rem_euclid(SECONDS_PER_DAY);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// The time that a text of the form names, however its day is spelled.
fn parse_parts(text: &str) -> Option<i64> {
    let mut parts = text.split(' ');
    let mut next = || parts.next();
    let (weekday, month, day, time, zone, year) = (next()?, next()?, next()?, next()?, next()?, next()?);
    if !WEEKDAYS.contains(&weekday) || zone != "UTC" || parts.next().is_some() {
        return None;
    }
    let month = MONTHS.iter().zip(1..).find_map(|(name, number)| (*name == month).then_some(number))?;
    let (year, day) = (number(year, 4)?, number(day, 1).or_else(|| number(day, 2))?);
    let days = days_from_civil(year, month, day);
    // A day that the month does not have comes back as another date.
    if civil_from_days(days) != (year, month, day) {
        return None;
    }
    let mut clock = time.split(':');
    let mut field = |below: i64| number(clock.next()?, 2).filter(|value| *value < below);
    let (hour, minute, second) = (field(24)?, field(60)?, field(60)?);
    clock.next().is_none().then_some(days * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second)
}

/// Value of exactly `digits` decimal digits.
fn number(text: &str, digits: usize) -> Option<i64> {
    // `parse` alone would take a sign.
    let decimal = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    decimal.then(|| text.parse().ok())?
}

fn weekday_name(days: i64) -> &'static str {
    // 1970-01-01 was a Thursday.
    name(&WEEKDAYS, (days + 4).rem_euclid(7))
}

fn name<const N: usize>(names: &[&'static str; N], index: i64) -> &'static str {
    usize::try_from(index).ok().and_then(|index| names.get(index)).copied().unwrap_or_default()
}

/// Days since 1970-01-01 of a date in the Gregorian calendar. Years are counted from March, so that the leap
/// day is the last one of its year, in eras of 400 years.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    year.div_euclid(400) * 146_097 + day_of_era - 719_468
}

/// Year, month (1 to 12) and day (1 to 31): the inverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days.saturating_add(719_468);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = (shifted_month + 2) % 12 + 1;
    let year = year_of_era + days.div_euclid(146_097) * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn published_vectors_read_and_write() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../../docs/cognito/vectors/srp.json")).unwrap();
        let cases = vectors["timestamps"].as_array().unwrap();
        assert_eq!(cases.len(), 8);
        for case in cases {
            let (epoch, text) = (case["epoch"].as_i64().unwrap(), case["text"].as_str().unwrap());
            assert_eq!(parse(text), Ok(epoch));
            assert_eq!(format(epoch), text);
        }
    }

    #[test]
    fn another_spelling_is_told_from_another_form() {
        for text in ["Wed Apr 05 22:42:34 UTC 2017", "Thu Apr 5 22:42:34 UTC 2017"] {
            assert_eq!(parse(text), Err(TimestampError::Spelling), "{text:?}");
        }
        // Observed of the first seven.
        for text in [
            "ons. apr. 5 22:42:34 UTC 2017",
            "Wed Apr 5 24:00:00 UTC 2017",
            "2017-04-05T22:42:34Z",
            "Wed Apr 5 22:42:34 +05:30 2017",
            "Wed Apr 5 22:42:34 +0000 2017",
            "Wed Apr 5 22:42:34 IST 2017",
            "Wed Apr 5 22:42:4 UTC 2017",
            "",
            "Wed Apr 5 22:42:34 UTC 2017 ",
            " Wed Apr 5 22:42:34 UTC 2017",
            "Wed Apr  5 22:42:34 UTC 2017",
            "wed apr 5 22:42:34 UTC 2017",
            "Wednesday Apr 5 22:42:34 UTC 2017",
            "Wed Apr 5 22:42:34 GMT 2017",
            "Wed Apr 5 22:42 UTC 2017",
            "Wed Apr 5 22:42:34:00 UTC 2017",
            "Wed Apr 5 9:42:34 UTC 2017",
            "Wed Apr 5 22:60:34 UTC 2017",
            "Wed Apr 5 22:42:60 UTC 2017",
            "Wed Apr +5 22:42:34 UTC 2017",
            "Wed Apr 0 22:42:34 UTC 2017",
            "Wed Apr 5 22:42:34 UTC 17",
            "Mi Apr 5 22:42:34 UTC 2017",
            "Wed Feb 29 00:00:00 UTC 2017",
            "Mon Apr 31 00:00:00 UTC 2017",
        ] {
            assert_eq!(parse(text), Err(TimestampError::Form), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn written_times_read_back(seconds in -62_167_219_200_i64..=253_402_300_799) {
            prop_assert_eq!(parse(&format(seconds)), Ok(seconds));
        }

        #[test]
        fn any_text_is_read_or_refused_and_any_time_written(text in ".{0,40}", seconds: i64) {
            let _ = parse(&text);
            let _ = format(seconds);
        }
    }

    #[test]
    fn the_compact_form() {
        assert_eq!(format_compact(parse("Wed Apr 5 22:42:34 UTC 2017").unwrap()), "20170405T224234Z");
    }
}
