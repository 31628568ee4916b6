//! What the pages of managed login need of a client's style.

use poolhouse_kernel::Fault;
use poolhouse_ports::{ClientId, PoolId};
use poolhouse_store::tables::branding_assets as images_table;
use poolhouse_store::tables::branding_styles as table;
use serde_json::Value;

use super::settings;
use crate::{Cx, clients, ids};

pub use poolhouse_store::tables::branding_assets::Image;

/// A style as pages use it.
#[derive(Clone, Debug)]
pub struct Managed {
    /// Whose it is.
    pub client_id: ClientId,
    /// Changes with the style.
    pub version: String,
    /// All settings: the style's own, and the service's where it has none.
    pub settings: Value,
    /// What images there are; their bytes are fetched one by one.
    pub images: Vec<Image>,
}

/// The style of a client of the pool, where there is one.
///
/// # Errors
/// When the database fails.
pub async fn managed(cx: &Cx, pool_id: &PoolId, client_id: &ClientId) -> Result<Option<Managed>, Fault> {
    let mut tx = cx.read().await?;
    let style = table::find_by_client(&mut tx, client_id).await?.filter(|style| style.pool_id == *pool_id);
    let Some(style) = style else {
        drop(tx);
        return of_a_stranger(cx, pool_id, client_id).await;
    };
    let images = images_table::list_images(&mut tx, pool_id, &style.style_id).await?;
    drop(tx);
    let own = style.settings.as_deref().map(serde_json::from_str).transpose().map_err(Fault::internal)?;
    Ok(Some(Managed {
        client_id: style.client_id,
        version: ids::version_of(style.modified_at),
        settings: settings::merged(own)?,
        images,
    }))
}

/// Nobody made a style for a client that registered itself: it has the service's own (new-operations §10.2, open).
async fn of_a_stranger(cx: &Cx, pool_id: &PoolId, client_id: &ClientId) -> Result<Option<Managed>, Fault> {
    let (_, client) = clients::get(cx, client_id).await?;
    if client.pool_id != *pool_id || !client.is_a_stranger() {
        return Ok(None);
    }
    Ok(Some(Managed {
        client_id: client.id.clone(),
        version: ids::version_of(client.created_at),
        settings: settings::merged(None)?,
        images: Vec::new(),
    }))
}

/// The image at a place of the client's style: what it is, and its bytes.
///
/// # Errors
/// When the database fails.
pub async fn image(
    cx: &Cx,
    pool_id: &PoolId,
    client_id: &ClientId,
    position: i64,
) -> Result<Option<(String, Vec<u8>)>, Fault> {
    let mut tx = cx.read().await?;
    let style = table::find_by_client(&mut tx, client_id).await?.filter(|style| style.pool_id == *pool_id);
    let Some(style) = style else { return Ok(None) };
    let image = images_table::get(&mut tx, pool_id, &style.style_id, position).await?;
    Ok(image.map(|image| (image.extension, image.content)))
}
