//! Which domain a request means by its host name (docs/cognito/oauth-and-managed-login.md §1).

use std::sync::Arc;

use poolhouse_kernel::Fault;

use super::{Domain, PATHS, find};
use crate::Cx;
use crate::pools::LOCAL_AUTH_DOMAIN;

/// The domain whose pages are at `host`, a host name with or without a port: a prefix below the auth domain or below
/// `auth.localhost`, or a custom domain. Any other name is nobody's.
///
/// # Errors
/// When the database fails.
pub async fn find_at_host(cx: &Cx, host: &str) -> Result<Option<Arc<Domain>>, Fault> {
    let host = host.rsplit_once(':').filter(|(_, port)| is_port(port)).map_or(host, |(host, _)| host);
    let host = host.to_ascii_lowercase();
    let auth_domain = cx.state().settings.auth_domain.as_deref();
    let prefix = auth_domain.into_iter().chain([LOCAL_AUTH_DOMAIN]).find_map(|domain| prefix(&host, domain));
    let found = find(cx, prefix.unwrap_or(&host)).await?;
    Ok(found.filter(|domain| domain.is_custom() == prefix.is_none()))
}

/// The domain at which a whole address has this path, in the form by host or the one by path. Whether it is HTTPS is not asked:
/// the address is compared, never gone to.
///
/// # Errors
/// When the database fails.
pub async fn find_at_address(cx: &Cx, address: &str, path: &str) -> Result<Option<Arc<Domain>>, Fault> {
    let Some(base) = address.strip_suffix(path) else { return Ok(None) };
    let public_url = cx.settings().public_url.trim_end_matches('/');
    if let Some(name) = base.strip_prefix(public_url).and_then(|rest| rest.strip_prefix(PATHS)) {
        return find(cx, name).await;
    }
    match base.strip_prefix("https://").or_else(|| base.strip_prefix("http://")) {
        Some(host) => find_at_host(cx, host).await,
        None => Ok(None),
    }
}

/// Whether a host name, without a port, stands below the auth domain or `auth.localhost`: what is there is a domain's, or
/// nobody's.
pub fn is_of_domains(cx: &Cx, host: &str) -> bool {
    let auth_domain = cx.state().settings.auth_domain.as_deref();
    let is_below = |domain: &str| host.strip_suffix(domain).is_some_and(|name| name.ends_with('.'));
    auth_domain.into_iter().chain([LOCAL_AUTH_DOMAIN]).any(is_below)
}

/// The one part of the name that stands before `domain`.
fn prefix<'a>(host: &'a str, domain: &str) -> Option<&'a str> {
    host.strip_suffix(domain)?.strip_suffix('.').filter(|prefix| !prefix.is_empty() && !prefix.contains('.'))
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}
