//! Groups and who is in them.

use super::Admin;
use crate::error::{Error, Result};
use crate::page::{Listing, Page, limit};
use crate::records::{Group, User};

impl Admin {
    /// A group.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn get_group(&self, name: &str) -> Result<Group> {
        let out = self.sdk().get_group().user_pool_id(self.pool()).group_name(name).send().await?;
        out.group.map(Group::from_sdk).ok_or_else(no_group)
    }

    /// Makes a group.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// let admins = admin.create_group("admins").description("May do anything").precedence(1).send().await?;
    /// assert_eq!(admins.precedence, Some(1));
    /// # Ok(()) }
    /// ```
    pub fn create_group(&self, name: impl Into<String>) -> GroupRequest {
        GroupRequest::new(self, Change::Create, name.into())
    }

    /// Changes a group; what is not given stays as it is.
    pub fn update_group(&self, name: impl Into<String>) -> GroupRequest {
        GroupRequest::new(self, Change::Update, name.into())
    }

    /// Deletes a group; its members stay in the pool.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn delete_group(&self, name: &str) -> Result<()> {
        self.sdk().delete_group().user_pool_id(self.pool()).group_name(name).send().await?;
        Ok(())
    }

    /// The pool's groups, all of them: pycognito's `get_groups` ends after the first page.
    pub fn groups(&self) -> ListGroups {
        ListGroups { admin: self.clone(), username: None, page_size: None, start: None }
    }

    /// The groups that a user is in, in the service's order.
    pub fn groups_for_user(&self, username: impl Into<String>) -> ListGroups {
        ListGroups { username: Some(username.into()), ..self.groups() }
    }

    /// The names of the groups that a user is in.
    ///
    /// # Errors
    /// [`Error::UserNotFound`].
    pub async fn group_names_for_user(&self, username: &str) -> Result<Vec<String>> {
        let groups = self.groups_for_user(username).send().all().await?;
        Ok(groups.into_iter().map(|group| group.name).collect())
    }

    /// Whether a user is in any of these groups.
    ///
    /// # Errors
    /// [`Error::UserNotFound`].
    pub async fn user_in_any_group(&self, username: &str, groups: &[&str]) -> Result<bool> {
        Ok(self.group_names_for_user(username).await?.iter().any(|name| groups.contains(&name.as_str())))
    }

    /// The members of a group.
    pub fn users_in_group(&self, group: impl Into<String>) -> ListMembers {
        ListMembers { admin: self.clone(), group: group.into(), page_size: None, start: None }
    }

    /// Puts a user into a group; one who is in it already stays in it.
    ///
    /// # Errors
    /// [`Error::UserNotFound`], [`Error::NotFound`] for the group.
    pub async fn add_user_to_group(&self, username: &str, group: &str) -> Result<()> {
        let call = self.sdk().admin_add_user_to_group().user_pool_id(self.pool());
        call.username(username).group_name(group).send().await?;
        Ok(())
    }

    /// Takes a user out of a group; one who is not in it stays out.
    ///
    /// # Errors
    /// [`Error::UserNotFound`], [`Error::NotFound`] for the group.
    pub async fn remove_user_from_group(&self, username: &str, group: &str) -> Result<()> {
        let call = self.sdk().admin_remove_user_from_group().user_pool_id(self.pool());
        call.username(username).group_name(group).send().await?;
        Ok(())
    }
}

fn no_group() -> Error {
    Error::Protocol("no Group".to_owned())
}

#[derive(Clone, Copy, Debug)]
enum Change {
    Create,
    Update,
}

/// A group that is about to be made or changed.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before `send`"]
pub struct GroupRequest {
    admin: Admin,
    change: Change,
    name: String,
    description: Option<String>,
    role_arn: Option<String>,
    precedence: Option<u32>,
}

impl GroupRequest {
    fn new(admin: &Admin, change: Change, name: String) -> Self {
        let admin = admin.clone();
        Self { admin, change, name, description: None, role_arn: None, precedence: None }
    }

    /// What it is for.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// The IAM role of its members.
    pub fn role_arn(mut self, arn: impl Into<String>) -> Self {
        self.role_arn = Some(arn.into());
        self
    }

    /// Its rank: the lowest number ranks first.
    pub fn precedence(mut self, precedence: u32) -> Self {
        self.precedence = Some(precedence);
        self
    }

    /// Makes or changes the group.
    ///
    /// # Errors
    /// [`Error::GroupExists`] when it is to be made, [`Error::NotFound`] when it is to be changed;
    /// [`Error::InvalidParameter`].
    pub async fn send(self) -> Result<Group> {
        let refused = Error::Configuration("a precedence is at most 2147483647");
        let precedence = self.precedence.map(i32::try_from).transpose().map_err(|_| refused)?;
        let (sdk, pool) = (self.admin.sdk(), self.admin.pool());
        let group = match self.change {
            Change::Create => {
                let call = sdk.create_group().user_pool_id(pool).group_name(self.name);
                let call = call.set_description(self.description).set_role_arn(self.role_arn);
                call.set_precedence(precedence).send().await?.group
            }
            Change::Update => {
                let call = sdk.update_group().user_pool_id(pool).group_name(self.name);
                let call = call.set_description(self.description).set_role_arn(self.role_arn);
                call.set_precedence(precedence).send().await?.group
            }
        };
        group.map(Group::from_sdk).ok_or_else(no_group)
    }
}

/// A list of groups that is about to be fetched.
#[derive(Clone, Debug)]
#[must_use = "nothing is fetched before `send`"]
pub struct ListGroups {
    admin: Admin,
    username: Option<String>,
    page_size: Option<u32>,
    start: Option<String>,
}

impl ListGroups {
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
    pub fn send(self) -> Listing<Group> {
        let Self { admin, username, page_size, start } = self;
        // pycognito asks for 60 as well: without a limit AdminListGroupsForUser may bring fewer
        let page_size = Some(page_size.unwrap_or(60));
        Listing::new(start, move |token| {
            let (admin, username) = (admin.clone(), username.clone());
            async move {
                let (sdk, limit) = (admin.sdk(), limit(page_size)?);
                let (groups, next_token) = match username {
                    Some(name) => {
                        let call = sdk.admin_list_groups_for_user().user_pool_id(admin.pool()).username(name);
                        let out = call.set_limit(limit).set_next_token(token).send().await?;
                        (out.groups, out.next_token)
                    }
                    None => {
                        let call = sdk.list_groups().user_pool_id(admin.pool());
                        let out = call.set_limit(limit).set_next_token(token).send().await?;
                        (out.groups, out.next_token)
                    }
                };
                let items = groups.unwrap_or_default().into_iter().map(Group::from_sdk).collect();
                Ok(Page { items, next_token })
            }
        })
    }
}

/// A list of a group's members that is about to be fetched.
#[derive(Clone, Debug)]
#[must_use = "nothing is fetched before `send`"]
pub struct ListMembers {
    admin: Admin,
    group: String,
    page_size: Option<u32>,
    start: Option<String>,
}

impl ListMembers {
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
        let Self { admin, group, page_size, start } = self;
        Listing::new(start, move |token| {
            let call = admin.sdk().list_users_in_group().user_pool_id(admin.pool()).group_name(&group);
            let call = call.set_next_token(token);
            async move {
                let out = call.set_limit(limit(page_size)?).send().await?;
                let items = out.users.unwrap_or_default().into_iter().map(User::from_list).collect();
                Ok(Page { items, next_token: out.next_token })
            }
        })
    }
}
