//! Identity providers of a pool (docs/cognito/federation.md §1-§4), and the links between their users and the
//! pool's (§8).
//!
//! Nothing is fetched here: addresses that an OIDC provider or SAML metadata would tell are looked up when
//! federated sign-in needs them.

mod details;
pub(crate) mod identities;
mod link;
mod manage;

pub use link::{link, unlink};
pub use manage::{by_identifier, create, delete, describe, list, update};

use std::collections::BTreeMap;

use poolhouse_kernel::Fault;
use poolhouse_ports::Timestamp;
use poolhouse_store::Tx;
use poolhouse_store::tables::identity_providers::{self as table, IdentityProvider as Row};
use poolhouse_store::tables::idp_identifiers;
use poolhouse_wire::user_pools::{IdentityProviderType, IdentityProviderTypeType};
use serde::{Deserialize, Serialize};

use crate::model::Pool;
use crate::wire_time::wire_time;

/// An identity provider with everything that is stored of it.
pub(crate) struct Provider {
    pub(crate) name: String,
    pub(crate) kind: IdentityProviderTypeType,
    pub(crate) created_at: Timestamp,
    pub(crate) modified_at: Timestamp,
    /// As given, secrets among them.
    pub(crate) details: BTreeMap<String, String>,
    pub(crate) maps: Maps,
    /// By which it is chosen, such as the domain of an e-mail address.
    pub(crate) identifiers: Vec<String>,
}

/// What is stored of a provider's configuration, as one JSON document; secrets are sealed beside it.
#[derive(Serialize, Deserialize)]
struct Config {
    details: BTreeMap<String, String>,
    #[serde(flatten)]
    maps: Maps,
}

/// What the provider's words mean here.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Maps {
    /// Attribute of the pool to the provider's.
    pub(crate) attributes: BTreeMap<String, String>,
    /// Level of authentication to the provider's `acr`; OIDC only (new-operations §9).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) acr: BTreeMap<String, String>,
}

impl Provider {
    /// Whether users may start at the provider, which then answers without being asked.
    pub(crate) fn begins_sign_in(&self) -> bool {
        self.details.get("IDPInit").is_some_and(|v| v.eq_ignore_ascii_case("true"))
    }

    /// The row, its secrets sealed.
    fn to_row(&self, pool: &Pool) -> Result<Row, Fault> {
        let (secrets, details): (BTreeMap<_, _>, BTreeMap<_, _>) =
            self.details.clone().into_iter().partition(|(key, _)| details::SECRETS.contains(&key.as_str()));
        let config = Config { details, maps: self.maps.clone() };
        let sealed = if secrets.is_empty() {
            None
        } else {
            let secrets = serde_json::to_vec(&secrets).map_err(Fault::internal)?;
            Some(pool.keys.seal(&place(&self.name), &secrets))
        };
        Ok(Row {
            pool_id: pool.id.clone(),
            name: self.name.clone(),
            provider_type: self.kind.as_str().to_owned(),
            created_at: self.created_at,
            modified_at: self.modified_at,
            config: serde_json::to_string(&config).map_err(Fault::internal)?,
            secrets: sealed,
        })
    }

    fn from_row(pool: &Pool, row: Row, identifiers: Vec<String>) -> Result<Self, Fault> {
        let Config { mut details, maps } = serde_json::from_str(&row.config).map_err(Fault::internal)?;
        if let Some(sealed) = &row.secrets {
            let opened = pool.keys.open(&place(&row.name), sealed)?;
            let secrets: BTreeMap<String, String> =
                serde_json::from_slice(&opened).map_err(Fault::internal)?;
            details.extend(secrets);
        }
        Ok(Self {
            kind: IdentityProviderTypeType::from(row.provider_type.as_str()),
            name: row.name,
            created_at: row.created_at,
            modified_at: row.modified_at,
            details,
            maps,
            identifiers,
        })
    }

    /// The provider as answers show it, with the details that follow from its type.
    fn view(self, pool: &Pool) -> IdentityProviderType {
        IdentityProviderType {
            user_pool_id: Some(pool.id.clone()),
            provider_name: Some(self.name),
            provider_details: Some(details::shown(&self.kind, self.details)),
            provider_type: Some(self.kind),
            attribute_mapping: Some(self.maps.attributes),
            idp_identifiers: Some(self.identifiers),
            acr_mapping: (!self.maps.acr.is_empty()).then_some(self.maps.acr),
            last_modified_date: Some(wire_time(self.modified_at)),
            creation_date: Some(wire_time(self.created_at)),
        }
    }
}

/// The provider of a name, if there is one.
pub(crate) async fn find(tx: &mut Tx, pool: &Pool, name: &str) -> Result<Option<Provider>, Fault> {
    let Some(row) = table::get(tx, &pool.id, name).await? else { return Ok(None) };
    let identifiers = idp_identifiers::list(tx, &pool.id, name).await?;
    Provider::from_row(pool, row, identifiers).map(Some)
}

/// Where the sealed secrets of a provider belong.
fn place(name: &str) -> String {
    format!("identity_provider/{name}")
}
