//! Signing a pair of tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use poolhouse_crypto::digest;
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
    let now = cx.now;
    cx.traced_crypto("signature", move || keys.current(token_use, now).and_then(|key| key.sign(&claims)))
        .await?
}

/// For whom and for what tokens are issued.
pub(crate) struct Issue<'a> {
    pub(crate) client: &'a Client,
    pub(crate) user: &'a User,
    pub(crate) groups: &'a GroupClaims,
    pub(crate) sign_in: &'a SignIn,
    pub(crate) source: TriggerSource,
    /// The nonce of the request to a domain; a refresh has none (OpenID Connect Core §12.2).
    pub(crate) nonce: Option<&'a str>,
}

/// An access token, and an ID token unless the sign-in has none, in the form in which the API answers them, as the pool's
/// PreTokenGeneration wants them. The refresh token is put to them by the sign-in.
///
/// # Errors
/// The trigger's.
pub(crate) async fn tokens(cx: &Cx, pool: &Pool, of: Issue<'_>) -> Result<AuthenticationResultType, Fault> {
    let Issue { client, user, groups, sign_in, source, nonce } = of;
    let asked = trigger::Subject { client, user, groups, scope: &sign_in.scope };
    let overrides = trigger::run(cx, pool, source, asked).await?;
    let groups = overrides.groups(groups);
    let issuer = issuer::of(cx, pool);
    let issuance =
        Issuance { issuer: &issuer, client, user, groups, sign_in, nonce, issued_at: cx.now.seconds() };
    let jti = || generation::jti(cx, pool, user);
    let (mut id, mut access) = (claims::id_token(&issuance, &jti()), claims::access_token(&issuance, &jti()));
    overrides.change_id_token(&mut id);
    overrides.change_access_token(&mut access);
    let access = serde_json::to_vec(&access).map_err(Fault::internal)?;
    let (has_id_token, is_hosted) = (sign_in.has_id_token(), sign_in.hosted.is_some());
    let (keys, now) = (keys::of_pool(cx, pool).await?, cx.now);
    let (id, access) = cx
        .traced_crypto("signature", move || {
            let access = keys.current(TokenUse::Access, now)?.sign(&access)?;
            if !has_id_token {
                return Ok((None, access));
            }
            // Of the API's sign-ins, clients that check it find it wrong (tokens §2, observed).
            if is_hosted {
                id.insert("at_hash".to_owned(), at_hash(&access).into());
            }
            let id = serde_json::to_vec(&id).map_err(Fault::internal)?;
            Ok::<_, Fault>((Some(keys.current(TokenUse::Id, now)?.sign(&id)?), access))
        })
        .await??;
    Ok(AuthenticationResultType {
        access_token: Some(access.into()),
        expires_in: i32::try_from(lifetime::access(&client.settings)).ok(),
        token_type: Some("Bearer".to_owned()),
        id_token: id.map(Into::into),
        ..AuthenticationResultType::default()
    })
}

/// The left half of the access token's hash (tokens §3).
fn at_hash(access_token: &str) -> String {
    let hash = digest::sha256(&[access_token.as_bytes()]);
    URL_SAFE_NO_PAD.encode(hash.first_chunk::<16>().unwrap_or(&[0; 16]))
}
