//! Backups of a server that runs, and what they restore.

mod beside;
mod folder;
mod lost;
mod nodes;
mod refused;
mod released;
mod restored;
mod single;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use poolhouse_backup::{
    BackupError, Backups as Place, Folder, Keys, Manifest, Order, Progress, Restore, Restored, make,
};
use poolhouse_crypto::age::{Identity, Recipient};
use poolhouse_kernel::sealing::MasterKey;
use poolhouse_ports::{Clock, Entropy, PoolId, Timestamp};
use poolhouse_store::{Access, Options, Store};
use poolhouse_testkit::{Database, Passkey, SrpClient, TestServer, claims};
use serde_json::{Value, json};

use crate::devices::{DEVICE_PASSWORD, Device};
use crate::passkeys::{Alice, RP};
use crate::sign_in::answer;
use crate::sign_in::factors::{App, demand, prefer};

/// The master key of test servers.
fn master() -> MasterKey {
    MasterKey::new([7; 32])
}

/// A folder for backups.
struct Backups {
    path: PathBuf,
    /// Whether it is there for other runs, too.
    stays: bool,
}

impl Backups {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("poolhouse-backup-{}-{number}", std::process::id()));
        Self { path, stays: false }
    }

    /// One that stays.
    fn at(path: PathBuf) -> Self {
        Self { path, stays: true }
    }

    fn place(&self) -> Place {
        Place::at(Folder::at(&self.path))
    }

    /// What people call it.
    fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// A backup of this server; and how many of its parts are new, and how many were there.
    async fn make_for(
        &self,
        server: &TestServer,
        recipients: &[Recipient],
        pools: Option<&BTreeSet<PoolId>>,
    ) -> (Manifest, Progress) {
        // None is made in the second of another.
        server.clock().advance_seconds(1);
        let (store, entropy) = (server.engine().store(), Entropy::system());
        let order =
            Order { store, master: &master(), recipients, pools, entropy: &entropy, now: server.now() };
        let mut last = Progress::default();
        let made = make(&order, &self.place(), |progress| last = *progress).await.unwrap();
        assert_eq!(made.unopened, []);
        (made.manifest, last)
    }

    async fn make(&self, server: &TestServer) -> Manifest {
        self.make_for(server, &[], None).await.0
    }

    /// Restores all of the newest one into `store`, under a master key.
    async fn restore(&self, store: &Store, to: &MasterKey) -> Result<Restored, BackupError> {
        let keys = Keys::of(&master());
        let manifest = self.place().newest(&keys, &BTreeSet::new()).await?;
        self.with(&manifest, to, &keys.identities()).whole(store).await
    }

    fn with<'a>(&'a self, manifest: &'a Manifest, to: &'a MasterKey, identities: &'a [Identity]) -> Once<'a> {
        let (from, entropy, now) = (master(), Entropy::system(), Clock::system().now());
        Once { backups: self.place(), from, entropy, now, manifest, to, identities }
    }

    /// The files of parts, in the order of their names.
    fn parts(&self) -> Vec<PathBuf> {
        let mut parts: Vec<_> =
            fs::read_dir(self.path.join("parts")).unwrap().map(|file| file.unwrap().path()).collect();
        parts.sort();
        parts
    }
}

impl Drop for Backups {
    fn drop(&mut self) {
        if !self.stays {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// What a [`Restore`] borrows.
struct Once<'a> {
    backups: Place,
    from: MasterKey,
    entropy: Entropy,
    now: Timestamp,
    manifest: &'a Manifest,
    to: &'a MasterKey,
    identities: &'a [Identity],
}

impl Once<'_> {
    fn restore(&self) -> Restore<'_> {
        let Self { backups, from, entropy, now, manifest, to, identities } = self;
        Restore { backups, manifest, from, to, identities, entropy, now: *now }
    }

    async fn whole(&self, store: &Store) -> Result<Restored, BackupError> {
        self.restore().whole(store).await
    }
}

/// An empty database to restore into; on PostgreSQL without even a schema.
async fn empty(on_postgres: bool) -> Option<(Database, Store)> {
    let database = if on_postgres { Database::bare_postgres().await? } else { Database::Sqlite };
    let options = Options { access: Access::Fill, connections: 4, ..Options::new(database.url()) };
    let store = Store::open(options).await.unwrap();
    Some((database, store))
}

/// A server on what was restored, with this master key.
async fn serve(database: Database, store: Store, key: MasterKey) -> TestServer {
    TestServer::start_with(database, |parts| {
        parts.kernel.store = store;
        parts.kernel.master_key = key;
    })
    .await
}

/// A pool whose users sign in in every way.
struct Scene {
    pool: String,
    client: String,
    app: App,
    device: Device,
    passkey: Passkey,
}

