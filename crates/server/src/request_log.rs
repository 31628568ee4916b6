//! A line for each request, where that is wanted, and who guesses or asks too often, where nothing is.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use poolhouse_api::{Observation, Observer};
use poolhouse_kernel::Kind;
use poolhouse_kernel::limits::network;
use poolhouse_kernel::quiet::Quiet;
use poolhouse_oauth::{Observation as EndpointObservation, Observer as EndpointObserver};
use poolhouse_ports::Clock;
use poolhouse_wire::ErrorCode;

use crate::metrics::Metrics;
use crate::traces::set_outcome;

/// Why somebody is refused.
const LOCK_OUT: &str = "a lock-out";
const LIMIT: &str = "a limit";

/// Writes them. Whoever observes does so inside the span of the request, which says its id, source, pool and client.
pub(crate) struct RequestLog {
    metrics: Metrics,
    clock: Clock,
    /// Whether each request has its line; without, they are for those who look for faults.
    all: bool,
    told: Quiet<IpAddr>,
}

impl RequestLog {
    pub(crate) fn new(metrics: Metrics, clock: Clock, all: bool) -> Arc<Self> {
        Arc::new(Self { metrics, clock, all, told: Quiet::default() })
    }

    /// Counts and tells of each API request.
    pub(crate) fn observer(self: &Arc<Self>) -> Observer {
        let log = Arc::clone(self);
        Arc::new(move |observation: &Observation| {
            log.metrics.observe(observation);
            let Observation { error, kind, source, elapsed, .. } = *observation;
            let (error, elapsed_us) = (error.map(ErrorCode::as_str), micros(elapsed));
            set_outcome(&error.unwrap_or("success"));
            if log.all {
                tracing::info!(error, elapsed_us, "answered");
            } else {
                tracing::debug!(error, elapsed_us, "answered");
            }
            let limited = matches!(
                observation.error,
                Some(ErrorCode::TooManyRequestsException | ErrorCode::LimitExceededException)
            );
            if kind == Some(Kind::Locked) {
                log.warn_of(source, LOCK_OUT);
            } else if limited {
                log.warn_of(source, LIMIT);
            }
        })
    }

    /// Counts and tells of each request beside the API.
    pub(crate) fn endpoint_observer(self: &Arc<Self>) -> EndpointObserver {
        let log = Arc::clone(self);
        Arc::new(move |observation: &EndpointObservation| {
            log.metrics.observe_endpoint(observation);
            let EndpointObservation { status, locked, source, elapsed, .. } = *observation;
            let elapsed_us = micros(elapsed);
            set_outcome(&status.as_u16());
            if log.all {
                tracing::info!(status = status.as_u16(), elapsed_us, "answered");
            } else {
                tracing::debug!(status = status.as_u16(), elapsed_us, "answered");
            }
            if locked {
                log.warn_of(source, LOCK_OUT);
            } else if status == StatusCode::TOO_MANY_REQUESTS {
                log.warn_of(source, LIMIT);
            }
        })
    }

    /// Names a source that was refused, once a minute.
    fn warn_of(&self, source: Option<IpAddr>, reason: &str) {
        let Some(source) = source.map(network) else { return };
        if self.told.is_news(source, self.clock.outside()) {
            tracing::warn!(from = %source, reason, "requests are refused");
        }
    }
}

fn micros(elapsed: Duration) -> u64 {
    u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX)
}
