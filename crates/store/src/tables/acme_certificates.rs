//! Certificates by ACME for the servers' own TLS.

use poolhouse_ports::Timestamp;

use super::{Insert, Table};
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// The certificate for a list of names.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AcmeCertificate {
        /// The authority's URL and the names.
        pub id: String,
        /// How many there have been; 0 while there is none.
        pub version: i64,
        /// When it ends.
        pub valid_until: Timestamp,
        /// Chain and private key, sealed; none while there is none.
        pub pem: Option<Vec<u8>>,
        /// When to order the next one.
        pub due_at: Timestamp,
        /// How many orders have been begun since the last one that did not fail; also those that were given back.
        pub failures: u32,
        /// Why the last one failed.
        pub failure: Option<String>,
        /// Names the order under way.
        pub leased_by: String,
        /// Until when it may go on.
        pub leased_until: Timestamp,
    }
}

/// Beyond what an authority may ask for, in seconds, and a day more, since clocks differ.
const TOO_FAR: i64 = 8 * 24 * 60 * 60;

/// Beyond what an order may take, in seconds, likewise.
pub(super) const TOO_LONG: i64 = 60 * 60;

impl AcmeCertificate {
    /// Whether an order may begin. Times that no right clock writes do not count: a server whose clock was ahead would stop all
    /// others until then.
    pub fn is_due(&self, now: Timestamp) -> bool {
        let is_wrong = self.due_at > self.valid_until.max(now.plus_seconds(TOO_FAR));
        (self.due_at <= now || is_wrong) && !self.is_under_way(now)
    }

    /// Whether an order is under way.
    pub fn is_under_way(&self, now: Timestamp) -> bool {
        now < self.leased_until && self.leased_until <= now.plus_seconds(TOO_LONG)
    }
}

pub(crate) const TABLE: Table =
    Table { name: "acme_certificates", columns: AcmeCertificate::COLUMNS, key: "id" };

statements! {
    GET = ["SELECT ", AcmeCertificate::COLUMNS, " FROM acme_certificates WHERE id = $1"];
    INSERT = [
        "INSERT INTO acme_certificates (", AcmeCertificate::COLUMNS, ") VALUES (",
        AcmeCertificate::PLACEHOLDERS, ") ON CONFLICT DO NOTHING"
    ];
    // As `is_due` has it.
    LEASE = [
        "UPDATE acme_certificates SET leased_by = $2, leased_until = $3, failures = failures + 1, failure = $5, \
         due_at = $6 WHERE id = $1 AND (due_at <= $4 OR (due_at > $7 AND due_at > valid_until)) \
         AND (leased_until <= $4 OR leased_until > $8)"
    ];
    PLAN = [
        "UPDATE acme_certificates SET due_at = $3 WHERE id = $1 AND version = $2 AND failures = 0 \
         AND due_at > $4 AND due_at <> $3"
    ];
    RELEASE = [
        "UPDATE acme_certificates SET leased_until = 0, failure = NULL, due_at = $3 \
         WHERE id = $1 AND leased_by = $2 AND leased_until > 0"
    ];
    ISSUE = [
        "UPDATE acme_certificates SET version = version + 1, valid_until = $3, pem = $4, due_at = $5, \
         failures = 0, failure = NULL, leased_until = 0 \
         WHERE id = $1 AND leased_by = $2 AND leased_until > 0"
    ];
    FAIL = [
        "UPDATE acme_certificates SET failure = $3, due_at = $4, leased_until = 0 \
         WHERE id = $1 AND leased_by = $2 AND leased_until > 0"
    ];
    // The first condition is always true, and tells SQLite to walk the index.
    PURGE = ["DELETE FROM acme_certificates WHERE id > '' AND due_at < $1 AND valid_until < $1"];
}

/// The certificate for a list of names.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn get(tx: &mut Tx, id: &str) -> Result<Option<AcmeCertificate>, StoreError> {
    tx.query_opt(GET, params![id], AcmeCertificate::decode).await
}

/// Notes that a certificate is wanted for a list of names, at once; what is known of it stays.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn want(tx: &mut Tx, id: &str) -> Result<Insert, StoreError> {
    let wanted = AcmeCertificate {
        id: id.to_owned(),
        version: 0,
        valid_until: Timestamp::default(),
        pem: None,
        due_at: Timestamp::default(),
        failures: 0,
        failure: None,
        leased_by: String::new(),
        leased_until: Timestamp::default(),
    };
    Ok(Insert::from_count(tx.execute(INSERT, &wanted.values()).await?))
}

/// Lets an order begin, of this name and until a time; false when none is due `now` or another one is under way. Until something
/// else is heard of it, it counts as failed, and `failure` says so.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn lease(
    tx: &mut Tx,
    (id, order): (&str, &str),
    until: Timestamp,
    now: Timestamp,
    (failure, due_at): (&str, Timestamp),
) -> Result<bool, StoreError> {
    let (too_far, too_long) = (now.plus_seconds(TOO_FAR), now.plus_seconds(TOO_LONG));
    Ok(tx.execute(LEASE, params![id, order, until, now, failure, due_at, too_far, too_long]).await? > 0)
}

/// Has another certificate ordered in the place of this one at `due_at`; false when it was so before, when that is due `now`, and
/// when it has been tried.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn plan(
    tx: &mut Tx,
    (id, version): (&str, i64),
    due_at: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(tx.execute(PLAN, params![id, version, due_at, now]).await? > 0)
}

/// Takes an order back that nobody has heard of yet. It stays counted, so that those who give back again and again wait longer.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn release(tx: &mut Tx, (id, order): (&str, &str), due_at: Timestamp) -> Result<(), StoreError> {
    tx.execute(RELEASE, params![id, order, due_at]).await.map(drop)
}

/// Keeps what an order has brought; false when it has lost its lease.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn issue(
    tx: &mut Tx,
    (id, order): (&str, &str),
    pem: &[u8],
    valid_until: Timestamp,
    due_at: Timestamp,
) -> Result<bool, StoreError> {
    Ok(tx.execute(ISSUE, params![id, order, valid_until, pem, due_at]).await? > 0)
}

/// Notes why an order has failed, and when the next one may begin; false when it has lost its lease.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn fail(
    tx: &mut Tx,
    (id, order): (&str, &str),
    failure: &str,
    due_at: Timestamp,
) -> Result<bool, StoreError> {
    Ok(tx.execute(FAIL, params![id, order, failure, due_at]).await? > 0)
}

/// Removes those that ended before a time and that nobody has tried to renew since.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn purge(tx: &mut Tx, before: Timestamp) -> Result<(), StoreError> {
    tx.execute(PURGE, params![before]).await.map(drop)
}
