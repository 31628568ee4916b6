//! How a client that has a secret proves itself outside of sign-ins (docs/cognito/authentication.md §4).

use poolhouse_kernel::Fault;
use poolhouse_kernel::request::Door;

use crate::Cx;
use crate::model::Client;
use crate::model::client::MissingHash;

/// Refuses where the client has a secret and `hash` is not over `username`. The client of a page is proven by where that was
/// served.
///
/// # Errors
/// `NotAuthorizedException`.
pub(crate) fn check(cx: &Cx, client: &Client, hash: Option<&str>, username: &str) -> Result<(), Fault> {
    match cx.door() {
        Door::Page => Ok(()),
        Door::Public | Door::Admin | Door::Job => {
            client.check_secret_hash(hash, &[username], MissingHash::SignUp)
        }
    }
}
