//! A device at sign-in: whether it is known, what it counts for, and its proof
//! (docs/cognito/authentication.md §12.3, §12.4).

use poolhouse_crypto::srp::{Identity, Verifier};
use poolhouse_kernel::Fault;
use poolhouse_ports::{Sub, Timestamp};
use poolhouse_store::tables::devices::{self as table, Device};
use poolhouse_store::tables::spent;
use poolhouse_store::{StoreError, Tx};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{forgotten, group_key, not_found, place, tracking};
use crate::Cx;
use crate::model::Pool;

/// The longest device key of the service model.
const LONGEST_KEY: usize = 55;

/// A confirmed device of the user who signs in.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    row: Device,
}

/// What a device counts for in a sign-in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Part {
    /// Nothing: there is none, it is not remembered, or it has no verifier.
    #[default]
    None,
    /// It proves itself after the second factor.
    AfterSecondFactor,
    /// It proves itself in place of a second factor.
    InsteadOfSecondFactor,
}

/// The device that a request names (`given`), else the one that an earlier step of the sign-in `carried`.
/// Where the pool tracks no devices there is none.
///
/// # Errors
/// `ResourceNotFoundException` when the user has no such device: at the request that carries the key, so that
/// clients repeat that one without it (authentication §1.2, observed).
pub(crate) async fn named(
    cx: &Cx,
    pool: &Pool,
    sub: &Sub,
    given: Option<&str>,
    carried: Option<&str>,
) -> Result<Option<Known>, Fault> {
    let Some(device_key) = given.or(carried).filter(|_| tracking(pool).is_some()) else { return Ok(None) };
    let row = if device_key.len() <= LONGEST_KEY {
        table::get(&mut cx.read().await?, &pool.id, sub, device_key).await?
    } else {
        None
    };
    match row {
        None if given.is_some() => Err(not_found()),
        row => Ok(row.map(|row| Known { row })),
    }
}

/// A key that a later step may come back to, if it can be one.
pub(crate) fn worth_carrying(device_key: Option<&str>) -> Option<String> {
    device_key.filter(|key| key.len() <= LONGEST_KEY).map(str::to_owned)
}

impl Known {
    pub(crate) fn key(&self) -> &str {
        &self.row.device_key
    }

    /// What it counts for by the pool's settings as they are.
    pub(crate) fn part(&self, pool: &Pool) -> Part {
        match tracking(pool) {
            Some(tracking) if self.row.remembered && self.row.verifier.is_some() => {
                if tracking.challenge_required_on_new_device == Some(true) {
                    Part::InsteadOfSecondFactor
                } else {
                    Part::AfterSecondFactor
                }
            }
            _ => Part::None,
        }
    }

    /// The text that stands before the device's password in SRP's hashes.
    pub(crate) fn identity(&self, pool: &Pool) -> Identity {
        Identity::device(&group_key(pool, self.key()), self.key())
    }

    /// What its password is held against.
    pub(crate) fn verifier(&self, pool: &Pool) -> Result<Verifier, Fault> {
        let sealed =
            self.row.verifier.as_ref().ok_or_else(|| Fault::internal("a device without a verifier"))?;
        let bytes = pool.keys.open(&place(&self.row.sub, self.key()), sealed)?;
        Verifier::from_bytes(&bytes).map_err(Fault::internal)
    }

    /// Seals the state of a sign-in that waits for the device's proof, for [`Known::wait`].
    pub(crate) fn seal_waiting(&self, pool: &Pool, state: &impl Serialize) -> Result<Vec<u8>, Fault> {
        let plain = serde_json::to_vec(state).map_err(Fault::internal)?;
        Ok(pool.keys.seal(&self.waiting_place(), &plain))
    }

    /// Keeps what [`Known::seal_waiting`] sealed, for clients that send no session; the caller commits.
    pub(crate) async fn wait(&self, tx: &mut Tx, sealed: &[u8]) -> Result<(), Fault> {
        let Device { pool_id, sub, device_key, .. } = &self.row;
        if table::set_waiting(tx, pool_id, sub, device_key, sealed).await? {
            Ok(())
        } else {
            Err(StoreError::Retry.into())
        }
    }

    /// The sign-in that waits for the device's proof.
    pub(crate) fn waiting<T: DeserializeOwned>(&self, pool: &Pool) -> Result<Option<T>, Fault> {
        let Some(sealed) = &self.row.waiting else { return Ok(None) };
        let plain = pool.keys.open(&self.waiting_place(), sealed)?;
        serde_json::from_slice(&plain).map(Some).map_err(Fault::internal)
    }

    fn waiting_place(&self) -> String {
        format!("{}/waiting", place(&self.row.sub, self.key()))
    }

    /// Notes a sign-in with the device, `proven` or not; the caller commits.
    ///
    /// # Errors
    /// Asks for a repeat when the device was forgotten, or is no longer remembered as it was.
    pub(crate) async fn signed_in(&self, tx: &mut Tx, proven: bool, now: Timestamp) -> Result<(), Fault> {
        let Device { pool_id, sub, device_key, .. } = &self.row;
        let stored = table::get(tx, pool_id, sub, device_key).await?;
        if stored.is_none_or(|stored| stored.remembered != self.row.remembered) {
            return Err(StoreError::Retry.into());
        }
        if proven {
            // Whole seconds (authentication §12.5, observed).
            let now = Timestamp::from_seconds(now.seconds());
            table::set_authenticated(tx, pool_id, sub, device_key, now).await?;
        }
        Ok(())
    }
}

/// Whether a refresh token that was issued to the user `sub` with the device `issued` may be used by a client
/// that names the device `given`: the same one, once it is confirmed and as long as it is not forgotten,
/// remembered or not (tokens §9.2, documented). A token that was issued with none needs none.
///
/// Where the pool tracks no devices any more, a name is ignored (recorded); what was forgotten stays so (open).
pub(crate) async fn may_refresh(
    tx: &mut Tx,
    pool: &Pool,
    sub: &Sub,
    issued: Option<&str>,
    given: Option<&str>,
) -> Result<bool, Fault> {
    let Some(issued) = issued else { return Ok(true) };
    if tracking(pool).is_none() {
        return Ok(!spent::contains(tx, &pool.id, &forgotten(issued)).await?);
    }
    Ok(given == Some(issued) && table::get(tx, &pool.id, sub, issued).await?.is_some())
}
