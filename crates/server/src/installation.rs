//! The engine of an installation for a command: on its data and under its key, without a listener.

use std::collections::BTreeMap;

use poolhouse_compromised::CompromisedPasswords;
use poolhouse_core::{Engine, IssuerMode, KeyStock, Settings, State, Tiers};
use poolhouse_kernel::limits::Limits;
use poolhouse_kernel::{IDENTITY_ISSUER, Parts};
use poolhouse_ports::{Clock, Courier, Entropy, Fetch, Logs, Triggers};
use poolhouse_store::Options;

use crate::config::SealedOptions;
use crate::exit::Failure;
use crate::{audit, database, master_key};

/// An installation, and whom to tell what is done to it.
#[derive(Debug)]
pub(crate) struct Installation {
    pub(crate) engine: Engine,
    pub(crate) audit: audit::Log,
}

/// Opens an installation that a server has used.
///
/// # Errors
/// Exit code 2 with the cause when it cannot be opened.
pub(crate) async fn open(options: SealedOptions) -> Result<Installation, Failure> {
    let (store, installation, audit) = options.complete()?;
    let master_key = master_key::in_use(&installation, &store).await?;
    let audit = audit::open(&audit, &master_key, &Clock::system(), &Entropy::system())?;
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
    let engine = engine.map_err(|error| Failure::setup(format!("master key: {error}")))?;
    Ok(Installation { engine, audit })
}
