//! What is counted of sign-ins, by the flow that each belongs to from its first step on.

use poolhouse_kernel::sign_ins::Flow;
use poolhouse_kernel::{Fault, Kind};
use poolhouse_wire::user_pools::AuthFlowType;

use super::Step;
use super::goal::Goal;
use crate::Cx;

/// The flow that a request begins.
pub(super) fn flow(cx: &Cx, asked: &AuthFlowType) -> Flow {
    use AuthFlowType as Asked;
    match (Goal::of(cx), asked) {
        (Goal::Tokens, Asked::UserPasswordAuth) => Flow::UserPassword,
        (Goal::Tokens, Asked::AdminUserPasswordAuth | Asked::AdminNoSrpAuth) => Flow::AdminUserPassword,
        (Goal::Tokens, Asked::UserSrpAuth) => Flow::UserSrp,
        (Goal::Tokens, Asked::UserAuth) => Flow::UserChoice,
        (Goal::Tokens, Asked::CustomAuth) => Flow::Custom,
        (Goal::Tokens, Asked::RefreshTokenAuth | Asked::RefreshToken) => Flow::RefreshToken,
        (Goal::Login, Asked::UserPasswordAuth) => Flow::PagePassword,
        (Goal::Login, Asked::UserAuth) => Flow::PageChoice,
        (Goal::Login, Asked::CustomAuth) => Flow::PageCustom,
        // Pages begin nothing else, and what is no name of a flow may be anything.
        (Goal::Login, Asked::AdminUserPasswordAuth | Asked::AdminNoSrpAuth | Asked::UserSrpAuth)
        | (Goal::Login, Asked::RefreshTokenAuth | Asked::RefreshToken)
        | (_, Asked::Other(_)) => Flow::Unknown,
    }
}

/// Counts a step that ends a sign-in, or is refused. One that the database wants repeated is not over.
pub(super) async fn counted(cx: &Cx, step: impl Future<Output = Result<Step, Fault>>) -> Result<Step, Fault> {
    let result = step.await;
    let sign_in = cx.sign_in();
    let count = |error| cx.engine().sign_ins().count(sign_in.flow().unwrap_or(Flow::Unknown), error);
    match &result {
        Ok(Step::Challenge { .. }) => {}
        Ok(Step::Tokens(_) | Step::LoggedIn { .. }) => count(None),
        Err(fault) if fault.is_retry() => {}
        Err(fault) => {
            if fault.kind() == Some(Kind::Locked) {
                sign_in.set_locked_out();
            }
            count(Some(fault.code()));
        }
    }
    result
}
