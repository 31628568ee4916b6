//! User pools.

use std::sync::Arc;

use poolhouse_crypto::srp::{self, Identity};
use poolhouse_kernel::Fault;
use poolhouse_kernel::sealing::{DataKeys, Sealing};
use poolhouse_ports::{PoolId, Timestamp};
use poolhouse_store::tables::pools::Pool as PoolRow;
use poolhouse_wire::user_pools::{
    AliasAttributeType, AuthFactorType, EmailMfaConfigType, PasswordPolicyType, SoftwareTokenMfaConfigType,
    UsernameAttributeType, VerifiedAttributeType, WebAuthnConfigurationType,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::domain::Names;
use super::factors::Factor;
use super::logs::LogDelivery;
use super::pool_settings::{Basis, Settings};
use super::replica::Replica;
use super::risk::SetRisk;
use super::schema::Schema;
use super::tracking::Tracking;
use crate::faults;

/// A user pool as it is used: its settings, and what is derived from them.
#[derive(Clone, Debug)]
pub(crate) struct Pool {
    pub(crate) id: PoolId,
    pub(crate) name: String,
    pub(crate) region: String,
    pub(crate) created_at: Timestamp,
    pub(crate) modified_at: Timestamp,
    pub(crate) settings: PoolSettings,
    pub(crate) schema: Schema,
    pub(crate) domains: Names,
    pub(crate) keys: Arc<DataKeys>,
    /// Until when a recovery holds the users still.
    pub(crate) paused_until: Option<Timestamp>,
    /// The pool as it is at its other region, where it has one; that one itself has none.
    pub(crate) secondary: Option<Arc<Pool>>,
    /// Whether this is the pool as it is there.
    pub(crate) is_secondary: bool,
}

/// What is stored of a pool's configuration, as one JSON document.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub(crate) struct PoolSettings {
    pub(crate) basis: Basis,
    pub(crate) general: Settings,
    /// The factors, which SetUserPoolMfaConfig knows better than the pool's own members.
    pub(crate) mfa: MfaSettings,
    /// Whether sessions are tracked.
    pub(crate) sessions: Tracking,
    /// The risk configuration, once one was set.
    pub(crate) risk: Option<SetRisk>,
    /// Logs that are kept elsewhere.
    pub(crate) logs: Vec<LogDelivery>,
    /// Where else the pool is served.
    pub(crate) replica: Option<Replica>,
    /// What this release does not know.
    pub(crate) unknown: Unknown,
}

/// Members that a newer server has stored, and finds again when it reads what this one has changed
/// (docs/decisions/0066-upgrades-only-add.md).
#[derive(Clone, Debug, Default)]
pub(crate) struct Unknown {
    whole: Map<String, Value>,
    pool: Map<String, Value>,
}

/// The form in which [`PoolSettings`] are stored: as long as there is a database that holds it, it can be read.
#[derive(Serialize, Deserialize)]
struct Stored {
    pool: StoredPool,
    #[serde(default)]
    mfa: MfaSettings,
    #[serde(default)]
    sessions: Tracking,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    risk: Option<SetRisk>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    logs: Vec<LogDelivery>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    replica: Option<Replica>,
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

#[derive(Serialize, Deserialize)]
struct StoredPool {
    #[serde(flatten)]
    basis: Basis,
    #[serde(flatten)]
    settings: Settings,
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

impl From<Stored> for PoolSettings {
    fn from(stored: Stored) -> Self {
        let Stored { pool, mfa, sessions, risk, logs, replica, unknown: whole } = stored;
        let StoredPool { basis, settings: general, unknown: pool } = pool;
        Self { basis, general, mfa, sessions, risk, logs, replica, unknown: Unknown { whole, pool } }
    }
}

impl From<PoolSettings> for Stored {
    fn from(settings: PoolSettings) -> Self {
        let PoolSettings { basis, general, mfa, sessions, risk, logs, replica, unknown } = settings;
        let pool = StoredPool { basis, settings: general, unknown: unknown.pool };
        Self { pool, mfa, sessions, risk, logs, replica, unknown: unknown.whole }
    }
}

impl PoolSettings {
    pub(crate) fn from_json(config: &str) -> Result<Self, Fault> {
        serde_json::from_str(config).map_err(Fault::internal)
    }

