//! An installation for a command: what was given about it, the audit that is told of each command that changes something, and
//! the engine on its data and under its key, without a listener.

use std::collections::BTreeMap;
use std::path::Path;

use poolhouse_api::audit::{Audit, Place};
use poolhouse_compromised::CompromisedPasswords;
use poolhouse_core::{Engine, IssuerMode, KeyStock, Settings, State, Tiers};
use poolhouse_kernel::limits::Limits;
use poolhouse_kernel::sealing::MasterKey;
use poolhouse_kernel::{IDENTITY_ISSUER, Parts};
use poolhouse_ports::{Clock, Courier, Entropy, Fetch, Logs, Triggers};
use poolhouse_store::{Access, Options, Store};
use tokio::sync::OnceCell;

use crate::audit::{Act, Log};
use crate::config::{AuditOptions, InstallationOptions, SealedOptions, StoreOptions, for_commands};
use crate::exit::Failure;
use crate::{audit, database, master_key};

/// What a command was given about an installation.
#[derive(Debug)]
pub(crate) struct Given {
    pub(crate) store: StoreOptions,
    pub(crate) installation: InstallationOptions,
    audit: AuditOptions,
    master: OnceCell<MasterKey>,
}

/// Does something to an installation that a server has used, and tells the audit.
///
/// # Errors
/// Exit code 2 with the cause when it cannot be opened or told, and those of the work.
pub(crate) async fn change<T>(
    options: SealedOptions,
    act: Act,
    work: impl AsyncFnOnce(&Engine, &Audit) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let given = Given::read(options)?;
    let engine = given.engine().await?;
    let log = given.log().await?;
    let done = log.around(act, work(&engine, log.audit())).await;
    log.end(engine.store()).await;
    done
}

/// Looks at an installation that a server has used; the audit is told of what it is told of a server's reads.
///
/// # Errors
/// As [`change`].
pub(crate) async fn look<T>(
    options: SealedOptions,
    work: impl AsyncFnOnce(&Engine, &Audit) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let given = Given::read(options)?;
    let engine = given.engine().await?;
    let log = given.log().await?;
    let done = work(&engine, log.audit()).await;
    log.end(engine.store()).await;
    done
}

impl Given {
    /// Completes the options.
    ///
    /// # Errors
    /// When the configuration file cannot be read, or a setting is none.
    pub(crate) fn read(options: SealedOptions) -> Result<Self, Failure> {
        let (store, installation, audit) = options.complete()?;
        Ok(Self { store, installation, audit, master: OnceCell::new() })
    }

    /// The master key, which is asked for once.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) async fn master(&self) -> Result<&MasterKey, Failure> {
        self.master.get_or_try_init(|| master_key::in_use(&self.installation, &self.store)).await
    }

    /// The database, and how a command opens it.
    pub(crate) fn database(&self) -> Options {
        for_commands(self.store.database())
    }

    /// Opens the database.
    ///
    /// # Errors
    /// Exit code 2 with the cause and its cure.
    pub(crate) async fn open(&self, access: Access) -> Result<Store, Failure> {
        database::open(Options { access, ..self.database() }).await
    }

    /// Does something to the installation without an engine, and tells the audit. Where the chain stands is noted in the
    /// database after the work, unless a server has that for itself.
    ///
    /// # Errors
    /// Exit code 2 when it cannot be told, and those of the work.
    pub(crate) async fn told<T>(
        &self,
        act: Act,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let log = self.log().await?;
        let done = log.around(act, work).await;
        self.note(&log).await;
        done
    }

    async fn note(&self, log: &Log) {
        let options = Options { migrate: false, ..self.store.database() };
        let file = options.url.strip_prefix("sqlite:").map(Path::new);
        if self.audit.audit_log.is_none() || file.is_some_and(|file| !file.exists()) {
            return;
        }
        match Store::open(options).await {
            Ok(store) => log.end(&store).await,
            Err(error) => tracing::info!(%error, "cannot note where the audit log ends"),
        }
    }

    /// The audit of this process; without a folder for it, the master key is not asked for.
    async fn log(&self) -> Result<Log, Failure> {
        let place = self.place();
        if self.audit.audit_log.is_none() {
            return Ok(Log::none(place));
        }
        audit::open(&self.audit, self.master().await?, place)
    }

    fn place(&self) -> Place {
        Place {
            account_id: self.installation.account_id(),
            region: self.installation.region(),
            clock: Clock::system(),
            entropy: Entropy::system(),
        }
    }

    /// The engine on its data and under its key.
    ///
    /// # Errors
    /// Exit code 2 when the database or the key cannot be opened.
    pub(crate) async fn engine(&self) -> Result<Engine, Failure> {
        let Self { store, installation, .. } = self;
        let master_key = self.master().await?.clone();
        let store = database::open(Options { migrate: false, ..store.database() }).await?;
        let parts = Parts {
            store,
            clock: Clock::system(),
            entropy: Entropy::system(),
            courier: Courier::mailbox(),
            triggers: Triggers::none(),
            fetch: Fetch::none(),
            logs: Logs::none(),
            master_key,
            settings: poolhouse_kernel::Settings {
                region: installation.region(),
                account_id: installation.account_id(),
                public_url: String::new(),
                identity_issuer: IDENTITY_ISSUER.to_owned(),
                limits: Limits::default(),
                root: None,
            },
        };
        let settings = Settings {
            issuer: IssuerMode::Own,
            auth_event_days: u32::MAX,
            recovery_days: installation.recovery_days(),
            secret_rotation_days: installation.secret_rotation_days(),
            signing_key_days: 0,
            tiers: Tiers::default(),
            auth_domain: None,
            local_providers: false,
            provider_addresses: BTreeMap::new(),
        };
        let state = State::new(KeyStock::none(), CompromisedPasswords::default(), settings);
        let engine = Engine::start(parts, state).await;
        engine.map_err(|error| Failure::setup(format!("master key: {error}")))
    }
}
