//! Connections that are kept: so many at most, each with its prepared statements.
//!
//! Who asks gets a place first, in the order of asking, and with it a connection that is idle or a new one. What may
//! be amiss is not given back: a connection whose statement was not answered, or whose user went away in the middle.

use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Error, NoTls, SimpleQueryMessage, Socket, Statement};

use super::target::Target;
use crate::options::Options;
use crate::store::Connections;

/// How long the server is believed when it says that it has no connection left.
const REFUSAL: Duration = Duration::from_secs(5);

/// The connections of a store.
pub(super) struct Pool {
    target: Target,
    /// How long one waits for a connection.
    wait: Duration,
    /// How long a statement may take; for the server, which ends it.
    statement: Duration,
    /// Whether a standby will do, where nothing is written.
    standby_will_do: bool,
    most: usize,
    places: Arc<Semaphore>,
    idle: Mutex<Vec<Link>>,
    /// Which host of the target was connected to last.
    last_good: AtomicUsize,
    in_use: AtomicUsize,
    waiting: AtomicUsize,
    withheld: Mutex<Withheld>,
}

/// Places that are not given out, since the server has no connection for them.
#[derive(Default)]
struct Withheld {
    places: usize,
    /// When the last was withheld, or given back.
    since: Option<Instant>,
}

/// Why there is no connection.
#[derive(Debug)]
pub(super) enum NoConnection {
    /// All are in use, and none became free in time.
    AllInUse,
    /// The server did not answer in time.
    NoAnswer,
    /// The server or the way to it refuses.
    Refused(Error),
    /// The server is a standby: it takes no writes, and knows the last of them a little late.
    Standby,
}

impl NoConnection {
    /// Whether the server has no connection left.
    fn is_for_want_of_room(&self) -> bool {
        matches!(self, Self::Refused(error) if error.code() == Some(&SqlState::TOO_MANY_CONNECTIONS))
    }

    /// What is said when two hosts would not do: that one has no room, or what the later one says.
    fn or(self, later: Self) -> Self {
        if self.is_for_want_of_room() { self } else { later }
    }
}

impl Pool {
    pub(super) fn new(target: Target, options: &Options) -> Self {
        let most = options.connections.max(1);
        Self {
            target,
            wait: options.wait,
            statement: options.statement,
            standby_will_do: options.access.reads_only(),
            most,
            places: Arc::new(Semaphore::new(most)),
            idle: Mutex::default(),
            last_good: AtomicUsize::new(0),
            in_use: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
            withheld: Mutex::default(),
        }
    }

    /// A connection that nobody else uses.
    pub(super) async fn get(self: &Arc<Self>) -> Result<Held, NoConnection> {
        let _waiting = Counted::new(&self.waiting);
        let deadline = Instant::now() + self.wait;
        loop {
            let place = timeout_at(deadline, self.place()).await.ok().flatten();
            let place = place.ok_or(NoConnection::AllInUse)?;
            let link = match self.take_idle() {
                Some(link) => link,
                // Rare, and large: it is not to be a part of the future of everybody who asks.
                None => match timeout_at(deadline, Box::pin(self.connect())).await {
                    Ok(Ok(link)) => link,
                    Ok(Err(refusal)) if refusal.is_for_want_of_room() => {
                        self.withhold(place).map_err(|()| refusal)?;
                        continue;
                    }
                    Ok(Err(refusal)) => return Err(refusal),
                    Err(_) => return Err(NoConnection::NoAnswer),
                },
            };
            self.in_use.fetch_add(1, Ordering::Relaxed);
            return Ok(Held { link: Some(link), asking: false, pool: Arc::clone(self), _place: place });
        }
    }

