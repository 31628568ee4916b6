//! Moving a user among groups, with an account of what was done.

use std::error::Error as StdError;
use std::fmt;

use super::Admin;
use crate::error::{Error, TransportError};

/// What a move among groups did.
///
/// ```no_run
/// # async fn show(admin: poolhouse_client::Admin) -> Result<(), poolhouse_client::MembershipError> {
/// let change = admin.replace_group_membership("alice", ["viewer", "editor"], "editor").await?;
/// println!("now in {:?}, no longer in {:?}", change.added, change.removed);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MembershipChange {
    /// The group that the user was put into; `None` if the user was in it.
    pub added: Option<String>,
    /// The groups that the user was taken out of.
    pub removed: Vec<String>,
}

/// A move among groups failed half-way.
///
/// ```no_run
/// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
/// if let Err(failed) = admin.replace_group_membership("alice", ["viewer", "editor"], "editor").await {
///     println!("{}; left as it was: {}", failed.error, failed.left.removed.is_empty());
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MembershipError {
    /// Why.
    pub error: Error,
    /// What could not be undone; nothing if all was as before.
    pub left: MembershipChange,
}

/// An error that came before anything was changed.
impl From<Error> for MembershipError {
    fn from(error: Error) -> Self {
        Self { error, left: MembershipChange::default() }
    }
}

/// The reason alone, for programs that take the move for undone or call it again.
impl From<MembershipError> for Error {
    fn from(failed: MembershipError) -> Self {
        failed.error
    }
}

impl fmt::Display for MembershipError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the move among groups failed; ")?;
        if self.left == MembershipChange::default() {
            return f.write_str("the memberships are as before");
        }
        write!(f, "left added: {:?}, left removed: {:?}", self.left.added, self.left.removed)
    }
}

impl StdError for MembershipError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.error)
    }
}

impl Admin {
    /// Makes `to` the only group of `among` that the user is in: the pattern of roles as groups.
    ///
    /// The service changes one membership at a time. The user is put into `to` first, so that a role is never
    /// missing; if a later change fails, what was done is undone. It goes on to its end if the caller is cancelled.
    /// Called again, it does what is left to do.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// let roles = ["viewer", "editor", "admin"];
    /// let change = admin.replace_group_membership("alice", roles, "editor").await?;
    /// println!("was {:?}", change.removed);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`MembershipError`], with what could not be undone.
    pub async fn replace_group_membership(
        &self,
        username: &str,
        among: impl IntoIterator<Item = impl AsRef<str>>,
        to: &str,
    ) -> Result<MembershipChange, MembershipError> {
        let (admin, username, to) = (self.clone(), username.to_owned(), to.to_owned());
        let among: Vec<String> = among.into_iter().map(|name| name.as_ref().to_owned()).collect();
        // A task of its own: half of it is a user with two roles.
        let task = tokio::spawn(async move {
            let mut done = MembershipChange::default();
            match admin.replace(&username, &among, &to, &mut done).await {
                Ok(()) => Ok(done),
                Err(error) => Err(MembershipError { error, left: admin.undo(&username, done).await }),
            }
        });
        match task.await {
            Ok(result) => result,
            Err(ended) => Err(Error::Transport(TransportError::ended(ended)).into()),
        }
    }

    async fn replace(
        &self,
        username: &str,
        among: &[String],
        to: &str,
        done: &mut MembershipChange,
    ) -> Result<(), Error> {
        let groups = self.group_names_for_user(username).await?;
        if !groups.iter().any(|name| name == to) {
            self.add_user_to_group(username, to).await?;
            done.added = Some(to.to_owned());
        }
        for name in groups.into_iter().filter(|name| name != to && among.contains(name)) {
            self.remove_user_from_group(username, &name).await?;
            done.removed.push(name);
        }
        Ok(())
    }

    /// Undoes as much as it can; returns the rest.
    async fn undo(&self, username: &str, done: MembershipChange) -> MembershipChange {
        let mut left = MembershipChange::default();
        for name in done.removed {
            if self.add_user_to_group(username, &name).await.is_err() {
                left.removed.push(name);
            }
        }
        if let Some(name) = done.added
            && self.remove_user_from_group(username, &name).await.is_err()
        {
            left.added = Some(name);
        }
        left
    }
}
