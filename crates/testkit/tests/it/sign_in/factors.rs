//! Pools with second factors, and the user's app.

use poolhouse_crypto::totp;
use poolhouse_testkit::TestServer;
use serde_json::{Value, json};

/// A pool with SMS, software tokens and e-mail, whose forgotten passwords are the administrator's business.
pub(crate) async fn pool_of_all_factors(server: &TestServer, mode: &str) -> String {
    pool_of_all_factors_and(server, mode, json!({})).await
}

/// The same with more settings.
pub(crate) async fn pool_of_all_factors_and(server: &TestServer, mode: &str, more: Value) -> String {
    let mut settings = json!({
        "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::000000000000:role/sms", "ExternalId": "x" },
        "EmailConfiguration": {
            "EmailSendingAccount": "DEVELOPER",
            "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/example.com",
        },
        "AccountRecoverySetting": { "RecoveryMechanisms": [{ "Priority": 1, "Name": "admin_only" }] },
    });
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let pool = server.pool(settings).await;
    let factors = json!({
        "SmsMfaConfiguration": {},
        "SoftwareTokenMfaConfiguration": { "Enabled": true },
        "EmailMfaConfiguration": { "Subject": "Come in", "Message": "Use {####} to come in" },
    });
    demand(server, &pool, mode, factors).await;
    pool
}

/// Sets the pool's second factors.
pub(crate) async fn demand(server: &TestServer, pool: &str, mode: &str, mut factors: Value) {
    factors["UserPoolId"] = json!(pool);
    factors["MfaConfiguration"] = json!(mode);
    server.admin().ok("SetUserPoolMfaConfig", factors).await;
}

/// Turns a factor on and prefers it.
pub(crate) async fn prefer(server: &TestServer, pool: &str, username: &str, settings: &str) {
    let input = json!({
        "UserPoolId": pool,
        "Username": username,
        settings: { "Enabled": true, "PreferredMfa": true },
    });
    assert_eq!(server.admin().ok("AdminSetUserMFAPreference", input).await, json!({}));
}

/// The app that makes a user's codes.
pub(crate) struct App(Vec<u8>);

impl App {
    /// Takes a secret over as its user types it.
    pub(crate) fn new(secret: &Value) -> Self {
        let text = secret.as_str().unwrap();
        assert_eq!(text.len(), 52);
        Self::of_secret(text)
    }

    /// The app with this secret.
    pub(crate) fn of_secret(text: &str) -> Self {
        Self(totp::secret_from_text(text).unwrap())
    }

    /// Its secret, as its user types it.
    pub(crate) fn secret(&self) -> String {
        totp::secret_text(&self.0)
    }

    /// Registers with a user who can sign in without a second factor.
    pub(crate) async fn register(
        server: &TestServer,
        client: &str,
        username: &str,
        name: Option<&str>,
    ) -> Self {
        let token = server.sign_in(client, username).await["AccessToken"].clone();
        let output = server.public().ok("AssociateSoftwareToken", json!({ "AccessToken": token })).await;
        assert_eq!(output.as_object().unwrap().len(), 1, "no session: {output}");
        let app = Self::new(&output["SecretCode"]);
        let mut input = json!({ "AccessToken": token, "UserCode": app.code(server, 0) });
        if let Some(name) = name {
            input["FriendlyDeviceName"] = json!(name);
        }
        assert_eq!(server.public().ok("VerifySoftwareToken", input).await, json!({ "Status": "SUCCESS" }));
        app
    }

    /// The code that it shows, or shows so many steps later.
    pub(crate) fn code(&self, server: &TestServer, steps: i64) -> String {
        let seconds = server.clock().outside().seconds() + steps * totp::STEP_SECONDS;
        totp::code(&self.0, totp::step_at(seconds))
    }
}

/// Another code of the same length.
pub(crate) fn wrong_code(code: &str) -> String {
    let (first, rest) = code.split_at(1);
    format!("{}{rest}", if first == "0" { "1" } else { "0" })
}

pub(crate) fn code_mismatch() -> (String, String) {
    ("CodeMismatchException".to_owned(), "Invalid code or auth state for the user.".to_owned())
}
