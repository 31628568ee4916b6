//! Clients that register themselves (docs/cognito/new-operations.md §10.2, RFC 7591).
//!
//! | file | subject |
//! |---|---|
//! | `metadata` | what is asked for, and what of it a pool grants |
//! | `refused` | why nothing is registered |
//! | here | who may ask, and the client that is made |

mod metadata;
mod refused;

use poolhouse_kernel::Fault;
use poolhouse_kernel::limits::Asker;
use poolhouse_ports::PoolId;
use poolhouse_store::tables::identity_providers;
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::{
    ClientTypeType, DcrConfigurationType, ExplicitAuthFlowsType, OAuthFlowType,
    PreventUserExistenceErrorTypes, StatusType,
};

use crate::clients::{self, NewClient, Settings, WantedSecret};
use crate::directory::provider;
use crate::model::Pool;
use crate::model::client::LOCAL_PROVIDER;
use crate::model::scopes::{self, is_standard};
use crate::pools::tier::{self, Feature};
use crate::tokens::{TokenUse, verify};
use crate::{Cx, pools, resource_servers};
use metadata::Granted;

pub use metadata::Registered;
pub use refused::Refused;

/// More identity providers no pool has.
const MOST_PROVIDERS: u32 = 1000;

/// Whether a pool takes registrations at all.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn is_on(cx: &Cx, pool_id: &PoolId) -> Result<bool, Fault> {
    Ok(configuration(cx, &*pools::get(cx, pool_id).await?).is_some())
}

fn configuration<'a>(cx: &Cx, pool: &'a Pool) -> Option<&'a DcrConfigurationType> {
    let configuration = pool.settings.general.dcr_configuration.as_ref();
    let configuration = configuration.filter(|dcr| dcr.enable_status == Some(StatusType::Enabled))?;
    let general = &pool.settings.general;
    tier::check_available(cx, general, Feature::DynamicClientRegistration).is_ok().then_some(configuration)
}

/// Registers a client, for who has a token for it, or for anybody where the pool is open.
///
/// # Errors
/// Why not.
pub async fn register(
    cx: &Cx,
    pool_id: &PoolId,
    token: Option<&str>,
    metadata: &[u8],
) -> Result<Registered, Refused> {
    let pool = pools::get(cx, pool_id).await?;
    let configuration = configuration(cx, &pool).ok_or(Refused::Off)?;
    let grants = match token {
        Some(token) => {
            check_token(cx, &pool, token).await?;
            &configuration.authenticated_grant_types
        }
        None if configuration.open_dcr_enabled == Some(true) => {
            if let Some(address) = cx.origin.address {
                cx.admit(Asker::Stranger(address))?;
            }
            &configuration.open_dcr_grant_types
        }
        None => return Err(Refused::Token),
    };
    let listed = configuration.allowed_scopes.as_deref().unwrap_or_default();
    let mut granted = metadata::grant(metadata, grants.as_deref().unwrap_or_default(), listed)?;
    if granted.all_scopes {
        granted.scopes = in_force(cx, &pool, granted.scopes).await?;
    }
    // Clients cannot be without (oauth-and-managed-login §3, observed).
    if granted.scopes.is_empty() {
        return Err(Refused::Metadata("no scope of this pool can be had by these grant_types".to_owned()));
    }
    let settings = settings(&granted, providers(cx, &pool).await?);
    let made = cx
        .repeat(async || {
            let secret = WantedSecret { generate: granted.has_secret(), given: None };
            let new = NewClient {
                name: granted.name.clone(),
                kind: Some(ClientTypeType::Dcr),
                secret,
                publish_secrets: false,
                settings: settings.clone(),
            };
            clients::create(cx, pool_id, new).await
        })
        .await;
    made.map(|client| granted.registered(client)).map_err(refusal)
}

/// A token of the pool that is for this. One of a user ends with what ends the user's tokens.
async fn check_token(cx: &Cx, pool: &Pool, token: &str) -> Result<(), Refused> {
    let bad = |fault: Fault| match fault.code() {
        ErrorCode::TooManyRequestsException | ErrorCode::InternalErrorException => Refused::Fault(fault),
        _ => Refused::Token,
    };
    let verified = verify(cx, token, TokenUse::Access).await.map_err(bad)?;
    if verified.pool.id != pool.id {
        return Err(Refused::Token);
    }
    let client_id = verified.text("client_id").ok_or(Refused::Token)?.into();
    cx.admit(Asker::Client(&client_id))?;
    clients::get(cx, &client_id).await.map_err(bad)?;
    if verified.is_of_user() {
        verified.live_user(cx).await.map_err(bad)?;
    }
    let scopes = verified.text("scope").unwrap_or_default();
    if scopes.split(' ').any(|scope| scope == scopes::REGISTER) { Ok(()) } else { Err(Refused::Scope) }
}

/// Of these scopes, those that there are.
async fn in_force(cx: &Cx, pool: &Pool, scopes: Vec<String>) -> Result<Vec<String>, Fault> {
    let (mut tx, mut found) = (cx.read().await?, Vec::new());
    for scope in scopes {
        if is_standard(&scope) || resource_servers::scope_exists(&mut tx, &pool.id, &scope).await? {
            found.push(scope);
        }
    }
    Ok(found)
}

/// All identity providers of the pool, but those beside which no other may stand (oauth-and-managed-login §3).
async fn providers(cx: &Cx, pool: &Pool) -> Result<Vec<String>, Fault> {
    let (mut tx, mut names) = (cx.read().await?, vec![LOCAL_PROVIDER.to_owned()]);
    for row in identity_providers::list_after(&mut tx, &pool.id, "", MOST_PROVIDERS).await? {
        let provider = provider::find(&mut tx, pool, &row.name).await?;
        if provider.is_some_and(|provider| !provider.begins_sign_in()) {
            names.push(row.name);
        }
    }
    Ok(names)
}

/// new-operations §10.2, ours. Strangers' clients sign people in at the pages alone.
fn settings(granted: &Granted, providers: Vec<String>) -> Settings {
    let has_pages = granted.flow == OAuthFlowType::Code;
    Settings {
        explicit_auth_flows: Some(vec![ExplicitAuthFlowsType::AllowRefreshTokenAuth]),
        supported_identity_providers: has_pages.then_some(providers),
        callback_urls: has_pages.then(|| granted.redirect_uris.clone()),
        allowed_oauth_flows: Some(vec![granted.flow.clone()]),
        allowed_oauth_scopes: Some(granted.scopes.clone()),
        allowed_oauth_flows_user_pool_client: Some(true),
        prevent_user_existence_errors: Some(PreventUserExistenceErrorTypes::Enabled),
        enable_token_revocation: Some(true),
        ..Settings::default()
    }
}

/// What an administrator would read, in the words of the protocol.
fn refusal(fault: Fault) -> Refused {
    match fault.code() {
        ErrorCode::TooManyRequestsException | ErrorCode::InternalErrorException => Refused::Fault(fault),
        _ => Refused::Metadata(fault.message().unwrap_or_default().to_owned()),
    }
}

/// Where a client leads with this metadata, and its name, for the tests that throw bytes at it.
#[cfg(feature = "testing")]
pub(crate) fn granted(metadata: &[u8], flows: &[OAuthFlowType]) -> Option<(Vec<String>, String)> {
    let granted = metadata::grant(metadata, flows, &[]).ok()?;
    Some((granted.redirect_uris, granted.name))
}
