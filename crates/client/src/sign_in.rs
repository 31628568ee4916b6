//! Signing in, in typed steps.
//!
//! [`Client::sign_in`] and [`Admin::sign_in`](crate::Admin::sign_in) begin; the answer is a [`SignIn`]: tokens, or a
//! step that carries the method which continues it. Devices that are remembered are proven without being asked.

use std::collections::HashMap;

use aws_sdk_cognitoidentityprovider::types::AuthFlowType;

use crate::client::Client;
use crate::devices::DeviceCredentials;
use crate::error::{Error, Result};
use crate::names::Challenge;
use crate::secret::{Metadata, Secret};

mod choices;
mod custom;
mod exchange;
mod factors;
mod passwords;
mod pending;
mod setup;
mod srp;
mod steps;

pub use choices::{SelectChallengeStep, SelectMfaTypeStep};
pub use custom::{CustomStep, OtherStep};
pub(crate) use exchange::{Door, Exchange, tokens_of};
pub use factors::{CodeStep, WebAuthnStep};
pub use passwords::{NewPasswordStep, PasswordStep};
pub use pending::PendingSignIn;
pub use setup::{MfaSetupStep, SoftwareTokenSetup};
pub use steps::SignIn;

/// How the first factor is proven.
///
/// ```no_run
/// # async fn show(client: poolhouse_client::Client) -> poolhouse_client::Result<()> {
/// use poolhouse_client::Flow;
///
/// let step = client.sign_in("alice").flow(Flow::Choice).send().await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flow {
    /// By SRP: the password never leaves this process. The flow of [`Client::sign_in`].
    Srp,
    /// The password is sent. The flow of [`Admin::sign_in`](crate::Admin::sign_in).
    Password,
    /// The pool's triggers ask. With a password SRP comes first.
    Custom,
    /// The user chooses among the pool's first factors.
    Choice,
}

/// A sign-in that is about to begin.
///
/// ```no_run
/// # async fn show(client: poolhouse_client::Client) -> poolhouse_client::Result<()> {
/// let step = client.sign_in("alice").password("Correct-Horse-7").send().await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before `send`"]
pub struct SignInRequest {
    client: Client,
    door: Door,
    username: String,
    password: Option<Secret>,
    flow: Flow,
    preferred: Option<Challenge>,
    session: Option<Secret>,
    metadata: Metadata,
    device: Option<DeviceCredentials>,
}

impl Client {
    /// Signs a user in, by name or alias.
    ///
    /// ```no_run
    /// # async fn show(client: poolhouse_client::Client) -> poolhouse_client::Result<()> {
    /// let alice = client.sign_in("alice").password("Correct-Horse-7").send().await?.into_signed_in()?;
    /// # Ok(()) }
    /// ```
    pub fn sign_in(&self, username: impl Into<String>) -> SignInRequest {
        SignInRequest::new(self.clone(), Door::Public, username.into())
    }
}

impl SignInRequest {
    pub(crate) fn new(client: Client, door: Door, username: String) -> Self {
        let flow = match door {
            Door::Public => Flow::Srp,
            Door::Admin => Flow::Password,
        };
        let metadata = client.metadata().clone();
        Self {
            client,
            door,
            username,
            password: None,
            flow,
            preferred: None,
            session: None,
            metadata,
            device: None,
        }
    }

    /// The password.
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(Secret::new(password));
        self
    }

    /// How the first factor is proven, if not as usual.
    pub fn flow(mut self, flow: Flow) -> Self {
        self.flow = flow;
        self
    }

    /// Which first factor to begin with, in [`Flow::Choice`].
    pub fn preferred(mut self, challenge: Challenge) -> Self {
        self.preferred = Some(challenge);
        self
    }

    /// The session that confirming a sign-up gave, in [`Flow::Choice`]: the user need not prove anything again.
    pub fn session(mut self, session: impl Into<String>) -> Self {
        self.session = Some(Secret::new(session));
        self
    }

    /// One more entry for the pool's triggers; goes along with every step.
    pub fn client_metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.set(name, value);
        self
    }

    /// The device that this is, from an earlier [`SignedIn::confirm_device`](crate::SignedIn::confirm_device). If the
    /// service does not know it any more, the sign-in goes on without.
    pub fn device(mut self, device: DeviceCredentials) -> Self {
        self.device = Some(device);
        self
    }

    /// Begins.
    ///
    /// # Errors
    /// [`ErrorKind::NotAuthorized`](crate::ErrorKind::NotAuthorized) for a wrong name or password (or [`ErrorKind::UserNotFound`](crate::ErrorKind::UserNotFound) if the app client shows
    /// who exists), [`ErrorKind::UserNotConfirmed`](crate::ErrorKind::UserNotConfirmed), [`ErrorKind::PasswordResetRequired`](crate::ErrorKind::PasswordResetRequired), [`ErrorKind::UserDisabled`](crate::ErrorKind::UserDisabled);
    /// [`Error::Token`] if the tokens are not good.
    pub async fn send(self) -> Result<SignIn> {
        let mut exchange = Exchange::new(self.client, self.door, self.username, self.device, self.metadata);
        let password = self.password.as_ref();
        let required = || password.ok_or(Error::InvalidArgument("this flow needs `.password(..)`"));
        match self.flow {
            Flow::Srp => srp::sign_in(exchange, AuthFlowType::UserSrpAuth, required()?).await,
            Flow::Custom => match password {
                Some(password) => srp::sign_in(exchange, AuthFlowType::CustomAuth, password).await,
                None => {
                    let reply = exchange.initiate(AuthFlowType::CustomAuth, HashMap::new(), None).await?;
                    exchange.advance(reply).await
                }
            },
            Flow::Password => {
                let flow = match self.door {
                    Door::Public => AuthFlowType::UserPasswordAuth,
                    Door::Admin => AuthFlowType::AdminUserPasswordAuth,
                };
                let parameters = HashMap::from([("PASSWORD".to_owned(), required()?.expose().to_owned())]);
                let reply = exchange.initiate(flow, parameters, None).await?;
                exchange.advance(reply).await
            }
            Flow::Choice => choose(exchange, self.preferred, password, self.session).await,
        }
    }
}

/// Begins a choice-based sign-in.
async fn choose(
    mut exchange: Exchange,
    preferred: Option<Challenge>,
    password: Option<&Secret>,
    session: Option<Secret>,
) -> Result<SignIn> {
    if let (Some(Challenge::PasswordSrp), Some(password)) = (&preferred, password) {
        return srp::sign_in(exchange, AuthFlowType::UserAuth, password).await;
    }
    let mut parameters = HashMap::new();
    if let Some(preferred) = preferred {
        parameters.insert("PREFERRED_CHALLENGE".to_owned(), preferred.as_str().to_owned());
    }
    if let Some(password) = password {
        parameters.insert("PASSWORD".to_owned(), password.expose().to_owned());
    }
    let session = session.map(|session| session.expose().to_owned());
    let reply = exchange.initiate(AuthFlowType::UserAuth, parameters, session).await?;
    exchange.advance(reply).await
}
