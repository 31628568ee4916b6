//! Times on pages.

use std::fmt;

/// A time in seconds since 1970, UTC. Written as such; the script turns it into the reader's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment(pub i64);

impl Moment {
    /// As attributes want it: `2026-01-31T23:59Z`.
    pub(crate) fn iso(self) -> String {
        let (year, month, day) = date(self.0.div_euclid(86_400));
        let minutes = self.0.rem_euclid(86_400) / 60;
        format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}Z", minutes / 60, minutes % 60)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.iso().replace('T', " ").replace('Z', " UTC"))
    }
}

/// Year, month and day of a day since 1970: eras of 400 years, whose years begin in March.
fn date(days: i64) -> (i64, i64, i64) {
    let shifted = days.saturating_add(719_468);
    let (era, day) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::Moment;

    #[test]
    fn times_are_those_of_the_calendar() {
        assert_eq!(Moment(0).to_string(), "1970-01-01 00:00 UTC");
        assert_eq!(Moment(951_868_799).to_string(), "2000-02-29 23:59 UTC");
        assert_eq!(Moment(1_798_761_599).iso(), "2026-12-31T23:59Z");
        assert_eq!(Moment(-1).iso(), "1969-12-31T23:59Z");
    }
}
