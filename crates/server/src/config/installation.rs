//! Settings of what an installation is: who it is, and what seals its secrets.

use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;

use super::{AuditOptions, StoreOptions, read, resolve};
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

    /// A command that prints the key that seals all secrets, in base64, within 30 seconds: instead of a file.
    #[arg(long, env = "POOLHOUSE_MASTER_KEY_COMMAND", value_name = "COMMAND")]
    pub(crate) master_key_command: Option<String>,

    /// The ARN of a key of AWS KMS that decrypts the key that seals all secrets: instead of a file. Credentials are those of the
    /// environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN).
    #[arg(long, env = "POOLHOUSE_MASTER_KEY_KMS", value_name = "ARN")]
    pub(crate) master_key_kms: Option<String>,

    /// File with the ciphertext that KMS decrypts, in base64 [default: master.key.kms in the data folder].
    #[arg(long, env = "POOLHOUSE_MASTER_KEY_KMS_FILE", value_name = "FILE")]
    pub(crate) master_key_kms_file: Option<PathBuf>,

    /// Where KMS is asked, or what speaks as it does [default: AWS in the region of the ARN].
    #[arg(long, env = "POOLHOUSE_MASTER_KEY_KMS_ENDPOINT", value_name = "URL")]
    pub(crate) master_key_kms_endpoint: Option<String>,

    /// File with the key that came before: what it sealed is still opened, and sealed anew (docs/operating.md).
    #[arg(long, env = "POOLHOUSE_PREVIOUS_MASTER_KEY_FILE", value_name = "FILE")]
    pub(crate) previous_master_key_file: Option<PathBuf>,

    /// File with the key that comes next, where several servers change one after the other: what it sealed is opened, and left
    /// as it is (docs/operating.md).
    #[arg(long, env = "POOLHOUSE_NEXT_MASTER_KEY_FILE", value_name = "FILE")]
    pub(crate) next_master_key_file: Option<PathBuf>,

    /// Every how many days the published secrets of app clients are rotated; 0: by `poolhouse secrets rotate` alone
    /// [default: 7].
    #[arg(long, env = "POOLHOUSE_SECRET_ROTATION_DAYS", value_name = "DAYS")]
    pub(crate) secret_rotation_days: Option<u32>,

    /// How many days old the keys may become that sign tokens, of user pools and of identity pools; 0: they are rotated by
    /// `poolhouse keys rotate` alone [default: 0].
    #[arg(long, env = "POOLHOUSE_SIGNING_KEY_DAYS", value_name = "DAYS")]
    pub(crate) signing_key_days: Option<u32>,

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
        self.master_key_command = self.master_key_command.take().or(file.master_key_command);
        self.master_key_kms = self.master_key_kms.take().or(file.master_key_kms);
        self.master_key_kms_file = self.master_key_kms_file.take().or(file.master_key_kms_file);
        self.master_key_kms_endpoint = self.master_key_kms_endpoint.take().or(file.master_key_kms_endpoint);
        self.previous_master_key_file =
            self.previous_master_key_file.take().or(file.previous_master_key_file);
        self.next_master_key_file = self.next_master_key_file.take().or(file.next_master_key_file);
        self.secret_rotation_days = self.secret_rotation_days.or(file.secret_rotation_days);
        self.signing_key_days = self.signing_key_days.or(file.signing_key_days);
        self.recovery_days = self.recovery_days.or(file.recovery_days);
    }

    /// Puts what the key leads to in its place.
    ///
    /// # Errors
    /// Names the setting.
    pub(super) fn resolve(&mut self) -> Result<(), Failure> {
        resolve("master-key", &mut self.master_key)
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
        let ways = [
            ("master-key", self.master_key.is_some()),
            ("master-key-file", self.master_key_file.is_some()),
            ("master-key-command", self.master_key_command.is_some()),
            ("master-key-kms", self.master_key_kms.is_some()),
        ];
        let mut given = ways.iter().filter(|(_, given)| *given);
        if let (Some((one, _)), Some((other, _))) = (given.next(), given.next()) {
            return Err(Failure::setup(format!("{one} and {other} are both given; give one of them")));
        }
        if (self.master_key_kms_file.is_some() || self.master_key_kms_endpoint.is_some())
            && self.master_key_kms.is_none()
        {
            return Err(Failure::setup(
                "master-key-kms-file and master-key-kms-endpoint go with master-key-kms; name the key, or leave them out",
            ));
        }
        if self.previous_master_key_file.is_some() && self.next_master_key_file.is_some() {
            return Err(Failure::setup(
                "previous-master-key-file and next-master-key-file are both given; they belong to different steps of a rotation",
            ));
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

    /// How many days old signing keys may become.
    pub(crate) fn signing_key_days(&self) -> u32 {
        self.signing_key_days.unwrap_or(0)
    }

    /// The file of the ciphertext that KMS decrypts.
    pub(crate) fn master_key_kms_file(&self, store: &StoreOptions) -> PathBuf {
        self.master_key_kms_file.clone().unwrap_or_else(|| store.data_dir().join("master.key.kms"))
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

    #[command(flatten)]
    audit: AuditOptions,
}

impl SealedOptions {
    /// Where the data is, and what seals it.
    ///
    /// # Errors
    /// When the configuration file cannot be read, or a setting is none.
    pub(crate) fn complete(mut self) -> Result<(StoreOptions, InstallationOptions, AuditOptions), Failure> {
        if let Some(path) = &self.config {
            let file = read(path)?;
            self.store.fill_from(file.store);
            self.installation.fill_from(file.installation);
            self.audit.fill_from(file.audit);
        }
        self.store.resolve()?;
        self.installation.resolve()?;
        self.installation.check()?;
        self.audit.check()?;
        Ok((self.store, self.installation, self.audit))
    }
}
