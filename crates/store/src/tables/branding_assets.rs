//! The images of managed login's styles.

use super::Table;
use crate::error::StoreError;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::{Row, params};

/// One image of a style.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrandingAsset {
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

const COLUMNS: &str =
    "pool_id, style_id, position, category, color_mode, extension, resource_id, content";

pub(crate) const TABLE: Table =
    Table { name: "branding_assets", columns: COLUMNS, key: "pool_id, style_id, position" };

statements! {
    LIST = [
        "SELECT category, color_mode, extension, resource_id, content FROM branding_assets \
         WHERE pool_id = $1 AND style_id = $2 ORDER BY position"
    ];
    INSERT = ["INSERT INTO branding_assets (", COLUMNS, ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"];
    DELETE_OF_STYLE = ["DELETE FROM branding_assets WHERE pool_id = $1 AND style_id = $2"];
}

fn decode(row: &Row<'_>) -> Result<BrandingAsset, StoreError> {
    Ok(BrandingAsset {
        category: row.get(0)?,
        color_mode: row.get(1)?,
        extension: row.get(2)?,
        resource_id: row.get(3)?,
        content: row.get(4)?,
    })
}

/// The images of a style, in the order in which they were given.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list(tx: &mut Tx, pool_id: &str, style_id: &str) -> Result<Vec<BrandingAsset>, StoreError> {
    tx.query(LIST, params![pool_id, style_id], decode).await
}

/// Puts these images in the place of those that the style has.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the style does not exist.
pub async fn replace(
    tx: &mut Tx,
    pool_id: &str,
    style_id: &str,
    assets: &[BrandingAsset],
) -> Result<(), StoreError> {
    tx.execute(DELETE_OF_STYLE, params![pool_id, style_id]).await?;
    for (position, asset) in (0_i64..).zip(assets) {
        let params = params![
            pool_id,
            style_id,
            position,
            &asset.category,
            &asset.color_mode,
            &asset.extension,
            asset.resource_id.as_ref(),
            &asset.content,
        ];
        tx.execute(INSERT, params).await?;
    }
    Ok(())
}
