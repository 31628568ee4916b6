//! Where a pool is on the web: its own path below the server's URL, and the pages of its domains
//! (docs/cognito/oauth-and-managed-login.md §1).

use std::borrow::Cow;
use std::net::IpAddr;

use poolhouse_kernel::Fault;
use poolhouse_ports::PoolId;

use crate::Cx;
use crate::model::Pool;

/// Browsers lead every name below it to their own machine, without DNS.
pub(crate) const LOCAL_AUTH_DOMAIN: &str = "auth.localhost";

/// What the URLs of a pool begin with, and for which name browsers keep its passkeys.
pub(crate) struct Site<'a> {
    public_url: &'a str,
    auth_domain: Option<&'a str>,
    pool: &'a Pool,
}

/// The site of a pool.
pub(crate) fn site<'a>(cx: &'a Cx, pool: &'a Pool) -> Site<'a> {
    let auth_domain = cx.state().settings.auth_domain.as_deref();
    Site { public_url: &cx.settings().public_url, auth_domain, pool }
}

/// The URL that stands for the domains of a pool, in discovery and in messages; None for a pool without one.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn domain_url(cx: &Cx, pool_id: &PoolId) -> Result<Option<String>, Fault> {
    let pool = super::get(cx, pool_id).await?;
    Ok(site(cx, &pool).domain_url())
}

/// The URL of a domain in its path form, which needs no DNS.
pub fn domain_path_url(cx: &Cx, domain: &str) -> String {
    format!("{}/_domains/{domain}", cx.settings().public_url)
}

/// Whether a page at `host` can use passkeys of the pool: the name that they are kept for must be the host, or one above
/// it.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn has_passkeys_at(cx: &Cx, pool_id: &PoolId, host: &str) -> Result<bool, Fault> {
    let pool = super::get(cx, pool_id).await?;
    let id = site(cx, &pool).relying_party();
    Ok(id.is_some_and(|id| host.strip_suffix(&*id).is_some_and(|sub| sub.is_empty() || sub.ends_with('.'))))
}

impl<'a> Site<'a> {
    /// Under which its keys are fetched, and its pages are that the links of messages open. It is the pool's own form of
    /// `iss`, too; its tokens may carry another.
    pub(crate) fn url(&self) -> String {
        format!("{}/{}", self.public_url, self.pool.id)
    }

    /// The custom domain, else the prefix below the auth domain, else the path.
    pub(crate) fn domain_url(&self) -> Option<String> {
        let path =
            || self.pool.domains.canonical().map(|name| format!("{}/_domains/{name}", self.public_url));
        self.host().map(|host| self.url_of(&host)).or_else(path)
    }

    /// The host name that stands for the pool, where it has one.
    fn host(&self) -> Option<Cow<'a, str>> {
        if let Some(custom) = &self.pool.domains.custom {
            return Some(custom.into());
        }
        let prefix = self.pool.domains.prefix.as_ref()?;
        Some(format!("{prefix}.{}", self.auth_domain?).into())
    }

    /// By the scheme and the port of the server's own URL.
    fn url_of(&self, host: &str) -> String {
        let (scheme, rest) = self.public_url.split_once("://").unwrap_or(("https", ""));
        let authority = rest.split('/').next().unwrap_or_default();
        match authority.rsplit_once(':') {
            Some((_, port)) if port.bytes().all(|b| b.is_ascii_digit()) => {
                format!("{scheme}://{host}:{port}")
            }
            _ => format!("{scheme}://{host}"),
        }
    }

    /// The name for which its passkeys are made: the one that was set, else the host of its domain (authentication §13.1,
    /// documented). A path has the host of the server; where that is an address, browsers keep no passkeys for it.
    pub(crate) fn relying_party(&self) -> Option<Cow<'a, str>> {
        let configured =
            self.pool.settings.mfa.web_authn.as_ref().and_then(|w| w.relying_party_id.as_deref());
        if let Some(id) = configured {
            return Some(id.into());
        }
        let prefix = self.pool.domains.canonical()?;
        self.host().or_else(|| match self.public_host() {
            Some(host) => Some(host.into()),
            None => Some(format!("{prefix}.{LOCAL_AUTH_DOMAIN}").into()),
        })
    }

    /// The host of the server's own URL, unless it is an address.
    fn public_host(&self) -> Option<&'a str> {
        let (_, rest) = self.public_url.split_once("://")?;
        let authority = rest.split('/').next()?;
        if authority.starts_with('[') {
            return None;
        }
        let host = authority.split(':').next()?;
        (!host.is_empty() && host.parse::<IpAddr>().is_err()).then_some(host)
    }
}
