//! SetUICustomization and GetUICustomization (docs/cognito/oauth-and-managed-login.md §10.1).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poolhouse_kernel::Fault;
use poolhouse_ports::{ClientId, PoolId};
use poolhouse_store::tables::ui_customizations::{self as table, UiCustomization};
use poolhouse_wire::user_pools::UICustomizationType;

use super::css;
pub use super::css::SELECTORS;
use crate::model::Pool;
use crate::turns::Thing;
use crate::{Cx, clients, ids, pools};

/// Whose look it is where no client has one of its own.
const ALL: &str = "ALL";

/// The largest logo (documented).
const LARGEST_IMAGE: usize = 100 * 1024;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const JPEG: &[u8] = b"\xff\xd8\xff";

/// Sets style sheet and logo, of a client or of all that have none of their own. Both at once: what is left out is
/// cleared (documented).
///
/// # Errors
/// `InvalidParameterException`, `ResourceNotFoundException`.
pub async fn set(
    cx: &Cx,
    pool_id: &PoolId,
    client_id: Option<&ClientId>,
    css: Option<String>,
    image: Option<&str>,
) -> Result<UICustomizationType, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    if pool.domains.canonical().is_none() {
        // observed
        return Err(Fault::invalid_parameter("A domain must be associated with this user pool."));
    }
    let (css, image) = (css.filter(|css| !css.is_empty()), image.filter(|image| !image.is_empty()));
    css.as_deref().map_or(Ok(()), css::check)?;
    let image = image.map(decode).transpose()?;
    let client_id = client_id.filter(|id| **id != *ALL);
    cx.take_turn(client_id.map_or(Thing::Pool(pool_id), Thing::Client)).await?;
    let mut tx = cx.write().await?;
    if let Some(client_id) = client_id {
        clients::row(&mut tx, pool_id, client_id).await?;
    }
    let selector = client_id.map_or(ALL, ClientId::as_str);
    let before = table::get(&mut tx, pool_id, selector).await?;
    let look = UiCustomization {
        pool_id: pool_id.clone(),
        selector: selector.to_owned(),
        client_id: client_id.cloned(),
        css,
        image,
        created_at: before.map_or(cx.now, |before| before.created_at),
        modified_at: cx.now,
    };
    if look.css.is_none() && look.image.is_none() {
        table::delete(&mut tx, pool_id, selector).await?;
    } else {
        table::put(&mut tx, &look).await?;
    }
    tx.commit().await?;
    Ok(view(cx, &pool, look))
}

/// The look of a client, else that of all, else nothing (model).
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn get(
    cx: &Cx,
    pool_id: &PoolId,
    client_id: Option<&ClientId>,
) -> Result<UICustomizationType, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    let mut tx = cx.read().await?;
    let mut look = None;
    if let Some(client_id) = client_id.filter(|id| **id != *ALL) {
        clients::row(&mut tx, pool_id, client_id).await?;
        look = table::get(&mut tx, pool_id, client_id).await?;
    }
    if look.is_none() {
        look = table::get(&mut tx, pool_id, ALL).await?;
    }
    Ok(look.map_or_else(UICustomizationType::default, |look| view(cx, &pool, look)))
}

/// The logo of a client, or of `ALL`, where there is one.
///
/// # Errors
/// When the database fails.
pub async fn image(cx: &Cx, pool_id: &PoolId, selector: &str) -> Result<Option<Vec<u8>>, Fault> {
    let look = table::get(&mut cx.read().await?, pool_id, selector).await?;
    Ok(look.and_then(|look| look.image))
}

fn view(cx: &Cx, pool: &Pool, look: UiCustomization) -> UICustomizationType {
    let version = ids::version_of(look.modified_at);
    UICustomizationType {
        image_url: look.image.as_ref().and_then(|_| image_url(cx, pool, &look.selector, &version)),
        user_pool_id: Some(look.pool_id),
        client_id: Some(look.selector.into()),
        css: look.css,
        css_version: Some(version),
        last_modified_date: Some(look.modified_at),
        creation_date: Some(look.created_at),
    }
}

/// Where the pages of the pool's domain have the logo; the version in it lets browsers keep it.
fn image_url(cx: &Cx, pool: &Pool, selector: &str, version: &str) -> Option<String> {
    let (base, domain) = (&cx.settings().public_url, pool.domains.canonical()?);
    Some(format!("{base}/_domains/{domain}/ui-customization/{selector}/{version}/image"))
}

/// The bytes of a logo: a PNG or JPEG (documented). The texts are ours.
fn decode(image: &str) -> Result<Vec<u8>, Fault> {
    let bytes = STANDARD.decode(image).map_err(|_| Fault::invalid_parameter("ImageFile is not base64."))?;
    if bytes.len() > LARGEST_IMAGE {
        return Err(Fault::invalid_parameter(format!("ImageFile is larger than {LARGEST_IMAGE} bytes.")));
    }
    if bytes.starts_with(PNG) || bytes.starts_with(JPEG) {
        return Ok(bytes);
    }
    Err(Fault::invalid_parameter("ImageFile is neither a PNG nor a JPEG."))
}
