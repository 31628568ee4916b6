//! Counters of what was tried: for lock-out and hourly limits.
//!
//! A subject is a user's `sub`, or `<place>/<holder>`: a place of which there are only so many, and a number that tells
//! who holds it. Whoever is counted at a place takes it over from its holder before, whose counts end with that; so
//! what strangers make up takes no more rows than there are places. A holder stands where a user has `first_at`.

use poolhouse_ports::{PoolId, Timestamp};

use super::{Insert, Table};
use crate::error::StoreError;
use crate::row::row;
use crate::statement::{Statement, statements};
use crate::store::Tx;
use crate::value::{Value, params};

row! {
    /// One counter.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Attempts {
        /// The pool it counts in.
        pub pool_id: PoolId,
        /// Who or what tries: a `sub`, or a place and its holder.
        pub subject: String,
        /// What is tried.
        pub action: String,
        /// How many times it was tried.
        pub count: i64,
        /// When it was tried first; nothing at a place.
        pub first_at: Timestamp,
        /// When it was tried last.
        pub last_at: Timestamp,
        /// When the counter means nothing any more.
        pub expires_at: Timestamp,
    }
}

pub(crate) const TABLE: Table =
    Table { name: "attempts", columns: Attempts::COLUMNS, key: "pool_id, subject, action" };

statements! {
    GET = [
        "SELECT ", Attempts::COLUMNS, " FROM attempts WHERE pool_id = $1 AND subject = $2 AND action = $3"
    ];
    PUT = [
        "INSERT INTO attempts (", Attempts::COLUMNS, ") VALUES (", Attempts::PLACEHOLDERS, ") \
         ON CONFLICT (pool_id, subject, action) DO UPDATE SET count = excluded.count, \
         first_at = excluded.first_at, last_at = excluded.last_at, expires_at = excluded.expires_at"
    ];
    TAKE_OVER = [
        "INSERT INTO attempts (", Attempts::COLUMNS, ") VALUES (", Attempts::PLACEHOLDERS, ") \
         ON CONFLICT (pool_id, subject, action) DO UPDATE SET count = excluded.count, \
         first_at = excluded.first_at, last_at = excluded.last_at, expires_at = excluded.expires_at \
         WHERE attempts.first_at <> excluded.first_at"
    ];
    DELETE = ["DELETE FROM attempts WHERE pool_id = $1 AND subject = $2 AND action = $3"];
    PURGE = [
        "DELETE FROM attempts WHERE (pool_id, subject, action) IN \
         (SELECT pool_id, subject, action FROM attempts WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)"
    ];
}

/// Where a subject's counters stand, and as whose.
fn place(subject: &str) -> (&str, Option<i64>) {
    let held = subject.rsplit_once('/').and_then(|(place, holder)| Some((place, holder.parse().ok()?)));
    held.map_or((subject, None), |(place, holder)| (place, Some(holder)))
}

/// The counter of this subject and action, expired or not.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(
    tx: &mut Tx,
    pool_id: &PoolId,
    subject: &str,
    action: &str,
) -> Result<Option<Attempts>, StoreError> {
    let (place, holder) = place(subject);
    let found = tx.query_opt(GET, params![pool_id, place, action], Attempts::decode).await?;
    let own = found.filter(|row| holder.is_none_or(|holder| row.first_at == Timestamp(holder)));
    Ok(own.map(|row| Attempts { subject: subject.to_owned(), ..row }))
}

/// Sets the counter, whether it was there before or not.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn put(tx: &mut Tx, attempts: &Attempts) -> Result<(), StoreError> {
    write(tx, PUT, attempts).await.map(drop)
}

/// Takes a place for its holder; [`Insert::Exists`] when they have it already.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn take_over(tx: &mut Tx, attempts: &Attempts) -> Result<Insert, StoreError> {
    Ok(Insert::from_count(write(tx, TAKE_OVER, attempts).await?))
}

async fn write(tx: &mut Tx, statement: &Statement, attempts: &Attempts) -> Result<u64, StoreError> {
    let (place, holder) = place(&attempts.subject);
    let [pool_id, _, action, count, first_at, last_at, expires_at] = attempts.values();
    let first_at = holder.map_or(first_at, Value::from);
    let params = [pool_id, place.into(), action, count, first_at, last_at, expires_at];
    tx.execute(statement, &params).await
}

/// Forgets the counter.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn delete(tx: &mut Tx, pool_id: &PoolId, subject: &str, action: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, params![pool_id, place(subject).0, action]).await? > 0)
}

/// Deletes at most `limit` counters, of all pools, that expired before `now`; how many that were.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn purge(tx: &mut Tx, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
    tx.execute(PURGE, params![now, limit]).await
}
