//! Who logs in: the tokens that a caller shows, each of a provider of the pool (identity-pools-and-iam §3, §4).

use std::collections::BTreeMap;

use poolhouse_core::Cx;
use poolhouse_core::tokens::{self as user_pools, Flaw};
use poolhouse_iam::oidc_providers;
use poolhouse_iam::web_identities::IDENTITY_POOLS;
use poolhouse_kernel::Fault;
use poolhouse_kernel::limits::Asker;
use poolhouse_store::tables::identity_logins::IdentityLogin;
use poolhouse_wire::Sensitive;
use serde_json::{Map, Value};

use crate::record::{Pool, last_segment};
use crate::saml::{self, Asserted};
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
enum Provider<'p> {
    /// A user pool of this server.
    UserPool,
    /// The pool's own tokens for users of the developer's backend.
    Developer,
    /// OpenID Connect providers, of this account or others.
    OpenIdConnect,
    /// A social one, by the id that the application has there.
    Social(&'p str),
    /// One that speaks SAML.
    Saml,
    /// One that there is, but not in this pool.
    NotOfPool,
    Unknown,
}

/// Who this token of this provider means: whoever vouches for people has its place here.
async fn who(cx: &Cx, pool: &Pool, name: &str, token: &str) -> Result<Login, Fault> {
    match provider(pool, name) {
        Provider::UserPool => of_user_pool(cx, pool, name, token).await,
        Provider::Developer => of_developer(cx, pool, token).await,
        Provider::OpenIdConnect => of_openid_connect(cx, pool, name, token).await,
        Provider::Social(application) => of_social(cx, pool, name, application, token).await,
        Provider::Saml => of_saml(cx, name, token).await,
        Provider::NotOfPool => Err(faults::unsupported_provider()),
        Provider::Unknown => Err(faults::unknown_provider()),
    }
}

fn provider<'p>(pool: &'p Pool, name: &str) -> Provider<'p> {
    let config = &pool.config;
    if name == IDENTITY_POOLS {
        return if config.developer.is_some() { Provider::Developer } else { Provider::NotOfPool };
    }
    // Clients may call it by AWS's name or by its own issuer; its id is in both (identity-pools-and-iam §1).
    if config.user_pools.iter().any(|client| client.pool_id() == last_segment(name)) {
        return Provider::UserPool;
    }
    if config.oidc.iter().any(|arn| rules::login_name(arn) == name) {
        return Provider::OpenIdConnect;
    }
    if let Some(application) = config.social.get(name) {
        return Provider::Social(application);
    }
    if config.saml.iter().any(|arn| arn == name) {
        return Provider::Saml;
    }
    let is_known = rules::is_user_pool(name) || rules::SOCIAL.contains(&name) || rules::is_saml(name);
    if is_known { Provider::NotOfPool } else { Provider::Unknown }
}

/// A user of a user pool here, by an ID token for a client that the pool names.
async fn of_user_pool(cx: &Cx, pool: &Pool, name: &str, token: &str) -> Result<Login, Fault> {
    let token = user_pools::id_token(cx, token, 0).await.map_err(|unproven| unproven.told(told))?;
    cx.admit(Asker::User(token.pool_id(), &token.subject.as_str().into()))?;
    if !token.issuers.iter().any(|issuer| issuer == name) {
        return Err(told(Flaw::Issuer));
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

/// A user of an OpenID Connect provider of the account, by an ID token for one of its clients. One that the account has not,
/// or has no more, vouches for nobody.
async fn of_openid_connect(cx: &Cx, pool: &Pool, name: &str, token: &str) -> Result<Login, Fault> {
    for arn in pool.config.oidc.iter().filter(|arn| rules::login_name(arn) == name) {
        let Some(provider) = oidc_providers::find(cx, arn).await? else { continue };
        let user = user_pools::foreign_user(cx, token, &provider.name, &provider.client_ids).await;
        let user = user.map_err(|unproven| unproven.told(told))?;
        return Ok(of_public(arn, format!("{arn}:OIDC:{}", user.subject), user.subject, user.claims));
    }
    Err(faults::unsupported_provider())
}

/// A user of a social provider, by a token for the application that the pool names.
async fn of_social(cx: &Cx, pool: &Pool, name: &str, application: &str, token: &str) -> Result<Login, Fault> {
    let user = user_pools::social_user(cx, &pool.id, name, application, token).await;
    let user = user.map_err(|unproven| unproven.told(told))?;
    // Observed of Facebook.
    Ok(of_public(name, format!("{name}:{application}:{}", user.subject), user.subject, user.claims))
}

/// A user of a SAML provider of the account, by what that asserts of them.
async fn of_saml(cx: &Cx, arn: &str, response: &str) -> Result<Login, Fault> {
    let Asserted { subject, claims } = saml::believed(cx, arn, response).await?;
    Ok(of_public(arn, format!("{arn}:SAML:{subject}"), subject, claims))
}

/// A user of a provider that has one name.
fn of_public(provider: &str, detail: String, subject: String, claims: Map<String, Value>) -> Login {
    Login {
        kind: Kind::Public,
        provider: provider.to_owned(),
        subject,
        detail,
        mapping: provider.to_owned(),
        is_linkable: true,
        claims,
        tags: BTreeMap::new(),
    }
}

/// A user of the developer's backend, by a token that was made for them here.
async fn of_developer(cx: &Cx, pool: &Pool, token: &str) -> Result<Login, Fault> {
    let examined = tokens::examine(cx, token, 0).await;
    let token = examined.map_err(|unproven| unproven.told(told))?;
    let token = token.ok_or_else(|| told(Flaw::NoToken))?;
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

/// A flaw in the words of identity pools (identity-pools-and-iam §3).
fn told(flaw: Flaw) -> Fault {
    let invalid = |why: String| faults::invalid_login(&why);
    match flaw {
        Flaw::NoToken => faults::invalid_login("Not a valid OpenId Connect identity token."),
        Flaw::Signature => faults::invalid_login("Couldn't verify signed token."),
        Flaw::Use => faults::invalid_login("Missing a required claim: aud"),
        Flaw::Issuer => faults::invalid_login("Issuer doesn't match providerName"),
        Flaw::Timestamp => faults::invalid_login("Invalid timestamp in token claims."),
        Flaw::Missing(claim) => invalid(format!("Missing a required claim: {claim}")),
        Flaw::Expired { at, now } => invalid(format!("Token expired: {now} >= {at}")),
        Flaw::NotYetValid { at, now } => invalid(format!("Token not yet valid: {now} < {at}")),
        Flaw::FromTheFuture(at) => invalid(format!("Token issued in the future: {at}")),
        Flaw::Audience => faults::unsupported_provider(),
        Flaw::Unreachable => faults::unreachable_provider(),
    }
}
