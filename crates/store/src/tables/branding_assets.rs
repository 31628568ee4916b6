//! The images of managed login's styles.

use poolhouse_ports::PoolId;

use super::Table;
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

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

pub(crate) const TABLE: Table =
    Table { name: "branding_assets", columns: BrandingAsset::COLUMNS, key: "pool_id, style_id, position" };

statements! {
    LIST = [
        "SELECT ", BrandingAsset::COLUMNS, " FROM branding_assets \
         WHERE pool_id = $1 AND style_id = $2 ORDER BY position"
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
