//! GetClientToken: a token for a program itself, without a user (docs/cognito/new-operations.md §3,
//! tokens §5).

use poolhouse_kernel::Fault;
use poolhouse_ports::ClientId;
use poolhouse_wire::user_pools::{ClientAuthenticationResultType, ExplicitAuthFlowsType};
use serde_json::{Map, Value, json};

use super::issue::sign;
use super::issuer;
use crate::clients::{self, lifetime};
use crate::model::{Client, Pool};
use crate::state::keyring::TokenUse;
use crate::triggers::pre_token_generation;
use crate::{Cx, client_proof, resource_servers};

/// An access token for the client, with `scopes` or all that it may have.
///
/// # Errors
/// `ResourceNotFoundException`, `NotAuthorizedException` for a wrong secret, `InvalidParameterException` for a client
/// without this flow or a scope that it may not have; the trigger's.
pub async fn get(
    cx: &Cx,
    client_id: &ClientId,
    secret: &str,
    scopes: Option<Vec<String>>,
) -> Result<ClientAuthenticationResultType, Fault> {
    let (pool, client) = clients::get(cx, client_id).await?;
    // A client without secret is refused as well: it has nothing to prove itself with.
    if !client.has_secret(secret) {
        return Err(client_proof::wrong(&client));
    }
    if !client.allows(&ExplicitAuthFlowsType::AllowClientTokenAuth) {
        // Open (new-operations §3).
        return Err(Fault::invalid_parameter("CLIENT_TOKEN_AUTH flow not enabled for this client"));
    }
    let scopes = granted(cx, &pool, &client, scopes).await?;
    issue(cx, &pool, &client, &scopes, None).await
}

/// An access token for a client that may have it, with these scopes, for the resource that it names.
///
/// # Errors
/// The trigger's.
pub(crate) async fn issue(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    scopes: &[String],
    audience: Option<&str>,
) -> Result<ClientAuthenticationResultType, Fault> {
    let life = lifetime::access(&client.settings);
    let overrides = pre_token_generation::run_for_client(cx, pool, client, scopes).await?;
    let mut claims = claims(cx, pool, client, scopes, life);
    if let Some(audience) = audience {
        claims.insert("aud".to_owned(), audience.into());
    }
    overrides.change_access_token(&mut claims);
    let token = sign(cx, pool, TokenUse::Access, &claims).await?;
    Ok(ClientAuthenticationResultType {
        access_token: Some(token.into()),
        expires_in: i32::try_from(life).ok(),
        token_type: Some("Bearer".to_owned()),
    })
}

/// The scopes asked for, each of which must be the client's and a resource server's; or all such scopes of the
/// client. Scopes about users mean nothing without one.
async fn granted(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    asked: Option<Vec<String>>,
) -> Result<Vec<String>, Fault> {
    let allowed = client.settings.allowed_oauth_scopes.as_deref().unwrap_or_default();
    let mut tx = cx.read().await?;
    let mut granted: Vec<String> = Vec::new();
    for scope in asked.as_deref().unwrap_or(allowed) {
        let exists =
            allowed.contains(scope) && resource_servers::scope_exists(&mut tx, &pool.id, scope).await?;
        if exists && !granted.contains(scope) {
            granted.push(scope.clone());
        } else if !exists && asked.is_some() {
            // Open (new-operations §3).
            return Err(Fault::invalid_parameter(format!("Invalid scope requested: {scope}")));
        }
    }
    Ok(granted)
}

/// tokens §5. A client without scopes gets a token without the claim.
fn claims(cx: &Cx, pool: &Pool, client: &Client, scopes: &[String], life: i64) -> Map<String, Value> {
    let now = cx.now.seconds();
    let mut claims = Map::new();
    let mut put = |name: &str, value: Value| drop(claims.insert(name.to_owned(), value));
    put("sub", json!(client.id));
    put("token_use", json!("access"));
    if !scopes.is_empty() {
        put("scope", json!(scopes.join(" ")));
    }
    put("auth_time", json!(now));
    put("iss", json!(issuer::of(cx, pool)));
    put("exp", json!(now + life));
    put("iat", json!(now));
    put("version", json!(2));
    put("jti", json!(cx.entropy().uuid().to_string()));
    put("client_id", json!(client.id));
    claims
}
