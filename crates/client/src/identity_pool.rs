//! AWS credentials of an identity pool, for users and for guests.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};

use crate::client::Client;
use crate::endpoint;
use crate::error::{Error, ErrorKind, Result};
use crate::post::Endpoint;
use crate::signed_in::SignedIn;
use crate::single_flight::SingleFlight;

mod calls;

use calls::{JSON, Logins};

/// Credentials are fetched anew when they have less than this left: whoever takes them uses them for a while.
const MARGIN: Duration = Duration::from_secs(5 * 60);

/// AWS credentials of an identity pool, as every AWS SDK client takes them. Clones share them.
///
/// They are those of the role that the pool gives to the user, or to guests. They are fetched when they are first needed,
/// and anew five minutes before they end, once for however many callers; the user's own tokens are renewed for it as they
/// have to be.
///
/// ```no_run
/// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
/// use poolhouse_client::Client;
///
/// let credentials = alice.credentials("us-east-1:1f3c8a52-0d5e-4b6b-9a3b-7a6f1f0c2d4e")?;
/// // for an AWS SDK client: `aws_config::defaults(…).credentials_provider(credentials.clone())`
/// println!("{} until {:?}", credentials.identity_id().await?, credentials.get().await?.expiry());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct IdentityPoolCredentials(Arc<Inner>);

struct Inner {
    settings: Settings,
    endpoint: Endpoint,
    held: Mutex<Held>,
    /// One fetch for all who wait for it.
    fetch: SingleFlight<Credentials>,
}

#[derive(Clone)]
struct Settings {
    who: Who,
    pool_id: String,
    role_arn: Option<String>,
    identity_id: Option<String>,
}

/// Whom the credentials are for.
#[derive(Clone)]
enum Who {
    User(SignedIn),
    Guest(Client),
}

/// What is known so far.
#[derive(Default)]
struct Held {
    identity_id: Option<String>,
    credentials: Option<Credentials>,
}

impl fmt::Debug for IdentityPoolCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdentityPoolCredentials")
            .field("pool_id", &self.0.settings.pool_id)
            .finish_non_exhaustive()
    }
}

impl SignedIn {
    /// AWS credentials for this user, of an identity pool that takes the client's user pool as a login.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
    /// let credentials = alice.credentials("us-east-1:1f3c8a52-0d5e-4b6b-9a3b-7a6f1f0c2d4e")?;
    /// let admin = poolhouse_client::Client::builder("us-east-1_Ab1Cd2Ef3").credentials(credentials).build()?.admin()?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for what cannot be an identity pool's id.
    pub fn credentials(&self, identity_pool_id: impl Into<String>) -> Result<IdentityPoolCredentials> {
        IdentityPoolCredentials::new(Who::User(self.clone()), identity_pool_id.into())
    }
}

impl Client {
    /// AWS credentials for a guest of an identity pool: somebody who has not signed in.
    ///
    /// ```no_run
    /// # async fn show(client: poolhouse_client::Client, kept: String) -> poolhouse_client::Result<()> {
    /// let guest = client.guest_credentials("us-east-1:1f3c8a52-0d5e-4b6b-9a3b-7a6f1f0c2d4e")?;
    /// let guest = guest.with_identity_id(kept); // the one whom this browser or device was before
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for what cannot be an identity pool's id.
    pub fn guest_credentials(&self, identity_pool_id: impl Into<String>) -> Result<IdentityPoolCredentials> {
        IdentityPoolCredentials::new(Who::Guest(self.clone()), identity_pool_id.into())
    }
}

impl IdentityPoolCredentials {
    fn new(who: Who, pool_id: String) -> Result<Self> {
        let is_of_id = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        let parts = pool_id.split_once(':').filter(|(region, name)| {
            !region.is_empty() && !name.is_empty() && region.bytes().chain(name.bytes()).all(is_of_id)
        });
        let (region, _) = parts.ok_or(Error::InvalidArgument(
            "an identity pool's id has the form us-east-1:1f3c8a52-0d5e-4b6b-9a3b-7a6f1f0c2d4e",
        ))?;
        let client = who.client();
        let url = client.endpoint().map_or_else(|| endpoint::of_identity_pools(region), str::to_owned);
        let endpoint = Endpoint::new(&url, JSON, client.sdk().config());
        Ok(Self::with(Settings { who, pool_id, role_arn: None, identity_id: None }, endpoint))
    }

