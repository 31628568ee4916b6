//! An authorization request: its rules in AWS's order and words, and what it leads to
//! (docs/cognito/oauth-and-managed-login.md §4).

use std::sync::Arc;

use super::asked::Malformed;
use super::providers::{self, Asked as AskedProvider};
use super::redirect::{self, NoUri, Redirect};
use super::request::Flow;
use super::token::{self, Tokens};
use super::{Refusal, code, scopes};
use crate::cimd::{self, Unknown};
use crate::model::client::LOCAL_PROVIDER;
use crate::model::metadata_url::is_url;
use crate::model::{Client, Pool};
use crate::pools::tier::{self, Feature};
use crate::sessions::browser::{self, Login};
use crate::tokens::issuer;
use crate::{Cx, clients, pools};
use poolhouse_kernel::Fault;
use poolhouse_ports::{PoolId, Timestamp};
use poolhouse_wire::user_pools::OAuthFlowType;
use poolhouse_wire::{ErrorCode, Sensitive};

pub use super::asked::{Asked, Prompt};
pub use super::request::Request;
pub use crate::model::assurance::Level;

/// Why a request leads to no page.
#[derive(Debug)]
pub enum Refused {
    /// The error page of the domain, which says this; no URL of the client can be trusted.
    Page(&'static str),
    /// Back to the client.
    Redirect(Redirect),
    /// The sign-in page, which says that the provider is none of the client's.
    Provider,
    /// Too many requests, or a failure of ours.
    Fault(Fault),
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl Request {
    /// Back to the client, with an error in AWS's form (oauth-and-managed-login §4.5, observed).
    pub fn refuse(&self, cx: &Cx, error: &str, description: Option<String>) -> Redirect {
        let back = Back { uri: &self.redirect_uri, flow: Some(self.flow), state: self.state.as_deref() };
        back.error(cx, &self.pool, error, description)
    }

    /// Back to the client with what was granted (oauth-and-managed-login §4.4).
    fn answer(&self, cx: &Cx, granted: Vec<(&'static str, String)>) -> Redirect {
        let mut parameters = granted;
        parameters.extend(self.state.clone().map(|state| ("state", state)));
        parameters.push(("iss", issuer::of(cx, &self.pool)));
        Redirect { uri: self.redirect_uri.clone(), in_fragment: self.flow == Flow::Implicit, parameters }
    }
}

/// Where an error goes, as soon as it may go to the client.
struct Back<'a> {
    uri: &'a str,
    flow: Option<Flow>,
    state: Option<&'a str>,
}

impl Back<'_> {
    fn error(&self, cx: &Cx, pool: &Pool, error: &str, description: Option<String>) -> Redirect {
        let mut parameters = Vec::new();
        parameters.extend(description.map(|text| ("error_description", text)));
        parameters.extend(self.state.map(|state| ("state", state.to_owned())));
        parameters.push(("error", error.to_owned()));
        // RFC 9207; once it is announced it is always there (oauth-and-managed-login §14).
        parameters.push(("iss", issuer::of(cx, pool)));
        Redirect { uri: self.uri.to_owned(), in_fragment: self.flow == Some(Flow::Implicit), parameters }
    }
}

/// Checks a request to a domain of the pool.
///
/// # Errors
/// Why it is refused, and where that is told.
pub async fn check(cx: &Cx, pool_id: &PoolId, asked: &Asked) -> Result<Request, Refused> {
    let (pool, client) = client(cx, pool_id, asked.client_id.as_deref()).await?;
    let redirect_uri = match redirect::resolve(&client, asked.redirect_uri.as_deref()) {
        Ok(uri) => uri,
        Err(NoUri::Missing) => return Err(Refused::Page("Required parameters missing")),
        Err(NoUri::Mismatch) => return Err(Refused::Page("redirect_mismatch")),
    };
    let flow = match asked.response_type.as_deref() {
        Some("code") => Some(Flow::Code),
        Some("token") => Some(Flow::Implicit),
        _ => None,
    };
    let back = Back { uri: &redirect_uri, flow, state: asked.state.as_deref() };
    let refuse = |description: Option<&str>| {
        let description = description.map(ToOwned::to_owned);
        Refused::Redirect(back.error(cx, &pool, "invalid_request", description))
    };
    let Some(flow) = flow else { return Err(refuse(None)) };
    check_flow(&client, flow).map_err(|description| refuse(Some(description)))?;
    let challenge = asked.challenge().map_err(|Malformed| refuse(None))?;
    // Nobody could tell it from another who took the code (new-operations §16.5, open).
    if client.is_a_stranger() && client.secrets.is_empty() && challenge.is_none() {
        return Err(refuse(None));
    }
    let scopes = scopes::granted(&mut cx.read().await?, &pool, &client, asked.scope.as_deref()).await?;
    let scopes = scopes.ok_or_else(|| refuse(Some("invalid_scope")))?;
    let resource = asked.resource().map_err(|Malformed| refuse(None))?;
    let prompt = asked.prompt().map_err(|Malformed| refuse(None))?;
    let max_age = asked.max_age().map_err(|Malformed| refuse(None))?;
    let levels = levels(cx, &pool, asked.acr_values.as_deref()).map_err(|Malformed| refuse(None))?;
    let provider = match providers::asked(cx, &pool, &client, asked).await? {
        AskedProvider::None => None,
        AskedProvider::This(name) => Some(name),
        AskedProvider::Unavailable => return Err(Refused::Provider),
    };
    let (state, nonce) = (asked.state.clone(), asked.nonce.clone());
    let request = Request {
        pool: Arc::clone(&pool),
        client,
        redirect_uri: redirect_uri.clone(),
        flow,
        state,
        scopes,
        challenge,
        nonce,
        resource,
        prompt,
        max_age,
        levels,
        provider,
    };
    Ok(request)
}

/// The client of this pool.
pub(super) async fn client(
    cx: &Cx,
    pool_id: &PoolId,
    id: Option<&str>,
) -> Result<(Arc<Pool>, Arc<Client>), Refused> {
    let id = id.filter(|id| !id.is_empty()).ok_or(Refused::Page("Required parameters missing"))?;
    if is_url(id) {
        return of_url(cx, pool_id, id).await;
    }
    match clients::get(cx, &id.into()).await {
        Ok((pool, client)) if pool.id == *pool_id => Ok((pool, client)),
        Err(fault) if fault.code() != ErrorCode::ResourceNotFoundException => Err(fault.into()),
        // Open (oauth-and-managed-login §4.5).
        _ => Err(Refused::Page("Client does not exist.")),
    }
}

/// The client of the pool that is a URL. What is wrong with its document, the log says (new-operations §16.5, ours).
async fn of_url(cx: &Cx, pool_id: &PoolId, url: &str) -> Result<(Arc<Pool>, Arc<Client>), Refused> {
    let pool = pools::get(cx, pool_id).await?;
    match cimd::find(cx, &pool, url).await {
        Ok(client) => Ok((pool, client)),
        Err(Unknown::Client) => Err(Refused::Page("Client does not exist.")),
        Err(Unknown::Document) => Err(Refused::Page("invalid_client_metadata")),
        Err(Unknown::Fault(fault)) => Err(fault.into()),
    }
}

/// Whether the client has the flow; AWS's description where it has not (oauth-and-managed-login §4.5, observed).
fn check_flow(client: &Client, flow: Flow) -> Result<(), &'static str> {
    let needed = match flow {
        Flow::Code => OAuthFlowType::Code,
        Flow::Implicit => OAuthFlowType::Implicit,
    };
    if !client.has_oauth() {
        Err("Client is not enabled for OAuth2.0 flows")
    } else if client.has_oauth_flow(&needed) {
        Ok(())
    } else {
        Err("unauthorized_client")
    }
}

