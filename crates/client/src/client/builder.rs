//! Settings of a client.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_sdk_cognitoidentityprovider::config::{
    BehaviorVersion, Credentials, ProvideCredentials, Region, SharedCredentialsProvider, SharedInterceptor,
};
use aws_sdk_cognitoidentityprovider::{Client as SdkClient, Config};
use aws_smithy_async::rt::sleep::default_async_sleep;
use aws_smithy_async::time::SharedTimeSource;

use super::calls::{CALL, NoRepetition, ServiceClock, time_limits};
use super::{Client, Inner};
use crate::domain::Domain;
use crate::endpoint;
use crate::error::{Error, Result};
use crate::secret::{Metadata, Secret};
use crate::single_flight::Limit;
use crate::time;
use crate::tokens::{FETCH_TIME, KeySource, Verifier};

#[cfg(test)]
mod tests;

/// Tokens are renewed when they have less than this left.
const REFRESH_MARGIN: Duration = Duration::from_secs(60);

/// Settings of a [`Client`]. Only the pool is needed; all but admin operations need an app client too.
///
/// ```
/// use poolhouse_client::Client;
///
/// let client = Client::builder("us-east-1_Ab1Cd2Ef3")
///     .client_id("3n4b5urk1ft4fl3mg5e62d9ado")
///     .endpoint_url("http://127.0.0.1:7665") // Poolhouse; leave it out for AWS
///     .build()?;
/// # Ok::<(), poolhouse_client::Error>(())
/// ```
#[derive(Clone)]
pub struct ClientBuilder {
    pool_id: String,
    client_id: Option<String>,
    client_secret: Option<Secret>,
    region: Option<String>,
    endpoint_url: Option<String>,
    issuer: Option<String>,
    domain: Option<String>,
    sdk: Option<Config>,
    credentials: Option<SharedCredentialsProvider>,
    time: Option<SharedTimeSource>,
    keys: KeySource,
    verifies: bool,
    leeway: Duration,
    refresh_margin: Duration,
    timeout: Option<Duration>,
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("pool_id", &self.pool_id).finish_non_exhaustive()
    }
}

impl ClientBuilder {
    pub(super) fn new(pool_id: String) -> Self {
        Self {
            pool_id,
            client_id: None,
            client_secret: None,
            region: None,
            endpoint_url: None,
            issuer: None,
            domain: None,
            sdk: None,
            credentials: None,
            time: None,
            keys: KeySource::Issuer,
            verifies: true,
            leeway: Duration::ZERO,
            refresh_margin: REFRESH_MARGIN,
            timeout: None,
        }
    }

    /// The app client.
    #[must_use]
    pub fn client_id(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// The app client's secret, if it has one.
    #[must_use]
    pub fn client_secret(mut self, client_secret: impl Into<String>) -> Self {
        self.client_secret = Some(Secret::new(client_secret));
        self
    }

    /// The region; by default the part of the pool's id before the underscore.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Where the service is, if it is not AWS. The issuer follows from it.
    ///
    /// Without it the endpoint of [`sdk_config`](Self::sdk_config) counts. Without that, what the environment says to
    /// every AWS SDK does: `AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER`, or `AWS_ENDPOINT_URL`.
    ///
    /// ```
    /// use poolhouse_client::Client;
    ///
    /// let client = Client::builder("us-east-1_Ab1Cd2Ef3").endpoint_url("http://127.0.0.1:7665").build()?;
    /// # Ok::<(), poolhouse_client::Error>(())
    /// ```
    #[must_use]
    pub fn endpoint_url(mut self, url: impl Into<String>) -> Self {
        self.endpoint_url = Some(url.into());
        self
    }

    /// What `iss` in the tokens must be, if it does not follow from endpoint or region.
    ///
    /// ```
    /// use poolhouse_client::Client;
    ///
    /// let client = Client::builder("us-east-1_Ab1Cd2Ef3")
    ///     .endpoint_url("http://poolhouse.internal:7665")
    ///     .issuer("https://id.example.com/us-east-1_Ab1Cd2Ef3")
    ///     .build()?;
    /// # Ok::<(), poolhouse_client::Error>(())
    /// ```
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// The pool's domain, for sign-ins by a browser: its prefix, the name of a custom domain, or its address.
    ///
    /// A prefix is completed as AWS does it, `https://<prefix>.auth.<region>.amazoncognito.com`; where the endpoint is
    /// another one it is Poolhouse's `<endpoint>/_domains/<prefix>`. Browsers that reach it by another name need the address.
    ///
    /// ```
    /// use poolhouse_client::Client;
    ///
    /// let client = Client::builder("us-east-1_Ab1Cd2Ef3")
    ///     .client_id("3n4b5urk1ft4fl3mg5e62d9ado")
    ///     .domain("https://auth.example.com")
    ///     .build()?;
    /// # Ok::<(), poolhouse_client::Error>(())
    /// ```
    #[must_use]
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domain = Some(domain.into());
        self
    }

