//! How a client proves itself at the token and revocation endpoints (docs/cognito/oauth-and-managed-login.md §6.1, §6.3).

use std::sync::Arc;

use percent_encoding::percent_decode_str;
use poolhouse_kernel::limits::Asker;
use poolhouse_ports::{ClientId, PoolId};
use poolhouse_wire::{ErrorCode, Sensitive};

use super::Refusal;
use crate::cimd::{self, Unknown};
use crate::model::metadata_url::is_url;
use crate::model::{Client, Pool};
use crate::{Cx, clients, pools};

/// What a request says of its client. An empty secret counts as none: some public clients send one.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// Name and password of `Authorization: Basic`, decoded from base64 and no further.
    pub basic: Option<(String, Sensitive)>,
    /// The parameter `client_id`.
    pub client_id: Option<String>,
    /// The parameter `client_secret`.
    pub client_secret: Option<Sensitive>,
}

impl Credentials {
    /// The secret, in whichever way it came.
    pub(super) fn secret(&self) -> Option<&str> {
        let basic = self.basic.as_ref().map(|(_, secret)| secret);
        basic.or(self.client_secret.as_ref()).map(Sensitive::as_str).filter(|secret| !secret.is_empty())
    }
}

/// The client of the pool that a request comes from, which has proven itself by one of its secrets, or has none.
///
/// # Errors
/// `invalid_request` where no client is named, or two secrets are sent; else `invalid_client`.
pub(super) async fn authenticate(
    cx: &Cx,
    pool_id: &PoolId,
    given: &Credentials,
) -> Result<(Arc<Pool>, Arc<Client>), Refusal> {
    // RFC 6749 §2.3
    if given.basic.is_some() && given.client_secret.is_some() {
        return Err(Refusal::InvalidRequest);
    }
    let basic = given.basic.as_ref().map(|(name, _)| decoded(name));
    let client_id = match (basic, &given.client_id) {
        (Some(basic), Some(body)) if basic != *body => return Err(Refusal::InvalidClient(None)),
        (Some(basic), _) => basic,
        (None, Some(body)) => body.clone(),
        (None, None) => return Err(Refusal::InvalidRequest),
    };
    let client_id = ClientId::from(client_id);
    cx.admit(Asker::Client(&client_id))?;
    if is_url(&client_id) {
        return of_url(cx, pool_id, given, &client_id).await;
    }
    let found = clients::get(cx, &client_id).await.map_err(|fault| match fault.code() {
        ErrorCode::ResourceNotFoundException => Refusal::InvalidClient(None),
        _ => fault.into(),
    });
    let (pool, client) = found?;
    if pool.id != *pool_id {
        return Err(Refusal::InvalidClient(None));
    }
    match given.secret() {
        None if client.secrets.is_empty() => Ok((pool, client)),
        Some(secret) if client.has_secret(secret) || client.has_secret(&decoded(secret)) => {
            Ok((pool, client))
        }
        // Open (oauth-and-managed-login §6.3): a secret that there is not.
        Some(_) if client.secrets.is_empty() => Err(Refusal::InvalidClient(None)),
        // observed where none is sent
        _ => Err(Refusal::InvalidClient(Some("invalid_client_secret"))),
    }
}

/// The client that is a URL, which has nothing to prove itself with (new-operations §16.5).
async fn of_url(
    cx: &Cx,
    pool_id: &PoolId,
    given: &Credentials,
    url: &str,
) -> Result<(Arc<Pool>, Arc<Client>), Refusal> {
    if given.basic.is_some() || given.secret().is_some() {
        return Err(Refusal::InvalidClient(None));
    }
    let pool = pools::get(cx, pool_id).await?;
    match cimd::find(cx, &pool, url).await {
        Ok(client) => Ok((pool, client)),
        Err(Unknown::Client | Unknown::Document) => Err(Refusal::InvalidClient(None)),
        Err(Unknown::Fault(fault)) => Err(fault.into()),
    }
}

/// RFC 6749 §2.3.1 has clients encode both before Basic does; many do not (§14).
fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