    fn with(settings: Settings, endpoint: Endpoint) -> Self {
        let held = Mutex::new(Held { identity_id: settings.identity_id.clone(), credentials: None });
        let fetch = SingleFlight::new(settings.who.client().limit());
        Self(Arc::new(Inner { settings, endpoint, held, fetch }))
    }

    /// Those of this role instead of the one that the pool chooses: one of [`Claims::roles`](crate::Claims::roles).
    #[must_use]
    pub fn with_role_arn(&self, role_arn: impl Into<String>) -> Self {
        let settings = Settings { role_arn: Some(role_arn.into()), ..self.0.settings.clone() };
        Self::with(settings, self.0.endpoint.clone())
    }

    /// Those of an identity that is known from before: a guest stays the same, and becomes the user who signs in.
    #[must_use]
    pub fn with_identity_id(&self, identity_id: impl Into<String>) -> Self {
        let settings = Settings { identity_id: Some(identity_id.into()), ..self.0.settings.clone() };
        Self::with(settings, self.0.endpoint.clone())
    }

    /// The identity that they are of, to be kept for guests. It is asked for when it is not known yet.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn identity_id(&self) -> Result<String> {
        let known = self.held().identity_id.clone();
        match known {
            Some(id) => Ok(id),
            None => {
                self.get().await?;
                self.held().identity_id.clone().ok_or_else(|| Error::Protocol("no IdentityId".to_owned()))
            }
        }
    }

    /// The credentials, good for a while yet.
    ///
    /// # Errors
    /// [`ErrorKind::NotAuthorized`] if the identity pool does not take the login, or no guests;
    /// [`ErrorKind::NotFound`] for an unknown pool or identity; [`Error::SignedOut`]; what
    /// [`SignedIn::renew`] answers.
    pub async fn get(&self) -> Result<Credentials> {
        if let Some(good) = self.good_for(MARGIN) {
            return Ok(good);
        }
        let fetch = || {
            let this = self.clone();
            async move { this.fetch().await }
        };
        match self.0.fetch.run(|| self.good_for(MARGIN).map(Ok), fetch).await {
            // What is left of the old ones is better than nothing.
            Err(error) if error.is_retryable() => self.good_for(Duration::ZERO).ok_or(error),
            other => other,
        }
    }

    /// The credentials that are held, if they have more than this left.
    fn good_for(&self, margin: Duration) -> Option<Credentials> {
        let soon = self.client().now().checked_add(margin)?;
        let held = self.held();
        held.credentials
            .as_ref()
            .filter(|credentials| credentials.expiry().is_some_and(|end| end > soon))
            .cloned()
    }

    async fn fetch(&self) -> Result<Credentials> {
        match self.fetch_once().await {
            // Clocks differ, and may be set.
            Err(error) if error.is_expired_login() => {
                let Who::User(user) = &self.0.settings.who else { return Err(error) };
                user.renew().await?;
                self.fetch_once().await
            }
            Err(error) if error.kind() == Some(ErrorKind::NotFound) => {
                // It may be the identity that is gone: the next call gets another one.
                self.held().identity_id.clone_from(&self.0.settings.identity_id);
                Err(error)
            }
            other => other,
        }
    }

    async fn fetch_once(&self) -> Result<Credentials> {
        let Inner { settings, endpoint, .. } = &*self.0;
        let logins = settings.who.logins().await?;
        let known = self.held().identity_id.clone();
        let identity_id = match known {
            Some(id) => id,
            None => calls::get_id(endpoint, &settings.pool_id, &logins).await?,
        };
        let role = settings.role_arn.as_deref();
        let client = self.client();
        // The identity may become another one: logins lead together what was apart.
        let (identity_id, credentials) =
            calls::get_credentials(endpoint, client, &identity_id, &logins, role).await?;
        *self.held() = Held { identity_id: Some(identity_id), credentials: Some(credentials.clone()) };
        Ok(credentials)
    }

    fn client(&self) -> &Client {
        self.0.settings.who.client()
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ProvideCredentials for IdentityPoolCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async { self.get().await.map_err(CredentialsError::provider_error) })
    }

    /// What the SDK goes on with when it has no time to wait.
    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        self.good_for(Duration::ZERO)
    }
}

impl Who {
    fn client(&self) -> &Client {
        match self {
            Self::User(user) => user.client(),
            Self::Guest(client) => client,
        }
    }

    /// What proves who it is.
    async fn logins(&self) -> Result<Logins> {
        Ok(match self {
            Self::User(user) => Logins::of(&user.client().login_provider(), user.id_token().await?),
            Self::Guest(_) => Logins::none(),
        })
    }
}
