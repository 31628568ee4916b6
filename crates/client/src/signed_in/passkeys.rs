//! The user's own passkeys.

use std::time::SystemTime;

use aws_sdk_cognitoidentityprovider::Client as SdkClient;
use aws_sdk_cognitoidentityprovider::types::WebAuthnCredentialDescription;

use super::SignedIn;
use crate::documents;
use crate::error::{Error, Result};
use crate::page::{Listing, Page};
use crate::records::time;

/// A passkey of a user.
///
/// ```no_run
/// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
/// for passkey in alice.list_web_authn_credentials().all().await? {
///     println!("{} of {:?}", passkey.name, passkey.created);
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WebAuthnCredential {
    /// Its identifier.
    pub id: String,
    /// A name to show to the user.
    pub name: String,
    /// The domain that it is for.
    pub relying_party_id: String,
    /// `platform` if it is part of the device, `cross-platform` if not.
    pub attachment: Option<String>,
    /// How it is reached: `internal`, `usb` and others.
    pub transports: Vec<String>,
    /// When it was registered.
    pub created: Option<SystemTime>,
}

impl WebAuthnCredential {
    fn from_sdk(credential: WebAuthnCredentialDescription) -> Self {
        Self {
            id: credential.credential_id,
            name: credential.friendly_credential_name,
            relying_party_id: credential.relying_party_id,
            attachment: credential.authenticator_attachment,
            transports: credential.authenticator_transports,
            created: time(Some(credential.created_at)),
        }
    }
}

impl SignedIn {
    /// Begins to register a passkey; what the browser's `navigator.credentials.create` takes, as JSON text.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
    /// let options = alice.start_web_authn_registration().await?; // for the browser
    /// let credential = String::new(); // from the browser
    /// alice.complete_web_authn_registration(&credential).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) if passkeys are no factor of the pool.
    pub async fn start_web_authn_registration(&self) -> Result<String> {
        let out =
            self.call(|sdk, token| sdk.start_web_authn_registration().access_token(token).send()).await?;
        Ok(documents::to_json(&out.credential_creation_options).to_string())
    }

    /// Registers the passkey that the browser made, given as JSON text.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn, credential: &str) -> poolhouse_client::Result<()> {
    /// alice.complete_web_authn_registration(credential).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if it is no JSON; [`Error::Service`] for a passkey that does not fit.
    pub async fn complete_web_authn_registration(&self, credential: &str) -> Result<()> {
        let credential = serde_json::from_str(credential)
            .map_err(|_| Error::InvalidArgument("a browser's credential is given as JSON text"))?;
        let credential = documents::from_json(credential);
        let complete = |sdk: &SdkClient, token: &str| {
            sdk.complete_web_authn_registration().access_token(token).credential(credential.clone()).send()
        };
        self.call(complete).await?;
        Ok(())
    }

    /// The user's passkeys.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
    /// println!("{} passkeys", alice.list_web_authn_credentials().all().await?.len());
    /// # Ok(()) }
    /// ```
    pub fn list_web_authn_credentials(&self) -> Listing<WebAuthnCredential> {
        let user = self.clone();
        Listing::new(move |limit, token| {
            let user = user.clone();
            async move {
                let list = |sdk: &SdkClient, access: &str| {
                    let call = sdk.list_web_authn_credentials().access_token(access);
                    call.set_max_results(limit).set_next_token(token.clone()).send()
                };
                let out = user.call(list).await?;
                let items = out.credentials.into_iter().map(WebAuthnCredential::from_sdk).collect();
                Ok(Page { items, next_token: out.next_token })
            }
        })
    }

    /// Deletes a passkey.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn, id: &str) -> poolhouse_client::Result<()> {
    /// alice.delete_web_authn_credential(id).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) for a passkey that is not the user's.
    pub async fn delete_web_authn_credential(&self, id: &str) -> Result<()> {
        let delete = |sdk: &SdkClient, token: &str| {
            sdk.delete_web_authn_credential().access_token(token).credential_id(id).send()
        };
        self.call(delete).await?;
        Ok(())
    }
}
