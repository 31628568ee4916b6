//! The discovery document of an OIDC provider (OpenID Connect Discovery §4): of one of a pool looked up when it is made or
//! changed, of one of the account when somebody shows a token of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use poolhouse_kernel::Fault;
use poolhouse_ports::{FetchRequest, Timestamp};
use poolhouse_wire::user_pools::IdentityProviderTypeType as Kind;
use serde::Deserialize;

use super::failure::{Endpoint, Failure};
use crate::Cx;
use crate::model::provider::Discovered;
use crate::providers::details;
use crate::state::documents::{Freshness, Unfetched};

/// The details that are looked up, unless all of them are given.
const LOOKED_UP: [&str; 4] = ["authorize_url", "token_url", "attributes_url", "jwks_uri"];

/// The longest document that is taken, in bytes.
const LONGEST: usize = 64 * 1024;

/// A registered provider is its issuer: nothing of it changes that would ask for a newer document.
const UNCHANGED: Timestamp = Timestamp(0);

/// Where a provider's keys are is known for an hour.
const FRESH: Freshness = Freshness { fresh_seconds: 60 * 60, pause_seconds: 60 };

/// The members that matter where only tokens of the provider are looked at.
#[derive(Deserialize)]
struct Signing {
    issuer: String,
    jwks_uri: String,
}

/// Where the keys of an issuer are that no pool has as a provider.
///
/// # Errors
/// [`Failure::Silent`], [`Failure::Refused`], [`Failure::Malformed`].
pub(crate) async fn keys_of(cx: &Cx, issuer: &str) -> Result<Arc<String>, Failure> {
    let url = address(issuer);
    let load = async || {
        let fetched = cx.engine().fetch().fetch(FetchRequest::get(&url).longest(LONGEST)).await;
        let fetched = fetched.map_err(Unfetched::Silent)?;
        if fetched.status != 200 {
            return Err(Unfetched::Status(fetched.status));
        }
        let document: Signing =
            serde_json::from_slice(&fetched.body).map_err(|error| Unfetched::Malformed(error.to_string()))?;
        if document.issuer != issuer {
            return Err(Unfetched::Malformed(format!("it is of another issuer, {:?}", document.issuer)));
        }
        match details::check_address(cx, &document.jwks_uri) {
            Ok(()) => Ok(document.jwks_uri),
            Err(_) => Err(Unfetched::Malformed("jwks_uri must begin with https://".to_owned())),
        }
    };
    // By the issuer: what it says holds for this spelling alone, and that of another may be at the same address.
    let found = cx
        .state()
        .provider_key_addresses
        .get(issuer, |_| true, FRESH, UNCHANGED, cx.engine().clock(), load)
        .await;
    found.map_err(|why| match why {
        Unfetched::Silent(error) => Failure::Silent(Endpoint::Discovery, error),
        Unfetched::Status(status) => Failure::Refused(Endpoint::Discovery, status, None),
        Unfetched::Malformed(_) => Failure::Malformed(Endpoint::Discovery, "address of keys"),
    })
}

/// Where an issuer's document is.
fn address(issuer: &str) -> String {
    format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))
}

/// The members that matter for signing in there.
#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: Option<String>,
    jwks_uri: String,
    #[serde(default)]
    code_challenge_methods_supported: Vec<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// What a provider with these details says of itself; None where there is nothing to look up. One that cannot be asked now
/// is asked again when somebody wants to sign in there (recorded: AWS takes such a provider).
///
/// # Errors
/// `InvalidParameterException` where it says that it is another one, or is at addresses that are none.
pub(in crate::providers) async fn of(
    cx: &Cx,
    kind: &Kind,
    details: &BTreeMap<String, String>,
) -> Result<Option<Discovered>, Fault> {
    let is_given = |key: &&str| details.get(*key).is_some_and(|value| !value.is_empty());
    if *kind != Kind::Oidc || LOOKED_UP.iter().all(is_given) {
        return Ok(None);
    }
    let issuer = details.get("oidc_issuer").map(String::as_str).unwrap_or_default();
    let url = address(issuer);
    let document = match fetch(cx, &url).await {
        Ok(document) => document,
        Err(reason) => {
            tracing::warn!(
                url,
                reason,
                "an OIDC provider cannot be looked up: nobody can sign in there until it can"
            );
            return Ok(None);
        }
    };
    // A document of somebody else's would lead their users here, or ours to them (OpenID Connect Discovery §4.3, RFC 9700 §4.4).
    if document.issuer != issuer {
        return Err(Fault::invalid_parameter(format!(
            "The document at {url} is of another issuer, {:?}; give that as oidc_issuer if it is meant.",
            document.issuer
        )));
    }
    document.read(cx).map(Some)
}

async fn fetch(cx: &Cx, url: &str) -> Result<Document, String> {
    let fetched = cx.engine().fetch().fetch(FetchRequest::get(url).longest(LONGEST)).await;
    let fetched = fetched.map_err(|error| error.to_string())?;
    if fetched.status != 200 {
        return Err(format!("it answered with status {}", fetched.status));
    }
    serde_json::from_slice(&fetched.body).map_err(|error| error.to_string())
}

impl Document {
    fn read(self, cx: &Cx) -> Result<Discovered, Fault> {
        let mut addresses = BTreeMap::new();
        let mut put = |key: &str, value: Option<String>| -> Result<(), Fault> {
            let Some(value) = value else { return Ok(()) };
            details::check_address(cx, &value)?;
            addresses.insert(key.to_owned(), value);
            Ok(())
        };
        put("authorize_url", Some(self.authorization_endpoint))?;
        put("token_url", Some(self.token_endpoint))?;
        put("attributes_url", self.userinfo_endpoint)?;
        put("jwks_uri", Some(self.jwks_uri))?;
        Ok(Discovered {
            addresses,
            pkce: self.code_challenge_methods_supported.iter().any(|method| method == "S256"),
            names_itself: self.authorization_response_iss_parameter_supported,
            entity_id: None,
        })
    }
}
