//! A request that a client might make: for pages that people open without one.

use poolhouse_kernel::Fault;
use poolhouse_ports::{ClientId, PoolId};
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::OAuthFlowType;

use crate::{Cx, clients};

/// The parameters of an authorization request that a client of the pool might make beside its id; none where it makes none.
///
/// # Errors
/// When the database fails.
pub async fn parameters(
    cx: &Cx,
    pool_id: &PoolId,
    client_id: &ClientId,
) -> Result<Vec<(&'static str, String)>, Fault> {
    let (pool, client) = match clients::get(cx, client_id).await {
        Err(fault) if fault.code() == ErrorCode::ResourceNotFoundException => return Ok(Vec::new()),
        found => found?,
    };
    let settings = &client.settings;
    let first = || settings.callback_urls.as_ref().and_then(|urls| urls.first());
    let uri = settings.default_redirect_uri.as_ref().or_else(first).filter(|_| pool.id == *pool_id);
    let flow = if client.has_oauth_flow(&OAuthFlowType::Code) { "code" } else { "token" };
    let parameters = uri.map(|uri| [("response_type", flow.to_owned()), ("redirect_uri", uri.clone())]);
    Ok(parameters.into_iter().flatten().collect())
}
