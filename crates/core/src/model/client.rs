//! App clients.

use std::fmt;

use poolhouse_crypto::{digest, secret_hash};
use poolhouse_kernel::Fault;
use poolhouse_ports::{ClientId, PoolId, Timestamp};
use poolhouse_store::tables::published_secrets::PublishedSecret;
use poolhouse_wire::user_pools::{
    AnalyticsConfigurationType, ClientTypeType, ExplicitAuthFlowsType, OAuthFlowType,
    PreventUserExistenceErrorTypes, RefreshTokenRotationType, TokenValidityUnitsType,
};
use serde::{Deserialize, Serialize};

use super::risk::SetRisk;
use super::scopes;

/// The pool itself, among the identity providers of a client.
pub(crate) const LOCAL_PROVIDER: &str = "COGNITO";

/// An app client as it is used: its settings and its secrets.
pub(crate) struct Client {
    pub(crate) id: ClientId,
    pub(crate) pool_id: PoolId,
    pub(crate) name: String,
    pub(crate) created_at: Timestamp,
    pub(crate) modified_at: Timestamp,
    pub(crate) settings: Settings,
    /// How it came to be, where it was registered dynamically.
    pub(crate) kind: Option<ClientTypeType>,
    /// The risk configuration of its own.
    pub(crate) risk: Option<SetRisk>,
    /// For how many minutes it takes up a browser's sign-in, where that was said.
    pub(crate) sso_minutes: Option<i64>,
    /// None for a public client, else one or two, the oldest first.
    pub(crate) secrets: Vec<ClientSecret>,
    /// What a client has that is a URL: it has the rest of the app client of this id.
    pub(crate) metadata: Option<Metadata>,
    /// How they are published, where they are.
    pub(crate) published: Option<PublishedSecret>,
}

/// What is particular of a client that is a URL (docs/cognito/new-operations.md §16).
#[derive(Clone, Debug)]
pub(crate) struct Metadata {
    /// The URL, by which it calls itself.
    pub(crate) url: String,
    /// Who publishes its document: the host.
    pub(crate) publisher: String,
    /// Whether it wants refresh tokens.
    pub(crate) refreshes: bool,
}

/// What can be said of a client. In a request, a member that is absent is left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's members, by their names")]
pub struct Settings {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token_validity: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token_validity: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token_validity: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_validity_units: Option<TokenValidityUnitsType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_attributes: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub write_attributes: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explicit_auth_flows: Option<Vec<ExplicitAuthFlowsType>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supported_identity_providers: Option<Vec<String>>,
    #[serde(rename = "CallbackURLs", skip_serializing_if = "Option::is_none")]
    pub callback_urls: Option<Vec<String>>,
    #[serde(rename = "LogoutURLs", skip_serializing_if = "Option::is_none")]
    pub logout_urls: Option<Vec<String>>,
    #[serde(rename = "DefaultRedirectURI", skip_serializing_if = "Option::is_none")]
    pub default_redirect_uri: Option<String>,
    #[serde(rename = "AllowedOAuthFlows", skip_serializing_if = "Option::is_none")]
    pub allowed_oauth_flows: Option<Vec<OAuthFlowType>>,
    #[serde(rename = "AllowedOAuthScopes", skip_serializing_if = "Option::is_none")]
    pub allowed_oauth_scopes: Option<Vec<String>>,
    #[serde(rename = "AllowedOAuthFlowsUserPoolClient", skip_serializing_if = "Option::is_none")]
    pub allowed_oauth_flows_user_pool_client: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub analytics_configuration: Option<AnalyticsConfigurationType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prevent_user_existence_errors: Option<PreventUserExistenceErrorTypes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_token_revocation: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_propagate_additional_user_context_data: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_session_validity: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token_rotation: Option<RefreshTokenRotationType>,
}

/// The form in which a client's settings are stored, with what no request can change.
#[derive(Serialize, Deserialize)]
pub(crate) struct Config {
    #[serde(flatten)]
    pub(crate) settings: Settings,
    /// How it came to be, where it was registered dynamically.
    #[serde(rename = "ClientType", skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<ClientTypeType>,
}

impl Config {
    pub(crate) fn from_json(config: &str) -> Result<Self, Fault> {
        serde_json::from_str(config).map_err(Fault::internal)
    }

