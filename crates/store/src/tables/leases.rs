//! Work that the whole installation has once, and who does it.

use poolhouse_ports::Timestamp;

use super::Table;
use crate::error::StoreError;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

const COLUMNS: &str = "work, leased_by, leased_until";

pub(crate) const TABLE: Table = Table { name: "leases", columns: COLUMNS, key: "work" };

/// Beyond what any lease lasts, in seconds, since clocks differ.
const TOO_LONG: i64 = 60 * 60;

statements! {
    UNTIL = ["SELECT leased_until FROM leases WHERE work = $1"];
    PUT = [
        "INSERT INTO leases (", COLUMNS, ") VALUES ($1, $2, $3) \
         ON CONFLICT (work) DO UPDATE SET leased_by = excluded.leased_by, leased_until = excluded.leased_until"
    ];
    RENEW = ["UPDATE leases SET leased_until = $3 WHERE work = $1 AND leased_by = $2"];
    END = ["DELETE FROM leases WHERE work = $1 AND leased_by = $2"];
}

/// Whether somebody has the work. An end that no right clock writes does not count: a server whose clock was ahead would stop
/// all others until then.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn is_held(tx: &mut Tx, work: &str, now: Timestamp) -> Result<bool, StoreError> {
    let until = tx.query_opt(UNTIL, params![work], |row| row.get::<Timestamp>(0)).await?;
    Ok(until.is_some_and(|until| now < until && until <= now.plus_seconds(TOO_LONG)))
}

/// Gives the work, unless somebody has it, to whoever is named `by`; tells whether it did.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn take(
    tx: &mut Tx,
    work: &str,
    by: &str,
    (now, until): (Timestamp, Timestamp),
) -> Result<bool, StoreError> {
    if is_held(tx, work, now).await? {
        return Ok(false);
    }
    tx.execute(PUT, params![work, by, until]).await?;
    Ok(true)
}

/// Leaves the work to whoever is named `by` for longer; false where somebody else has taken it.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn renew(tx: &mut Tx, work: &str, by: &str, until: Timestamp) -> Result<bool, StoreError> {
    Ok(tx.execute(RENEW, params![work, by, until]).await? > 0)
}

/// Lets the next one take the work, if whoever is named `by` has it.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn end(tx: &mut Tx, work: &str, by: &str) -> Result<(), StoreError> {
    tx.execute(END, params![work, by]).await.map(drop)
}
