//! What the master key seals in rows.

use poolhouse_kernel::sealing::{MasterKey, MasterSealed};
use poolhouse_ports::{Entropy, PoolId};
use poolhouse_store::portable::{Row, Shape};

use crate::BackupError;

/// What is sealed in a row, and in which of its values.
pub(crate) fn find(shape: &Shape, row: &Row) -> Option<(MasterSealed, usize)> {
    let text = |column| row.text(shape.position(column)?);
    match shape.table() {
        "pools" => Some((MasterSealed::Pool(PoolId::from(text("id")?)), shape.position("data_key")?)),
        "settings" if text("name")? == MasterSealed::SETTING => {
            Some((MasterSealed::Installation, shape.position("value")?))
        }
        _ => None,
    }
}

/// What of a row the master key should open and does not.
pub(crate) fn unopened(master: &MasterKey, shape: &Shape, row: &Row) -> Option<MasterSealed> {
    let (which, at) = find(shape, row)?;
    let opens = row.bytes(at).is_some_and(|sealed| master.opens_key(&which, sealed));
    (!opens).then_some(which)
}

/// Seals what the master key of a backup sealed in a row by another one.
pub(crate) fn reseal(
    shape: &Shape,
    row: &mut Row,
    from: &MasterKey,
    to: &MasterKey,
    entropy: &Entropy,
) -> Result<(), BackupError> {
    let Some((which, at)) = find(shape, row) else { return Ok(()) };
    let resealed = row.bytes(at).and_then(|sealed| to.reseal(from, &which, sealed, entropy).ok());
    let resealed = resealed.ok_or_else(|| BackupError::MasterKey(which.to_string()))?;
    row.set_bytes(at, resealed);
    Ok(())
}
