//! The end of a sign-in: the tokens, and everything that is written with them in one transaction.

use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{AuthenticationResultType, EventResponseType, UserStatusType};

use super::Step;
use super::attempt::Attempt;
use super::next::FirstFactor;
use crate::sessions::record;
use crate::tokens::sign_in::SignIn;
use crate::tokens::{issue, refresh};
use crate::triggers::authentication;
use crate::triggers::pre_token_generation::TriggerSource;
use crate::{Cx, devices};

/// Signs the user in; the tokens tell of what the last step changed.
///
/// # Errors
/// `NotAuthorizedException` when what was redeemed was used up in the meantime; those of PostAuthentication and
/// PreTokenGeneration, before which the step is written.
pub(super) async fn sign_in(cx: &Cx, mut attempt: Attempt) -> Result<Step, Fault> {
    let Attempt { pool, client, .. } = &attempt;
    // The functions alone lead to no device (authentication §12.3, observed).
    let gets_device = attempt.device.is_none() && attempt.progress.first != FirstFactor::Custom;
    let new_device = if gets_device { devices::issue(cx, pool) } else { None };
    let issued = new_device.as_ref().and_then(|new| new.device_key.clone());
    let device_key = attempt.device.as_ref().map(|device| device.key().to_owned()).or(issued);
    let sign_in = SignIn { device_key, ..SignIn::now(cx) };
    let mut result = match tokens(cx, &attempt, &sign_in).await {
        Ok(result) => result,
        Err(fault) => {
            // The proof was right; that there are no tokens does not make it good for another time.
            attempt.record_step(cx, None, EventResponseType::Fail).await?;
            return Err(fault);
        }
    };
    let sub = &attempt.stored.row.sub;
    result.new_device_metadata = new_device;
    result.refresh_token = Some(refresh::seal(cx, pool, client, attempt.user(), &sign_in)?.into());

    if !attempt.writes() && !record::is_on(pool) {
        return Ok(Step::Tokens(Box::new(result)));
    }
    let mut tx = cx.write().await?;
    attempt.check_unchanged(&mut tx).await?;
    attempt.write(cx, &mut tx, EventResponseType::Pass).await?;
    if let Some(device) = &attempt.device {
        device.signed_in(&mut tx, attempt.progress.device, cx.now).await?;
    }
    sign_in.track(&mut tx, cx, pool, client, sub).await?;
    tx.commit().await?;
    attempt.send_notice(cx);
    Ok(Step::Tokens(Box::new(result)))
}

/// The tokens, once the pool's triggers have had their say.
async fn tokens(cx: &Cx, attempt: &Attempt, sign_in: &SignIn) -> Result<AuthenticationResultType, Fault> {
    let Attempt { pool, client, stored, groups, .. } = attempt;
    let is_new_device = sign_in.device_key.is_some() && attempt.device.is_none();
    authentication::run_post_authentication(cx, pool, client, attempt.user(), is_new_device).await?;
    let source = match stored.status {
        UserStatusType::ForceChangePassword => TriggerSource::NewPasswordChallenge,
        _ if attempt.progress.device => TriggerSource::AuthenticateDevice,
        _ => TriggerSource::Authentication,
    };
    issue::tokens(cx, pool, client, attempt.user(), groups, sign_in, source).await
}
