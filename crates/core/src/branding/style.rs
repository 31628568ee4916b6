//! The styles of managed login (docs/cognito/oauth-and-managed-login.md §10.2).

use poolhouse_kernel::Fault;
use poolhouse_ports::{ClientId, PoolId};
use poolhouse_store::Tx;
use poolhouse_store::tables::Insert;
use poolhouse_store::tables::branding_assets::{self, BrandingAsset};
use poolhouse_store::tables::branding_styles::{self as table, BrandingStyle};
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::{AssetType, ManagedLoginBrandingType};
use serde_json::Value;

use super::{assets, settings};
use crate::turns::Thing;
use crate::{Cx, clients, pools};

/// What a style is to look like.
#[derive(Debug, Default)]
pub struct Wanted {
    /// Whether it is the service's own look.
    pub provided: Option<bool>,
    /// Else the settings that differ from it.
    pub settings: Option<Value>,
    /// Images, beside either.
    pub assets: Option<Vec<AssetType>>,
}

/// Makes the style of a client.
///
/// # Errors
/// `InvalidParameterException`, `ManagedLoginBrandingExistsException`, `ResourceNotFoundException`.
pub async fn create(
    cx: &Cx,
    pool_id: &PoolId,
    client_id: &ClientId,
    wanted: Wanted,
) -> Result<ManagedLoginBrandingType, Fault> {
    pools::get(cx, pool_id).await?;
    let style = BrandingStyle {
        pool_id: pool_id.clone(),
        style_id: cx.entropy().uuid().to_string(),
        client_id: client_id.clone(),
        created_at: cx.now,
        modified_at: cx.now,
        settings: own_settings(&wanted)?,
    };
    let images = assets::to_rows(pool_id, &style.style_id, wanted.assets.unwrap_or_default())?;
    cx.take_turn(Thing::Client(client_id)).await?;
    let mut tx = cx.write().await?;
    clients::row(&mut tx, pool_id, client_id).await?;
    if table::insert(&mut tx, &style).await? == Insert::Exists {
        // recorded
        return Err(Fault::new(
            ErrorCode::ManagedLoginBrandingExistsException,
            format!("A ManagedLoginBranding already exists for client {client_id}"),
        ));
    }
    branding_assets::replace(&mut tx, pool_id, &style.style_id, &images).await?;
    tx.commit().await?;
    view(style, images, false)
}

/// The style of an id; `merged`: with all that it does not say itself.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn describe(
    cx: &Cx,
    pool_id: &PoolId,
    style_id: &str,
    merged: bool,
) -> Result<ManagedLoginBrandingType, Fault> {
    pools::get(cx, pool_id).await?;
    let mut tx = cx.read().await?;
    let style = stored(&mut tx, pool_id, &folded(style_id)).await?;
    let images = branding_assets::list(&mut tx, pool_id, &style.style_id).await?;
    view(style, images, merged)
}

/// The style of a client, as [`describe`].
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn of_client(
    cx: &Cx,
    pool_id: &PoolId,
    client_id: &ClientId,
    merged: bool,
) -> Result<ManagedLoginBrandingType, Fault> {
    pools::get(cx, pool_id).await?;
    let mut tx = cx.read().await?;
    clients::row(&mut tx, pool_id, client_id).await?;
    let style = table::find_by_client(&mut tx, client_id).await?.ok_or_else(|| {
        // recorded
        Fault::not_found(format!("ManagedLoginBranding for client {client_id} does not exist."))
    })?;
    let images = branding_assets::list(&mut tx, pool_id, &style.style_id).await?;
    view(style, images, merged)
}

/// Changes a style. Images stay unless others are given (recorded), which take the place of all.
///
/// # Errors
/// `InvalidParameterException`, `ResourceNotFoundException`.
pub async fn update(
    cx: &Cx,
    pool_id: &PoolId,
    style_id: &str,
    wanted: Wanted,
) -> Result<ManagedLoginBrandingType, Fault> {
    pools::get(cx, pool_id).await?;
    let settings = own_settings(&wanted)?;
    let style_id = folded(style_id);
    let given = wanted.assets.map(|given| assets::to_rows(pool_id, &style_id, given)).transpose()?;
    cx.take_turn(Thing::Style(pool_id, &style_id)).await?;
    let mut tx = cx.write().await?;
    let style = stored(&mut tx, pool_id, &style_id).await?;
    let style = BrandingStyle { settings, modified_at: cx.now, ..style };
    table::update(&mut tx, &style).await?;
    let images = match given {
        Some(images) => {
            branding_assets::replace(&mut tx, pool_id, &style_id, &images).await?;
            images
        }
        None => branding_assets::list(&mut tx, pool_id, &style_id).await?,
    };
    tx.commit().await?;
    view(style, images, false)
}

/// Deletes a style with its images.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn delete(cx: &Cx, pool_id: &PoolId, style_id: &str) -> Result<(), Fault> {
    pools::get(cx, pool_id).await?;
    let style_id = folded(style_id);
    cx.take_turn(Thing::Style(pool_id, &style_id)).await?;
    let mut tx = cx.write().await?;
    if !table::delete(&mut tx, pool_id, &style_id).await? {
        return Err(not_found());
    }
    Ok(tx.commit().await?)
}

/// What is stored of the settings: a style has either the service's look or settings of its own.
fn own_settings(wanted: &Wanted) -> Result<Option<String>, Fault> {
    match (wanted.provided.unwrap_or(false), &wanted.settings) {
        (true, None) => Ok(None),
        (false, Some(given)) => {
            settings::check(given)?;
            serde_json::to_string(given).map(Some).map_err(Fault::internal)
        }
        // recorded
        _ => Err(Fault::invalid_parameter(
            "useCognitoProvidedValues or settings should be specified (but not both)",
        )),
    }
}

async fn stored(tx: &mut Tx, pool_id: &PoolId, style_id: &str) -> Result<BrandingStyle, Fault> {
    table::get(tx, pool_id, style_id).await?.ok_or_else(not_found)
}

/// Ids are taken in capitals, too.
fn folded(style_id: &str) -> String {
    style_id.to_ascii_lowercase()
}

fn view(
    style: BrandingStyle,
    images: Vec<BrandingAsset>,
    merged: bool,
) -> Result<ManagedLoginBrandingType, Fault> {
    let own = style.settings.as_deref().map(serde_json::from_str).transpose().map_err(Fault::internal)?;
    let provided = own.is_none();
    Ok(ManagedLoginBrandingType {
        managed_login_branding_id: Some(style.style_id),
        user_pool_id: Some(style.pool_id),
        use_cognito_provided_values: Some(provided),
        settings: if merged { Some(settings::merged(own)?) } else { own },
        assets: Some(images.into_iter().map(assets::view).collect()),
        creation_date: Some(style.created_at),
        last_modified_date: Some(style.modified_at),
    })
}

/// An id that nothing has (recorded).
fn not_found() -> Fault {
    Fault::not_found("ManagedLoginBranding does not exist.")
}
