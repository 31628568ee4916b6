//! How the classic pages look.

use poolhouse_ports::{ClientId, PoolId, Timestamp};

use super::Table;
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// The look of a client's pages, or of all that have none of their own.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct UiCustomization {
        /// The pool it belongs to.
        pub pool_id: PoolId,
        /// Whose it is: a client's id, or `ALL`.
        pub selector: String,
        /// The client, where it is one's: the row goes with it.
        pub client_id: Option<ClientId>,
        /// The style sheet.
        pub css: Option<String>,
        /// The logo.
        pub image: Option<Vec<u8>>,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it was last changed.
        pub modified_at: Timestamp,
    }
}

pub(crate) const TABLE: Table =
    Table { name: "ui_customizations", columns: UiCustomization::COLUMNS, key: "pool_id, selector" };

statements! {
    GET = ["SELECT ", UiCustomization::COLUMNS, " FROM ui_customizations WHERE pool_id = $1 AND selector = $2"];
    PUT = [
        "INSERT INTO ui_customizations (", UiCustomization::COLUMNS, ") VALUES (", UiCustomization::PLACEHOLDERS, ") \
         ON CONFLICT (pool_id, selector) DO UPDATE \
         SET css = excluded.css, image = excluded.image, modified_at = excluded.modified_at"
    ];
    DELETE = ["DELETE FROM ui_customizations WHERE pool_id = $1 AND selector = $2"];
}

/// The look of a client, or of `ALL`.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(
    tx: &mut Tx,
    pool_id: &PoolId,
    selector: &str,
) -> Result<Option<UiCustomization>, StoreError> {
    tx.query_opt(GET, params![pool_id, selector], UiCustomization::decode).await
}

/// Writes a look; one that was there keeps its time of creation.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the pool or the client does not exist.
pub async fn put(tx: &mut Tx, look: &UiCustomization) -> Result<(), StoreError> {
    tx.execute(PUT, &look.values()).await.map(drop)
}

/// Deletes a look.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, pool_id: &PoolId, selector: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![pool_id, selector]).await? > 0)
}