    pub(crate) fn to_json(&self) -> Result<String, Fault> {
        serde_json::to_string(self).map_err(Fault::internal)
    }

    /// The settings as they are at the pool's other region, where it has one.
    pub(crate) fn at_replica(&self) -> Option<Self> {
        let replica = self.replica.as_ref()?;
        let mut settings = self.clone();
        replica.apply(&mut settings.general);
        if let Some(risk) = &mut settings.risk {
            replica.apply_to_risk(None, &mut risk.configuration);
        }
        Some(settings)
    }
}

impl Pool {
    /// Reads a stored row; its data key is unsealed with the master key.
    pub(crate) fn from_row(
        row: PoolRow,
        domains: Names,
        paused_until: Option<Timestamp>,
        sealing: &Sealing,
    ) -> Result<Self, Fault> {
        let settings = PoolSettings::from_json(&row.config)?;
        let keys = sealing.open_pool_keys(&row.id, &row.data_key)?;
        let pool = Self {
            schema: Schema::new(settings.basis.schema_attributes.as_deref().unwrap_or_default()),
            id: row.id,
            name: row.name,
            region: row.region,
            created_at: row.created_at,
            modified_at: row.modified_at,
            settings,
            domains,
            keys: Arc::new(keys),
            paused_until,
            secondary: None,
            is_secondary: false,
        };
        Ok(Self { secondary: pool.at_replica().map(Arc::new), ..pool })
    }

    fn at_replica(&self) -> Option<Self> {
        Some(Self { settings: self.settings.at_replica()?, is_secondary: true, ..self.clone() })
    }

    /// The region from which the pool is seen.
    pub(crate) fn seen_from(&self) -> &str {
        match &self.settings.replica {
            Some(replica) if self.is_secondary => &replica.region,
            _ => &self.region,
        }
    }

    /// Refuses changes of users where they are to stay as they are.
    ///
    /// # Errors
    /// `OperationNotEnabledException`.
    pub(crate) fn check_users_may_change(&self, now: Timestamp) -> Result<(), Fault> {
        if self.is_secondary { Err(faults::operation_not_enabled()) } else { self.check_not_paused(now) }
    }

    /// Whether users stay as they are: a recovery holds them still, or it is not here that they are made and changed
    /// (new-operations §7, documented).
    pub(crate) fn keeps_users(&self, now: Timestamp) -> bool {
        self.is_secondary || self.is_paused(now)
    }

    /// Refuses changes of users while a recovery holds them still. The store refuses them, too; here it is said before
    /// anything is told of a user (new-operations §15.5, ours).
    ///
    /// # Errors
    /// `OperationNotEnabledException`.
    pub(crate) fn check_not_paused(&self, now: Timestamp) -> Result<(), Fault> {
        if self.is_paused(now) { Err(Fault::paused()) } else { Ok(()) }
    }

    /// Whether a recovery holds the users still, as far as this node knows.
    fn is_paused(&self, now: Timestamp) -> bool {
        self.paused_until.is_some_and(|until| now < until)
    }

    /// The row to be stored, with the sealed form of the pool's data key.
    pub(crate) fn to_row(&self, data_key: Vec<u8>) -> Result<PoolRow, Fault> {
        Ok(PoolRow {
            id: self.id.clone(),
            name: self.name.clone(),
            region: self.region.clone(),
            created_at: self.created_at,
            modified_at: self.modified_at,
            config: self.settings.to_json()?,
            data_key,
        })
    }

    /// Whether names differ by case. Absent means that they do (users-and-groups §6, documented).
    pub(crate) fn case_sensitive(&self) -> bool {
        self.settings.basis.username_configuration.as_ref().is_none_or(|c| c.case_sensitive)
    }

    /// The addresses that users sign up with; empty in pools with free user names.
    pub(crate) fn username_attributes(&self) -> &[UsernameAttributeType] {
        self.settings.basis.username_attributes.as_deref().unwrap_or_default()
    }

    /// The attributes by which users may sign in besides their name.
    pub(crate) fn alias_attributes(&self) -> &[AliasAttributeType] {
        self.settings.basis.alias_attributes.as_deref().unwrap_or_default()
    }

