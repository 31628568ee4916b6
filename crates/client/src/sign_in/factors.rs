//! Steps that ask for a code or a passkey.

use super::steps::{SignIn, Step};
use crate::error::Result;
use crate::names::Challenge;
use crate::records::CodeDelivery;

/// The user types a code.
///
/// ```no_run
/// # async fn show(step: poolhouse_client::CodeStep) -> poolhouse_client::Result<()> {
/// println!("a code went to {:?}", step.delivery());
/// let alice = step.respond("123456").await?.into_signed_in()?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct CodeStep(pub(super) Step);

impl CodeStep {
    /// Where the code was sent; `None` for an authenticator's.
    ///
    /// ```no_run
    /// # async fn show(step: poolhouse_client::CodeStep) -> poolhouse_client::Result<()> {
    /// if let Some(delivery) = step.delivery() {
    ///     println!("look into {}", delivery.destination);
    /// }
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn delivery(&self) -> Option<CodeDelivery> {
        let destination = self.0.reply.optional("CODE_DELIVERY_DESTINATION")?.to_owned();
        let medium = self.0.reply.optional("CODE_DELIVERY_DELIVERY_MEDIUM").unwrap_or_default().into();
        Some(CodeDelivery { destination, medium, attribute: None })
    }

    /// The name that the user gave the authenticator.
    ///
    /// ```no_run
    /// # async fn show(step: poolhouse_client::CodeStep) -> poolhouse_client::Result<()> {
    /// println!("look at {}", step.device_name().unwrap_or("your authenticator"));
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn device_name(&self) -> Option<&str> {
        self.0.reply.optional("FRIENDLY_DEVICE_NAME")
    }

    /// Answers with the code.
    ///
    /// ```no_run
    /// # async fn show(step: poolhouse_client::CodeStep) -> poolhouse_client::Result<()> {
    /// use poolhouse_client::{Error, ErrorKind};
    ///
    /// match step.respond("123456").await {
    ///     Err(Error::Service { kind: ErrorKind::CodeMismatch, .. }) => println!("try again"),
    ///     other => println!("{:?}", other?.into_signed_in()?.id_claims()?.username()),
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::CodeMismatch`](crate::ErrorKind::CodeMismatch), after which the step can be answered again;
    /// [`ErrorKind::CodeExpired`](crate::ErrorKind::CodeExpired) for a code that is too old or was used.
    pub async fn respond(&self, code: &str) -> Result<SignIn> {
        let name = match self.0.challenge {
            Challenge::SmsMfa => "SMS_MFA_CODE",
            Challenge::EmailOtp => "EMAIL_OTP_CODE",
            Challenge::SmsOtp => "SMS_OTP_CODE",
            _ => "SOFTWARE_TOKEN_MFA_CODE",
        };
        self.0.answer([(name, code)]).await
    }
}

/// The user shows a passkey.
///
/// ```no_run
/// # async fn show(step: poolhouse_client::WebAuthnStep) -> poolhouse_client::Result<()> {
/// let options = step.options()?; // for the browser
/// let credential = String::new(); // from the browser
/// let alice = step.respond(&credential).await?.into_signed_in()?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct WebAuthnStep(pub(super) Step);

impl WebAuthnStep {
    /// What the browser's `navigator.credentials.get` takes, as JSON text.
    ///
    /// ```no_run
    /// # async fn show(step: poolhouse_client::WebAuthnStep) -> poolhouse_client::Result<()> {
    /// let script = format!("parseRequestOptionsFromJSON({})", step.options()?);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Protocol`](crate::Error::Protocol) if the service sent none.
    pub fn options(&self) -> Result<&str> {
        self.0.reply.parameter("CREDENTIAL_REQUEST_OPTIONS")
    }

    /// Answers with the browser's credential, as JSON text.
    ///
    /// ```no_run
    /// # async fn show(step: poolhouse_client::WebAuthnStep, credential: &str) -> poolhouse_client::Result<()> {
    /// let alice = step.respond(credential).await?.into_signed_in()?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::NotAuthorized`](crate::ErrorKind::NotAuthorized) for one that does not fit.
    pub async fn respond(&self, credential: &str) -> Result<SignIn> {
        self.0.answer([("CREDENTIAL", credential)]).await
    }
}
