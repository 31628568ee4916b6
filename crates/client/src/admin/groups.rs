//! Groups and who is in them.

use aws_sdk_cognitoidentityprovider::types::GroupType;

use super::Admin;
use crate::error::{Error, Result};
use crate::page::{Listing, Page};
use crate::records::{Group, User};

impl Admin {
    /// A group.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// println!("{:?}", admin.get_group("admins").await?.precedence);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound).
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
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// let staff = admin.update_group("staff").precedence(3).send().await?;
    /// # Ok(()) }
    /// ```
    pub fn update_group(&self, name: impl Into<String>) -> GroupRequest {
        GroupRequest::new(self, Change::Update, name.into())
    }

    /// Deletes a group; its members stay in the pool.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// admin.delete_group("staff").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound).
    pub async fn delete_group(&self, name: &str) -> Result<()> {
        self.sdk().delete_group().user_pool_id(self.pool()).group_name(name).send().await?;
        Ok(())
    }

    /// The pool's groups, all of them: pycognito's `get_groups` ends after the first page.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// let mut groups = admin.list_groups().all().await?;
    /// groups.sort_by(poolhouse_client::Group::by_rank);
    /// # Ok(()) }
    /// ```
    pub fn list_groups(&self) -> Listing<Group> {
        let admin = self.clone();
        Listing::new(move |limit, token| {
            let call = admin.sdk().list_groups().user_pool_id(admin.pool());
            let call = call.set_limit(limit).set_next_token(token);
            async move {
                let out = call.send().await?;
                Ok(page_of_groups(out.groups, out.next_token))
            }
        })
    }

    /// The groups that a user is in, in the service's order.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// for group in admin.list_groups_for_user("alice").all().await? {
    ///     println!("{} {:?}", group.name, group.description);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn list_groups_for_user(&self, username: impl Into<String>) -> Listing<Group> {
        let (admin, username) = (self.clone(), username.into());
        Listing::new(move |limit, token| {
            let call = admin.sdk().admin_list_groups_for_user().user_pool_id(admin.pool());
            // pycognito C32: without a limit a page may bring fewer
            let call = call.username(&username).limit(limit.unwrap_or(60)).set_next_token(token);
            async move {
                let out = call.send().await?;
                Ok(page_of_groups(out.groups, out.next_token))
            }
        })
    }

    /// The names of the groups that a user is in.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// println!("{}", admin.group_names_for_user("alice").await?.join(", "));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::UserNotFound`](crate::ErrorKind::UserNotFound).
    pub async fn group_names_for_user(&self, username: &str) -> Result<Vec<String>> {
        let groups = self.list_groups_for_user(username).all().await?;
        Ok(groups.into_iter().map(|group| group.name).collect())
    }

    /// Whether a user is in any of these groups.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// let may_enter = admin.user_in_any_group("alice", ["admins", "staff"]).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::UserNotFound`](crate::ErrorKind::UserNotFound).
    pub async fn user_in_any_group(
        &self,
        username: &str,
        groups: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<bool> {
        let groups: Vec<String> = groups.into_iter().map(|group| group.as_ref().to_owned()).collect();
        Ok(self.group_names_for_user(username).await?.iter().any(|name| groups.contains(name)))
    }

    /// The members of a group.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// let mut members = admin.list_users_in_group("staff");
    /// while let Some(user) = members.next().await {
    ///     println!("{}", user?.username);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn list_users_in_group(&self, group: impl Into<String>) -> Listing<User> {
        let (admin, group) = (self.clone(), group.into());
        Listing::new(move |limit, token| {
            let call = admin.sdk().list_users_in_group().user_pool_id(admin.pool()).group_name(&group);
            let call = call.set_limit(limit).set_next_token(token);
            async move {
                let out = call.send().await?;
                let items = out.users.unwrap_or_default().into_iter().map(User::from_list).collect();
                Ok(Page { items, next_token: out.next_token })
            }
        })
    }

    /// Puts a user into a group; one who is in it already stays in it.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// admin.add_user_to_group("alice", "staff").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::UserNotFound`](crate::ErrorKind::UserNotFound), [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) for the group.
    pub async fn add_user_to_group(&self, username: &str, group: &str) -> Result<()> {
        let call = self.sdk().admin_add_user_to_group().user_pool_id(self.pool());
        call.username(username).group_name(group).send().await?;
        Ok(())
    }

    /// Takes a user out of a group; one who is not in it stays out.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// admin.remove_user_from_group("alice", "staff").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::UserNotFound`](crate::ErrorKind::UserNotFound), [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) for the group.
    pub async fn remove_user_from_group(&self, username: &str, group: &str) -> Result<()> {
        let call = self.sdk().admin_remove_user_from_group().user_pool_id(self.pool());
        call.username(username).group_name(group).send().await?;
        Ok(())
    }
}

fn page_of_groups(groups: Option<Vec<GroupType>>, next_token: Option<String>) -> Page<Group> {
    Page { items: groups.unwrap_or_default().into_iter().map(Group::from_sdk).collect(), next_token }
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
///
/// ```no_run
/// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
/// admin.create_group("staff").description("Who works here").precedence(9).send().await?;
/// # Ok(()) }
/// ```
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
    /// [`ErrorKind::GroupExists`](crate::ErrorKind::GroupExists) when it is to be made, [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) when it is to be changed;
    /// [`ErrorKind::InvalidParameter`](crate::ErrorKind::InvalidParameter).
    pub async fn send(self) -> Result<Group> {
        let refused = Error::InvalidArgument("a precedence is at most 2147483647");
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
