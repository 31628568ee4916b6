//! The thread that writes the log, and the way to it: a record that is not kept is counted, and told by the next one that is.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use poolhouse_api::audit::{Record, Trail};
use prometheus_client::metrics::gauge::Gauge;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::chain::Head;
use super::files::Files;
use crate::metrics::InFlight;

/// How many calls wait for their record at most; more wait before they wait.
const QUEUE: usize = 1024;

/// How many records are brought to the disk at once.
const AT_ONCE: usize = 256;

/// How long a call waits for a disk that does not answer; and how long when it has not answered the last one.
const PATIENCE: Duration = Duration::from_secs(10);
const LITTLE_PATIENCE: Duration = Duration::from_millis(250);

/// A record on its way, and whom to tell that it is kept or lost.
struct Waiting {
    record: String,
    done: oneshot::Sender<()>,
}

/// What its thread tells the others.
pub(super) struct State {
    pub(super) chain: String,
    head: Mutex<Head>,
    failing: AtomicBool,
    pub(super) written: AtomicU64,
    pub(super) lost: AtomicU64,
    /// Calls that wait for their record to be on the disk.
    pub(super) waiting: Gauge<i64, AtomicI64>,
    /// Records that never came to the thread, of which the next one is to tell.
    turned_away: AtomicU64,
}

/// The way to the thread that writes.
pub(super) struct Writer {
    /// `Some` until the end.
    queue: Option<mpsc::Sender<Waiting>>,
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

/// Writes what comes, for as long as somebody may send more.
fn write(mut files: Files, mut waiting: mpsc::Receiver<Waiting>, state: &State) {
    while let Some(first) = waiting.blocking_recv() {
        let mut batch = vec![first];
        while let Some(next) = (batch.len() < AT_ONCE).then(|| waiting.try_recv().ok()).flatten() {
            batch.push(next);
        }
        files.missed(state.turned_away.swap(0, Ordering::Relaxed));
        state.tell(files.append(batch.iter().map(|one| one.record.as_str())), batch.len() as u64);
        for one in batch {
            // Who has lost patience is not told.
            let _ = one.done.send(());
        }
    }
}

impl State {
    pub(super) fn new(chain: String) -> Self {
        Self {
            chain,
            head: Mutex::new(Head::of_nothing()),
            failing: AtomicBool::new(false),
            written: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            waiting: Gauge::default(),
            turned_away: AtomicU64::new(0),
        }
    }

    pub(super) fn head(&self) -> Head {
        self.head.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn is_failing(&self) -> bool {
        self.failing.load(Ordering::Relaxed)
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
                self.fails(&error);
            }
        }
    }

    fn fails(&self, error: &io::Error) {
        if !self.failing.swap(true, Ordering::Relaxed) {
            tracing::error!(%error, "the audit log cannot be written: make room on its disk");
        }
    }
}

impl Writer {
    /// Starts the thread that writes.
    pub(super) fn start(files: Files, state: Arc<State>) -> io::Result<Self> {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let told = Arc::clone(&state);
        let thread = thread::Builder::new()
            .name("audit-log".to_owned())
            .spawn(move || write(files, waiting, &told))?;
        Ok(Self { queue: Some(queue), state, thread: Some(thread) })
    }
}

impl Trail for Writer {
    fn put(&self, record: Record) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            let _waits = InFlight::new(&self.state.waiting);
            let patience = if self.is_failing() { LITTLE_PATIENCE } else { PATIENCE };
            let (done, told) = oneshot::channel();
            let queued = async {
                let record = serde_json::to_string(&record).map_err(drop)?;
                let queue = self.queue.as_ref().ok_or(())?;
                queue.send(Waiting { record, done }).await.map_err(drop)
            };
            if !matches!(timeout(patience, queued).await, Ok(Ok(()))) {
                self.state.turned_away.fetch_add(1, Ordering::Relaxed);
                self.state.tell(Err(io::ErrorKind::TimedOut.into()), 1);
            } else if !matches!(timeout(patience, told).await, Ok(Ok(()))) {
                // It may be written yet, and then it is not lost.
                self.state.fails(&io::ErrorKind::TimedOut.into());
            }
        })
    }

    fn is_failing(&self) -> bool {
        self.state.is_failing()
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

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("chain", &self.chain).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::{env, fs};

    use poolhouse_api::audit::{Command, Place};
    use poolhouse_crypto::seal::Key;
    use poolhouse_ports::{Clock, Entropy};
    use serde_json::{Value, json};

    use super::*;

    #[tokio::test]
    async fn what_finds_no_room_is_told_by_the_next_record() {
        let (queue, waiting) = mpsc::channel(1);
        let state = Arc::new(State::new("c".to_owned()));
        // Who comes now does not wait for long.
        state.fails(&io::ErrorKind::TimedOut.into());
        let place = Place {
            account_id: "000000000000".to_owned(),
            region: "us-east-1".to_owned(),
            clock: Clock::system(),
            entropy: Entropy::system(),
        };
        let command = Command { name: "One", parameters: json!({}), error: None };
        let writer = Writer { queue: Some(queue), state: Arc::clone(&state), thread: None };
        for _ in 0..3 {
            writer.put(Record::of_command(&place, command.clone())).await;
        }
        assert_eq!(state.lost.load(Ordering::Relaxed), 2, "the first one waits");
        drop(writer);

        let folder = env::temp_dir().join(format!("poolhouse-audit-writer-{}", place.entropy.uuid()));
        fs::create_dir(&folder).unwrap();
        let files = Files::new(&folder, 1 << 20, "c".to_owned(), Key::new([1; 32]));
        let told = Arc::clone(&state);
        thread::spawn(move || write(files, waiting, &told)).join().unwrap();
        let file = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
        let line: Value = serde_json::from_str(fs::read_to_string(file).unwrap().trim()).unwrap();
        assert_eq!((&line["eventName"], &line["chain"]["lost"]), (&json!("One"), &json!(2)));
        assert!(!state.is_failing());
        fs::remove_dir_all(folder).unwrap();
    }
}
