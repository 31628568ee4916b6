//! How managed login looks for a client.

use poolhouse_ports::Timestamp;

use super::{Insert, Table};
use crate::error::StoreError;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::{Row, params};

/// The style of one client; its images are rows of `branding_assets`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrandingStyle {
    /// The pool it belongs to.
    pub pool_id: String,
    /// Its id, unique in the pool.
    pub style_id: String,
    /// Whose it is: a client has at most one.
    pub client_id: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub modified_at: Timestamp,
    /// Its settings: JSON. Absent where it is the service's own look.
    pub settings: Option<String>,
}

const COLUMNS: &str = "pool_id, style_id, client_id, created_at, modified_at, settings";

pub(crate) const TABLE: Table = Table { name: "branding_styles", columns: COLUMNS, key: "pool_id, style_id" };

statements! {
    GET = ["SELECT ", COLUMNS, " FROM branding_styles WHERE pool_id = $1 AND style_id = $2"];
    FIND_BY_CLIENT = ["SELECT ", COLUMNS, " FROM branding_styles WHERE client_id = $1"];
    INSERT = [
        "INSERT INTO branding_styles (", COLUMNS, ") VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING"
    ];
    UPDATE = ["UPDATE branding_styles SET modified_at = $3, settings = $4 WHERE pool_id = $1 AND style_id = $2"];
    DELETE = ["DELETE FROM branding_styles WHERE pool_id = $1 AND style_id = $2"];
}

fn decode(row: &Row<'_>) -> Result<BrandingStyle, StoreError> {
    Ok(BrandingStyle {
        pool_id: row.get(0)?,
        style_id: row.get(1)?,
        client_id: row.get(2)?,
        created_at: row.get(3)?,
        modified_at: row.get(4)?,
        settings: row.get(5)?,
    })
}

/// The style with this id.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(tx: &mut Tx, pool_id: &str, style_id: &str) -> Result<Option<BrandingStyle>, StoreError> {
    tx.query_opt(GET, params![pool_id, style_id], decode).await
}

/// The style of a client.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn find_by_client(tx: &mut Tx, client_id: &str) -> Result<Option<BrandingStyle>, StoreError> {
    tx.query_opt(FIND_BY_CLIENT, params![client_id], decode).await
}

/// Inserts a style, unless its client has one.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the pool or the client does not exist.
pub async fn insert(tx: &mut Tx, style: &BrandingStyle) -> Result<Insert, StoreError> {
    let params = params![
        &style.pool_id,
        &style.style_id,
        &style.client_id,
        style.created_at,
        style.modified_at,
        style.settings.as_ref(),
    ];
    Ok(Insert::from_count(tx.execute(INSERT, params).await?))
}

/// Overwrites what can be changed of the style: settings and time of change.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn update(tx: &mut Tx, style: &BrandingStyle) -> Result<bool, StoreError> {
    let params = params![&style.pool_id, &style.style_id, style.modified_at, style.settings.as_ref()];
    Ok(tx.execute(UPDATE, params).await? > 0)
}

/// Deletes the style with its images.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, pool_id: &str, style_id: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![pool_id, style_id]).await? > 0)
}
