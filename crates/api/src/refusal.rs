//! Why a request is refused, and what the log is told of it.

use axum::http::StatusCode;
use poolhouse_kernel::Fault;
use poolhouse_wire::ErrorCode;
use poolhouse_wire::query::Form;

/// The longest action and version that an answer repeats, in bytes.
const LONGEST_NAMES: usize = 128;

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

/// No operation that is served, though a form names one. A name that could be none is not repeated.
pub(crate) fn unknown_action(form: &Form) -> Fault {
    match (form.action(), form.version()) {
        (Some(action), Some(version)) if action.len() + version.len() <= LONGEST_NAMES => {
            // The text is inferred from AWS's answers of other services (identity-pools-and-iam §8).
            let text = format!("Could not find operation {action} for version {version}");
            Fault::new(ErrorCode::UnknownOperationException, text)
        }
        _ => unknown_operation(),
    }
}
