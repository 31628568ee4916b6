//! What a provider says of itself: a file that an administrator gave, or a document that is fetched when it is needed and
//! kept for six hours (docs/cognito/federation.md §9).

use std::collections::BTreeMap;
use std::sync::Arc;

use poolhouse_kernel::Fault;
use poolhouse_ports::{FetchRequest, Timestamp};
use poolhouse_saml::{Binding, Endpoint, IdentityProvider, LONGEST_METADATA, Refusal};
use poolhouse_wire::user_pools::IdentityProviderTypeType as Kind;

use super::failure::Failure;
use crate::Cx;
use crate::model::provider::{Discovered, Provider};
use crate::state::documents::{Freshness, Unfetched};

/// Fetched metadata are good for six hours, or until they say (documented).
const FRESH: Freshness = Freshness { fresh_seconds: 6 * 60 * 60, pause_seconds: 60 };

/// How new metadata have to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Those that are kept will do.
    Kept,
    /// Those that are kept do not have the key that is looked for.
    Newer,
}

/// The provider as it says that it is.
///
/// # Errors
/// [`Failure::Unfetched`], [`Failure::Metadata`].
pub(crate) async fn of(
    cx: &Cx,
    provider: &Provider,
    wanted: Wanted,
) -> Result<Arc<IdentityProvider>, Failure> {
    let detail = |name: &str| provider.details.get(name).filter(|value| !value.is_empty());
    if let Some(file) = detail("MetadataFile") {
        return read(cx, file.as_bytes()).map(Arc::new);
    }
    let url = detail("MetadataURL").ok_or(Failure::NoAddress)?;
    fetched(cx, url, provider.modified_at, wanted).await
}

fn read(cx: &Cx, document: &[u8]) -> Result<IdentityProvider, Failure> {
    IdentityProvider::from_metadata(document, None, cx.outside_now()).map_err(Failure::Metadata)
}

async fn fetched(
    cx: &Cx,
    url: &str,
    changed_at: Timestamp,
    wanted: Wanted,
) -> Result<Arc<IdentityProvider>, Failure> {
    let now = cx.outside_now();
    let will_do = |metadata: &IdentityProvider| {
        wanted == Wanted::Kept && metadata.valid_until.is_none_or(|until| now < until)
    };
    let load = async || {
        let fetched = cx.engine().fetch().fetch(FetchRequest::get(url).longest(LONGEST_METADATA)).await;
        let fetched = fetched.map_err(Unfetched::Silent)?;
        if fetched.status != 200 {
            return Err(Unfetched::Status(fetched.status));
        }
        IdentityProvider::from_metadata(&fetched.body, None, now)
            .map_err(|refusal| Unfetched::Malformed(refusal.to_string()))
    };
    let metadata =
        cx.state().saml_metadata.get(url, will_do, FRESH, changed_at, cx.engine().clock(), load).await;
    let metadata = metadata.map_err(Failure::Unfetched)?;
    // While the provider is away those of before are used, but not beyond their time.
    match metadata.valid_until {
        Some(until) if until <= now => Err(Failure::Metadata(Refusal::MetadataExpired)),
        _ => Ok(metadata),
    }
}

/// What AWS shows of the metadata of a provider with these details; None of a provider of another kind.
///
/// # Errors
/// `InvalidParameterException` where they cannot be had, or are none.
pub(in crate::providers) async fn looked_up(
    cx: &Cx,
    kind: &Kind,
    details: &BTreeMap<String, String>,
) -> Result<Option<Discovered>, Fault> {
    if *kind != Kind::Saml {
        return Ok(None);
    }
    let detail = |name: &str| details.get(name).filter(|value| !value.is_empty());
    let (place, metadata) = match (detail("MetadataFile"), detail("MetadataURL")) {
        (Some(file), _) => ("MetadataFile", read(cx, file.as_bytes()).map(Arc::new)),
        (None, url) => {
            let url = url.map(String::as_str).unwrap_or_default();
            (url, fetched(cx, url, cx.now, Wanted::Newer).await)
        }
    };
    let metadata = metadata.map_err(|failure| {
        tracing::info!(place, %failure, "the metadata of a SAML provider are not taken");
        // The beginning is documented. Of the network it tells nothing.
        let why = match &failure {
            Failure::Metadata(refusal) => refusal.to_string(),
            Failure::Unfetched(Unfetched::Malformed(why)) => why.clone(),
            _ => "it cannot be fetched; this server's log says why".to_owned(),
        };
        Fault::invalid_parameter(format!("Error retrieving metadata from {place}: {why}."))
    })?;
    let mut addresses = BTreeMap::new();
    let shown = [("SSORedirectBindingURI", &metadata.sign_in), ("SLORedirectBindingURI", &metadata.sign_out)];
    for (name, endpoints) in shown {
        if let Some(endpoint) = by_redirect(endpoints) {
            addresses.insert(name.to_owned(), endpoint.location.clone());
        }
    }
    let entity_id = Some(metadata.entity_id.clone());
    Ok(Some(Discovered { addresses, entity_id, ..Discovered::default() }))
}

/// The endpoint that takes messages by redirect, as AWS sends them all (federation §9, documented).
pub(crate) fn by_redirect(endpoints: &[Endpoint]) -> Option<&Endpoint> {
    endpoints.iter().find(|endpoint| endpoint.binding == Binding::Redirect)
}
