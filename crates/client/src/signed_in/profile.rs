//! What users do with their own records.

use super::SignedIn;
use crate::attributes::Attributes;
use crate::error::Result;
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
    /// [`Error::NotAuthorized`](crate::Error::NotAuthorized) after a sign-out elsewhere.
    pub async fn user(&self) -> Result<User> {
        let token = self.access_token().await?;
        Ok(User::from_own_view(self.client().sdk().get_user().access_token(token).send().await?))
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
    /// [`Error::NotAuthorized`](crate::Error::NotAuthorized) for an attribute that the app client may not write,
    /// [`Error::InvalidParameter`](crate::Error::InvalidParameter) for one that does not exist.
    pub async fn update_attributes(&self, attributes: &Attributes) -> Result<Vec<CodeDelivery>> {
        let token = self.access_token().await?;
        let call = self.client().sdk().update_user_attributes().access_token(token);
        let call = call.set_client_metadata(self.client().metadata().to_sdk());
        let out = call.set_user_attributes(Some(attributes.to_sdk())).send().await?;
        Ok(out
            .code_delivery_details_list
            .unwrap_or_default()
            .into_iter()
            .map(CodeDelivery::from_sdk)
            .collect())
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
        let names = names.into_iter().map(Into::into).collect();
        let token = self.access_token().await?;
        let call = self.client().sdk().delete_user_attributes().access_token(token);
        call.set_user_attribute_names(Some(names)).send().await?;
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
    /// As [`SignedIn::update_attributes`].
    pub async fn save(&self, user: &mut User) -> Result<Vec<CodeDelivery>> {
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
    /// [`Error::InvalidParameter`](crate::Error::InvalidParameter) if the user has no such address,
    /// [`Error::LimitExceeded`](crate::Error::LimitExceeded).
    pub async fn send_verification(&self, attribute: &str) -> Result<Option<CodeDelivery>> {
        let token = self.access_token().await?;
        let call = self.client().sdk().get_user_attribute_verification_code().access_token(token);
        let call = call.set_client_metadata(self.client().metadata().to_sdk());
        let out = call.attribute_name(attribute).send().await?;
        Ok(out.code_delivery_details.map(CodeDelivery::from_sdk))
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
    /// [`Error::CodeMismatch`](crate::Error::CodeMismatch), [`Error::CodeExpired`](crate::Error::CodeExpired).
    pub async fn verify_attribute(&self, attribute: &str, code: &str) -> Result<()> {
        let token = self.access_token().await?;
        let call = self.client().sdk().verify_user_attribute().access_token(token);
        call.attribute_name(attribute).code(code).send().await?;
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
    /// [`Error::NotAuthorized`](crate::Error::NotAuthorized) if `previous` is wrong,
    /// [`Error::InvalidPassword`](crate::Error::InvalidPassword),
    /// [`Error::PasswordUsedBefore`](crate::Error::PasswordUsedBefore).
    pub async fn change_password(&self, previous: &str, proposed: &str) -> Result<()> {
        let token = self.access_token().await?;
        let call = self.client().sdk().change_password().access_token(token);
        call.previous_password(previous).proposed_password(proposed).send().await?;
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
    /// [`Error::NotAuthorized`](crate::Error::NotAuthorized) after a sign-out elsewhere.
    pub async fn delete(self) -> Result<()> {
        let token = self.access_token().await?;
        self.client().sdk().delete_user().access_token(token).send().await?;
        self.end();
        Ok(())
    }
}
