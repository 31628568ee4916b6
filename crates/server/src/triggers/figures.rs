//! What became of calls of functions, by the entry of the configuration.

use std::fmt;
use std::time::Instant;

use poolhouse_ports::InvokeError;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};

/// The figures. Clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Figures {
    calls: Family<Outcome, Counter>,
    seconds: Family<Function, Histogram>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Outcome {
    function: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Function {
    function: String,
}

/// From 1 ms to 8 s: a function has five seconds.
impl Default for Figures {
    fn default() -> Self {
        let seconds: Family<Function, Histogram> =
            Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.001, 2.0, 14)));
        Self { calls: Family::default(), seconds }
    }
}

/// A call that is under way. One that is dropped before its end took longer than its caller waited.
pub(super) struct Call {
    figures: Figures,
    function: String,
    began: Instant,
    outcome: &'static str,
}

impl Figures {
    pub(super) fn call(&self, function: &str) -> Call {
        Call { figures: self.clone(), function: function.to_owned(), began: Instant::now(), outcome: "late" }
    }
}

impl Call {
    pub(super) fn end(mut self, result: &Result<Vec<u8>, InvokeError>) {
        self.outcome = match result {
            Ok(_) => "answered",
            Err(InvokeError::Function(_)) => "failed",
            Err(InvokeError::Died(_)) => "died",
            Err(InvokeError::Refused(_)) => "refused",
            Err(InvokeError::Transport(_)) => "unreachable",
        };
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let function = std::mem::take(&mut self.function);
        let seconds = self.figures.seconds.get_or_create(&Function { function: function.clone() });
        seconds.observe(self.began.elapsed().as_secs_f64());
        self.figures.calls.get_or_create(&Outcome { function, outcome: self.outcome }).inc();
    }
}

impl Collector for Figures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let help = "Calls of functions by entry of the configuration and outcome: answered, failed, died, refused, unreachable, late";
        self.calls.encode(encoder.encode_descriptor("trigger_calls", help, None, MetricType::Counter)?)?;
        let help = "Time to a function's answer by entry of the configuration";
        self.seconds.encode(encoder.encode_descriptor(
            "trigger_seconds",
            help,
            None,
            MetricType::Histogram,
        )?)
    }
}
