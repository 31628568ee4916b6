//! Settings of a client.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_sdk_cognitoidentityprovider::config::{
    BehaviorVersion, ProvideCredentials, Region, SharedCredentialsProvider,
};
use aws_sdk_cognitoidentityprovider::{Client as SdkClient, Config};
use aws_smithy_async::time::SharedTimeSource;

use super::{Client, Inner, SrpExponent};
use crate::error::{Error, Result};
use crate::secret::{Metadata, Secret};
use crate::time;
use crate::tokens::{KeySource, Verifier};

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
    sdk: Option<Config>,
    credentials: Option<SharedCredentialsProvider>,
    time: Option<SharedTimeSource>,
    keys: KeySource,
    verifies: bool,
    leeway: Duration,
    refresh_margin: Duration,
    srp_exponent: SrpExponent,
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
            sdk: None,
            credentials: None,
            time: None,
            keys: KeySource::Issuer,
            verifies: true,
            leeway: Duration::ZERO,
            refresh_margin: REFRESH_MARGIN,
            srp_exponent: SrpExponent::default(),
        }
    }

    /// The app client.
    ///
    /// ```
    /// use poolhouse_client::Client;
    ///
    /// let client = Client::builder("us-east-1_Ab1Cd2Ef3").client_id("3n4b5urk1ft4fl3mg5e62d9ado").build()?;
    /// # Ok::<(), poolhouse_client::Error>(())
    /// ```
    #[must_use]
    pub fn client_id(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// The app client's secret, if it has one.
    ///
    /// ```
    /// use poolhouse_client::Client;
    ///
    /// let client = Client::builder("us-east-1_Ab1Cd2Ef3")
    ///     .client_id("3n4b5urk1ft4fl3mg5e62d9ado")
    ///     .client_secret(std::env::var("CLIENT_SECRET").unwrap_or_default())
    ///     .build()?;
    /// # Ok::<(), poolhouse_client::Error>(())
    /// ```
    #[must_use]
    pub fn client_secret(mut self, client_secret: impl Into<String>) -> Self {
        self.client_secret = Some(Secret::new(client_secret));
        self
    }

    /// The region; by default the part of the pool's id before the underscore.
    ///
    /// ```
    /// use poolhouse_client::Client;
    ///
    /// let client = Client::builder("local_Ab1Cd2Ef3").region("us-east-1").build()?;
    /// # Ok::<(), poolhouse_client::Error>(())
    /// ```
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Where the service is, if it is not AWS. The issuer follows from it.
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

    /// AWS credentials, for admin operations.
    ///
    /// ```
    /// use poolhouse_client::Client;
    /// use poolhouse_client::sdk::config::Credentials;
    ///
    /// let keys = Credentials::new("poolhouse", "poolhouse-dev", None, None, "development");
    /// let admin = Client::builder("us-east-1_Ab1Cd2Ef3").credentials(keys).build()?.admin()?;
    /// # Ok::<(), poolhouse_client::Error>(())
    /// ```
    #[must_use]
    pub fn credentials(mut self, credentials: impl ProvideCredentials + 'static) -> Self {
        self.credentials = Some(SharedCredentialsProvider::new(credentials));
        self
    }

    /// The SDK's configuration: credentials, retries, time limits, HTTP client. `&aws_config::load_defaults(..)`
    /// fits. Region and endpoint are this builder's.
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
    ///
    /// ```
    /// use poolhouse_client::Client;
    /// use poolhouse_client::KeySource;
    ///
    /// let client = Client::builder("us-east-1_Ab1Cd2Ef3").keys(KeySource::from_env()).build()?;
    /// # Ok::<(), poolhouse_client::Error>(())
    /// ```
    #[must_use]
    pub fn keys(mut self, source: KeySource) -> Self {
        self.keys = source;
        self
    }

    /// Whether the tokens of every sign-in and renewal are verified, as pycognito does; on by default.
    ///
    /// ```
    /// use poolhouse_client::Client;
    ///
    /// let client = Client::builder("us-east-1_Ab1Cd2Ef3").verify_tokens(false).build()?;
    /// # Ok::<(), poolhouse_client::Error>(())
    /// ```
    #[must_use]
    pub fn verify_tokens(mut self, verifies: bool) -> Self {
        self.verifies = verifies;
        self
    }

    /// How far the issuer's clock may differ from this one; nothing by default.
    ///
    /// ```
    /// use poolhouse_client::Client;
    /// use std::time::Duration;
    ///
    /// let client = Client::builder("us-east-1_Ab1Cd2Ef3").leeway(Duration::from_secs(30)).build()?;
    /// # Ok::<(), poolhouse_client::Error>(())
    /// ```
    #[must_use]
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Tokens are renewed when they have less than this left; a minute by default.
    ///
    /// ```
    /// use poolhouse_client::Client;
    /// use std::time::Duration;
    ///
    /// let client = Client::builder("us-east-1_Ab1Cd2Ef3").refresh_margin(Duration::from_secs(300)).build()?;
    /// # Ok::<(), poolhouse_client::Error>(())
    /// ```
    #[must_use]
    pub fn refresh_margin(mut self, margin: Duration) -> Self {
        self.refresh_margin = margin;
        self
    }

    /// The length of the private exponent in a sign-in by SRP.
    ///
    /// ```
    /// use poolhouse_client::Client;
    /// use poolhouse_client::SrpExponent;
    ///
    /// let client = Client::builder("us-east-1_Ab1Cd2Ef3").srp_exponent(SrpExponent::Bits1024).build()?;
    /// # Ok::<(), poolhouse_client::Error>(())
    /// ```
    #[must_use]
    pub fn srp_exponent(mut self, exponent: SrpExponent) -> Self {
        self.srp_exponent = exponent;
        self
    }

    /// Tells the time, for tokens and signatures; the system's clock by default.
    ///
    /// ```
    /// use std::time::{Duration, UNIX_EPOCH};
    ///
    /// use poolhouse_client::Client;
    ///
    /// let still = || UNIX_EPOCH + Duration::from_secs(1_900_000_000);
    /// let client = Client::builder("us-east-1_Ab1Cd2Ef3").time_source(still).build()?;
    /// # Ok::<(), poolhouse_client::Error>(())
    /// ```
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
    /// [`Error::Configuration`] if the pool's id has no region in it and none is given;
    /// [`Error::Token`] if a given document of keys cannot be read.
    pub fn build(self) -> Result<Client> {
        let (prefix, _) = self
            .pool_id
            .split_once('_')
            .ok_or(Error::Configuration("a pool's id has the form us-east-1_Ab1Cd2Ef3"))?;
        let region = self.region.unwrap_or_else(|| prefix.to_owned());
        let endpoint = self.endpoint_url.map(|url| url.trim_end_matches('/').to_owned());
        let base = endpoint.clone().unwrap_or_else(|| aws_endpoint(&region));
        let issuer = self.issuer.unwrap_or_else(|| format!("{base}/{}", self.pool_id));

        let has_credentials = self.credentials.is_some() || self.sdk.is_some();
        let mut config = match &self.sdk {
            Some(config) => config.to_builder(),
            None => Config::builder().behavior_version(BehaviorVersion::v2026_01_12()),
        };
        config = config.region(Region::new(region));
        config.set_endpoint_url(endpoint);
        config.set_credentials_provider(self.credentials);
        if let Some(time) = self.time {
            config.set_time_source(Some(time));
        }
        let config = config.build();

        let time = config.time_source().unwrap_or_default();
        let mut verifier = Verifier::builder(&issuer).keys(self.keys).leeway(self.leeway);
        verifier = verifier.shared_time_source(time.clone());
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
            sdk: SdkClient::from_conf(config),
            has_credentials,
            verifier: verifier.build()?,
            verifies: self.verifies,
            time,
            refresh_margin: self.refresh_margin,
            srp_exponent: self.srp_exponent,
        })))
    }
}

