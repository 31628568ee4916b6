//! For tests that throw bytes at what strangers reach first.

use axum::http::Uri;

use crate::forward_auth::Demand;

/// Whether a query of forward-auth is understood.
pub fn is_demand(uri: &Uri) -> bool {
    Demand::read(uri).is_ok()
}
