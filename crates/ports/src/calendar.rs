//! Dates: an instant as the Gregorian calendar has it, in UTC.

use crate::Timestamp;

const SECONDS_OF_A_DAY: i64 = 86_400;

/// A second of a day of a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// The year; of years before Christ 0 and less.
    pub year: i64,
    /// From 1.
    pub month: i64,
    /// From 1.
    pub day: i64,
    /// From 0.
    pub hour: i64,
    /// From 0.
    pub minute: i64,
    /// From 0.
    pub second: i64,
}

impl Civil {
    /// The instant. A part that is too large runs into the next one.
    pub fn instant(self) -> Timestamp {
        let Self { year, month, day, hour, minute, second } = self;
        let of_day = hour * 3600 + minute * 60 + second;
        Timestamp::from_seconds(days_from_civil(year, month, day) * SECONDS_OF_A_DAY + of_day)
    }
}

impl Timestamp {
    /// The second of the calendar that it lies in.
    pub fn civil(self) -> Civil {
        let (year, month, day) = civil_from_days(self.seconds().div_euclid(SECONDS_OF_A_DAY));
        let of_day = self.seconds().rem_euclid(SECONDS_OF_A_DAY);
        Civil { year, month, day, hour: of_day / 3600, minute: of_day / 60 % 60, second: of_day % 60 }
    }

    /// `2030-01-01T00:00:00Z`.
    pub fn iso8601(self) -> String {
        let Civil { year, month, day, hour, minute, second } = self.civil();
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }

    /// From the same form; a fraction of the second may follow it, of which milliseconds count.
    pub fn from_iso8601(text: &str) -> Option<Self> {
        let (whole, fraction) =
            text.strip_suffix('Z').map(|text| text.split_once('.').unwrap_or((text, "0")))?;
        let number =
            |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<i64>().ok())?;
        let part = |from: usize, to: usize| number(whole.get(from..to)?);
        let (year, month, day) = (part(0, 4)?, part(5, 7)?, part(8, 10)?);
        let (hour, minute, second) = (part(11, 13)?, part(14, 16)?, part(17, 19)?);
        let at = Civil { year, month, day, hour, minute, second }.instant();
        if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        // What has another form, or a day that there is not, is written otherwise.
        let millis = number(format!("{fraction:0<3}").get(..3)?)?;
        (at.iso8601().strip_suffix('Z') == Some(whole)).then(|| Self(at.millis() + millis))
    }
}

/// Days since 1970-01-01 of a date of the Gregorian calendar (Howard Hinnant's algorithm).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day of a number of days since 1970-01-01.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let (day, month) =
        (day_of_year - (153 * shifted + 2) / 5 + 1, if shifted < 10 { shifted + 3 } else { shifted - 9 });
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_and_dates_lead_to_each_other() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_893_456_000, "2030-01-01T00:00:00Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
        ] {
            let at = Timestamp::from_seconds(seconds);
            assert_eq!(at.iso8601(), text);
            assert_eq!(at.civil().instant(), at);
            assert_eq!(Timestamp::from_iso8601(text), Some(at));
        }
        assert_eq!(Timestamp(1999).civil().second, 1);
        assert_eq!(Timestamp::from_iso8601("1970-01-01T00:00:01.5Z"), Some(Timestamp(1500)));
        assert_eq!(Timestamp::from_iso8601("1970-01-01T00:00:01.9999Z"), Some(Timestamp(1999)));
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "Z",
            "1970-01-01",
            "1970-01-01T00:00:00",
            "1970-02-29T00:00:00Z",
            "1970-13-01T00:00:00Z",
            "1970-01-01T24:00:00Z",
            "1970-01-01 00:00:00Z",
            "1970-01-01T00:00:00.Z",
            "1970-01-01T00:00:00.-1Z",
            "1970-01-01T00:00:00.0Z0Z",
            "+970-01-01T00:00:00Z",
            "19é0-01-01T00:00:00Z",
        ] {
            assert_eq!(Timestamp::from_iso8601(text), None, "{text}");
        }
    }
}
