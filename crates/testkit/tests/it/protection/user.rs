//! Alice, in a pool with threat protection.

use poolhouse_testkit::{Caller, TestServer};
use serde_json::{Value, json};

use super::protected;

/// A browser on Linux: `Firefox, Linux`.
pub(crate) const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0";

/// Another one: `Chrome, Windows`.
pub(crate) const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36";

/// An address, and one of another network.
pub(crate) const HOME: &str = "192.0.2.7";
pub(crate) const AWAY: &str = "198.51.100.7";

/// Alice, with a verified e-mail address and a telephone number.
pub(crate) struct Alice<'a> {
    pub(crate) server: &'a TestServer,
    pub(crate) pool: String,
    pub(crate) client: String,
}

impl<'a> Alice<'a> {
    /// In a pool of this mode.
    pub(crate) async fn new(server: &'a TestServer, mode: &str) -> Self {
        Self::with(server, protected(mode)).await
    }

    /// In a pool with these settings.
    pub(crate) async fn with(server: &'a TestServer, settings: Value) -> Self {
        let pool = server.pool(settings).await;
        let client = server.client(&pool, json!({})).await;
        let addresses = json!({
            "email": "alice@example.com", "email_verified": "true", "phone_number": "+12065550100",
        });
        server.user(&pool, "alice", addresses).await;
        Self { server, pool, client }
    }

    /// Calls as Alice at home, in her browser.
    pub(crate) fn home(&self) -> Caller<'a> {
        self.server.public().at(HOME).with(FIREFOX)
    }

    /// Calls from elsewhere, by another browser.
    pub(crate) fn away(&self) -> Caller<'a> {
        self.server.public().at(AWAY).with(CHROME)
    }

    /// A sign-in with this password.
    pub(crate) fn password(&self, password: &str) -> Value {
        json!({
            "AuthFlow": "USER_PASSWORD_AUTH",
            "ClientId": self.client,
            "AuthParameters": { "USERNAME": "alice", "PASSWORD": password },
        })
    }

    /// Signs in with the right password, a second after what was before.
    pub(crate) async fn sign_in(&self, caller: Caller<'_>) -> Value {
        self.server.clock().advance_seconds(1);
        caller.ok("InitiateAuth", self.password(TestServer::PASSWORD)).await
    }

    /// Tries to sign in, a second after what was before.
    pub(crate) async fn refused(&self, caller: Caller<'_>, password: &str) -> (String, String) {
        self.server.clock().advance_seconds(1);
        caller.refused("InitiateAuth", self.password(password)).await
    }

    /// `input` with the names of pool and user.
    pub(crate) fn named(&self, mut input: Value) -> Value {
        input["UserPoolId"] = json!(self.pool);
        input["Username"] = json!("alice");
        input
    }

    /// Calls an operation of administrators for Alice.
    pub(crate) async fn admin(&self, operation: &str, input: Value) -> Value {
        self.server.admin().ok(operation, self.named(input)).await
    }

    /// Her events, the newest first.
    pub(crate) async fn events(&self) -> Vec<Value> {
        let output = self.admin("AdminListUserAuthEvents", json!({})).await;
        output["AuthEvents"].as_array().unwrap().clone()
    }

    /// The newest event.
    pub(crate) async fn newest(&self) -> Value {
        self.events().await.remove(0)
    }

    /// Sets the pool's risk configuration.
    pub(crate) async fn configure(&self, mut blocks: Value) {
        blocks["UserPoolId"] = json!(self.pool);
        self.server.admin().ok("SetRiskConfiguration", blocks).await;
    }

    /// Turns codes by SMS on as the second factor, in a pool that leaves it to its users.
    pub(crate) async fn turn_on_codes(&self) {
        let sms = json!({ "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::000000000000:role/sms" } });
        let input = json!({
            "UserPoolId": self.pool, "MfaConfiguration": "OPTIONAL", "SmsMfaConfiguration": sms,
        });
        self.server.admin().ok("SetUserPoolMfaConfig", input).await;
        let settings = json!({ "Enabled": true, "PreferredMfa": true });
        self.admin("AdminSetUserMFAPreference", json!({ "SMSMfaSettings": settings })).await;
    }

    /// The answer to SMS_MFA.
    pub(crate) fn code(&self, challenge: &Value, code: &str) -> Value {
        json!({
            "ClientId": self.client, "ChallengeName": "SMS_MFA", "Session": challenge["Session"],
            "ChallengeResponses": { "USERNAME": "alice", "SMS_MFA_CODE": code },
        })
    }
}
