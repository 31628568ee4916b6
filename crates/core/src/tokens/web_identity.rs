//! ID tokens of users as web identities, for whom a role can be assumed (docs/cognito/identity-pools-and-iam.md §8.1).

use poolhouse_crypto::jwt;
use poolhouse_kernel::Fault;
use poolhouse_wire::ErrorCode;
use serde_json::Value;

use super::verify::verified_pool;
use crate::Cx;
use crate::state::keyring::TokenUse;

/// How long behind its end a token is still good, in seconds (recorded).
const GRACE: i64 = 300;

/// Whom an ID token vouches for.
#[derive(Debug)]
pub struct Vouched {
    /// The issuers of the pool without their schemes: the token's own, then the one that AWS's clients name.
    pub issuers: Vec<String>,
    /// The user's `sub`.
    pub subject: String,
    /// The app client.
    pub audience: String,
}

/// Looks at an ID token as STS does. What has happened to the user since counts for nothing here.
///
/// # Errors
/// `InvalidIdentityToken`, `ExpiredTokenException`.
pub async fn vouched(cx: &Cx, token: &str) -> Result<Vouched, Fault> {
    let no_jwt = || {
        invalid(
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
        )
    };
    let token = jwt::decode(token).map_err(|_| no_jwt())?;
    let (pool, _) = verified_pool(cx, &token, Some(TokenUse::Id)).await.map_err(|fault| match fault.code() {
        ErrorCode::NotAuthorizedException => invalid(
            "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
        ),
        _ => fault,
    })?;
    let claims = token.claims().map_err(|_| no_jwt())?;
    let text = |name: &'static str| {
        let value = claims.get(name).and_then(Value::as_str).map(str::to_owned);
        value.ok_or_else(|| missing(name))
    };
    let expires = claims.get("exp").and_then(Value::as_i64).ok_or_else(|| missing("exp"))?;
    let now = cx.now.seconds() - GRACE;
    if now >= expires {
        return Err(Fault::new(
            ErrorCode::ExpiredTokenException,
            format!(
                "Token expired: current date/time {now} must be before the expiration date/time {expires}"
            ),
        ));
    }
    let issuer = text("iss")?;
    let issuer = issuer.split_once("://").map_or(issuer.as_str(), |(_, rest)| rest).to_owned();
    let of_aws = format!(
        "cognito-idp.{}.amazonaws.com/{}",
        pool.id.as_str().split('_').next().unwrap_or_default(),
        pool.id
    );
    let issuers = if issuer == of_aws { vec![issuer] } else { vec![issuer, of_aws] };
    Ok(Vouched { issuers, subject: text("sub")?, audience: text("aud")? })
}

fn invalid(text: &'static str) -> Fault {
    Fault::new(ErrorCode::InvalidIdentityTokenException, text)
}

fn missing(claim: &str) -> Fault {
    Fault::new(ErrorCode::InvalidIdentityTokenException, format!("Missing a required claim: {claim}"))
}
