//! A pool with a user in every state, and the names that lead to each.

use poolhouse_crypto::totp;
use poolhouse_testkit::{Passkey, TestServer};
use serde_json::{Value, json};

/// How many names are nobody's.
pub(crate) const NOBODIES: usize = 400;

const RP: &str = "example.com";

/// By which names users are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Plain,
    AnyCase,
    Alias,
    ByEmail,
}

impl Kind {
    /// How many names lead to a user.
    pub(crate) fn variants(self) -> usize {
        match self {
            Self::Plain | Self::AnyCase => 1,
            Self::Alias | Self::ByEmail => 2,
        }
    }

    fn settings(self) -> Value {
        match self {
            Self::Plain => json!({}),
            Self::AnyCase => json!({ "UsernameConfiguration": { "CaseSensitive": false } }),
            Self::Alias => json!({ "AliasAttributes": ["email", "preferred_username"] }),
            Self::ByEmail => {
                json!({ "UsernameAttributes": ["email"], "UsernameConfiguration": { "CaseSensitive": false } })
            }
        }
    }
}

/// The states of users.
const STATES: [&str; 14] = [
    "confirmed",
    "unconfirmed",
    "unconfirmed and disabled",
    "unconfirmed without an address",
    "disabled",
    "with an unverified address",
    "invited",
    "invited and disabled",
    "reset",
    "a provider's",
    "without a password",
    "with a passkey",
    "with a software token",
    "with codes by e-mail",
];

/// The pool, and a client that hides who exists.
pub(crate) struct House<'a> {
    pub(crate) server: &'a TestServer,
    pub(crate) pool: String,
    pub(crate) client: String,
    kind: Kind,
    subs: Vec<String>,
}

