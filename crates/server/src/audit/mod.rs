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
//! | `verify` | whether all is there |
//! | `command` | `poolhouse audit verify` |

mod chain;
pub(crate) mod command;
mod files;
#[cfg(test)]
mod tests;
mod verify;

use std::fmt;
use std::future::pending;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use poolhouse_api::audit::{Audit, Command, Record, Trail};
use poolhouse_core::Engine;
use poolhouse_kernel::sealing::MasterKey;
use poolhouse_ports::{Clock, Entropy};
use poolhouse_store::tables::audit_chains::{self, AuditChain};
use poolhouse_store::{StoreError, private};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep, timeout};

use crate::config::AuditOptions;
use crate::exit::Failure;
use chain::Head;
use files::Files;

/// How many calls wait for their record at most; more wait before they wait.
const QUEUE: usize = 1024;

/// How many records are brought to the disk at once.
const AT_ONCE: usize = 256;

/// How long a call waits for a disk that does not answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often it is noted where the chain stands.
const NOTED: Duration = Duration::from_secs(1);

/// A record on its way, and whom to tell that it is kept or lost.
struct Waiting {
    record: String,
    done: oneshot::Sender<()>,
}

/// The log of this process.
pub(crate) struct Log {
    audit: Audit,
    state: Option<Arc<State>>,
}

/// What its thread tells the others.
struct State {
    chain: String,
    head: Mutex<Head>,
    failing: AtomicBool,
    written: AtomicU64,
    lost: AtomicU64,
}

/// The way to the thread that writes.
struct Writer {
    /// `Some` until the end.
    queue: Option<mpsc::Sender<Waiting>>,
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

/// Opens the log as the options say; without a folder nothing is told.
///
/// # Errors
/// When its folder cannot be made.
pub(crate) fn open(
    options: &AuditOptions,
    master: &MasterKey,
    clock: &Clock,
    entropy: &Entropy,
) -> Result<Log, Failure> {
    let Some(folder) = &options.audit_log else { return Ok(Log { audit: Audit::none(), state: None }) };
    let failure = |error: io::Error| {
        Failure::setup(format!(
            "audit-log: cannot use {}: {error}; name a folder that can be written",
            folder.display()
        ))
    };
    private::create_folder(folder).map_err(failure)?;
    let id = chain_id(clock, entropy);
    let files = Files::new(folder, options.longest(), id.clone(), master.audit_key(&id));
    let state = Arc::new(State::new(id));
    let (queue, waiting) = mpsc::channel(QUEUE);
    let told = Arc::clone(&state);
    let thread = thread::Builder::new()
        .name("audit-log".to_owned())
        .spawn(move || write(files, waiting, &told))
        .map_err(failure)?;
    let writer = Writer { queue: Some(queue), state: Arc::clone(&state), thread: Some(thread) };
    Ok(Log { audit: Audit::to(writer, options.settings()), state: Some(state) })
}

/// Sorts by its beginning, and is nobody else's.
fn chain_id(clock: &Clock, entropy: &Entropy) -> String {
    let began: String = clock.now().iso8601().chars().take(19).filter(|c| *c != '-' && *c != ':').collect();
    let own = entropy.uuid().simple().to_string();
    format!("{began}Z-{}", own.get(..8).unwrap_or(&own))
}

/// Writes what comes, for as long as somebody may send more.
fn write(mut files: Files, mut waiting: mpsc::Receiver<Waiting>, state: &State) {
    while let Some(first) = waiting.blocking_recv() {
        let mut batch = vec![first];
        while let Some(next) = (batch.len() < AT_ONCE).then(|| waiting.try_recv().ok()).flatten() {
            batch.push(next);
        }
        state.tell(files.append(batch.iter().map(|one| one.record.as_str())), batch.len() as u64);
        for one in batch {
            // Who has lost patience is not told.
            let _ = one.done.send(());
        }
    }
}

impl Log {
    /// Whom the API and commands tell.
    pub(crate) fn audit(&self) -> &Audit {
        &self.audit
    }

