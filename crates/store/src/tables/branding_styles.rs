//! How managed login looks for a client.

use poolhouse_ports::{ClientId, PoolId, Timestamp};

use super::{Insert, Table};
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// The style of one client; its images are rows of `branding_assets`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct BrandingStyle {
        /// The pool it belongs to.
        pub pool_id: PoolId,
        /// Its id, unique in the pool.
        pub style_id: String,
        /// Whose it is: a client has at most one.
        pub client_id: ClientId,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it was last changed.
        pub modified_at: Timestamp,
        /// Its settings: JSON. Absent where it is the service's own look.
        pub settings: Option<String>,
    }
}

pub(crate) const TABLE: Table =
    Table { name: "branding_styles", columns: BrandingStyle::COLUMNS, key: "pool_id, style_id" };

statements! {
    GET = ["SELECT ", BrandingStyle::COLUMNS, " FROM branding_styles WHERE pool_id = $1 AND style_id = $2"];
    FIND_BY_CLIENT = ["SELECT ", BrandingStyle::COLUMNS, " FROM branding_styles WHERE client_id = $1"];
    INSERT = [
        "INSERT INTO branding_styles (", BrandingStyle::COLUMNS, ") VALUES (", BrandingStyle::PLACEHOLDERS, ") ON CONFLICT DO NOTHING"
    ];
    UPDATE = ["UPDATE branding_styles SET modified_at = $3, settings = $4 WHERE pool_id = $1 AND style_id = $2"];
    DELETE = ["DELETE FROM branding_styles WHERE pool_id = $1 AND style_id = $2"];
}

/// The style with this id.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(tx: &mut Tx, pool_id: &PoolId, style_id: &str) -> Result<Option<BrandingStyle>, StoreError> {
    tx.query_opt(GET, params![pool_id, style_id], BrandingStyle::decode).await
}

/// The style of a client.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn find_by_client(tx: &mut Tx, client_id: &ClientId) -> Result<Option<BrandingStyle>, StoreError> {
    tx.query_opt(FIND_BY_CLIENT, params![client_id], BrandingStyle::decode).await
}

/// Inserts a style, unless its client has one.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the pool or the client does not exist.
pub async fn insert(tx: &mut Tx, style: &BrandingStyle) -> Result<Insert, StoreError> {
    Ok(Insert::from_count(tx.execute(INSERT, &style.values()).await?))
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
pub async fn delete(tx: &mut Tx, pool_id: &PoolId, style_id: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![pool_id, style_id]).await? > 0)
}
