//! GetDerivedToken: a token traded for a narrower one (docs/cognito/new-operations.md §4, RFC 8693).
//!
//! The *subject* token says on whose behalf the client acts, the *actor* token who acts. The subject may be known by a token of
//! an identity provider, too, an ID token or an assertion of SAML, whose user has signed in before or is linked.

use poolhouse_kernel::Fault;
use poolhouse_ports::ClientId;
use poolhouse_wire::user_pools::{
    ExplicitAuthFlowsType, IssuedTokenTypeIdentifierType, OAuthTokenTypeType, TokenTypeIdentifierType,
};
use poolhouse_wire::{ErrorCode, Sensitive};
use serde_json::{Map, Value, json};

use super::claims::{self as token_claims, Issuance};
use super::sign_in::{Assurance, SignIn};
use super::verify::{Verified, refused, verify};
use super::{foreign, groups, issue, issuer};
use crate::client_proof::ClientProof;
use crate::clients::{self, lifetime};
use crate::model::{Client, Pool, User, scopes};
use crate::state::keyring::TokenUse;
use crate::triggers::pre_token_generation::{self as trigger, TriggerSource};
use crate::users::generation;
use crate::{Cx, resource_servers};

/// Claims that the subject's token hands on as they are (new-operations §4, ours).
const HANDED_ON: [&str; 4] = ["origin_jti", "acr", "amr", "act"];

/// What a client wants to trade.
#[derive(Debug)]
pub struct Wanted {
    /// On whose behalf it acts.
    pub subject: GivenToken,
    /// Who acts, where that is told.
    pub actor: Option<GivenToken>,
    /// The scopes that the new token is to have, else the subject's.
    pub scopes: Option<Vec<String>>,
    /// For whom the new token is meant: the first counts.
    pub audiences: Option<Vec<String>>,
    /// The same, of resource servers.
    pub resources: Option<Vec<String>>,
    /// What the new token is to be, else an access token.
    pub kind: Option<IssuedTokenTypeIdentifierType>,
}

/// A token that is handed in.
#[derive(Debug)]
pub struct GivenToken {
    /// The token.
    pub token: Sensitive,
    /// What it is said to be.
    pub kind: Option<TokenTypeIdentifierType>,
    /// The identity provider that is said to have made it.
    pub provider: Option<String>,
}

/// The token that a trade gave.
#[derive(Debug)]
pub struct Derived {
    /// The token.
    pub token: String,
    /// What it is.
    pub kind: IssuedTokenTypeIdentifierType,
    /// How it is shown to whoever asks for it.
    pub usage: OAuthTokenTypeType,
    /// How long it lives, in seconds.
    pub life: i64,
    /// Its scopes.
    pub scopes: Vec<String>,
}

/// The token of a sign-in that is traded, verified.
struct SubjectToken {
    claims: Map<String, Value>,
    user: User,
}

/// What is traded for what.
struct Trade {
    subject: SubjectToken,
    token_use: TokenUse,
    scopes: Vec<String>,
    audience: Option<String>,
    act: Option<Value>,
}

impl SubjectToken {
    fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Value::as_str)
    }
}

/// Trades a token of a user of the pool for one of the client.
///
/// # Errors
/// `ResourceNotFoundException`, `NotAuthorizedException`, `InvalidParameterException`, `UserNotFoundException`,
/// the trigger's.
pub async fn get(
    cx: &Cx,
    client_id: &ClientId,
    secret: Option<&str>,
    wanted: &Wanted,
) -> Result<Derived, Fault> {
    let (pool, client) = clients::get(cx, client_id).await?;
    if cx.principal().is_none() {
        ClientProof::Secret(secret).check(&client, &[])?;
    }
    trade(cx, &pool, &client, wanted).await.map_err(|refused| match refused {
        NotTraded::Flow(fault)
        | NotTraded::Target(fault)
        | NotTraded::Scope(fault)
        | NotTraded::Other(fault) => fault,
    })
}

