//! Parts: the rows of a stretch of a table, behind a line that names the table and its columns.

use poolhouse_crypto::age::{AgeError, Identity, decrypt};
use poolhouse_crypto::digest;
use poolhouse_store::portable::{Malformed, Row, Shape};
use serde::{Deserialize, Serialize};

use crate::manifest::Part;
use crate::{BackupError, Folder};

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
    plain: Vec<u8>,
    rows: u64,
}

impl Draft {
    pub(crate) fn new(shape: &Shape) -> Self {
        let head = Head { table: shape.table().to_owned(), columns: shape.columns().to_vec() };
        let mut head = serde_json::to_vec(&head).unwrap_or_default();
        head.push(b'\n');
        Self { plain: head.clone(), head, rows: 0 }
    }

    /// Adds a row with this key, and gives what is in the part when it ends here.
    pub(crate) fn push(&mut self, key: &[u8], row: &Row) -> Option<(Vec<u8>, u64)> {
        row.write(&mut self.plain);
        self.rows += 1;
        let [first, second, ..] = digest::sha256(&[key]);
        let ends = u16::from_be_bytes([first, second]).is_multiple_of(ROWS);
        let full = (ends && self.plain.len() >= LEAST) || self.plain.len() >= MOST;
        if full { self.take() } else { None }
    }

    /// What is in it, if there is a row.
    pub(crate) fn take(&mut self) -> Option<(Vec<u8>, u64)> {
        let rows = std::mem::take(&mut self.rows);
        (rows > 0).then(|| (std::mem::replace(&mut self.plain, self.head.clone()), rows))
    }
}

/// What is in a part: the bytes that were encrypted.
pub(crate) fn open(folder: &Folder, part: &Part, identities: &[Identity]) -> Result<Vec<u8>, BackupError> {
    let path = || folder.part_path(&part.content);
    decrypt(&folder.part(part)?, identities).map_err(|error| match error {
        AgeError::NotForUs => BackupError::Locked(path()),
        _ => BackupError::Damaged(path(), "cannot be decrypted"),
    })
}

/// The rows of a part.
pub(crate) fn rows(folder: &Folder, part: &Part, plain: &[u8]) -> Result<(Shape, Vec<Row>), BackupError> {
    let damaged =
        || BackupError::Damaged(folder.part_path(&part.content), "does not hold the rows that it should");
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
