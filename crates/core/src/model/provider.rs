//! Identity providers (docs/cognito/federation.md §1).

use std::collections::BTreeMap;

use poolhouse_kernel::Fault;
use poolhouse_ports::Timestamp;
use poolhouse_store::tables::identity_providers::IdentityProvider as Row;
use poolhouse_wire::user_pools::IdentityProviderTypeType;
use serde::{Deserialize, Serialize};

use super::Pool;

/// The detail in which a provider's key for encrypted answers is kept, sealed and never shown.
pub(crate) const DECRYPTION_KEY: &str = "decryption_key";

/// Details that let in, and are sealed.
const SECRETS: [&str; 3] = ["client_secret", DECRYPTION_KEY, "private_key"];

/// An identity provider with everything that is stored of it.
#[derive(Clone)]
pub(crate) struct Provider {
    pub(crate) name: String,
    pub(crate) kind: IdentityProviderTypeType,
    pub(crate) created_at: Timestamp,
    pub(crate) modified_at: Timestamp,
    /// As given, secrets among them.
    pub(crate) details: BTreeMap<String, String>,
    pub(crate) maps: Maps,
    /// What its own document says of it, where it was looked up.
    pub(crate) discovered: Option<Discovered>,
    /// By which it is chosen, such as the domain of an e-mail address.
    pub(crate) identifiers: Vec<String>,
}

/// What is stored of a provider's configuration, as one JSON document; secrets are sealed beside it.
#[derive(Serialize, Deserialize)]
struct Config {
    details: BTreeMap<String, String>,
    #[serde(flatten)]
    maps: Maps,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    discovered: Option<Discovered>,
}

/// What a provider's own document, discovery or metadata, said when it was looked up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Discovered {
    /// The addresses that AWS adds to the details, by their names there.
    pub(crate) addresses: BTreeMap<String, String>,
    /// Whether it knows PKCE with S256.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) pkce: bool,
    /// Whether its answers always name it (RFC 9207).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) names_itself: bool,
    /// What a SAML provider calls itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) entity_id: Option<String>,
}

/// The details that are sealed, as one JSON document.
type Secrets = BTreeMap<String, String>;

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
        self.is_set("IDPInit")
    }

    /// Whether its answers tell when its user signed in there: those of social ones do not.
    pub(crate) fn tells_when(&self) -> bool {
        matches!(self.kind, IdentityProviderTypeType::Oidc | IdentityProviderTypeType::Saml)
    }

    /// Whether a detail is on.
    pub(crate) fn is_set(&self, detail: &str) -> bool {
        is_on(&self.details, detail)
    }

    /// The row, its secrets sealed.
    pub(crate) fn to_row(&self, pool: &Pool) -> Result<Row, Fault> {
        let (secrets, details): (Secrets, BTreeMap<_, _>) =
            self.details.clone().into_iter().partition(|(key, _)| SECRETS.contains(&key.as_str()));
        let config = Config { details, maps: self.maps.clone(), discovered: self.discovered.clone() };
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

    /// Reads a stored row, its secrets unsealed.
    pub(crate) fn from_row(pool: &Pool, row: Row, identifiers: Vec<String>) -> Result<Self, Fault> {
        let Config { mut details, maps, discovered } =
            serde_json::from_str(&row.config).map_err(Fault::internal)?;
        if let Some(sealed) = &row.secrets {
            let opened = pool.keys.open(&place(&row.name), sealed)?;
            let secrets: Secrets = serde_json::from_slice(&opened).map_err(Fault::internal)?;
            details.extend(secrets);
        }
        Ok(Self {
            kind: IdentityProviderTypeType::from(row.provider_type.as_str()),
            name: row.name,
            created_at: row.created_at,
            modified_at: row.modified_at,
            details,
            maps,
            discovered,
            identifiers,
        })
    }
}

/// A SAML provider that signs users out (`IDPSignout`): as much of it as a request to do so is looked up by.
pub(crate) struct SigningOut {
    /// What it calls itself.
    pub(crate) entity_id: String,
    /// Its name in the pool.
    pub(crate) name: String,
}

impl SigningOut {
    /// None of a provider that signs nobody out.
    pub(crate) fn of(row: Row) -> Result<Option<Self>, Fault> {
        if row.provider_type != IdentityProviderTypeType::Saml.as_str() {
            return Ok(None);
        }
        let Config { details, discovered, .. } =
            serde_json::from_str(&row.config).map_err(Fault::internal)?;
        let entity_id = discovered.and_then(|discovered| discovered.entity_id);
        let entity_id = entity_id.filter(|_| is_on(&details, "IDPSignout"));
        Ok(entity_id.map(|entity_id| Self { entity_id, name: row.name }))
    }
}

fn is_on(details: &BTreeMap<String, String>, detail: &str) -> bool {
    details.get(detail).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// Where the sealed secrets of a provider belong.
pub(crate) fn place(name: &str) -> String {
    format!("identity_provider/{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_can_be_read() {
        crate::model::stored::check::<Config>("identity_provider");
        crate::model::stored::check::<Secrets>("identity_provider_secrets");
    }
}
