//! The images of managed login's styles.

use poolhouse_ports::PoolId;

use super::Table;
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::{Row, params};

row! {
    /// One image of a style.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct BrandingAsset {
        /// The pool it belongs to.
        pub pool_id: PoolId,
        /// Its style.
        pub style_id: String,
        /// Its place among the style's images.
        pub position: i64,
        /// Cognito's `Category`: where it is shown.
        pub category: String,
        /// Cognito's `ColorMode`: with which colours.
        pub color_mode: String,
        /// Cognito's `Extension`: what it is.
        pub extension: String,
        /// Its name, where it was given one.
        pub resource_id: Option<String>,
        /// Its bytes.
        pub content: Vec<u8>,
    }
}

/// What an image is, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its place among the style's images.
    pub position: i64,
    /// Cognito's `Category`: where it is shown.
    pub category: String,
    /// Cognito's `ColorMode`: with which colours.
    pub color_mode: String,
    /// Cognito's `Extension`: what it is.
    pub extension: String,
    /// Its name, where it was given one.
    pub resource_id: Option<String>,
}

pub(crate) const TABLE: Table =
    Table { name: "branding_assets", columns: BrandingAsset::COLUMNS, key: "pool_id, style_id, position" };

statements! {
    LIST = [
        "SELECT ", BrandingAsset::COLUMNS, " FROM branding_assets \
         WHERE pool_id = $1 AND style_id = $2 ORDER BY position"
    ];
    LIST_IMAGES = [
        "SELECT position, category, color_mode, extension, resource_id FROM branding_assets \
         WHERE pool_id = $1 AND style_id = $2 ORDER BY position"
    ];
    GET = [
        "SELECT ", BrandingAsset::COLUMNS, " FROM branding_assets \
         WHERE pool_id = $1 AND style_id = $2 AND position = $3"
    ];
    INSERT = ["INSERT INTO branding_assets (", BrandingAsset::COLUMNS, ") VALUES (", BrandingAsset::PLACEHOLDERS, ")"];
    DELETE_OF_STYLE = ["DELETE FROM branding_assets WHERE pool_id = $1 AND style_id = $2"];
}

/// The images of a style, in the order in which they were given.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list(tx: &mut Tx, pool_id: &PoolId, style_id: &str) -> Result<Vec<BrandingAsset>, StoreError> {
    tx.query(LIST, params![pool_id, style_id], BrandingAsset::decode).await
}

/// What images a style has, without their bytes.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list_images(tx: &mut Tx, pool_id: &PoolId, style_id: &str) -> Result<Vec<Image>, StoreError> {
    let decode = |row: &Row<'_>| {
        let (position, category) = (row.get(0)?, row.get(1)?);
        let (color_mode, extension) = (row.get(2)?, row.get(3)?);
        Ok(Image { position, category, color_mode, extension, resource_id: row.get(4)? })
    };
    tx.query(LIST_IMAGES, params![pool_id, style_id], decode).await
}

/// The image at a place of a style.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(
    tx: &mut Tx,
    pool_id: &PoolId,
    style_id: &str,
    position: i64,
) -> Result<Option<BrandingAsset>, StoreError> {
    tx.query_opt(GET, params![pool_id, style_id, position], BrandingAsset::decode).await
}

/// Puts these images in the place of those that the style has.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the style does not exist.
pub async fn replace(
    tx: &mut Tx,
    pool_id: &PoolId,
    style_id: &str,
    assets: &[BrandingAsset],
) -> Result<(), StoreError> {
    tx.execute(DELETE_OF_STYLE, params![pool_id, style_id]).await?;
    for asset in assets {
        tx.execute(INSERT, &asset.values()).await?;
    }
    Ok(())
}
