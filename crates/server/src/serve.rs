//! `poolhouse serve`: from options to a running server.

use std::fs;
use std::future::pending;
use std::io::{self, IsTerminal as _};
use std::net::SocketAddr;
use std::path::Path;
use std::pin::pin;

use poolhouse_api::Api;
use poolhouse_api::audit::Place;
use poolhouse_compromised::CompromisedPasswords;
use poolhouse_core::{Engine, IssuerMode, KeyStock, Settings, State, deletion, import, point_in_time};
use poolhouse_kernel::limits::shares::Shares;
use poolhouse_kernel::sealing::MasterKey;
use poolhouse_kernel::{IDENTITY_ISSUER, KeyPair, Parts, StartError};
use poolhouse_oauth::OAuth;
use poolhouse_ports::{Clock, Courier, Entropy, Fetch, Logs, Medium, Triggers};
use poolhouse_store::{Kind, Options as StoreOptions, Store, private};
use prometheus_client::collector::Collector;
use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::acme::{self, Keeper};
use crate::config::Options;
use crate::exit::Failure;
use crate::listener::Service;
use crate::logs;
use crate::metrics::Metrics;
use crate::ports::{self, Ports};
use crate::request_log::RequestLog;
use crate::routes::{self, Shared};
use crate::tls::Tls;
use crate::traces::Traces;
use crate::watch::Watch;
use crate::{
    audit, credentials, database, delivery, fetch, follow, iam, jobs, leased, listener, logging, master_key,
    passwords, rewrap, sender, triggers,
};

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
    let given_key = master_key::from_elsewhere(&options.installation, &options.store).await?;
    let (triggers, called) = triggers::triggers(&options.triggers, &clock)?;
    let fetch = fetch::fetch(options.protection.reach(options.dev))?;
    let (logs, deliveries) = logs::start(&options.logs, &clock)?;
    let compromised_passwords = passwords::known(options.protection.compromised_passwords.as_deref())?;
    let acme = acme::Settings::read(&options.acme)?;
    let tls = tls(&options, acme.as_ref(), &clock)?;
    let (traces, spans) = Traces::start(&options.traces)?;
    logging::start(&options, spans)?;
    let hang_up = listen_for(SignalKind::hangup())?;
    let has_files = options.tls.files().is_some();
    let (reload, hang_up) = if has_files { (Some(hang_up), None) } else { (None, Some(hang_up)) };
    let mut stop = pin!(stop_signal(hang_up)?);
    raise_open_files();
    survive_file_limit()?;
    let ports = Ports::open(&options).await?;
    let address = ports.address;
    let given = Given { clock, courier, triggers, fetch, logs, compromised_passwords, root, key: given_key };
    // A start can be repeated wherever it is broken off, so it is when the database hangs.
    let engine = tokio::select! {
        started = start(&options, given, address) => started?,
        () = &mut stop => return Ok(()),
    };
    let (engine, audit) = engine;
    let keeper = match acme.zip(tls.clone()) {
        Some((settings, tls)) => Some(Keeper::begin(settings, tls, &engine, &audit).await),
        None => None,
    };
    announce(&options, address, &engine);
    delivery::announce(&options.delivery, engine.courier());
    if let Some(tls) = &tls {
        tls.announce();
    }
    let mut figures: Vec<Box<dyn Collector>> =
        vec![Box::new(deliveries.figures()), Box::new(called), Box::new(audit.figures())];
    if let Some(tls) = &tls {
        figures.push(Box::new(tls.figures()));
    }
    figures.extend(keeper.as_ref().map(Keeper::figures));
    figures.extend(traces.figures());
    let metrics = Metrics::new(&engine, options.store.wal(), figures);
    let refreshing = tls.clone().zip(reload).map(|(tls, told)| tokio::spawn(tls.keep_fresh(told)));
    answer(&options, engine, (metrics, &audit, &traces), (tls, keeper), ports, stop).await;
    if let Some(refreshing) = refreshing {
        refreshing.abort();
    }
    deliveries.end().await;
    traces.end().await;
    Ok(())
}

