//! The password of an imported user, as another system hashed it (docs/cognito/new-operations.md §14), or of a user of
//! another pool.
//!
//! It is looked at when somebody gives the password in clear; once it was right, the password's verifier takes its
//! place. Until then there is none, and SRP fails as it does for a user without a password.

use std::num::NonZero;
use std::thread;
use std::time::Duration;

use poolhouse_crypto::foreign_hash::{ForeignHash, NoHash, Scheme};
use poolhouse_crypto::srp::{Identity, pool_name};
use poolhouse_kernel::Fault;
use poolhouse_kernel::sealing::DataKeys;
use poolhouse_ports::{PoolId, Sub, Username};
use poolhouse_wire::ErrorCode;

use super::password::PasswordSource;
use super::verifier;
use crate::Cx;
use crate::directory::record;
use crate::model::{Pool, User};
use crate::state::HASH_MEBIBYTES;

/// How long a look waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// Gives a new user the password of which there is only the hash.
///
/// # Errors
/// Why it is none that could be looked at.
pub(crate) fn set(
    cx: &Cx,
    pool: &Pool,
    user: &mut User,
    scheme: Scheme,
    hash: &str,
) -> Result<(), &'static str> {
    let parsed = ForeignHash::parse(hash).map_err(|error| match error {
        NoHash::Malformed => "The password hash is malformed.",
        NoHash::OutOfBounds => "The password hash is beyond the limits of its parameters.",
    })?;
    if parsed.scheme() != scheme {
        return Err("The password hash is not of the job's PasswordHashingAlgorithm.");
    }
    user.row.imported_hash = Some(pool.keys.seal(&place(&user.row.sub), hash.as_bytes()));
    user.row.password_set_at = Some(cx.now);
    user.row.password_version = 1;
    Ok(())
}

/// What becomes of a verifier in another pool: the pool's id is in its hash, so that SRP cannot go on with it, but the
/// password can be looked at.
///
/// # Errors
/// When it is none of the old pool's.
pub(crate) fn of_another_pool(
    (old, from): (&PoolId, &DataKeys),
    to: &DataKeys,
    sub: &Sub,
    username: &Username,
    sealed: &[u8],
) -> Result<Vec<u8>, Fault> {
    let verifier = verifier::first(from, sub, sealed)?;
    let hash = ForeignHash::of_verifier(&Identity::user(pool_name(old), username), &verifier);
    Ok(to.seal(&place(sub), hash.as_bytes()))
}

/// Whether the user has such a password, and whether `password` is it.
pub(crate) async fn matches(
    cx: &Cx,
    pool: &Pool,
    user: &User,
    password: &str,
) -> Result<Option<bool>, Fault> {
    let Some(sealed) = &user.row.imported_hash else { return Ok(None) };
    let text = pool.keys.open_text(&place(&user.row.sub), sealed)?;
    let hash = ForeignHash::parse(&text).map_err(|_| Fault::internal("a stored password hash is none"))?;
    // At most half of the processors look at once: the cryptography of everybody else does not wait behind them.
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    let at_once = u32::try_from(processors / 2).unwrap_or(1).max(1);
    let least = (HASH_MEBIBYTES / at_once).max(1);
    let room = cx.state().hash_memory.acquire_many(hash.mebibytes().clamp(least, HASH_MEBIBYTES));
    let _taken = tokio::time::timeout(PATIENCE, room)
        .await
        .map_err(|_| Fault::new(ErrorCode::TooManyRequestsException, "Rate exceeded"))?
        .map_err(Fault::internal)?;
    let password = password.to_owned();
    cx.traced_crypto("password", move || hash.matches(&password)).await.map(Some)
}

/// Puts the verifier of a password that was right into the place of its hash. To the user, nothing has changed.
///
/// # Errors
/// Asks for a repeat when the user was changed in the meantime.
pub(crate) async fn replace(cx: &Cx, pool: &Pool, user: User, password: &str) -> Result<User, Fault> {
    if user.row.imported_hash.is_none() {
        return Ok(user);
    }
    let made = verifier::prepare(cx, pool, &user, password, PasswordSource::Migration).await?;
    let mut tx = cx.write().await?;
    let mut user = record::reread(&mut tx, pool, &user).await?;
    user.row.verifier = Some(made.sealed().to_vec());
    user.row.imported_hash = None;
    record::touch(&mut tx, &user).await?;
    tx.commit().await?;
    Ok(user)
}

/// What it is sealed for.
pub(crate) fn place(sub: &Sub) -> String {
    format!("imported_hash/{sub}")
}
