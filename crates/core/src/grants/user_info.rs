//! The userInfo endpoint (docs/cognito/oauth-and-managed-login.md §7).

use poolhouse_kernel::Fault;
use poolhouse_kernel::limits::Asker;
use poolhouse_ports::{ClientId, PoolId};
use poolhouse_wire::ErrorCode;
use serde_json::{Map, Value};

use crate::model::scopes;
use crate::tokens::claims::AttributeScopes;
use crate::tokens::{TokenUse, verify};
use crate::{Cx, clients};

/// Why an access token opens nothing here.
#[derive(Debug)]
pub enum Refused {
    /// It is not good, or no longer.
    InvalidToken,
    /// It does not hold `openid`.
    NoOpenid,
    /// Too many requests, or a failure of ours.
    Fault(Fault),
}

/// What the scopes of an access token tell of its user. All values are text (observed).
///
/// # Errors
/// Why the token opens nothing.
pub async fn of(cx: &Cx, pool_id: &PoolId, token: &str) -> Result<Map<String, Value>, Refused> {
    let verified = verify(cx, token, TokenUse::Access).await.map_err(Refused::of)?;
    if verified.pool.id != *pool_id {
        return Err(Refused::InvalidToken);
    }
    let granted: Vec<&str> = verified.text("scope").unwrap_or_default().split(' ').collect();
    if !granted.contains(&scopes::OPENID_ITSELF) {
        return Err(Refused::NoOpenid);
    }
    let client_id = ClientId::from(verified.text("client_id").ok_or(Refused::InvalidToken)?);
    cx.admit(Asker::Client(&client_id)).map_err(Refused::of)?;
    let (_, client) = clients::get(cx, &client_id).await.map_err(Refused::of)?;
    let user = verified.live_user(cx).await.map_err(Refused::of)?;
    let told = AttributeScopes::of(granted);
    let mut claims = Map::new();
    claims.insert("sub".to_owned(), user.row.sub.as_str().into());
    for (name, value) in &user.attributes {
        if client.may_read(name) && told.tell(name) {
            claims.insert(name.clone(), value.clone().into());
        }
    }
    claims.insert("username".to_owned(), user.row.username.as_str().into());
    Ok(claims)
}

impl Refused {
    fn of(fault: Fault) -> Self {
        match fault.code() {
            ErrorCode::TooManyRequestsException | ErrorCode::InternalErrorException => Self::Fault(fault),
            _ => Self::InvalidToken,
        }
    }
}
