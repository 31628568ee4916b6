//! What goes through the browser to a provider and back: sealed, bound to the browser by a cookie, good for five minutes and
//! once (docs/cognito/federation.md §5).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use poolhouse_crypto::digest;
use poolhouse_kernel::Fault;
use poolhouse_ports::Timestamp;
use poolhouse_store::tables::{Insert, spent};
use serde::{Deserialize, Serialize};

use crate::Cx;
use crate::grants::authorize::Asked;
use crate::model::Pool;

/// What it is sealed as.
const KIND: &str = "federation";

/// How long somebody may be at the provider (federation §5, documented).
const SECONDS: i64 = 5 * 60;

/// How long a code is known again, in seconds: longer than any provider's is good (RFC 6749 §4.1.2 recommends ten minutes).
const CODE_SECONDS: i64 = 60 * 60;

/// What became of using a sign-in up.
pub(super) enum Spent {
    /// It comes back for the first time.
    Now,
    /// It came back before.
    Before,
    /// It does, and its code came back before, with another one.
    WithKnownCode,
}

/// A sign-in under way at a provider.
#[derive(Serialize, Deserialize)]
pub(super) struct State {
    id: String,
    /// The provider, by its name in the pool: whatever else comes back is held against this one alone.
    pub(super) provider: String,
    /// What the application asked for.
    pub(super) asked: Asked,
    /// Where the provider is to send the browser.
    pub(super) redirect_uri: String,
    /// The hash of the browser's cookie.
    browser: String,
    pub(super) nonce: String,
    /// PKCE's, where the provider knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) verifier: Option<String>,
    expires_at: Timestamp,
}

impl State {
    /// A sign-in that begins now.
    pub(super) fn new(
        cx: &Cx,
        provider: &str,
        asked: Asked,
        redirect_uri: &str,
        cookie: &str,
        pkce: bool,
    ) -> Self {
        let random = || URL_SAFE_NO_PAD.encode(cx.entropy().bytes::<32>());
        Self {
            id: cx.entropy().uuid().to_string(),
            provider: provider.to_owned(),
            asked,
            redirect_uri: redirect_uri.to_owned(),
            browser: hash(cookie),
            nonce: random(),
            verifier: pkce.then(random),
            expires_at: cx.now.plus_seconds(SECONDS),
        }
    }

    pub(super) fn seal(&self, pool: &Pool) -> Result<String, Fault> {
        pool.keys.seal_token(KIND, self)
    }

    /// What a browser brings back, if it was given to the browser with this cookie. Another pool's opens nowhere here.
    pub(super) fn open(pool: &Pool, sealed: &str, cookie: &str) -> Option<Self> {
        let state: Self = pool.keys.open_token(KIND, sealed)?;
        digest::equal(state.browser.as_bytes(), hash(cookie).as_bytes()).then_some(state)
    }

    /// The ID of the request of SAML.
    pub(super) fn request_id(&self) -> String {
        format!("_{}", self.id)
    }

    /// Whether it is too old.
    pub(super) fn is_expired(&self, cx: &Cx) -> bool {
        self.expires_at <= cx.now
    }

    /// PKCE's challenge by S256.
    pub(super) fn challenge(&self) -> Option<String> {
        self.verifier.as_deref().map(hash)
    }

    /// When it began, by the clock that providers' times are held against.
    pub(super) fn began(&self, cx: &Cx) -> Timestamp {
        let age = cx.now.seconds() - self.expires_at.seconds() + SECONDS;
        cx.outside_now().plus_seconds(-age)
    }

    /// Uses it up, with the code that came, on all nodes. A code is taken once, whichever provider this sign-in was begun at: so
    /// one that a malicious provider had brought to itself is worth nothing any more when it is brought here
    /// (RFC 9700 §4.4, §4.5).
    pub(super) async fn spend(&self, cx: &Cx, pool: &Pool, code: Option<&str>) -> Result<Spent, Fault> {
        let mark = format!("federation/{}", self.id);
        let code = code.map(|code| format!("federation_code/{}", hash(code)));
        let forgotten = cx.now.plus_seconds(CODE_SECONDS);
        cx.repeat(async || {
            let mut tx = cx.write().await?;
            if spent::insert(&mut tx, &pool.id, &mark, self.expires_at).await? == Insert::Exists {
                return Ok(Spent::Before);
            }
            let known = match &code {
                Some(code) => spent::insert(&mut tx, &pool.id, code, forgotten).await? == Insert::Exists,
                None => false,
            };
            tx.commit().await?;
            Ok(if known { Spent::WithKnownCode } else { Spent::Now })
        })
        .await
    }
}

fn hash(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::sha256(&[text.as_bytes()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_can_be_read() {
        crate::model::stored::check::<State>("federation_state");
    }
}
