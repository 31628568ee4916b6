//! The server under test.

use std::collections::BTreeMap;
use std::future::ready;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use axum::Router;
use axum::http::header;
use axum::middleware::map_response;
use axum::response::Response;
use poolhouse_api::Api;
use poolhouse_api::audit::Audit;
use poolhouse_compromised::CompromisedPasswords;
use poolhouse_core::{Engine, IssuerMode, KeyStock, Settings, State, Tiers};
use poolhouse_crypto::jwt::SigningKey;
use poolhouse_crypto::timestamp;
use poolhouse_kernel::limits::Limits;
use poolhouse_kernel::sealing::MasterKey;
use poolhouse_kernel::{IDENTITY_ISSUER, KeyPair, Parts as KernelParts, Settings as KernelSettings};
use poolhouse_oauth::OAuth;
use poolhouse_ports::{Clock, Courier, Entropy, LogRecord, Logs, Message, MessageFilter, Timestamp};
use poolhouse_store::{Options, Store};
use tokio::net::TcpListener;

use crate::caller::Caller;
use crate::database::Database;
use crate::functions::Functions;
use crate::sign::Keys;
use crate::strangers::Strangers;

/// When every test begins: 2030-01-01 00:00:00 UTC.
pub const START: Timestamp = Timestamp::from_seconds(1_893_456_000);

/// RSA keys for all tests of a process: making one takes longer than most tests.
static KEYS: LazyLock<Vec<Vec<u8>>> =
    LazyLock::new(|| (0..4).map(|_| SigningKey::generate().unwrap().to_pkcs8().unwrap().to_vec()).collect());

/// What a test's server is made of.
#[derive(Debug)]
pub struct Parts {
    /// What is below every domain.
    pub kernel: KernelParts,
    /// The keys of new pools.
    pub key_stock: KeyStock,
    /// Passwords that others know.
    pub compromised_passwords: CompromisedPasswords,
    /// Settings about user pools.
    pub settings: Settings,
    /// Whom the API tells of its calls.
    pub audit: Audit,
}

/// A server with a database of its own, a clock that stands still and a mailbox.
#[derive(Debug)]
pub struct TestServer {
    pub(crate) router: Router,
    pub(crate) functions: Functions,
    pub(crate) strangers: Strangers,
    logs: Arc<Mutex<Vec<LogRecord>>>,
    engine: Engine,
    database: Database,
}

impl TestServer {
    /// The root credentials.
    pub const ROOT: Keys<'static> = Keys { access_key_id: "test-key", secret_access_key: "test-secret" };

    /// Starts a server on an empty database.
    pub async fn start(database: Database) -> Self {
        Self::start_with(database, |_| {}).await
    }