/// Why nothing is traded: the part of the request that is refused, in the API's words.
#[derive(Debug)]
pub(crate) enum NotTraded {
    /// The client may not trade so.
    Flow(Fault),
    /// It gets no token for whom it named.
    Target(Fault),
    /// None of the scopes can be had.
    Scope(Fault),
    /// A token that it handed in is not good, or what else can go wrong.
    Other(Fault),
}

/// Trades a token for one of a client that has proven itself.
///
/// # Errors
/// As [`get`].
pub(crate) async fn trade(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    wanted: &Wanted,
) -> Result<Derived, NotTraded> {
    check_flow(client, wanted.actor.is_some()).map_err(NotTraded::Flow)?;
    let audience = audience(cx, pool, client, wanted).await.map_err(NotTraded::Target)?;
    let token_use = match wanted.kind {
        Some(IssuedTokenTypeIdentifierType::IdToken) => TokenUse::Id,
        _ => TokenUse::Access,
    };
    let subject = subject(cx, pool, client, &wanted.subject).await.map_err(NotTraded::Other)?;
    let act = actor(cx, pool, wanted.actor.as_ref(), &subject).await.map_err(NotTraded::Other)?;
    let scopes = scopes(client, &subject, wanted.scopes.as_deref()).map_err(NotTraded::Scope)?;
    let trade = Trade { subject, token_use, scopes, audience, act };
    let (claims, life) = claims(cx, pool, client, &trade).await.map_err(NotTraded::Other)?;
    let token = issue::sign(cx, pool, token_use, &claims).await.map_err(NotTraded::Other)?;
    let (kind, usage) = match token_use {
        TokenUse::Id => (IssuedTokenTypeIdentifierType::IdToken, OAuthTokenTypeType::NA),
        TokenUse::Access => (IssuedTokenTypeIdentifierType::AccessToken, OAuthTokenTypeType::Bearer),
    };
    Ok(Derived { token, kind, usage, life, scopes: trade.scopes })
}

/// The claims of the new token, as the pool's PreTokenGeneration wants them, and its life in seconds.
async fn claims(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    trade: &Trade,
) -> Result<(Map<String, Value>, i64), Fault> {
    let SubjectToken { user, claims: before } = &trade.subject;
    let groups = groups::of_user(&mut cx.read().await?, pool, &user.row.sub).await?;
    let (now, issuer) = (cx.now.seconds(), issuer::of(cx, pool));
    let sign_in = SignIn {
        event_id: trade.subject.text("event_id").unwrap_or_default().to_owned(),
        origin_jti: String::new(),
        auth_time: before.get("auth_time").and_then(Value::as_i64).unwrap_or(now),
        scope: trade.scopes.join(" "),
        // The client acts, not the device of the sign-in.
        device_key: None,
        assurance: Assurance::default(),
        hosted: None,
    };
    let about = trigger::Subject { client, user, groups: &groups, scope: &sign_in.scope };
    // Open (new-operations §4): the source.
    let overrides = trigger::run(cx, pool, TriggerSource::Authentication, about).await?;
    let groups = overrides.groups(&groups);
    let about =
        Issuance { issuer: &issuer, client, user, groups, sign_in: &sign_in, nonce: None, issued_at: now };
    let jti = generation::jti(cx, pool, user);
    let (mut claims, life) = match trade.token_use {
        TokenUse::Id => (token_claims::id_token(&about, &jti), lifetime::id(&client.settings)),
        TokenUse::Access => (token_claims::access_token(&about, &jti), lifetime::access(&client.settings)),
    };
    match trade.token_use {
        TokenUse::Id => overrides.change_id_token(&mut claims),
        TokenUse::Access => overrides.change_access_token(&mut claims),
    }
    // Open (new-operations §4): never longer than the subject's, so that a chain of trades ends.
    let life = life.min(before.get("exp").and_then(Value::as_i64).unwrap_or(now) - now);
    narrow(&mut claims, trade, now + life);
    Ok((claims, life))
}

