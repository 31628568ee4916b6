//! `poolhouse serve`: from options to a running server.

use std::fs;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::Path;

use poolhouse_api::Api;
use poolhouse_core::protection::shares::Shares;
use poolhouse_core::{Engine, IssuerMode, KeyStock, Parts, Settings, StartError, credentials};
use poolhouse_ports::{Clock, Courier, Entropy, Medium};
use poolhouse_store::Kind;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::config::Options;
use crate::exit::Failure;
use crate::metrics::Metrics;
use crate::routes::{self, Shared};
use crate::{database, delivery, jobs, listener, logging, master_key, passwords, sender, triggers};

/// Keys made ahead: enough for two new pools at once.
const KEYS_AHEAD: usize = 4;

/// Starts the server and runs it until it is told to stop.
///
/// # Errors
/// Exit code 2 with the cause when it cannot begin.
pub(crate) async fn run(options: Options) -> Result<(), Failure> {
    let options = options.complete()?;
    let root = options.root()?;
    let clock = Clock::system();
    let courier =
        if options.dev { Courier::mailbox() } else { delivery::courier(&options.delivery, &clock)? };
    let given_key = options.master_key.as_deref().map(master_key::given).transpose()?;
    let triggers = triggers::triggers(&options.triggers, &clock)?;
    let compromised_passwords = passwords::known(options.protection.compromised_passwords.as_deref())?;
    logging::start(&options)?;
    let stop = stop_signal()?;
    raise_open_files();
    survive_file_limit()?;
    let listener = bind(options.listen()).await?;
    let address = listener.local_addr().map_err(|e| Failure::setup(format!("listen: {e}")))?;

    create_folder(&options.store.data_dir())?;
    let entropy = Entropy::system();
    let key_file =
        options.master_key_file.clone().unwrap_or_else(|| options.store.data_dir().join("master.key"));
    let store = database::open(&options.store.url(), true).await?;
    let (master_key, key_made) = match given_key {
        Some(key) => (key, false),
        None => master_key::open(&key_file, &entropy)?,
    };
    let public_url = options.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    let parts = Parts {
        store,
        clock,
        entropy,
        courier,
        triggers,
        master_key,
        key_stock: KeyStock::ahead(KEYS_AHEAD)
            .map_err(|e| Failure::running(format!("cannot start a thread: {e}")))?,
        compromised_passwords,
        settings: Settings {
            region: options.region.clone().unwrap_or_else(|| "us-east-1".to_owned()),
            tiers: options.tiers.map(Into::into).unwrap_or_default(),
            account_id: options.account_id.clone().unwrap_or_else(|| "000000000000".to_owned()),
            public_url: public_url.trim_end_matches('/').to_owned(),
            issuer: options.issuer.map_or(IssuerMode::Own, IssuerMode::from),
            auth_event_days: options.protection.auth_event_days(),
            limits: options.protection.limits(options.dev),
            root,
        },
    };
    let key_file = options.master_key.is_none().then_some(key_file.as_path());
    let engine = Engine::start(parts).await.map_err(|e| start_failure(&e, key_file, key_made))?;
    if engine.settings().root.is_none() {
        announce_new_root(&engine).await?;
    }
    announce(&options, address, &engine);
    delivery::announce(&options.delivery, engine.courier());
    answer(&options, engine, listener, stop).await;
    Ok(())
}

/// Answers requests, with what goes on beside them, until it is told to `stop`.
async fn answer(options: &Options, engine: Engine, listener: TcpListener, stop: impl Future<Output = ()>) {
    let metrics = Metrics::new(&engine);
    let api = Api::new(engine.clone(), metrics.observer());
    let guard = options.dev.then(|| options.guard());
    let router = routes::router(Shared { engine: engine.clone(), api, metrics: metrics.clone() }, guard);
    let connections = Shares::new(options.protection.connections(options.dev));
    let purging = tokio::spawn(jobs::run(engine.clone()));
    let (stopped, stop_sending) = watch::channel(false);
    let measuring = tokio::spawn(sender::measure(engine.clone(), metrics.clone()));
    let senders = Medium::ALL.map(|medium| {
        tokio::spawn(sender::run(engine.clone(), metrics.clone(), medium, stop_sending.clone()))
    });
    listener::serve(listener, router, &metrics, options.protection.sources(), &connections, stop).await;
    purging.abort();
    measuring.abort();
    // After the last request, so that its message is still sent.
    let _ = stopped.send(true);
    for sender in senders {
        let _ = sender.await;
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        Failure::setup(match error.kind() {
            ErrorKind::AddrInUse => format!(
                "listen: port {} of {} is in use; stop the program that holds it or choose another with --listen",
                address.port(),
                address.ip()
            ),
            ErrorKind::PermissionDenied => format!(
                "listen: no permission for port {}; choose one above 1023 with --listen",
                address.port()
            ),
            _ => format!("listen: cannot listen on {address}: {error}"),
        })
    })
}

