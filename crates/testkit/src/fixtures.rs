//! What most tests begin with: a pool, a client, a user who can sign in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::server::TestServer;

/// A password that every policy of these tests accepts.
pub(crate) const PASSWORD: &str = "Correct-Horse-7";

impl TestServer {
    /// A password that the default policy accepts.
    pub const PASSWORD: &str = PASSWORD;

    /// Makes a pool with `settings` beside its name, and returns its id.
    pub async fn pool(&self, settings: Value) -> String {
        let input = merge(json!({ "PoolName": "test" }), settings);
        let output = self.admin().ok("CreateUserPool", input).await;
        text(&output["UserPool"]["Id"])
    }

    /// Makes a client that allows every password flow, with `settings` beside its name; returns its id.
    pub async fn client(&self, pool: &str, settings: Value) -> String {
        text(&self.client_record(pool, settings).await["ClientId"])
    }

    /// As [`TestServer::client`], returning the whole `UserPoolClient`.
    pub async fn client_record(&self, pool: &str, settings: Value) -> Value {
        let defaults = json!({
            "UserPoolId": pool,
            "ClientName": "app",
            "ExplicitAuthFlows": [
                "ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH",
                "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH",
            ],
        });
        let output = self.admin().ok("CreateUserPoolClient", merge(defaults, settings)).await;
        output["UserPoolClient"].clone()
    }

    /// Makes a confirmed user with [`TestServer::PASSWORD`]; returns the `sub`.
    pub async fn user(&self, pool: &str, username: &str, attributes: Value) -> String {
        let input = json!({
            "UserPoolId": pool,
            "Username": username,
            "MessageAction": "SUPPRESS",
            "TemporaryPassword": "Temp0rary!Pass",
            "UserAttributes": attributes.as_object().map_or_else(Vec::new, |a| {
                a.iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect()
            }),
        });
        let output = self.admin().ok("AdminCreateUser", input).await;
        let password =
            json!({ "UserPoolId": pool, "Username": username, "Password": PASSWORD, "Permanent": true });
        self.admin().ok("AdminSetUserPassword", password).await;
        attribute(&output["User"]["Attributes"], "sub").expect("a sub")
    }

    /// Makes a group with `settings` beside its name; returns the `Group`.
    pub async fn group(&self, pool: &str, name: &str, settings: Value) -> Value {
        let input = merge(json!({ "UserPoolId": pool, "GroupName": name }), settings);
        self.admin().ok("CreateGroup", input).await["Group"].clone()
    }

    /// Makes a user a member of a group, which answers nothing.
    pub async fn member(&self, pool: &str, username: &str, group: &str) {
        let input = json!({ "UserPoolId": pool, "Username": username, "GroupName": group });
        assert_eq!(self.admin().ok("AdminAddUserToGroup", input).await, Value::Null);
    }

    /// Signs in by password; returns the `AuthenticationResult`.
    pub async fn sign_in(&self, client: &str, username: &str) -> Value {
        let input = json!({
            "AuthFlow": "USER_PASSWORD_AUTH",
            "ClientId": client,
            "AuthParameters": { "USERNAME": username, "PASSWORD": PASSWORD },
        });
        self.public().ok("InitiateAuth", input).await["AuthenticationResult"].clone()
    }
}

/// The value of an attribute in a list of Name and Value.
pub(crate) fn attribute(list: &Value, name: &str) -> Option<String> {
    list.as_array()?.iter().find(|a| a["Name"] == name).map(|a| text(&a["Value"]))
}

/// What [`Caller::refused`](crate::Caller::refused) returns of a refusal with this code and text.
pub fn refusal(code: &str, text: &str) -> (String, String) {
    (code.to_owned(), text.to_owned())
}

/// Header and claims of a JWT, its signature not looked at.
#[expect(clippy::missing_panics_doc, reason = "a test kit fails by panicking")]
pub fn decode_jwt(token: &Value) -> (Value, Value) {
    let token = token.as_str().expect("a token");
    let mut parts = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).expect("base64url"));
    let mut json = || serde_json::from_slice(&parts.next().expect("three parts")).expect("JSON");
    (json(), json())
}

/// The claims of a JWT.
pub fn claims(token: &Value) -> Value {
    decode_jwt(token).1
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn merge(mut defaults: Value, settings: Value) -> Value {
    if let (Some(into), Value::Object(from)) = (defaults.as_object_mut(), settings) {
        into.extend(from);
    }
    defaults
}
