//! `ProviderDetails`: what each type of provider asks for, and what it shows besides
//! (docs/cognito/federation.md §2, §3).

use std::collections::BTreeMap;

use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::IdentityProviderTypeType as Kind;

/// Facebook's version of its API when none is given.
const FACEBOOK_VERSION: &str = "v17.0";

/// Checks name and details against the type of the provider. The "required" texts name no key: they are
/// the same whichever is missing (recorded).
///
/// # Errors
/// `InvalidParameterException`.
pub(super) fn check(name: &str, kind: &Kind, details: &BTreeMap<String, String>) -> Result<(), Fault> {
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
            check_oidc(details)
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

fn check_oidc(details: &BTreeMap<String, String>) -> Result<(), Fault> {
    let value = |key: &str| details.get(key).map_or("", String::as_str);
    let method = value("attributes_request_method");
    if !matches!(method, "GET" | "POST") {
        return Err(Fault::invalid_parameter(format!(
            "1 validation error detected: Value '{method}' at 'providerConfiguration.oidcConfig.attributesRequestMethod' failed to satisfy constraint: Member must satisfy enum value set: [POST, GET]"
        )));
    }
    if !value("oidc_issuer").starts_with("https://") {
        return Err(Fault::invalid_parameter("OIDC endpoint must start with https://"));
    }
    Ok(())
}

/// The details as answers show them: as given, with what follows from the type. Client secrets are shown
/// (recorded for Google), Apple's private key is not (documented).
pub(super) fn shown(kind: &Kind, mut details: BTreeMap<String, String>) -> BTreeMap<String, String> {
    details.remove("private_key");
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
