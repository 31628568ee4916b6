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
use crate::{database, master_key};

/// Opens an installation that a server has used.
///
/// # Errors
/// Exit code 2 with the cause when it cannot be opened.
pub(crate) async fn open(options: SealedOptions) -> Result<Engine, Failure> {
    let (store, installation) = options.complete()?;
    let master_key = match &installation.master_key {
        Some(key) => master_key::given(key)?,
        None => master_key::existing(&installation.master_key_file(&store))?,
    };
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
        tiers: Tiers::default(),
        auth_domain: None,
        local_providers: false,
        provider_addresses: BTreeMap::new(),
    };
    let state = State::new(KeyStock::none(), CompromisedPasswords::default(), settings);
    Engine::start(parts, state).await.map_err(|error| Failure::setup(format!("master key: {error}")))
}