/// TLS of the listener, with the certificate of files, or waiting for one that an authority gives.
fn tls(options: &Options, acme: Option<&acme::Settings>, clock: &Clock) -> Result<Option<Tls>, Failure> {
    match acme {
        Some(acme) => acme.tls(clock.clone()).map(Some),
        None => options.tls.files().map(|files| Tls::open(files, clock.clone())).transpose(),
    }
}

/// What was read from the options before anything was touched.
struct Given {
    clock: Clock,
    courier: Courier,
    triggers: Triggers,
    fetch: Fetch,
    logs: Logs,
    compromised_passwords: CompromisedPasswords,
    root: Option<KeyPair>,
    key: Option<MasterKey>,
}

/// Opens or makes everything that outlives the process, and starts the engine on it.
async fn start(
    options: &Options,
    given: Given,
    address: SocketAddr,
) -> Result<(Engine, audit::Log), Failure> {
    if keeps_files(options, &given) {
        create_folder(&options.store.data_dir())?;
    }
    let entropy = Entropy::system();
    let key_path = options.installation.master_key_file(&options.store);
    let key_file = given.key.is_none().then_some(key_path.as_path());
    let store = open_database(options, key_file).await?;
    let (master_key, key_made) = match given.key {
        Some(key) => (key, false),
        None => master_key::open(&key_path, &entropy)?,
    };
    let master_key = master_key::with_others(&options.installation, master_key)?;
    let place = Place {
        account_id: options.installation.account_id(),
        region: options.installation.region(),
        clock: given.clock.clone(),
        entropy: entropy.clone(),
    };
    let audit = audit::open(&options.audit, &master_key, place)?;
    let public_url =
        options.public_url.clone().unwrap_or_else(|| format!("{}://{address}", options.scheme()));
    let parts = Parts {
        store,
        clock: given.clock,
        entropy,
        courier: given.courier,
        triggers: given.triggers,
        fetch: given.fetch,
        logs: given.logs,
        master_key,
        settings: poolhouse_kernel::Settings {
            region: options.installation.region(),
            account_id: options.installation.account_id(),
            public_url: public_url.trim_end_matches('/').to_owned(),
            identity_issuer: options.identity_issuer.clone().unwrap_or_else(|| IDENTITY_ISSUER.to_owned()),
            limits: options.protection.limits(options.dev),
            root: given.root,
        },
    };
    let key_stock =
        KeyStock::ahead(KEYS_AHEAD).map_err(|e| Failure::running(format!("cannot start a thread: {e}")))?;
    let state = State::new(key_stock, given.compromised_passwords, settings(options));
    let engine = Engine::start(parts, state).await.map_err(|e| start_failure(&e, key_file, key_made))?;
    if key_made {
        let file = key_path.display();
        tracing::info!(%file, "made the master key; keep a copy apart from the database's backups");
    }
    audit.begin("StartServer", json!({})).await?;
    if engine.store().is_read_node() {
        engine.store().follow(engine.state().node_id(), engine.clock().outside()).await;
        return Ok((engine, audit));
    }
    if engine.settings().root.is_none() {
        credentials::make_root(&engine, &options.store.data_dir(), &audit).await?;
    } else if !options.dev {
        credentials::end_made(&engine, &audit).await?;
    }
    if let Some(file) = &options.iam_file {
        iam::apply(&engine, audit.audit(), file).await?;
    }
    Ok((engine, audit))
}

fn settings(options: &Options) -> Settings {
    Settings {
        issuer: options.issuer.map_or(IssuerMode::Own, IssuerMode::from),
        auth_event_days: options.protection.auth_event_days(),
        recovery_days: options.installation.recovery_days(),
        secret_rotation_days: options.installation.secret_rotation_days(),
        signing_key_days: options.installation.signing_key_days(),
        tiers: options.tiers.map(Into::into).unwrap_or_default(),
        auth_domain: options.auth_domain.clone(),
        local_providers: options.dev,
        provider_addresses: options.provider_addresses.clone(),
    }
}

