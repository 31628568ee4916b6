//! What people do before they can sign in: sign up, confirm, and set a forgotten password anew.

use crate::attributes::Attributes;
use crate::client::Client;
use crate::error::Result;
use crate::records::CodeDelivery;
use crate::secret::{Metadata, Secret};

/// What a sign-up came to.
///
/// ```no_run
/// # async fn show(client: poolhouse_client::Client) -> poolhouse_client::Result<()> {
/// let done = client.sign_up("alice").password("Correct-Horse-7").send().await?;
/// if !done.confirmed {
///     println!("look for a code in {:?}", done.delivery);
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignedUp {
    /// The new user's `sub`.
    pub sub: String,
    /// Whether the user may sign in already.
    pub confirmed: bool,
    /// Where the code was sent that confirms the sign-up; `None` if none was.
    pub delivery: Option<CodeDelivery>,
    session: Option<Secret>,
}

impl SignedUp {
    /// What lets the user go on from the confirmation to tokens without proving anything again; as safe to keep as a
    /// token. Only of app clients that allow [`Flow::Choice`](crate::Flow::Choice).
    ///
    /// ```no_run
    /// # async fn show(client: poolhouse_client::Client) -> poolhouse_client::Result<()> {
    /// use poolhouse_client::Flow;
    ///
    /// let done = client.sign_up("alice").password("Correct-Horse-7").send().await?;
    /// if let Some(session) = done.session() {
    ///     let confirmation = client.confirm_sign_up("alice", "123456").session(session);
    ///     let session = confirmation.send().await?.unwrap_or_default();
    ///     let step = client.sign_in("alice").flow(Flow::Choice).session(session).send().await?;
    /// }
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        self.session.as_ref().map(Secret::expose)
    }
}

/// A sign-up that is about to be sent.
///
/// ```no_run
/// # async fn show(client: poolhouse_client::Client) -> poolhouse_client::Result<()> {
/// let sign_up = client.sign_up("alice").password("Correct-Horse-7");
/// sign_up.attribute("email", "alice@example.com").send().await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before `send`"]
pub struct SignUpRequest {
    client: Client,
    username: String,
    password: Option<Secret>,
    attributes: Attributes,
    validation_data: Metadata,
    metadata: Metadata,
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
        self.metadata.set(name, value);
        self
    }

    /// Signs up.
    ///
    /// # Errors
    /// [`ErrorKind::UsernameExists`](crate::ErrorKind::UsernameExists),
    /// [`ErrorKind::InvalidPassword`](crate::ErrorKind::InvalidPassword),
    /// [`ErrorKind::InvalidParameter`](crate::ErrorKind::InvalidParameter) for an attribute that is missing or unknown.
    pub async fn send(self) -> Result<SignedUp> {
        let call = self.client.sdk().sign_up().client_id(self.client.app()?);
        let call = call.set_secret_hash(self.client.secret_hash(&self.username)).username(self.username);
        let call = call.set_password(self.password.map(|password| password.expose().to_owned()));
        let call = call.set_user_attributes(self.attributes.to_sdk_if_any());
        let call = call.set_validation_data(self.validation_data.to_attributes());
        let out = call.set_client_metadata(self.metadata.to_sdk()).send().await?;
        Ok(SignedUp {
            sub: out.user_sub,
            confirmed: out.user_confirmed,
            delivery: out.code_delivery_details.map(CodeDelivery::from_sdk),
            session: out.session.map(Secret::new),
        })
    }
}

/// A confirmation that is about to be sent.
///
/// ```no_run
/// # async fn show(client: poolhouse_client::Client) -> poolhouse_client::Result<()> {
/// client.confirm_sign_up("alice", "123456").send().await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before `send`"]
pub struct ConfirmSignUpRequest {
    client: Client,
    username: String,
    code: Secret,
    session: Option<Secret>,
    moves_alias: bool,
}

impl ConfirmSignUpRequest {
    /// The session of the sign-up ([`SignedUp::session`]), for the sign-in that follows.
    pub fn session(mut self, session: impl Into<String>) -> Self {
        self.session = Some(Secret::new(session));
        self
    }

    /// Takes an alias away from the user who has it, instead of failing.
    pub fn move_alias(mut self) -> Self {
        self.moves_alias = true;
        self
    }

