//! Signing in with a passkey before anybody is named: the passkey tells whose it is (docs/cognito/oauth-and-managed-login.md
//! §5.1, ours). Pages offer it; what it is to sign travels sealed, and the server remembers nothing until it is used.

use poolhouse_kernel::Fault;
use poolhouse_kernel::sign_ins::Flow;
use poolhouse_ports::{ClientId, PoolId, Timestamp};
use poolhouse_wire::Sensitive;
use poolhouse_wire::user_pools::AuthFactorType;
use serde::{Deserialize, Serialize};

use super::account::Account;
use super::applicant::Applicant;
use super::challenges::web_authn;
use super::counted::counted;
use super::redeemed::Redeemed;
use super::target::Target;
use super::{Step, admit, session};
use crate::directory::record;
use crate::threat::gate;
use crate::tokens::groups;
use crate::triggers::authentication;
use crate::{Cx, faults, passkeys};

/// What a request is sealed as.
const KIND: &str = "passkey_request";

/// How long a page may wait for a passkey, in seconds: browsers offer it as long as the page is open.
const SECONDS: i64 = 60 * 60;

/// What a browser needs to ask for a passkey.
#[derive(Debug)]
pub struct PasskeyRequest {
    /// A `PublicKeyCredentialRequestOptionsJSON`.
    pub options: String,
    /// Comes back with the answer.
    pub session: Sensitive,
}

/// A request that waits.
#[derive(Serialize, Deserialize)]
struct Waiting {
    /// By which it is answered once.
    id: String,
    client_id: ClientId,
    /// What is to be signed, in base64url.
    challenge: String,
    expires_at: Timestamp,
}

/// Asks for a passkey; None where nobody signs in with one.
///
/// # Errors
/// `ResourceNotFoundException`, `WebAuthnConfigurationMissingException`.
pub async fn request_passkey(
    cx: &Cx,
    pool_id: &PoolId,
    client_id: &ClientId,
) -> Result<Option<PasskeyRequest>, Fault> {
    let (pool, client) = admit(cx, Some(pool_id), client_id).await?;
    if !pool.allows_first_factor(&AuthFactorType::WebAuthn) {
        return Ok(None);
    }
    let asked = passkeys::request_of_anybody(cx, &pool)?;
    let waiting = Waiting {
        id: cx.entropy().uuid().to_string(),
        client_id: client.id.clone(),
        challenge: asked.challenge,
        expires_at: cx.now.plus_seconds(SECONDS),
    };
    let session = pool.keys.seal_token(KIND, &waiting)?.into();
    Ok(Some(PasskeyRequest { options: asked.options, session }))
}

/// Signs in whose passkey this is.
///
/// # Errors
/// `NotAuthorizedException`, the same whatever is wrong with it; those of the sign-in.
pub async fn take_passkey(
    cx: &Cx,
    pool_id: &PoolId,
    client_id: &ClientId,
    session: &str,
    credential: &str,
    acr_values: Option<&str>,
) -> Result<Step, Fault> {
    cx.sign_in().set_flow(Flow::PagePasskey);
    counted(cx, take(cx, pool_id, client_id, session, credential, acr_values)).await
}

async fn take(
    cx: &Cx,
    pool_id: &PoolId,
    client_id: &ClientId,
    session: &str,
    credential: &str,
    acr_values: Option<&str>,
) -> Result<Step, Fault> {
    let (pool, client) = admit(cx, Some(pool_id), client_id).await?;
    let waiting: Option<Waiting> = pool.keys.open_token(KIND, session);
    let waiting = waiting.filter(|waiting| waiting.client_id == client.id && cx.now < waiting.expires_at);
    let Waiting { id, challenge, expires_at, .. } = waiting.ok_or_else(session::invalid)?;
    let redeemed = Redeemed::passkey_request(&id, expires_at);
    let owner = passkeys::claimed_owner(cx, &pool, credential).await?;
    let sub = owner.ok_or_else(faults::incorrect_username_or_password)?;

    let mut tx = cx.read().await?;
    redeemed.check_unspent(&mut tx, &pool).await?;
    let user = record::by_sub(&mut tx, &pool, &sub).await?;
    drop(tx);
    let name = user.ok_or_else(faults::incorrect_username_or_password)?.row.username.to_string();
    gate::check(cx, &pool, &client, Some(&name)).await?;
    let mut tx = cx.read().await?;
    let account = Account::again(cx, &mut tx, &pool, &client, &sub, &name).await?;
    let groups = groups::of_user(&mut tx, &pool, &sub).await?;
    drop(tx);

    let target = acr_values.map(|names| Target::named(cx, &pool, names)).transpose()?;
    let mut applicant = Applicant::new(cx, pool, client, name, account, groups, target).await?;
    applicant.redeemed = Some(redeemed);
    let Applicant { pool, client, account, name, .. } = &applicant;
    authentication::run_pre_authentication(cx, pool, client, name, account.user()).await?;
    web_authn::prove(cx, applicant, &challenge, credential).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_can_be_read() {
        crate::model::stored::check::<Waiting>("passkey_request");
    }
}