/// new-operations §9: none that is known is an error, and so is any in a tier without them.
fn levels(cx: &Cx, pool: &Pool, asked: Option<&str>) -> Result<Vec<Level>, Malformed> {
    let Some(asked) = asked else { return Ok(Vec::new()) };
    tier::check(cx, &pool.settings.general, &[Feature::AuthenticationContext]).map_err(|_| Malformed)?;
    let levels = Level::named(pool, asked);
    if levels.is_empty() { Err(Malformed) } else { Ok(levels) }
}

/// The login of the browser with this cookie, where the client takes it up without a page; None leads to the page.
///
/// # Errors
/// `login_required`, back to the client, where it wants no page and there is no login for it, or something to ask.
pub async fn resume(cx: &Cx, request: &Request, cookie: Option<&str>) -> Result<Option<Login>, Refused> {
    let login = match cookie {
        Some(cookie) if !request.prompt.login => browser::find_in(cx, &request.pool, cookie).await?,
        _ => None,
    };
    let login = login.filter(|login| request.takes(login) && request.is_met_by(cx, login));
    if let Some(login) = &login {
        browser::touch(cx, &request.pool, &login.sub, &login.session_id).await?;
    }
    if request.prompt.none && (login.is_none() || request.asks_consent()) {
        return Err(Refused::Redirect(request.refuse(cx, "login_required", None)));
    }
    Ok(login)
}

