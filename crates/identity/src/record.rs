//! The record of an identity pool: who may log in, what roles there are, and how it is stored.

use std::collections::BTreeMap;

use poolhouse_core::Cx;
use poolhouse_kernel::Fault;
use poolhouse_ports::{IdentityPoolId, Timestamp};
use poolhouse_store::Tx;
use poolhouse_store::tables::identity_pools as table;
use serde::{Deserialize, Serialize};

use crate::faults;

/// An identity pool.
#[derive(Clone, Debug)]
pub(crate) struct Pool {
    pub(crate) id: IdentityPoolId,
    pub(crate) name: String,
    pub(crate) created_at: Timestamp,
    pub(crate) config: Config,
}

/// What can be set of a pool, as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Config {
    /// Whether there are identities without a login.
    pub(crate) allow_guests: bool,
    /// Whether its tokens are handed out, for credentials from STS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) allow_classic_flow: Option<bool>,
    /// Social providers and our ids there.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) social: BTreeMap<String, String>,
    /// What the provider is called for which the developer's own backend speaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) developer: Option<String>,
    /// ARNs of OIDC providers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) oidc: Vec<String>,
    /// App clients of user pools.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) user_pools: Vec<UserPoolClient>,
    /// ARNs of SAML providers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) saml: Vec<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) tags: BTreeMap<String, String>,
    /// ARNs of the roles `authenticated` and `unauthenticated`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) roles: BTreeMap<String, String>,
    /// How roles are chosen, by provider.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) mappings: BTreeMap<String, Mapping>,
    /// Which claims become tags of sessions, by provider.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) tag_maps: BTreeMap<String, TagMap>,
}

/// An app client of a user pool whose users may log in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct UserPoolClient {
    /// `cognito-idp.<region>.amazonaws.com/<user pool id>`.
    pub(crate) provider: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) client_id: Option<String>,
    /// Whether what has happened to the user since counts.
    pub(crate) check_token: bool,
}

impl UserPoolClient {
    /// The id of the user pool.
    pub(crate) fn pool_id(&self) -> &str {
        last_segment(&self.provider)
    }
}

/// How the role of an identity is chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Mapping {
    pub(crate) choice: Choice,
    /// What to do where that gives none: take the role `authenticated`, or refuse.
    pub(crate) otherwise: Otherwise,
}

/// By what a role is chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Choice {
    /// By the claims `cognito:preferred_role` and `cognito:roles`.
    Token,
    /// By the first rule that a claim fits.
    Rules(Vec<Rule>),
}

/// What to do without a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Otherwise {
    AuthenticatedRole,
    Deny,
}

/// A rule by which a claim gives a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rule {
    pub(crate) claim: String,
    pub(crate) test: Test,
    pub(crate) value: String,
    pub(crate) role_arn: String,
}

/// How a claim is held against a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Test {
    Equals,
    NotEqual,
    StartsWith,
    Contains,
}

/// Which claims become tags.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TagMap {
    /// Whether it is the usual map.
    pub(crate) defaults: bool,
    /// Names of claims by keys of tags.
    pub(crate) tags: BTreeMap<String, String>,
}

/// How a role is called in a pool.
pub(crate) const AUTHENTICATED: &str = "authenticated";
/// How a guest's role is called in a pool.
pub(crate) const UNAUTHENTICATED: &str = "unauthenticated";

/// The claim that says which of its roles a user is to have.
pub(crate) const PREFERRED_ROLE: &str = "cognito:preferred_role";
/// The claim that lists a user's roles.
pub(crate) const ROLES: &str = "cognito:roles";

/// The pool of an id.
///
/// # Errors
/// `ResourceNotFoundException`.
pub(crate) async fn get(tx: &mut Tx, id: &IdentityPoolId) -> Result<Pool, Fault> {
    let row = table::get(tx, id).await?.ok_or_else(|| faults::pool_not_found(id))?;
    Pool::of(row)
}

impl Pool {
    pub(crate) fn of(row: table::Pool) -> Result<Self, Fault> {
        let config = serde_json::from_str(&row.config).map_err(Fault::internal)?;
        Ok(Self { id: row.id, name: row.name, created_at: row.created_at, config })
    }

    pub(crate) fn row(&self) -> Result<table::Pool, Fault> {
        Ok(table::Pool {
            id: self.id.clone(),
            name: self.name.clone(),
            created_at: self.created_at,
            config: serde_json::to_string(&self.config).map_err(Fault::internal)?,
            deleted_at: None,
        })
    }
}

impl Config {
    /// Whether anybody can log in.
    pub(crate) fn has_providers(&self) -> bool {
        let lists =
            [self.oidc.is_empty(), self.saml.is_empty(), self.user_pools.is_empty(), self.social.is_empty()];
        self.developer.is_some() || lists.contains(&false)
    }
}

/// The ARN of a pool.
pub(crate) fn arn(cx: &Cx, id: &IdentityPoolId) -> String {
    format!("arn:aws:cognito-identity:{}:{}:identitypool/{id}", region(id), cx.settings().account_id)
}

/// The region in an id.
pub(crate) fn region(id: &str) -> &str {
    id.split_once(':').map_or("", |(region, _)| region)
}

/// What stands behind the last slash: of an issuer or provider name the id of the user pool.
pub(crate) fn last_segment(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// docs/decisions/0034-stored-forms-are-the-domains-own.md
    #[test]
    fn what_was_stored_can_be_read() {
        let documents: Vec<serde_json::Value> =
            serde_json::from_str(include_str!("../fixtures/pool.json")).unwrap();
        assert!(!documents.is_empty());
        for document in documents {
            let config: Config = serde_json::from_value(document.clone()).unwrap();
            assert_eq!(serde_json::to_value(config).unwrap(), document);
        }
    }
}