    /// As [`TestServer::start`], with other settings.
    #[expect(clippy::missing_panics_doc, reason = "a test kit fails by panicking")]
    pub async fn start_with(database: Database, change: impl FnOnce(&mut Parts)) -> Self {
        let store = Store::open(Options::new(database.url())).await.unwrap();
        let functions = Functions::default();
        let strangers = Strangers::default();
        let logs = Arc::<Mutex<Vec<LogRecord>>>::default();
        let kept = Arc::clone(&logs);
        let kernel = KernelParts {
            store,
            clock: Clock::manual(START),
            entropy: Entropy::seeded(42),
            courier: Courier::mailbox(),
            triggers: functions.triggers(),
            fetch: strangers.fetch(),
            logs: Logs::to(move |record| kept.lock().unwrap_or_else(PoisonError::into_inner).push(record)),
            master_key: MasterKey::new([7; 32]),
            settings: KernelSettings {
                region: "us-east-1".to_owned(),
                account_id: "000000000000".to_owned(),
                public_url: "http://127.0.0.1:7665".to_owned(),
                identity_issuer: IDENTITY_ISSUER.to_owned(),
                // Tests ask as often as they like, but for those of the limits.
                limits: Limits::default(),
                root: Some(KeyPair {
                    access_key_id: Self::ROOT.access_key_id.to_owned(),
                    secret_access_key: Self::ROOT.secret_access_key.to_owned(),
                }),
            },
        };
        let mut parts = Parts {
            kernel,
            key_stock: KeyStock::fixed(KEYS.clone()),
            compromised_passwords: CompromisedPasswords::default(),
            settings: Settings {
                issuer: IssuerMode::Own,
                tiers: Tiers::Open,
                auth_event_days: 731,
                recovery_days: 14,
                secret_rotation_days: 7,
                signing_key_days: 0,
                auth_domain: None,
                local_providers: false,
                provider_addresses: BTreeMap::new(),
            },
            audit: Audit::none(),
        };
        change(&mut parts);
        let state = State::new(parts.key_stock, parts.compromised_passwords, parts.settings);
        let engine = Engine::start(parts.kernel, state).await.unwrap();
        let oauth = OAuth::new(engine.clone(), Arc::new(|_| {}));
        let api = Api::new(engine.clone(), Arc::new(|_| {})).with_audit(parts.audit);
        let router = oauth.with_domains(api.router().merge(oauth.router()));
        Self { router, functions, strangers, logs, engine, database }
    }

    /// Answers requests at a listener as well, for clients that speak HTTP, as long as the runtime lives.
    ///
    /// The listener's URL is to be the `public_url` that the server was started with.
    #[expect(clippy::missing_panics_doc, reason = "a test kit fails by panicking")]
    pub fn answer_at(&self, listener: TcpListener) {
        let clock = self.clock().clone();
        let routes = self.router.clone().layer(map_response(move |mut response: Response| {
            // Clients correct their signatures by this header: it must tell the server's own time.
            response.headers_mut().insert(header::DATE, http_date(clock.outside()).parse().unwrap());
            ready(response)
        }));
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    }

    /// The engine behind the API.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The database below it.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The clock, to be moved.
    pub fn clock(&self) -> &Clock {
        self.engine.clock()
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.clock().now()
    }

    /// Calls with the root credentials' signature.
    pub fn admin(&self) -> Caller<'_> {
        Caller::signed(self)
    }

    /// Calls without a signature, as SDKs do for users.
    pub fn public(&self) -> Caller<'_> {
        Caller::unsigned(self)
    }

    /// The records that were told to logs so far, the oldest first.
    pub fn logs(&self) -> Vec<LogRecord> {
        self.logs.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The messages sent to a user so far, newest first.
    pub fn messages(&self, username: &str) -> Vec<Message> {
        let filter = MessageFilter { username: Some(username.into()), ..MessageFilter::default() };
        self.engine.courier().messages(&filter)
    }

    /// The code in the newest message to a user.
    #[expect(clippy::missing_panics_doc, reason = "a test kit fails by panicking")]
    pub fn code(&self, username: &str) -> String {
        let messages = self.messages(username);
        messages.first().unwrap_or_else(|| panic!("no message to {username}")).code.clone()
    }

    /// Ends the test: whatever it did, the database must be in order.
    #[expect(clippy::missing_panics_doc, reason = "a test kit fails by panicking")]
    pub async fn finish(self) {
        let problems = poolhouse_store::verify::verify(self.engine.store()).await.unwrap();
        assert!(problems.is_empty(), "the database is not in order: {problems:?}");
        let database = self.database.clone();
        drop(self);
        database.drop_database().await;
    }
}

/// `Tue, 01 Jan 2030 00:00:00 GMT`.
fn http_date(time: Timestamp) -> String {
    let text = timestamp::format(time.seconds());
    let parts: Vec<&str> = text.split(' ').collect();
    let [weekday, month, day, time, _, year] = parts[..] else { panic!("{text} is not a time") };
    format!("{weekday}, {day:0>2} {month} {year} {time} GMT")
}
