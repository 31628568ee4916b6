//! The grants of the token endpoint (docs/cognito/oauth-and-managed-login.md §6).

use poolhouse_kernel::Fault;
use poolhouse_kernel::limits::Asker;
use poolhouse_ports::PoolId;
use poolhouse_store::tables::Insert;
use poolhouse_wire::Sensitive;
use poolhouse_wire::user_pools::{AuthenticationResultType, OAuthFlowType, UserStatusType};

use super::client::authenticate;
use super::code::Grant;
use super::refusal::repeated;
use super::{Credentials, Refusal, asked, scopes};
use crate::Cx;
use crate::directory::record as users;
use crate::model::scopes::is_standard;
use crate::model::{Client, Pool, User};
use crate::provisioned::{self, Category};
use crate::sessions::record;
use crate::tokens::issue::{self, Issue};
use crate::tokens::{client_token, groups, refresh};
use crate::triggers::pre_token_generation::TriggerSource;

pub use super::code::Proof;

/// What a grant gives.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// Where `openid` is granted.
    pub id_token: Option<Sensitive>,
    /// Always.
    pub access_token: Sensitive,
    /// With a code, and where refresh tokens are replaced.
    pub refresh_token: Option<Sensitive>,
    /// The life of the access token, in seconds.
    pub expires_in: i64,
}

/// Tokens for an authorization code. A code whose use failed is used up, and using one again ends what it gave before
/// (oauth-and-managed-login §6.3, RFC 6749 §4.1.2).
///
/// # Errors
/// `invalid_client`, `invalid_request`, `invalid_grant`, `invalid_target`.
pub async fn authorization_code(
    cx: &Cx,
    pool_id: &PoolId,
    credentials: &Credentials,
    code: &str,
    proof: &Proof,
    resource: Option<&str>,
) -> Result<Tokens, Refusal> {
    let (pool, client) = authenticate(cx, pool_id, credentials).await?;
    if proof.redirect_uri.is_none() {
        return Err(Refusal::InvalidRequest);
    }
    if !client.has_oauth_flow(&OAuthFlowType::Code) {
        return Err(Refusal::UnauthorizedClient);
    }
    repeated(cx, async || {
        let grant = Grant::open(cx, &pool, code).ok_or(Refusal::GRANT)?;
        if grant.is_spent(&mut cx.read().await?, &pool).await? {
            return Err(end_family(cx, &pool, &grant).await?);
        }
        let result = match redeem(cx, &pool, &client, &grant, proof, resource).await {
            Err(Refusal::Fault(fault)) => return Err(fault.into()),
            result => result,
        };
        settle(cx, &pool, &client, &grant, result).await
    })
    .await
}

/// The tokens of a code that was not used yet; nothing is written.
async fn redeem(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    grant: &Grant,
    proof: &Proof,
    resource: Option<&str>,
) -> Result<Tokens, Refusal> {
    if !grant.is_proven(client, proof) {
        return Err(Refusal::GRANT);
    }
    if resource.is_some_and(|asked| grant.sign_in.audience() != Some(asked)) {
        return Err(Refusal::InvalidTarget);
    }
    let (user, mut tokens) = issue(cx, pool, client, grant).await?;
    if client.refreshes() {
        let refresh_token = refresh::seal(cx, pool, client, &user, &grant.sign_in)?;
        tokens.refresh_token = Some(refresh_token.into());
    }
    Ok(tokens)
}

/// Uses the code up, and writes the sign-in where the pool tracks sessions. Of several uses at the same time one gets
/// here first, and every other ends what that one got.
async fn settle(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    grant: &Grant,
    result: Result<Tokens, Refusal>,
) -> Result<Tokens, Refusal> {
    let mut tx = cx.write().await?;
    if grant.spend(&mut tx, pool).await? == Insert::Exists {
        drop(tx);
        return Err(end_family(cx, pool, grant).await?);
    }
    if result.is_ok() {
        let origin = Some(grant.browser_session.as_str());
        grant.sign_in.track(&mut tx, cx, pool, client, &grant.sub, origin).await?;
    }
    tx.commit().await.map_err(Fault::from)?;
    result
}

/// Ends what the first use of a code gave.
async fn end_family(cx: &Cx, pool: &Pool, grant: &Grant) -> Result<Refusal, Fault> {
    grant.revoke(cx, pool).await?;
    Ok(Refusal::GRANT)
}

/// The tokens of the implicit flow: no refresh token goes through a browser.
pub(super) async fn implicit(cx: &Cx, pool: &Pool, client: &Client, grant: Grant) -> Result<Tokens, Refusal> {
    let (_, tokens) = issue(cx, pool, client, &grant).await?;
    if record::is_on(pool) {
        cx.repeat(async || {
            let mut tx = cx.write().await?;
            let origin = Some(grant.browser_session.as_str());
            grant.sign_in.track(&mut tx, cx, pool, client, &grant.sub, origin).await?;
            Ok(tx.commit().await?)
        })
        .await?;
    }
    Ok(tokens)
}

