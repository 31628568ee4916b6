//! A sign-in that is kept between two steps, to be continued by another process.

use std::collections::HashMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::exchange::{Door, Exchange, Reply};
use super::steps::{SignIn, Step};
use crate::client::Client;
use crate::devices::DeviceCredentials;
use crate::kept::Version;
use crate::names::Challenge;
use crate::secret::{Metadata, Secret};

/// A step that waits for the user, ready to be stored: pycognito's `mfa_tokens`.
///
/// It holds the session, which is as good as the proven password until it ends after minutes: keep it as safe as a
/// token. `Debug` does not show it.
///
/// ```no_run
/// # async fn show(client: poolhouse_client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use poolhouse_client::{PendingSignIn, SignIn};
///
/// if let SignIn::SoftwareTokenMfa(step) = client.sign_in("alice").password("Correct-Horse-7").send().await? {
///     let stored = serde_json::to_string(&step.into_pending())?;
///     // …in the next request of a web application:
///     let pending: PendingSignIn = serde_json::from_str(&stored)?;
///     if let SignIn::SoftwareTokenMfa(step) = client.resume_sign_in(pending) {
///         step.respond("123456").await?;
///     }
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Serialize, Deserialize)]
pub struct PendingSignIn {
    v: Version<1>,
    challenge: String,
    session: Option<Secret>,
    parameters: HashMap<String, String>,
    available: Vec<String>,
    username: String,
    admin: bool,
    metadata: Metadata,
    device: Option<DeviceCredentials>,
}

impl fmt::Debug for PendingSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingSignIn").field("challenge", &self.challenge).finish_non_exhaustive()
    }
}

impl Client {
    /// Goes on with a sign-in that was kept. Nothing is sent before the step is answered.
    ///
    /// ```no_run
    /// # async fn show(client: poolhouse_client::Client, kept: poolhouse_client::PendingSignIn) -> poolhouse_client::Result<()> {
    /// use poolhouse_client::SignIn;
    ///
    /// if let SignIn::SoftwareTokenMfa(step) = client.resume_sign_in(kept) {
    ///     let alice = step.respond("123456").await?.into_signed_in()?;
    /// }
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn resume_sign_in(&self, pending: PendingSignIn) -> SignIn {
        let door = if pending.admin { Door::Admin } else { Door::Public };
        let exchange = Exchange::new(self.clone(), door, pending.username, pending.device, pending.metadata);
        let challenge = Challenge::from(pending.challenge.as_str());
        let available = pending.available.iter().map(|name| name.as_str().into()).collect();
        let reply = Reply::resumed(challenge.clone(), pending.session, pending.parameters, available);
        SignIn::step(challenge, exchange, reply)
    }
}

impl PendingSignIn {
    pub(super) fn new(Step { challenge, exchange, reply }: Step) -> Self {
        Self {
            v: Version,
            challenge: challenge.as_str().to_owned(),
            session: reply.session,
            parameters: reply.parameters,
            available: reply.available.iter().map(|name| name.as_str().to_owned()).collect(),
            username: exchange.username,
            admin: exchange.door == Door::Admin,
            metadata: exchange.metadata,
            device: exchange.device,
        }
    }
}
