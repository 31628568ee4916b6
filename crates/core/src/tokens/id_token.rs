//! ID tokens that are shown elsewhere than at user pools: to STS and to identity pools, each of which refuses them in words
//! of its own (docs/cognito/identity-pools-and-iam.md §4, §8.1).

use poolhouse_crypto::jwt;
use poolhouse_kernel::Fault;
use poolhouse_ports::PoolId;
use poolhouse_wire::ErrorCode;
use serde_json::{Map, Value};

use super::bearer::is_refusal;
use super::issuer;
use super::verify::{Verified, verified_pool};
use crate::state::keyring::TokenUse;
use crate::{Cx, clients};

/// An ID token of a user of a pool here: its signature is good, and it has not expired.
#[derive(Debug)]
pub struct IdToken {
    verified: Verified,
    /// The issuers of the pool without their schemes: the token's own, then those that its tokens may have besides.
    pub issuers: Vec<String>,
    /// The user's `sub`.
    pub subject: String,
    /// The app client.
    pub audience: String,
}

/// What is wrong with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It is no token at all.
    NoToken,
    /// No key that is known here has signed it.
    Signature,
    /// It is for another use, such as an access token.
    Use,
    /// A claim is missing, or not of its type.
    Missing(&'static str),
    /// It ended then, and so much is it now; in seconds since 1970, as all times here.
    Expired {
        /// `exp`.
        at: i64,
        /// By the clock that counts for it.
        now: i64,
    },
    /// It begins to be good later.
    NotYetValid {
        /// `nbf`.
        at: i64,
        /// By the clock that counts for it.
        now: i64,
    },
    /// It was issued later than now.
    FromTheFuture(i64),
    /// A time in it is none, or no whole number.
    Timestamp,
    /// It is of another issuer.
    Issuer,
    /// It is for others.
    Audience,
    /// Whoever vouches for it cannot be asked.
    Unreachable,
}

/// Why a token proves nothing.
#[derive(Debug)]
pub enum Unproven {
    /// It is not good.
    Flawed(Flaw),
    /// It could not be looked at.
    Failed(Fault),
}

impl From<Flaw> for Unproven {
    fn from(flaw: Flaw) -> Self {
        Self::Flawed(flaw)
    }
}

impl From<Fault> for Unproven {
    fn from(fault: Fault) -> Self {
        Self::Failed(fault)
    }
}

impl Unproven {
    /// As the fault that `words` make of a flaw.
    pub fn told(self, words: impl FnOnce(Flaw) -> Fault) -> Fault {
        match self {
            Self::Flawed(flaw) => words(flaw),
            Self::Failed(fault) => fault,
        }
    }
}

/// Looks at an ID token, which is good for `grace` seconds beyond its end. What has happened to the user since counts for
/// nothing here.
///
/// # Errors
/// What is wrong with it.
pub async fn id_token(cx: &Cx, token: &str, grace: i64) -> Result<IdToken, Unproven> {
    let token = jwt::decode(token).map_err(|_| Flaw::NoToken)?;
    let (pool, token_use) = verified_pool(cx, &token, None).await.map_err(|fault| match fault.code() {
        ErrorCode::NotAuthorizedException => Unproven::Flawed(Flaw::Signature),
        _ => Unproven::Failed(fault),
    })?;
    if token_use != TokenUse::Id {
        return Err(Flaw::Use.into());
    }
    let claims = token.claims().map_err(|_| Flaw::NoToken)?;
    let text = |name: &'static str| {
        claims.get(name).and_then(Value::as_str).map(str::to_owned).ok_or(Flaw::Missing(name))
    };
    let expires = claims.get("exp").and_then(Value::as_i64).ok_or(Flaw::Missing("exp"))?;
    let now = cx.now.seconds();
    if now - grace >= expires {
        return Err(Flaw::Expired { at: expires, now }.into());
    }
    let mut issuers: Vec<String> = Vec::new();
    for issuer in std::iter::once(text("iss")?).chain(issuer::all(cx, &pool)) {
        let name = issuer.split_once("://").map_or(issuer.as_str(), |(_, rest)| rest).to_owned();
        if !issuers.contains(&name) {
            issuers.push(name);
        }
    }
    let (subject, audience) = (text("sub")?, text("aud")?);
    Ok(IdToken { issuers, subject, audience, verified: Verified { pool, claims, token_use } })
}

impl IdToken {
    /// The pool that issued it.
    pub fn pool_id(&self) -> &PoolId {
        &self.verified.pool.id
    }

    /// What it says.
    pub fn claims(&self) -> &Map<String, Value> {
        &self.verified.claims
    }

    /// Whether the client that got it is still there, and somebody of the pool vouches for it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn is_of_known_client(&self, cx: &Cx) -> Result<bool, Fault> {
        match clients::get(cx, &self.audience.as_str().into()).await {
            Ok((pool, client)) => Ok(pool.id == *self.pool_id() && !client.is_a_stranger()),
            Err(fault) if fault.code() == ErrorCode::ResourceNotFoundException => Ok(false),
            Err(fault) => Err(fault),
        }
    }

    /// Whether the user may still use it: was not signed out, disabled or deleted, and has not revoked it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn is_live(&self, cx: &Cx) -> Result<bool, Fault> {
        match self.verified.live_user(cx).await {
            Ok(_) => Ok(true),
            Err(fault) if is_refusal(fault.code()) => Ok(false),
            Err(fault) => Err(fault),
        }
    }
}
