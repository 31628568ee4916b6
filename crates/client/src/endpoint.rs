//! Where the service is, and who it says it is.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_cognitoidentityprovider::config::interceptors::BeforeSerializationInterceptorContextRef;
use aws_sdk_cognitoidentityprovider::config::timeout::TimeoutConfig;
use aws_sdk_cognitoidentityprovider::config::{ConfigBag, Intercept, SharedInterceptor};
use aws_sdk_cognitoidentityprovider::error::BoxError;
use aws_sdk_cognitoidentityprovider::{Client as SdkClient, Config};
use aws_types::endpoint_config::EndpointUrl;
use futures_util::FutureExt as _;
use http::Uri;
use http::uri::Scheme;

use crate::error::{Error, Result};

/// An endpoint as it stands in `iss`: checked, without a slash at the end.
pub(crate) fn parse(url: &str) -> Result<String> {
    if !is_address(url) {
        return Err(Error::Configuration(
            "an endpoint is http:// or https:// and a host, as in http://127.0.0.1:7665",
        ));
    }
    Ok(url.trim_end_matches('/').to_owned())
}

/// Whether this is an address that endpoints and issuers can have: a scheme of the web and a host, no user, no query.
pub(crate) fn is_address(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else { return false };
    // A port that is no number is none to `http`.
    let port = authority.as_str().strip_prefix(authority.host());
    let has_host = !authority.host().is_empty()
        && port.is_some_and(|port| port.is_empty() || authority.port_u16().is_some());
    [Scheme::HTTP, Scheme::HTTPS].contains(scheme) && has_host && uri.query().is_none()
}

/// AWS's endpoint of a region, as it stands in `iss`.
pub(crate) fn of_aws(region: &str) -> String {
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("https://cognito-idp.{region}.{domain}")
}

/// AWS's endpoint for identity pools of a region.
pub(crate) fn of_identity_pools(region: &str) -> String {
    of_aws(region).replacen("cognito-idp", "cognito-identity", 1)
}

/// Where a pool's domain is: an address as it is, a custom domain's name by HTTPS, a prefix as AWS has it or, below an
/// endpoint of its own, Poolhouse (oauth-and-managed-login §1).
pub(crate) fn of_domain(domain: &str, region: &str, endpoint: Option<&str>) -> Result<String> {
    let is_of_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
    let is_name = !domain.is_empty() && domain.bytes().all(is_of_name);
    let url = match endpoint {
        _ if !is_name => domain.to_owned(),
        _ if domain.contains('.') => format!("https://{domain}"),
        Some(endpoint) => format!("{endpoint}/_domains/{domain}"),
        None => format!("https://{domain}.auth.{region}.amazoncognito.com"),
    };
    if is_address(&url) {
        return Ok(url.trim_end_matches('/').to_owned());
    }
    Err(Error::Configuration(
        "a domain is its prefix, its name or its address, as in shop, auth.example.com or https://auth.example.com",
    ))
}

/// The endpoint that the environment names for every AWS SDK, read as `aws-config` and boto3 read it.
pub(crate) fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    if variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
        .is_some_and(|ignore| ignore.eq_ignore_ascii_case("true"))
    {
        return None;
    }
    let names = ["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "AWS_ENDPOINT_URL"];
    names.into_iter().find_map(|name| variable(name).filter(|url| !url.is_empty()))
}

/// The endpoint of the SDK's configuration, if it has one of its own.
///
/// The configuration has no word for it. What runs before a call sees it: so a call begins, and ends before anything
/// is sent or waited for. The configuration's own interceptors take no part, nor do its time limits, whose clock is a
/// runtime's: there may be none yet.
pub(crate) fn of_config(config: &Config) -> Option<String> {
    let seen = Seen::default();
    let mut config = config.to_builder().timeout_config(TimeoutConfig::disabled());
    config.set_interceptors([SharedInterceptor::new(seen.clone())]);
    let _refused = SdkClient::from_conf(config.build()).initiate_auth().send().now_or_never();
    seen.0.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Sees a call's endpoint, and lets no call through.
#[derive(Clone, Debug, Default)]
struct Seen(Arc<Mutex<Option<String>>>);

impl Intercept for Seen {
    fn name(&self) -> &'static str {
        "Seen"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let url = config.load::<EndpointUrl>().map(|url| url.0.clone());
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = url;
        Err("this call is not meant to be made".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_an_address_on_the_web() {
        for good in
            ["http://127.0.0.1:7665", "https://id.example.com", "http://[::1]:80", "https://x/poolhouse"]
        {
            assert_eq!(parse(good).unwrap(), good);
        }
        // pycognito E2: a slash at the end gives a double one in the issuer there
        assert_eq!(parse("http://localhost:1/").unwrap(), "http://localhost:1");
        for bad in [
            "",
            "not a url",
            "127.0.0.1:26001",
            "localhost",
            "/path",
            "ftp://example.com",
            "http://",
            "http://:80",
            "http://example.com:99999",
            "http://example.com:x",
            "http://user@example.com",
            "http://example.com?a=b",
            "http://example.com\n",
        ] {
            assert!(matches!(parse(bad), Err(Error::Configuration(_))), "{bad:?}");
        }
    }

    #[test]
    fn a_domain_is_given_by_prefix_name_or_address() {
        let of = |domain, endpoint| of_domain(domain, "eu-west-1", endpoint);
        let own = "http://127.0.0.1:7665";
        assert_eq!(of("shop", None).unwrap(), "https://shop.auth.eu-west-1.amazoncognito.com");
        assert_eq!(of("shop", Some(own)).unwrap(), "http://127.0.0.1:7665/_domains/shop");
        assert_eq!(of("auth.example.com", Some(own)).unwrap(), "https://auth.example.com");
        assert_eq!(of("http://shop.auth.localhost:7665/", None).unwrap(), "http://shop.auth.localhost:7665");
        for bad in ["", "Shop", "shop/x", "shop?", "ftp://example.com", "https://"] {
            assert!(matches!(of(bad, None), Err(Error::Configuration(_))), "{bad:?}");
        }
    }

    #[test]
    fn the_environment_is_read_as_by_every_sdk() {
        let of = |set: &[(&str, &str)]| {
            of_environment(|name| set.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned()))
        };
        let all = ("AWS_ENDPOINT_URL", "http://all");
        let own = ("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "http://own");
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[all]).as_deref(), Some("http://all"));
        assert_eq!(of(&[all, own]).as_deref(), Some("http://own"));
        assert_eq!(of(&[all, (own.0, "")]).as_deref(), Some("http://all"));
        assert_eq!(of(&[all, ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")]), None);
    }
}
