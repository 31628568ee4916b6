//! Signing a user out everywhere ends a generation of tokens (docs/decisions/0017-generations.md).
//!
//! A JWT has no claim for it, and its times are whole seconds. So the `jti` carries it: one half of that is random,
//! the other a keyed hash of the first, the user and the generation. Refresh tokens are sealed and simply say it.

use poolhouse_kernel::Fault;
use poolhouse_store::Tx;
use poolhouse_store::tables::sessions;
use uuid::{Builder, Uuid};

use crate::Cx;
use crate::directory::record;
use crate::model::{Pool, User};
use crate::pools::own_tags;
use crate::sessions::browser;

/// The `jti` of a token that is issued to the user now.
pub(crate) fn jti(cx: &Cx, pool: &Pool, user: &User) -> String {
    stamped(pool, user, cx.entropy().bytes()).to_string()
}

/// Whether the token with this `jti` is of the user's present generation.
pub(crate) fn is_present(pool: &Pool, user: &User, jti: &str) -> bool {
    let jti = Uuid::parse_str(jti).unwrap_or_default();
    jti.as_bytes().first_chunk().is_some_and(|half| stamped(pool, user, *half) == jti)
}

/// Ends the user's present generation, and with it all that is known of its sign-ins; the caller commits.
pub(crate) async fn end(tx: &mut Tx, cx: &Cx, user: &mut User) -> Result<(), Fault> {
    count_up(user);
    record::touch(tx, user).await?;
    forget_sign_ins(tx, cx, user).await
}

/// As [`end`], where a password was set by who did not need the old one and the pool wants it so.
pub(crate) async fn end_at_reset(tx: &mut Tx, cx: &Cx, pool: &Pool, user: &mut User) -> Result<(), Fault> {
    if own_tags::signs_out_on_reset(pool) {
        end(tx, cx, user).await?;
        browser::end_of_user(tx, user).await?;
    }
    Ok(())
}

/// Begins the next generation in the record; the caller stores it and calls [`forget_sign_ins`].
pub(crate) fn count_up(user: &mut User) {
    user.row.sign_outs += 1;
}

/// Ends what is known of the user's sign-ins; the caller commits.
pub(crate) async fn forget_sign_ins(tx: &mut Tx, cx: &Cx, user: &User) -> Result<(), Fault> {
    sessions::revoke_of_user(tx, &user.row.pool_id, &user.row.sub, cx.now).await?;
    Ok(())
}

/// A UUID of version 4 with this first half, but for the version in it.
fn stamped(pool: &Pool, user: &User, half: [u8; 8]) -> Uuid {
    let [a, b, c, d, e, f, g, h] = half;
    let half = [a, b, c, d, e, f, g & 0x0f | 0x40, h];
    let hashed = format!("{:016x}/{}/{}", u64::from_be_bytes(half), user.row.sub, user.row.sign_outs);
    let hash = pool.keys.hash("generation", &hashed);
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(half.iter().chain(&hash)) {
        *to = *from;
    }
    Builder::from_random_bytes(bytes).into_uuid()
}
