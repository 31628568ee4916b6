//! The audit log: files of records in a chain (docs/decisions/0062).
//!
//! Each process has a chain of its own, so that servers and commands may share a folder. A record is on the disk before the
//! answer to its call goes out. Where each chain stands is noted in the database once a second: there it is seen that the
//! end of a chain is missing.
//!
//! | file | subject |
//! |---|---|
//! | `chain` | how records hang together |
//! | `files` | the files of one chain |
//! | `writer` | the thread that writes, and the way to it |
//! | `verify` | whether all is there |
//! | `command` | `poolhouse audit` |

mod chain;
pub(crate) mod command;
mod files;
#[cfg(test)]
mod tests;
mod verify;
mod writer;

use std::fmt;
use std::future::pending;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use poolhouse_api::audit::{Audit, Command, Place, Record};
use poolhouse_kernel::sealing::MasterKey;
use poolhouse_store::tables::audit_chains::{self, AuditChain};
use poolhouse_store::{Store, StoreError, private};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::config::AuditOptions;
use crate::exit::Failure;
use chain::Head;
use files::Files;
use writer::{State, Writer};

/// How often it is noted where the chain stands.
const NOTED: Duration = Duration::from_secs(1);

/// Every how many times it is noted also where it stands as it did: so it is known of a chain that it is of a process that
/// runs.
const NOTED_AGAIN: u64 = 60 * 60;

/// The log of this process. Clones share it.
#[derive(Clone)]
pub(crate) struct Log {
    audit: Audit,
    state: Option<Arc<State>>,
    place: Place,
}

/// Opens the log as the options say; without a folder nothing is told.
///
/// # Errors
/// When its folder cannot be made.
pub(crate) fn open(options: &AuditOptions, master: &MasterKey, place: Place) -> Result<Log, Failure> {
    let Some(folder) = &options.audit_log else { return Ok(Log::none(place)) };
    let failure = |error: io::Error| {
        Failure::setup(format!(
            "audit-log: cannot use {}: {error}; name a folder that can be written",
            folder.display()
        ))
    };
    private::create_folder(folder).map_err(failure)?;
    let id = chain_id(&place);
    let files = Files::new(folder, options.longest(), id.clone(), master.audit_key(&id));
    let state = Arc::new(State::new(id));
    let writer = Writer::start(files, Arc::clone(&state)).map_err(failure)?;
    Ok(Log { audit: Audit::to(writer, options.settings()), state: Some(state), place })
}

/// Sorts by its beginning, and is nobody else's.
fn chain_id(place: &Place) -> String {
    let began = place.clock.now().iso8601();
    let began: String = began.chars().take(19).filter(|c| *c != '-' && *c != ':').collect();
    let own = place.entropy.uuid().simple().to_string();
    format!("{began}Z-{}", own.get(..8).unwrap_or(&own))
}

impl Log {
    /// One that is told nothing.
    pub(crate) fn none(place: Place) -> Self {
        Self { audit: Audit::none(), state: None, place }
    }

    /// Whom the API and commands tell.
    pub(crate) fn audit(&self) -> &Audit {
        &self.audit
    }

    /// Tells that the process begins; what is not told then would not be told later.
    ///
    /// # Errors
    /// When the record cannot be kept.
    pub(crate) async fn begin(&self, name: &str, parameters: Value) -> Result<(), Failure> {
        let mut parameters = parameters;
        parameters["version"] = env!("CARGO_PKG_VERSION").into();
        self.told(Command { name, parameters, error: None }).await
    }

    /// Tells what was done.
    ///
    /// # Errors
    /// When the record cannot be kept.
    pub(crate) async fn told(&self, command: Command<'_>) -> Result<(), Failure> {
        self.audit.tell(Record::of_command(&self.place, command)).await;
        match &self.state {
            Some(state) if state.is_failing() => {
                Err(Failure::setup("audit-log: a record cannot be written; the log names the cause"))
            }
            _ => Ok(()),
        }
    }

    /// Does what a command does: it is told before anything is done, and what came of it after.
    ///
    /// # Errors
    /// Those of the work; and when one of the records cannot be kept. Without the first one nothing is done.
    pub(crate) async fn around<T>(
        &self,
        act: Act,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let Act { name, parameters } = act;
        self.begin("StartCommand", json!({ "command": name, "parameters": parameters })).await?;
        let done = work.await;
        let why = done.as_ref().err().map(ToString::to_string);
        let told = self.told(Command { name, parameters, error: why.as_deref() }).await;
        let done = done?;
        told.map_err(|untold| Failure::running(format!("{name} is done, but not told: {untold}")))?;
        Ok(done)
    }

    /// Notes where the chain stands, for as long as the process lives.
    pub(crate) async fn keep_noting(&self, store: &Store) {
        let Some(state) = &self.state else { return pending().await };
        let mut noted = 0;
        for second in 0_u64.. {
            let head = state.head();
            if head.sequence > noted || second.is_multiple_of(NOTED_AGAIN) {
                match self.note(store, &state.chain, &head).await {
                    Ok(()) => noted = head.sequence,
                    Err(error) => tracing::debug!(%error, "cannot note where the audit log stands"),
                }
            }
            sleep(NOTED).await;
        }
    }

    /// Notes where the chain ends, at the end of the process.
    pub(crate) async fn end(&self, store: &Store) {
        let Some(state) = &self.state else { return };
        let head = state.head();
        if head.sequence > 0
            && let Err(error) = self.note(store, &state.chain, &head).await
        {
            tracing::warn!(%error, "cannot note where the audit log ends");
        }
    }

    /// What became of records so far.
    pub(crate) fn figures(&self) -> Figures {
        Figures(self.state.clone())
    }

    /// Notes in the database where a chain stands.
    async fn note(&self, store: &Store, chain: &str, head: &Head) -> Result<(), StoreError> {
        let (chain_id, Head { sequence, mac }) = (chain.to_owned(), head.clone());
        let row = AuditChain { chain_id, sequence, mac, noted_at: self.place.clock.now() };
        let mut tx = store.write().await?;
        audit_chains::put(&mut tx, &row).await?;
        tx.commit().await
    }
}

/// What a command does, as it is told.
#[derive(Debug)]
pub(crate) struct Act {
    /// What it is called, as operations are: `RotateSigningKeys`.
    pub(crate) name: &'static str,
    /// What it was given, without secrets.
    pub(crate) parameters: Value,
}

/// What became of records, for the metrics.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures(Option<Arc<State>>);

impl Collector for Figures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let Some(state) = &self.0 else { return Ok(()) };
        let help = "Records of the audit log by what became of them";
        let mut family = encoder.encode_descriptor("audit_records", help, None, MetricType::Counter)?;
        for (outcome, count) in [("written", &state.written), ("lost", &state.lost)] {
            let count = ConstCounter::new(count.load(Ordering::Relaxed));
            count.encode(family.encode_family(&[("outcome", outcome)])?)?;
        }
        let help = "Calls that wait for their record of the audit log to be on the disk";
        state.waiting.encode(encoder.encode_descriptor(
            "audit_records_waiting",
            help,
            None,
            MetricType::Gauge,
        )?)
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").field("state", &self.state).finish_non_exhaustive()
    }
}
