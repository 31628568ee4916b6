//! OpenID Connect providers of the account (identity-pools-and-iam §10.4). Their users are web identities, and logins of
//! identity pools.

use poolhouse_kernel::{Cx, Fault};
use poolhouse_ports::Timestamp;
use poolhouse_store::tables::Insert;
use poolhouse_store::tables::federated_providers::{self as table, FederatedProvider as Row};
use poolhouse_wire::iam::Tag;
use serde::{Deserialize, Serialize};

use crate::change::begin;
use crate::faults;
use crate::quotas::{CLIENTS_PER_PROVIDER, PROVIDERS, THUMBPRINTS_PER_PROVIDER};
use crate::registered::{self, Kind};
use crate::tags::{self, Tags};

const OIDC: Kind = Kind::Oidc;

/// What its URL begins with.
const SCHEME: &str = "https://";

/// An OpenID Connect provider.
#[derive(Clone, Debug)]
pub struct OidcProvider {
    /// Its issuer's URL without the scheme: its name in ARNs, condition keys and logins.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// For whom its tokens are made that count here.
    pub client_ids: Vec<String>,
    /// Fingerprints of certificates; kept and shown, not asked for.
    pub thumbprints: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Its tags, if there are any.
    pub tags: Option<Vec<Tag>>,
}

impl OidcProvider {
    fn of<S>(cx: &Cx<S>, row: Row) -> Result<Self, Fault> {
        let Config { client_ids, thumbprints } = Config::read(&row)?;
        Ok(Self {
            arn: OIDC.arn(cx, &row.name),
            name: row.name,
            client_ids,
            thumbprints,
            created_at: row.created_at,
            tags: tags::shown_if_any(tags::read(&row.tags)?),
        })
    }
}

/// What can be set of a provider, as it is stored.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Config {
    client_ids: Vec<String>,
    thumbprints: Vec<String>,
}

impl Config {
    fn read(row: &Row) -> Result<Self, Fault> {
        serde_json::from_str(&row.config).map_err(Fault::internal)
    }

    fn written(&self) -> Result<String, Fault> {
        serde_json::to_string(self).map_err(Fault::internal)
    }
}

/// A provider to be registered.
#[derive(Debug)]
pub struct NewOidcProvider {
    /// Its issuer's URL.
    pub url: String,
    /// For whom its tokens are made that count here.
    pub client_ids: Vec<String>,
    /// Fingerprints of certificates.
    pub thumbprints: Vec<String>,
    /// Its tags.
    pub tags: Vec<Tag>,
}

/// Registers a provider.
///
/// # Errors
/// `ValidationError`, `InvalidInput`, `EntityAlreadyExists`, `LimitExceeded`.
pub async fn create<S>(cx: &Cx<S>, new: NewOidcProvider) -> Result<OidcProvider, Fault> {
    let NewOidcProvider { url, mut client_ids, thumbprints, tags: given } = new;
    let name = name_of(&url).ok_or_else(|| faults::validation("Invalid Open ID Connect Provider URL"))?;
    let mut seen = std::collections::BTreeSet::new();
    client_ids.retain(|id| seen.insert(id.clone()));
    check_clients(&client_ids)?;
    check_thumbprints(&thumbprints)?;
    let mut tags = Tags::new();
    tags::set(&mut tags, given)?;
    let row = Row {
        kind: OIDC.as_str().to_owned(),
        name: name.to_owned(),
        created_at: cx.now,
        config: Config { client_ids, thumbprints }.written()?,
        tags: tags::written(&tags)?,
    };
    let mut tx = begin(cx).await?;
    if table::insert(&mut tx, &row).await? == Insert::Exists {
        return Err(faults::taken(format!("Provider with url {url} already exists.")));
    }
    if table::list_after(&mut tx, OIDC.as_str(), "", PROVIDERS + 1).await?.len() > PROVIDERS as usize {
        return Err(faults::quota("OpenIdConnectProvidersPerAccount", PROVIDERS));
    }
    tx.commit().await?;
    OidcProvider::of(cx, row)
}

/// The provider with this ARN.
///
/// # Errors
/// `NoSuchEntity`.
pub async fn get<S>(cx: &Cx<S>, arn: &str) -> Result<OidcProvider, Fault> {
    OidcProvider::of(cx, registered::required(cx, &mut cx.read().await?, OIDC, arn).await?)
}

/// The provider with this ARN, if there is one.
///
/// # Errors
/// When the database cannot be read.
pub async fn find<S>(cx: &Cx<S>, arn: &str) -> Result<Option<OidcProvider>, Fault> {
    let row = registered::find(cx, &mut cx.read().await?, OIDC, arn).await?;
    row.map(|row| OidcProvider::of(cx, row)).transpose()
}

/// The provider of this name, if there is one.
///
/// # Errors
/// When the database cannot be read.
pub async fn find_by_name<S>(cx: &Cx<S>, name: &str) -> Result<Option<OidcProvider>, Fault> {
    find(cx, &OIDC.arn(cx, name)).await
}

