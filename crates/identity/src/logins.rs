//! Who logs in: the tokens that a caller shows, each of a provider of the pool (identity-pools-and-iam §3, §4).

use std::collections::BTreeMap;

use poolhouse_core::Cx;
use poolhouse_core::tokens::{self as user_pools, Flaw};
use poolhouse_iam::web_identities::IDENTITY_POOLS;
use poolhouse_kernel::Fault;
use poolhouse_kernel::limits::Asker;
use poolhouse_store::tables::identity_logins::IdentityLogin;
use poolhouse_wire::Sensitive;
use serde_json::{Map, Value};

use crate::record::{Pool, last_segment};
use crate::{faults, rules, tokens};

/// What a caller shows: tokens by the names of their providers.
pub type Given = BTreeMap<String, Sensitive>;

/// Whose word a login stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A provider's whose tokens anybody can show.
    Public,
    /// The developer's own backend's.
    Developer,
}

impl Kind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Developer => "developer",
        }
    }
}

/// A login that is proven.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    pub(crate) kind: Kind,
    /// The provider, by one name whatever it was called.
    pub(crate) provider: String,
    /// Whom the provider means.
    pub(crate) subject: String,
    /// What tokens say of it beside the provider.
    pub(crate) detail: String,
    /// The name by which a role mapping knows it.
    pub(crate) mapping: String,
    /// Whether it becomes one of an identity that does not have it.
    pub(crate) is_linkable: bool,
    /// What its token says.
    pub(crate) claims: Map<String, Value>,
    /// Tags of the session that its token brings.
    pub(crate) tags: BTreeMap<String, String>,
}

impl Login {
    /// A user whom the developer's own backend names.
    pub(crate) fn of_developer(pool: &Pool, provider: &str, user: &str, is_linkable: bool) -> Self {
        Self {
            kind: Kind::Developer,
            provider: provider.to_owned(),
            subject: user.to_owned(),
            detail: format!("{}{user}", developer_prefix(pool, provider)),
            mapping: provider.to_owned(),
            is_linkable,
            claims: Map::new(),
            tags: BTreeMap::new(),
        }
    }

    pub(crate) fn is(&self, row: &IdentityLogin) -> bool {
        (self.kind.as_str(), &self.provider, &self.subject)
            == (row.kind.as_str(), &row.provider, &row.subject)
    }
}

/// How an identity is proven, as tokens and sessions say it (identity-pools-and-iam §5).
pub(crate) fn amr(logins: &[Login]) -> Vec<String> {
    if logins.is_empty() {
        return vec!["unauthenticated".to_owned()];
    }
    let of_logins = logins.iter().flat_map(|login| [login.provider.clone(), login.detail.clone()]);
    std::iter::once("authenticated".to_owned()).chain(of_logins).collect()
}

/// Looks at all that a caller shows. One that is not good spoils all (documented).
///
/// # Errors
/// `NotAuthorizedException`, `InvalidParameterException`, `TooManyRequestsException`.
pub(crate) async fn verified(cx: &Cx, pool: &Pool, given: &Given) -> Result<Vec<Login>, Fault> {
    if !given.is_empty() && !pool.config.has_providers() {
        return Err(faults::no_providers(&pool.id));
    }
    let mut logins: Vec<Login> = Vec::new();
    for (name, token) in given {
        let login = who(cx, pool, name, token).await?;
        // A user pool has several names.
        let is_known = |known: &Login| {
            (known.kind, &known.provider, &known.subject) == (login.kind, &login.provider, &login.subject)
        };
        if !logins.iter().any(is_known) {
            logins.push(login);
        }
    }
    Ok(logins)
}

/// A provider, as a caller names it.
enum Provider {
    /// A user pool of this server.
    UserPool,
    /// The pool's own tokens for users of the developer's backend.
    Developer,
    /// One whose keys are not at hand.
    Elsewhere,
    /// One that there is, but not in this pool.
    NotOfPool,
    Unknown,
}

/// Who this token of this provider means: whoever vouches for people has its place here.
async fn who(cx: &Cx, pool: &Pool, name: &str, token: &str) -> Result<Login, Fault> {
    match provider(pool, name) {
        Provider::UserPool => of_user_pool(cx, pool, name, token).await,
        Provider::Developer => of_developer(cx, pool, token).await,
        Provider::Elsewhere => Err(told(cx, Flaw::Signature)),
        Provider::NotOfPool => Err(faults::unsupported_provider()),
        Provider::Unknown => Err(faults::unknown_provider()),
    }
}

