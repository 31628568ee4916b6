//! Where the tests run.
//!
//! | environment | server |
//! |---|---|
//! | nothing | Poolhouse in this process, its clock standing still |
//! | `POOLHOUSE_CLIENT_ENDPOINT=http://…` | a Poolhouse that was started with `--dev` |
//! | `POOLHOUSE_CLIENT_AWS=us-east-1` | Amazon Cognito in that region, with `AWS_ACCESS_KEY_ID` and so on; use `--test-threads=1` |
//!
//! Every test makes its own pools and deletes them. What only some servers can show (codes that were sent, a clock
//! that is moved) is skipped on the others, and said.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use poolhouse_client::sdk::Client as SdkClient;
use poolhouse_client::sdk::config::Credentials;
use poolhouse_client::sdk::operation::create_user_pool::builders::CreateUserPoolFluentBuilder as NewPool;
pub(crate) use poolhouse_client::sdk::operation::create_user_pool_client::builders::CreateUserPoolClientFluentBuilder as NewApp;
use poolhouse_client::sdk::types::{
    AttributeDataType, ExplicitAuthFlowsType as AuthFlows, SchemaAttributeType, VerifiedAttributeType,
};
use poolhouse_client::{Admin, Client, ClientBuilder, Invitation, SignedIn};
use poolhouse_testkit::{Database, TestServer};
use tokio::net::TcpListener;

/// A password that every pool of these tests accepts.
pub(crate) const PASSWORD: &str = "Correct-Horse-7";

