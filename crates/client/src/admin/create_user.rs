//! Making a user.

use aws_sdk_cognitoidentityprovider::types::{DeliveryMediumType, MessageActionType};

use super::Admin;
use crate::attributes::Attributes;
use crate::error::{Error, Result};
use crate::names::DeliveryMedium;
use crate::records::User;
use crate::secret::{Metadata, Secret};

/// Whether a new user is sent a message.
///
/// ```no_run
/// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
/// use poolhouse_client::Invitation;
///
/// admin.create_user("alice").message(Invitation::Suppress).send().await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Invitation {
    /// The user is sent a temporary password.
    #[default]
    Send,
    /// Nothing is sent.
    Suppress,
    /// Nobody is made: a user who exists is sent the message once more, with a new temporary password.
    Resend,
}

impl Invitation {
    fn to_sdk(self) -> Option<MessageActionType> {
        match self {
            Self::Send => None,
            Self::Suppress => Some(MessageActionType::Suppress),
            Self::Resend => Some(MessageActionType::Resend),
        }
    }
}

/// A user that is about to be made.
///
/// ```no_run
/// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
/// use poolhouse_client::Invitation;
///
/// let new = admin.create_user("alice").attribute("email", "alice@example.com");
/// let alice = new.temporary_password("Temp0rary!Pass").message(Invitation::Suppress).send().await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before `send`"]
pub struct CreateUserRequest {
    admin: Admin,
    username: String,
    temporary_password: Option<Secret>,
    attributes: Attributes,
    validation_data: Metadata,
    metadata: Metadata,
    message: Invitation,
    mediums: Option<Vec<DeliveryMediumType>>,
    moves_alias: bool,
}

impl Admin {
    /// Makes a user, who is sent a temporary password and must change it at the first sign-in.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// let alice = admin.create_user("alice").attribute("email", "alice@example.com").send().await?;
    /// # Ok(()) }
    /// ```
    pub fn create_user(&self, username: impl Into<String>) -> CreateUserRequest {
        CreateUserRequest {
            admin: self.clone(),
            username: username.into(),
            temporary_password: None,
            attributes: Attributes::new(),
            validation_data: Metadata::default(),
            metadata: self.client.metadata().clone(),
            message: Invitation::Send,
            mediums: None,
            moves_alias: false,
        }
    }
}

impl CreateUserRequest {
    /// The temporary password; without one the service makes one up.
    pub fn temporary_password(mut self, password: impl Into<String>) -> Self {
        self.temporary_password = Some(Secret::new(password));
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

    /// Whether the user is sent a message with the temporary password; it is sent without this.
    pub fn message(mut self, message: Invitation) -> Self {
        self.message = message;
        self
    }

    /// How the message is sent; by SMS without this.
    pub fn delivery_mediums(mut self, mediums: impl IntoIterator<Item = DeliveryMedium>) -> Self {
        self.mediums = Some(mediums.into_iter().map(Into::into).collect());
        self
    }

    /// Takes an alias away from the user who has it, instead of failing.
    pub fn move_alias(mut self) -> Self {
        self.moves_alias = true;
        self
    }

    /// Makes the user.
    ///
    /// # Errors
    /// [`ErrorKind::UsernameExists`](crate::ErrorKind::UsernameExists), [`ErrorKind::AliasExists`](crate::ErrorKind::AliasExists), [`ErrorKind::InvalidPassword`](crate::ErrorKind::InvalidPassword), [`ErrorKind::InvalidParameter`](crate::ErrorKind::InvalidParameter).
    pub async fn send(self) -> Result<User> {
        let call = self.admin.sdk().admin_create_user().user_pool_id(self.admin.pool());
        let call = call.username(self.username).set_message_action(self.message.to_sdk());
        let call =
            call.set_temporary_password(self.temporary_password.map(|password| password.expose().to_owned()));
        let call = call.set_user_attributes(self.attributes.to_sdk_if_any());
        let call = call.set_validation_data(self.validation_data.to_attributes());
        let call = call.set_client_metadata(self.metadata.to_sdk());
        let call = call
            .set_desired_delivery_mediums(self.mediums)
            .set_force_alias_creation(self.moves_alias.then_some(true));
        let out = call.send().await?;
        out.user.map(User::from_list).ok_or_else(|| Error::Protocol("no User".to_owned()))
    }
}