/// Whether something has its place in the data folder: a server for tests, or one whose secrets and data are elsewhere, leaves
/// nothing behind.
fn keeps_files(options: &Options, given: &Given) -> bool {
    options.store.wal().is_some() || given.key.is_none() || given.root.is_none()
}

/// Opens the database, and brings its schema up to date. A file without tables beside a master key is not the database
/// that was in use.
async fn open_database(options: &Options, key_file: Option<&Path>) -> Result<Store, Failure> {
    let database = options.read_node.complete(options.store.database());
    let in_use_before = key_file.is_some_and(Path::exists);
    let file = database.url.strip_prefix("sqlite:").filter(|path| *path != ":memory:").map(Path::new);
    let lost = in_use_before && file.is_some_and(|file| !file.exists());
    let store = database::open(StoreOptions { refuse_empty: in_use_before, ..database }).await?;
    if lost {
        tracing::warn!(
            "made a new database, though there was a master key: if this server had data, stop it and restore a backup"
        );
    }
    Ok(store)
}

/// Answers requests, with what goes on beside them, until it is told to `stop`.
async fn answer(
    options: &Options,
    engine: Engine,
    (metrics, audit, traces): (Metrics, &audit::Log, &Traces),
    (tls, keeper): (Option<Tls>, Option<Keeper>),
    ports: Ports,
    stop: impl Future<Output = ()>,
) {
    let figures_at = ports.figures_at();
    let log = RequestLog::new(metrics.clone(), engine.clock().clone(), options.log_requests);
    let api = Api::new(engine.clone(), log.observer()).with_audit(audit.audit().clone());
    let oauth = OAuth::new(engine.clone(), log.endpoint_observer());
    let guard = options.dev.then(|| options.guard());
    let watchers = options.protection.watchers(options.has_tls());
    let watch = Watch::new(engine.clone(), metrics.clone(), watchers);
    let shared = Shared { engine: engine.clone(), watch };
    let watching = ports.watchers.map(|listener| {
        let watch = shared.watch.with(options.protection.watchers_of_own_port());
        let router = routes::watchers(Shared { watch, ..shared.clone() });
        ports::serve_watchers(listener, router, engine.clone(), metrics.clone(), options)
    });
    let router = routes::router(shared, &api, &oauth, guard, figures_at);
    let router = traces.follow(router);
    let connections = Shares::new(options.protection.connections(options.dev));
    let has_categories = engine.settings().limits.category_factor > 0;
    let beating = has_categories.then(|| tokio::spawn(jobs::beat(engine.clone())));
    let (stopped, stop_sending) = watch::channel(false);
    let (passing, mut finishing) = if engine.store().is_read_node() {
        (vec![tokio::spawn(follow::run(engine.clone()))], Vec::new())
    } else {
        work(&engine, &metrics, audit, &stop_sending)
    };
    // Told before the others: an authority that looks finds nobody who listens from then on.
    let (leaving, left) = watch::channel(false);
    finishing.extend(keeper.map(|keeper| tokio::spawn(keeper.run(left))));
    let stop = async move {
        stop.await;
        let _ = leaving.send(true);
    };
    let service = Service::new(router, engine.clone(), metrics, options.protection.sources(), tls);
    let served = listener::serve(ports.clients, service, &connections, stop, async {
        engine.begun().done().await;
    });
    tokio::select! {
        finished = served => tell_of_end(finished),
        () = audit.keep_noting(engine.store()) => {}
    }
    audit.end(engine.store()).await;
    for job in passing.into_iter().chain(beating).chain(watching) {
        job.abort();
    }
    // After the last request, so that its message is still sent.
    let _ = stopped.send(true);
    let ended = async {
        for job in finishing {
            let _ = job.await;
        }
    };
    if timeout(sender::END, ended).await.is_err() {
        tracing::warn!(
            "the database does not answer; what was being sent will be sent again, and imports, recoveries and deletions go on when their leases end"
        );
    }
}

