//! Looking through a backup, as a restore would.

use poolhouse_crypto::age::Identity;
use poolhouse_crypto::digest;
use poolhouse_kernel::sealing::{MasterKey, MasterSealed};
use poolhouse_ports::{Entropy, PoolId};
use poolhouse_store::portable::{Row, Shape};

use crate::manifest::Part;
use crate::{BackupError, Folder, Keys, Manifest, part};

/// What was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Parts whose files are what was written.
    pub parts: usize,
    /// Rows that were read; of parts that are encrypted for others, none.
    pub rows: u64,
    /// Parts that are encrypted for others.
    pub locked: usize,
    /// Keys that the master key opened.
    pub keys: usize,
}

/// Looks at every part of a backup. What is encrypted for others than `identities` is not looked into, but known to be
/// what was written.
///
/// # Errors
/// The first thing that is wrong.
pub fn verify(
    folder: &Folder,
    manifest: &Manifest,
    master: &MasterKey,
    identities: &[Identity],
) -> Result<Verified, BackupError> {
    manifest.check_schema()?;
    let keys = Keys::of(master);
    let mut verified = Verified::default();
    for part in &manifest.parts {
        verified.parts += 1;
        match look_into(folder, manifest, &keys, part, identities) {
            Err(BackupError::Locked(_)) => verified.locked += 1,
            Err(error) => return Err(error),
            Ok((shape, rows)) => {
                verified.rows += part.rows;
                for mut row in rows {
                    // What can be sealed anew was opened.
                    verified.keys +=
                        usize::from(reseal(&shape, &mut row, master, master, &Entropy::system())?);
                }
            }
        }
    }
    Ok(verified)
}

fn look_into(
    folder: &Folder,
    manifest: &Manifest,
    keys: &Keys,
    part: &Part,
    identities: &[Identity],
) -> Result<(Shape, Vec<Row>), BackupError> {
    let plain = part::open(folder, part, identities)?;
    if digest::hex(&keys.content(&manifest.recipients, &plain)) != part.content {
        return Err(BackupError::Damaged(
            folder.part_path(&part.content),
            "holds something else than it should",
        ));
    }
    part::rows(folder, part, &plain)
}

/// Seals what the master key of the backup sealed in a row by another one, and tells whether there is something.
pub(crate) fn reseal(
    shape: &Shape,
    row: &mut Row,
    from: &MasterKey,
    to: &MasterKey,
    entropy: &Entropy,
) -> Result<bool, BackupError> {
    let (name, column) = match shape.table() {
        "pools" => ("id", "data_key"),
        "settings" => ("name", "value"),
        _ => return Ok(false),
    };
    let (Some(name), Some(column)) = (shape.position(name), shape.position(column)) else { return Ok(false) };
    let (Some(name), Some(sealed)) = (row.text(name), row.bytes(column)) else { return Ok(false) };
    let pool_id = PoolId::from(name);
    let which = match shape.table() {
        "pools" => MasterSealed::Pool(&pool_id),
        _ if name == MasterSealed::SETTING => MasterSealed::Installation,
        _ => return Ok(false),
    };
    let resealed = to
        .reseal(from, which, sealed, entropy)
        .map_err(|_| BackupError::MasterKey(format!("{name} of {}", shape.table())))?;
    row.set_bytes(column, resealed);
    Ok(true)
}
