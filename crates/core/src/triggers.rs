//! Lambda triggers of a pool (spec/triggers-and-messages.md §1): stored, and not run yet.
//!
//! Some of them decide who gets in and what a token says. Where one of those is configured, what it would
//! decide is refused: a pool that relies on a trigger must not be open because the trigger is not run.

use poolhouse_wire::ErrorCode;
use poolhouse_wire::types::LambdaConfigType;

use crate::Fault;
use crate::pools::Pool;

/// A trigger, and whether a pool's configuration has it.
type Trigger = (&'static str, fn(&LambdaConfigType) -> bool);

const PRE_SIGN_UP: Trigger = ("PreSignUp", |config| is_set(config.pre_sign_up.as_ref()));

const PRE_AUTHENTICATION: Trigger =
    ("PreAuthentication", |config| is_set(config.pre_authentication.as_ref()));

const PRE_TOKEN_GENERATION: Trigger = ("PreTokenGeneration", |config| {
    is_set(config.pre_token_generation.as_ref()) || config.pre_token_generation_config.is_some()
});

/// An empty ARN is none.
fn is_set(arn: Option<&String>) -> bool {
    arn.is_some_and(|arn| !arn.is_empty())
}

/// Refuses a sign-up that a trigger would judge.
///
/// # Errors
/// `UnexpectedLambdaException`.
pub(crate) fn refuse_sign_up(pool: &Pool) -> Result<(), Fault> {
    refuse(pool, &[PRE_SIGN_UP])
}

/// Refuses a sign-in that a trigger would judge or change.
///
/// # Errors
/// `UnexpectedLambdaException`.
pub(crate) fn refuse_sign_in(pool: &Pool) -> Result<(), Fault> {
    refuse(pool, &[PRE_AUTHENTICATION, PRE_TOKEN_GENERATION])
}

/// Refuses a refresh whose tokens a trigger would change.
///
/// # Errors
/// `UnexpectedLambdaException`.
pub(crate) fn refuse_refresh(pool: &Pool) -> Result<(), Fault> {
    refuse(pool, &[PRE_TOKEN_GENERATION])
}

fn refuse(pool: &Pool, triggers: &[Trigger]) -> Result<(), Fault> {
    let Some(config) = &pool.settings.pool.lambda_config else { return Ok(()) };
    match triggers.iter().find(|(_, is_configured)| is_configured(config)) {
        None => Ok(()),
        // Triggers §3: the code for a trigger that cannot be invoked; the text is ours.
        Some((name, _)) => Err(Fault::new(
            ErrorCode::UnexpectedLambdaException,
            format!("{name} cannot be invoked: Poolhouse does not run triggers yet."),
        )),
    }
}