    pub(crate) fn to_json(&self) -> Result<String, Fault> {
        serde_json::to_string(self).map_err(Fault::internal)
    }
}

/// One secret of a confidential client.
pub(crate) struct ClientSecret {
    pub(crate) id: String,
    pub(crate) created_at: Timestamp,
    pub(crate) value: String,
    /// Whether it was made here.
    pub(crate) generated: bool,
}

impl Settings {
    /// Whether the pool itself is among the identity providers.
    pub(crate) fn takes_local_users(&self) -> bool {
        self.supported_identity_providers.iter().flatten().any(|name| name == LOCAL_PROVIDER)
    }
}

impl Client {
    /// Whether users may sign in by `flow`. Without a list three flows are in force (authentication §2);
    /// the old names leave SRP, custom and refresh in force, `CUSTOM_AUTH_FLOW_ONLY` only the last two.
    pub(crate) fn allows(&self, flow: &ExplicitAuthFlowsType) -> bool {
        use ExplicitAuthFlowsType::{
            AdminNoSrpAuth, AllowAdminUserPasswordAuth, AllowCustomAuth, AllowRefreshTokenAuth,
            AllowUserPasswordAuth, AllowUserSrpAuth, CustomAuthFlowOnly, UserPasswordAuth,
        };
        let listed = self.settings.explicit_auth_flows.as_deref().unwrap_or_default();
        if listed.is_empty() {
            return matches!(flow, AllowUserSrpAuth | AllowCustomAuth | AllowRefreshTokenAuth);
        }
        let old = [AdminNoSrpAuth, CustomAuthFlowOnly, UserPasswordAuth];
        let only_old_names = listed.iter().all(|f| old.contains(f));
        listed.contains(flow)
            || match flow {
                AllowUserPasswordAuth => listed.contains(&UserPasswordAuth),
                AllowAdminUserPasswordAuth => listed.contains(&AdminNoSrpAuth),
                AllowUserSrpAuth => only_old_names && !listed.contains(&CustomAuthFlowOnly),
                AllowCustomAuth | AllowRefreshTokenAuth => only_old_names,
                _ => false,
            }
    }

    /// Whether it can lend its settings to URLs: a public one of the pool's own making, with the code flow (new-operations §16.1,
    /// open).
    pub(crate) fn may_lend(&self) -> bool {
        self.secrets.is_empty() && self.kind.is_none() && self.has_oauth_flow(&OAuthFlowType::Code)
    }

    /// A client that is a URL, with the settings of this one, which is public. It knows the code flow alone, and leads to its
    /// own redirect URIs (new-operations §16.4, documented).
    pub(crate) fn lent(&self, name: String, redirect_uris: Vec<String>, metadata: Metadata) -> Self {
        let settings = Settings {
            callback_urls: Some(redirect_uris),
            default_redirect_uri: None,
            allowed_oauth_flows: Some(vec![OAuthFlowType::Code]),
            ..self.settings.clone()
        };
        Self {
            id: self.id.clone(),
            pool_id: self.pool_id.clone(),
            name,
            created_at: self.created_at,
            modified_at: self.modified_at,
            settings,
            kind: None,
            risk: self.risk.clone(),
            sso_minutes: self.sso_minutes,
            secrets: Vec::new(),
            metadata: Some(metadata),
            published: None,
        }
    }

    /// The URL that it is, where it is one.
    pub(crate) fn url(&self) -> Option<&str> {
        self.metadata.as_ref().map(|metadata| metadata.url.as_str())
    }

    /// Whether it wants refresh tokens: one that is a URL says so in its document (new-operations §16.4, documented).
    pub(crate) fn refreshes(&self) -> bool {
        self.metadata.as_ref().is_none_or(|metadata| metadata.refreshes)
    }

    /// Whether nobody of the pool has vouched for it: it registered itself, or is a URL.
    pub(crate) fn is_a_stranger(&self) -> bool {
        self.metadata.is_some() || self.kind == Some(ClientTypeType::Dcr)
    }

    /// Whether it may use the endpoints of a domain at all.
    pub(crate) fn has_oauth(&self) -> bool {
        self.settings.allowed_oauth_flows_user_pool_client == Some(true)
    }

