//! Steps that ask for a password.

use std::collections::HashMap;

use super::steps::{SignIn, Step};
use crate::attributes::Attributes;
use crate::error::Result;
use crate::names::Challenge;

/// The user types the password.
///
/// ```no_run
/// # async fn show(step: poolhouse_client::PasswordStep) -> poolhouse_client::Result<()> {
/// let alice = step.respond("Correct-Horse-7").await?.into_signed_in()?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct PasswordStep(pub(super) Step);

impl PasswordStep {
    /// Answers with the password, by SRP if that is what the service asks for.
    ///
    /// # Errors
    /// [`ErrorKind::NotAuthorized`](crate::ErrorKind::NotAuthorized) for a wrong one.
    pub async fn respond(&self, password: &str) -> Result<SignIn> {
        match self.0.challenge {
            Challenge::PasswordSrp => self.0.prove(password, false).await,
            _ => self.0.answer([("PASSWORD", password)]).await,
        }
    }
}

/// The user chooses a new password.
///
/// ```no_run
/// # async fn show(step: poolhouse_client::NewPasswordStep) -> poolhouse_client::Result<()> {
/// let alice = step.respond("Better-Horse-8").await?.into_signed_in()?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct NewPasswordStep(pub(super) Step);

impl NewPasswordStep {
    /// The attributes that must be given with the password.
    ///
    /// ```no_run
    /// # async fn show(step: poolhouse_client::NewPasswordStep) -> poolhouse_client::Result<()> {
    /// for name in step.required_attributes() {
    ///     println!("{name} is needed");
    /// }
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn required_attributes(&self) -> Vec<String> {
        let names = self.0.list("requiredAttributes").into_iter();
        names.map(|name| name.trim_start_matches("userAttributes.").to_owned()).collect()
    }

    /// The attributes that the user has.
    ///
    /// ```no_run
    /// # async fn show(step: poolhouse_client::NewPasswordStep) -> poolhouse_client::Result<()> {
    /// println!("{:?}", step.attributes().email());
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn attributes(&self) -> Attributes {
        let text = self.0.reply.optional("userAttributes").unwrap_or("{}");
        serde_json::from_str::<HashMap<String, String>>(text).unwrap_or_default().into_iter().collect()
    }

    /// Sets the new password.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidPassword`](crate::ErrorKind::InvalidPassword) and
    /// [`ErrorKind::PasswordUsedBefore`](crate::ErrorKind::PasswordUsedBefore), after which the step can be answered
    /// again.
    pub async fn respond(&self, new_password: &str) -> Result<SignIn> {
        self.respond_with(new_password, &Attributes::new()).await
    }

    /// Sets the new password together with attributes.
    ///
    /// ```no_run
    /// # async fn show(step: poolhouse_client::NewPasswordStep) -> poolhouse_client::Result<()> {
    /// use poolhouse_client::Attributes;
    ///
    /// let attributes = Attributes::new().with("given_name", "Alice");
    /// let alice = step.respond_with("Better-Horse-8", &attributes).await?.into_signed_in()?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`NewPasswordStep::respond`]; [`ErrorKind::InvalidParameter`](crate::ErrorKind::InvalidParameter) if a
    /// required attribute is missing.
    pub async fn respond_with(&self, new_password: &str, attributes: &Attributes) -> Result<SignIn> {
        let mut responses: HashMap<_, _> = attributes
            .iter()
            .map(|(name, value)| (format!("userAttributes.{name}"), value.to_owned()))
            .collect();
        responses.insert("NEW_PASSWORD".to_owned(), new_password.to_owned());
        self.0.answer_map(responses).await
    }
}
