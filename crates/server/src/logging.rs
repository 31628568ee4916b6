//! The log: for people on a terminal, for machines otherwise.

mod span_fields;

use std::io::{self, IsTerminal};

use poolhouse_ports::SPANS;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Layer, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Registry};

use crate::config::{LogFormat, Options};
use crate::exit::Failure;
use span_fields::SpanFields;

/// What is logged where nothing else is said. PostgreSQL's driver passes on the server's notices, which are many.
pub(crate) const USUAL: &str = "info,tokio_postgres=warn";

/// What commands say: what has gone wrong.
const FOR_COMMANDS: &str = "warn,tokio_postgres=error";

/// What listens beside the log.
pub(crate) type Beside = Box<dyn Layer<Registry> + Send + Sync>;

/// Begins to log, to standard error.
///
/// # Errors
/// When the filter cannot be read.
pub(crate) fn start(options: &Options, beside: Option<Beside>) -> Result<(), Failure> {
    let filter = options.log.as_deref().unwrap_or(USUAL);
    let filter = EnvFilter::try_new(filter)
        .map_err(|e| Failure::setup(format!("log: {filter:?} is not a filter: {e}")))?;
    let terminal = io::stderr().is_terminal();
    let format = options.log_format.unwrap_or(if terminal { LogFormat::Human } else { LogFormat::Json });
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    let lines = match format {
        LogFormat::Human => lines.with_ansi(terminal).with_target(false).boxed(),
        LogFormat::Json => {
            lines.json().flatten_event(true).with_span_list(false).fmt_fields(SpanFields).boxed()
        }
    };
    // The line of a request names its span, and none below it.
    let discreet = filter_fn(|metadata| !tells_parameters(metadata) && metadata.target() != SPANS);
    let lines = lines.with_filter(filter).with_filter(discreet);
    tracing_subscriber::registry().with(beside).with(lines).init();
    Ok(())
}

/// Begins to log what commands have to say beside their output, to standard error.
pub(crate) fn for_commands() {
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr).without_time().with_target(false);
    let lines = lines.with_ansi(io::stderr().is_terminal());
    let filter = EnvFilter::new(FOR_COMMANDS);
    let discreet = filter_fn(|metadata| !tells_parameters(metadata));
    tracing_subscriber::registry().with(lines.with_filter(filter).with_filter(discreet)).init();
}

/// PostgreSQL's driver writes the parameters of each statement into its log, and with them users' data.
fn tells_parameters(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with("tokio_postgres::") && *metadata.level() > Level::INFO
}
