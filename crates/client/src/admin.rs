//! What administrators do, with AWS credentials.

use aws_sdk_cognitoidentityprovider::Client as SdkClient;

use crate::client::Client;
use crate::sign_in::{Door, SignInRequest};

mod app_clients;
mod create_user;
mod groups;
mod membership;
mod passwords;
mod providers;
mod users;

pub use create_user::{CreateUserRequest, Invitation};
pub use groups::GroupRequest;
pub use membership::{MembershipChange, MembershipError};
pub use providers::{IdentityProvider, ProviderRequest};
pub use users::ListUsers;

/// Administers one user pool. Clones are cheap.
///
/// Every call names the user or the group that it means.
///
/// ```no_run
/// # async fn show(client: poolhouse_client::Client) -> poolhouse_client::Result<()> {
/// let admin = client.admin()?;
/// admin.create_user("alice").attribute("email", "alice@example.com").send().await?;
/// admin.add_user_to_group("alice", "staff").await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Admin {
    client: Client,
}

impl Admin {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// The client that this belongs to.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Signs a user in with AWS credentials, for servers: the password is sent, and every step is as in
    /// [`Client::sign_in`]. Needs an app client.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// let alice = admin.sign_in("alice").password("Correct-Horse-7").send().await?.into_signed_in()?;
    /// # Ok(()) }
    /// ```
    pub fn sign_in(&self, username: impl Into<String>) -> SignInRequest {
        SignInRequest::new(self.client.clone(), Door::Admin, username.into())
    }

    fn sdk(&self) -> &SdkClient {
        self.client.sdk()
    }

    fn pool(&self) -> &str {
        self.client.pool_id()
    }
}
