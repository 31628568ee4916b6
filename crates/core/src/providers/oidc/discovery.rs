//! The discovery document of an OIDC provider, looked up when the provider is made or changed
//! (OpenID Connect Discovery §4).

use std::collections::BTreeMap;

use poolhouse_kernel::Fault;
use poolhouse_ports::FetchRequest;
use poolhouse_wire::user_pools::IdentityProviderTypeType as Kind;
use serde::Deserialize;

use crate::Cx;
use crate::model::provider::Discovered;
use crate::providers::details;

/// The details that are looked up, unless all of them are given.
const LOOKED_UP: [&str; 4] = ["authorize_url", "token_url", "attributes_url", "jwks_uri"];

/// The longest document that is taken, in bytes.
const LONGEST: usize = 64 * 1024;

/// The members that matter.
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
    let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
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
