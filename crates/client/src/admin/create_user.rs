//! Making a user.

use std::collections::HashMap;

use aws_sdk_cognitoidentityprovider::types::{DeliveryMediumType, MessageActionType};

use super::Admin;
use crate::attributes::Attributes;
use crate::error::{Error, Result};
use crate::records::User;
use crate::secret::Secret;
use crate::sign_up::given_map;

/// A user that is about to be made.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before `send`"]
pub struct CreateUserRequest {
    admin: Admin,
    username: String,
    temporary_password: Option<Secret>,
    attributes: Attributes,
    validation_data: Attributes,
    metadata: HashMap<String, String>,
    message: Option<MessageActionType>,
    mediums: Option<Vec<DeliveryMediumType>>,
    force_alias: Option<bool>,
}

impl Admin {
    /// Makes a user, who is sent a temporary password and must change it at the first sign-in.
    pub fn create_user(&self, username: impl Into<String>) -> CreateUserRequest {
        CreateUserRequest {
            admin: self.clone(),
            username: username.into(),
            temporary_password: None,
            attributes: Attributes::new(),
            validation_data: Attributes::new(),
            metadata: HashMap::new(),
            message: None,
            mediums: None,
            force_alias: None,
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
        self.metadata.insert(name.into(), value.into());
        self
    }

    /// Sends no message.
    pub fn suppress_message(mut self) -> Self {
        self.message = Some(MessageActionType::Suppress);
        self
    }

    /// Sends the message once more to a user who exists.
    pub fn resend_message(mut self) -> Self {
        self.message = Some(MessageActionType::Resend);
        self
    }

    /// How the message is sent; by SMS without this.
    pub fn delivery_mediums(mut self, mediums: impl IntoIterator<Item = DeliveryMediumType>) -> Self {
        self.mediums = Some(mediums.into_iter().collect());
        self
    }

    /// Takes an alias away from the user who has it, instead of failing.
    pub fn force_alias_creation(mut self, force: bool) -> Self {
        self.force_alias = Some(force);
        self
    }

    /// Makes the user.
    ///
    /// # Errors
    /// [`Error::UsernameExists`], [`Error::AliasExists`], [`Error::InvalidPassword`], [`Error::InvalidParameter`].
    pub async fn send(self) -> Result<User> {
        let given = |attributes: &Attributes| (!attributes.is_empty()).then(|| attributes.to_sdk());
        let call = self.admin.sdk().admin_create_user().user_pool_id(self.admin.pool());
        let call = call.username(self.username).set_message_action(self.message);
        let call =
            call.set_temporary_password(self.temporary_password.map(|password| password.expose().to_owned()));
        let call = call.set_user_attributes(given(&self.attributes));
        let call = call.set_validation_data(given(&self.validation_data));
        let call = call.set_client_metadata(given_map(self.metadata));
        let call = call.set_desired_delivery_mediums(self.mediums).set_force_alias_creation(self.force_alias);
        let out = call.send().await?;
        out.user.map(User::from_list).ok_or_else(|| Error::Protocol("no User".to_owned()))
    }
}
