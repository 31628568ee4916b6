//! The sessions of a signed-in user (docs/cognito/new-operations.md §2.3).

use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::SessionDescriptionType;

use crate::Cx;
use crate::directory::record;
use crate::sessions::browser;
use crate::sessions::manage::{Current, find, list, revoke};
use crate::tokens::access::{self, Authorized, Owner};
use crate::users::generation;

/// The sessions of the user of an access token, the one used last first.
///
/// # Errors
/// Those of an access token that is not good (tokens §11); `OperationNotEnabledException` where the pool does
/// not track, `InvalidParameterException` for any `next_token`.
pub async fn list_own(
    cx: &Cx,
    owner: Owner<'_>,
    next_token: Option<&str>,
) -> Result<Vec<SessionDescriptionType>, Fault> {
    let authorized = access::authorize(cx, owner).await?;
    let sub = &authorized.user.row.sub;
    list(cx, &authorized.pool, sub, next_token, Some(&authorized.current)).await
}

/// Revokes another session of the user of an access token, and if `linked` what is linked to it.
///
/// # Errors
/// As [`list_own`]; `ResourceNotFoundException` for no active session of the user, `InvalidParameterException` for the
/// token's own.
pub async fn revoke_own(cx: &Cx, owner: Owner<'_>, session_id: &str, linked: bool) -> Result<(), Fault> {
    let authorized = access::authorize_change(cx, owner).await?;
    let mut tx = cx.write().await?;
    let session = find(cx, &mut tx, &authorized.pool, &authorized.user.row.sub, session_id).await?;
    if session.is(&authorized.current) {
        // The rule is the model's, the text open.
        return Err(Fault::invalid_parameter("The current session cannot be revoked."));
    }
    revoke(cx, tx, &session, linked, Some(&authorized.current)).await
}

/// Signs a user out everywhere but in the browser in which this is asked: ends all tokens, and the other browsers.
///
/// # Errors
/// Those of the owner.
pub async fn sign_out_elsewhere(cx: &Cx, owner: Owner<'_>) -> Result<(), Fault> {
    let Authorized { pool, user, current, .. } = access::authorize_change(cx, owner).await?;
    let mut tx = cx.write().await?;
    let mut user = record::reread(&mut tx, &pool, &user).await?;
    generation::end(&mut tx, cx, &mut user).await?;
    if let Current::Browser(login) = current {
        browser::end_others(&mut tx, &user, &login.session_id).await?;
    }
    Ok(tx.commit().await?)
}