/// Acting for somebody needs one flow of the client, acting as them another (new-operations §4, model; text
/// open).
fn check_flow(client: &Client, delegates: bool) -> Result<(), Fault> {
    let flow = if delegates {
        ExplicitAuthFlowsType::AllowTokenExchangeDelegation
    } else {
        ExplicitAuthFlowsType::AllowTokenExchangeImpersonation
    };
    if client.allows(&flow) {
        Ok(())
    } else {
        Err(Fault::not_authorized("Client is not enabled for token exchange."))
    }
}

/// For whom the token is meant, if that is said: the client itself, or a resource server whose scopes it has. Whoever
/// takes a token goes by its audience, so that only an administrator may give a client one; that of another client
/// would sign its user in there (new-operations §4, ours).
async fn audience(cx: &Cx, pool: &Pool, client: &Client, asked: &Wanted) -> Result<Option<String>, Fault> {
    let first = |list: &Option<Vec<String>>| list.as_ref().and_then(|list| list.first().cloned());
    let (audience, resource) = (first(&asked.audiences), first(&asked.resources));
    if audience.is_some() && resource.is_some() {
        // The rule is the model's, the text ours.
        return Err(Fault::invalid_parameter("Only one of Audiences and Resources can be specified."));
    }
    if let Some(identifier) = &resource {
        resource_servers::describe(cx, &pool.id, identifier).await?;
    }
    let Some(wanted) = audience.or(resource) else { return Ok(None) };
    if wanted == *client.id
        || (has_scopes_of(client, &wanted) && is_only_a_resource(cx, pool, &wanted).await?)
    {
        return Ok(Some(wanted));
    }
    Err(Fault::invalid_parameter(format!(
        "The client has no scope of a resource server {wanted}, so that it gets no token for it."
    )))
}

/// Whether an administrator gave the client a scope of this resource server.
fn has_scopes_of(client: &Client, identifier: &str) -> bool {
    let scopes = client.settings.allowed_oauth_scopes.as_deref().unwrap_or_default();
    scopes.iter().any(|scope| scope.rsplit_once('/').is_some_and(|(server, _)| server == identifier))
}

/// Whether there is such a resource server, and no client that is called so, too.
async fn is_only_a_resource(cx: &Cx, pool: &Pool, identifier: &str) -> Result<bool, Fault> {
    match clients::get(cx, &identifier.into()).await {
        Ok(_) => return Ok(false),
        Err(fault) if fault.code() == ErrorCode::ResourceNotFoundException => {}
        Err(fault) => return Err(fault),
    }
    match resource_servers::describe(cx, &pool.id, identifier).await {
        Ok(_) => Ok(true),
        Err(fault) if fault.code() == ErrorCode::ResourceNotFoundException => Ok(false),
        Err(fault) => Err(fault),
    }
}

/// The subject's token and its user, found as any access token's: a program's own token has none.
async fn subject(cx: &Cx, pool: &Pool, client: &Client, given: &GivenToken) -> Result<SubjectToken, Fault> {
    if let Some(name) = &given.provider {
        let (user, claims) =
            foreign::subject(cx, pool, client, name, given.kind.as_ref(), &given.token).await?;
        return Ok(SubjectToken { user, claims });
    }
    let token_use = match given.kind {
        Some(TokenTypeIdentifierType::AccessToken) => TokenUse::Access,
        Some(TokenTypeIdentifierType::IdToken) => TokenUse::Id,
        _ => return Err(missing("SubjectTokenProviderName")),
    };
    let verified = verify_own(cx, pool, &given.token, token_use).await?;
    if !verified.is_of_user() {
        return Err(refused(token_use));
    }
    // With its client a token ends. The audience of an ID token need not be a client.
    if token_use == TokenUse::Access {
        clients::get(cx, &verified.text("client_id").unwrap_or_default().into()).await?;
    }
    let user = verified.live_user(cx).await?;
    Ok(SubjectToken { user, claims: verified.claims })
}

