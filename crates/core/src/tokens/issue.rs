//! Signing a pair of tokens.

use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::AuthenticationResultType;
use serde_json::{Map, Value};

use super::claims::{self, Issuance};
use super::issuer;
use super::sign_in::SignIn;
use crate::Cx;
use crate::clients::lifetime;
use crate::model::group_claims::GroupClaims;
use crate::model::{Client, Pool, User};
use crate::pools::keys;
use crate::state::keyring::TokenUse;
use crate::triggers::pre_token_generation::{self as trigger, TriggerSource};
use crate::users::generation;

/// One token over `claims`, signed with the key of its use.
pub(super) async fn sign(
    cx: &Cx,
    pool: &Pool,
    token_use: TokenUse,
    claims: &Map<String, Value>,
) -> Result<String, Fault> {
    let claims = serde_json::to_vec(claims).map_err(Fault::internal)?;
    let keys = keys::of_pool(cx, pool).await?;
    cx.crypto(move || keys.current(token_use).and_then(|key| key.sign(&claims))).await?
}

/// An ID and an access token of `user`, in the form in which they are answered, as the pool's PreTokenGeneration
/// wants them. The refresh token is put to them by the sign-in.
///
/// # Errors
/// The trigger's.
pub(crate) async fn tokens(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    user: &User,
    groups: &GroupClaims,
    sign_in: &SignIn,
    source: TriggerSource,
) -> Result<AuthenticationResultType, Fault> {
    let overrides =
        trigger::run(cx, pool, source, trigger::Subject { client, user, groups, scope: &sign_in.scope })
            .await?;
    let groups = overrides.groups(groups);
    let issuer = issuer::of(cx, pool);
    let issuance = Issuance { issuer: &issuer, client, user, groups, sign_in, issued_at: cx.now.seconds() };
    let jti = || generation::jti(cx, pool, user);
    let (mut id, mut access) = (claims::id_token(&issuance, &jti()), claims::access_token(&issuance, &jti()));
    overrides.change_id_token(&mut id);
    overrides.change_access_token(&mut access);
    let id = serde_json::to_vec(&id).map_err(Fault::internal)?;
    let access = serde_json::to_vec(&access).map_err(Fault::internal)?;
    let keys = keys::of_pool(cx, pool).await?;
    let (id, access) = cx
        .crypto(move || {
            let id = keys.current(TokenUse::Id).and_then(|key| key.sign(&id));
            (id, keys.current(TokenUse::Access).and_then(|key| key.sign(&access)))
        })
        .await?;
    Ok(AuthenticationResultType {
        access_token: Some(access?.into()),
        expires_in: i32::try_from(lifetime::access(&client.settings)).ok(),
        token_type: Some("Bearer".to_owned()),
        id_token: Some(id?.into()),
        ..AuthenticationResultType::default()
    })
}
