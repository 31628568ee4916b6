//! The security token service: who signs, and temporary credentials (docs/cognito/identity-pools-and-iam.md §8).

mod caller;
mod messages;
mod sessions;
mod web_identities;

use poolhouse_core::Cx;
use poolhouse_kernel::Fault;
use poolhouse_wire::sts::Operation;
use serde_json::Value;

use crate::dispatch::dispatch;

dispatch! {
    missing {}
    caller {
        GetCallerIdentity => get_caller_identity,
    }
    messages {
        DecodeAuthorizationMessage => decode_authorization_message,
    }
    sessions {
        AssumeRole => assume_role,
        AssumeRoleWithWebIdentity => assume_role_with_web_identity,
        GetSessionToken => get_session_token,
    }
}
