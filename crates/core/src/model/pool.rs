//! User pools.

use poolhouse_crypto::srp::{self, Identity};
use poolhouse_kernel::Fault;
use poolhouse_kernel::sealing::{DataKeys, Sealing};
use poolhouse_ports::Timestamp;
use poolhouse_store::tables::pools::Pool as PoolRow;
use poolhouse_wire::user_pools::{
    AliasAttributeType, AuthFactorType, EmailMfaConfigType, PasswordPolicyType, RiskConfigurationType,
    SoftwareTokenMfaConfigType, UserPoolType, UsernameAttributeType, VerifiedAttributeType,
    WebAuthnConfigurationType,
};
use serde::{Deserialize, Serialize};

use super::factors::Factor;
use super::schema::Schema;
use super::tracking::Tracking;

/// A user pool as it is used: settings in the form of the wire, and what is derived from them.
#[derive(Debug)]
pub(crate) struct Pool {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) region: String,
    pub(crate) created_at: Timestamp,
    pub(crate) modified_at: Timestamp,
    pub(crate) settings: PoolSettings,
    pub(crate) schema: Schema,
    pub(crate) keys: DataKeys,
}

/// What is stored of a pool's configuration, as one JSON document.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct PoolSettings {
    /// The members that DescribeUserPool answers, without those that have columns of their own
    /// (id, name, dates) or are computed (ARN, number of users).
    pub(crate) pool: UserPoolType,
    /// The factors, which SetUserPoolMfaConfig knows better than the pool's own members.
    #[serde(default)]
    pub(crate) mfa: MfaSettings,
    /// Whether sessions are tracked.
    #[serde(default)]
    pub(crate) sessions: Tracking,
    /// The risk configuration, once one was set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) risk: Option<RiskConfigurationType>,
}

impl PoolSettings {
    pub(crate) fn from_json(config: &str) -> Result<Self, Fault> {
        serde_json::from_str(config).map_err(Fault::internal)
    }

    pub(crate) fn to_json(&self) -> Result<String, Fault> {
        serde_json::to_string(self).map_err(Fault::internal)
    }
}

impl Pool {
    /// Reads a stored row; its data key is unsealed with the master key.
    pub(crate) fn from_row(row: PoolRow, sealing: &Sealing) -> Result<Self, Fault> {
        let settings = PoolSettings::from_json(&row.config)?;
        let keys = sealing.open_pool_keys(&row.id, &row.data_key)?;
        Ok(Self {
            schema: Schema::new(settings.pool.schema_attributes.as_deref().unwrap_or_default()),
            id: row.id,
            name: row.name,
            region: row.region,
            created_at: row.created_at,
            modified_at: row.modified_at,
            settings,
            keys,
        })
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
        self.settings.pool.username_configuration.as_ref().is_none_or(|c| c.case_sensitive)
    }

    /// The addresses that users sign up with; empty in pools with free user names.
    pub(crate) fn username_attributes(&self) -> &[UsernameAttributeType] {
        self.settings.pool.username_attributes.as_deref().unwrap_or_default()
    }

    /// The attributes by which users may sign in besides their name.
    pub(crate) fn alias_attributes(&self) -> &[AliasAttributeType] {
        self.settings.pool.alias_attributes.as_deref().unwrap_or_default()
    }

    /// Whether a new value of `attribute` (`email`, `phone_number`) gets a code sent to it.
    pub(crate) fn auto_verifies(&self, attribute: &str) -> bool {
        let attributes = self.settings.pool.auto_verified_attributes.as_deref().unwrap_or_default();
        attributes.iter().map(VerifiedAttributeType::as_str).any(|a| a == attribute)
    }

    /// Whether a new value of `attribute` takes effect only once it is verified.
    pub(crate) fn verifies_before_update(&self, attribute: &str) -> bool {
        let settings = self.settings.pool.user_attribute_update_settings.as_ref();
        let attributes = settings.and_then(|s| s.attributes_require_verification_before_update.as_deref());
        attributes.unwrap_or_default().iter().map(VerifiedAttributeType::as_str).any(|a| a == attribute)
    }

    /// The password policy; an absent one asks for eight characters of any kind.
    pub(crate) fn password_policy(&self) -> PasswordPolicyType {
        self.settings.pool.policies.as_ref().and_then(|p| p.password_policy.clone()).unwrap_or_default()
    }

    /// How long a temporary password lives, in days; 0 counts as the default of 7.
    pub(crate) fn temporary_password_days(&self) -> i64 {
        self.password_policy().temporary_password_validity_days.filter(|days| *days > 0).map_or(7, i64::from)
    }

    /// Whether only administrators create users.
    pub(crate) fn admin_create_only(&self) -> bool {
        let config = self.settings.pool.admin_create_user_config.as_ref();
        config.is_some_and(|c| c.allow_admin_create_user_only == Some(true))
    }

    /// Whether users may begin a choice-based sign-in with this factor.
    pub(crate) fn allows_first_factor(&self, factor: &AuthFactorType) -> bool {
        first_factors(&self.settings.pool).contains(factor)
    }

    /// The identity that enters SRP's hashes for a user of this pool.
    pub(crate) fn srp_identity(&self, username: &str) -> Identity {
        Identity::user(srp::pool_name(&self.id), username)
    }
}

pub(crate) fn first_factors(pool: &UserPoolType) -> &[AuthFactorType] {
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
    pub(crate) fn has_factor(&self, pool: &UserPoolType) -> bool {
        Factor::ALL.into_iter().any(|factor| self.has(pool, factor))
    }

    fn has(&self, pool: &UserPoolType, factor: Factor) -> bool {
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
        self.settings.mfa.has(&self.settings.pool, factor)
    }
}
