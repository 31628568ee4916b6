//! Passwords that others know (docs/cognito/operations-and-protection.md §9.3). `Password1!` is among those
//! that are built in.

use poolhouse_testkit::{SrpClient, TestServer, on_both, refusal};
use poolhouse_wire::user_pools::EventFilterType;
use serde_json::{Value, json};

use super::protected;

const KNOWN: &str = "Password1!";
const OTHER: &str = "Zebra-Crossing-9";

/// A pool with threat protection in `mode` and this CompromisedCredentialsRiskConfiguration, a client, and alice.
async fn pool(server: &TestServer, mode: &str, configuration: Value) -> (String, String) {
    let mut settings = protected(mode);
    settings["AutoVerifiedAttributes"] = json!(["email"]);
    settings["Policies"] =
        json!({ "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] } });
    let pool = server.pool(settings).await;
    let flows = json!([
        "ALLOW_USER_PASSWORD_AUTH",
        "ALLOW_ADMIN_USER_PASSWORD_AUTH",
        "ALLOW_USER_SRP_AUTH",
        "ALLOW_USER_AUTH",
    ]);
    let client = server.client(&pool, json!({ "ExplicitAuthFlows": flows })).await;
    server.user(&pool, "alice", json!({ "email": "alice@example.com", "email_verified": "true" })).await;
    configure(server, &pool, None, configuration).await;
    (pool, client)
}

async fn configure(server: &TestServer, pool: &str, client: Option<&str>, configuration: Value) {
    let mut input = json!({ "UserPoolId": pool, "CompromisedCredentialsRiskConfiguration": configuration });
    if let Some(client) = client {
        input["ClientId"] = json!(client);
    }
    server.admin().ok("SetRiskConfiguration", input).await;
}

fn block(events: &[&str]) -> Value {
    let mut configuration = json!({ "Actions": { "EventAction": "BLOCK" } });
    if !events.is_empty() {
        configuration["EventFilter"] = json!(events);
    }
    configuration
}

/// An administrator sets what they like (documented).
async fn set_password(server: &TestServer, pool: &str, password: &str) {
    let input = json!({ "UserPoolId": pool, "Username": "alice", "Password": password, "Permanent": true });
    server.admin().ok("AdminSetUserPassword", input).await;
}

fn sign_in(client: &str, username: &str, password: &str) -> Value {
    json!({
        "ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": { "USERNAME": username, "PASSWORD": password },
    })
}

fn sign_up(client: &str, username: &str, password: &str) -> Value {
    json!({ "ClientId": client, "Username": username, "Password": password })
}

async fn status(server: &TestServer, pool: &str) -> Value {
    let input = json!({ "UserPoolId": pool, "Username": "alice" });
    server.admin().ok("AdminGetUser", input).await["UserStatus"].clone()
}

/// How many known passwords were let pass and refused, in sign-in, sign-up and change.
fn found(server: &TestServer) -> [[u64; 2]; 3] {
    let findings = server.engine().state().findings();
    [EventFilterType::SignIn, EventFilterType::SignUp, EventFilterType::PasswordChange]
        .map(|event| [false, true].map(|blocked| findings.compromised_passwords(&event, blocked)))
}

fn unusable() -> (String, String) {
    refusal("InvalidPasswordException", "Provided password cannot be used for security reasons.")
}

fn reset_required() -> (String, String) {
    refusal("PasswordResetRequiredException", "Password reset required for the user")
}

fn incorrect() -> (String, String) {
    refusal("NotAuthorizedException", "Incorrect username or password.")
}

on_both! {
    async fn a_sign_up_is_refused(server) {
        let (_, client) = pool(server, "ENFORCED", block(&[])).await;
        assert_eq!(server.public().refused("SignUp", sign_up(&client, "bob", KNOWN)).await, unusable());
        // whether the name is taken or not; the policy comes first
        assert_eq!(server.public().refused("SignUp", sign_up(&client, "alice", KNOWN)).await, unusable());
        let (_, text) = server.public().refused("SignUp", sign_up(&client, "bob", "password")).await;
        assert_eq!(text, "Password did not conform with policy: Password must have uppercase characters");
        server.public().ok("SignUp", sign_up(&client, "bob", OTHER)).await;
        assert_eq!(found(server), [[0, 0], [0, 2], [0, 0]]);
    }

    async fn a_sign_in_is_refused_until_there_is_a_new_password(server) {
        let (pool, client) = pool(server, "ENFORCED", block(&[])).await;
        set_password(server, &pool, KNOWN).await;
        // a wrong password is only wrong, be it known or not
        for wrong in ["Welcome1!", OTHER] {
            assert_eq!(server.public().refused("InitiateAuth", sign_in(&client, "alice", wrong)).await, incorrect());
        }
        assert_eq!(status(server, &pool).await, "CONFIRMED");
        let refused = server.public().refused("InitiateAuth", sign_in(&client, "alice", KNOWN)).await;
        assert_eq!(refused, reset_required());
        assert_eq!(status(server, &pool).await, "RESET_REQUIRED");
        assert_eq!(found(server), [[0, 1], [0, 0], [0, 0]]);
        let forgot = json!({ "ClientId": client, "Username": "alice" });
        server.public().ok("ForgotPassword", forgot).await;
        let confirm = |password: &str| json!({
            "ClientId": client, "Username": "alice", "ConfirmationCode": server.code("alice"), "Password": password,
        });
        // the code stays good
        assert_eq!(server.public().refused("ConfirmForgotPassword", confirm(KNOWN)).await, unusable());
        server.public().ok("ConfirmForgotPassword", confirm(OTHER)).await;
        let output = server.public().ok("InitiateAuth", sign_in(&client, "alice", OTHER)).await;
        assert!(output["AuthenticationResult"].is_object(), "{output}");
        let change = json!({
            "AccessToken": output["AuthenticationResult"]["AccessToken"],
            "PreviousPassword": OTHER, "ProposedPassword": KNOWN,
        });
        assert_eq!(server.public().refused("ChangePassword", change).await, unusable());
        assert_eq!(found(server), [[0, 1], [0, 0], [0, 2]]);
    }

    async fn every_plain_password_is_looked_up(server) {
        let (pool, client) = pool(server, "ENFORCED", block(&["SIGN_IN"])).await;
        let user_auth = |parameters: Value| {
            json!({ "ClientId": client, "AuthFlow": "USER_AUTH", "AuthParameters": parameters })
        };
        set_password(server, &pool, KNOWN).await;
        let mut admin = sign_in(&client, "alice", KNOWN);
        admin["UserPoolId"] = json!(pool);
        admin["AuthFlow"] = json!("ADMIN_USER_PASSWORD_AUTH");
        assert_eq!(server.admin().refused("AdminInitiateAuth", admin).await, reset_required());
        set_password(server, &pool, KNOWN).await;
        let at_once = json!({ "USERNAME": "alice", "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": KNOWN });
        assert_eq!(server.public().refused("InitiateAuth", user_auth(at_once)).await, reset_required());
        set_password(server, &pool, KNOWN).await;
        let choice = server.public().ok("InitiateAuth", user_auth(json!({ "USERNAME": "alice" }))).await;
        let answer = json!({
            "ClientId": client, "ChallengeName": "SELECT_CHALLENGE", "Session": choice["Session"],
            "ChallengeResponses": { "USERNAME": "alice", "ANSWER": "PASSWORD", "PASSWORD": KNOWN },
        });
        assert_eq!(server.public().refused("RespondToAuthChallenge", answer).await, reset_required());
        // SRP sends none (documented)
        set_password(server, &pool, KNOWN).await;
        let srp = SrpClient::new(&pool);
        let start = json!({
            "ClientId": client, "AuthFlow": "USER_SRP_AUTH",
            "AuthParameters": { "USERNAME": "alice", "SRP_A": srp.srp_a() },
        });
        let challenge = server.public().ok("InitiateAuth", start).await;
        let responses = srp.answer(&challenge["ChallengeParameters"], KNOWN, server.clock().outside());
        let answer = json!({
            "ClientId": client, "ChallengeName": "PASSWORD_VERIFIER", "ChallengeResponses": responses,
        });
        let output = server.public().ok("RespondToAuthChallenge", answer).await;
        assert!(output["AuthenticationResult"].is_object(), "{output}");
    }

    async fn a_temporary_password_is_replaced_by_a_better_one(server) {
        let (pool, client) = pool(server, "ENFORCED", block(&[])).await;
        let create = json!({
            "UserPoolId": pool, "Username": "bob", "TemporaryPassword": KNOWN, "MessageAction": "SUPPRESS",
        });
        server.admin().ok("AdminCreateUser", create).await;
        let challenge = server.public().ok("InitiateAuth", sign_in(&client, "bob", KNOWN)).await;
        assert_eq!(challenge["ChallengeName"], "NEW_PASSWORD_REQUIRED");
        let answer = |password: &str| json!({
            "ClientId": client, "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": challenge["Session"],
            "ChallengeResponses": { "USERNAME": "bob", "NEW_PASSWORD": password },
        });
        assert_eq!(server.public().refused("RespondToAuthChallenge", answer("Welcome1!")).await, unusable());
        let output = server.public().ok("RespondToAuthChallenge", answer(OTHER)).await;
        assert!(output["AuthenticationResult"].is_object(), "{output}");
    }

    async fn only_what_is_configured_is_refused(server) {
        for (mode, configuration, in_is_refused, up_is_refused) in [
            ("ENFORCED", block(&["SIGN_UP"]), false, true),
            ("ENFORCED", block(&["SIGN_IN", "PASSWORD_CHANGE"]), true, false),
            ("ENFORCED", json!({ "Actions": { "EventAction": "NO_ACTION" } }), false, false),
            ("AUDIT", block(&[]), false, false),
        ] {
            let (pool, client) = pool(server, mode, configuration.clone()).await;
            set_password(server, &pool, KNOWN).await;
            let before = found(server);
            let signed_in = server.public().call("InitiateAuth", sign_in(&client, "alice", KNOWN)).await;
            assert_eq!(signed_in.is_err(), in_is_refused, "{mode} {configuration}");
            let signed_up = server.public().call("SignUp", sign_up(&client, "bob", KNOWN)).await;
            assert_eq!(signed_up.is_err(), up_is_refused, "{mode} {configuration}");
            // counted, whatever is done about it
            let mut expected = before;
            expected[0][usize::from(in_is_refused)] += 1;
            expected[1][usize::from(up_is_refused)] += 1;
            assert_eq!(found(server), expected, "{mode} {configuration}");
        }
    }

    async fn events_tell_of_it(server) {
        let newest = async |pool: &str| {
            let input = json!({ "UserPoolId": pool, "Username": "alice", "MaxResults": 1 });
            server.admin().ok("AdminListUserAuthEvents", input).await["AuthEvents"][0].clone()
        };
        for (mode, response, decision) in [("ENFORCED", "Fail", "Block"), ("AUDIT", "Pass", "NoRisk")] {
            let (pool, client) = pool(server, mode, block(&[])).await;
            set_password(server, &pool, KNOWN).await;
            let _ = server.public().call("InitiateAuth", sign_in(&client, "alice", KNOWN)).await;
            let event = newest(&pool).await;
            assert_eq!(event["EventResponse"], response, "{event}");
            assert_eq!(event["EventRisk"]["CompromisedCredentialsDetected"], true, "{event}");
            assert_eq!(event["EventRisk"]["RiskDecision"], decision, "{event}");
            assert_eq!(event["ChallengeResponses"][0], json!({ "ChallengeName": "Password", "ChallengeResponse": "Success" }));
            set_password(server, &pool, OTHER).await;
            server.public().ok("InitiateAuth", sign_in(&client, "alice", OTHER)).await;
        }
    }

    async fn a_client_has_its_own_rule(server) {
        let (pool, client) = pool(server, "ENFORCED", block(&[])).await;
        let other = server.client(&pool, json!({})).await;
        configure(server, &pool, Some(&other), json!({ "Actions": { "EventAction": "NO_ACTION" } })).await;
        server.public().ok("SignUp", sign_up(&other, "bob", KNOWN)).await;
        assert_eq!(server.public().refused("SignUp", sign_up(&client, "eve", KNOWN)).await, unusable());
    }

    async fn without_threat_protection_nothing_is_looked_up(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.public().ok("SignUp", sign_up(&client, "bob", KNOWN)).await;
        assert_eq!(found(server), [[0; 2]; 3]);
    }

    async fn who_does_not_exist_is_told_the_same(server) {
        let (pool, _) = pool(server, "ENFORCED", block(&[])).await;
        let client = server.client(&pool, json!({ "PreventUserExistenceErrors": "ENABLED" })).await;
        for name in ["alice", "nobody"] {
            assert_eq!(server.public().refused("InitiateAuth", sign_in(&client, name, KNOWN)).await, incorrect());
        }
        assert_eq!(found(server), [[0; 2]; 3]);
    }
}
