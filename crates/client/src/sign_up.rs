//! What people do before they can sign in: sign up, confirm, and set a forgotten password anew.

use std::collections::HashMap;

use crate::attributes::Attributes;
use crate::client::Client;
use crate::error::Result;
use crate::records::CodeDelivery;
use crate::secret::Secret;

/// What a sign-up came to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignedUp {
    /// The new user's `sub`.
    pub sub: String,
    /// Whether the user may sign in already.
    pub confirmed: bool,
    /// Where the code was sent that confirms the sign-up; `None` if none was.
    pub delivery: Option<CodeDelivery>,
}

/// A sign-up that is about to be sent.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before `send`"]
pub struct SignUpRequest {
    client: Client,
    username: String,
    password: Option<Secret>,
    attributes: Attributes,
    validation_data: Attributes,
    metadata: HashMap<String, String>,
}

impl SignUpRequest {
    /// The password. Pools without passwords need none.
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(Secret::new(password));
        self
    }

    /// One more attribute, by its full name.
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes.set(name, value);
        self
    }

    /// One more attribute that the pool defines itself, its name without `custom:`.
    pub fn custom_attribute(mut self, name: &str, value: impl Into<String>) -> Self {
        self.attributes = self.attributes.with_custom(name, value);
        self
    }

    /// More attributes.
    pub fn attributes(mut self, attributes: &Attributes) -> Self {
        self.attributes.extend(attributes.iter());
        self
    }

    /// One more entry for the pool's trigger that judges sign-ups; it is not kept.
    pub fn validation_data(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.validation_data.set(name, value);
        self
    }

    /// One more entry for the pool's triggers.
    pub fn client_metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.insert(name.into(), value.into());
        self
    }

    /// Signs up.
    ///
    /// # Errors
    /// [`Error::UsernameExists`](crate::Error::UsernameExists),
    /// [`Error::InvalidPassword`](crate::Error::InvalidPassword),
    /// [`Error::InvalidParameter`](crate::Error::InvalidParameter) for an attribute that is missing or unknown.
    pub async fn send(self) -> Result<SignedUp> {
        let call = self.client.sdk().sign_up().client_id(self.client.app()?);
        let call = call.set_secret_hash(self.client.secret_hash(&self.username)).username(self.username);
        let call = call.set_password(self.password.map(|password| password.expose().to_owned()));
        let given = |attributes: &Attributes| (!attributes.is_empty()).then(|| attributes.to_sdk());
        let call = call.set_user_attributes(given(&self.attributes));
        let call = call.set_validation_data(given(&self.validation_data));
        let out = call.set_client_metadata(given_map(self.metadata)).send().await?;
        let delivery = out.code_delivery_details.map(CodeDelivery::from_sdk);
        Ok(SignedUp { sub: out.user_sub, confirmed: out.user_confirmed, delivery })
    }
}

/// The map, if there is anything in it.
pub(crate) fn given_map(map: HashMap<String, String>) -> Option<HashMap<String, String>> {
    (!map.is_empty()).then_some(map)
}

impl Client {
    /// Signs a new user up.
    ///
    /// ```no_run
    /// # async fn show(client: poolhouse_client::Client) -> poolhouse_client::Result<()> {
    /// let done = client
    ///     .sign_up("alice")
    ///     .password("Correct-Horse-7")
    ///     .attribute("email", "alice@example.com")
    ///     .custom_attribute("department", "Engineering")
    ///     .send()
    ///     .await?;
    /// if let Some(delivery) = done.delivery {
    ///     println!("a code went to {}", delivery.destination);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn sign_up(&self, username: impl Into<String>) -> SignUpRequest {
        SignUpRequest {
            client: self.clone(),
            username: username.into(),
            password: None,
            attributes: Attributes::new(),
            validation_data: Attributes::new(),
            metadata: HashMap::new(),
        }
    }

    /// Confirms a sign-up with the code that was sent. The session that is returned, if any, spares the user the
    /// first factor in a sign-in that follows ([`Flow::Choice`](crate::Flow::Choice)).
    ///
    /// # Errors
    /// [`Error::CodeMismatch`](crate::Error::CodeMismatch), [`Error::CodeExpired`](crate::Error::CodeExpired),
    /// [`Error::NotAuthorized`](crate::Error::NotAuthorized) if the user is confirmed already.
    pub async fn confirm_sign_up(&self, username: &str, code: &str) -> Result<Option<String>> {
        let call = self.sdk().confirm_sign_up().client_id(self.app()?).username(username);
        let call = call.set_secret_hash(self.secret_hash(username)).confirmation_code(code);
        Ok(call.send().await?.session)
    }

    /// Sends the code that confirms a sign-up once more.
    ///
    /// # Errors
    /// [`Error::InvalidParameter`](crate::Error::InvalidParameter) if the user is confirmed already.
    pub async fn resend_confirmation_code(&self, username: &str) -> Result<Option<CodeDelivery>> {
        let call = self.sdk().resend_confirmation_code().client_id(self.app()?).username(username);
        let out = call.set_secret_hash(self.secret_hash(username)).send().await?;
        Ok(out.code_delivery_details.map(CodeDelivery::from_sdk))
    }

    /// Sends the code that lets a user set a new password.
    ///
    /// # Errors
    /// [`Error::InvalidParameter`](crate::Error::InvalidParameter) if the user has no verified address,
    /// [`Error::LimitExceeded`](crate::Error::LimitExceeded).
    pub async fn forgot_password(&self, username: &str) -> Result<Option<CodeDelivery>> {
        let call = self.sdk().forgot_password().client_id(self.app()?).username(username);
        let out = call.set_secret_hash(self.secret_hash(username)).send().await?;
        Ok(out.code_delivery_details.map(CodeDelivery::from_sdk))
    }

    /// Sets a new password with the code that [`Client::forgot_password`] or an administrator's reset sent.
    ///
    /// # Errors
    /// [`Error::CodeMismatch`](crate::Error::CodeMismatch), [`Error::CodeExpired`](crate::Error::CodeExpired),
    /// [`Error::InvalidPassword`](crate::Error::InvalidPassword).
    pub async fn confirm_forgot_password(&self, username: &str, code: &str, password: &str) -> Result<()> {
        let call = self.sdk().confirm_forgot_password().client_id(self.app()?).username(username);
        let call = call.set_secret_hash(self.secret_hash(username)).confirmation_code(code);
        call.password(password).send().await?;
        Ok(())
    }
}
