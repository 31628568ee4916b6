//! The Query protocol: a request is a form, an answer XML (docs/cognito/identity-pools-and-iam.md §8, §10.4).
//!
//! Both are read and written along the table of shapes, from and to the JSON value that a service of AWS JSON would have,
//! so that the checker and the handlers know no difference.

mod form;
mod input;
mod xml;

pub use form::{Form, Malformed};
pub use xml::{Failure, failure, success};
