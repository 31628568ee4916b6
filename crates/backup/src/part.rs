//! Parts: the rows of a stretch of a table, behind a line that names the table and its columns.

use std::mem;

use poolhouse_crypto::age::{AgeError, Identity, decrypt};
use poolhouse_crypto::digest;
use poolhouse_store::portable::{Malformed, Owner, Row, Shape};
use serde::{Deserialize, Serialize};

use crate::error::Wrong;
use crate::manifest::{Part, Span};
use crate::{BackupError, Backups};

/// Where a part ends: behind a row whose key's hash says so, one of [`ROWS`] on average, when it has [`LEAST`] bytes.
/// So a row that comes or goes changes the part that it is in, and no other.
const ROWS: u16 = 1 << 11;
const LEAST: usize = 512 << 10;
/// But it has no more than this, and a row.
const MOST: usize = 8 << 20;

#[derive(Serialize, Deserialize)]
struct Head {
    table: String,
    columns: Vec<String>,
}

/// A part that is being filled.
pub(crate) struct Draft {
    head: Vec<u8>,
    /// Where the pool of a row stands.
    pool_at: Option<usize>,
    filled: Filled,
}

/// What is in a part.
#[derive(Default)]
pub(crate) struct Filled {
    pub(crate) plain: Vec<u8>,
    pub(crate) rows: u64,
    pub(crate) pools: Option<Span>,
}

impl Draft {
    pub(crate) fn new(shape: &Shape) -> Result<Self, BackupError> {
        let head = Head { table: shape.table().to_owned(), columns: shape.columns().to_vec() };
        let mut head = serde_json::to_vec(&head).map_err(|e| BackupError::Encode(e.to_string()))?;
        head.push(b'\n');
        let pool_at = match Owner::of(shape) {
            Owner::Pool(column) => shape.position(column),
            Owner::Client | Owner::Nobody => None,
        };
        let filled = Filled { plain: head.clone(), ..Filled::default() };
        Ok(Self { head, pool_at, filled })
    }

    /// Adds a row with this key, and gives what is in the part when it ends here.
    pub(crate) fn push(&mut self, key: &[u8], row: &Row) -> Option<Filled> {
        let Self { pool_at, filled, .. } = self;
        row.write(&mut filled.plain);
        filled.rows += 1;
        if let Some(pool) = pool_at.and_then(|at| row.text(at)) {
            Span::include(&mut filled.pools, pool);
        }
        let [first, second, ..] = digest::sha256(&[key]);
        let ends = u16::from_be_bytes([first, second]).is_multiple_of(ROWS);
        let full = (ends && filled.plain.len() >= LEAST) || filled.plain.len() >= MOST;
        if full { self.take() } else { None }
    }

    /// What is in it, if there is a row.
    pub(crate) fn take(&mut self) -> Option<Filled> {
        let empty = Filled { plain: self.head.clone(), ..Filled::default() };
        (self.filled.rows > 0).then(|| mem::replace(&mut self.filled, empty))
    }
}

/// What is in a part: the bytes that were encrypted.
pub(crate) async fn open(
    backups: &Backups,
    part: &Part,
    identities: &[Identity],
) -> Result<Vec<u8>, BackupError> {
    let place = || backups.part_place(part);
    decrypt(&backups.part(part).await?, identities).map_err(|error| match error {
        AgeError::NotForUs => BackupError::Wrong(place(), Wrong::Locked),
        _ => BackupError::Damaged(place(), "cannot be decrypted"),
    })
}

/// The rows of a part.
pub(crate) fn rows(backups: &Backups, part: &Part, plain: &[u8]) -> Result<(Shape, Vec<Row>), BackupError> {
    let damaged = || BackupError::Damaged(backups.part_place(part), "does not hold the rows that it should");
    let read = || {
        let mut lines = plain.split(|byte| *byte == b'\n');
        let head: Head = serde_json::from_slice(lines.next().unwrap_or_default()).map_err(|_| Malformed)?;
        let shape = Shape::new(head.table, head.columns)?;
        let rows = lines.filter(|line| !line.is_empty()).map(|line| Row::read(line, &shape));
        Ok::<_, Malformed>((rows.collect::<Result<Vec<_>, _>>()?, shape))
    };
    let (rows, shape) = read().map_err(|_| damaged())?;
    if shape.table() != part.table || rows.len() as u64 != part.rows {
        return Err(damaged());
    }
    Ok((shape, rows))
}
