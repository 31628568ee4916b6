//! Figures that the engine counts itself, read when somebody asks for them.

use std::fmt;

use poolhouse_core::Engine;
use poolhouse_core::findings::{Finding, Findings};
use poolhouse_kernel::limits::Kind;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use super::OperationLabel;

/// Of this engine.
#[derive(Debug)]
pub(super) struct EngineFigures(pub(super) Engine);

/// Encodes counters of one name.
fn counters<L: EncodeLabelSet>(
    encoder: &mut DescriptorEncoder<'_>,
    (name, help): (&str, &str),
    counts: impl IntoIterator<Item = (L, u64)>,
) -> Result<(), fmt::Error> {
    let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
    for (labels, count) in counts {
        ConstCounter::new(count).encode(family.encode_family(&labels)?)?;
    }
    Ok(())
}

/// Encodes a counter.
fn counter(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    count: u64,
) -> Result<(), fmt::Error> {
    let counter = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
    ConstCounter::new(count).encode(counter)
}

/// Encodes how many there are of something at this moment.
fn gauge(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    number: impl TryInto<i64>,
) -> Result<(), fmt::Error> {
    let gauge = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    ConstGauge::new(number.try_into().unwrap_or(i64::MAX)).encode(gauge)
}

impl EngineFigures {
    /// Who is let in, and who is not.
    fn encode_entrance(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let help = "Sign-ins by flow: those that succeeded, and steps of them that were refused, by error";
        let sign_ins = self.0.sign_ins().figures();
        let sign_ins = sign_ins.into_iter();
        let sign_ins =
            sign_ins.map(|((flow, outcome), count)| ([("flow", flow.as_str()), ("outcome", outcome)], count));
        counters(encoder, ("sign_ins", help), sign_ins)?;
        let help = "Requests refused because their source address, client or user asked too often";
        let limiter = self.0.limiter();
        let limited = Kind::ALL.map(|kind| ([("limit", kind.as_str())], limiter.refused(kind)));
        counters(encoder, ("limited_requests", help), limited)?;
        let help = "Requests that policies denied, by action";
        let denials = self.0.denials().figures();
        let denials = denials.into_iter().map(|(action, denied)| ([("action", action)], denied));
        counters(encoder, ("denials", help), denials)
    }

    /// Of operations that have any: most never have.
    fn encode_contention(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let contention = self.0.contention().figures();
        let of = |number: fn(&poolhouse_kernel::Figures) -> u64| {
            let numbers = contention.iter().map(move |(operation, figures)| (*operation, number(figures)));
            let any = numbers.filter(|(_, number)| *number > 0);
            any.map(|(operation, number)| (OperationLabel::of(operation), number))
        };
        let help = "Repeats of a transaction at the database's wish, by operation";
        counters(encoder, ("repeats", help), of(|figures| figures.repeats))?;
        let help = "Requests refused because too many changed the same thing at once, by operation";
        counters(encoder, ("contended_requests", help), of(|figures| figures.refused))?;
        let help = "Requests that wait for their turn to change what another one changes";
        gauge(encoder, "turns_waiting", help, self.0.changes().waiting())?;
        let help = "Guesses at users that wait to be looked at";
        gauge(encoder, "guesses_waiting", help, self.0.state().waiting_guesses())
    }

    fn encode_cryptography(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let crypto = self.0.crypto();
        gauge(encoder, "crypto_waiting", "Jobs of cryptography that wait for a thread", crypto.waiting())?;
        counter(encoder, "crypto_jobs", "Jobs of cryptography that were begun", crypto.begun())?;
        let help = "Jobs of cryptography that were refused because too many waited";
        counter(encoder, "crypto_refused", help, crypto.refused())?;
        let Some(keys) = self.0.state().key_stock().made_ahead() else { return Ok(()) };
        gauge(encoder, "key_stock", "Signing keys that are made ahead, for new pools", keys)
    }

    /// What threat protection found.
    fn encode_findings(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let known = self.0.state().findings();
        let help = "Requests in pools with threat protection by what was found about their risk";
        let found = Finding::ALL.map(|finding| ([("finding", finding.as_str())], known.of(finding)));
        counters(encoder, ("risk_findings", help), found)?;
        let help = "Compromised passwords that were let pass, and blocked, by event";
        let passwords = Findings::PASSWORD_EVENTS.iter().flat_map(|event| {
            [(false, "false"), (true, "true")].map(|(blocked, name)| {
                let labels = [("event", event.as_str()), ("blocked", name)];
                (labels, known.compromised_passwords(event, blocked))
            })
        });
        counters(encoder, ("compromised_passwords", help), passwords)
    }
}

impl Collector for EngineFigures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let encoder = &mut encoder;
        self.encode_entrance(encoder)?;
        self.encode_contention(encoder)?;
        self.encode_findings(encoder)?;
        self.encode_cryptography(encoder)?;
        let state = self.0.state();
        let help = "Lines of users' imports by what became of them";
        let lines = state.imports().figures().map(|(outcome, count)| ([("outcome", outcome)], count));
        counters(encoder, ("imported_users", help), lines)?;
        let help = "Rows that had expired and were removed, by table";
        let expired = state.expired().figures().into_iter().map(|(table, count)| ([("table", table)], count));
        counters(encoder, ("expired_rows", help), expired)?;
        let help = "Memory in use for requests whose bodies are being read and which are being answered";
        gauge(encoder, "request_memory_bytes", help, u64::from(self.0.bodies().in_use()) * 1024)
    }
}
