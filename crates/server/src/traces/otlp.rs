//! Spans of `tracing` as spans of OpenTelemetry.

use std::fmt;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{SpanContext, TraceContextExt as _, TraceState, TracerProvider as _};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use poolhouse_ports::SPANS;
use prometheus_client::collector::Collector;
use tokio::task::JoinHandle;
use tracing::level_filters::LevelFilter;
use tracing::{Metadata, Span};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt as _};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::Layer as _;

use super::exporter::Exporter;
use super::queue::{self, Figures, Stop};
use crate::config::TracesOptions;
use crate::exit::Failure;
use crate::logging::Beside;

/// Whether this process traces. To ask the subscriber (`span_enabled!`) would spoil the filter of the line that the log writes
/// next: filters of single layers keep their last word for an event that comes without a question.
static IS_ON: AtomicBool = AtomicBool::new(false);

/// Traces, where the options ask for them.
pub(crate) struct Traces(Option<Running>);

/// Traces under way.
struct Running {
    provider: SdkTracerProvider,
    sending: JoinHandle<()>,
    stop: Stop,
    figures: Figures,
    follows_callers: bool,
}

impl Traces {
    /// Begins to trace as the options say, and gives what listens to spans.
    ///
    /// # Errors
    /// When the collector cannot be called as it is named.
    pub(crate) fn start(options: &TracesOptions) -> Result<(Self, Option<Beside>), Failure> {
        let Some(url) = &options.traces_url else { return Ok((Self(None), None)) };
        let (queue, sending, stop, figures) = queue::start(Exporter::new(url)?);
        IS_ON.store(true, Ordering::Relaxed);
        let one_in = options.traces_one_in.map_or(1, NonZeroU32::get);
        let own = Sampler::TraceIdRatioBased(1.0 / f64::from(one_in));
        let sampler = Sampler::ParentBased(Box::new(own));
        let provider = SdkTracerProvider::builder().with_sampler(sampler).with_span_processor(queue).build();
        let layer = layer(&provider);
        let follows_callers = options.traces_follow_callers;
        Ok((Self(Some(Running { provider, sending, stop, figures, follows_callers })), Some(layer)))
    }

    /// What became of spans so far.
    pub(crate) fn figures(&self) -> Option<Box<dyn Collector>> {
        let running = self.0.as_ref()?;
        Some(Box::new(running.figures.clone()))
    }

    /// The same routes, whose requests belong to the traces that they name, where that is wanted.
    pub(crate) fn follow(&self, router: Router) -> Router {
        match &self.0 {
            Some(Running { follows_callers: true, .. }) => router.layer(from_fn(follow)),
            _ => router,
        }
    }

    /// Ends tracing, once what waits is sent or that takes too long.
    pub(crate) async fn end(self) {
        let Some(Running { provider, sending, stop, .. }) = self.0 else { return };
        // What is still under way is not traced any more.
        let _ = provider.shutdown();
        stop.end(sending).await;
    }
}

/// Says of the request whose span this is how it ended.
pub(crate) fn set_outcome(outcome: &dyn fmt::Display) {
    if IS_ON.load(Ordering::Relaxed) {
        Span::current().set_attribute("outcome", outcome.to_string());
    }
}

/// Listens to the spans of requests and of what is done for them, and to no lines of the log: these may name whom they are
/// about.
fn layer(provider: &SdkTracerProvider) -> Beside {
    let layer = OpenTelemetryLayer::new(provider.tracer("poolhouse"))
        .with_context_activation(false)
        .with_tracked_inactivity(false)
        .with_location(false)
        .with_threads(false);
    layer.with_filter(filter_fn(is_traced).with_max_level_hint(LevelFilter::TRACE)).boxed()
}

fn is_traced(metadata: &Metadata<'_>) -> bool {
    let is_request = metadata.name() == "request" && metadata.target().starts_with("poolhouse_");
    metadata.is_span() && (is_request || metadata.target() == SPANS)
}

/// Answers a request as a part of the trace that its header `traceparent` names (W3C Trace Context).
async fn follow(request: Request, next: Next) -> Response<Body> {
    let found = TraceContextPropagator::new().extract(&HeaderExtractor(request.headers()));
    let caller = found.span().span_context().clone();
    // Without what the caller says beside its trace: that would be in each span.
    let (trace, span, flags) = (caller.trace_id(), caller.span_id(), caller.trace_flags());
    let caller = SpanContext::new(trace, span, flags, caller.is_remote(), TraceState::NONE);
    let context = opentelemetry::Context::new().with_remote_span_context(caller);
    Following { context, answer: Box::pin(next.run(request)) }.await
}

/// A request whose spans belong to somebody else's trace.
struct Following<F> {
    context: opentelemetry::Context,
    answer: Pin<Box<F>>,
}

impl<F: Future> Future for Following<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let _current = self.context.clone().attach();
        self.answer.as_mut().poll(cx)
    }
}
