//! Where a pool is on the web. Its domains serve no pages yet: all of them are under the server's own URL.

use crate::Cx;
use crate::model::Pool;

/// What the URLs of a pool begin with, and for which name browsers keep its passkeys.
pub(crate) struct Site<'a> {
    public_url: &'a str,
    pool: &'a Pool,
}

/// The site of a pool.
pub(crate) fn site<'a>(cx: &'a Cx, pool: &'a Pool) -> Site<'a> {
    Site { public_url: &cx.settings().public_url, pool }
}

impl<'a> Site<'a> {
    /// Under which its keys are fetched, and its pages are that the links of messages open. It is the pool's own form of
    /// `iss`, too; its tokens may carry another.
    pub(crate) fn url(&self) -> String {
        format!("{}/{}", self.public_url, self.pool.id)
    }

    /// The name for which its passkeys are made. A domain of the pool would be the default
    /// (authentication §13.1, documented).
    pub(crate) fn relying_party(&self) -> Option<&'a str> {
        self.pool.settings.mfa.web_authn.as_ref()?.relying_party_id.as_deref()
    }
}
