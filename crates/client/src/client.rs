//! The client: a pool, an app client, and the SDK underneath.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use aws_sdk_cognitoidentityprovider::Client as SdkClient;
use aws_sdk_cognitoidentityprovider::config::Region;
use aws_smithy_async::time::SharedTimeSource;
use poolhouse_crypto::secret_hash;

use crate::admin::Admin;
use crate::domain::Domain;
use crate::endpoint;
use crate::error::{Error, Result};
use crate::secret::{Metadata, Secret};
use crate::signed_in::SignedIn;
use crate::single_flight::Limit;
use crate::tokens::{Tokens, Verifier};

mod builder;
mod calls;

use calls::ServiceClock;

pub use builder::ClientBuilder;

/// A client of one user pool. Clones are cheap and share connections and keys.
///
/// What users do for themselves starts here and needs no AWS credentials; what administrators do is behind
/// [`Client::admin`].
///
/// | to | there is |
/// |---|---|
/// | make one | [`Client::builder`] |
/// | sign up, confirm, set a forgotten password anew | [`sign_up`](Client::sign_up), [`confirm_sign_up`](Client::confirm_sign_up), [`resend_confirmation_code`](Client::resend_confirmation_code), [`forgot_password`](Client::forgot_password), [`confirm_forgot_password`](Client::confirm_forgot_password) |
/// | sign in | [`sign_in`](Client::sign_in), [`resume_sign_in`](Client::resume_sign_in) |
/// | sign in by a browser | [`authorize`](Client::authorize), [`complete_authorization`](Client::complete_authorization), [`logout_url`](Client::logout_url) |
/// | go on with tokens that were kept | [`with_tokens`](Client::with_tokens), [`with_unverified_tokens`](Client::with_unverified_tokens) |
/// | verify tokens | [`verifier`](Client::verifier) |
/// | get AWS credentials for a guest | [`guest_credentials`](Client::guest_credentials); for a user [`SignedIn::credentials`] |
/// | administrate | [`admin`](Client::admin) |
/// | do what this library has no words for | [`sdk`](Client::sdk) |
///
/// ```no_run
/// # async fn show() -> poolhouse_client::Result<()> {
/// use poolhouse_client::{Client, SignIn};
///
/// let client = Client::builder("us-east-1_Ab1Cd2Ef3").client_id("3n4b5urk1ft4fl3mg5e62d9ado").build()?;
/// match client.sign_in("alice").password("Correct-Horse-7").send().await? {
///     SignIn::Complete(alice) => println!("{:?}", alice.id_claims()?.groups()),
///     SignIn::NewPasswordRequired(step) => println!("asked for {:?}", step.required_attributes()),
///     other => println!("asked for {:?}", other.challenge()),
/// }
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    pool_id: String,
    client_id: Option<String>,
    client_secret: Option<Secret>,
    metadata: Metadata,
    issuer: String,
    /// If it is not AWS's.
    endpoint: Option<String>,
    sdk: SdkClient,
    domain: Option<Domain>,
    has_credentials: bool,
    verifier: Verifier,
    verifies: bool,
    time: SharedTimeSource,
    refresh_margin: Duration,
    limit: Limit,
    /// By how much; `None` if the program tells the time.
    service_clock: Option<ServiceClock>,
    /// Whether the app client rotates refresh tokens, as far as is known.
    rotates: Arc<AtomicBool>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { pool_id, client_id, .. } = &*self.0;
        f.debug_struct("Client")
            .field("pool_id", pool_id)
            .field("client_id", client_id)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// A client of a pool.
    #[must_use]
    pub fn builder(pool_id: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(pool_id.into())
    }

    /// The pool.
    #[must_use]
    pub fn pool_id(&self) -> &str {
        &self.0.pool_id
    }

    /// The app client; `None` for clients that only administrate.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.0.client_id.as_deref()
    }

    /// What `iss` in this pool's tokens must be: pycognito's `user_pool_url`.
    ///
    /// ```
    /// use poolhouse_client::Client;
    ///
    /// let aws = Client::builder("eu-west-1_Ab1Cd2Ef3").build()?;
    /// assert_eq!(aws.issuer(), "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab1Cd2Ef3");
    /// let own = Client::builder("eu-west-1_Ab1Cd2Ef3").endpoint_url("http://127.0.0.1:7665").build()?;
    /// assert_eq!(own.issuer(), "http://127.0.0.1:7665/eu-west-1_Ab1Cd2Ef3");
    /// # Ok::<(), poolhouse_client::Error>(())
    /// ```
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// The SDK's client underneath, for operations that this library has no words for.
    ///
    /// ```no_run
    /// # async fn show(client: poolhouse_client::Client) -> poolhouse_client::Result<()> {
    /// let pool = client.sdk().describe_user_pool().user_pool_id(client.pool_id()).send().await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn sdk(&self) -> &SdkClient {
        &self.0.sdk
    }

    /// Verifies this pool's tokens; shares the keys with this client.
    ///
    /// ```no_run
    /// # async fn show(client: poolhouse_client::Client, token: &str) -> poolhouse_client::Result<()> {
    /// let claims = client.verifier().verify_access(token).await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn verifier(&self) -> &Verifier {
        &self.0.verifier
    }

    /// What administrators do: users, groups, app clients, identity providers.
    ///
    /// ```no_run
    /// # async fn show(client: poolhouse_client::Client) -> poolhouse_client::Result<()> {
    /// let admin = client.admin()?;
    /// admin.add_user_to_group("alice", "staff").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Configuration`] if the client was built without AWS credentials.
    pub fn admin(&self) -> Result<Admin> {
        if !self.0.has_credentials {
            return Err(Error::Configuration(
                "admin operations need AWS credentials: give `.access_key(..)`, `.credentials(..)` or `.sdk_config(..)`",
            ));
        }
        Ok(Admin::new(self.clone()))
    }

    /// Goes on with tokens that were kept. Both are verified.
    ///
    /// ```no_run
    /// # async fn show(client: poolhouse_client::Client, access: &str, id: &str, refresh: String) -> poolhouse_client::Result<()> {
    /// use poolhouse_client::Tokens;
    ///
    /// let alice = client.with_tokens(Tokens::new(access, id, Some(refresh))).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Token`] if one is not good; one that has expired is renewed if there is a refresh token.
    pub async fn with_tokens(&self, tokens: Tokens) -> Result<SignedIn> {
        SignedIn::resume(self, tokens).await
    }

    /// Goes on with tokens that were kept, as they are. What the service refuses shows at the first call.
    ///
    /// ```no_run
    /// # async fn show(client: poolhouse_client::Client, kept: poolhouse_client::Tokens) -> poolhouse_client::Result<()> {
    /// let alice = client.with_unverified_tokens(kept)?;
    /// println!("{:?}", alice.user().await?.email());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Token`] if one is not even the text of a token.
    pub fn with_unverified_tokens(&self, tokens: Tokens) -> Result<SignedIn> {
        SignedIn::unverified(self, tokens)
    }

    /// This client with one more entry for the pool's triggers (`ClientMetadata`), which goes along with every call
    /// that takes them: those of its [`admin`](Client::admin), and of the users who sign in by it, too.
    ///
    /// ```no_run
    /// # async fn show(client: poolhouse_client::Client) -> poolhouse_client::Result<()> {
    /// let shop = client.with_client_metadata("page", "shop");
    /// shop.forgot_password("alice").await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn with_client_metadata(&self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let mut inner = (*self.0).clone();
        inner.metadata.set(name, value);
        Self(Arc::new(inner))
    }

    /// The app client, which all but admin operations need.
    pub(crate) fn app(&self) -> Result<&str> {
        self.client_id().ok_or(Error::Configuration("this call needs an app client: give `.client_id(..)`"))
    }

    /// The endpoint, if it is not AWS's.
    pub(crate) fn endpoint(&self) -> Option<&str> {
        self.0.endpoint.as_deref()
    }

    /// How identity pools name this user pool, whatever its issuer (identity-pools-and-iam §1).
    pub(crate) fn login_provider(&self) -> String {
        let region = self.sdk().config().region().map(Region::as_ref).unwrap_or_default();
        let aws = endpoint::of_aws(region);
        format!("{}/{}", aws.trim_start_matches("https://"), self.pool_id())
    }

    /// The pool's domain, which sign-ins by a browser need.
    pub(crate) fn domain(&self) -> Result<&Domain> {
        let none = Error::Configuration("this call needs the pool's domain: give `.domain(..)`");
        self.0.domain.as_ref().ok_or(none)
    }

    pub(crate) fn metadata(&self) -> &Metadata {
        &self.0.metadata
    }

    pub(crate) fn client_secret(&self) -> Option<&str> {
        self.0.client_secret.as_ref().map(Secret::expose)
    }

    /// `SECRET_HASH` for a user name; `None` for clients without a secret.
    pub(crate) fn secret_hash(&self, username: &str) -> Option<String> {
        Some(secret_hash::compute(self.client_secret()?, username, self.client_id()?))
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.0.time.now()
    }

    pub(crate) fn verifies(&self) -> bool {
        self.0.verifies
    }

    pub(crate) fn refresh_margin(&self) -> Duration {
        self.0.refresh_margin
    }

    /// The time by the service's clock, as far as its answers tell it.
    pub(crate) fn service_now(&self) -> SystemTime {
        let now = self.now();
        self.0.service_clock.as_ref().map_or(now, |clock| clock.by_service(now))
    }

    /// How long work may take that several callers share.
    pub(crate) fn limit(&self) -> Limit {
        self.0.limit.clone()
    }

    /// Whether the app client was seen to rotate refresh tokens.
    pub(crate) fn rotates(&self) -> bool {
        self.0.rotates.load(Ordering::Relaxed)
    }

    pub(crate) fn set_rotates(&self, rotates: bool) {
        self.0.rotates.store(rotates, Ordering::Relaxed);
    }
}
