//! How a client that has a secret proves itself (docs/cognito/protocol.md §7.1, docs/cognito/authentication.md §4).

use poolhouse_kernel::Fault;

use crate::model::Client;

/// What a request proves its client with, if it brings anything. Which of AWS's two sentences tells that it is missing
/// depends on the operation.
#[derive(Clone, Copy)]
pub(crate) enum ClientProof<'a> {
    /// SECRET_HASH of a sign-in or a refresh.
    SignIn(Option<&'a str>),
    /// SECRET_HASH of SignUp, the confirmations and ForgotPassword.
    SignUp(Option<&'a str>),
    /// The secret itself.
    Secret(Option<&'a str>),
    /// Nothing: a page of the pool's was served for the client, and its form came back.
    ServerSide,
}

impl ClientProof<'_> {
    /// Refuses where the client has a secret and this does not prove it; a hash must be over one of `names`. A client
    /// without secret ignores what is sent.
    ///
    /// # Errors
    /// `NotAuthorizedException`.
    pub(crate) fn check(self, client: &Client, names: &[&str]) -> Result<(), Fault> {
        if client.secrets.is_empty() {
            return Ok(());
        }
        let id = &client.id;
        let fits = match self {
            Self::ServerSide => true,
            Self::SignIn(None) => {
                let text = format!("Client {id} is configured with secret but SECRET_HASH was not received");
                return Err(Fault::not_authorized(text));
            }
            Self::SignUp(None) | Self::Secret(None) => {
                let text = format!("Client {id} is configured for secret but secret was not received");
                return Err(Fault::not_authorized(text));
            }
            Self::SignIn(Some(hash)) | Self::SignUp(Some(hash)) => client.fits_hash(hash, names),
            Self::Secret(Some(secret)) => client.has_secret(secret),
        };
        if fits { Ok(()) } else { Err(wrong(client)) }
    }

    /// Refuses where the client has a secret and there is no proof at all: for a flow that does not know the names yet.
    ///
    /// # Errors
    /// `NotAuthorizedException`.
    pub(crate) fn check_given(self, client: &Client) -> Result<(), Fault> {
        match self {
            Self::SignIn(None) | Self::SignUp(None) | Self::Secret(None) => self.check(client, &[]),
            Self::SignIn(Some(_)) | Self::SignUp(Some(_)) | Self::Secret(Some(_)) | Self::ServerSide => {
                Ok(())
            }
        }
    }
}

/// The proof is wrong: AWS has one sentence for a hash and for the secret itself (protocol §7.1, recorded).
pub(crate) fn wrong(client: &Client) -> Fault {
    Fault::not_authorized(format!("Unable to verify secret hash for client {}", client.id))
}
