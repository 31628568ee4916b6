//! What an identity gets: credentials of a role, or a token for STS (identity-pools-and-iam §5, §6).

use poolhouse_core::Cx;
use poolhouse_iam::sessions::{Asked, Begun};
use poolhouse_iam::web_identities::{self, IDENTITY_POOLS, WebIdentity};
use poolhouse_kernel::Fault;
use poolhouse_policy::Context;
use poolhouse_ports::IdentityId;
use poolhouse_wire::ErrorCode;
use poolhouse_wire::identity_pools::Credentials;
use poolhouse_wire::sts::Tag;

use crate::logins::{Given, Login, amr};
use crate::record::Pool;
use crate::tokens::{self, PoolToken};
use crate::{faults, identities, principal_tags, role_choice, rules};

/// What sessions of the enhanced flow are called (observed).
const SESSION_NAME: &str = "CognitoIdentityCredentials";

/// How long they last (documented).
const SESSION_SECONDS: i32 = 3600;

/// How long a token of the basic flow is good (observed).
const TOKEN_SECONDS: i64 = 600;

/// What guests may do at most, whatever their role allows: of the services that AWS leaves them (identity-pools-and-iam
/// §9.3) user pools are here.
const GUEST_POLICY: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"cognito-idp:*","Resource":"*"}}"#;

/// The managed policy that goes with it.
const GUEST_POLICY_ARN: &str = "arn:aws:iam::aws:policy/AmazonCognitoUnauthenticatedIdentities";

/// What others may do at most: everything but to ask identity pools (identity-pools-and-iam §9.3, documented).
const MEMBER_POLICY: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","NotAction":["cognito-identity:*","cognito-sync:*"],"Resource":"*"}}"#;

/// Gives an identity the credentials of its role. `context` is what is known of the request.
///
/// # Errors
/// `ResourceNotFoundException`, `NotAuthorizedException`, `InvalidParameterException`, `ResourceConflictException`,
/// `InvalidIdentityPoolConfigurationException`.
pub async fn of_identity(
    cx: &Cx,
    id: &IdentityId,
    given: &Given,
    custom_role: Option<&str>,
    context: Context,
) -> Result<(IdentityId, Credentials), Fault> {
    let pool = identities::with_pool(cx, id).await?;
    let (identity, logins) = identities::proven(cx, &pool, id, given).await?;
    let role_arn = role_choice::of(&pool, &logins, custom_role)?;
    let token = pool_token(&pool, identity.id.clone(), &logins)?;
    let is_guest = logins.is_empty();
    let tags = token.tags.into_iter().map(|(key, value)| Tag { key, value });
    let asked = Asked {
        role_arn,
        session_name: SESSION_NAME.to_owned(),
        seconds: Some(SESSION_SECONDS),
        policy: Some(if is_guest { GUEST_POLICY } else { MEMBER_POLICY }.to_owned()),
        policy_arns: if is_guest { vec![GUEST_POLICY_ARN.to_owned()] } else { Vec::new() },
        tags: tags.collect(),
        transitive_tag_keys: Vec::new(),
        external_id: None,
    };
    let web_identity = WebIdentity {
        issuers: vec![IDENTITY_POOLS.to_owned()],
        subject: token.identity_id.into(),
        audience: token.pool_id.into(),
        amr: token.amr,
    };
    let begun = web_identities::assume(cx, asked, &web_identity, context).await.map_err(unassumed)?;
    Ok((identity.id, shown(begun)))
}

/// A token for STS, where the pool hands them out.
///
/// # Errors
/// As [`of_identity`].
pub async fn token(cx: &Cx, id: &IdentityId, given: &Given) -> Result<(IdentityId, String), Fault> {
    let pool = identities::with_pool(cx, id).await?;
    let refused = |why: &str| {
        Fault::invalid_parameter(format!("Basic (classic) flow is not {why}, please use enhanced flow."))
    };
    if pool.config.allow_classic_flow != Some(true) {
        return Err(refused("enabled"));
    }
    if !pool.config.mappings.is_empty() {
        return Err(refused("supported with RoleMappings"));
    }
    // Their roles are asserted, and STS would not know of it (documented).
    if given.keys().any(|name| rules::is_saml(name)) {
        return Err(refused("supported with SAML logins"));
    }
    // It is a token for STS already; another one would outlive what the backend said.
    if given.contains_key(IDENTITY_POOLS) {
        return Err(faults::unsupported_provider());
    }
    let (identity, logins) = identities::proven(cx, &pool, id, given).await?;
    let token = pool_token(&pool, identity.id.clone(), &logins)?;
    Ok((identity.id, tokens::sign(cx, &token, TOKEN_SECONDS).await?))
}

/// What a token of the pool says of an identity with these logins.
///
/// # Errors
/// `InvalidIdentityPoolConfigurationException` for a tag that none can be.
pub(crate) fn pool_token(pool: &Pool, identity_id: IdentityId, logins: &[Login]) -> Result<PoolToken, Fault> {
    let tags = principal_tags::of(pool, logins)?;
    Ok(PoolToken { identity_id, pool_id: pool.id.clone(), amr: amr(logins), tags })
}

/// A role that is not there, or does not trust the pool, is the pool's fault, not the caller's.
fn unassumed(fault: Fault) -> Fault {
    match fault.code() {
        ErrorCode::AccessDeniedException
        | ErrorCode::ValidationException
        | ErrorCode::InvalidParameterException => faults::configuration(),
        _ => fault,
    }
}

fn shown(begun: Begun) -> Credentials {
    let credentials = begun.credentials;
    Credentials {
        access_key_id: Some(credentials.access_key_id),
        secret_key: Some(credentials.secret_access_key),
        session_token: Some(credentials.session_token),
        expiration: Some(credentials.expiration),
    }
}
