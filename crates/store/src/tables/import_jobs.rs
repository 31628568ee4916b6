//! Imports of users from CSV files.

use poolhouse_ports::{PoolId, Timestamp};

use super::Table;
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// One job.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ImportJob {
        /// The pool whose users come.
        pub pool_id: PoolId,
        /// Its id, unique in the pool.
        pub job_id: String,
        /// The name that it was given.
        pub name: String,
        /// The role that may write its log.
        pub role_arn: String,
        /// How the passwords of its file are hashed; none of them are imported without.
        pub hashing: Option<String>,
        /// Cognito's `UserImportJobStatus`, such as `InProgress`.
        pub status: String,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it was told to run.
        pub started_at: Option<Timestamp>,
        /// When it ended.
        pub completed_at: Option<Timestamp>,
        /// How many users are there by it.
        pub imported: i64,
        /// How many were there before.
        pub skipped: i64,
        /// How many lines are not what the pool asks for.
        pub failed: i64,
        /// How it ended.
        pub message: Option<String>,
        /// The upload that is its file; none before there is one.
        pub upload_id: Option<String>,
        /// The size of the file in bytes.
        pub size: i64,
        /// Where the next line begins.
        pub position: i64,
        /// How many lines are done.
        pub line: i64,
        /// Names who runs it.
        pub lease: Option<String>,
        /// When it may be taken; none unless it is to run.
        pub due_at: Option<Timestamp>,
        /// How often it was taken since it last got on.
        pub attempts: u32,
    }
}

pub(crate) const TABLE: Table =
    Table { name: "import_jobs", columns: ImportJob::COLUMNS, key: "pool_id, job_id" };

statements! {
    GET = ["SELECT ", ImportJob::COLUMNS, " FROM import_jobs WHERE pool_id = $1 AND job_id = $2"];
    LIST_BEFORE = [
        "SELECT ", ImportJob::COLUMNS, " FROM import_jobs WHERE pool_id = $1 \
         AND (created_at, job_id) < ($2, $3) ORDER BY created_at DESC, job_id DESC LIMIT $4"
    ];
    COUNT = ["SELECT COUNT(*) FROM (SELECT 1 FROM import_jobs WHERE pool_id = $1 LIMIT $2) AS bounded"];
    INSERT = [
        "INSERT INTO import_jobs (", ImportJob::COLUMNS, ") VALUES (", ImportJob::PLACEHOLDERS, ")"
    ];
    UPDATE = [
        "UPDATE import_jobs SET name = $3, role_arn = $4, hashing = $5, status = $6, created_at = $7, \
         started_at = $8, completed_at = $9, imported = $10, skipped = $11, failed = $12, message = $13, \
         upload_id = $14, size = $15, position = $16, line = $17, lease = $18, due_at = $19, attempts = $20 \
         WHERE pool_id = $1 AND job_id = $2"
    ];
    FIRST_DUE = [
        "SELECT ", ImportJob::COLUMNS, " FROM import_jobs WHERE due_at <= $1 ORDER BY due_at LIMIT 1"
    ];
    // Whatever is to run is due at some time.
    FIRST_ACTIVE = [
        "SELECT pool_id FROM import_jobs WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1"
    ];
    WAITING = [
        "SELECT COUNT(*) FROM (SELECT 1 FROM import_jobs WHERE due_at IS NOT NULL LIMIT $1) AS bounded"
    ];
    FIND_BY_STATUS = [
        "SELECT ", ImportJob::COLUMNS, " FROM import_jobs WHERE status = $1 AND created_at < $2 \
         ORDER BY created_at LIMIT $3"
    ];
}

/// The job of this id.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(tx: &mut Tx, pool_id: &PoolId, job_id: &str) -> Result<Option<ImportJob>, StoreError> {
    tx.query_opt(GET, params![pool_id, job_id], ImportJob::decode).await
}

/// At most `limit` jobs of the pool, the newest first, older than `before`: time and id of the last of the page before.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list_before(
    tx: &mut Tx,
    pool_id: &PoolId,
    before: (Timestamp, &str),
    limit: u32,
) -> Result<Vec<ImportJob>, StoreError> {
    tx.query(LIST_BEFORE, params![pool_id, before.0, before.1, limit], ImportJob::decode).await
}

/// How many jobs the pool has, counting no further than `bound`.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn count(tx: &mut Tx, pool_id: &PoolId, bound: u32) -> Result<u32, StoreError> {
    Ok(tx.query_opt(COUNT, params![pool_id, bound], |row| row.get(0)).await?.unwrap_or(0))
}

/// Inserts a job.
///
/// # Errors
/// As any statement; [`StoreError::Retry`] when the pool does not exist.
pub async fn insert(tx: &mut Tx, job: &ImportJob) -> Result<(), StoreError> {
    tx.execute(INSERT, &job.values()).await.map(drop)
}

/// Overwrites the whole row of the job with this pool and id; false when it is gone.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn update(tx: &mut Tx, job: &ImportJob) -> Result<bool, StoreError> {
    Ok(tx.execute(UPDATE, &job.values()).await? > 0)
}

/// The job that has been due longest at `now`.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn first_due(tx: &mut Tx, now: Timestamp) -> Result<Option<ImportJob>, StoreError> {
    tx.query_opt(FIRST_DUE, params![now], ImportJob::decode).await
}

/// The pool of a job that runs or is to run.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn first_active(tx: &mut Tx) -> Result<Option<PoolId>, StoreError> {
    tx.query_opt(FIRST_ACTIVE, &[], |row| row.get(0)).await
}

/// How many jobs run or are to run, counting no further than `bound`.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn waiting(tx: &mut Tx, bound: u32) -> Result<u32, StoreError> {
    Ok(tx.query_opt(WAITING, params![bound], |row| row.get(0)).await?.unwrap_or(0))
}

/// At most `limit` jobs of this status that were made before `end`, the oldest first.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn find_by_status(
    tx: &mut Tx,
    status: &str,
    end: Timestamp,
    limit: u32,
) -> Result<Vec<ImportJob>, StoreError> {
    tx.query(FIND_BY_STATUS, params![status, end, limit], ImportJob::decode).await
}
