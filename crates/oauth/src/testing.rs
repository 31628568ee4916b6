//! For tests that throw bytes at what strangers reach first.

use axum::http::Uri;

use crate::forward_auth::Demand;
use crate::parameters::{Parameters, query};

pub use crate::visit::LONGEST_FORM;

/// Whether a query of forward-auth is understood.
pub fn is_demand(uri: &Uri) -> bool {
    Demand::read(uri).is_ok()
}

/// The parameters of a query or a form as they were understood, written anew; None where they were not.
pub fn rewritten(text: &[u8]) -> Option<String> {
    Parameters::read(text).ok().map(|parameters| query(parameters.iter()))
}