/// Declares tests that get a [`World`] and clean up after themselves.
macro_rules! rows {
    ($($(#[$meta:meta])* async fn $name:ident($world:ident) $body:block)+) => {
        $($(#[$meta])* #[tokio::test]
        async fn $name() {
            async fn body($world: &$crate::world::World) $body
            let world = $crate::world::World::start().await;
            body(&world).await;
            world.finish().await;
        })+
    };
}

/// Tells the server's time to the client.
type Time = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// A server and what was made on it.
pub(crate) struct World {
    server: Option<TestServer>,
    endpoint: Option<String>,
    region: String,
    time: Option<Time>,
    sdk: SdkClient,
    pools: Mutex<Vec<String>>,
    /// Domains and their pools, which cannot be deleted before them.
    domains: Mutex<Vec<(String, String)>>,
}

impl World {
    pub(crate) async fn start() -> Self {
        let variable = |name: &str| std::env::var(name).ok();
        if let Some(region) = variable("POOLHOUSE_CLIENT_AWS") {
            return Self::new(None, None, region, None);
        }
        if let Some(endpoint) = variable("POOLHOUSE_CLIENT_ENDPOINT") {
            return Self::new(None, Some(endpoint), "us-east-1".to_owned(), None);
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let url = endpoint.clone();
        let server =
            TestServer::start_with(Database::Sqlite, |parts| parts.kernel.settings.public_url = url).await;
        server.answer_at(listener);
        let clock = server.clock().clone();
        let millis = move || u64::try_from(clock.now().millis()).unwrap();
        let time: Time = Arc::new(move || UNIX_EPOCH + Duration::from_millis(millis()));
        Self::new(Some(server), Some(endpoint), "us-east-1".to_owned(), Some(time))
    }

    fn new(server: Option<TestServer>, endpoint: Option<String>, region: String, time: Option<Time>) -> Self {
        let credentials = credentials(server.is_some(), endpoint.is_some());
        let any_pool = format!("{region}_any");
        let client = builder(&any_pool, endpoint.as_deref(), time.as_ref()).credentials(credentials);
        let sdk = client.build().unwrap().sdk().clone();
        Self { server, endpoint, region, time, sdk, pools: Mutex::default(), domains: Mutex::default() }
    }

    /// Deletes what was made, and has the server in this process checked.
    pub(crate) async fn finish(self) {
        let domains = std::mem::take(&mut *self.domains.lock().unwrap());
        for (domain, pool) in domains {
            self.sdk.delete_user_pool_domain().domain(domain).user_pool_id(pool).send().await.unwrap();
        }
        let pools = std::mem::take(&mut *self.pools.lock().unwrap());
        for pool in pools {
            self.sdk.delete_user_pool().user_pool_id(pool).send().await.unwrap();
        }
        if let Some(server) = self.server {
            server.finish().await;
        }
    }

    /// A pool where e-mail addresses are verified, with the attribute `custom:department`.
    pub(crate) async fn pool(&self) -> Pool<'_> {
        self.pool_with(|pool| pool).await
    }

    pub(crate) async fn pool_with(&self, change: impl FnOnce(NewPool) -> NewPool) -> Pool<'_> {
        let department = SchemaAttributeType::builder().name("department").mutable(true);
        let department = department.attribute_data_type(AttributeDataType::String).build();
        let new = self.sdk.create_user_pool().pool_name("client-test").schema(department);
        let new = new.auto_verified_attributes(VerifiedAttributeType::Email);
        let id = change(new).send().await.unwrap().user_pool.unwrap().id.unwrap();
        self.pools.lock().unwrap().push(id.clone());
        let admin = self.builder(&id).credentials(self.credentials()).build().unwrap().admin().unwrap();
        let mut pool = Pool { world: self, id, client: admin.client().clone(), admin };
        pool.client = pool.app(|app| app).await;
        pool
    }

    /// Settings of a client that speaks to this server about a pool.
    pub(crate) fn builder(&self, pool: &str) -> ClientBuilder {
        builder(pool, self.endpoint.as_deref(), self.time.as_ref())
    }

    pub(crate) fn credentials(&self) -> Credentials {
        credentials(self.server.is_some(), self.endpoint.is_some())
    }

    pub(crate) fn sdk(&self) -> &SdkClient {
        &self.sdk
    }

    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    /// The newest code that was sent to a user; `None`, said aloud, where they cannot be read.
    pub(crate) async fn code(&self, username: &str) -> Option<String> {
        if let Some(server) = &self.server {
            return Some(server.code(username));
        }
        let Some(endpoint) = &self.endpoint else {
            eprintln!("skipped: codes that AWS sends cannot be read");
            return None;
        };
        // Other tests have users of the same name, in pools of their own.
        let pools = self.pools.lock().unwrap().clone();
        for pool in pools {
            let url = format!("{endpoint}/_poolhouse/dev/messages?pool={pool}&username={username}");
            let messages: serde_json::Value = serde_json::from_str(&get(&url).await).unwrap();
            if let Some(code) = messages[0]["code"].as_str() {
                return Some(code.to_owned());
            }
        }
        panic!("no message to {username}")
    }

    /// Whether codes go out by SMS here; AWS needs a role for it, and says so aloud.
    pub(crate) fn sends_sms(&self) -> bool {
        if self.endpoint.is_none() {
            eprintln!("skipped: AWS sends no SMS without a role");
        }
        self.endpoint.is_some()
    }

    /// Whether this is Amazon Cognito, where e-mail needs an address of one's own; says so aloud.
    pub(crate) fn is_aws(&self) -> bool {
        if self.endpoint.is_none() {
            eprintln!("skipped: AWS sends no second factor by e-mail without an address in SES");
        }
        self.endpoint.is_none()
    }

    /// Whether domains have Poolhouse's pages; AWS's are its own, and says so aloud.
    pub(crate) fn has_pages(&self) -> bool {
        if self.endpoint.is_none() {
            eprintln!("skipped: the pages of AWS's domains are its own");
        }
        self.endpoint.is_some()
    }

    /// Where accounts are made at will; `None`, said aloud, at AWS.
    pub(crate) fn account_endpoint(&self) -> Option<&str> {
        if self.endpoint.is_none() {
            eprintln!("skipped: the roles of an account at AWS are its own");
        }
        self.endpoint.as_deref()
    }

    /// A function of the server in this process that changes its events; `None`, said aloud, elsewhere.
    pub(crate) fn function(
        &self,
        name: &str,
        change: impl Fn(&mut serde_json::Value) + Send + Sync + 'static,
    ) -> Option<String> {
        self.with_functions().map(|server| server.function(name, change))
    }

    /// A function that fails with a text.
    pub(crate) fn failing_function(&self, name: &str, text: &'static str) -> Option<String> {
        self.with_functions().map(|server| server.failing_function(name, text))
    }

    fn with_functions(&self) -> Option<&TestServer> {
        if self.server.is_none() {
            eprintln!("skipped: this server runs no functions of the test");
        }
        self.server.as_ref()
    }

    /// Moves server and client forward; `false`, said aloud, where that cannot be done.
    pub(crate) fn advance(&self, seconds: u32) -> bool {
        match &self.server {
            Some(server) => server.clock().advance_seconds(seconds),
            None => eprintln!("skipped: this server's clock is not moved"),
        }
        self.server.is_some()
    }

    /// The time now, in seconds since 1970.
    pub(crate) fn seconds(&self) -> i64 {
        let now = self.time.as_ref().map_or_else(system_time, |time| time());
        i64::try_from(now.duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
    }
}

#[expect(clippy::disallowed_methods, reason = "a server elsewhere has the system's clock")]
fn system_time() -> SystemTime {
    SystemTime::now()
}

fn builder(pool: &str, endpoint: Option<&str>, time: Option<&Time>) -> ClientBuilder {
    let mut builder = Client::builder(pool);
    if let Some(endpoint) = endpoint {
        builder = builder.endpoint_url(endpoint);
    }
    match time.cloned() {
        Some(time) => builder.time_source(move || time()),
        None => builder,
    }
}

/// GETs a document over plain HTTP.
async fn get(url: &str) -> String {
    reqwest::get(url).await.unwrap().text().await.unwrap()
}

fn credentials(in_process: bool, elsewhere: bool) -> Credentials {
    let variable = |name: &str| std::env::var(name).ok();
    let (id, secret) = match (in_process, elsewhere) {
        (true, _) => ("test-key".to_owned(), "test-secret".to_owned()),
        (false, true) => ("poolhouse".to_owned(), "poolhouse-dev".to_owned()),
        (false, false) => {
            let needed = |name: &str| variable(name).unwrap_or_else(|| panic!("{name} is needed for AWS"));
            (needed("AWS_ACCESS_KEY_ID"), needed("AWS_SECRET_ACCESS_KEY"))
        }
    };
    let session = (!in_process && !elsewhere).then(|| variable("AWS_SESSION_TOKEN")).flatten();
    Credentials::new(id, secret, session, None, "tests")
}

/// A pool with its clients.
pub(crate) struct Pool<'w> {
    pub(crate) world: &'w World,
    pub(crate) id: String,
    /// An app client without a secret that allows every flow of these tests.
    pub(crate) client: Client,
    pub(crate) admin: Admin,
}

impl Pool<'_> {
    /// Makes an app client.
    pub(crate) async fn app(&self, change: impl FnOnce(NewApp) -> NewApp) -> Client {
        self.app_builder(change).await.build().unwrap()
    }

    /// Makes an app client, and returns the settings of the client for it.
    pub(crate) async fn app_builder(&self, change: impl FnOnce(NewApp) -> NewApp) -> ClientBuilder {
        let new = self.world.sdk.create_user_pool_client().user_pool_id(&self.id).client_name("app");
        let new = new
            .explicit_auth_flows(AuthFlows::AllowUserSrpAuth)
            .explicit_auth_flows(AuthFlows::AllowUserPasswordAuth)
            .explicit_auth_flows(AuthFlows::AllowAdminUserPasswordAuth)
            .explicit_auth_flows(AuthFlows::AllowRefreshTokenAuth);
        let app = change(new).send().await.unwrap().user_pool_client.unwrap();
        let mut builder = self.world.builder(&self.id).client_id(app.client_id.unwrap());
        builder = builder.credentials(self.world.credentials());
        match app.client_secret {
            Some(secret) => builder.client_secret(secret),
            None => builder,
        }
    }

    /// The prefix of the pool's domain, which is made if there is none.
    pub(crate) async fn domain(&self) -> String {
        let name = self.id.to_ascii_lowercase().replace('_', "-");
        let made = (name.clone(), self.id.clone());
        if !self.world.domains.lock().unwrap().contains(&made) {
            let new = self.world.sdk.create_user_pool_domain().domain(&name).user_pool_id(&self.id);
            new.send().await.unwrap();
            self.world.domains.lock().unwrap().push(made);
        }
        name
    }

    /// Makes a confirmed user with an e-mail address and [`PASSWORD`].
    pub(crate) async fn user(&self, username: &str) {
        let new = self.admin.create_user(username).message(Invitation::Suppress);
        let new =
            new.attribute("email", format!("{username}@example.com")).attribute("email_verified", "true");
        new.send().await.unwrap();
        self.admin.set_password(username, PASSWORD).await.unwrap();
    }

    /// Makes a user and signs in.
    pub(crate) async fn signed_in(&self, username: &str) -> SignedIn {
        self.user(username).await;
        self.sign_in(username).await
    }

    /// Signs a user in.
    pub(crate) async fn sign_in(&self, username: &str) -> SignedIn {
        self.client.sign_in(username).password(PASSWORD).send().await.unwrap().into_signed_in().unwrap()
    }
}

/// Runs `count` of the same future at once.
pub(crate) async fn all_at_once<T: Send + 'static, F>(count: usize, make: impl Fn() -> F) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
{
    let running: Vec<_> = (0..count).map(|_| tokio::spawn(make())).collect();
    let mut results = Vec::new();
    for task in running {
        results.push(task.await.unwrap());
    }
    results
}
