//! Why a request is refused: with which status, and what the log is told of it.

use axum::http::StatusCode;
use poolhouse_kernel::Fault;
use poolhouse_wire::{ErrorCode, Operation, user_pools};

/// A fault, and the HTTP status where it is not the one of the fault's code.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) fault: Fault,
    pub(crate) status: Option<StatusCode>,
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self { fault, status: None }
    }
}

/// Nothing that is served.
pub(crate) fn unknown_operation() -> Fault {
    Fault::bare(ErrorCode::UnknownOperationException)
}

/// The status of a fault's code, at the service of the operation. What is for none, as pages are, is of user pools.
pub(crate) fn status_of(operation: Option<Operation>, fault: &Fault) -> StatusCode {
    let service = operation.map_or(&user_pools::SERVICE, Operation::service);
    StatusCode::from_u16(service.status(fault.code())).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Faults of the caller are everyday; faults of ours are for the operator to see, with their cause.
pub(crate) fn log(fault: &Fault) {
    if fault.code().is_failure() {
        tracing::error!(
            code = fault.code().as_str(),
            cause = fault.cause().map(tracing::field::display),
            "internal failure"
        );
    } else {
        tracing::debug!(code = fault.code().as_str(), "refused");
    }
}
