//! The services: which one answers.

use poolhouse_core::Cx;
use poolhouse_kernel::Fault;
use poolhouse_wire::{CheckError, ErrorCode, Operation, check};
use serde_json::{Map, Value};

use crate::{kms, user_pools};

/// Checks an input against the service's model and runs the operation.
pub(crate) async fn answer(cx: &mut Cx, operation: Operation, mut input: Value) -> Result<Vec<u8>, Fault> {
    check(operation.facts().input, &mut input).map_err(|error| match error {
        CheckError::Serialization(Some(message)) => Fault::new(ErrorCode::SerializationException, message),
        CheckError::Serialization(None) => Fault::bare(ErrorCode::SerializationException),
        CheckError::Violations(message) => Fault::new(operation.service().violation, message),
    })?;
    match operation {
        Operation::Kms(operation) => kms::run(cx, operation, &input).await,
        Operation::UserPools(operation) => {
            user_pools::admit(cx, operation, &input)?;
            user_pools::run(cx, operation, &input).await
        }
    }
}

/// A body that is not JSON has no message in its answer (protocol §3.1, recorded); no body is `{}`.
pub(crate) fn parse(body: &[u8]) -> Result<Value, Fault> {
    if body.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    serde_json::from_slice(body).map_err(|_| Fault::bare(ErrorCode::SerializationException))
}