/// The login of the browser with this cookie, where the sign-in that made it goes on to the client: it was just now, and
/// whether it would be taken up without a page is not asked.
///
/// # Errors
/// When the database fails.
pub async fn go_on(cx: &Cx, request: &Request, cookie: &str) -> Result<Option<Login>, Fault> {
    let login = browser::find_in(cx, &request.pool, cookie).await?;
    let is_good = |login: &Login| {
        login.is_fresh(cx) && request.allows_age_of(cx, login.auth_time) && request.is_reached_by(login)
    };
    // A client takes up another one's sign-in for as long as it says, and no longer.
    let is_own = |login: &Login| login.client_id == request.client.id || request.takes_up(cx, login);
    Ok(login.filter(|login| request.takes(login) && is_good(login) && is_own(login)))
}

/// The login of the browser with this cookie, if nothing but a level is missing for the request: what it proved counts
/// toward that (new-operations §9, documented).
///
/// # Errors
/// When the database fails.
pub async fn below_level(cx: &Cx, request: &Request, cookie: &str) -> Result<Option<Login>, Fault> {
    if request.prompt.login || request.prompt.select_account || request.levels.is_empty() {
        return Ok(None);
    }
    let login = browser::find_in(cx, &request.pool, cookie).await?;
    // Of who came by a provider, the provider has to say more.
    let is_local = |login: &Login| login.federation.is_none() && request.takes(login);
    let is_below = |login: &Login| request.takes_up(cx, login) && !request.is_reached_by(login);
    Ok(login.filter(|login| is_local(login) && is_below(login)))
}

impl Request {
    /// Whether the client takes users who come that way, and the request asks for no other.
    fn takes(&self, login: &Login) -> bool {
        let came_by = login.federation.as_ref().map(|federation| federation.provider.as_str());
        let is_taken = match came_by {
            Some(provider) => self.client.takes_provider(provider),
            None => self.client.takes_local_users(),
        };
        is_taken && self.provider.as_deref().is_none_or(|asked| asked == came_by.unwrap_or(LOCAL_PROVIDER))
    }

    /// Whether the login is young enough for the client and the request, and reaches a level that is asked for.
    fn is_met_by(&self, cx: &Cx, login: &Login) -> bool {
        self.takes_up(cx, login) && self.is_reached_by(login)
    }

    /// Whether the login is young enough for the client and the request: `max_age` is held against what a provider told, as it was
    /// when the user came by it (federation §10, ours).
    fn takes_up(&self, cx: &Cx, login: &Login) -> bool {
        browser::is_taken_up(cx, &self.pool, &self.client, login.auth_time)
            && self.allows_age_of(cx, login.proven_at())
    }

    fn allows_age_of(&self, cx: &Cx, proven_at: Timestamp) -> bool {
        let age = cx.now.seconds() - proven_at.seconds();
        self.max_age.is_none_or(|most| age <= most)
    }

    /// Whether the login reaches a level that is asked for, if any is.
    pub(crate) fn is_reached_by(&self, login: &Login) -> bool {
        self.levels.is_empty()
            || login.level().is_some_and(|reached| self.levels.iter().any(|level| *level <= reached))
    }
}

/// Grants what is asked for to who is signed in: a code, or the tokens themselves.
///
/// # Errors
/// Back to the client with the words of a function of the pool that refused, as federation §12 has it.
pub async fn grant(cx: &Cx, request: &Request, login: &Login) -> Result<Redirect, Refused> {
    if login.pool_id != request.pool.id {
        return Err(Fault::internal("a login of another pool").into());
    }
    if !request.takes(login) {
        return Err(Refused::Provider);
    }
    let grant = code::Grant::new(cx, request, login);
    match request.flow {
        Flow::Code => Ok(request.answer(cx, vec![("code", grant.seal(&request.pool)?.into_string())])),
        Flow::Implicit => match token::implicit(cx, &request.pool, &request.client, grant).await {
            Ok(tokens) => Ok(request.answer(cx, in_fragment(tokens))),
            Err(Refusal::Fault(fault)) => Err(fault.into()),
            Err(refusal) => {
                let (_, description) = refusal.error();
                let description = description.map(ToOwned::to_owned);
                Err(Refused::Redirect(request.refuse(cx, "invalid_request", description)))
            }
        },
    }
}

/// oauth-and-managed-login §4.4
fn in_fragment(tokens: Tokens) -> Vec<(&'static str, String)> {
    let id_token = tokens.id_token.map(|token| ("id_token", Sensitive::into_string(token)));
    let mut parameters: Vec<_> = id_token.into_iter().collect();
    parameters.push(("access_token", tokens.access_token.into_string()));
    parameters.push(("expires_in", tokens.expires_in.to_string()));
    parameters.push(("token_type", "Bearer".to_owned()));
    parameters
}
