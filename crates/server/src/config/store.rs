//! Settings of where the data is.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde::Deserialize;

use super::{read, resolve};
use crate::exit::Failure;

/// How long a statement of a command may take, which reads whole tables.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(60 * 60);

/// Where the data is.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(crate) struct StoreOptions {
    /// Folder of the database and the master key [default: ./poolhouse-data].
    #[arg(long, env = "POOLHOUSE_DATA_DIR", value_name = "FOLDER")]
    pub(crate) data_dir: Option<PathBuf>,

    /// sqlite:PATH or postgres://… [default: SQLite in the data folder]. With ?sslmode= and sslrootcert= as libpq has
    /// them; PostgreSQL on another machine is spoken to by TLS alone unless sslmode=disable is written out.
    /// As every secret, it may be env:NAME or file:PATH instead, and is then read from there.
    #[arg(long, env = "POOLHOUSE_DATABASE", value_name = "URL", hide_env_values = true)]
    pub(crate) database: Option<String>,

    /// How many connections to PostgreSQL this server holds at most [default: 32]. All servers together need fewer than
    /// its max_connections.
    #[arg(long, env = "POOLHOUSE_DATABASE_CONNECTIONS", value_name = "N")]
    pub(crate) database_connections: Option<NonZeroU32>,

    /// How many seconds PostgreSQL may take for a statement before the request fails [default: 30].
    #[arg(long, env = "POOLHOUSE_DATABASE_TIMEOUT", value_name = "SECONDS")]
    pub(crate) database_timeout: Option<NonZeroU32>,
}

impl StoreOptions {
    pub(super) fn fill_from(&mut self, file: Self) {
        self.data_dir = self.data_dir.take().or(file.data_dir);
        self.database = self.database.take().or(file.database);
        self.database_connections = self.database_connections.or(file.database_connections);
        self.database_timeout = self.database_timeout.or(file.database_timeout);
    }

    /// Puts what the URL leads to in its place.
    ///
    /// # Errors
    /// Names the setting.
    pub(super) fn resolve(&mut self) -> Result<(), Failure> {
        resolve("database", &mut self.database)
    }

    /// Whether a password stands in the URL.
    pub(super) fn names_password(&self) -> bool {
        self.database.as_deref().is_some_and(names_password)
    }

    /// The data folder.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.data_dir.clone().unwrap_or_else(|| PathBuf::from("./poolhouse-data"))
    }

    /// The URL of the database.
    pub(crate) fn url(&self) -> String {
        self.database
            .clone()
            .unwrap_or_else(|| format!("sqlite:{}", self.data_dir().join("poolhouse.db").display()))
    }

    /// The file that SQLite writes first, where there is one.
    pub(crate) fn wal(&self) -> Option<PathBuf> {
        let url = self.url();
        let file = url.strip_prefix("sqlite:").filter(|file| *file != ":memory:")?;
        Some(PathBuf::from(format!("{file}-wal")))
    }

    /// The database, and how it is opened.
    pub(crate) fn database(&self) -> poolhouse_store::Options {
        let mut options = poolhouse_store::Options::new(self.url());
        if let Some(connections) = self.database_connections {
            options.connections = usize::try_from(connections.get()).unwrap_or(usize::MAX);
        }
        if let Some(seconds) = self.database_timeout {
            options.statement = Duration::from_secs(seconds.get().into());
            options.wait = options.wait.min(options.statement);
        }
        options
    }
}

/// Whether a password stands in a URL: behind the user, or among the parameters.
pub(super) fn names_password(url: &str) -> bool {
    let Some((_, rest)) = url.split_once("://") else { return false };
    let (place, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    place.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
        || parameters.split('&').any(|parameter| parameter.starts_with("password="))
}

/// Options of the commands that look after the database.
#[derive(Args, Debug)]
pub(crate) struct DbOptions {
    /// The TOML file of the server.
    #[arg(long, env = "POOLHOUSE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,

    #[command(flatten)]
    store: StoreOptions,
}

impl DbOptions {
    /// The database, and how it is opened.
    ///
    /// # Errors
    /// When the configuration file cannot be read.
    pub(crate) fn database(mut self) -> Result<poolhouse_store::Options, Failure> {
        if let Some(path) = &self.config {
            self.store.fill_from(read(path)?.store);
        }
        self.store.resolve()?;
        Ok(for_commands(self.store.database()))
    }
}

/// The options of a database for a command that may take long.
pub(crate) fn for_commands(options: poolhouse_store::Options) -> poolhouse_store::Options {
    poolhouse_store::Options { statement: COMMAND_TIMEOUT, ..options }
}
