//! How a client that has a secret proves itself in a sign-in (docs/cognito/authentication.md §4).

use poolhouse_kernel::Fault;
use poolhouse_wire::Sensitive;

use crate::model::Client;
use crate::model::client::MissingHash;

/// What a request proves its client with. It is held against the names that a flow admits when the flow knows them:
/// a missing parameter is told before a wrong hash, and a locked user after it (authentication §3).
pub(super) enum ClientProof {
    /// SECRET_HASH, if there is one.
    SecretHash(Option<Sensitive>),
    /// Nothing: a page of the pool's was served for it, and its form came back.
    ServerSide,
}

impl ClientProof {
    /// Refuses where the client has a secret and the proof is not over one of `names`.
    ///
    /// # Errors
    /// `NotAuthorizedException`.
    pub(super) fn check(&self, client: &Client, names: &[&str]) -> Result<(), Fault> {
        match self {
            Self::SecretHash(hash) => {
                client.check_secret_hash(hash.as_ref().map(Sensitive::as_str), names, MissingHash::SignIn)
            }
            Self::ServerSide => Ok(()),
        }
    }

    /// Refuses where the client has a secret and there is no proof at all: for a flow that does not know the names yet.
    ///
    /// # Errors
    /// `NotAuthorizedException`.
    pub(super) fn check_given(&self, client: &Client) -> Result<(), Fault> {
        match self {
            Self::SecretHash(None) => self.check(client, &[]),
            Self::SecretHash(Some(_)) | Self::ServerSide => Ok(()),
        }
    }
}
