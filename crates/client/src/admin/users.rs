//! Users, one by one and in lists.

use super::Admin;
use crate::attributes::Attributes;
use crate::error::Result;
use crate::page::{Listing, Page};
use crate::records::User;

impl Admin {
    /// A user.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// println!("{:?}", admin.get_user("alice").await?.status);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::UserNotFound`](crate::ErrorKind::UserNotFound).
    pub async fn get_user(&self, username: &str) -> Result<User> {
        let call = self.sdk().admin_get_user().user_pool_id(self.pool()).username(username);
        Ok(User::from_admin(call.send().await?))
    }

    /// The pool's users.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// let mut users = admin.list_users().filter(r#"email ^= "a""#).send();
    /// while let Some(user) = users.next().await {
    ///     println!("{}", user?.username);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn list_users(&self) -> ListUsers {
        ListUsers { admin: self.clone(), filter: None, attributes: None }
    }

    /// Changes attributes of a user; verified addresses are said to be so in the same call.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// use poolhouse_client::Attributes;
    ///
    /// let change = Attributes::new().with("email", "new@example.com").with_bool("email_verified", true);
    /// admin.update_attributes("alice", &change).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::UserNotFound`](crate::ErrorKind::UserNotFound),
    /// [`ErrorKind::InvalidParameter`](crate::ErrorKind::InvalidParameter) for an attribute that does not exist.
    pub async fn update_attributes(&self, username: &str, attributes: &Attributes) -> Result<()> {
        let call = self.sdk().admin_update_user_attributes().user_pool_id(self.pool()).username(username);
        let call = call.set_client_metadata(self.client.metadata().to_sdk());
        call.set_user_attributes(Some(attributes.to_sdk())).send().await?;
        Ok(())
    }

    /// Deletes attributes of a user, by their full names.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// admin.delete_attributes("alice", ["nickname", "custom:department"]).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Admin::update_attributes`].
    pub async fn delete_attributes<N: Into<String>>(
        &self,
        username: &str,
        names: impl IntoIterator<Item = N>,
    ) -> Result<()> {
        let names = names.into_iter().map(Into::into).collect();
        let call = self.sdk().admin_delete_user_attributes().user_pool_id(self.pool()).username(username);
        call.set_user_attribute_names(Some(names)).send().await?;
        Ok(())
    }

    /// Saves what was changed in a user's record since it was read, and nothing else.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// let mut user = admin.get_user("alice").await?;
    /// user.attributes.set("custom:department", "Sales");
    /// admin.save(&mut user).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Admin::update_attributes`].
    pub async fn save(&self, user: &mut User) -> Result<()> {
        let removed = user.attributes.removed_since(&user.read);
        if !removed.is_empty() {
            self.delete_attributes(&user.username, removed).await?;
        }
        let changed = user.attributes.changed_since(&user.read);
        if !changed.is_empty() {
            self.update_attributes(&user.username, &changed).await?;
        }
        user.read = user.attributes.clone();
        Ok(())
    }

    /// Deletes a user.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// admin.delete_user("alice").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::UserNotFound`](crate::ErrorKind::UserNotFound).
    pub async fn delete_user(&self, username: &str) -> Result<()> {
        self.sdk().admin_delete_user().user_pool_id(self.pool()).username(username).send().await?;
        Ok(())
    }

    /// Lets a user sign in again.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// admin.enable_user("alice").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::UserNotFound`](crate::ErrorKind::UserNotFound).
    pub async fn enable_user(&self, username: &str) -> Result<()> {
        self.sdk().admin_enable_user().user_pool_id(self.pool()).username(username).send().await?;
        Ok(())
    }

    /// Keeps a user from signing in; record and memberships stay.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// admin.disable_user("alice").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::UserNotFound`](crate::ErrorKind::UserNotFound).
    pub async fn disable_user(&self, username: &str) -> Result<()> {
        self.sdk().admin_disable_user().user_pool_id(self.pool()).username(username).send().await?;
        Ok(())
    }

    /// Confirms a sign-up without a code.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// admin.confirm_sign_up("alice").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::NotAuthorized`](crate::ErrorKind::NotAuthorized) if the user is confirmed already.
    pub async fn confirm_sign_up(&self, username: &str) -> Result<()> {
        let call = self.sdk().admin_confirm_sign_up().user_pool_id(self.pool()).username(username);
        call.set_client_metadata(self.client.metadata().to_sdk()).send().await?;
        Ok(())
    }

    /// Signs a user out everywhere.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// admin.global_sign_out("alice").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::UserNotFound`](crate::ErrorKind::UserNotFound).
    pub async fn global_sign_out(&self, username: &str) -> Result<()> {
        self.sdk().admin_user_global_sign_out().user_pool_id(self.pool()).username(username).send().await?;
        Ok(())
    }
}

/// A list of users that is about to be fetched.
///
/// ```no_run
/// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
/// let disabled = admin.list_users().filter(r#"status = "Disabled""#).send().all().await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is fetched before `send`"]
pub struct ListUsers {
    admin: Admin,
    filter: Option<String>,
    attributes: Option<Vec<String>>,
}

impl ListUsers {
    /// Only users that fit, in Cognito's filter language: `status = "Enabled"`, `email ^= "a"`.
    pub fn filter(mut self, filter: impl Into<String>) -> Self {
        self.filter = Some(filter.into());
        self
    }

    /// Only these attributes of each.
    pub fn attributes<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.attributes = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// The list.
    pub fn send(self) -> Listing<User> {
        let Self { admin, filter, attributes } = self;
        Listing::new(move |limit, token| {
            let call = admin.sdk().list_users().user_pool_id(admin.pool()).set_filter(filter.clone());
            let call = call.set_attributes_to_get(attributes.clone());
            let call = call.set_limit(limit).set_pagination_token(token);
            async move {
                let out = call.send().await?;
                let items = out.users.unwrap_or_default().into_iter().map(User::from_list).collect();
                Ok(Page { items, next_token: out.pagination_token })
            }
        })
    }
}
