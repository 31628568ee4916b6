//! What is kept instead of a password: salt and SRP verifier, sealed (docs/cognito/authentication.md §8.5).
//!
//! A password is bound to a name that the client is told in the exchange. Where clients that hide who exists must tell
//! another one than the user name ([`hiding_name`]), there is a second verifier for that one, under the same salt.
//!
//! A verifier that was stolen is as weak as a fast hash of its password, hence the sealing. Making or
//! checking one costs a power of the generator and runs beside the async threads.

use poolhouse_crypto::srp::{SALT_BYTES, Verifier};
use poolhouse_kernel::Fault;
use poolhouse_kernel::sealing::DataKeys;
use poolhouse_ports::{Sub, Timestamp};
use poolhouse_store::StoreError;
use poolhouse_wire::ErrorCode;
use zeroize::Zeroizing;

use super::password::{self, PasswordSource};
use crate::Cx;
use crate::model::user::hiding_name;
use crate::model::{Pool, User};

/// The verifier of the user's password; `None` for a user without one.
pub(crate) fn open(pool: &Pool, user: &User) -> Result<Option<Verifier>, Fault> {
    Ok(open_all(pool, user)?.into_iter().next())
}

/// The name that a client which hides who exists tells of the user, and the verifier that goes with it. A password that
/// was set before there was a second verifier has the user name alone.
pub(crate) fn open_hiding(pool: &Pool, user: &User) -> Result<(String, Option<Verifier>), Fault> {
    let (name, hiding) = (&user.row.username, hiding_name(pool, &user.row));
    let mut verifiers = open_all(pool, user)?.into_iter();
    let first = verifiers.next();
    Ok(match verifiers.next() {
        Some(second) => (hiding.to_owned(), Some(second)),
        None if first.is_none() => (hiding.to_owned(), None),
        None => (name.to_string(), first),
    })
}

fn open_all(pool: &Pool, user: &User) -> Result<Vec<Verifier>, Fault> {
    let Some(sealed) = &user.row.verifier else { return Ok(Vec::new()) };
    unseal(&pool.keys, &user.row.sub, sealed)
}

fn unseal(keys: &DataKeys, sub: &Sub, sealed: &[u8]) -> Result<Vec<Verifier>, Fault> {
    let bytes = Zeroizing::new(keys.open(&place(sub), sealed)?);
    bytes.chunks(Verifier::BYTES).map(|one| Verifier::from_bytes(one).map_err(Fault::internal)).collect()
}

/// The verifier of a sealed password that goes with the user name.
pub(super) fn first(keys: &DataKeys, sub: &Sub, sealed: &[u8]) -> Result<Verifier, Fault> {
    unseal(keys, sub, sealed)?
        .into_iter()
        .next()
        .ok_or_else(|| Fault::internal("a password without a verifier"))
}

/// Whether `password` is the user's. A user without a password costs as much time as one with another.
pub(crate) async fn matches(cx: &Cx, pool: &Pool, user: &User, password: &str) -> Result<bool, Fault> {
    let verifier = open(pool, user)?;
    let identity = pool.srp_identity(&user.row.username);
    let password = password.to_owned();
    cx.traced_crypto("password", move || match verifier {
        Some(verifier) => verifier.password_matches(&identity, &password),
        None => {
            let _same_work = Verifier::new(&identity, &password, [0; SALT_BYTES]);
            false
        }
    })
    .await
}

/// A password that was made ready before the transaction that sets it.
#[must_use]
pub(crate) struct NewPassword {
    verifier: Vec<u8>,
    history: Option<Vec<u8>>,
    sub: Sub,
    /// The count of passwords that this one was made for.
    replaces: i64,
}

