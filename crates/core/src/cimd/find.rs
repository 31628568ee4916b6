//! The client of a URL (docs/cognito/new-operations.md §16.2, §16.5).

use std::sync::Arc;

use poolhouse_kernel::Fault;
use poolhouse_ports::{ClientId, PoolId};
use poolhouse_wire::ErrorCode;

use super::cache;
use super::policies::of_pool;
use super::unknown::Unknown;
use crate::model::client::Metadata;
use crate::model::{Client, Pool, metadata_url};
use crate::pools::tier::{self, Feature};
use crate::{Cx, clients};

/// The client that a URL is, by the pool's policies and its document, which is fetched where it is not kept. Not while a
/// transaction is open.
///
/// # Errors
/// Why it is none.
pub(crate) async fn find(cx: &Cx, pool: &Pool, url: &str) -> Result<Arc<Client>, Unknown> {
    if !metadata_url::is_well_formed(url)
        || tier::check_available(cx, &pool.settings.general, Feature::ClientMetadataDocuments).is_err()
    {
        return Err(Unknown::Client);
    }
    let policies = of_pool(cx, &pool.id).await?;
    let policy = policies.for_url(url).ok_or(Unknown::Client)?;
    let app = match clients::get(cx, &policy.client_id).await {
        Ok((_, app)) if app.pool_id == pool.id && app.may_lend() => app,
        Err(fault) if fault.code() != ErrorCode::ResourceNotFoundException => return Err(fault.into()),
        _ => return Err(Unknown::Client),
    };
    let document = cache::document(cx, pool, policy, url).await?;
    let metadata = Metadata {
        url: url.to_owned(),
        publisher: metadata_url::host_of(url).to_owned(),
        refreshes: document.refreshes,
    };
    Ok(Arc::new(app.lent(document.name, document.redirect_uris, metadata)))
}

/// Whether any URL may be a client of the pool.
///
/// # Errors
/// When the database fails.
pub(crate) async fn are_served(cx: &Cx, pool: &Pool) -> Result<bool, Fault> {
    let has_feature =
        tier::check_available(cx, &pool.settings.general, Feature::ClientMetadataDocuments).is_ok();
    Ok(has_feature && !of_pool(cx, &pool.id).await?.is_empty())
}

/// The app client behind the audience of an ID token, which may be a URL (new-operations §16.5, ours).
///
/// # Errors
/// When the database fails.
pub(crate) async fn app_client(cx: &Cx, pool_id: &PoolId, audience: ClientId) -> Result<ClientId, Fault> {
    if !metadata_url::is_url(&audience) {
        return Ok(audience);
    }
    let policies = of_pool(cx, pool_id).await?;
    Ok(policies.for_url(&audience).map_or(audience, |policy| policy.client_id.clone()))
}
