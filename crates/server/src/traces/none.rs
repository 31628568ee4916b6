//! A server that was built without traces has none.

use std::fmt;

use axum::Router;
use prometheus_client::collector::Collector;

use crate::config::TracesOptions;
use crate::exit::Failure;
use crate::logging::Beside;

/// No traces.
pub(crate) struct Traces;

/// Says nothing to nobody.
pub(crate) fn set_outcome(_: &dyn fmt::Display) {}

impl Traces {
    /// Begins nothing: the options have been refused by now, if they ask for it.
    pub(crate) fn start(_: &TracesOptions) -> Result<(Self, Option<Beside>), Failure> {
        Ok((Self, None))
    }

    pub(crate) fn figures(&self) -> Option<Box<dyn Collector>> {
        None
    }

    pub(crate) fn follow(&self, router: Router) -> Router {
        router
    }

    pub(crate) async fn end(self) {}
}
