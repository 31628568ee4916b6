//! How the classic pages look.

use poolhouse_ports::Timestamp;

use super::Table;
use crate::error::StoreError;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::{Row, params};

/// The look of a client's pages, or of all that have none of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UiCustomization {
    /// The pool it belongs to.
    pub pool_id: String,
    /// Whose it is: a client's id, or `ALL`.
    pub selector: String,
    /// The client, where it is one's: the row goes with it.
    pub client_id: Option<String>,
    /// The style sheet.
    pub css: Option<String>,
    /// The logo.
    pub image: Option<Vec<u8>>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub modified_at: Timestamp,
}

const COLUMNS: &str = "pool_id, selector, client_id, css, image, created_at, modified_at";

pub(crate) const TABLE: Table =
    Table { name: "ui_customizations", columns: COLUMNS, key: "pool_id, selector" };

statements! {
    GET = ["SELECT ", COLUMNS, " FROM ui_customizations WHERE pool_id = $1 AND selector = $2"];
    PUT = [
        "INSERT INTO ui_customizations (", COLUMNS, ") VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (pool_id, selector) DO UPDATE \
         SET css = excluded.css, image = excluded.image, modified_at = excluded.modified_at"
    ];
    DELETE = ["DELETE FROM ui_customizations WHERE pool_id = $1 AND selector = $2"];
}

fn decode(row: &Row<'_>) -> Result<UiCustomization, StoreError> {
    Ok(UiCustomization {
        pool_id: row.get(0)?,
        selector: row.get(1)?,
        client_id: row.get(2)?,
        css: row.get(3)?,
        image: row.get(4)?,
        created_at: row.get(5)?,
        modified_at: row.get(6)?,
    })
}

/// The look of a client, or of `ALL`.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(tx: &mut Tx, pool_id: &str, selector: &str) -> Result<Option<UiCustomization>, StoreError> {
    tx.query_opt(GET, params![pool_id, selector], decode).await
}

/// Writes a look; one that was there keeps its time of creation.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the pool or the client does not exist.
pub async fn put(tx: &mut Tx, look: &UiCustomization) -> Result<(), StoreError> {
    let params = params![
        &look.pool_id,
        &look.selector,
        look.client_id.as_ref(),
        look.css.as_ref(),
        look.image.as_ref(),
        look.created_at,
        look.modified_at,
    ];
    tx.execute(PUT, params).await.map(drop)
}

/// Deletes a look.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, pool_id: &str, selector: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![pool_id, selector]).await? > 0)
}
