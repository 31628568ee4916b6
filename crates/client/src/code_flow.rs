//! Signing in by a browser, at the pool's domain: the authorization code flow with PKCE.
//!
//! The program sends the browser to the domain and gets a code back by a redirect. What ties the redirect to the program
//! (`state`), the code to it (PKCE) and the ID token to both (`nonce`) is made here and compared here.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::error::{Error, Result};
use crate::kept::Version;
use crate::secret::Secret;
use crate::signed_in::SignedIn;

mod loopback;
mod redirect;
mod request;

pub use loopback::LoopbackListener;

/// What the library itself says in an authorization request.
const OWN_PARAMETERS: [&str; 8] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
];

/// A sign-in by a browser that is about to begin.
///
/// ```no_run
/// # fn show(client: poolhouse_client::Client) -> poolhouse_client::Result<()> {
/// let request = client.authorize("https://app.example.com/callback").scopes(["email"]);
/// let pending = request.login_hint("alice").begin()?;
/// println!("Location: {}", pending.url());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is made before `begin`"]
pub struct AuthorizationRequest {
    client: Client,
    redirect_uri: String,
    scopes: Vec<String>,
    parameters: Vec<(String, String)>,
}

/// A sign-in that waits for the browser to come back. Hand it to [`Client::complete_authorization`] or
/// [`LoopbackListener::complete`].
///
/// `serde` stores it: in the session of the browser that is sent to the domain, and nowhere else, because it is what tells
/// this browser's sign-in from others'. Keep it as safe as a token. `Debug` does not show what it holds.
///
/// ```no_run
/// # fn show(client: poolhouse_client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use poolhouse_client::PendingAuthorization;
///
/// let pending = client.authorize("https://app.example.com/callback").begin()?;
/// let stored = serde_json::to_string(&pending)?;
/// // …when the browser has come back:
/// let pending: PendingAuthorization = serde_json::from_str(&stored)?;
/// # Ok(()) }
/// ```
#[derive(Clone, Serialize, Deserialize)]
pub struct PendingAuthorization {
    v: Version<1>,
    url: String,
    redirect_uri: String,
    state: Secret,
    nonce: Secret,
    verifier: Secret,
}

impl fmt::Debug for PendingAuthorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingAuthorization")
            .field("redirect_uri", &self.redirect_uri)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Signs a user in by a browser, at the pool's domain ([`ClientBuilder::domain`](crate::ClientBuilder::domain)). It
    /// comes back to the redirect URI, which must be one of the app client's callback URLs.
    ///
    /// ```no_run
    /// # async fn show() -> poolhouse_client::Result<()> {
    /// use poolhouse_client::Client;
    ///
    /// let client = Client::builder("us-east-1_Ab1Cd2Ef3").client_id("3n4b5urk1ft4fl3mg5e62d9ado");
    /// let client = client.domain("shop").build()?;
    /// let pending = client.authorize("https://app.example.com/callback").begin()?;
    /// println!("Location: {}", pending.url());
    /// # Ok(()) }
    /// ```
    pub fn authorize(&self, redirect_uri: impl Into<String>) -> AuthorizationRequest {
        AuthorizationRequest {
            client: self.clone(),
            redirect_uri: redirect_uri.into(),
            scopes: Vec::new(),
            parameters: Vec::new(),
        }
    }

    /// Ends a sign-in by a browser: with the address that the browser came back to, or its query alone. The code is exchanged
    /// for tokens, and these are verified.
    ///
    /// ```no_run
    /// # async fn show(client: poolhouse_client::Client, kept: poolhouse_client::PendingAuthorization, query: &str) -> poolhouse_client::Result<()> {
    /// let alice = client.complete_authorization(kept, query).await?; // code=…&state=…
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Redirect`] if this is not the answer to this sign-in; the domain's refusal, in the redirect or of the code:
    /// [`ErrorKind::NotAuthorized`](crate::ErrorKind::NotAuthorized), [`ErrorKind::InvalidParameter`](crate::ErrorKind::InvalidParameter), [`ErrorKind::LoginRequired`](crate::ErrorKind::LoginRequired);
    /// [`Error::Token`] if the tokens are not good.
    pub async fn complete_authorization(
        &self,
        pending: PendingAuthorization,
        redirect: &str,
    ) -> Result<SignedIn> {
        let code = redirect::read(redirect, pending.state.expose(), self.issuer())?;
        self.redeem(&pending, &code).await
    }

    /// Where a browser is sent to end its session at the domain; it comes back to one of the app client's sign-out URLs.
    /// Tokens go on until they end: see [`SignedIn::revoke_token`].
    ///
    /// ```
    /// # use poolhouse_client::Client;
    /// let client = Client::builder("us-east-1_Ab1Cd2Ef3").client_id("app").domain("shop").build()?;
    /// let url = client.logout_url("https://app.example.com/bye")?;
    /// assert!(url.starts_with("https://shop.auth.us-east-1.amazoncognito.com/logout?client_id=app&logout_uri="));
    /// # Ok::<(), poolhouse_client::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Configuration`] without an app client or a domain.
    pub fn logout_url(&self, logout_uri: &str) -> Result<String> {
        let query = [("client_id", self.app()?), ("logout_uri", logout_uri)];
        Ok(self.domain()?.address("/logout", query))
    }

    /// The user whom a code stands for.
    async fn redeem(&self, pending: &PendingAuthorization, code: &Secret) -> Result<SignedIn> {
        let PendingAuthorization { redirect_uri, verifier, nonce, .. } = pending;
        let domain = self.domain()?;
        let tokens = domain.redeem(self, code.expose(), redirect_uri, verifier.expose()).await?;
        SignedIn::answering(self.clone(), tokens, nonce.expose()).await
    }
}

