//! The time that a signed request says it was made.

use axum::http::{HeaderMap, header};
use poolhouse_ports::{Civil, Timestamp};

/// The stamp in the form that enters the signature, and as an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// `yyyymmddThhmmssZ`.
    pub(crate) text: String,
    pub(crate) at: Timestamp,
}

impl Stamp {
    /// From `X-Amz-Date`, or else from `Date` (protocol §5.1).
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
        match text("x-amz-date") {
            Some(stamp) => Self::from_iso8601(stamp),
            None => text(header::DATE.as_str()).and_then(|d| Self::from_iso8601(d).or_else(|| from_http(d))),
        }
    }

    /// From `yyyymmddThhmmssZ`.
    pub(crate) fn from_iso8601(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 16 || bytes.get(8) != Some(&b'T') || bytes.get(15) != Some(&b'Z') {
            return None;
        }
        let number = |from: usize, to: usize| {
            let digits = text.get(from..to)?;
            digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse::<i64>().ok())?
        };
        let (year, month, day) = (number(0, 4)?, number(4, 6)?, number(6, 8)?);
        let (hour, minute, second) = (number(9, 11)?, number(11, 13)?, number(13, 15)?);
        let valid = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60;
        (valid && second <= 60).then(|| {
            let at = Civil { year, month, day, hour, minute, second }.instant();
            Self { text: text.to_owned(), at }
        })
    }

    /// The stamp of an instant.
    pub(crate) fn at(at: Timestamp) -> Self {
        let Civil { year, month, day, hour, minute, second } = at.civil();
        Self { text: format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z"), at }
    }

    /// `yyyymmdd`.
    pub(crate) fn date(&self) -> &str {
        self.text.get(..8).unwrap_or_default()
    }
}

/// From the form of HTTP's `Date`: `Sun, 06 Nov 1994 08:49:37 GMT`.
fn from_http(text: &str) -> Option<Stamp> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (_, rest) = text.split_once(", ")?;
    let mut words = rest.split(' ');
    let (day, month, year, time) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let month = MONTHS.iter().position(|m| *m == month)? + 1;
    let time = time.replace(':', "");
    (words.next() == Some("GMT"))
        .then(|| Stamp::from_iso8601(&format!("{year}{month:02}{day:0>2}T{time}Z")))?
}