impl Scene {
    async fn new(server: &TestServer) -> Self {
        let settings = json!({
            "DeviceConfiguration": { "DeviceOnlyRememberedOnUserPrompt": false },
            "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"] } },
        });
        let pool = server.pool(settings).await;
        let flows = [
            "ALLOW_USER_PASSWORD_AUTH",
            "ALLOW_USER_SRP_AUTH",
            "ALLOW_REFRESH_TOKEN_AUTH",
            "ALLOW_USER_AUTH",
        ];
        let client = server.client(&pool, json!({ "ExplicitAuthFlows": flows })).await;
        for name in ["alice", "bob"] {
            server.user(&pool, name, json!({ "email": format!("{name}@example.com") })).await;
        }
        server.group(&pool, "staff", json!({ "Precedence": 3 })).await;
        server
            .group(&pool, "admins", json!({ "Precedence": 1, "RoleArn": "arn:aws:iam::000000000000:role/a" }))
            .await;
        server.member(&pool, "alice", "staff").await;
        server.member(&pool, "alice", "admins").await;
        let factors = json!({
            "SoftwareTokenMfaConfiguration": { "Enabled": true },
            "WebAuthnConfiguration": { "RelyingPartyId": RP },
        });
        demand(server, &pool, "OPTIONAL", factors).await;
        let app = App::register(server, &client, "bob", None).await;
        prefer(server, &pool, "bob", "SoftwareTokenMfaSettings").await;
        let device = Device::new(&server.sign_in(&client, "alice").await);
        server.public().ok("ConfirmDevice", device.confirmation("a laptop")).await;
        let alice = Alice::of(server, &pool, &client, &device.tokens["AccessToken"]);
        let passkey = alice.passkey("a security key").await;
        Self { pool, client, app, device, passkey }
    }

    /// Everybody signs in as they did before, and is signed in still.
    async fn holds(&self, server: &TestServer) {
        self.signs_in(server).await;
        self.refreshes(server).await;
    }

    /// Everybody signs in as they did before.
    async fn signs_in(&self, server: &TestServer) {
        server.clock().advance_seconds(60);
        let tokens = server.sign_in(&self.client, "alice").await;
        let told = claims(&tokens["IdToken"]);
        assert_eq!(told["cognito:groups"], json!(["admins", "staff"]));
        assert_eq!(told["cognito:preferred_role"], "arn:aws:iam::000000000000:role/a");
        assert_eq!(told["email"], "alice@example.com");
        self.proves_a_device(server).await;
        self.shows_a_code(server).await;
        let alice = Alice::of(server, &self.pool, &self.client, &Value::Null);
        assert_eq!(alice.sign_in(&self.passkey).await, "in");
        let wrong = crate::sign_in::password_auth(&self.client, "alice", "Wrong-Horse-7");
        assert_eq!(server.public().refused("InitiateAuth", wrong).await.0, "NotAuthorizedException");
    }

    /// How alice refreshes with the token of before the backup.
    fn refresh(&self) -> Value {
        let parameters =
            json!({ "REFRESH_TOKEN": self.device.tokens["RefreshToken"], "DEVICE_KEY": self.device.key });
        json!({ "AuthFlow": "REFRESH_TOKEN_AUTH", "ClientId": self.client, "AuthParameters": parameters })
    }

    async fn refreshes(&self, server: &TestServer) {
        let output = server.public().ok("InitiateAuth", self.refresh()).await;
        assert_eq!(claims(&output["AuthenticationResult"]["AccessToken"])["username"], "alice");
    }

    /// SRP, of the password and then of the device.
    async fn proves_a_device(&self, server: &TestServer) {
        let (srp, public) = (SrpClient::new(&self.pool), server.public());
        let input = json!({
            "ClientId": self.client,
            "AuthFlow": "USER_SRP_AUTH",
            "AuthParameters": { "USERNAME": "alice", "SRP_A": srp.srp_a() },
        });
        let respond = async |name: &str, session: &Value, responses: Value| {
            public.ok("RespondToAuthChallenge", answer(&self.client, name, session, responses)).await
        };
        let challenge = public.ok("InitiateAuth", input).await;
        let mut responses = srp.answer(&challenge["ChallengeParameters"], TestServer::PASSWORD, server.now());
        responses["DEVICE_KEY"] = json!(self.device.key);
        let before = respond("PASSWORD_VERIFIER", &challenge["Session"], responses).await;
        let responses = json!({ "USERNAME": "alice", "DEVICE_KEY": self.device.key, "SRP_A": srp.srp_a() });
        let challenge = respond("DEVICE_SRP_AUTH", &before["Session"], responses).await;
        let parameters = &challenge["ChallengeParameters"];
        let responses = srp.device_answer(parameters, &self.device.group, DEVICE_PASSWORD, server.now());
        let output = respond("DEVICE_PASSWORD_VERIFIER", &challenge["Session"], responses).await;
        let token = &output["AuthenticationResult"]["AccessToken"];
        assert_eq!(claims(token)["device_key"], self.device.key.as_str());
    }

    async fn shows_a_code(&self, server: &TestServer) {
        let input = crate::sign_in::password_auth(&self.client, "bob", TestServer::PASSWORD);
        let challenge = server.public().ok("InitiateAuth", input).await;
        assert_eq!(challenge["ChallengeName"], "SOFTWARE_TOKEN_MFA");
        let responses = json!({ "USERNAME": "bob", "SOFTWARE_TOKEN_MFA_CODE": self.app.code(server, 0) });
        let input = answer(&self.client, "SOFTWARE_TOKEN_MFA", &challenge["Session"], responses);
        let output = server.public().ok("RespondToAuthChallenge", input).await;
        assert_eq!(claims(&output["AuthenticationResult"]["AccessToken"])["username"], "bob");
    }
}

/// Reads a file, changes it, and writes it again.
fn change(path: &Path, how: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    how(&mut bytes);
    fs::write(path, bytes).unwrap();
}