impl AuthorizationRequest {
    /// What the access token may be used for. `openid` is always among them. Without any given, all that the app client
    /// allows.
    ///
    /// What users do for themselves ([`SignedIn::user`] and its like) needs `aws.cognito.signin.user.admin`.
    pub fn scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.scopes.extend(scopes.into_iter().map(Into::into));
        self
    }

    /// The identity provider, so that the domain does not ask: `COGNITO`, `Google`, or the name of one of the pool's own.
    pub fn identity_provider(self, name: impl Into<String>) -> Self {
        self.parameter("identity_provider", name)
    }

    /// Who it probably is: the name is filled in already.
    pub fn login_hint(self, username: impl Into<String>) -> Self {
        self.parameter("login_hint", username)
    }

    /// Whether the domain asks: `login` even where the browser has a session, `none` not even where it has none.
    pub fn prompt(self, prompt: impl Into<String>) -> Self {
        self.parameter("prompt", prompt)
    }

    /// Any other parameter of the authorization endpoint, such as `lang`, `resource` or `max_age`.
    pub fn parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.push((name.into(), value.into()));
        self
    }

    /// Makes the address that the browser is sent to. Nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::Configuration`] without an app client or a domain; [`Error::InvalidArgument`] for a parameter that is this
    /// library's to say.
    pub fn begin(self) -> Result<PendingAuthorization> {
        let Self { client, redirect_uri, mut scopes, parameters } = self;
        if parameters.iter().any(|(name, _)| OWN_PARAMETERS.contains(&name.as_str())) {
            return Err(Error::InvalidArgument(
                "this parameter has a method of its own, or is made by `begin`",
            ));
        }
        if !scopes.is_empty() && !scopes.iter().any(|scope| scope == "openid") {
            scopes.insert(0, "openid".to_owned());
        }
        let scope = scopes.join(" ");
        let (state, nonce, verifier) = (random()?, random()?, random()?);
        let challenge = challenge(&verifier);
        let own = [
            ("response_type", "code"),
            ("client_id", client.app()?),
            ("redirect_uri", &redirect_uri),
            ("scope", &scope),
            ("state", state.expose()),
            ("nonce", nonce.expose()),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let given = parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let query = own.into_iter().chain(given).filter(|(_, value)| !value.is_empty());
        let url = client.domain()?.address("/oauth2/authorize", query);
        Ok(PendingAuthorization { v: Version, url, redirect_uri, state, nonce, verifier })
    }
}

impl PendingAuthorization {
    /// Where the browser is sent.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where the browser comes back to.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }
}

/// What nobody can guess: 256 bits, in characters that RFC 7636 §4.1 allows.
fn random() -> Result<Secret> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| Error::Configuration("the system gives no random bytes"))?;
    Ok(Secret::new(URL_SAFE_NO_PAD.encode(bytes)))
}

/// RFC 7636 §4.2
fn challenge(verifier: &Secret) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.expose().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636, appendix B
    #[test]
    fn the_challenge_is_that_of_the_standard() {
        let verifier = Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(challenge(&verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    fn client() -> Client {
        let client = Client::builder("us-east-1_x").client_id("app").domain("shop");
        client.build().unwrap()
    }

    #[test]
    fn a_request_says_what_was_given_and_is_never_the_same() {
        let begin = || {
            let request = client().authorize("http://127.0.0.1/cb").scopes(["email", "profile"]);
            request.login_hint("a b").prompt("login").begin().unwrap()
        };
        let pending = begin();
        let (url, query) = pending.url().split_once('?').unwrap();
        assert_eq!(url, "https://shop.auth.us-east-1.amazoncognito.com/oauth2/authorize");
        let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
        let value =
            |name: &str| pairs.iter().find(|(own, _)| own == name).map(|(_, value)| value.to_string());
        assert_eq!(value("scope").as_deref(), Some("openid email profile"));
        assert_eq!(value("redirect_uri").as_deref(), Some("http://127.0.0.1/cb"));
        assert_eq!(value("login_hint").as_deref(), Some("a b"));
        assert_eq!(value("state").as_deref(), Some(pending.state.expose()));
        assert_eq!(value("code_challenge"), Some(challenge(&pending.verifier)));
        assert!(!query.contains(pending.verifier.expose()), "the verifier stays here");
        let other = begin();
        assert!(
            other.state != pending.state
                && other.nonce != pending.nonce
                && other.verifier != pending.verifier
        );
    }

    #[test]
    fn what_the_library_says_is_not_said_twice() {
        for name in OWN_PARAMETERS {
            let refused = client().authorize("http://127.0.0.1/cb").parameter(name, "x").begin();
            assert!(matches!(refused, Err(Error::InvalidArgument(_))), "{name}");
        }
        let url = client().authorize("http://127.0.0.1/cb").begin().unwrap().url;
        assert!(!url.contains("scope="), "without scopes all of the app client's are meant");
    }

    #[test]
    fn a_client_without_a_domain_says_so() {
        let client = Client::builder("us-east-1_x").client_id("app").build().unwrap();
        let error = client.authorize("http://127.0.0.1/cb").begin().unwrap_err();
        assert!(matches!(error, Error::Configuration(what) if what.contains("domain")));
        assert!(client.logout_url("http://127.0.0.1/bye").is_err());
    }
}
