//! Settings of what an installation is: who it is, and what seals its secrets.

use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;

use super::{StoreOptions, read};
use crate::exit::Failure;

/// What names and seals.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(crate) struct InstallationOptions {
    /// Region of new pools when a request names none [default: us-east-1].
    #[arg(long, env = "POOLHOUSE_REGION")]
    pub(crate) region: Option<String>,

    /// Account in ARNs, 12 digits [default: 000000000000].
    #[arg(long, env = "POOLHOUSE_ACCOUNT_ID", value_name = "DIGITS")]
    pub(crate) account_id: Option<String>,

    /// File with the key that seals all secrets; made at the first start
    /// [default: master.key in the data folder].
    #[arg(long, env = "POOLHOUSE_MASTER_KEY_FILE", value_name = "FILE")]
    pub(crate) master_key_file: Option<PathBuf>,

    /// The key that seals all secrets, 32 bytes in base64, instead of a file. Better given by the environment than
    /// on the command line.
    #[arg(long, env = "POOLHOUSE_MASTER_KEY", value_name = "BASE64", hide_env_values = true)]
    pub(crate) master_key: Option<String>,

    /// Every how many days the published secrets of app clients are rotated; 0: by `poolhouse secrets rotate` alone
    /// [default: 7].
    #[arg(long, env = "POOLHOUSE_SECRET_ROTATION_DAYS", value_name = "DAYS")]
    pub(crate) secret_rotation_days: Option<u32>,

    /// For how many days the users and groups of a pool can be taken back to an earlier moment; 0: nothing is kept for
    /// that [default: 14].
    #[arg(long, env = "POOLHOUSE_RECOVERY_DAYS", value_name = "DAYS")]
    pub(crate) recovery_days: Option<u32>,
}

impl InstallationOptions {
    pub(super) fn fill_from(&mut self, file: Self) {
        self.region = self.region.take().or(file.region);
        self.account_id = self.account_id.take().or(file.account_id);
        self.master_key_file = self.master_key_file.take().or(file.master_key_file);
        self.master_key = self.master_key.take().or(file.master_key);
        self.secret_rotation_days = self.secret_rotation_days.or(file.secret_rotation_days);
        self.recovery_days = self.recovery_days.or(file.recovery_days);
    }

    /// # Errors
    /// Each message names the setting.
    pub(super) fn check(&self) -> Result<(), Failure> {
        if let Some(account) = &self.account_id
            && (account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()))
        {
            return Err(Failure::setup(format!("account-id must be 12 digits, not {account:?}")));
        }
        if let Some(region) = &self.region
            && !((1..=32).contains(&region.len())
                && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'))
        {
            return Err(Failure::setup(format!(
                "region must be made of 1 to 32 small letters, digits and hyphens, not {region:?}"
            )));
        }
        if self.master_key.is_some() && self.master_key_file.is_some() {
            return Err(Failure::setup("master-key and master-key-file are both given; give one of them"));
        }
        Ok(())
    }

    /// The region of new pools.
    pub(crate) fn region(&self) -> String {
        self.region.clone().unwrap_or_else(|| "us-east-1".to_owned())
    }

    /// The account in ARNs.
    pub(crate) fn account_id(&self) -> String {
        self.account_id.clone().unwrap_or_else(|| "000000000000".to_owned())
    }

    /// Every how many days published secrets are rotated.
    pub(crate) fn secret_rotation_days(&self) -> u32 {
        self.secret_rotation_days.unwrap_or(7)
    }

    /// For how many days users and groups can be taken back.
    pub(crate) fn recovery_days(&self) -> u32 {
        self.recovery_days.unwrap_or(14)
    }

    /// The file of the master key, where that is not given itself.
    pub(crate) fn master_key_file(&self, store: &StoreOptions) -> PathBuf {
        self.master_key_file.clone().unwrap_or_else(|| store.data_dir().join("master.key"))
    }
}

/// Options of the commands that open what is sealed.
#[derive(Args, Debug)]
pub(crate) struct SealedOptions {
    /// The TOML file of the server.
    #[arg(long, env = "POOLHOUSE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,

    #[command(flatten)]
    store: StoreOptions,

    #[command(flatten)]
    installation: InstallationOptions,
}

impl SealedOptions {
    /// Where the data is, and what seals it.
    ///
    /// # Errors
    /// When the configuration file cannot be read, or a setting is none.
    pub(crate) fn complete(mut self) -> Result<(StoreOptions, InstallationOptions), Failure> {
        if let Some(path) = &self.config {
            let file = read(path)?;
            self.store.fill_from(file.store);
            self.installation.fill_from(file.installation);
        }
        self.installation.check()?;
        Ok((self.store, self.installation))
    }
}