    /// An AWS access key, for admin operations.
    ///
    /// ```
    /// use poolhouse_client::Client;
    ///
    /// let client = Client::builder("us-east-1_Ab1Cd2Ef3")
    ///     .access_key("poolhouse", "poolhouse-dev") // those of `poolhouse serve --dev`
    ///     .endpoint_url("http://127.0.0.1:7665")
    ///     .build()?;
    /// let admin = client.admin()?;
    /// # Ok::<(), poolhouse_client::Error>(())
    /// ```
    #[must_use]
    pub fn access_key(self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.credentials(Credentials::new(id, secret, None, None, "poolhouse-client"))
    }

    /// AWS credentials of any kind, for admin operations.
    ///
    /// ```
    /// use poolhouse_client::Client;
    /// use poolhouse_client::sdk::config::Credentials;
    ///
    /// # let (id, secret, session) = ("id", "secret", "session".to_owned());
    /// let keys = Credentials::new(id, secret, Some(session), None, "of my own");
    /// let admin = Client::builder("us-east-1_Ab1Cd2Ef3").credentials(keys).build()?.admin()?;
    /// # Ok::<(), poolhouse_client::Error>(())
    /// ```
    #[must_use]
    pub fn credentials(mut self, credentials: impl ProvideCredentials + 'static) -> Self {
        self.credentials = Some(SharedCredentialsProvider::new(credentials));
        self
    }

    /// The SDK's configuration: credentials, retries, time limits, HTTP client, endpoint. What `aws_config` loads fits,
    /// as `.sdk_config(&config)`. The region is this builder's, and so is the endpoint if it is given here.
    ///
    /// ```
    /// use poolhouse_client::Client;
    /// use poolhouse_client::sdk;
    /// use poolhouse_client::sdk::config::{BehaviorVersion, retry::RetryConfig};
    ///
    /// let config = sdk::Config::builder()
    ///     .behavior_version(BehaviorVersion::v2026_01_12())
    ///     .retry_config(RetryConfig::standard().with_max_attempts(5))
    ///     .build();
    /// let client = Client::builder("us-east-1_Ab1Cd2Ef3").sdk_config(config).build()?;
    /// # Ok::<(), poolhouse_client::Error>(())
    /// ```
    #[must_use]
    pub fn sdk_config(mut self, config: impl Into<Config>) -> Self {
        self.sdk = Some(config.into());
        self
    }

    /// Where the keys come from that verify tokens; from the issuer by default.
    #[must_use]
    pub fn key_source(mut self, source: KeySource) -> Self {
        self.keys = source;
        self
    }

    /// Believes the tokens of sign-ins and renewals unread. By default each is verified, as pycognito does.
    #[must_use]
    pub fn without_token_verification(mut self) -> Self {
        self.verifies = false;
        self
    }

    /// How far the issuer's clock may differ from this one; nothing by default.
    #[must_use]
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Tokens are renewed when they have less than this left; a minute by default.
    #[must_use]
    pub fn refresh_margin(mut self, margin: Duration) -> Self {
        self.refresh_margin = margin;
        self
    }

    /// How long a call may take in all, the SDK's repetitions included; 45 seconds by default, and a third of it for
    /// each attempt. A configuration of the SDK that has limits of its own for calls or attempts keeps them, unless
    /// this is given.
    ///
    /// ```
    /// use poolhouse_client::Client;
    /// use std::time::Duration;
    ///
    /// let client = Client::builder("us-east-1_Ab1Cd2Ef3").timeout(Duration::from_secs(10)).build()?;
    /// # Ok::<(), poolhouse_client::Error>(())
    /// ```
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Tells the time, for tokens and signatures; the system's clock by default.
    ///
    /// The proof of a password says when it was made. Without this, the system's clock is set right for it by the
    /// service's answers, which bear a date; a clock that is given is believed.
    #[must_use]
    pub fn time_source(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.time = Some(time::source(now));
        self
    }

