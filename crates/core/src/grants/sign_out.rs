//! Where a browser goes that signs out (docs/cognito/oauth-and-managed-login.md §8.2).

use poolhouse_kernel::Fault;
use poolhouse_ports::PoolId;

use super::authorize::{self, Refused};
use super::redirect::{self, NoUri};
use crate::Cx;

/// Where a browser goes that has signed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Then {
    /// To this URL of the client.
    LogoutUri(String),
    /// To sign in anew, for the same client.
    SignIn,
    /// Nowhere: no client is named.
    NoClient,
    /// Nowhere: none of the client's URLs is.
    NoUri,
    /// To the error page, which says this.
    Error(&'static str),
}

/// What follows a sign-out. A URL to sign out to wins over one to sign in for (documented).
///
/// # Errors
/// When the database fails.
pub async fn then(
    cx: &Cx,
    pool_id: &PoolId,
    client_id: Option<&str>,
    logout_uri: Option<&str>,
    redirect_uri: Option<&str>,
) -> Result<Then, Fault> {
    if client_id.is_none() {
        return Ok(Then::NoClient);
    }
    let client = match authorize::client(cx, pool_id, client_id).await {
        Ok((_, client)) => client,
        Err(Refused::Page(error)) => return Ok(Then::Error(error)),
        Err(Refused::Fault(fault)) => return Err(fault),
        Err(Refused::Redirect(_) | Refused::Provider) => {
            return Err(Fault::internal("a client alone leads nowhere"));
        }
    };
    let known = client.settings.logout_urls.as_deref().unwrap_or_default();
    if let Some(uri) = logout_uri.filter(|uri| known.iter().any(|own| own == uri)) {
        return Ok(Then::LogoutUri(uri.to_owned()));
    }
    if redirect_uri.is_none() {
        return Ok(Then::NoUri);
    }
    Ok(match redirect::resolve(&client, redirect_uri) {
        Ok(_) => Then::SignIn,
        Err(NoUri::Missing) => Then::NoUri,
        Err(NoUri::Mismatch) => Then::Error("redirect_mismatch"),
    })
}