impl<'a> House<'a> {
    pub(crate) async fn build(server: &'a TestServer, kind: Kind, protection: &str) -> House<'a> {
        let pool = pool(server, kind, protection).await;
        let flows = json!([
            "ALLOW_USER_PASSWORD_AUTH",
            "ALLOW_USER_SRP_AUTH",
            "ALLOW_CUSTOM_AUTH",
            "ALLOW_USER_AUTH",
            "ALLOW_REFRESH_TOKEN_AUTH",
        ]);
        let hides = json!({ "PreventUserExistenceErrors": "ENABLED", "ExplicitAuthFlows": flows });
        let client = server.client(&pool, hides).await;
        let mut house = Self { server, pool, client, kind, subs: Vec::new() };
        for (number, state) in house.states() {
            let sub = house.settle(number, state).await;
            house.subs.push(sub);
        }
        server.take_events();
        house
    }

    /// The users by number and state.
    pub(crate) fn states(&self) -> impl Iterator<Item = (usize, &'static str)> + use<> {
        STATES.into_iter().enumerate()
    }

    /// A name of a user, as a stranger types it.
    pub(crate) fn user(&self, number: usize, variant: usize) -> String {
        if (self.kind, variant) == (Kind::ByEmail, 1) {
            return self.subs[number].clone();
        }
        self.name("vic", number, variant)
    }

    /// A name of the same form that nobody has.
    pub(crate) fn nobody(&self, number: usize, variant: usize) -> String {
        if (self.kind, variant) == (Kind::ByEmail, 1) {
            return format!("{number:08}-aaaa-4aaa-8aaa-aaaaaaaaaaaa");
        }
        self.name("nob", number, variant)
    }

    fn name(&self, who: &str, number: usize, variant: usize) -> String {
        match (self.kind, variant) {
            (Kind::AnyCase, _) => format!("{}-{number:03}", who.to_uppercase()),
            (Kind::Plain, _) | (Kind::Alias, 0) => format!("{who}-{number:03}"),
            (Kind::Alias | Kind::ByEmail, _) => format!("{who}-{number:03}@example.com"),
        }
    }

    /// What a name seems to be able to begin with.
    pub(crate) async fn choices(&self, name: &str) -> String {
        let parameters = json!({ "USERNAME": name });
        let input = json!({ "ClientId": self.client, "AuthFlow": "USER_AUTH", "AuthParameters": parameters });
        self.server.public().ok("InitiateAuth", input).await["AvailableChallenges"].to_string()
    }

    /// Makes the user of this state; returns the `sub`.
    async fn settle(&self, number: usize, state: &str) -> String {
        let (server, pool) = (self.server, &self.pool);
        let email = format!("vic-{number:03}@example.com");
        let username = match self.kind {
            Kind::ByEmail => email.clone(),
            // As it is stored; strangers type it in upper case.
            Kind::AnyCase => format!("Vic-{number:03}"),
            Kind::Plain | Kind::Alias => format!("vic-{number:03}"),
        };
        let named = json!({ "UserPoolId": pool, "Username": username });
        let admin = async |operation: &str, more: Value| {
            let mut input = named.clone();
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            server.admin().ok(operation, input).await
        };
        if let Some(more) = state.strip_prefix("unconfirmed") {
            let has_address = more != " without an address" || self.kind == Kind::ByEmail;
            let attributes = json!([{ "Name": "email", "Value": email }]);
            let mut input =
                json!({ "ClientId": self.client, "Username": username, "Password": TestServer::PASSWORD });
            if has_address {
                input["UserAttributes"] = attributes;
            }
            let signed_up = server.public().ok("SignUp", input).await;
            if more == " and disabled" {
                admin("AdminDisableUser", json!({})).await;
            }
            return signed_up["UserSub"].as_str().unwrap().to_owned();
        }
        let verified = if state == "with an unverified address" { "false" } else { "true" };
        let attributes =
            json!([{ "Name": "email", "Value": email }, { "Name": "email_verified", "Value": verified }]);
        let mut create = json!({ "MessageAction": "SUPPRESS", "UserAttributes": attributes });
        if state != "without a password" {
            create["TemporaryPassword"] = json!("Temp0rary!Pass");
        }
        let created = admin("AdminCreateUser", create).await;
        if !state.starts_with("invited") && state != "without a password" {
            admin("AdminSetUserPassword", json!({ "Password": TestServer::PASSWORD, "Permanent": true }))
                .await;
        }
        match state {
            "disabled" | "invited and disabled" => drop(admin("AdminDisableUser", json!({})).await),
            "reset" => drop(admin("AdminResetUserPassword", json!({})).await),
            "a provider's" => {
                let own = json!({
                    "ProviderName": "Cognito", "ProviderAttributeName": "Cognito_Subject",
                    "ProviderAttributeValue": username,
                });
                let own = json!({ "UserPoolId": pool, "User": own });
                server.admin().ok("AdminDisableProviderForUser", own).await;
            }
            "with a passkey" => self.add_passkey(&username).await,
            "with a software token" => self.add_software_token(&username).await,
            "with codes by e-mail" => {
                let settings = json!({ "EmailMfaSettings": { "Enabled": true, "PreferredMfa": true } });
                admin("AdminSetUserMFAPreference", settings).await;
            }
            _ => {}
        }
        let attributes = created["User"]["Attributes"].as_array().unwrap();
        let sub = attributes.iter().find(|attribute| attribute["Name"] == "sub").unwrap();
        sub["Value"].as_str().unwrap().to_owned()
    }

    async fn add_passkey(&self, username: &str) {
        let server = self.server;
        let token = server.sign_in(&self.client, username).await["AccessToken"].clone();
        let started = json!({ "AccessToken": token });
        let options = server.public().ok("StartWebAuthnRegistration", started).await;
        let credential = Passkey::new("one", RP).create(&options["CredentialCreationOptions"]);
        let input = json!({ "AccessToken": token, "Credential": credential });
        server.public().ok("CompleteWebAuthnRegistration", input).await;
    }

    async fn add_software_token(&self, username: &str) {
        let server = self.server;
        let token = server.sign_in(&self.client, username).await["AccessToken"].clone();
        let output = server.public().ok("AssociateSoftwareToken", json!({ "AccessToken": token })).await;
        let secret = totp::secret_from_text(output["SecretCode"].as_str().unwrap()).unwrap();
        let code = totp::code(&secret, totp::step_at(server.clock().outside().seconds()));
        server.public().ok("VerifySoftwareToken", json!({ "AccessToken": token, "UserCode": code })).await;
        let settings = json!({
            "UserPoolId": self.pool, "Username": username,
            "SoftwareTokenMfaSettings": { "Enabled": true, "PreferredMfa": true },
        });
        server.admin().ok("AdminSetUserMFAPreference", settings).await;
    }
}

/// A pool where everything is allowed, with functions that do the same for everybody.
async fn pool(server: &TestServer, kind: Kind, protection: &str) -> String {
    let define = server.function("define", |event| {
        let wrong = event["request"]["session"].as_array().unwrap().len();
        let response = &mut event["response"];
        if wrong == 2 {
            response["failAuthentication"] = json!(true);
        } else {
            response["challengeName"] = json!("CUSTOM_CHALLENGE");
        }
    });
    let create = server.function("create", |event| {
        event["response"] = json!({
            "publicChallengeParameters": { "question": "?" }, "privateChallengeParameters": { "answer": "tea" },
        });
    });
    let verify = server.function("verify", |event| event["response"]["answerCorrect"] = json!(false));
    let functions = json!({
        "PreAuthentication": server.function("before", |_| {}),
        "CustomMessage": server.function("words", |event| {
            event["response"]["emailMessage"] = json!("Words with {####}");
        }),
        "DefineAuthChallenge": define, "CreateAuthChallenge": create, "VerifyAuthChallengeResponse": verify,
    });
    let recovery = json!([
        { "Name": "verified_email", "Priority": 1 }, { "Name": "verified_phone_number", "Priority": 2 },
    ]);
    let policy = json!({ "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"] });
    let mut settings = json!({
        "AutoVerifiedAttributes": ["email"],
        "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::000000000000:role/sms", "ExternalId": "x" },
        "EmailConfiguration": {
            "EmailSendingAccount": "DEVELOPER",
            "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/example.com",
        },
        "AccountRecoverySetting": { "RecoveryMechanisms": recovery },
        "Policies": { "SignInPolicy": policy },
        "LambdaConfig": functions,
        "UserPoolAddOns": { "AdvancedSecurityMode": protection },
    });
    settings.as_object_mut().unwrap().extend(kind.settings().as_object().unwrap().clone());
    let pool = server.pool(settings).await;
    let factors = json!({
        "UserPoolId": pool, "MfaConfiguration": "OPTIONAL",
        "SoftwareTokenMfaConfiguration": { "Enabled": true },
        "EmailMfaConfiguration": { "Subject": "Come in", "Message": "Use {####}" },
        "WebAuthnConfiguration": { "RelyingPartyId": RP },
    });
    server.admin().ok("SetUserPoolMfaConfig", factors).await;
    pool
}