/// AWS's endpoint of a region, as it stands in `iss`.
fn aws_endpoint(region: &str) -> String {
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("https://cognito-idp.{region}.{domain}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_issuer_follows_from_endpoint_and_region() {
        let issuer = |builder: ClientBuilder| builder.build().unwrap().issuer().to_owned();
        let builder = || Client::builder("eu-west-1_x");
        assert_eq!(issuer(builder()), "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_x");
        assert_eq!(
            issuer(builder().region("cn-north-1")),
            "https://cognito-idp.cn-north-1.amazonaws.com.cn/eu-west-1_x"
        );
        // pycognito E2: a slash at the end gives a double one there
        assert_eq!(issuer(builder().endpoint_url("http://localhost:1/")), "http://localhost:1/eu-west-1_x");
        assert_eq!(issuer(builder().issuer("https://other")), "https://other");
    }

    /// U20: a client for users alone says so before the first call.
    #[test]
    fn u20_admin_operations_need_credentials() {
        let client = Client::builder("eu-west-1_x").build().unwrap();
        assert!(matches!(client.admin(), Err(Error::Configuration(_))));
        assert!(matches!(Client::builder("no-region").build(), Err(Error::Configuration(_))));
    }

    #[test]
    fn no_secret_is_shown() {
        let builder = Client::builder("eu-west-1_x").client_secret("hidden");
        assert!(!format!("{builder:?}").contains("hidden"));
        assert!(!format!("{:?}", builder.build().unwrap()).contains("hidden"));
    }
}
