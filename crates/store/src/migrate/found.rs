//! What a database has, by its list of migrations.

use super::{APPLIED, LIST_TABLE, MIGRATIONS, Migration, checksum, newest, substitute};
use crate::error::{OpenError, StoreError};
use crate::store::{Kind, Tx};
use crate::value::Row;

/// What the name of a migration begins with that servers of the release before cannot work with.
pub(super) const BREAKING: &str = "break_";

/// How many migrations beyond its own a program works with, if none of them is breaking: more than a release brings.
const AHEAD: i64 = 16;

/// What a database has, held against what this program has.
pub(super) struct Found {
    /// What it lacks.
    pub(super) lacking: &'static [Migration],
    /// What it has beyond that, by version and name.
    pub(super) beyond: Vec<(i64, String)>,
}

impl Found {
    /// Whether this program can work with it.
    pub(super) fn is_borne(&self) -> Result<(), OpenError> {
        let too_far =
            |(version, name): &(i64, String)| *version > newest() + AHEAD || name.starts_with(BREAKING);
        if self.beyond.iter().any(too_far) { self.is_known() } else { Ok(()) }
    }

    /// Whether this program knows all of it, as whoever reads or writes whole databases must.
    fn is_known(&self) -> Result<(), OpenError> {
        match self.beyond.last() {
            Some((found, _)) => Err(OpenError::TooNew { found: *found, known: newest() }),
            None => Ok(()),
        }
    }
}

/// What the database has, and lacks.
pub(super) async fn found(tx: &mut Tx, kind: Kind) -> Result<Found, OpenError> {
    tx.script(&substitute(LIST_TABLE, kind)).await?;
    listed(tx).await
}

/// The migrations that the database lacks, which has none beyond this program's.
pub(super) async fn pending(tx: &mut Tx, kind: Kind) -> Result<&'static [Migration], OpenError> {
    let found = found(tx, kind).await?;
    found.is_known().map(|()| found.lacking)
}

/// As [`found`], of a database that is only read, and in which nothing is made.
pub(super) async fn found_of_what_is_read(tx: &mut Tx) -> Result<Found, OpenError> {
    match listed(tx).await {
        // The list itself is not there.
        Err(OpenError::Store(StoreError::Other(_))) => Err(OpenError::Blank("of this URL".to_owned())),
        found => found,
    }
}

/// As [`pending`], of a database that is only read.
pub(super) async fn lacking_of_what_is_read(tx: &mut Tx) -> Result<&'static [Migration], OpenError> {
    let found = found_of_what_is_read(tx).await?;
    found.is_known().map(|()| found.lacking)
}

/// What the list in the database says, after checking what this program knows of it.
async fn listed(tx: &mut Tx) -> Result<Found, OpenError> {
    let row = |row: &Row<'_>| -> Result<(i64, String, String), StoreError> {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    };
    let (mut known, mut beyond) = (0, Vec::new());
    for (version, name, sum) in tx.query(APPLIED, &[], row).await? {
        match MIGRATIONS.iter().find(|m| m.version == version) {
            Some(migration) if sum == checksum(migration.sql) => known += 1,
            Some(_) => return Err(OpenError::Changed { version, name }),
            None => beyond.push((version, name)),
        }
    }
    Ok(Found { lacking: MIGRATIONS.get(known..).unwrap_or_default(), beyond })
}
