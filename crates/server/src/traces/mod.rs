//! Traces of requests for a collector of OpenTelemetry, where the server is built with the feature `otlp`
//! (docs/decisions/0068-traces-behind-a-feature.md).
//!
//! The spans are those of `tracing`: one for each request, which the lines of its log have too, and below it those whose target
//! is [`SPANS`](poolhouse_ports::SPANS). Nobody makes the latter unless there is a collector.
//!
//! | file | subject |
//! |---|---|
//! | `otlp` | traces, as a layer of `tracing` |
//! | `exporter` | the way to the collector, and what is told |
//! | `queue` | spans that wait for it |
//! | `none` | the same without the feature |

#[cfg(feature = "otlp")]
mod exporter;
#[cfg(not(feature = "otlp"))]
mod none;
#[cfg(feature = "otlp")]
mod otlp;
#[cfg(feature = "otlp")]
mod queue;

#[cfg(not(feature = "otlp"))]
pub(crate) use none::{Traces, set_outcome};
#[cfg(feature = "otlp")]
pub(crate) use otlp::{Traces, set_outcome};

#[cfg(test)]
mod tests;