/// The claim `act`: who acts, and within it who acted before. Without an actor the subject's own stays.
async fn actor(
    cx: &Cx,
    pool: &Pool,
    given: Option<&GivenToken>,
    subject: &SubjectToken,
) -> Result<Option<Value>, Fault> {
    let Some(given) = given else { return Ok(None) };
    if given.provider.is_some() {
        // The text is ours: who acts is one of the pool's own.
        return Err(Fault::invalid_parameter(
            "ActorTokenProviderName is not supported: the actor's token must be the pool's.",
        ));
    }
    match &given.kind {
        Some(TokenTypeIdentifierType::AccessToken) => {}
        Some(_) => return Err(Fault::invalid_parameter("ActorTokenType must be ACCESS_TOKEN.")),
        None => return Err(missing("ActorTokenType")),
    }
    let verified = verify_own(cx, pool, &given.token, TokenUse::Access).await?;
    let (Some(sub), Some(client_id)) = (verified.text("sub"), verified.text("client_id")) else {
        return Err(refused(TokenUse::Access));
    };
    clients::get(cx, &client_id.into()).await?;
    if verified.is_of_user() {
        verified.live_user(cx).await?;
    } else if sub != client_id {
        return Err(refused(TokenUse::Access));
    }
    let mut act = json!({ "sub": sub, "iss": verified.text("iss"), "client_id": client_id });
    if let (Some(before), Some(act)) = (subject.claims.get("act"), act.as_object_mut()) {
        act.insert("act".to_owned(), before.clone());
    }
    Ok(Some(act))
}

/// A good token of this pool.
async fn verify_own(cx: &Cx, pool: &Pool, token: &str, token_use: TokenUse) -> Result<Verified, Fault> {
    let verified = verify(cx, token, token_use).await?;
    if verified.pool.id == pool.id { Ok(verified) } else { Err(refused(token_use)) }
}

/// Of the scopes asked for, or else of the subject's, those that subject and client both have. A subject
/// without scopes counts as having the client's (new-operations §4, ours and open).
fn scopes(client: &Client, subject: &SubjectToken, asked: Option<&[String]>) -> Result<Vec<String>, Fault> {
    let allowed = client.settings.allowed_oauth_scopes.clone().unwrap_or_default();
    let subjects: Vec<String> = match subject.text("scope") {
        Some(scopes) => scopes.split(' ').map(ToOwned::to_owned).collect(),
        None => allowed.iter().filter(|scope| *scope != scopes::API).cloned().collect(),
    };
    let wanted = asked.map_or_else(|| subjects.clone(), <[String]>::to_vec);
    let mut granted: Vec<String> = Vec::new();
    for scope in wanted {
        if subjects.contains(&scope) && allowed.contains(&scope) && !granted.contains(&scope) {
            granted.push(scope);
        }
    }
    if granted.is_empty() { Err(Fault::invalid_parameter("Invalid scope requested.")) } else { Ok(granted) }
}

/// Makes the claims of a sign-in those of a trade.
fn narrow(claims: &mut Map<String, Value>, trade: &Trade, expires_at: i64) {
    for name in HANDED_ON {
        match trade.subject.claims.get(name) {
            Some(value) => claims.insert(name.to_owned(), value.clone()),
            None => claims.shift_remove(name),
        };
    }
    claims.insert("exp".to_owned(), json!(expires_at));
    if let Some(audience) = &trade.audience {
        claims.insert("aud".to_owned(), json!(audience));
    }
    if let Some(act) = &trade.act {
        claims.insert("act".to_owned(), act.clone());
    }
}

fn missing(parameter: &str) -> Fault {
    Fault::invalid_parameter(format!("Missing required parameter {parameter}"))
}
