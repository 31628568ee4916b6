//! What users do with their own records.

use aws_sdk_cognitoidentityprovider::Client as SdkClient;

use super::SignedIn;
use crate::attributes::Attributes;
use crate::error::{Error, Result};
use crate::records::{CodeDelivery, User};

impl SignedIn {
    /// The user's own record, with the attributes that the app client may read.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
    /// let user = alice.user().await?;
    /// println!("{} {:?}", user.username, user.attributes.custom("department"));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::NotAuthorized`](crate::ErrorKind::NotAuthorized)(Error::NotAuthorized) after a sign-out elsewhere.
    pub async fn user(&self) -> Result<User> {
        let out = self.call(|sdk, token| sdk.get_user().access_token(token).send()).await?;
        Ok(User::from_own_view(out))
    }

    /// Changes attributes; returns where codes were sent to verify new addresses.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
    /// use poolhouse_client::Attributes;
    ///
    /// let change = Attributes::new().with("email", "new@example.com");
    /// for delivery in alice.update_attributes(&change).await? {
    ///     println!("a code went to {}", delivery.destination);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::NotAuthorized`](crate::ErrorKind::NotAuthorized)(Error::NotAuthorized) for an attribute that the app client may not write,
    /// [`ErrorKind::InvalidParameter`](crate::ErrorKind::InvalidParameter)(Error::InvalidParameter) for one that does not exist.
    pub async fn update_attributes(&self, attributes: &Attributes) -> Result<Vec<CodeDelivery>> {
        let update = |sdk: &SdkClient, token: &str| {
            let call = sdk.update_user_attributes().access_token(token);
            let call = call.set_client_metadata(self.client().metadata().to_sdk());
            call.set_user_attributes(Some(attributes.to_sdk())).send()
        };
        let sent = self.call(update).await?.code_delivery_details_list.unwrap_or_default();
        Ok(sent.into_iter().map(CodeDelivery::from_sdk).collect())
    }

    /// Deletes attributes, by their full names.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
    /// alice.delete_attributes(["nickname", "custom:department"]).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`SignedIn::update_attributes`].
    pub async fn delete_attributes<N: Into<String>>(&self, names: impl IntoIterator<Item = N>) -> Result<()> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let delete = |sdk: &SdkClient, token: &str| {
            let call = sdk.delete_user_attributes().access_token(token);
            call.set_user_attribute_names(Some(names.clone())).send()
        };
        self.call(delete).await?;
        Ok(())
    }

    /// Saves what was changed in the user's own record since it was read, and nothing else.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
    /// let mut user = alice.user().await?;
    /// user.attributes.set("name", "Alice");
    /// alice.save(&mut user).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for somebody else's record; as [`SignedIn::update_attributes`].
    pub async fn save(&self, user: &mut User) -> Result<Vec<CodeDelivery>> {
        if !self.is_own(user)? {
            return Err(Error::InvalidArgument(
                "this is not the user's own record: save it by `Admin::save`",
            ));
        }
        let removed = user.attributes.removed_since(&user.read);
        if !removed.is_empty() {
            self.delete_attributes(removed).await?;
        }
        let changed = user.attributes.changed_since(&user.read);
        let sent = if changed.is_empty() { Vec::new() } else { self.update_attributes(&changed).await? };
        user.read = user.attributes.clone();
        Ok(sent)
    }

    /// Sends a code that verifies `email` or `phone_number`.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
    /// alice.send_verification("email").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::InvalidParameter`](crate::ErrorKind::InvalidParameter)(Error::InvalidParameter) if the user has no such address,
    /// [`ErrorKind::LimitExceeded`](crate::ErrorKind::LimitExceeded)(Error::LimitExceeded).
    pub async fn send_verification(&self, attribute: &str) -> Result<Option<CodeDelivery>> {
        let send = |sdk: &SdkClient, token: &str| {
            let call = sdk.get_user_attribute_verification_code().access_token(token);
            let call = call.set_client_metadata(self.client().metadata().to_sdk());
            call.attribute_name(attribute).send()
        };
        Ok(self.call(send).await?.code_delivery_details.map(CodeDelivery::from_sdk))
    }

    /// Verifies `email` or `phone_number` with the code that was sent there.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
    /// alice.verify_attribute("email", "123456").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::CodeMismatch`](crate::ErrorKind::CodeMismatch)(Error::CodeMismatch), [`ErrorKind::CodeExpired`](crate::ErrorKind::CodeExpired)(Error::CodeExpired).
    pub async fn verify_attribute(&self, attribute: &str, code: &str) -> Result<()> {
        let verify = |sdk: &SdkClient, token: &str| {
            sdk.verify_user_attribute().access_token(token).attribute_name(attribute).code(code).send()
        };
        self.call(verify).await?;
        Ok(())
    }

    /// Changes the password.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
    /// alice.change_password("Correct-Horse-7", "Better-Horse-8").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::NotAuthorized`](crate::ErrorKind::NotAuthorized)(Error::NotAuthorized) if `previous` is wrong,
    /// [`ErrorKind::InvalidPassword`](crate::ErrorKind::InvalidPassword)(Error::InvalidPassword),
    /// [`ErrorKind::PasswordUsedBefore`](crate::ErrorKind::PasswordUsedBefore)(Error::PasswordUsedBefore).
    pub async fn change_password(&self, previous: &str, proposed: &str) -> Result<()> {
        let change = |sdk: &SdkClient, token: &str| {
            let call = sdk.change_password().access_token(token);
            call.previous_password(previous).proposed_password(proposed).send()
        };
        self.call(change).await?;
        Ok(())
    }

    /// Deletes the user. This handle and its clones end.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
    /// alice.delete().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::NotAuthorized`](crate::ErrorKind::NotAuthorized)(Error::NotAuthorized) after a sign-out elsewhere.
    pub async fn delete(self) -> Result<()> {
        self.call(|sdk, token| sdk.delete_user().access_token(token).send()).await?;
        self.end();
        Ok(())
    }

    /// Whether a record is the user's own, by the name that never changes if it is there.
    fn is_own(&self, user: &User) -> Result<bool> {
        let claims = self.access_claims()?;
        Ok(match (user.read.get("sub"), claims.sub()) {
            (Some(theirs), Some(own)) => theirs == own,
            _ => claims.username() == Some(&user.username),
        })
    }
}
