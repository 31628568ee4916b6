//! IAM policy documents and their evaluation: a request in, allow or deny with its reason out.
//!
//! A document is read once, into a [`Policy`] or a [`TrustPolicy`], which are ready to be asked: nothing is parsed, and
//! next to nothing allocated, while a request is judged. The crate is pure: whoever calls it stores the documents' text,
//! says what a caller has ([`Policies`]) and what is asked ([`Request`], [`Context`]), and gets a [`Decision`].
//!
//! ```
//! # use std::sync::Arc;
//! # use poolhouse_policy::{Context, Policies, Policy, Request};
//! let text = r#"{"Version": "2012-10-17", "Statement": {
//!     "Effect": "Allow", "Action": "cognito-idp:List*", "Resource": "*"
//! }}"#;
//! let policies = [Arc::new(Policy::parse(text)?)];
//! let context = Context::new().with("aws:username", "alice");
//! let request = Request::new("cognito-idp:ListGroups", "arn:aws:cognito-idp:r:1:userpool/r_1", &context);
//! assert!(Policies::of(&policies).decide(&request).is_allowed());
//! # Ok::<(), poolhouse_policy::Malformed>(())
//! ```
//!
//! | file | subject |
//! |---|---|
//! | `json` | a document as it is written |
//! | `malformed` | why one is refused, in AWS's words |
//! | `policy` | statements, ready to be asked |
//! | `trust` | who may assume a role, and what AWS demands of such a document |
//! | `pattern` | wildcards and variables |
//! | `arn` | ARNs, part by part |
//! | `condition` | the operators of conditions, and the forms of what they compare |
//! | `context` | what is asked, and what is known about it |
//! | `decision` | the order of the layers, and AWS's words for the outcome |
//! | `renamed` | whom a trust policy names, as it is written |
//! | `written` | where statements stand in a document, and how it spells its keys |

mod arn;
mod condition;
mod context;
mod decision;
mod json;
mod malformed;
mod pattern;
mod policy;
mod renamed;
mod trust;
mod written;

pub use context::{Context, Request};
pub use decision::{Decision, Ground, Layer, Policies};
pub use malformed::Malformed;
pub use policy::{LONGEST_DOCUMENT, Policy, Version};
pub use renamed::{named_principals, with_principals};
pub use trust::{Principal, TrustPolicy};
pub use written::{Position, context_keys, positions};
