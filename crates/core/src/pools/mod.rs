//! User pools: the record that every other part of the domain asks, and the operations on pools.

mod attributes;
mod certificate;
mod change;
mod count;
mod create;
mod delete;
mod mfa;
mod read;
mod rules;
pub(crate) mod schema;
mod settings;
pub mod tags;
pub(crate) mod tier;
mod update;
mod view;

use std::sync::Arc;

use poolhouse_crypto::srp::{self, Identity};
use poolhouse_ports::Timestamp;
use poolhouse_store::tables::pools::{self as table, Pool as PoolRow};
use poolhouse_wire::user_pools::{
    AliasAttributeType, AuthFactorType, PasswordPolicyType, RiskConfigurationType, UserPoolType,
    UsernameAttributeType, VerifiedAttributeType,
};
use serde::{Deserialize, Serialize};

use crate::sealing::PoolKeys;
use crate::sessions::Tracking;
use crate::{Cx, Fault};
use schema::Schema;

pub use certificate::signing_certificate;
pub(crate) use change::{change_sessions, set_risk};
pub(crate) use count::UserCounts;
pub use create::create;
pub use delete::delete;
pub(crate) use mfa::MfaSettings;
pub use mfa::{MfaConfig, mfa_config, set_mfa_config};
pub use read::{describe, list};
pub use update::{add_custom_attributes, update};

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
    pub(crate) keys: PoolKeys,
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
    fn from_json(config: &str) -> Result<Self, Fault> {
        serde_json::from_str(config).map_err(Fault::internal)
    }

    fn to_json(&self) -> Result<String, Fault> {
        serde_json::to_string(self).map_err(Fault::internal)
    }
}

impl Pool {
    /// Reads a stored row; its data key is unsealed with the master key.
    pub(crate) fn from_row(cx: &Cx, row: PoolRow) -> Result<Self, Fault> {
        let settings = PoolSettings::from_json(&row.config)?;
        let keys = cx.engine().sealing().open_pool_keys(&row.id, &row.data_key)?;
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
    fn to_row(&self, data_key: Vec<u8>) -> Result<PoolRow, Fault> {
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
        rules::first_factors(&self.settings.pool).contains(factor)
    }

    /// The identity that enters SRP's hashes for a user of this pool.
    pub(crate) fn srp_identity(&self, username: &str) -> Identity {
        Identity::user(srp::pool_name(&self.id), username)
    }
}

/// The pool of an id.
///
/// # Errors
/// `ResourceNotFoundException`.
pub(crate) async fn get(cx: &Cx, pool_id: &str) -> Result<Arc<Pool>, Fault> {
    if cx.is_repeating() {
        // Another node may have deleted it, so that nothing can be written that belongs to it.
        cx.engine().pools().forget(pool_id);
    }
    let load = async || {
        let row = table::get(&mut cx.read().await?, pool_id).await?;
        row.map(|row| Pool::from_row(cx, row)).transpose()
    };
    let found = cx.engine().pools().get(pool_id, cx.now, load).await?;
    found.ok_or_else(|| Fault::pool_not_found(pool_id))
}