/// The user of a grant, and the ID and access token.
async fn issue(cx: &Cx, pool: &Pool, client: &Client, grant: &Grant) -> Result<(User, Tokens), Refusal> {
    cx.admit(Asker::User(&pool.id, &grant.sub))?;
    if !scopes::are_readable(client, grant.sign_in.scopes()) {
        return Err(Refusal::GRANT);
    }
    let mut tx = cx.read().await?;
    let user = users::by_sub(&mut tx, pool, &grant.sub).await?.ok_or(Refusal::GRANT)?;
    let is_same = user.row.enabled && user.row.sign_outs == grant.generation;
    if !is_same || user.status == UserStatusType::ResetRequired {
        return Err(Refusal::GRANT);
    }
    let groups = groups::of_user(&mut tx, pool, &grant.sub).await?;
    drop(tx);
    let issue = Issue {
        client,
        user: &user,
        groups: &groups,
        sign_in: &grant.sign_in,
        source: TriggerSource::HostedAuth,
        nonce: grant.nonce.as_deref(),
    };
    let issued = issue::tokens(cx, pool, issue).await.map_err(Refusal::of_grant)?;
    Ok((user, Tokens::of(issued)?))
}

/// New tokens for a refresh token, of this endpoint or the API (oauth-and-managed-login §6.4).
///
/// # Errors
/// `invalid_client`, `invalid_request`, `invalid_grant`, `invalid_target`.
pub async fn refresh_token(
    cx: &Cx,
    pool_id: &PoolId,
    credentials: &Credentials,
    token: &str,
    resource: Option<&str>,
) -> Result<Tokens, Refusal> {
    let (pool, client) = authenticate(cx, pool_id, credentials).await?;
    // observed: not `unauthorized_client`
    if !client.has_oauth() || !client.refreshes() {
        return Err(Refusal::GRANT);
    }
    let token = refresh::open(&pool, &client, token).map_err(|_| Refusal::GRANT)?;
    if resource.is_some_and(|asked| token.sign_in.audience() != Some(asked)) {
        return Err(Refusal::InvalidTarget);
    }
    repeated(cx, async || {
        // A device has no place here (oauth-and-managed-login §6.3, observed).
        let bearer = token.bearer(cx, &pool, &client, None).await.map_err(Refusal::of_grant)?;
        let issued = token.redeem(cx, &pool, &client, &bearer).await.map_err(Refusal::of_grant)?;
        Tokens::of(issued)
    })
    .await
}

/// An access token for the client itself, with the scopes asked for or all that it has of resource servers (oauth-and-managed-login §6.5),
/// for the resource that it names (ours: AWS has none there).
///
/// # Errors
/// `invalid_client`, `invalid_request`, `unauthorized_client`, `invalid_scope`, `invalid_target`; `invalid_grant` where a
/// function of the pool refuses.
pub async fn client_credentials(
    cx: &Cx,
    pool_id: &PoolId,
    credentials: &Credentials,
    scope: Option<&str>,
    resource: Option<&str>,
) -> Result<Tokens, Refusal> {
    let (pool, client) = authenticate(cx, pool_id, credentials).await?;
    if resource.is_some_and(|resource| !asked::is_resource(resource)) {
        return Err(Refusal::InvalidTarget);
    }
    if client.secrets.is_empty() || !client.has_oauth_flow(&OAuthFlowType::ClientCredentials) {
        return Err(Refusal::UnauthorizedClient);
    }
    provisioned::admit(cx, Category::ClientAuthentication).await?;
    let granted = scopes::granted(&mut cx.read().await?, &pool, &client, scope).await?;
    let mut granted = granted.ok_or(Refusal::InvalidScope)?;
    // About users they say nothing without one.
    granted.retain(|scope| !is_standard(scope));
    let issued =
        client_token::issue(cx, &pool, &client, &granted, resource).await.map_err(Refusal::of_grant)?;
    let access_token = issued.access_token.ok_or_else(|| Fault::internal("no access token was issued"))?;
    Ok(Tokens {
        id_token: None,
        access_token,
        refresh_token: None,
        expires_in: issued.expires_in.map_or(0, i64::from),
    })
}

impl Tokens {
    fn of(issued: AuthenticationResultType) -> Result<Self, Refusal> {
        Ok(Self {
            id_token: issued.id_token,
            access_token: issued.access_token.ok_or_else(|| Fault::internal("no access token was issued"))?,
            refresh_token: issued.refresh_token,
            expires_in: issued.expires_in.map_or(0, i64::from),
        })
    }
}
