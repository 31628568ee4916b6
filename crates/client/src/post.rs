//! Requests that the SDK's crate has no words for, sent by the SDK's own machinery: its HTTP client, TLS, proxies and time
//! limits.

use std::error::Error as StdError;
use std::fmt;

use aws_sdk_cognitoidentityprovider::Config;
use aws_sdk_cognitoidentityprovider::config::BehaviorVersion;
use aws_sdk_cognitoidentityprovider::config::retry::{ClassifyRetry, RetryAction, RetryConfig};
use aws_sdk_cognitoidentityprovider::error::{ErrorMetadata, ProvideErrorMetadata};
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::orchestrator::{
    HttpRequest, HttpResponse, OrchestratorError, SensitiveOutput,
};
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;

use crate::error::{ErrorKind, Result};
use crate::secret::Secret;

/// Where requests are posted to.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint(Operation<Post, Secret, Refusal>);

/// How one speaks there.
#[derive(Clone, Copy)]
pub(crate) struct Dialect {
    pub(crate) service: &'static str,
    pub(crate) content_type: &'static str,
    /// The header that names an answer's request.
    pub(crate) request_id: &'static str,
    /// Code and text of a refusal.
    pub(crate) refusal: fn(&str) -> Option<(String, String)>,
    /// Whether requests may be made again that were throttled, that failed, or of which nobody knows what became.
    pub(crate) repeats: bool,
}

#[derive(Debug)]
struct Post {
    path: &'static str,
    /// `X-Amz-Target`
    target: Option<&'static str>,
    body: Secret,
}

/// What was answered instead.
#[derive(Debug)]
struct Refusal(ErrorMetadata);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for Refusal {}

impl ProvideErrorMetadata for Refusal {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

impl Endpoint {
    /// An endpoint that is asked by the means of the SDK's configuration.
    pub(crate) fn new(url: &str, dialect: Dialect, config: &Config) -> Self {
        let mut quiet = Layer::new("quiet");
        quiet.store_put(SensitiveOutput);
        let mut operation = Operation::builder()
            .service_name(dialect.service)
            .operation_name("Post")
            .behavior_version(BehaviorVersion::v2026_01_12())
            .endpoint_url(url)
            .no_auth()
            .runtime_plugin(StaticRuntimePlugin::new().with_config(quiet.freeze()));
        operation = if dialect.repeats {
            let retry = config.retry_config().cloned().unwrap_or_else(RetryConfig::standard);
            let operation = operation.standard_retry(&retry).retry_classifier(Throttled);
            let failed = HttpStatusCodeClassifier::default();
            operation.retry_classifier(failed).retry_classifier(TransientErrorClassifier::<Refusal>::new())
        } else {
            operation.no_retry()
        };
        if let Some(limits) = config.timeout_config() {
            operation = operation.timeout_config(limits.clone());
        }
        if let Some(http) = config.http_client() {
            operation = operation.http_client(http);
        }
        if let Some(sleep) = config.sleep_impl() {
            operation = operation.sleep_impl(sleep);
        }
        if let Some(time) = config.time_source() {
            operation = operation.time_source(time);
        }
        let serialize = move |post: Post| {
            let mut request = HttpRequest::new(SdkBody::from(post.body.expose()));
            request.set_method("POST")?;
            request.set_uri(post.path)?;
            let headers = request.headers_mut();
            headers.insert("content-type", dialect.content_type);
            if let Some(target) = post.target {
                headers.insert("x-amz-target", target);
            }
            Ok(request)
        };
        let operation = operation.serializer(serialize);
        Self(operation.deserializer(move |response| answer(response, dialect)).build())
    }

    /// Posts a body, and returns that of the answer.
    pub(crate) async fn send(
        &self,
        path: &'static str,
        target: Option<&'static str>,
        body: Secret,
    ) -> Result<Secret> {
        Ok(self.0.invoke(Post { path, target, body }).await?)
    }
}

fn answer(response: &HttpResponse, dialect: Dialect) -> Result<Secret, OrchestratorError<Refusal>> {
    let body = response.body().bytes().and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
    if response.status().is_success() {
        return Ok(Secret::new(body));
    }
    let mut refusal = ErrorMetadata::builder();
    if let Some((code, message)) = (dialect.refusal)(body) {
        refusal = refusal.code(code).message(message);
    }
    if let Some(request_id) = response.headers().get(dialect.request_id) {
        refusal = refusal.custom("aws_request_id", request_id);
    }
    Err(OrchestratorError::operation(Refusal(refusal.build())))
}

/// Has what was throttled made again, after a while.
#[derive(Debug)]
struct Throttled;

impl ClassifyRetry for Throttled {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let error = context.output_or_error().and_then(Result::err);
        let refusal = error.and_then(|error| error.as_operation_error()?.downcast_ref::<Refusal>());
        match refusal.and_then(|refusal| refusal.code()) {
            Some(code) if ErrorKind::of(code, "") == ErrorKind::TooManyRequests => {
                RetryAction::throttling_error()
            }
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "Throttled"
    }
}
