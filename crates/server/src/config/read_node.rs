//! Settings of a server that reads from a standby.

use std::num::NonZeroU32;
use std::time::Duration;

use clap::Args;
use poolhouse_store::{Options as StoreOptions, RECENT};
use serde::Deserialize;

use super::resolve;
use crate::exit::Failure;

/// Options of a read node (docs/operating.md).
#[derive(Args, Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(crate) struct ReadNodeOptions {
    /// postgres://… of a standby of the database, which makes this server a read node: it serves the replicas that pools have in
    /// its --region, reads from the standby, and writes what a sign-in leaves to the database.
    /// As every secret, it may be env:NAME or file:PATH instead.
    #[arg(long, env = "POOLHOUSE_DATABASE_STANDBY", value_name = "URL", hide_env_values = true)]
    pub(crate) database_standby: Option<String>,

    /// How many seconds the standby may be behind the database while that does not answer, 3 or more [default: 60]. Beyond, the
    /// server is not ready, and nobody is let in by what may have been revoked since.
    #[arg(long, env = "POOLHOUSE_DATABASE_STANDBY_LAG", value_name = "SECONDS")]
    pub(crate) database_standby_lag: Option<NonZeroU32>,
}

impl ReadNodeOptions {
    pub(super) fn fill_from(&mut self, file: Self) {
        let Self { database_standby, database_standby_lag } = file;
        self.database_standby = self.database_standby.take().or(database_standby);
        self.database_standby_lag = self.database_standby_lag.or(database_standby_lag);
    }

    /// Puts what the URL leads to in its place.
    ///
    /// # Errors
    /// Names the setting.
    pub(super) fn resolve(&mut self) -> Result<(), Failure> {
        resolve("database-standby", &mut self.database_standby)
    }

    /// # Errors
    /// When a bound is given for nothing, or is one that would not be kept.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let Some(seconds) = self.database_standby_lag else { return Ok(()) };
        if self.database_standby.is_none() {
            return Err(Failure::setup("database-standby-lag is given without database-standby"));
        }
        // What is so young is read from the standby, whether the primary answers or not.
        let least = RECENT.as_secs();
        if u64::from(seconds.get()) < least {
            return Err(Failure::setup(format!("database-standby-lag must be at least {least} seconds")));
        }
        Ok(())
    }

    /// The database with its standby, if it has one.
    pub(crate) fn complete(&self, database: StoreOptions) -> StoreOptions {
        let seconds = self.database_standby_lag.map(|seconds| Duration::from_secs(seconds.get().into()));
        StoreOptions {
            standby: self.database_standby.clone(),
            standby_lag: seconds.unwrap_or(database.standby_lag),
            ..database
        }
    }
}