fn create_folder(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path).map_err(|error| {
        Failure::setup(format!(
            "data-dir: cannot make {}: {error}; choose a folder that can be written with --data-dir",
            path.display()
        ))
    })
}

/// The key is the one of `key_file`, or else the one that was given as a setting.
fn start_failure(error: &StartError, key_file: Option<&Path>, key_made: bool) -> Failure {
    match (error, key_file) {
        (StartError::MasterKey, Some(key_file)) if key_made => {
            // It fits nothing, and would only be in the way of the right one.
            let _ = fs::remove_file(key_file);
            Failure::setup(format!(
                "master-key-file: {} is missing, but this database was sealed under a master key. Bring back the master key that was in use when the database was made; without it its secrets cannot be opened",
                key_file.display()
            ))
        }
        (StartError::MasterKey, Some(key_file)) => {
            Failure::setup(format!("master-key-file: {} is in use, but {error}", key_file.display()))
        }
        (StartError::MasterKey, None) => Failure::setup(format!("master-key: {error}")),
        (StartError::Store(_), _) => Failure::setup(error.to_string()),
    }
}

/// Many connections need many open files; the soft limit is often 1,024.
fn raise_open_files() {
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "cannot raise the limit of open files");
    }
}

/// A file that grows beyond the limit of this process (`ulimit -f`) ends the process, unless it listens for
/// the signal: then the write fails, as on a full disk.
fn survive_file_limit() -> Result<(), Failure> {
    // The same number on every Unix that this program runs on.
    const SIGXFSZ: i32 = 25;
    signal(SignalKind::from_raw(SIGXFSZ))
        .map(drop)
        .map_err(|e| Failure::running(format!("cannot listen for signals: {e}")))
}

/// Shows a new root secret once: on the terminal, never in the log.
#[expect(clippy::print_stderr, reason = "the only time that the secret is shown")]
async fn announce_new_root(engine: &Engine) -> Result<(), Failure> {
    let made = credentials::ensure_root(engine).await.map_err(|e| Failure::setup(e.to_string()))?;
    if let Some(pair) = made {
        eprintln!(
            "Root credentials were made. Note them now, the secret is not shown again:\n  AWS_ACCESS_KEY_ID={}\n  AWS_SECRET_ACCESS_KEY={}",
            pair.access_key_id, pair.secret_access_key
        );
    }
    Ok(())
}

/// Where it listens, which database, which mode, and the next command to try.
fn announce(options: &Options, address: SocketAddr, engine: &Engine) {
    let database = match engine.store().kind() {
        Kind::Sqlite => options.store.url(),
        // The URL may hold a password.
        Kind::Postgres => "PostgreSQL".to_owned(),
    };
    let url = &engine.settings().public_url;
    let mode = if options.dev { "development" } else { "production" };
    tracing::info!(%address, public_url = %url, %database, mode, "Poolhouse {} is listening", env!("CARGO_PKG_VERSION"));
    if options.public_url.is_none() && address.ip().is_unspecified() {
        tracing::warn!(
            "tokens name {url} as their issuer, an address that no client can reach: give the URL that clients use with --public-url"
        );
    }
    if options.dev {
        tracing::warn!(
            "development mode: anybody on this machine is an administrator, and messages with codes can be read"
        );
        tracing::info!(
            "try: AWS_ACCESS_KEY_ID=poolhouse AWS_SECRET_ACCESS_KEY=poolhouse-dev aws --region {} --endpoint-url {url} cognito-idp create-user-pool --pool-name demo",
            engine.settings().region
        );
    } else {
        tracing::info!(
            "try: aws --region {} --endpoint-url {url} cognito-idp list-user-pools --max-results 10",
            engine.settings().region
        );
    }
}

/// Done at SIGTERM or Ctrl-C, from now on: one that comes during the start ends the server when it has started.
fn stop_signal() -> Result<impl Future<Output = ()>, Failure> {
    let listen = |kind| signal(kind).map_err(|e| Failure::running(format!("cannot listen for signals: {e}")));
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: no new connections, requests in flight finish");
    })
}
