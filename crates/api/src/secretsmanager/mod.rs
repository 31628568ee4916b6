//! Secrets Manager: by what applications read the secrets of their app clients (docs/cognito/new-operations.md §17.1).

mod secrets;

use poolhouse_core::Cx;
use poolhouse_kernel::Fault;
use poolhouse_wire::secretsmanager::Operation;
use serde_json::Value;

use crate::dispatch::dispatch;

dispatch! {
    missing {}
    secrets {
        DescribeSecret => describe_secret,
        GetSecretValue => get_secret_value,
    }
}
