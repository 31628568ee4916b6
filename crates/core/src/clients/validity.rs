//! How long a client's tokens live (spec/tokens.md §8).

use std::ops::RangeInclusive;

use poolhouse_wire::types::{TimeUnitsType, UserPoolClientType};

use crate::Fault;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Lives that an access or ID token can be given, in seconds.
const TOKEN_RANGE: RangeInclusive<i64> = 5 * MINUTE..=DAY;

/// Lives that a refresh token can be given, in seconds.
const REFRESH_RANGE: RangeInclusive<i64> = HOUR..=3650 * DAY;

/// The life of a refresh token of which nothing is said, in days.
const DEFAULT_REFRESH_DAYS: i32 = 30;

/// Says how long refresh tokens live where the caller did not: 30 days, whatever the unit. 0 says nothing
/// (tokens §8, model text). Whoever reads the settings then need not know of that.
pub(super) fn complete(settings: &mut UserPoolClientType) {
    let units = settings.token_validity_units.get_or_insert_default();
    if settings.refresh_token_validity.unwrap_or(0) == 0 {
        settings.refresh_token_validity = Some(DEFAULT_REFRESH_DAYS);
        units.refresh_token = units.refresh_token.take().map(|_| TimeUnitsType::Days);
    }
}

/// Checks the lives of the three tokens.
///
/// # Errors
/// `InvalidParameterException`.
pub(super) fn check(settings: &UserPoolClientType) -> Result<(), Fault> {
    let units = settings.token_validity_units.clone().unwrap_or_default();
    let access = seconds(settings.access_token_validity, units.access_token.as_ref(), HOUR).unwrap_or(HOUR);
    let id = seconds(settings.id_token_validity, units.id_token.as_ref(), HOUR).unwrap_or(HOUR);
    let refresh = seconds(settings.refresh_token_validity, units.refresh_token.as_ref(), DAY);
    let refresh = refresh.unwrap_or(i64::from(DEFAULT_REFRESH_DAYS) * DAY);
    let fit = TOKEN_RANGE.contains(&access) && TOKEN_RANGE.contains(&id) && REFRESH_RANGE.contains(&refresh);
    if !fit {
        return Err(Fault::invalid_parameter("Invalid range for token validity."));
    }
    if access > refresh || id > refresh {
        return Err(Fault::invalid_parameter(
            "Access and Id Token expiration times must be less than or equal to refresh token expiration times.",
        ));
    }
    Ok(())
}

fn seconds(value: Option<i32>, unit: Option<&TimeUnitsType>, default_unit: i64) -> Option<i64> {
    let unit = match unit {
        Some(TimeUnitsType::Seconds) => 1,
        Some(TimeUnitsType::Minutes) => MINUTE,
        Some(TimeUnitsType::Hours) => HOUR,
        Some(TimeUnitsType::Days) => DAY,
        Some(TimeUnitsType::Other(_)) | None => default_unit,
    };
    value.map(|v| i64::from(v) * unit)
}
