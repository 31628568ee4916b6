//! Steps that ask which factor it shall be.

use super::steps::{SignIn, Step};
use crate::error::Result;
use crate::names::Challenge;

/// The user chooses among the first factors: password, passkey, or a code by e-mail or SMS.
///
/// ```no_run
/// # async fn show(step: poolhouse_client::SelectChallengeStep) -> poolhouse_client::Result<()> {
/// use poolhouse_client::Challenge;
///
/// let next = match step.choices().contains(&Challenge::WebAuthn) {
///     true => step.choose(Challenge::WebAuthn).await?,
///     false => step.password("Correct-Horse-7").await?,
/// };
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct SelectChallengeStep(pub(super) Step);

impl SelectChallengeStep {
    /// What there is to choose from: the pool's first factors.
    #[must_use]
    pub fn choices(&self) -> Vec<Challenge> {
        self.0.reply.available.clone()
    }

    /// Chooses; the answer is the step of the factor.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidParameter`](crate::ErrorKind::InvalidParameter) for what is not among the choices.
    pub async fn choose(&self, choice: Challenge) -> Result<SignIn> {
        self.0.answer([("ANSWER", choice.as_str())]).await
    }

    /// Chooses the password, and proves it by SRP.
    ///
    /// ```no_run
    /// # async fn show(step: poolhouse_client::SelectChallengeStep) -> poolhouse_client::Result<()> {
    /// let alice = step.password("Correct-Horse-7").await?.into_signed_in()?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::NotAuthorized`](crate::ErrorKind::NotAuthorized) for a wrong one.
    pub async fn password(&self, password: &str) -> Result<SignIn> {
        self.0.prove(password, true).await
    }
}

/// The user chooses among the second factors that are active.
///
/// ```no_run
/// # async fn show(step: poolhouse_client::SelectMfaTypeStep) -> poolhouse_client::Result<()> {
/// use poolhouse_client::SignIn;
/// use poolhouse_client::Challenge;
///
/// if let SignIn::SoftwareTokenMfa(step) = step.choose(Challenge::SoftwareTokenMfa).await? {
///     let alice = step.respond("123456").await?.into_signed_in()?;
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct SelectMfaTypeStep(pub(super) Step);

impl SelectMfaTypeStep {
    /// What there is to choose from: the active factors.
    #[must_use]
    pub fn choices(&self) -> Vec<Challenge> {
        self.0.challenges("MFAS_CAN_CHOOSE")
    }

    /// Chooses; the answer is the step of the second factor.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidParameter`](crate::ErrorKind::InvalidParameter) for what is not among the choices.
    pub async fn choose(&self, choice: Challenge) -> Result<SignIn> {
        self.0.answer([("ANSWER", choice.as_str())]).await
    }
}
