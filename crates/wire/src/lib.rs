//! What goes over the wire: the operations of Cognito's user pools API, their request, response and
//! value types, their errors, and the checker of requests.
//!
//! Everything that the service model knows is generated (`cargo xtask codegen`) from
//! `model/cognito-idp.json`; what the model does not know lives in the crates above.
//!
//! The path of a request: [`Operation::from_name`], then [`check()`] with [`Operation::input`], then
//! `serde_json::from_value` into the operation's type of [`user_pools`].

mod check;
mod constraints;
mod error_code;
mod open_enum;
mod operation;
mod sensitive;
mod timestamp;

mod generated {
    #[cfg(test)]
    pub(crate) mod decode;
    pub(crate) mod enums;
    pub(crate) mod errors;
    pub(crate) mod operations;
    pub(crate) mod requests;
    pub(crate) mod responses;
    pub(crate) mod table;
    pub(crate) mod values;
}

pub use check::{CheckError, check};
pub use constraints::Structure;
pub use generated::errors::ErrorCode;
pub use generated::operations::Operation;
pub use operation::{Authority, OutputForm};
pub use sensitive::Sensitive;
pub use timestamp::Timestamp;

/// Requests, responses, and the structures and enumerations that they hold, under the model's names.
///
/// Fields are the members in snake case. Required members of requests and values are plain fields;
/// all others are `Option` and left out of the JSON when absent. Members that are not known are
/// ignored when reading.
pub mod user_pools {
    pub use crate::generated::enums::*;
    pub use crate::generated::requests::*;
    pub use crate::generated::responses::*;
    pub use crate::generated::values::*;
}