    /// Whether a new value of `attribute` (`email`, `phone_number`) gets a code sent to it.
    pub(crate) fn auto_verifies(&self, attribute: &str) -> bool {
        let attributes = self.settings.general.auto_verified_attributes.as_deref().unwrap_or_default();
        attributes.iter().map(VerifiedAttributeType::as_str).any(|a| a == attribute)
    }

    /// Whether a new value of `attribute` takes effect only once it is verified.
    pub(crate) fn verifies_before_update(&self, attribute: &str) -> bool {
        let settings = self.settings.general.user_attribute_update_settings.as_ref();
        let attributes = settings.and_then(|s| s.attributes_require_verification_before_update.as_deref());
        attributes.unwrap_or_default().iter().map(VerifiedAttributeType::as_str).any(|a| a == attribute)
    }

    /// The password policy; an absent one asks for eight characters of any kind.
    pub(crate) fn password_policy(&self) -> PasswordPolicyType {
        self.settings.general.policies.as_ref().and_then(|p| p.password_policy.clone()).unwrap_or_default()
    }

    /// How long a temporary password lives, in days; 0 counts as the default of 7.
    pub(crate) fn temporary_password_days(&self) -> i64 {
        self.password_policy().temporary_password_validity_days.filter(|days| *days > 0).map_or(7, i64::from)
    }

    /// Whether only administrators create users.
    pub(crate) fn admin_create_only(&self) -> bool {
        let config = self.settings.general.admin_create_user_config.as_ref();
        config.is_some_and(|c| c.allow_admin_create_user_only == Some(true))
    }

    /// Whether users may begin a choice-based sign-in with this factor.
    pub(crate) fn allows_first_factor(&self, factor: &AuthFactorType) -> bool {
        first_factors(&self.settings.general).contains(factor)
    }

    /// The identity that enters SRP's hashes for a user of this pool.
    pub(crate) fn srp_identity(&self, username: &str) -> Identity {
        Identity::user(srp::pool_name(&self.id), username)
    }
}

pub(crate) fn first_factors(pool: &Settings) -> &[AuthFactorType] {
    let policy = pool.policies.as_ref().and_then(|p| p.sign_in_policy.as_ref());
    policy.and_then(|p| p.allowed_first_auth_factors.as_deref()).unwrap_or_default()
}

/// The second factors of a pool, and its passkeys.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct MfaSettings {
    /// Whether SMS is a factor; the pool's `SmsConfiguration` serves other messages too.
    pub(crate) sms: bool,
    pub(crate) software_token: Option<SoftwareTokenMfaConfigType>,
    pub(crate) email: Option<EmailMfaConfigType>,
    pub(crate) web_authn: Option<WebAuthnConfigurationType>,
}

impl MfaSettings {
    /// Whether users can answer with a code from an app.
    fn software_token_enabled(&self) -> bool {
        self.software_token.as_ref().is_some_and(|s| s.enabled == Some(true))
    }

    /// Whether there is any second factor. Passkeys are none.
    pub(crate) fn has_factor(&self, pool: &Settings) -> bool {
        Factor::ALL.into_iter().any(|factor| self.has(pool, factor))
    }

    fn has(&self, pool: &Settings, factor: Factor) -> bool {
        match factor {
            Factor::Sms => self.sms && pool.sms_configuration.is_some(),
            Factor::SoftwareToken => self.software_token_enabled(),
            Factor::Email => self.email.is_some(),
        }
    }

    /// Leaves the passkeys alone.
    pub(crate) fn clear_factors(&mut self) {
        *self = Self { web_authn: self.web_authn.take(), ..Self::default() };
    }
}

impl Pool {
    /// Whether the pool has this second factor switched on.
    pub(crate) fn offers_factor(&self, factor: Factor) -> bool {
        self.settings.mfa.has(&self.settings.general, factor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_can_be_read() {
        crate::model::stored::check::<PoolSettings>("pool");
    }

    #[test]
    fn what_a_newer_server_has_stored_is_kept() {
        let newer = serde_json::json!({ "pool": { "MfaConfiguration": "OFF", "Later": { "a": [1] } }, "later": null });
        let kept = PoolSettings::from_json(&newer.to_string()).unwrap().to_json().unwrap();
        let kept: Value = serde_json::from_str(&kept).unwrap();
        assert_eq!((&kept["pool"], &kept["later"]), (&newer["pool"], &newer["later"]));
        assert!(kept.as_object().unwrap().contains_key("later"));
    }
}
