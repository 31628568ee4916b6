//! The log: for people on a terminal, for machines otherwise.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, Options};
use crate::exit::Failure;

/// Begins to log, to standard error.
///
/// # Errors
/// When the filter cannot be read.
pub(crate) fn start(options: &Options) -> Result<(), Failure> {
    let filter = options.log.as_deref().unwrap_or("info");
    let filter = EnvFilter::try_new(filter)
        .map_err(|e| Failure::setup(format!("log: {filter:?} is not a filter: {e}")))?;
    let terminal = io::stderr().is_terminal();
    let format = options.log_format.unwrap_or(if terminal { LogFormat::Human } else { LogFormat::Json });
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    match format {
        LogFormat::Human => subscriber.with_ansi(terminal).with_target(false).init(),
        LogFormat::Json => subscriber.json().flatten_event(true).with_span_list(false).init(),
    }
    Ok(())
}
