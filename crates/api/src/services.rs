//! The services: which one answers.

use poolhouse_core::Cx;
use poolhouse_kernel::Fault;
use poolhouse_wire::{CheckError, ErrorCode, Operation, Protocol, check, query};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::decision::Guard;
use crate::{iam, identity_pools, kms, secretsmanager, sts, user_pools};

/// Checks an input against the service's model, asks whether the caller may do it, and runs the operation.
pub(crate) async fn answer(
    cx: &mut Cx,
    guard: &Guard,
    operation: Operation,
    input: &mut Value,
) -> Result<Vec<u8>, Fault> {
    check(operation.facts().input, input).map_err(|error| refused(operation, error))?;
    guard.admit(cx, operation, input).await?;
    match operation {
        Operation::Iam(operation) => iam::run(cx, operation, input).await,
        Operation::IdentityPools(operation) => identity_pools::run(cx, operation, input).await,
        Operation::Kms(operation) => kms::run(cx, operation, input).await,
        Operation::Secretsmanager(operation) => secretsmanager::run(cx, operation, input).await,
        Operation::Sts(operation) => sts::run(cx, operation, input).await,
        Operation::UserPools(operation) => {
            user_pools::admit(cx, operation, input).await?;
            user_pools::run(cx, operation, input).await
        }
    }
}

/// The fault for an input that is not what the model says.
pub(crate) fn refused(operation: Operation, error: CheckError) -> Fault {
    match error {
        CheckError::Serialization(Some(message)) => Fault::new(ErrorCode::SerializationException, message),
        CheckError::Serialization(None) => Fault::bare(ErrorCode::SerializationException),
        CheckError::Violations(message) => Fault::new(operation.service().violation, message),
    }
}

/// The body of a success in the protocol of its service; handlers answer in JSON.
pub(crate) fn written(operation: Operation, body: Vec<u8>, request_id: Uuid) -> Result<Vec<u8>, Fault> {
    match operation.service().protocol {
        Protocol::Json { .. } => Ok(body),
        Protocol::Query { namespace, .. } => {
            let id = request_id.to_string();
            Ok(query::success(namespace, operation.facts(), &output(&body)?, &id).into_bytes())
        }
    }
}

/// What a handler answered; an answer without a body is null.
pub(crate) fn output(body: &[u8]) -> Result<Value, Fault> {
    if body.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(body).map_err(Fault::internal) }
}

/// A body that is not JSON has no message in its answer (protocol §3.1, recorded); no body is `{}`.
pub(crate) fn parse(body: &[u8]) -> Result<Value, Fault> {
    if body.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    serde_json::from_slice(body).map_err(|_| Fault::bare(ErrorCode::SerializationException))
}
