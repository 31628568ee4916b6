//! Second factors that are set up during a sign-in, because the pool demands one.

use std::collections::HashMap;
use std::fmt;

use super::steps::{SignIn, Step};
use crate::error::{Error, Result};
use crate::mfa::TotpSecret;
use crate::names::Challenge;
use crate::secret::Secret;

/// The user sets up a second factor, because the pool demands one.
///
/// ```no_run
/// # async fn show(step: poolhouse_client::MfaSetupStep) -> poolhouse_client::Result<()> {
/// let setup = step.software_token().await?;
/// println!("{}", setup.secret().otpauth_uri("My App", "alice"));
/// let alice = setup.verify("123456", "phone").await?.into_signed_in()?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct MfaSetupStep(pub(super) Step);

impl MfaSetupStep {
    /// The factors that can be set up here.
    #[must_use]
    pub fn choices(&self) -> Vec<Challenge> {
        self.0.challenges("MFAS_CAN_SETUP")
    }

    /// Begins to set up an authenticator.
    ///
    /// # Errors
    /// [`ErrorKind::MfaMethodNotFound`](crate::ErrorKind::MfaMethodNotFound) if the pool does not offer it.
    pub async fn software_token(&self) -> Result<SoftwareTokenSetup> {
        let sdk = self.0.exchange.client.sdk();
        let call = sdk.associate_software_token().set_session(self.0.reply.session().map(str::to_owned));
        let out = call.send().await?;
        let secret = out.secret_code.ok_or_else(|| Error::Protocol("no SecretCode".to_owned()))?;
        Ok(SoftwareTokenSetup {
            step: self.0.clone(),
            secret: TotpSecret::new(secret),
            session: out.session.map(Secret::new),
        })
    }

    /// Gives an e-mail address; the answer is the step for the code that is sent there.
    ///
    /// ```no_run
    /// # async fn show(step: poolhouse_client::MfaSetupStep) -> poolhouse_client::Result<()> {
    /// use poolhouse_client::SignIn;
    ///
    /// if let SignIn::EmailOtp(step) = step.email("alice@example.com").await? {
    ///     let alice = step.respond("123456").await?.into_signed_in()?;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::InvalidParameter`](crate::ErrorKind::InvalidParameter) if the pool does not offer it.
    pub async fn email(&self, address: &str) -> Result<SignIn> {
        self.0.answer([("EMAIL", address)]).await
    }
}

/// An authenticator that is being set up.
///
/// ```no_run
/// # async fn show(setup: poolhouse_client::SoftwareTokenSetup) -> poolhouse_client::Result<()> {
/// println!("{}", setup.secret().text());
/// let alice = setup.verify("123456", "phone").await?.into_signed_in()?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct SoftwareTokenSetup {
    step: Step,
    secret: TotpSecret,
    session: Option<Secret>,
}

impl fmt::Debug for SoftwareTokenSetup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SoftwareTokenSetup(..)")
    }
}

impl SoftwareTokenSetup {
    /// What the user types or scans into the authenticator.
    #[must_use]
    pub fn secret(&self) -> &TotpSecret {
        &self.secret
    }

    /// Proves that the authenticator is set up, and goes on with the sign-in.
    ///
    /// # Errors
    /// [`ErrorKind::SoftwareTokenMismatch`](crate::ErrorKind::SoftwareTokenMismatch) for a wrong code, after which it can be tried again.
    pub async fn verify(&self, code: &str, device_name: &str) -> Result<SignIn> {
        let mut exchange = self.step.exchange.clone();
        let session = self.session.as_ref().map(|session| session.expose().to_owned());
        let call = exchange.client.sdk().verify_software_token().set_session(session);
        let out = call.user_code(code).friendly_device_name(device_name).send().await?;
        let reply = exchange.respond(&Challenge::MfaSetup, out.session(), HashMap::new()).await?;
        exchange.advance(reply).await
    }
}
