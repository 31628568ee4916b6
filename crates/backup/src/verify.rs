//! Looking through a backup, as a restore would.

use poolhouse_crypto::age::Identity;
use poolhouse_kernel::sealing::MasterKey;
use poolhouse_store::portable::{Row, Shape};

use crate::choice::{Choice, Everything};
use crate::error::Wrong;
use crate::manifest::Part;
use crate::{BackupError, Backups, Keys, Manifest, part, sealed};

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
pub async fn verify(
    backups: &Backups,
    manifest: &Manifest,
    master: &MasterKey,
    identities: &[Identity],
) -> Result<Verified, BackupError> {
    look_through(backups, manifest, master, identities, &mut Everything).await
}

/// Looks at the parts of a choice.
pub(crate) async fn look_through(
    backups: &Backups,
    manifest: &Manifest,
    master: &MasterKey,
    identities: &[Identity],
    choice: &mut impl Choice,
) -> Result<Verified, BackupError> {
    manifest.check_schema()?;
    let keys = Keys::of(master);
    let mut verified = Verified::default();
    for part in &manifest.parts {
        if !choice.wants_part(part) {
            continue;
        }
        verified.parts += 1;
        match look_into(backups, manifest, &keys, part, identities).await {
            Err(BackupError::Wrong(_, Wrong::Locked)) => verified.locked += 1,
            Err(error) => return Err(error),
            Ok((shape, rows)) => {
                verified.rows += part.rows;
                for row in rows.iter().filter(|row| choice.wants(&shape, row)) {
                    if let Some(which) = sealed::unopened(master, &shape, row) {
                        return Err(BackupError::MasterKey(which.to_string()));
                    }
                    verified.keys += usize::from(sealed::find(&shape, row).is_some());
                }
            }
        }
    }
    Ok(verified)
}

async fn look_into(
    backups: &Backups,
    manifest: &Manifest,
    keys: &Keys,
    part: &Part,
    identities: &[Identity],
) -> Result<(Shape, Vec<Row>), BackupError> {
    let plain = part::open(backups, part, identities).await?;
    if !keys.is_content(&part.content, &manifest.recipients, &plain) {
        return Err(BackupError::Damaged(backups.part_place(part), "holds something else than it should"));
    }
    part::rows(backups, part, &plain)
}
