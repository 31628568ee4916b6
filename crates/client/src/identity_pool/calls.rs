//! The two calls that lead to credentials (identity-pools-and-iam §2). Neither is signed.

use std::collections::HashMap;
use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::error::{Error, Result};
use crate::post::{Dialect, Endpoint};
use crate::secret::Secret;

/// identity-pools-and-iam §1
pub(super) const JSON: Dialect = Dialect {
    service: "cognito-identity",
    content_type: "application/x-amz-json-1.1",
    request_id: "x-amzn-requestid",
    refusal,
    // At worst a guest becomes two.
    repeats: true,
};

/// A token for each provider that says who it is.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct Logins(HashMap<String, Secret>);

impl Logins {
    pub(super) fn of(provider: &str, token: String) -> Self {
        Self(HashMap::from([(provider.to_owned(), Secret::new(token))]))
    }

    /// A guest's.
    pub(super) fn none() -> Self {
        Self(HashMap::new())
    }

    fn is_none(&self) -> bool {
        self.0.is_empty()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GetId<'a> {
    identity_pool_id: &'a str,
    #[serde(skip_serializing_if = "Logins::is_none")]
    logins: &'a Logins,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GotId {
    identity_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GetCredentials<'a> {
    identity_id: &'a str,
    #[serde(skip_serializing_if = "Logins::is_none")]
    logins: &'a Logins,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_role_arn: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GotCredentials {
    identity_id: String,
    credentials: Keys,
}

/// identity-pools-and-iam §6: the secret's name is a short one here.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Keys {
    access_key_id: String,
    secret_key: String,
    session_token: String,
    /// Seconds since 1970, by the service's clock.
    expiration: f64,
}

#[derive(Deserialize)]
struct Refused {
    #[serde(rename = "__type")]
    code: String,
    #[serde(default, alias = "Message")]
    message: String,
}

/// The identity of a login, or a new guest.
pub(super) async fn get_id(endpoint: &Endpoint, identity_pool_id: &str, logins: &Logins) -> Result<String> {
    let asked = GetId { identity_pool_id, logins };
    let got: GotId = call(endpoint, "AWSCognitoIdentityService.GetId", &asked).await?;
    Ok(got.identity_id)
}

/// The credentials of an identity, and which one it is now.
pub(super) async fn get_credentials(
    endpoint: &Endpoint,
    client: &Client,
    identity_id: &str,
    logins: &Logins,
    custom_role_arn: Option<&str>,
) -> Result<(String, Credentials)> {
    let asked = GetCredentials { identity_id, logins, custom_role_arn };
    let got: GotCredentials =
        call(endpoint, "AWSCognitoIdentityService.GetCredentialsForIdentity", &asked).await?;
    let Keys { access_key_id, secret_key, session_token, expiration } = got.credentials;
    let end = Duration::try_from_secs_f64(expiration).ok().and_then(|time| UNIX_EPOCH.checked_add(time));
    // They last as long as they have left by the service's clock, whatever this machine's says.
    let left = end.and_then(|end| end.duration_since(client.service_now()).ok()).unwrap_or_default();
    let credentials = Credentials::builder()
        .access_key_id(access_key_id)
        .secret_access_key(secret_key)
        .session_token(session_token)
        .provider_name("poolhouse-client");
    let credentials = match client.now().checked_add(left) {
        Some(end) => credentials.expiry(end),
        None => credentials,
    };
    Ok((got.identity_id, credentials.build()))
}

async fn call<O: for<'de> Deserialize<'de>>(
    endpoint: &Endpoint,
    target: &'static str,
    asked: &impl Serialize,
) -> Result<O> {
    let body = serde_json::to_string(asked).map_err(|error| Error::Protocol(error.to_string()))?;
    let answer = endpoint.send("/", Some(target), Secret::new(body)).await?;
    serde_json::from_str(answer.expose()).map_err(|error| Error::Protocol(error.to_string()))
}

fn refusal(body: &str) -> Option<(String, String)> {
    let Refused { code, message } = serde_json::from_str(body).ok()?;
    // A namespace may stand before it.
    Some((code.rsplit('#').next().unwrap_or_default().to_owned(), message))
}