    /// Whether it may get tokens by this flow of a domain's.
    pub(crate) fn has_oauth_flow(&self, flow: &OAuthFlowType) -> bool {
        self.has_oauth()
            && self.settings.allowed_oauth_flows.as_ref().is_some_and(|flows| flows.contains(flow))
    }

    /// Whether the client may read an attribute. No list means all of them, custom ones included; `sub` is
    /// always readable (users-and-groups §8, recorded).
    pub(crate) fn may_read(&self, attribute: &str) -> bool {
        attribute == "sub" || self.is_among(attribute, self.settings.read_attributes.as_deref())
    }

    /// Whether the client may write an attribute. No list means all of them (users-and-groups §8, observed).
    pub(crate) fn may_write(&self, attribute: &str) -> bool {
        self.is_among(attribute, self.settings.write_attributes.as_deref())
    }

    /// Custom attributes are the operator's own: a client that nobody vouched for has them only where a list says so.
    fn is_among(&self, attribute: &str, listed: Option<&[String]>) -> bool {
        let listed = listed.unwrap_or_default();
        let has_all = listed.is_empty() && !(self.is_a_stranger() && attribute.starts_with("custom:"));
        has_all || listed.iter().any(|a| a == attribute)
    }

    /// Whether who is signed in at a page may write an attribute as themselves: the operator's own ones only through a client
    /// whose users could do so with a token, since at a page the user chooses the client.
    pub(crate) fn may_write_at_page(&self, attribute: &str) -> bool {
        let scopes = self.settings.allowed_oauth_scopes.as_deref().unwrap_or_default();
        let has_api = self.secrets.is_empty() && scopes.iter().any(|scope| scope == scopes::API);
        self.may_write(attribute) && (has_api || !attribute.starts_with("custom:"))
    }

    /// Whether answers hide that a user does not exist. Absent means LEGACY, which tells
    /// (users-and-groups §15).
    pub(crate) fn hides_missing_users(&self) -> bool {
        self.settings.prevent_user_existence_errors == Some(PreventUserExistenceErrorTypes::Enabled)
    }

    /// Whether tokens can be revoked and carry `origin_jti`.
    pub(crate) fn revokes_tokens(&self) -> bool {
        self.settings.enable_token_revocation != Some(false)
    }

    /// Whether the pool's own users may come to it by the pages of a domain (operations-and-protection §3).
    pub(crate) fn takes_local_users(&self) -> bool {
        self.settings.takes_local_users()
    }

    /// The identity providers by which users may come to it, but for the pool itself.
    pub(crate) fn providers(&self) -> impl Iterator<Item = &str> {
        let taken = self.settings.supported_identity_providers.as_deref().unwrap_or_default();
        taken.iter().map(String::as_str).filter(|name| *name != LOCAL_PROVIDER)
    }

    /// Whether users of this identity provider may come to it.
    pub(crate) fn takes_provider(&self, name: &str) -> bool {
        self.providers().any(|taken| taken == name)
    }

    /// How long a sign-in may take, in seconds.
    pub(crate) fn session_seconds(&self) -> i64 {
        i64::from(self.settings.auth_session_validity.unwrap_or(3)) * 60
    }

    /// Whether `secret` is one of the client's. Every secret is compared, each in constant time.
    pub(crate) fn has_secret(&self, secret: &str) -> bool {
        self.secrets
            .iter()
            .fold(false, |found, s| found | digest::equal(s.value.as_bytes(), secret.as_bytes()))
    }

    /// Whether `hash` is the SECRET_HASH of one of the secrets over one of `usernames`. Every secret and name is looked
    /// at, as in `has_secret`.
    pub(crate) fn fits_hash(&self, hash: &str, usernames: &[&str]) -> bool {
        self.secrets
            .iter()
            .flat_map(|secret| usernames.iter().map(move |name| (secret, name)))
            .fold(false, |fits, (secret, name)| {
                fits | secret_hash::verify(hash, &secret.value, name, &self.id)
            })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("id", &self.id).field("pool_id", &self.pool_id).finish_non_exhaustive()
    }
}

/// Where a sealed secret belongs.
pub(crate) fn secret_place(client_id: &ClientId, secret_id: &str) -> String {
    format!("client_secret/{client_id}/{secret_id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_can_be_read() {
        crate::model::stored::check::<Config>("client");
    }
}