/// Checks a new password against policy and history and makes its verifier, so that [`NewPassword::set`]
/// has only to write.
///
/// AdminCreateUser declares no error of the history, so it is not held against it.
///
/// # Errors
/// `InvalidPasswordException`, `PasswordHistoryPolicyViolationException`.
pub(crate) async fn prepare(
    cx: &Cx,
    pool: &Pool,
    user: &User,
    password: &str,
    source: PasswordSource,
) -> Result<NewPassword, Fault> {
    password::check(&pool.password_policy(), password, source)?;
    let (earlier, history) = history(pool, user)?;
    let identity = pool.srp_identity(&user.row.username);
    let hiding_name = Some(hiding_name(pool, &user.row)).filter(|name| user.row.username != **name);
    let hiding = hiding_name.map(|name| pool.srp_identity(name));
    let (password, salt) = (password.to_owned(), cx.entropy().bytes());
    let (used_before, verifiers) = cx
        .traced_crypto("password", move || {
            let used_before = earlier.iter().any(|v| v.password_matches(&identity, &password));
            let mut verifiers = Zeroizing::new(Vec::with_capacity(2 * Verifier::BYTES));
            for identity in [Some(identity), hiding].iter().flatten() {
                verifiers.extend_from_slice(&Verifier::new(identity, &password, salt).to_bytes());
            }
            (used_before, verifiers)
        })
        .await?;
    if used_before && source != PasswordSource::AdminCreate {
        // users-and-groups §9: the text is ours.
        return Err(Fault::new(
            ErrorCode::PasswordHistoryPolicyViolationException,
            "Password has previously been used",
        ));
    }
    Ok(NewPassword {
        verifier: pool.keys.seal(&place(&user.row.sub), &verifiers),
        history,
        sub: user.row.sub.clone(),
        replaces: user.row.password_version,
    })
}

/// A password that [`prepare`] made ready in an earlier request: `sealed` is what it was kept as.
pub(crate) fn made_before(pool: &Pool, user: &User, sealed: Vec<u8>) -> Result<NewPassword, Fault> {
    let (_, history) = history(pool, user)?;
    let (sub, replaces) = (user.row.sub.clone(), user.row.password_version);
    Ok(NewPassword { verifier: sealed, history, sub, replaces })
}

impl NewPassword {
    /// What is kept of it.
    pub(crate) fn sealed(&self) -> &[u8] {
        &self.verifier
    }

    /// Gives `user` the password; the caller stores the user.
    ///
    /// # Errors
    /// Asks for a repeat when the user was replaced or got another password in the meantime.
    pub(crate) fn set(self, user: &mut User, now: Timestamp) -> Result<(), Fault> {
        if user.row.sub != self.sub || user.row.password_version != self.replaces {
            return Err(StoreError::Retry.into());
        }
        user.row.verifier = Some(self.verifier);
        user.row.imported_hash = None;
        user.row.password_history = self.history;
        user.row.password_set_at = Some(now);
        user.row.password_version += 1;
        Ok(())
    }
}

/// The passwords that a new one is held against, and what is kept of them once there is one more.
fn history(pool: &Pool, user: &User) -> Result<(Vec<Verifier>, Option<Vec<u8>>), Fault> {
    let size = pool.password_policy().password_history_size;
    let remembered = size.and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    let earlier = earlier(pool, user, remembered)?;
    let history = seal_history(pool, user, earlier.iter().take(remembered.saturating_sub(1)));
    Ok((earlier, history))
}

/// The last `count` passwords, the current one first: it counts as one of them (users-and-groups §9,
/// inferred).
fn earlier(pool: &Pool, user: &User, count: usize) -> Result<Vec<Verifier>, Fault> {
    let mut verifiers = Vec::new();
    if count > 0 {
        verifiers.extend(open(pool, user)?);
        if let Some(sealed) = &user.row.password_history {
            let bytes = pool.keys.open(&history_place(&user.row.sub), sealed)?;
            for one in bytes.chunks(Verifier::BYTES) {
                verifiers.push(Verifier::from_bytes(one).map_err(Fault::internal)?);
            }
        }
        verifiers.truncate(count);
    }
    Ok(verifiers)
}

fn seal_history<'v>(
    pool: &Pool,
    user: &User,
    verifiers: impl Iterator<Item = &'v Verifier>,
) -> Option<Vec<u8>> {
    let bytes: Vec<u8> = verifiers.flat_map(|v| v.to_bytes().to_vec()).collect();
    (!bytes.is_empty()).then(|| pool.keys.seal(&history_place(&user.row.sub), &bytes))
}

fn place(sub: &Sub) -> String {
    format!("verifier/{sub}")
}

fn history_place(sub: &Sub) -> String {
    format!("password_history/{sub}")
}