    /// The client. Nothing is sent yet.
    ///
    /// ```
    /// use poolhouse_client::Client;
    ///
    /// let client = Client::builder("us-east-1_Ab1Cd2Ef3").build()?;
    /// # Ok::<(), poolhouse_client::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Configuration`] for a pool's id, an app client's id, a region, an issuer, a domain or an endpoint that cannot
    /// be one;
    /// [`Error::Token`] if a given document of keys cannot be read.
    pub fn build(self) -> Result<Client> {
        let region = region_of(&self.pool_id, self.region)?;
        if self.client_id.as_deref().is_some_and(|id| !is_identifier(id)) {
            return Err(Error::Configuration(
                "an app client's id is letters and digits, as in 3n4b5urk1ft4fl3mg5e62d9ado",
            ));
        }
        let configured = match &self.sdk {
            Some(config) => endpoint::of_config(config),
            None => endpoint::of_environment(|name| std::env::var(name).ok()),
        };
        let endpoint = self.endpoint_url.or(configured).map(|url| endpoint::parse(&url)).transpose()?;
        let base = endpoint.clone().unwrap_or_else(|| endpoint::of_aws(&region));
        let elsewhere = endpoint.clone().filter(|url| *url != endpoint::of_aws(&region));
        let domain = self.domain.map(|domain| endpoint::of_domain(&domain, &region, elsewhere.as_deref()));
        let domain = domain.transpose()?;
        let issuer = self.issuer.unwrap_or_else(|| format!("{base}/{}", self.pool_id));

        let has_credentials = self.credentials.is_some() || self.sdk.is_some();
        let service_clock = self.time.is_none().then(ServiceClock::default);
        let mut config = match &self.sdk {
            Some(config) => config.to_builder(),
            None => Config::builder().behavior_version(BehaviorVersion::v2026_01_12()),
        };
        let limits = time_limits(self.sdk.as_ref().and_then(Config::timeout_config), self.timeout);
        let call = limits.operation_timeout().unwrap_or(CALL);
        config.set_endpoint_url(endpoint).set_timeout_config(Some(limits));
        config.set_credentials_provider(self.credentials);
        if let Some(time) = self.time {
            config.set_time_source(Some(time));
        }
        if let Some(clock) = &service_clock {
            config.push_interceptor(SharedInterceptor::new(clock.clone()));
        }
        let config = config.region(Region::new(region)).retry_classifier(NoRepetition).build();

        let sleep = config.sleep_impl().or_else(default_async_sleep);
        let time = config.time_source().unwrap_or_default();
        let mut verifier = Verifier::builder(&issuer).key_source(self.keys).leeway(self.leeway);
        verifier = verifier.shared_time_source(time.clone()).sleep(sleep.clone());
        if let Some(client_id) = &self.client_id {
            verifier = verifier.client_id(client_id);
        }
        if let Some(http) = config.http_client() {
            verifier = verifier.http_client(http);
        }
        Ok(Client(Arc::new(Inner {
            pool_id: self.pool_id,
            client_id: self.client_id,
            client_secret: self.client_secret,
            metadata: Metadata::default(),
            issuer,
            endpoint: elsewhere,
            domain: domain.map(|url| Domain::new(url, &config)),
            sdk: SdkClient::from_conf(config),
            has_credentials,
            verifier: verifier.build()?,
            verifies: self.verifies,
            time,
            refresh_margin: self.refresh_margin,
            // Shared work is two calls and a fetch of keys: a renewal, a sign-in by SRP.
            limit: Limit::new(call.saturating_mul(2).saturating_add(FETCH_TIME), sleep),
            service_clock,
            rotates: Arc::default(),
        })))
    }
}

/// The region of a pool, which is the first part of its id unless another is given.
fn region_of(pool_id: &str, given: Option<String>) -> Result<String> {
    let parts = pool_id.split_once('_').filter(|(region, name)| is_region(region) && is_identifier(name));
    let (region, _) = parts.ok_or(Error::Configuration("a pool's id has the form us-east-1_Ab1Cd2Ef3"))?;
    let region = given.unwrap_or_else(|| region.to_owned());
    if is_region(&region) { Ok(region) } else { Err(Error::Configuration("a region has the form us-east-1")) }
}

fn is_region(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// What the service's model allows of ids: `[\w+]+` for app clients, `[0-9a-zA-Z]+` for pools.
fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'+'))
}
