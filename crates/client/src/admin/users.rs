//! Users, one by one and in lists.

use super::Admin;
use crate::attributes::Attributes;
use crate::error::Result;
use crate::page::{Listing, Page, limit};
use crate::records::User;

impl Admin {
    /// A user.
    ///
    /// # Errors
    /// [`Error::UserNotFound`](crate::Error::UserNotFound).
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
        ListUsers { admin: self.clone(), filter: None, attributes: None, page_size: None, start: None }
    }

    /// Changes attributes of a user; verified addresses are said to be so in the same call.
    ///
    /// # Errors
    /// [`Error::UserNotFound`](crate::Error::UserNotFound),
    /// [`Error::InvalidParameter`](crate::Error::InvalidParameter) for an attribute that does not exist.
    pub async fn update_attributes(&self, username: &str, attributes: &Attributes) -> Result<()> {
        let call = self.sdk().admin_update_user_attributes().user_pool_id(self.pool()).username(username);
        call.set_user_attributes(Some(attributes.to_sdk())).send().await?;
        Ok(())
    }

    /// Deletes attributes of a user, by their full names.
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
    /// # Errors
    /// [`Error::UserNotFound`](crate::Error::UserNotFound).
    pub async fn delete_user(&self, username: &str) -> Result<()> {
        self.sdk().admin_delete_user().user_pool_id(self.pool()).username(username).send().await?;
        Ok(())
    }

    /// Lets a user sign in again.
    ///
    /// # Errors
    /// [`Error::UserNotFound`](crate::Error::UserNotFound).
    pub async fn enable_user(&self, username: &str) -> Result<()> {
        self.sdk().admin_enable_user().user_pool_id(self.pool()).username(username).send().await?;
        Ok(())
    }

    /// Keeps a user from signing in; record and memberships stay.
    ///
    /// # Errors
    /// [`Error::UserNotFound`](crate::Error::UserNotFound).
    pub async fn disable_user(&self, username: &str) -> Result<()> {
        self.sdk().admin_disable_user().user_pool_id(self.pool()).username(username).send().await?;
        Ok(())
    }

    /// Confirms a sign-up without a code.
    ///
    /// # Errors
    /// [`Error::NotAuthorized`](crate::Error::NotAuthorized) if the user is confirmed already.
    pub async fn confirm_sign_up(&self, username: &str) -> Result<()> {
        self.sdk().admin_confirm_sign_up().user_pool_id(self.pool()).username(username).send().await?;
        Ok(())
    }

    /// Signs a user out everywhere.
    ///
    /// # Errors
    /// [`Error::UserNotFound`](crate::Error::UserNotFound).
    pub async fn sign_out_everywhere(&self, username: &str) -> Result<()> {
        self.sdk().admin_user_global_sign_out().user_pool_id(self.pool()).username(username).send().await?;
        Ok(())
    }
}

/// A list of users that is about to be fetched.
#[derive(Clone, Debug)]
#[must_use = "nothing is fetched before `send`"]
pub struct ListUsers {
    admin: Admin,
    filter: Option<String>,
    attributes: Option<Vec<String>>,
    page_size: Option<u32>,
    start: Option<String>,
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

    /// How many a page brings, 1 to 60; 60 by default.
    pub fn page_size(mut self, size: u32) -> Self {
        self.page_size = Some(size);
        self
    }

    /// Begins at a page's token.
    pub fn start_at(mut self, token: impl Into<String>) -> Self {
        self.start = Some(token.into());
        self
    }

    /// The list.
    #[must_use]
    pub fn send(self) -> Listing<User> {
        let Self { admin, filter, attributes, page_size, start } = self;
        Listing::new(start, move |token| {
            let call = admin.sdk().list_users().user_pool_id(admin.pool()).set_filter(filter.clone());
            let call = call.set_attributes_to_get(attributes.clone()).set_pagination_token(token);
            async move {
                let out = call.set_limit(limit(page_size)?).send().await?;
                let items = out.users.unwrap_or_default().into_iter().map(User::from_list).collect();
                Ok(Page { items, next_token: out.pagination_token })
            }
        })
    }
}
