//! What a pool may be told about its providers (identity-pools-and-iam §1, §2).

use std::collections::BTreeMap;

use poolhouse_core::Cx;
use poolhouse_kernel::Fault;
use poolhouse_wire::identity_pools::CognitoIdentityProvider;

use crate::faults;
use crate::record::last_segment;

/// User-pool clients of a pool (documented).
const MOST_USER_POOLS: usize = 50;

/// The social providers that there are.
pub(crate) const SOCIAL: [&str; 6] = [
    "accounts.google.com",
    "api.twitter.com",
    "appleid.apple.com",
    "graph.facebook.com",
    "www.amazon.com",
    "www.digits.com",
];

/// What can be said of a pool: when it is made, when it is changed, and when it is shown.
#[derive(Debug)]
pub struct Settings {
    /// Its name.
    pub name: String,
    /// Whether there are identities without a login.
    pub allow_guests: bool,
    /// Whether its tokens are handed out.
    pub allow_classic_flow: Option<bool>,
    /// Social providers, with the ids that the application has there.
    pub social: BTreeMap<String, String>,
    /// The name of the developer's own provider.
    pub developer: Option<String>,
    /// ARNs of OIDC providers.
    pub oidc: Vec<String>,
    /// App clients of user pools.
    pub user_pools: Vec<CognitoIdentityProvider>,
    /// ARNs of SAML providers.
    pub saml: Vec<String>,
    /// Its tags; a change without any leaves those that there are.
    pub tags: Option<BTreeMap<String, String>>,
}

/// Looks at what a pool is told that has had this developer's provider.
///
/// # Errors
/// `InvalidParameterException`, `NotAuthorizedException`, `LimitExceededException`.
pub(crate) fn check(cx: &Cx, given: &Settings, developer: Option<&str>) -> Result<(), Fault> {
    for client in &given.user_pools {
        if !client.provider_name.as_deref().is_some_and(is_user_pool) {
            return Err(Fault::invalid_parameter("Invalid Cognito Identity Provider"));
        }
    }
    if given.user_pools.len() > MOST_USER_POOLS {
        let text = format!("An identity pool has {MOST_USER_POOLS} user pool clients at most.");
        return Err(Fault::limit_exceeded(text));
    }
    if !given.social.keys().all(|name| SOCIAL.contains(&name.as_str())) {
        return Err(faults::unknown_provider());
    }
    let account = &cx.settings().account_id;
    for arn in &given.saml {
        if provider(arn, "saml-provider").is_none_or(|(of, _)| of != account) {
            let text = format!("Identity provider {arn} is not valid for account {account}");
            return Err(Fault::not_authorized(text));
        }
    }
    // Those of other accounts pass (observed).
    if let Some(arn) = given.oidc.iter().find(|arn| provider(arn, "oidc-provider").is_none()) {
        return Err(Fault::invalid_parameter(format!("{arn} is not the ARN of an OpenID Connect provider.")));
    }
    match (developer, &given.developer) {
        (Some(before), Some(now)) if before != now => Err(Fault::invalid_parameter(
            "The developer provider name of an identity pool cannot be changed.",
        )),
        _ => Ok(()),
    }
}

/// Whether a name is that of a user pool: `cognito-idp.<region>.amazonaws.com/<user pool id>`.
pub(crate) fn is_user_pool(name: &str) -> bool {
    let parts = name.strip_prefix("cognito-idp.").and_then(|rest| rest.split_once(".amazonaws.com/"));
    parts.is_some_and(|(region, id)| {
        let is_word = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        let of_region = id.split_once('_').is_some_and(|(of, rest)| of == region && !rest.is_empty());
        !region.is_empty() && of_region && is_word(region) && is_word(id)
    })
}

/// Account and name of a provider by its ARN.
pub(crate) fn provider<'a>(arn: &'a str, kind: &str) -> Option<(&'a str, &'a str)> {
    let (account, rest) = arn.strip_prefix("arn:aws:iam::")?.split_once(':')?;
    let name = rest.strip_prefix(kind)?.strip_prefix('/')?;
    let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    (is_account && !name.is_empty()).then_some((account, name))
}

/// Whether it is the ARN of a SAML provider.
pub(crate) fn is_saml(name: &str) -> bool {
    provider(name, "saml-provider").is_some()
}

/// What callers show a login under whose provider is called so: of an OpenID Connect provider the issuer in its ARN.
pub(crate) fn login_name(provider: &str) -> &str {
    self::provider(provider, "oidc-provider").map_or(provider, |(_, issuer)| issuer)
}

/// Whether callers may mean the provider by this name; a user pool has several, with its id in each.
pub(crate) fn is_called(provider: &str, name: &str) -> bool {
    provider == name
        || login_name(provider) == name
        || is_user_pool(provider) && last_segment(provider) == last_segment(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_user_pools_have_aws_form() {
        assert!(is_user_pool("cognito-idp.us-east-1.amazonaws.com/us-east-1_EXAMPLE00"));
        for name in [
            "",
            "us-east-1_EXAMPLE00",
            "cognito-idp.us-east-1.amazonaws.com/",
            "cognito-idp.us-east-1.amazonaws.com/us-east-1_",
            "cognito-idp.us-east-1.amazonaws.com/eu-west-1_EXAMPLE00",
            "cognito-idp..amazonaws.com/_EXAMPLE00",
            "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_EXAMPLE00",
            "cognito-idp.us-east-1.amazonaws.com/us-east-1_EXAMPLE00/x",
            "127.0.0.1:7665/us-east-1_EXAMPLE00",
        ] {
            assert!(!is_user_pool(name), "{name}");
        }
    }

    #[test]
    fn a_provider_is_called_by_its_own_names_only() {
        let pool = "cognito-idp.us-east-1.amazonaws.com/us-east-1_EXAMPLE00";
        let (one, other) = (
            "arn:aws:iam::123456789012:oidc-provider/a.example/x",
            "arn:aws:iam::123456789012:oidc-provider/b.example/",
        );
        for (provider, name) in [
            (pool, "127.0.0.1:7665/us-east-1_EXAMPLE00"),
            (one, "a.example/x"),
            (one, one),
            (other, "b.example/"),
            ("www.amazon.com", "www.amazon.com"),
        ] {
            assert!(is_called(provider, name), "{provider} {name}");
        }
        for (provider, name) in [
            (pool, "us-east-1_EXAMPLE01"),
            (one, "c.example/x"),
            (one, "x"),
            (other, "c.example/"),
            (other, ""),
        ] {
            assert!(!is_called(provider, name), "{provider} {name}");
        }
    }

    #[test]
    fn providers_are_known_by_their_arns() {
        let arn = "arn:aws:iam::123456789012:oidc-provider/id.example.com/a";
        assert_eq!(provider(arn, "oidc-provider"), Some(("123456789012", "id.example.com/a")));
        for arn in ["arn:aws:iam::123456789012:saml-provider/x", "arn:aws:iam::1:oidc-provider/x", "x"] {
            assert_eq!(provider(arn, "oidc-provider"), None);
        }
    }
}