/// The ARNs of all providers: there are few.
///
/// # Errors
/// When the database cannot be read.
pub async fn list<S>(cx: &Cx<S>) -> Result<Vec<String>, Fault> {
    let rows = table::list_after(&mut cx.read().await?, OIDC.as_str(), "", PROVIDERS).await?;
    Ok(rows.iter().map(|row| OIDC.arn(cx, &row.name)).collect())
}

/// Takes tokens for one more client; one that is there already is no error (documented).
///
/// # Errors
/// `NoSuchEntity`, `LimitExceeded`.
pub async fn add_client<S>(cx: &Cx<S>, arn: &str, client_id: String) -> Result<(), Fault> {
    change(cx, arn, |config| {
        if !config.client_ids.contains(&client_id) {
            config.client_ids.push(client_id);
        }
        check_clients(&config.client_ids)
    })
    .await
}

/// Takes tokens for a client no more; one that is not there is no error (documented).
///
/// # Errors
/// `NoSuchEntity`.
pub async fn remove_client<S>(cx: &Cx<S>, arn: &str, client_id: &str) -> Result<(), Fault> {
    change(cx, arn, |config| {
        config.client_ids.retain(|known| known != client_id);
        Ok(())
    })
    .await
}

/// Replaces the fingerprints of certificates.
///
/// # Errors
/// `NoSuchEntity`, `InvalidInput`.
pub async fn set_thumbprints<S>(cx: &Cx<S>, arn: &str, thumbprints: Vec<String>) -> Result<(), Fault> {
    check_thumbprints(&thumbprints)?;
    change(cx, arn, |config| {
        config.thumbprints = thumbprints;
        Ok(())
    })
    .await
}

/// Forgets a provider. Roles and identity pools that name it stay as they are, and let its users in no more (documented).
///
/// # Errors
/// `NoSuchEntity`.
pub async fn delete<S>(cx: &Cx<S>, arn: &str) -> Result<(), Fault> {
    registered::delete(cx, OIDC, arn).await
}

/// The ARN of a provider that is to be registered.
pub fn new_arn<S>(cx: &Cx<S>, url: &str) -> String {
    OIDC.arn(cx, name_of(url).unwrap_or(url))
}

async fn change<S>(
    cx: &Cx<S>,
    arn: &str,
    change: impl FnOnce(&mut Config) -> Result<(), Fault>,
) -> Result<(), Fault> {
    registered::change(cx, OIDC, arn, |row| {
        let mut config = Config::read(row)?;
        change(&mut config)?;
        row.config = config.written()?;
        Ok(())
    })
    .await
}

/// The name of a provider with this URL, which has a host and perhaps a path, and nothing else (documented).
fn name_of(url: &str) -> Option<&str> {
    let name = url.strip_prefix(SCHEME)?;
    let host = name.split('/').next()?;
    let is_plain = name.bytes().all(|byte| byte.is_ascii_graphic() && !b"?#@\\".contains(&byte));
    (is_plain && !host.is_empty() && !host.starts_with(':')).then_some(name)
}

fn check_clients(client_ids: &[String]) -> Result<(), Fault> {
    if client_ids.len() > CLIENTS_PER_PROVIDER as usize {
        return Err(faults::quota("ClientIdsPerOpenIdConnectProvider", CLIENTS_PER_PROVIDER));
    }
    Ok(())
}

fn check_thumbprints(thumbprints: &[String]) -> Result<(), Fault> {
    if thumbprints.len() > THUMBPRINTS_PER_PROVIDER {
        return Err(faults::input(format!("A provider has {THUMBPRINTS_PER_PROVIDER} thumbprints at most.")));
    }
    let is_hex = |thumbprint: &String| thumbprint.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !thumbprints.iter().all(is_hex) {
        return Err(faults::input("A thumbprint is the SHA-1 hash of a certificate, 40 hexadecimal digits."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// docs/decisions/0034-stored-forms-are-the-domains-own.md
    #[test]
    fn what_was_stored_can_be_read() {
        let documents: Vec<serde_json::Value> =
            serde_json::from_str(include_str!("../fixtures/oidc_provider.json")).unwrap();
        assert!(!documents.is_empty());
        for document in documents {
            let config: Config = serde_json::from_value(document.clone()).unwrap();
            assert_eq!(serde_json::to_value(config).unwrap(), document);
        }
    }

    #[test]
    fn a_url_has_a_host_and_a_path() {
        assert_eq!(name_of("https://id.example.com"), Some("id.example.com"));
        assert_eq!(name_of("https://id.example.com:8443/a/"), Some("id.example.com:8443/a/"));
        for url in [
            "",
            "https://",
            "https:///a",
            "https://:1",
            "http://id.example.com",
            "HTTPS://id.example.com",
            "https://id.example.com?a",
            "https://id.example.com#a",
            "https://a@id.example.com",
            "https://id.example.com\\a",
            "https://id example.com",
        ] {
            assert_eq!(name_of(url), None, "{url}");
        }
    }
}
