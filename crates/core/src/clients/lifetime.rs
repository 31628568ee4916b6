//! How long tokens live (docs/cognito/tokens.md §8).

use poolhouse_wire::user_pools::TimeUnitsType;

use crate::model::client::Settings;

/// In seconds.
pub(crate) const HOUR: i64 = 60 * 60;
/// In seconds.
pub(crate) const DAY: i64 = 24 * HOUR;

/// The longest life that an access or ID token can be given, in seconds.
pub(crate) const LONGEST_TOKEN: i64 = DAY;

/// The longest life that a refresh token can be given, in seconds.
pub(crate) const LONGEST_REFRESH: i64 = 3650 * DAY;

/// Life of an access token of the client, in seconds; an hour unless it is set.
pub(crate) fn access(settings: &Settings) -> i64 {
    let unit = settings.token_validity_units.as_ref().and_then(|u| u.access_token.as_ref());
    seconds(settings.access_token_validity, unit, HOUR).unwrap_or(HOUR)
}

/// Life of an ID token of the client, in seconds; an hour unless it is set.
pub(crate) fn id(settings: &Settings) -> i64 {
    let unit = settings.token_validity_units.as_ref().and_then(|u| u.id_token.as_ref());
    seconds(settings.id_token_validity, unit, HOUR).unwrap_or(HOUR)
}

/// Life of a refresh token of the client, in seconds; thirty days unless it is set.
pub(crate) fn refresh(settings: &Settings) -> i64 {
    let unit = settings.token_validity_units.as_ref().and_then(|u| u.refresh_token.as_ref());
    seconds(settings.refresh_token_validity, unit, DAY).unwrap_or(30 * DAY)
}

/// A setting in seconds; 0 counts as not set (tokens §8).
fn seconds(value: Option<i32>, unit: Option<&TimeUnitsType>, default_unit: i64) -> Option<i64> {
    let unit = match unit {
        Some(TimeUnitsType::Seconds) => 1,
        Some(TimeUnitsType::Minutes) => 60,
        Some(TimeUnitsType::Hours) => HOUR,
        Some(TimeUnitsType::Days) => DAY,
        Some(TimeUnitsType::Other(_)) | None => default_unit,
    };
    value.filter(|v| *v > 0).map(|v| i64::from(v) * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_count_in_their_unit_or_the_default_one() {
        assert_eq!(seconds(Some(5), Some(&TimeUnitsType::Minutes), HOUR), Some(300));
        assert_eq!(seconds(Some(90), Some(&TimeUnitsType::Seconds), HOUR), Some(90));
        assert_eq!(seconds(Some(2), Some(&TimeUnitsType::Days), HOUR), Some(2 * DAY));
        assert_eq!(seconds(Some(12), None, HOUR), Some(12 * HOUR));
        assert_eq!(seconds(Some(12), None, DAY), Some(12 * DAY));
    }

    #[test]
    fn nothing_and_zero_mean_the_default() {
        assert_eq!(seconds(None, Some(&TimeUnitsType::Minutes), DAY), None);
        assert_eq!(seconds(Some(0), None, DAY), None);
    }
}