    /// `None` never: the places are not closed.
    async fn place(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return Some(place);
        }
        self.give_back();
        Arc::clone(&self.places).acquire_owned().await.ok()
    }

    /// Takes away a place for which the server has no connection, so that who had it waits for one that is there.
    /// Not the last: nobody would be left to wait for.
    fn withhold(&self, place: OwnedSemaphorePermit) -> Result<(), ()> {
        let mut withheld = lock(&self.withheld);
        if withheld.places + 1 >= self.most {
            return Err(());
        }
        *withheld = Withheld { places: withheld.places + 1, since: Some(Instant::now()) };
        place.forget();
        Ok(())
    }

    /// Gives out one place more, where the last refusal is some time ago: the server may have room again.
    fn give_back(&self) {
        let mut withheld = lock(&self.withheld);
        if withheld.places > 0 && withheld.since.is_none_or(|since| since.elapsed() >= REFUSAL) {
            *withheld = Withheld { places: withheld.places - 1, since: Some(Instant::now()) };
            self.places.add_permits(1);
        }
    }

    /// The connection that was used last; those that broke meanwhile are left out.
    fn take_idle(&self) -> Option<Link> {
        let mut idle = lock(&self.idle);
        while let Some(link) = idle.pop() {
            if !link.client.is_closed() {
                return Some(link);
            }
        }
        None
    }

    /// A connection to the first host that will do, beginning with the one that did last.
    async fn connect(&self) -> Result<Link, NoConnection> {
        let (hosts, last) = (&self.target.hosts, self.last_good.load(Ordering::Relaxed));
        let mut refusal = NoConnection::NoAnswer;
        for (at, host) in hosts.iter().enumerate().cycle().skip(last).take(hosts.len()) {
            refusal = match timeout(self.target.patience, self.connect_to(host)).await {
                Ok(Ok(link)) => {
                    self.last_good.store(at, Ordering::Relaxed);
                    return Ok(link);
                }
                Ok(Err(found)) => refusal.or(found),
                Err(_) => refusal,
            };
        }
        Err(refusal)
    }

    async fn connect_to(&self, host: &Config) -> Result<Link, NoConnection> {
        let made = match &self.target.tls {
            None => connect(host, NoTls).await,
            Some(tls) => connect(host, tls.clone()).await,
        };
        let (client, driver) = made.map_err(NoConnection::Refused)?;
        let link = Link { client, driver, statements: HashMap::new() };
        // The server's side of the limit: it ends what takes too long, and does not keep the locks of a node that it
        // cannot reach any more.
        let millis = self.statement.as_millis();
        let first = format!(
            "SET statement_timeout = {millis}; SET idle_in_transaction_session_timeout = {millis}; \
             SELECT pg_is_in_recovery()"
        );
        let answers = link.client.simple_query(&first).await.map_err(NoConnection::Refused)?;
        let is_standby = answers.iter().any(|answer| match answer {
            SimpleQueryMessage::Row(row) => row.get(0) == Some("t"),
            _ => false,
        });
        if is_standby && !self.standby_will_do { Err(NoConnection::Standby) } else { Ok(link) }
    }

    /// After one connection was given up: those that are idle will hardly do better.
    fn distrust_idle(&self) {
        lock(&self.idle).clear();
    }

    pub(super) fn figures(&self) -> Connections {
        let in_use = self.in_use.load(Ordering::Relaxed);
        let idle = lock(&self.idle).len();
        Connections { open: in_use + idle, in_use, waiting: self.waiting.load(Ordering::Relaxed) }
    }
}

/// Connects, and runs the connection in a task of its own.
async fn connect<T>(host: &Config, tls: T) -> Result<(Client, AbortHandle), Error>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
{
    let (client, connection) = host.connect(tls).await?;
    let driver = tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection to PostgreSQL broke");
        }
    });
    Ok((client, driver.abort_handle()))
}

/// One connection.
pub(super) struct Link {
    pub(super) client: Client,
    driver: AbortHandle,
    /// Prepared statements by their text.
    statements: HashMap<String, Statement>,
}

impl Link {
    /// The statement with this text, prepared when it is first asked for.
    pub(super) async fn prepared(&mut self, sql: &str) -> Result<Statement, Error> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).await?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

impl Drop for Link {
    /// Closes the connection without a word: the driver would wait for answers that may never come. The server rolls
    /// back what is open.
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// A connection in somebody's hands.
pub(super) struct Held {
    /// Absent once it was found broken.
    link: Option<Link>,
    /// Whether an answer is waited for.
    asking: bool,
    pool: Arc<Pool>,
    /// Given up last, when the connection is back.
    _place: OwnedSemaphorePermit,
}

impl Held {
    /// The connection, to ask something; [`Held::answered`] is to follow.
    pub(super) fn ask(&mut self) -> Option<&mut Link> {
        self.asking = self.link.is_some();
        self.link.as_mut()
    }

    /// Takes note of the answer; where none came in time, the connection is given up.
    pub(super) fn answered<T>(&mut self, answer: Option<T>) -> Option<T> {
        self.asking = false;
        if answer.is_none() {
            self.give_up();
        }
        answer
    }

    /// Parts with the connection, and with those that are idle: each would have its user find out anew.
    pub(super) fn give_up(&mut self) {
        self.pool.distrust_idle();
        self.link = None;
    }

    pub(super) fn is_given_up(&self) -> bool {
        self.link.is_none()
    }

    /// The connection, if it is sound and nothing is waited for.
    pub(super) fn sound(&self) -> Option<&Client> {
        self.link.as_ref().filter(|link| !self.asking && !link.client.is_closed()).map(|link| &link.client)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.pool.in_use.fetch_sub(1, Ordering::Relaxed);
        if self.sound().is_some() {
            lock(&self.pool.idle).extend(self.link.take());
        }
    }
}

/// Waits for `work`, for `limit` at most where there is one.
pub(super) async fn within<T>(limit: Option<Duration>, work: impl Future<Output = T>) -> Option<T> {
    match limit {
        Some(limit) => timeout(limit, work).await.ok(),
        None => Some(work.await),
    }
}

/// Counts for as long as it lives.
struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn new(counter: &'a AtomicUsize) -> Self {
        counter.fetch_add(1, Ordering::Relaxed);
        Self(counter)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Nothing panics while it holds one of these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
