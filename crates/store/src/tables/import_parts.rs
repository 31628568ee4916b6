//! The parts of files that users are imported from.

use poolhouse_ports::PoolId;

use super::Table;
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// One part.
    #[derive(Clone, PartialEq, Eq)]
    pub struct ImportPart {
        /// The pool of the job.
        pub pool_id: PoolId,
        /// The job.
        pub job_id: String,
        /// The upload that it came with: one that is repeated does not mix with what came before.
        pub upload_id: String,
        /// Its place in the file, from 0.
        pub number: i64,
        /// What it holds, sealed.
        pub content: Vec<u8>,
    }
}

pub(crate) const TABLE: Table =
    Table { name: "import_parts", columns: ImportPart::COLUMNS, key: "pool_id, job_id, upload_id, number" };

statements! {
    GET = [
        "SELECT ", ImportPart::COLUMNS,
        " FROM import_parts WHERE pool_id = $1 AND job_id = $2 AND upload_id = $3 AND number = $4"
    ];
    COUNT = [
        "SELECT COUNT(*) FROM import_parts WHERE pool_id = $1 AND job_id = $2 AND upload_id = $3"
    ];
    INSERT = [
        "INSERT INTO import_parts (", ImportPart::COLUMNS, ") VALUES (", ImportPart::PLACEHOLDERS, ")"
    ];
    DELETE = ["DELETE FROM import_parts WHERE pool_id = $1 AND job_id = $2"];
    DELETE_OTHERS = [
        "DELETE FROM import_parts WHERE pool_id = $1 AND job_id = $2 AND (upload_id < $3 OR upload_id > $3)"
    ];
}

/// The part of this number.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(
    tx: &mut Tx,
    pool_id: &PoolId,
    job_id: &str,
    upload_id: &str,
    number: i64,
) -> Result<Option<ImportPart>, StoreError> {
    tx.query_opt(GET, params![pool_id, job_id, upload_id, number], ImportPart::decode).await
}

/// How many parts an upload has.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn count(tx: &mut Tx, pool_id: &PoolId, job_id: &str, upload_id: &str) -> Result<i64, StoreError> {
    let count = tx.query_opt(COUNT, params![pool_id, job_id, upload_id], |row| row.get(0)).await?;
    Ok(count.unwrap_or(0))
}

/// Inserts a part.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the job does not exist.
pub async fn insert(tx: &mut Tx, part: &ImportPart) -> Result<(), StoreError> {
    tx.execute(INSERT, &part.values()).await.map(drop)
}

/// Deletes all parts of a job.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, pool_id: &PoolId, job_id: &str) -> Result<(), StoreError> {
    tx.execute(DELETE, params![pool_id, job_id]).await.map(drop)
}

/// Deletes the parts of all uploads for a job but one.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete_others(
    tx: &mut Tx,
    pool_id: &PoolId,
    job_id: &str,
    upload_id: &str,
) -> Result<(), StoreError> {
    tx.execute(DELETE_OTHERS, params![pool_id, job_id, upload_id]).await.map(drop)
}