fn provider(pool: &Pool, name: &str) -> Provider {
    let config = &pool.config;
    if name == IDENTITY_POOLS {
        return if config.developer.is_some() { Provider::Developer } else { Provider::NotOfPool };
    }
    // Clients may call it by AWS's name or by its own issuer; its id is in both (identity-pools-and-iam §1).
    if config.user_pools.iter().any(|client| client.pool_id() == last_segment(name)) {
        return Provider::UserPool;
    }
    let is_oidc =
        |arn: &String| rules::provider(arn, "oidc-provider").is_some_and(|(_, issuer)| issuer == name);
    if config.social.contains_key(name)
        || config.oidc.iter().any(is_oidc)
        || config.saml.iter().any(|arn| arn == name)
    {
        return Provider::Elsewhere;
    }
    let is_known = rules::is_user_pool(name)
        || rules::SOCIAL.contains(&name)
        || rules::provider(name, "saml-provider").is_some();
    if is_known { Provider::NotOfPool } else { Provider::Unknown }
}

/// A user of a user pool here, by an ID token for a client that the pool names.
async fn of_user_pool(cx: &Cx, pool: &Pool, name: &str, token: &str) -> Result<Login, Fault> {
    let token =
        user_pools::id_token(cx, token, 0).await.map_err(|unproven| unproven.told(|flaw| told(cx, flaw)))?;
    cx.admit(Asker::User(token.pool_id(), &token.subject.as_str().into()))?;
    if !token.issuers.iter().any(|issuer| issuer == name) {
        return Err(faults::invalid_login("Issuer doesn't match providerName"));
    }
    let client = pool.config.user_pools.iter().find(|client| {
        client.pool_id() == token.pool_id().as_str() && client.client_id.as_ref() == Some(&token.audience)
    });
    let client = client.ok_or_else(faults::unsupported_provider)?;
    if client.check_token && !token.is_live(cx).await? {
        return Err(Fault::not_authorized("Token is inactive"));
    }
    let provider = client.provider.clone();
    Ok(Login {
        kind: Kind::Public,
        detail: format!("{provider}:CognitoSignIn:{}", token.subject),
        mapping: format!("{provider}:{}", token.audience),
        provider,
        is_linkable: true,
        claims: token.claims().clone(),
        subject: token.subject,
        tags: BTreeMap::new(),
    })
}

/// A user of the developer's backend, by a token that was made for them here.
async fn of_developer(cx: &Cx, pool: &Pool, token: &str) -> Result<Login, Fault> {
    let examined = tokens::examine(cx, token, 0).await;
    let token = examined.map_err(|unproven| unproven.told(|flaw| told(cx, flaw)))?;
    let token = token.ok_or_else(|| told(cx, Flaw::NoToken))?;
    let provider = pool.config.developer.as_deref().unwrap_or_default();
    // A token of the basic flow is for STS.
    let [_, named, detail, ..] = &token.amr[..] else { return Err(faults::unsupported_provider()) };
    let user = detail.strip_prefix(&developer_prefix(pool, provider)).filter(|_| named == provider);
    match user {
        Some(user) if token.pool_id == pool.id => {
            Ok(Login { tags: token.tags, ..Login::of_developer(pool, provider, user, false) })
        }
        _ => Err(faults::unsupported_provider()),
    }
}

/// What stands before the user in the detail of a developer's login.
fn developer_prefix(pool: &Pool, provider: &str) -> String {
    format!("{provider}:{}:", pool.id)
}

/// A flaw in the words of identity pools.
fn told(cx: &Cx, flaw: Flaw) -> Fault {
    match flaw {
        Flaw::NoToken => faults::invalid_login("Not a valid OpenId Connect identity token."),
        Flaw::Signature => faults::invalid_login("Couldn't verify signed token."),
        Flaw::Use => faults::invalid_login("Missing a required claim: aud"),
        Flaw::Missing(claim) => faults::invalid_login(&format!("Missing a required claim: {claim}")),
        Flaw::Expired(at) => faults::invalid_login(&format!("Token expired: {} >= {at}", cx.now.seconds())),
    }
}