    /// Confirms. The answer is the session for [`SignInRequest::session`](crate::SignInRequest::session), if the app
    /// client lets users sign in with what confirmed them.
    ///
    /// # Errors
    /// [`ErrorKind::CodeMismatch`](crate::ErrorKind::CodeMismatch), [`ErrorKind::CodeExpired`](crate::ErrorKind::CodeExpired),
    /// [`ErrorKind::AliasExists`](crate::ErrorKind::AliasExists),
    /// [`ErrorKind::NotAuthorized`](crate::ErrorKind::NotAuthorized) if the user is confirmed already.
    pub async fn send(self) -> Result<Option<String>> {
        let client = &self.client;
        let call = client.sdk().confirm_sign_up().client_id(client.app()?).username(&self.username);
        let call = call.set_secret_hash(client.secret_hash(&self.username));
        let call = call.confirmation_code(self.code.expose());
        let call = call.set_force_alias_creation(self.moves_alias.then_some(true));
        let call = call.set_session(self.session.as_ref().map(|session| session.expose().to_owned()));
        Ok(call.set_client_metadata(client.metadata().to_sdk()).send().await?.session)
    }
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
            validation_data: Metadata::default(),
            metadata: self.metadata().clone(),
        }
    }

    /// Confirms a sign-up with the code that was sent.
    ///
    /// ```no_run
    /// # async fn show(client: poolhouse_client::Client) -> poolhouse_client::Result<()> {
    /// client.confirm_sign_up("alice", "123456").send().await?;
    /// # Ok(()) }
    /// ```
    pub fn confirm_sign_up(
        &self,
        username: impl Into<String>,
        code: impl Into<String>,
    ) -> ConfirmSignUpRequest {
        ConfirmSignUpRequest {
            client: self.clone(),
            username: username.into(),
            code: Secret::new(code),
            session: None,
            moves_alias: false,
        }
    }

    /// Sends the code that confirms a sign-up once more.
    ///
    /// ```no_run
    /// # async fn show(client: poolhouse_client::Client) -> poolhouse_client::Result<()> {
    /// client.resend_confirmation_code("alice").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::InvalidParameter`](crate::ErrorKind::InvalidParameter) if the user is confirmed already.
    pub async fn resend_confirmation_code(&self, username: &str) -> Result<Option<CodeDelivery>> {
        let call = self.sdk().resend_confirmation_code().client_id(self.app()?).username(username);
        let call = call.set_secret_hash(self.secret_hash(username));
        let out = call.set_client_metadata(self.metadata().to_sdk()).send().await?;
        Ok(out.code_delivery_details.map(CodeDelivery::from_sdk))
    }

    /// Sends the code that lets a user set a new password.
    ///
    /// ```no_run
    /// # async fn show(client: poolhouse_client::Client) -> poolhouse_client::Result<()> {
    /// if let Some(delivery) = client.forgot_password("alice").await? {
    ///     println!("look into {}", delivery.destination);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::InvalidParameter`](crate::ErrorKind::InvalidParameter) if the user has no verified address,
    /// [`ErrorKind::LimitExceeded`](crate::ErrorKind::LimitExceeded).
    pub async fn forgot_password(&self, username: &str) -> Result<Option<CodeDelivery>> {
        let call = self.sdk().forgot_password().client_id(self.app()?).username(username);
        let call = call.set_secret_hash(self.secret_hash(username));
        let out = call.set_client_metadata(self.metadata().to_sdk()).send().await?;
        Ok(out.code_delivery_details.map(CodeDelivery::from_sdk))
    }

    /// Sets a new password with the code that [`Client::forgot_password`] or an administrator's reset sent.
    ///
    /// ```no_run
    /// # async fn show(client: poolhouse_client::Client) -> poolhouse_client::Result<()> {
    /// client.confirm_forgot_password("alice", "123456", "Better-Horse-8").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::CodeMismatch`](crate::ErrorKind::CodeMismatch), [`ErrorKind::CodeExpired`](crate::ErrorKind::CodeExpired),
    /// [`ErrorKind::InvalidPassword`](crate::ErrorKind::InvalidPassword).
    pub async fn confirm_forgot_password(&self, username: &str, code: &str, password: &str) -> Result<()> {
        let call = self.sdk().confirm_forgot_password().client_id(self.app()?).username(username);
        let call = call.set_secret_hash(self.secret_hash(username)).confirmation_code(code);
        call.password(password).set_client_metadata(self.metadata().to_sdk()).send().await?;
        Ok(())
    }
}
