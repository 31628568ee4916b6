//! The security token service: who signs, and temporary credentials (docs/cognito/identity-pools-and-iam.md §8).

mod caller;

use poolhouse_core::Cx;
use poolhouse_kernel::Fault;
use poolhouse_wire::sts::Operation;
use serde_json::Value;

use crate::dispatch::dispatch;

dispatch! {
    missing {
        AssumeRole, AssumeRoleWithWebIdentity, DecodeAuthorizationMessage, GetSessionToken,
    }
    caller {
        GetCallerIdentity => get_caller_identity,
    }
}
