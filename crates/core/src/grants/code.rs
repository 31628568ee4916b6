//! Authorization codes (docs/cognito/oauth-and-managed-login.md §4.4, §6.3): sealed, so that nothing is written before one is
//! redeemed, and good once.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use poolhouse_crypto::digest;
use poolhouse_kernel::Fault;
use poolhouse_ports::{ClientId, Sub, Timestamp};
use poolhouse_store::Tx;
use poolhouse_store::tables::{Insert, spent};
use poolhouse_wire::{ErrorCode, Sensitive};
use serde::{Deserialize, Serialize};

use super::request::Request;
use crate::Cx;
use crate::clients::{self, lifetime};
use crate::model::{Client, Pool};
use crate::sessions::browser::Login;
use crate::tokens::revoke;
use crate::tokens::sign_in::{Assurance, Hosted, SignIn};

/// What a code is sealed as.
const KIND: &str = "code";

/// For how long a code is good (oauth-and-managed-login §12, documented).
const SECONDS: i64 = 5 * 60;

/// What was granted to a client by who is signed in; sealed, it is a code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Grant {
    client_id: ClientId,
    pub(super) sub: Sub,
    /// The user's generation of tokens: whoever signed out everywhere since gets none.
    pub(super) generation: i64,
    redirect_uri: String,
    /// PKCE's, by S256.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    challenge: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) nonce: Option<String>,
    /// What the tokens will have in common; its id marks the code as used, and leads a second use to them.
    pub(super) sign_in: SignIn,
    /// The browser session that it came through.
    pub(super) browser_session: String,
    expires_at: Timestamp,
}

/// What a client shows with a code.
#[derive(Clone, Debug)]
pub struct Proof {
    /// The parameter `redirect_uri`.
    pub redirect_uri: Option<String>,
    /// The parameter `code_verifier`.
    pub code_verifier: Option<Sensitive>,
}

impl Grant {
    pub(super) fn new(cx: &Cx, request: &Request, login: &Login) -> Self {
        let hosted = Hosted {
            audience: request.resource.clone(),
            client_url: request.client.url().map(ToOwned::to_owned),
        };
        let mut sign_in = SignIn::hosted(cx, login.auth_time, &request.scopes, hosted);
        if !request.levels().is_empty() {
            sign_in.assurance = Assurance::new(&request.pool, login.level(), login.amr());
        }
        Self {
            client_id: request.client.id.clone(),
            sub: login.sub.clone(),
            generation: login.generation,
            redirect_uri: request.redirect_uri.clone(),
            challenge: request.challenge.clone(),
            nonce: request.nonce.clone(),
            sign_in,
            browser_session: login.session_id.clone(),
            expires_at: cx.now.plus_seconds(SECONDS),
        }
    }

    pub(super) fn seal(&self, pool: &Pool) -> Result<Sensitive, Fault> {
        Ok(pool.keys.seal_token(KIND, self)?.into())
    }

    /// What a code says, if it is one of the pool's that has not expired.
    pub(super) fn open(cx: &Cx, pool: &Pool, code: &str) -> Option<Self> {
        let grant: Self = pool.keys.open_token(KIND, code)?;
        (cx.now < grant.expires_at).then_some(grant)
    }

    /// Whether the client is the one that it was made for, and shows what belongs to it. A verifier without
    /// a challenge proves that somebody took the challenge out of the request (RFC 9700 §2.1.1).
    pub(super) fn is_proven(&self, client: &Client, proof: &Proof) -> bool {
        let verifier = proof.code_verifier.as_ref().map(Sensitive::as_str);
        let is_verified = match (&self.challenge, verifier) {
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
            (Some(challenge), Some(verifier)) => {
                let hash = URL_SAFE_NO_PAD.encode(digest::sha256(&[verifier.as_bytes()]));
                digest::equal(hash.as_bytes(), challenge.as_bytes())
            }
        };
        let is_its_own = self.client_id == client.id && self.sign_in.client_url() == client.url();
        is_its_own && proof.redirect_uri.as_ref() == Some(&self.redirect_uri) && is_verified
    }

    /// Whether the code was used before.
    pub(super) async fn is_spent(&self, tx: &mut Tx, pool: &Pool) -> Result<bool, Fault> {
        Ok(spent::contains(tx, &pool.id, &self.mark()).await?)
    }

    /// Uses the code up; the caller commits.
    pub(super) async fn spend(&self, tx: &mut Tx, pool: &Pool) -> Result<Insert, Fault> {
        Ok(spent::insert(tx, &pool.id, &self.mark(), self.expires_at).await?)
    }

    /// Ends everything that its first use gave. With its client that ended already.
    pub(super) async fn revoke(&self, cx: &Cx, pool: &Pool) -> Result<(), Fault> {
        let client = match clients::get(cx, &self.client_id).await {
            Err(fault) if fault.code() == ErrorCode::ResourceNotFoundException => return Ok(()),
            found => found?.1,
        };
        // The last refresh token that it can have given ends then.
        let expires_at = self.expires_at.seconds() + lifetime::refresh(&client.settings);
        let session = self.sign_in.session(&pool.id, &self.client_id, &self.sub, expires_at);
        revoke::end(cx, pool, session, false).await
    }

    fn mark(&self) -> String {
        format!("code/{}", self.sign_in.event_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_can_be_read() {
        crate::model::stored::check::<Grant>("code");
    }
}
