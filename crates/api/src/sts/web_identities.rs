//! Whom a web identity token vouches for: an identity of an identity pool, a user of a pool here, or one of an OpenID Connect
//! provider of the account (docs/cognito/identity-pools-and-iam.md §8.1).

use std::collections::BTreeMap;

use poolhouse_core::Cx;
use poolhouse_core::tokens::{self as user_pools, Flaw};
use poolhouse_iam::oidc_providers;
use poolhouse_iam::web_identities::{IDENTITY_POOLS, WebIdentity};
use poolhouse_identity::tokens::{self as identity_pools, PoolToken};
use poolhouse_kernel::Fault;
use poolhouse_wire::ErrorCode;
use poolhouse_wire::sts::Tag;
use serde::Deserialize;
use serde_json::{Map, Value};

/// How long behind its end a token is still good, in seconds (recorded).
const GRACE: i64 = 300;

/// The claim that holds tags of the session.
const TAGS: &str = "https://aws.amazon.com/tags";

/// How many tags there may be, and how long their keys and values (the service model of AssumeRole).
const MOST_TAGS: usize = 50;
const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 256;

/// What a token proves.
pub(super) struct Proven {
    pub(super) identity: WebIdentity,
    /// What its session is tagged with.
    pub(super) tags: Vec<Tag>,
    /// Which of the tags a next role takes over.
    pub(super) transitive_tag_keys: Vec<String>,
}

/// What this token proves.
///
/// # Errors
/// `InvalidIdentityToken`, `ExpiredTokenException`, `IDPCommunicationError`.
pub(super) async fn of(cx: &Cx, token: &str) -> Result<Proven, Fault> {
    let pooled = identity_pools::examine(cx, token, GRACE).await.map_err(|unproven| unproven.told(told))?;
    if let Some(token) = pooled {
        return Ok(of_identity_pool(token));
    }
    let issuer = user_pools::issuer_of(token).map_err(told)?;
    if user_pools::is_issuer_here(cx, &issuer).await? {
        of_user_pool(cx, token).await
    } else {
        of_openid_connect(cx, &issuer, token).await
    }
}

fn of_identity_pool(token: PoolToken) -> Proven {
    let PoolToken { identity_id, pool_id, amr, tags } = token;
    let issuers = vec![IDENTITY_POOLS.to_owned()];
    Proven {
        identity: WebIdentity { issuers, subject: identity_id.into(), audience: pool_id.into(), amr },
        tags: tags.into_iter().map(|(key, value)| Tag { key, value }).collect(),
        transitive_tag_keys: Vec::new(),
    }
}

async fn of_user_pool(cx: &Cx, token: &str) -> Result<Proven, Fault> {
    let token = user_pools::id_token(cx, token, GRACE).await.map_err(|unproven| unproven.told(told))?;
    // Where the account has the pool as a provider, too, its list of clients counts, as at AWS; else every client of the pool
    // that is the operator's is on it.
    let mut registered = None;
    for issuer in &token.issuers {
        registered = registered.or(oidc_providers::find_by_name(cx, issuer).await?);
    }
    let is_accepted = match registered {
        Some(provider) => provider.client_ids.contains(&token.audience),
        None => token.is_of_known_client(cx).await?,
    };
    if !is_accepted {
        return Err(told(Flaw::Audience));
    }
    let identity = WebIdentity {
        issuers: token.issuers,
        subject: token.subject,
        audience: token.audience,
        amr: Vec::new(),
    };
    Ok(Proven { identity, tags: Vec::new(), transitive_tag_keys: Vec::new() })
}

async fn of_openid_connect(cx: &Cx, issuer: &str, token: &str) -> Result<Proven, Fault> {
    let provider = match user_pools::provider_name(cx, issuer) {
        Some(name) => oidc_providers::find_by_name(cx, name).await?,
        None => None,
    };
    // Nobody is an identity of a pool here by another's word.
    let provider = provider.filter(|provider| provider.name != IDENTITY_POOLS);
    // Observed.
    let provider = provider
        .ok_or_else(|| invalid(format!("No OpenIDConnect provider found in your account for {issuer}")))?;
    let user = user_pools::foreign_user(cx, token, &provider.name, &provider.client_ids).await;
    let user = user.map_err(|unproven| unproven.told(told))?;
    let (tags, transitive_tag_keys) = session_tags(&user.claims)?;
    let amr = user.claims.get("amr").and_then(Value::as_array).into_iter().flatten();
    let amr = amr.filter_map(Value::as_str).map(str::to_owned).collect();
    let identity =
        WebIdentity { issuers: vec![provider.name], subject: user.subject, audience: user.audience, amr };
    Ok(Proven { identity, tags, transitive_tag_keys })
}

/// The tags that a provider gives a session, each value a list of one text, and which of them go on (recorded).
fn session_tags(claims: &Map<String, Value>) -> Result<(Vec<Tag>, Vec<String>), Fault> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Tags {
        principal_tags: BTreeMap<String, [String; 1]>,
        transitive_tag_keys: Vec<String>,
    }
    let malformed = || invalid("principal_tags passed in claim is not in correct format.".to_owned());
    let Some(claim) = claims.get(TAGS) else { return Ok((Vec::new(), Vec::new())) };
    let Tags { principal_tags, transitive_tag_keys } =
        serde_json::from_value(claim.clone()).map_err(|_| malformed())?;
    let is_tag = |(key, [value]): (&String, &[String; 1])| {
        (1..=LONGEST_KEY).contains(&key.chars().count()) && value.chars().count() <= LONGEST_VALUE
    };
    if principal_tags.len() > MOST_TAGS || !principal_tags.iter().all(is_tag) {
        return Err(malformed());
    }
    let tags = principal_tags.into_iter().map(|(key, [value])| Tag { key, value });
    Ok((tags.collect(), transitive_tag_keys))
}

fn invalid(text: String) -> Fault {
    Fault::new(ErrorCode::InvalidIdentityTokenException, text)
}

/// A flaw in the words of STS (recorded).
fn told(flaw: Flaw) -> Fault {
    match flaw {
        Flaw::NoToken | Flaw::Use => invalid(
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
                .to_owned(),
        ),
        Flaw::Signature => invalid(
            "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements"
                .to_owned(),
        ),
        Flaw::Issuer | Flaw::Audience => invalid(
            "The web identity token provided could not be validated. See the AssumeRoleWithWebIdentity documentation for requirements."
                .to_owned(),
        ),
        Flaw::Missing(claim) => invalid(format!("Missing a required claim: {claim}")),
        Flaw::Timestamp => invalid("Invalid timestamp in token claims.".to_owned()),
        Flaw::FromTheFuture(at) => invalid(format!("Token issued in the future: {at}")),
        Flaw::NotYetValid { at, now } => {
            let now = now + GRACE;
            let text = format!(
                "Token not yet valid: current date/time {now} must be after or equal to the not-before date/time {at}"
            );
            invalid(text)
        }
        Flaw::Expired { at, now } => {
            let now = now - GRACE;
            let text =
                format!("Token expired: current date/time {now} must be before the expiration date/time {at}");
            Fault::new(ErrorCode::ExpiredTokenException, text)
        }
        Flaw::Unreachable => Fault::new(
            ErrorCode::IDPCommunicationErrorException,
            "The identity provider cannot be reached, or does not publish its keys. Please try again.",
        ),
    }
}
