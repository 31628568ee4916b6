//! SAML providers of the account (identity-pools-and-iam §10.4). Their users log in at identity pools.

use poolhouse_kernel::{Cx, Fault};
use poolhouse_ports::Timestamp;
use poolhouse_saml::IdentityProvider;
use poolhouse_store::tables::Insert;
use poolhouse_store::tables::federated_providers::{self as table, FederatedProvider as Row};
use poolhouse_wire::iam::Tag;
use serde::{Deserialize, Serialize};

use crate::change::begin;
use crate::faults;
use crate::quotas::PROVIDERS;
use crate::registered::{self, Kind};
use crate::tags::{self, Tags};

const SAML: Kind = Kind::Saml;

/// A SAML provider.
#[derive(Clone, Debug)]
pub struct SamlProvider {
    /// Its ARN.
    pub arn: String,
    /// What it says of itself, as it was given.
    pub metadata: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when the metadata say that they are good.
    pub valid_until: Option<Timestamp>,
    /// Its tags, if there are any.
    pub tags: Option<Vec<Tag>>,
}

/// What can be set of a provider, as it is stored.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Config {
    metadata: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    valid_until: Option<Timestamp>,
}

impl Config {
    /// Of metadata that describe a provider.
    fn new<S>(cx: &Cx<S>, metadata: String) -> Result<Self, Fault> {
        let described = IdentityProvider::from_metadata(metadata.as_bytes(), None, cx.outside_now());
        let described =
            described.map_err(|refusal| faults::input(format!("Could not parse metadata: {refusal}")))?;
        Ok(Self { metadata, valid_until: described.valid_until })
    }

    fn written(&self) -> Result<String, Fault> {
        serde_json::to_string(self).map_err(Fault::internal)
    }
}

impl SamlProvider {
    fn of<S>(cx: &Cx<S>, row: &Row) -> Result<Self, Fault> {
        let Config { metadata, valid_until } = serde_json::from_str(&row.config).map_err(Fault::internal)?;
        Ok(Self {
            arn: SAML.arn(cx, &row.name),
            metadata,
            created_at: row.created_at,
            valid_until,
            tags: tags::shown_if_any(tags::read(&row.tags)?),
        })
    }
}

/// Registers a provider.
///
/// # Errors
/// `InvalidInput`, `EntityAlreadyExists`, `LimitExceeded`.
pub async fn create<S>(
    cx: &Cx<S>,
    name: String,
    metadata: String,
    given: Vec<Tag>,
) -> Result<SamlProvider, Fault> {
    let mut tags = Tags::new();
    tags::set(&mut tags, given)?;
    let row = Row {
        kind: SAML.as_str().to_owned(),
        name,
        created_at: cx.now,
        config: Config::new(cx, metadata)?.written()?,
        tags: tags::written(&tags)?,
    };
    let mut tx = begin(cx).await?;
    if table::insert(&mut tx, &row).await? == Insert::Exists {
        return Err(faults::taken(format!("SAMLProvider with name {} already exists.", row.name)));
    }
    if table::list_after(&mut tx, SAML.as_str(), "", PROVIDERS + 1).await?.len() > PROVIDERS as usize {
        return Err(faults::quota("SAMLProvidersPerAccount", PROVIDERS));
    }
    tx.commit().await?;
    SamlProvider::of(cx, &row)
}

/// The provider with this ARN.
///
/// # Errors
/// `NoSuchEntity`.
pub async fn get<S>(cx: &Cx<S>, arn: &str) -> Result<SamlProvider, Fault> {
    SamlProvider::of(cx, &registered::required(cx, &mut cx.read().await?, SAML, arn).await?)
}

/// The provider with this ARN, if there is one.
///
/// # Errors
/// When the database cannot be read.
pub async fn find<S>(cx: &Cx<S>, arn: &str) -> Result<Option<SamlProvider>, Fault> {
    let row = registered::find(cx, &mut cx.read().await?, SAML, arn).await?;
    row.map(|row| SamlProvider::of(cx, &row)).transpose()
}

/// All providers: there are few.
///
/// # Errors
/// When the database cannot be read.
pub async fn list<S>(cx: &Cx<S>) -> Result<Vec<SamlProvider>, Fault> {
    let rows = table::list_after(&mut cx.read().await?, SAML.as_str(), "", PROVIDERS).await?;
    rows.iter().map(|row| SamlProvider::of(cx, row)).collect()
}

/// Replaces the metadata.
///
/// # Errors
/// `NoSuchEntity`, `InvalidInput`.
pub async fn set_metadata<S>(cx: &Cx<S>, arn: &str, metadata: String) -> Result<(), Fault> {
    let config = Config::new(cx, metadata)?.written()?;
    registered::change(cx, SAML, arn, |row| {
        row.config = config;
        Ok(())
    })
    .await
}

/// Forgets a provider. Identity pools that name it stay as they are, and let its users in no more.
///
/// # Errors
/// `NoSuchEntity`.
pub async fn delete<S>(cx: &Cx<S>, arn: &str) -> Result<(), Fault> {
    registered::delete(cx, SAML, arn).await
}

/// The ARN of a provider that is to be registered.
pub fn new_arn<S>(cx: &Cx<S>, name: &str) -> String {
    SAML.arn(cx, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// docs/decisions/0034-stored-forms-are-the-domains-own.md
    #[test]
    fn what_was_stored_can_be_read() {
        let documents: Vec<serde_json::Value> =
            serde_json::from_str(include_str!("../fixtures/saml_provider.json")).unwrap();
        assert!(!documents.is_empty());
        for document in documents {
            let config: Config = serde_json::from_value(document.clone()).unwrap();
            assert_eq!(serde_json::to_value(config).unwrap(), document);
        }
    }
}
