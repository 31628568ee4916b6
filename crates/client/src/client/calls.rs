//! How the SDK makes this client's calls: how long they may take, which are repeated, and whose clock is right.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_cognitoidentityprovider::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_cognitoidentityprovider::config::retry::{ClassifyRetry, RetryAction};
use aws_sdk_cognitoidentityprovider::config::timeout::TimeoutConfig;
use aws_sdk_cognitoidentityprovider::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_cognitoidentityprovider::error::BoxError;
use aws_sdk_cognitoidentityprovider::primitives::{DateTime, DateTimeFormat};
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use serde::Deserialize;

/// How long a call may take in all, if neither the program nor its configuration says so.
pub(super) const CALL: Duration = Duration::from_secs(45);

/// Attempts of a call, by the SDK's standard.
const ATTEMPTS: u32 = 3;

/// A clock that is nearer to the service's than this is believed.
const TOLERANCE: u64 = 60;

/// Time limits for a configuration: `wanted` if the program says so, its own if it has any, else [`CALL`]. Without one
/// an answer that gets lost is waited for for ever.
pub(super) fn time_limits(config: Option<&TimeoutConfig>, wanted: Option<Duration>) -> TimeoutConfig {
    let mut limits = config.cloned().unwrap_or_else(|| TimeoutConfig::builder().build());
    if let Some(time) = wanted {
        return limits
            .into_builder()
            .operation_timeout(time)
            .operation_attempt_timeout(time / ATTEMPTS)
            .build();
    }
    if limits.operation_timeout().is_none() && limits.operation_attempt_timeout().is_none() {
        // What was disabled on purpose stays so.
        let ours =
            TimeoutConfig::builder().operation_timeout(CALL).operation_attempt_timeout(CALL / ATTEMPTS);
        limits.take_defaults_from(&ours.build());
    }
    limits
}

/// Keeps the SDK from repeating what is limited by the hour: it takes Cognito's LimitExceededException for throttling.
#[derive(Debug)]
pub(super) struct NoRepetition;

impl ClassifyRetry for NoRepetition {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        match context.response().and_then(code) {
            Some(code) if code == "LimitExceededException" => RetryAction::RetryForbidden,
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "NoRepetition"
    }
}

/// The code of a refusal, of whatever operation.
fn code(answer: &HttpResponse) -> Option<String> {
    /// The member of the body that holds it (protocol §5).
    #[derive(Deserialize)]
    struct Refusal {
        #[serde(rename = "__type")]
        code: String,
    }
    if answer.status().is_success() {
        return None;
    }
    let refusal: Refusal = serde_json::from_slice(answer.body().bytes()?).ok()?;
    // A namespace may stand before it.
    refusal.code.rsplit('#').next().map(str::to_owned)
}

/// How far the service's clock is from this machine's, by the `Date` of its last answer.
#[derive(Clone, Debug, Default)]
pub(super) struct ServiceClock(Arc<AtomicI64>);

impl ServiceClock {
    /// A time of this machine's clock, by the service's.
    pub(super) fn by_service(&self, time: SystemTime) -> SystemTime {
        let ahead = self.0.load(Ordering::Relaxed);
        let difference = Duration::from_secs(ahead.unsigned_abs());
        if difference.as_secs() < TOLERANCE {
            return time;
        }
        let moved = if ahead > 0 { time.checked_add(difference) } else { time.checked_sub(difference) };
        moved.unwrap_or(time)
    }
}

impl Intercept for ServiceClock {
    fn name(&self) -> &'static str {
        "ServiceClock"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        components: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date");
        let service = date.and_then(|date| DateTime::from_str(date, DateTimeFormat::HttpDate).ok());
        if let (Some(service), Some(time)) = (service, components.time_source()) {
            let here = time.now().duration_since(UNIX_EPOCH).unwrap_or_default();
            let here = i64::try_from(here.as_secs()).unwrap_or(i64::MAX);
            self.0.store(service.secs().saturating_sub(here), Ordering::Relaxed);
        }
        Ok(())
    }
}
