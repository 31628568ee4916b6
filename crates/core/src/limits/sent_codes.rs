//! How often one user may be sent a code to sign in with. A code costs money, and disturbs whom it reaches: as a first
//! factor anybody can ask for it who knows a name.
//!
//! AWS tells no number. The operations that sign in do not declare LimitExceededException, so that the answer
//! is the exception for rates, with the text for attempts (protocol §9; ours).

use poolhouse_kernel::Fault;
use poolhouse_kernel::limits::Kind;
use poolhouse_ports::Sub;
use poolhouse_store::Tx;
use poolhouse_wire::ErrorCode;

use crate::Cx;
use crate::limits::hourly::{self, Limit};
use crate::model::Pool;

/// What the code is for. Each has a count of its own: who only knows a name cannot use up what the owner needs after
/// the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    First,
    Second,
}

/// Counts a code that is sent to `sub`, or would be if there were such a user; the caller commits.
///
/// # Errors
/// `TooManyRequestsException` when the limit is reached already.
pub(crate) async fn count(tx: &mut Tx, cx: &Cx, pool: &Pool, sub: &Sub, stage: Stage) -> Result<(), Fault> {
    let limiter = cx.engine().limiter();
    let most = i64::from(limiter.limits().sign_in_codes);
    if most == 0 {
        return Ok(());
    }
    let action = match stage {
        Stage::First => "first_factor_code",
        Stage::Second => "second_factor_code",
    };
    hourly::count(tx, cx, &pool.id, sub, Limit { action, most }).await.map_err(|fault| {
        if fault.code() != ErrorCode::LimitExceededException {
            return fault;
        }
        limiter.count_refused(Kind::SignInCode);
        let text = fault.message().unwrap_or_default().to_owned();
        Fault::new(ErrorCode::TooManyRequestsException, text)
    })
}
