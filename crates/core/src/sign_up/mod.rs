//! Signing up: SignUp, ConfirmSignUp, ResendConfirmationCode (docs/cognito/users-and-groups.md §11).

mod confirm;
mod register;
mod resend;

pub use confirm::{Confirmation, confirm, confirm_by_link};
pub use register::{Registration, SignedUp, sign_up};
pub use resend::resend;

use std::fmt;
use std::sync::Arc;

use poolhouse_kernel::Fault;
use poolhouse_kernel::request::Door;
use poolhouse_ports::{ClientId, Medium};

use crate::client_proof::ClientProof;
use crate::messages::Address;
use crate::model::{Client, Pool, User};
use crate::{Cx, clients};

/// A user as public operations name one: through a client, and proven by its secret where it has one.
/// Its `Debug` form names the client alone: the hash lets in, names are personal.
#[derive(Clone, Copy)]
pub struct Named<'a> {
    /// The app client.
    pub client_id: &'a ClientId,
    /// SECRET_HASH, for clients with a secret; at a page none.
    pub secret_hash: Option<&'a str>,
    /// User name or alias, as the user typed it.
    pub username: &'a str,
}

impl Named<'_> {
    /// The client and its pool, once the client is proven, for what changes a user.
    ///
    /// # Errors
    /// `ResourceNotFoundException`, `NotAuthorizedException`; `OperationNotEnabledException` while the pool is recovered.
    pub(crate) async fn proven_client(&self, cx: &Cx) -> Result<(Arc<Pool>, Arc<Client>), Fault> {
        let (pool, client) = clients::get(cx, self.client_id).await?;
        let proof = match cx.door() {
            Door::Page => ClientProof::ServerSide,
            Door::Public | Door::Admin | Door::Job => ClientProof::SignUp(self.secret_hash),
        };
        proof.check(&client, &[self.username])?;
        pool.check_users_may_change(cx.now)?;
        Ok((pool, client))
    }
}

impl fmt::Debug for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Named").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// Where the code of a sign-up goes: to the telephone if both addresses are to be verified
/// (users-and-groups §11.1, documented); nowhere when the user has none that is.
fn address_to_verify(pool: &Pool, user: &User) -> Option<Address> {
    [Medium::Sms, Medium::Email]
        .into_iter()
        .filter_map(|medium| Address::of(user, medium))
        .find(|address| pool.auto_verifies(address.attribute()))
}