    /// Tells that the process begins; what is not told then would not be told later.
    ///
    /// # Errors
    /// When the record cannot be kept.
    pub(crate) async fn begin(&self, engine: &Engine, name: &str) -> Result<(), Failure> {
        let parameters = serde_json::json!({ "version": env!("CARGO_PKG_VERSION") });
        self.audit.tell(Record::of_command(engine, Command { name, parameters, error: None })).await;
        match &self.state {
            Some(state) if state.failing.load(Ordering::Relaxed) => {
                Err(Failure::setup("audit-log: the first record cannot be written; the log names the cause"))
            }
            _ => Ok(()),
        }
    }

    /// Tells what a command has done, and notes where the chain ends.
    pub(crate) async fn told(&self, engine: &Engine, command: Command<'_>) {
        self.audit.tell(Record::of_command(engine, command)).await;
        self.end(engine).await;
    }

    /// Notes where the chain stands, for as long as the process lives.
    pub(crate) async fn keep_noting(&self, engine: &Engine) {
        let Some(state) = &self.state else { return pending().await };
        let mut noted = 0;
        loop {
            let head = state.head();
            if head.sequence > noted {
                match note(engine, &state.chain, &head).await {
                    Ok(()) => noted = head.sequence,
                    Err(error) => tracing::debug!(%error, "cannot note where the audit log stands"),
                }
            }
            sleep(NOTED).await;
        }
    }

    /// Notes where the chain ends, at the end of the process.
    pub(crate) async fn end(&self, engine: &Engine) {
        let Some(state) = &self.state else { return };
        let head = state.head();
        if head.sequence > 0
            && let Err(error) = note(engine, &state.chain, &head).await
        {
            tracing::warn!(%error, "cannot note where the audit log ends");
        }
    }

    /// What became of records so far.
    pub(crate) fn figures(&self) -> Figures {
        Figures(self.state.clone())
    }
}

/// Notes in the database where a chain stands.
async fn note(engine: &Engine, chain: &str, head: &Head) -> Result<(), StoreError> {
    let (chain_id, Head { sequence, mac }) = (chain.to_owned(), head.clone());
    let row = AuditChain { chain_id, sequence, mac, noted_at: engine.clock().now() };
    let mut tx = engine.store().write().await?;
    audit_chains::put(&mut tx, &row).await?;
    tx.commit().await
}

impl State {
    fn new(chain: String) -> Self {
        Self {
            chain,
            head: Mutex::new(Head::of_nothing()),
            failing: AtomicBool::new(false),
            written: AtomicU64::new(0),
            lost: AtomicU64::new(0),
        }
    }

    fn head(&self) -> Head {
        self.head.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes note of what became of records, and tells the operator when that is another than before.
    fn tell(&self, written: io::Result<Head>, count: u64) {
        match written {
            Ok(head) => {
                *self.head.lock().unwrap_or_else(PoisonError::into_inner) = head;
                self.written.fetch_add(count, Ordering::Relaxed);
                if self.failing.swap(false, Ordering::Relaxed) {
                    tracing::warn!("the audit log is written again");
                }
            }
            Err(error) => {
                self.lost.fetch_add(count, Ordering::Relaxed);
                if !self.failing.swap(true, Ordering::Relaxed) {
                    tracing::error!(%error, "the audit log cannot be written: make room on its disk");
                }
            }
        }
    }
}

impl Trail for Writer {
    fn put(&self, record: Record) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            let kept = async {
                let record = serde_json::to_string(&record).map_err(drop)?;
                let (done, told) = oneshot::channel();
                let queue = self.queue.as_ref().ok_or(())?;
                queue.send(Waiting { record, done }).await.map_err(drop)?;
                told.await.map_err(drop)
            };
            if !matches!(timeout(PATIENCE, kept).await, Ok(Ok(()))) {
                self.state.tell(Err(io::ErrorKind::TimedOut.into()), 1);
            }
        })
    }

    fn is_failing(&self) -> bool {
        self.state.failing.load(Ordering::Relaxed)
    }
}

impl Drop for Writer {
    /// Waits for the thread, so that the process does not end under it.
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
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
        Ok(())
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("chain", &self.chain).finish_non_exhaustive()
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").field("state", &self.state).finish_non_exhaustive()
    }
}
