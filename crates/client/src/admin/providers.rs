//! Identity providers that the pool trusts.

use std::collections::HashMap;
use std::time::SystemTime;

use aws_sdk_cognitoidentityprovider::types::IdentityProviderType;

use super::Admin;
use crate::error::{Error, Result};
use crate::names::ProviderKind;
use crate::page::{Listing, Page};
use crate::records::time;

/// An identity provider.
///
/// ```no_run
/// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
/// let google = admin.describe_identity_provider("Google").await?;
/// println!("{:?} fills {:?}", google.kind, google.attribute_mapping.keys());
/// # Ok(()) }
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IdentityProvider {
    /// Its name.
    pub name: String,
    /// OIDC, SAML, or one of the known companies.
    pub kind: Option<ProviderKind>,
    /// Its settings, client secret and all; lists do not have them.
    pub details: HashMap<String, String>,
    /// The user attribute for each of its claims; lists do not have it.
    pub attribute_mapping: HashMap<String, String>,
    /// Other names for it; lists do not have them.
    pub identifiers: Vec<String>,
    /// When it was made.
    pub created: Option<SystemTime>,
    /// When it was last changed.
    pub modified: Option<SystemTime>,
}

impl std::fmt::Debug for IdentityProvider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The details hold a client secret.
        f.debug_struct("IdentityProvider").field("name", &self.name).finish_non_exhaustive()
    }
}

impl IdentityProvider {
    fn from_sdk(provider: IdentityProviderType) -> Self {
        Self {
            name: provider.provider_name.unwrap_or_default(),
            kind: provider.provider_type.map(ProviderKind::from),
            details: provider.provider_details.unwrap_or_default(),
            attribute_mapping: provider.attribute_mapping.unwrap_or_default(),
            identifiers: provider.idp_identifiers.unwrap_or_default(),
            created: time(provider.creation_date),
            modified: time(provider.last_modified_date),
        }
    }
}

impl Admin {
    /// Makes an identity provider.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// use poolhouse_client::ProviderKind;
    ///
    /// let google = admin.create_identity_provider("Google", ProviderKind::Google);
    /// google.detail("client_id", "…").detail("client_secret", "…").send().await?;
    /// # Ok(()) }
    /// ```
    pub fn create_identity_provider(&self, name: impl Into<String>, kind: ProviderKind) -> ProviderRequest {
        ProviderRequest::new(self, name.into(), Some(kind))
    }

    /// Changes an identity provider; what is not given stays as it is. Details are replaced all together, and so is the
    /// mapping of attributes.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// admin.update_identity_provider("Google").map_attribute("email", "email").send().await?;
    /// # Ok(()) }
    /// ```
    pub fn update_identity_provider(&self, name: impl Into<String>) -> ProviderRequest {
        ProviderRequest::new(self, name.into(), None)
    }

    /// An identity provider.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// println!("{:?}", admin.describe_identity_provider("Google").await?.kind);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound).
    pub async fn describe_identity_provider(&self, name: &str) -> Result<IdentityProvider> {
        let call = self.sdk().describe_identity_provider().user_pool_id(self.pool()).provider_name(name);
        let out = call.send().await?;
        out.identity_provider.map(IdentityProvider::from_sdk).ok_or_else(no_provider)
    }

    /// Deletes an identity provider.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// admin.delete_identity_provider("Google").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound).
    pub async fn delete_identity_provider(&self, name: &str) -> Result<()> {
        let call = self.sdk().delete_identity_provider().user_pool_id(self.pool()).provider_name(name);
        call.send().await?;
        Ok(())
    }

    /// The pool's identity providers, by name and kind.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// for provider in admin.list_identity_providers().all().await? {
    ///     println!("{} {:?}", provider.name, provider.kind);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn list_identity_providers(&self) -> Listing<IdentityProvider> {
        let admin = self.clone();
        Listing::new(move |limit, token| {
            let call = admin.sdk().list_identity_providers().user_pool_id(admin.pool());
            let call = call.set_max_results(limit).set_next_token(token);
            async move {
                let out = call.send().await?;
                let items = out.providers.into_iter().map(|provider| IdentityProvider {
                    name: provider.provider_name.unwrap_or_default(),
                    kind: provider.provider_type.map(ProviderKind::from),
                    details: HashMap::new(),
                    attribute_mapping: HashMap::new(),
                    identifiers: Vec::new(),
                    created: time(provider.creation_date),
                    modified: time(provider.last_modified_date),
                });
                Ok(Page { items: items.collect(), next_token: out.next_token })
            }
        })
    }
}

fn no_provider() -> Error {
    Error::Protocol("no IdentityProvider".to_owned())
}

/// An identity provider that is about to be made or changed.
///
/// ```no_run
/// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
/// admin.update_identity_provider("Google").identifiers(["google.com"]).send().await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
#[must_use = "nothing is sent before `send`"]
pub struct ProviderRequest {
    admin: Admin,
    name: String,
    /// Of one that is made.
    kind: Option<ProviderKind>,
    details: HashMap<String, String>,
    mapping: HashMap<String, String>,
    identifiers: Option<Vec<String>>,
}

impl std::fmt::Debug for ProviderRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProviderRequest").field("name", &self.name).finish_non_exhaustive()
    }
}

impl ProviderRequest {
    fn new(admin: &Admin, name: String, kind: Option<ProviderKind>) -> Self {
        let (details, mapping) = (HashMap::new(), HashMap::new());
        Self { admin: admin.clone(), name, kind, details, mapping, identifiers: None }
    }

    /// One more setting: `client_id`, `authorize_scopes`, `MetadataURL` and so on.
    pub fn detail(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.details.insert(name.into(), value.into());
        self
    }

    /// Fills a user attribute from a claim of the provider.
    pub fn map_attribute(mut self, attribute: impl Into<String>, claim: impl Into<String>) -> Self {
        self.mapping.insert(attribute.into(), claim.into());
        self
    }

    /// Other names for it, in place of those that it had.
    pub fn identifiers<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.identifiers = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Makes or changes it.
    ///
    /// # Errors
    /// [`ErrorKind::ProviderExists`](crate::ErrorKind::ProviderExists) when it is to be made, [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) when it is to be changed;
    /// [`ErrorKind::InvalidParameter`](crate::ErrorKind::InvalidParameter) for settings that do not fit.
    pub async fn send(self) -> Result<IdentityProvider> {
        let (sdk, pool) = (self.admin.sdk(), self.admin.pool());
        let given = |map: HashMap<_, _>| (!map.is_empty()).then_some(map);
        let provider = match self.kind {
            Some(kind) => {
                let call = sdk.create_identity_provider().user_pool_id(pool).provider_name(self.name);
                // The operation demands details, if only none.
                let call = call.provider_type(kind.into()).set_provider_details(Some(self.details));
                let call = call.set_attribute_mapping(given(self.mapping));
                call.set_idp_identifiers(self.identifiers).send().await?.identity_provider
            }
            None => {
                let call = sdk.update_identity_provider().user_pool_id(pool).provider_name(self.name);
                let call = call.set_provider_details(given(self.details));
                let call = call.set_attribute_mapping(given(self.mapping));
                call.set_idp_identifiers(self.identifiers).send().await?.identity_provider
            }
        };
        provider.map(IdentityProvider::from_sdk).ok_or_else(no_provider)
    }
}