/// Begins the work beside the requests, which a read node leaves to the servers of the primary: what may be broken off at any
/// time, and what is to finish what it has begun.
fn work(
    engine: &Engine,
    metrics: &Metrics,
    audit: &audit::Log,
    stop: &watch::Receiver<bool>,
) -> (Vec<JoinHandle<()>>, Vec<JoinHandle<()>>) {
    let (rewrapped, rewrap_log) = (engine.clone(), audit.clone());
    let passing = vec![
        tokio::spawn(async move { rewrap::job(&rewrapped, &rewrap_log).await }),
        tokio::spawn(jobs::run(engine.clone(), metrics.clone(), audit.clone())),
        tokio::spawn(sender::measure(engine.clone(), metrics.clone())),
    ];
    let mut finishing = vec![
        tokio::spawn(leased::run::<import::Running>(engine.clone(), stop.clone())),
        tokio::spawn(leased::run::<point_in_time::Running>(engine.clone(), stop.clone())),
        tokio::spawn(leased::run::<deletion::Sweep>(engine.clone(), stop.clone())),
    ];
    for medium in Medium::ALL {
        finishing.push(tokio::spawn(sender::run(engine.clone(), metrics.clone(), medium, stop.clone())));
    }
    (passing, finishing)
}

fn tell_of_end(finished: bool) {
    if finished {
        tracing::info!("all requests finished");
    } else {
        tracing::warn!("some requests did not finish within {} seconds", listener::DRAIN_TIME.as_secs());
    }
}

fn create_folder(path: &Path) -> Result<(), Failure> {
    private::create_folder(path).map_err(|error| {
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
    listen_for(SignalKind::from_raw(SIGXFSZ)).map(drop)
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
    for doubt in doubts_of_public_url(options, url) {
        tracing::warn!("{doubt}");
    }
    tell_of_proxies(options, address);
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

/// What will go wrong with the URL by which clients reach this server.
pub(crate) fn doubts_of_public_url(options: &Options, url: &str) -> Vec<String> {
    let mut doubts = Vec::new();
    if options.public_url.is_none() && (!options.dev || options.listen().ip().is_unspecified()) {
        doubts.push(format!(
            "tokens name {url} as their issuer, which other servers and clients elsewhere do not know: give the URL that clients use with --public-url, the same on every server"
        ));
    }
    if url.split_once("://").is_some_and(|(_, place)| place.contains('/')) {
        doubts.push(format!(
            "public-url has a path: administrators' requests to {url} will be refused, for their signature covers the path and a proxy that takes it away breaks it. Give this server a host name of its own"
        ));
    }
    doubts
}

/// Says what a proxy on this machine needs: its address alone has no limits, and so nobody has any behind it.
fn tell_of_proxies(options: &Options, address: SocketAddr) {
    let is_proxied = address.ip().is_loopback() && !options.dev && !options.has_tls();
    if is_proxied && options.protection.trusted_proxies.is_empty() {
        tracing::info!(
            "requests from this machine have no limits by address: behind a proxy on it, give --trusted-proxies {}, so that limits are those of its clients",
            address.ip()
        );
    }
}

fn listen_for(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(|e| Failure::running(format!("cannot listen for signals: {e}")))
}

/// Done at SIGTERM, Ctrl-C, or when the terminal is closed, from now on: that is what `hang_up` says, where there is a
/// terminal and it is not the sign to read the certificate again.
fn stop_signal(hang_up: Option<Signal>) -> Result<impl Future<Output = ()>, Failure> {
    let (mut terminate, mut interrupt) =
        (listen_for(SignalKind::terminate())?, listen_for(SignalKind::interrupt())?);
    let hung_up = async move {
        let Some(mut hang_up) = hang_up else { return pending().await };
        let has_terminal = io::stdin().is_terminal() || io::stderr().is_terminal();
        while hang_up.recv().await.is_some() && !has_terminal {
            tracing::info!("SIGHUP: there is nothing to read again; SIGTERM ends this server");
        }
    };
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            () = hung_up => {}
        }
        tracing::info!("stopping: no new connections, requests in flight finish");
    })
}
