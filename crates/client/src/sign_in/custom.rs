//! Steps whose questions are not Cognito's own, or not known here.

use std::collections::HashMap;

use super::steps::{SignIn, Step};
use crate::error::Result;

/// The pool's triggers ask something.
///
/// ```no_run
/// # async fn show(step: poolhouse_client::CustomStep) -> poolhouse_client::Result<()> {
/// println!("{:?}", step.parameters().get("question"));
/// let next = step.respond("forty-two").await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct CustomStep(pub(super) Step);

impl CustomStep {
    /// What the triggers show.
    #[must_use]
    pub fn parameters(&self) -> &HashMap<String, String> {
        &self.0.reply.parameters
    }

    /// Answers.
    ///
    /// # Errors
    /// [`ErrorKind::NotAuthorized`](crate::ErrorKind::NotAuthorized) if the triggers give up;
    /// [`ErrorKind::Trigger`](crate::ErrorKind::Trigger) if one fails.
    pub async fn respond(&self, answer: &str) -> Result<SignIn> {
        self.0.answer([("ANSWER", answer)]).await
    }
}

/// A challenge that this library has no words for.
///
/// ```no_run
/// # async fn show(step: poolhouse_client::OtherStep) -> poolhouse_client::Result<()> {
/// let next = step.respond([("ANSWER".to_owned(), "yes".to_owned())].into()).await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct OtherStep(pub(super) Step);

impl OtherStep {
    /// Its parameters.
    #[must_use]
    pub fn parameters(&self) -> &HashMap<String, String> {
        &self.0.reply.parameters
    }

    /// Answers; the user's name, the secret hash and the device are added.
    ///
    /// # Errors
    /// Whatever the service refuses.
    pub async fn respond(&self, responses: HashMap<String, String>) -> Result<SignIn> {
        self.0.answer_map(responses).await
    }
}
