//! Settings of traces.

use std::num::NonZeroU32;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args};
use serde::Deserialize;

use crate::exit::Failure;

/// Options of traces (docs/operating.md); of use to a server that was built with the feature `otlp` alone.
#[derive(Args, Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(crate) struct TracesOptions {
    /// The collector of OpenTelemetry that gets traces of requests, in OTLP by HTTP, such as
    /// http://127.0.0.1:4318/v1/traces; for servers that were built with the feature otlp [default: none].
    #[arg(long, env = "POOLHOUSE_TRACES_URL", value_name = "URL")]
    pub(crate) traces_url: Option<String>,

    /// Traces one request of so many [default: 1].
    #[arg(long, env = "POOLHOUSE_TRACES_ONE_IN", value_name = "N")]
    pub(crate) traces_one_in: Option<NonZeroU32>,

    /// Goes on with the trace that a request names in its header traceparent, and traces it if that says so: where every
    /// caller is known, or a proxy takes the header away.
    #[arg(long, env = "POOLHOUSE_TRACES_FOLLOW_CALLERS", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) traces_follow_callers: bool,
}

impl TracesOptions {
    pub(super) fn fill_from(&mut self, file: Self) {
        let Self { traces_url, traces_one_in, traces_follow_callers } = file;
        self.traces_url = self.traces_url.take().or(traces_url);
        self.traces_one_in = self.traces_one_in.or(traces_one_in);
        self.traces_follow_callers |= traces_follow_callers;
    }

    /// Refuses settings that have no effect: they are misunderstandings.
    ///
    /// # Errors
    /// Names the setting.
    pub(super) fn check(&self) -> Result<(), Failure> {
        if self.traces_url.is_some() && !cfg!(feature = "otlp") {
            return Err(Failure::setup(
                "traces-url is given, but this server was built without traces: build it with --features otlp, or leave it out",
            ));
        }
        if self
            .traces_url
            .as_ref()
            .is_some_and(|url| !url.starts_with("http://") && !url.starts_with("https://"))
        {
            return Err(Failure::setup("traces-url must begin with http:// or https://"));
        }
        let depends = [
            ("traces-one-in", self.traces_one_in.is_some()),
            ("traces-follow-callers", self.traces_follow_callers),
        ];
        match depends.into_iter().find(|(_, is_given)| *is_given && self.traces_url.is_none()) {
            Some((name, _)) => Err(Failure::setup(format!(
                "{name} is given without traces-url; name the collector, or leave it out"
            ))),
            None => Ok(()),
        }
    }
}
