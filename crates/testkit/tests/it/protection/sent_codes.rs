//! How often a user may be sent a code to sign in with. The number is ours; the answer is one that the operations
//! declare.

use poolhouse_kernel::limits::shares::Bounds;
use poolhouse_kernel::limits::{Kind, Limits};
use poolhouse_testkit::TestServer;
use serde_json::{Value, json};

use super::under;

const TWO: Limits = Limits {
    per_address: 0,
    per_signed_address: 0,
    per_client: 0,
    per_user: 0,
    sign_in_codes: 2,
    strangers: 0,
    category_factor: 0,
    bodies: Bounds { all: 0, each: 0 },
};
const HOUR: u32 = 60 * 60;

/// A pool whose users begin with codes, and two clients, the second of which hides who does not exist.
async fn pool(server: &TestServer) -> (String, String, String) {
    let pool = server
        .pool(json!({
            "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::000000000000:role/sms", "ExternalId": "x" },
            "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP"] } },
        }))
        .await;
    let flows = json!(["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH"]);
    let open = server.client(&pool, json!({ "ExplicitAuthFlows": flows })).await;
    let settings = json!({ "ExplicitAuthFlows": flows, "PreventUserExistenceErrors": "ENABLED" });
    let hiding = server.client(&pool, settings).await;
    let attributes = json!({
        "email": "alice@example.com", "email_verified": "true",
        "phone_number": "+12065550100", "phone_number_verified": "true",
    });
    server.user(&pool, "alice", attributes).await;
    (pool, open, hiding)
}

fn first(client: &str, username: &str, factor: &str) -> Value {
    json!({
        "ClientId": client, "AuthFlow": "USER_AUTH",
        "AuthParameters": { "USERNAME": username, "PREFERRED_CHALLENGE": factor },
    })
}

/// Asks for a code; whether there is one. The refusal must be the one of this limit.
async fn is_sent(server: &TestServer, input: Value) -> bool {
    match server.public().call("InitiateAuth", input).await {
        Ok(output) => {
            assert!(output["ChallengeName"].is_string(), "{output}");
            true
        }
        Err(error) => {
            let text = "Attempt limit exceeded, please try after some time.";
            assert_eq!((&*error.code, &*error.message), ("TooManyRequestsException", text));
            false
        }
    }
}

#[tokio::test]
async fn first_factors_are_sent_so_often_an_hour() {
    under(TWO, async |server| {
        let (_, open, hiding) = pool(server).await;
        assert!(is_sent(server, first(&open, "alice", "EMAIL_OTP")).await);
        assert!(is_sent(server, first(&hiding, "alice", "SMS_OTP")).await);
        assert!(!is_sent(server, first(&open, "alice", "EMAIL_OTP")).await);
        assert!(!is_sent(server, first(&open, "alice", "SMS_OTP")).await);
        assert_eq!(server.messages("alice").len(), 2);
        assert_eq!(server.engine().limiter().refused(Kind::SignInCode), 2);
        // The password is another way in.
        let password = json!({
            "ClientId": open, "AuthFlow": "USER_AUTH",
            "AuthParameters": {
                "USERNAME": "alice", "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": TestServer::PASSWORD,
            },
        });
        server.public().ok("InitiateAuth", password).await;
        server.clock().advance_seconds(HOUR);
        assert!(is_sent(server, first(&open, "alice", "EMAIL_OTP")).await);
    })
    .await;
}

#[tokio::test]
async fn who_does_not_exist_is_told_the_same() {
    under(TWO, async |server| {
        let (_, _, hiding) = pool(server).await;
        for _ in 0..2 {
            assert!(is_sent(server, first(&hiding, "nobody", "EMAIL_OTP")).await);
        }
        assert!(!is_sent(server, first(&hiding, "nobody", "EMAIL_OTP")).await);
        assert!(is_sent(server, first(&hiding, "nobody2", "EMAIL_OTP")).await);
    })
    .await;
}

#[tokio::test]
async fn choosing_a_code_counts_and_leaves_the_session_good_for_another_way() {
    under(TWO, async |server| {
        let (_, open, _) = pool(server).await;
        let choice =
            json!({ "ClientId": open, "AuthFlow": "USER_AUTH", "AuthParameters": { "USERNAME": "alice" } });
        let answer = |session: &Value, responses: Value| {
            json!({
                "ClientId": open, "ChallengeName": "SELECT_CHALLENGE", "Session": session,
                "ChallengeResponses": responses,
            })
        };
        let email = json!({ "USERNAME": "alice", "ANSWER": "EMAIL_OTP" });
        for _ in 0..2 {
            let session = server.public().ok("InitiateAuth", choice.clone()).await["Session"].clone();
            server.public().ok("RespondToAuthChallenge", answer(&session, email.clone())).await;
        }
        let session = server.public().ok("InitiateAuth", choice).await["Session"].clone();
        let refused = server.public().refused("RespondToAuthChallenge", answer(&session, email)).await;
        assert_eq!(refused.0, "TooManyRequestsException");
        let password = json!({ "USERNAME": "alice", "ANSWER": "PASSWORD", "PASSWORD": TestServer::PASSWORD });
        server.public().ok("RespondToAuthChallenge", answer(&session, password)).await;
    })
    .await;
}

#[tokio::test]
async fn second_factors_have_a_count_of_their_own() {
    under(TWO, async |server| {
        let (pool, open, _) = pool(server).await;
        for _ in 0..2 {
            assert!(is_sent(server, first(&open, "alice", "SMS_OTP")).await);
        }
        let sms = json!({ "SmsMfaConfiguration": {}, "MfaConfiguration": "OPTIONAL", "UserPoolId": pool });
        server.admin().ok("SetUserPoolMfaConfig", sms).await;
        let prefer = json!({
            "UserPoolId": pool, "Username": "alice", "SMSMfaSettings": { "Enabled": true, "PreferredMfa": true },
        });
        server.admin().ok("AdminSetUserMFAPreference", prefer).await;
        let password = json!({
            "ClientId": open, "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": { "USERNAME": "alice", "PASSWORD": TestServer::PASSWORD },
        });
        for _ in 0..2 {
            assert!(is_sent(server, password.clone()).await);
        }
        assert!(!is_sent(server, password.clone()).await);
        assert_eq!(server.messages("alice").len(), 4);
        server.clock().advance_seconds(HOUR);
        assert!(is_sent(server, password).await);
    })
    .await;
}
