//! `ProviderDetails`: what each type of provider asks for, and what it shows besides
//! (docs/cognito/federation.md §2, §3).

use std::collections::BTreeMap;

use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::IdentityProviderTypeType as Kind;

use crate::Cx;
use crate::clients::redirect::is_local_http;
use crate::model::provider::{DECRYPTION_KEY, Discovered};

/// Facebook's version of its API when none is given.
const FACEBOOK_VERSION: &str = "v17.0";

/// Checks name and details against the type of the provider. The "required" texts name no key: they are
/// the same whichever is missing (recorded).
///
/// # Errors
/// `InvalidParameterException`.
pub(super) fn check(
    cx: &Cx,
    name: &str,
    kind: &Kind,
    details: &BTreeMap<String, String>,
) -> Result<(), Fault> {
    check_name(name, kind)?;
    let has = |key: &str| details.get(key).is_some_and(|value| !value.is_empty());
    let require = |keys: &[&str], text: &'static str| {
        if keys.iter().all(|key| has(key)) { Ok(()) } else { Err(Fault::invalid_parameter(text)) }
    };
    match kind {
        Kind::Google | Kind::Facebook | Kind::LoginWithAmazon => require(
            &["client_id", "client_secret", "authorize_scopes"],
            "clientId, clientSecret and authorizeScopes are all required idp details.",
        ),
        Kind::SignInWithApple => require(
            &["client_id", "team_id", "key_id", "private_key", "authorize_scopes"],
            "clientId, privateKey, teamId, and keyId are all required idp details.",
        ),
        Kind::Oidc => {
            require(
                &["client_id", "authorize_scopes", "oidc_issuer", "attributes_request_method"],
                "clientId, authorizeScopes, oidcIssuer and attributesRequestMethod are all required idp details.",
            )?;
            check_oidc(cx, details)
        }
        Kind::Saml | Kind::Other(_) => match (has("MetadataURL"), has("MetadataFile")) {
            (false, false) => Err(Fault::invalid_parameter(
                "At least one of the MetadataURL or MetadataFile should be provided.",
            )),
            (true, true) => Err(Fault::invalid_parameter(
                "Only one of the MetadataURL or MetadataFile should be provided.",
            )),
            _ => Ok(()),
        },
    }
}

/// A social provider is named as its type (recorded). The other way round, no other provider takes such a
/// name, nor the pool's own (inferred): names would mean two things.
fn check_name(name: &str, kind: &Kind) -> Result<(), Fault> {
    let social = ["Google", "Facebook", "LoginWithAmazon", "SignInWithApple"];
    let reserved = social.contains(&name) || name.eq_ignore_ascii_case("COGNITO");
    let named_as_type = name == kind.as_str();
    if if social.contains(&kind.as_str()) { named_as_type } else { !reserved } {
        return Ok(());
    }
    Err(Fault::invalid_parameter(format!("Provider {name} cannot be of type {kind}.")))
}

fn check_oidc(cx: &Cx, details: &BTreeMap<String, String>) -> Result<(), Fault> {
    let value = |key: &str| details.get(key).map_or("", String::as_str);
    let method = value("attributes_request_method");
    if !matches!(method, "GET" | "POST") {
        return Err(Fault::invalid_parameter(format!(
            "1 validation error detected: Value '{method}' at 'providerConfiguration.oidcConfig.attributesRequestMethod' failed to satisfy constraint: Member must satisfy enum value set: [POST, GET]"
        )));
    }
    check_address(cx, value("oidc_issuer"))?;
    let given = ["authorize_url", "token_url", "attributes_url", "jwks_uri"].map(value);
    given.into_iter().filter(|address| !address.is_empty()).try_for_each(|address| check_address(cx, address))
}

/// An address of a provider is secret from those on the way (recorded for the issuer); while developing it may be one of
/// this machine, where there is nobody on the way.
///
/// # Errors
/// `InvalidParameterException`.
pub(super) fn check_address(cx: &Cx, address: &str) -> Result<(), Fault> {
    let fits =
        address.starts_with("https://") || cx.state().settings.local_providers && is_local_http(address);
    let is_visible = address.bytes().all(|byte| byte.is_ascii_graphic());
    if fits && is_visible {
        Ok(())
    } else {
        Err(Fault::invalid_parameter("OIDC endpoint must start with https://"))
    }
}

/// The details as answers show them: as given, with what follows from the type. Client secrets are shown
/// (recorded for Google), Apple's private key is not (documented). What an OIDC provider said of itself is among them.
pub(super) fn shown(
    kind: &Kind,
    mut details: BTreeMap<String, String>,
    discovered: Option<&Discovered>,
) -> BTreeMap<String, String> {
    details.remove("private_key");
    details.remove(DECRYPTION_KEY);
    for (key, value) in discovered.iter().flat_map(|discovered| &discovered.addresses) {
        details.entry(key.clone()).or_insert_with(|| value.clone());
    }
    let version = details.get("api_version").map_or(FACEBOOK_VERSION, String::as_str);
    for (key, value) in derived(kind, version) {
        details.entry(key.to_owned()).or_insert(value);
    }
    details
}

fn derived(kind: &Kind, facebook: &str) -> Vec<(&'static str, String)> {
    let fixed = |pairs: &[(&'static str, &str)]| {
        pairs.iter().map(|(key, value)| (*key, (*value).to_owned())).collect()
    };
    match kind {
        Kind::Google => fixed(&[
            ("attributes_url", "https://people.googleapis.com/v1/people/me?personFields="),
            ("attributes_url_add_attributes", "true"),
            ("authorize_url", "https://accounts.google.com/o/oauth2/v2/auth"),
            ("oidc_issuer", "https://accounts.google.com"),
            ("token_request_method", "POST"),
            ("token_url", "https://www.googleapis.com/oauth2/v4/token"),
        ]),
        Kind::Facebook => vec![
            ("attributes_url", format!("https://graph.facebook.com/{facebook}/me?fields=")),
            ("attributes_url_add_attributes", "true".to_owned()),
            ("authorize_url", format!("https://www.facebook.com/{facebook}/dialog/oauth")),
            ("token_request_method", "GET".to_owned()),
            ("token_url", format!("https://graph.facebook.com/{facebook}/oauth/access_token")),
        ],
        Kind::LoginWithAmazon => fixed(&[
            ("attributes_url", "https://api.amazon.com/user/profile"),
            ("attributes_url_add_attributes", "false"),
            ("authorize_url", "https://www.amazon.com/ap/oa"),
            ("token_request_method", "POST"),
            ("token_url", "https://api.amazon.com/auth/o2/token"),
        ]),
        Kind::SignInWithApple => fixed(&[
            ("attributes_url_add_attributes", "false"),
            ("authorize_url", "https://appleid.apple.com/auth/authorize"),
            ("oidc_issuer", "https://appleid.apple.com"),
            ("token_request_method", "POST"),
            ("token_url", "https://appleid.apple.com/auth/token"),
        ]),
        Kind::Oidc => fixed(&[("attributes_url_add_attributes", "false")]),
        Kind::Saml | Kind::Other(_) => Vec::new(),
    }
}

/// The attribute that names the provider's users; SAML has its own, which is not mapped
/// (federation §4, documented).
pub(super) fn username_source(kind: &Kind) -> Option<&'static str> {
    match kind {
        Kind::Facebook => Some("id"),
        Kind::LoginWithAmazon => Some("user_id"),
        Kind::Google | Kind::SignInWithApple | Kind::Oidc => Some("sub"),
        Kind::Saml | Kind::Other(_) => None,
    }
}
