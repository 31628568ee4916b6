//! Software tokens: apps that make time-based codes (docs/cognito/authentication.md §11.6, §13.2).
//!
//! The secret is kept sealed in the user's row, with the step of the last code that was accepted: a code is
//! good once, and none of an earlier step is good after it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use poolhouse_crypto::totp;
use poolhouse_kernel::Fault;
use poolhouse_kernel::sealing::DataKeys;
use poolhouse_ports::Sub;
use poolhouse_wire::ErrorCode;
use zeroize::Zeroizing;

use crate::Cx;
use crate::model::Pool;
use crate::model::factors::{Factor, Mfa, SoftwareToken};

/// AWS's secrets are as long (authentication §13.2, observed).
const SECRET_BYTES: usize = 32;

/// How many steps of 30 seconds a clock may be off (authentication §13.2, documented).
const WINDOW: u64 = 1;

/// What is to be said of a code.
pub(crate) enum Verdict {
    /// It is right; the token as it is to be stored, so that the code is not taken again.
    Right(SoftwareToken),
    /// It was right once, or is older than one that was.
    Used,
    /// It is none of the token's.
    Wrong,
}

/// Judges the code by the clock outside: the user's app knows no other.
pub(crate) fn judge(
    cx: &Cx,
    pool: &Pool,
    sub: &Sub,
    token: &SoftwareToken,
    code: &str,
) -> Result<Verdict, Fault> {
    Ok(match step_of(cx, pool, sub, &token.secret, code)? {
        None => Verdict::Wrong,
        Some(step) if step <= token.last_step => Verdict::Used,
        Some(step) => Verdict::Right(SoftwareToken { last_step: step, ..token.clone() }),
    })
}

/// A new secret: sealed, to be kept, and as text, to be shown to the user.
pub(crate) fn draw(cx: &Cx, pool: &Pool, sub: &Sub) -> (String, String) {
    let secret = cx.entropy().bytes::<SECRET_BYTES>();
    (STANDARD_NO_PAD.encode(pool.keys.seal(&place(sub), &secret)), totp::secret_text(&secret))
}

/// The token of a sealed secret, registered by its first code, which is spent by it (authentication §11.6,
/// recorded); `None` when the code is wrong.
pub(crate) fn register(
    cx: &Cx,
    pool: &Pool,
    sub: &Sub,
    sealed: &str,
    code: &str,
    name: Option<&str>,
) -> Result<Option<SoftwareToken>, Fault> {
    let step = step_of(cx, pool, sub, sealed, code)?;
    Ok(step.map(|last_step| SoftwareToken {
        secret: sealed.to_owned(),
        // pycognito sends an empty one (pycognito E21)
        name: name.filter(|name| !name.is_empty()).map(ToOwned::to_owned),
        last_step,
    }))
}

/// Refuses where the pool has software tokens off (authentication §13.2, observed).
///
/// # Errors
/// `SoftwareTokenMFANotFoundException`.
pub(crate) fn check_offered(pool: &Pool) -> Result<(), Fault> {
    if pool.offers_factor(Factor::SoftwareToken) {
        return Ok(());
    }
    Err(Fault::new(
        ErrorCode::SoftwareTokenMFANotFoundException,
        "Software Token MFA has not been enabled by the userPool",
    ))
}

/// A first code that does not fit (authentication §13.2; the text is open).
pub(crate) fn code_mismatch() -> Fault {
    Fault::new(ErrorCode::EnableSoftwareTokenMFAException, "Code mismatch")
}

/// A first code without a secret (authentication §13.2, open).
pub(crate) fn not_associated() -> Fault {
    Fault::invalid_parameter("User has not called AssociateSoftwareToken.")
}

/// Spends all codes until now: none that was used can be used again, whichever step the record knows of.
pub(crate) fn spend_codes(cx: &Cx, token: &mut SoftwareToken) {
    token.last_step = token.last_step.max(totp::step_at(cx.outside_now().seconds()));
}

/// Seals the secret of a token for another pool; one whose first code was not given yet is left behind.
pub(crate) fn move_to(from: &DataKeys, to: &DataKeys, sub: &Sub, mfa: &mut Mfa) -> Result<(), Fault> {
    mfa.pending_token = None;
    if let Some(token) = &mut mfa.token {
        let sealed = STANDARD_NO_PAD.decode(&token.secret).map_err(Fault::internal)?;
        let secret = Zeroizing::new(from.open(&place(sub), &sealed)?);
        token.secret = STANDARD_NO_PAD.encode(to.seal(&place(sub), &secret));
    }
    Ok(())
}

fn step_of(cx: &Cx, pool: &Pool, sub: &Sub, sealed: &str, code: &str) -> Result<Option<u64>, Fault> {
    let sealed = STANDARD_NO_PAD.decode(sealed).map_err(Fault::internal)?;
    let secret = pool.keys.open(&place(sub), &sealed)?;
    Ok(totp::matching_step(&secret, code, cx.outside_now().seconds(), WINDOW))
}

fn place(sub: &Sub) -> String {
    format!("software_token/{sub}")
}
