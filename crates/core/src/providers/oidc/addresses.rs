//! Where a provider's endpoints are: as its details say, as it said itself, or as everybody knows of the social ones.

use std::collections::BTreeMap;

use poolhouse_wire::user_pools::IdentityProviderTypeType as Kind;

use super::failure::{Endpoint, Failure};
use crate::Cx;
use crate::model::provider::Provider;
use crate::providers::details;

/// What is known of a provider's endpoints.
#[derive(Debug)]
pub(crate) struct Addresses {
    details: BTreeMap<String, String>,
    /// Whether it knows PKCE with S256.
    pub(crate) pkce: bool,
    /// Whether its answers always name it (RFC 9207).
    pub(crate) names_itself: bool,
}

/// The keys of the social providers that sign ID tokens, which AWS's details do not show.
pub(crate) const GOOGLE_KEYS: &str = "https://www.googleapis.com/oauth2/v3/certs";
pub(crate) const APPLE_KEYS: &str = "https://appleid.apple.com/auth/keys";

impl Addresses {
    /// Those of a provider. Where this installation has its social providers elsewhere, it is that place.
    pub(crate) fn of(cx: &Cx, provider: &Provider) -> Self {
        let mut details =
            details::shown(&provider.kind, provider.details.clone(), provider.discovered.as_ref());
        let keys = match provider.kind {
            Kind::Google => Some(GOOGLE_KEYS),
            Kind::SignInWithApple => Some(APPLE_KEYS),
            _ => None,
        };
        if let Some(keys) = keys {
            details.entry("jwks_uri".to_owned()).or_insert_with(|| keys.to_owned());
        }
        if provider.kind != Kind::Oidc {
            for value in details.values_mut() {
                *value = of_social(cx, value);
            }
        }
        let discovered = provider.discovered.as_ref();
        Self {
            details,
            pkce: discovered.is_some_and(|discovered| discovered.pkce) || provider.kind == Kind::Google,
            names_itself: discovered.is_some_and(|discovered| discovered.names_itself),
        }
    }

    /// Where an endpoint is.
    ///
    /// # Errors
    /// [`Failure::NoAddress`].
    pub(crate) fn require(&self, endpoint: Endpoint) -> Result<&str, Failure> {
        self.find(endpoint).ok_or(Failure::NoAddress(endpoint))
    }

    /// As [`Addresses::require`], of an endpoint that a provider may do without.
    pub(crate) fn find(&self, endpoint: Endpoint) -> Option<&str> {
        self.detail(match endpoint {
            Endpoint::Authorize => "authorize_url",
            Endpoint::Token => "token_url",
            Endpoint::Keys => "jwks_uri",
            Endpoint::UserInfo => "attributes_url",
            Endpoint::Discovery => return None,
        })
    }

    /// Who signs its ID tokens; None of a provider that has none.
    pub(crate) fn issuer(&self) -> Option<&str> {
        self.detail("oidc_issuer")
    }

    /// A detail of the provider.
    pub(crate) fn detail(&self, name: &str) -> Option<&str> {
        self.details.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Whether a detail is set.
    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.detail(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }
}

/// An address of a social provider, where this installation has it.
pub(crate) fn of_social(cx: &Cx, address: &str) -> String {
    moved(&cx.state().settings.provider_addresses, address).unwrap_or_else(|| address.to_owned())
}

/// An address at the place where this installation has it.
fn moved(places: &BTreeMap<String, String>, address: &str) -> Option<String> {
    places.iter().find_map(|(known, place)| {
        let rest = address.strip_prefix(known.as_str())?;
        (rest.is_empty() || rest.starts_with(['/', '?'])).then(|| format!("{place}{rest}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_moved_as_a_whole() {
        let places = BTreeMap::from([("https://a.example".to_owned(), "http://localhost:1/a".to_owned())]);
        assert_eq!(moved(&places, "https://a.example/x?y").as_deref(), Some("http://localhost:1/a/x?y"));
        assert_eq!(moved(&places, "https://a.example").as_deref(), Some("http://localhost:1/a"));
        assert_eq!(moved(&places, "https://a.example.org/x"), None);
        assert_eq!(moved(&places, "client"), None);
    }
}
