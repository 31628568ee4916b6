//! How long a client lets its tokens live (docs/cognito/tokens.md §8).

use std::ops::RangeInclusive;

use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::TimeUnitsType;

use crate::clients::lifetime::{self, HOUR, LONGEST_REFRESH};
use crate::model::client::Settings;

/// Lives that an access or ID token can be given, in seconds.
const TOKEN_RANGE: RangeInclusive<i64> = 5 * 60..=lifetime::LONGEST_TOKEN;

/// Lives that a refresh token can be given, in seconds.
const REFRESH_RANGE: RangeInclusive<i64> = HOUR..=LONGEST_REFRESH;

/// The life of a refresh token of which nothing is said, in days.
const DEFAULT_REFRESH_DAYS: i32 = 30;

/// Says how long refresh tokens live where the caller did not: 30 days, whatever the unit. 0 says nothing
/// (tokens §8, documented). What is shown is then what is in force.
pub(super) fn complete(settings: &mut Settings) {
    let units = settings.token_validity_units.get_or_insert_default();
    if settings.refresh_token_validity.unwrap_or(0) == 0 {
        settings.refresh_token_validity = Some(DEFAULT_REFRESH_DAYS);
        units.refresh_token = units.refresh_token.take().map(|_| TimeUnitsType::Days);
    }
}

/// Checks the lives of the three tokens (tokens §8, recorded).
///
/// # Errors
/// `InvalidParameterException`.
pub(super) fn check(settings: &Settings) -> Result<(), Fault> {
    let (access, id) = (lifetime::access(settings), lifetime::id(settings));
    let refresh = lifetime::refresh(settings);
    let in_range = [access, id].iter().all(|life| TOKEN_RANGE.contains(life));
    if !in_range || !REFRESH_RANGE.contains(&refresh) {
        return Err(Fault::invalid_parameter("Invalid range for token validity."));
    }
    if access > refresh || id > refresh {
        return Err(Fault::invalid_parameter(
            "Access and Id Token expiration times must be less than or equal to refresh token expiration times.",
        ));
    }
    Ok(())
}
