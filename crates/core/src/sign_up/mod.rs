//! Signing up: SignUp, ConfirmSignUp, ResendConfirmationCode (docs/cognito/users-and-groups.md §11).

mod confirm;
mod register;
mod resend;

pub use confirm::{Confirmation, confirm, confirm_by_link};
pub use register::{Registration, SignedUp, sign_up};
pub use resend::resend;

use std::fmt;

use poolhouse_ports::{ClientId, Medium};

use crate::messages::Address;
use crate::model::{Pool, User};

/// A user as public operations name one: through a client, and proven by its secret where it has one.
/// Its `Debug` form names the client alone: the hash lets in, names are personal.
#[derive(Clone, Copy)]
pub struct Named<'a> {
    /// The app client.
    pub client_id: &'a ClientId,
    /// SECRET_HASH, for clients with a secret.
    pub secret_hash: Option<&'a str>,
    /// User name or alias, as the user typed it.
    pub username: &'a str,
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
