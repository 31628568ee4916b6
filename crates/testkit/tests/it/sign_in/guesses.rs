//! Guesses have a place: during a lock nothing is done for one, and many at once are worth no more than one after the
//! other (docs/decisions/0018-a-place-for-each-guess.md).

use poolhouse_ports::MessageFilter;
use poolhouse_testkit::{ApiError, Database, SrpClient, TestServer, on_both};
use serde_json::{Value, json};

use super::factors::{App, pool_of_all_factors_and, prefer, wrong_code};
use super::{answer, at_once, not_authorized, password_auth};

pub(crate) const FLOWS: [&str; 4] =
    ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_USER_AUTH"];

/// A pool with every factor whose functions are called for all there is, and a client with every flow.
pub(crate) async fn pool(server: &TestServer) -> (String, String) {
    let function = server.function("any", |_| ());
    let names = ["PreAuthentication", "PostAuthentication", "PreTokenGeneration", "CustomMessage"];
    let functions: Value = names.iter().map(|name| ((*name).to_owned(), json!(function))).collect();
    let policies =
        json!({ "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP"] } });
    let settings = json!({ "LambdaConfig": functions, "Policies": policies });
    let pool = pool_of_all_factors_and(server, "OPTIONAL", settings).await;
    let client = server.client(&pool, json!({ "ExplicitAuthFlows": FLOWS })).await;
    (pool, client)
}

/// A client of a pool that sends codes to new users.
async fn pool_that_confirms(server: &TestServer) -> String {
    let pool = server.pool(json!({ "AutoVerifiedAttributes": ["email"] })).await;
    server.client(&pool, json!({})).await
}

pub(crate) fn reachable() -> Value {
    json!({
        "email": "alice@example.com", "email_verified": "true",
        "phone_number": "+12065550100", "phone_number_verified": "true",
    })
}

/// A right guess and a wrong one, as they come through the public door.
pub(crate) struct Guess {
    pub(crate) operation: &'static str,
    pub(crate) right: Value,
    pub(crate) wrong: Value,
}

impl Guess {
    pub(crate) fn at_a_challenge(right: Value, wrong: Value) -> Self {
        Self { operation: "RespondToAuthChallenge", right, wrong }
    }

    pub(crate) fn password(client: &str) -> Self {
        let of = |password| password_auth(client, "alice", password);
        Self { operation: "InitiateAuth", right: of(TestServer::PASSWORD), wrong: of("wrong") }
    }

    /// A password in a choice-based sign-in.
    pub(crate) fn chosen_password(client: &str) -> Self {
        let of = |password: &str| {
            json!({
                "ClientId": client, "AuthFlow": "USER_AUTH",
                "AuthParameters": {
                    "USERNAME": "alice", "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": password,
                },
            })
        };
        Self { operation: "InitiateAuth", right: of(TestServer::PASSWORD), wrong: of("wrong") }
    }

    pub(crate) async fn srp(server: &TestServer, pool: &str, client: &str) -> Self {
        let srp = SrpClient::new(pool);
        let start = json!({
            "ClientId": client, "AuthFlow": "USER_SRP_AUTH",
            "AuthParameters": { "USERNAME": "alice", "SRP_A": srp.srp_a() },
        });
        let challenge = server.public().ok("InitiateAuth", start).await["ChallengeParameters"].clone();
        let of = |password: &str| {
            let proof = srp.answer(&challenge, password, server.now());
            answer(client, "PASSWORD_VERIFIER", &Value::Null, proof)
        };
        Self::at_a_challenge(of(TestServer::PASSWORD), of("wrong"))
    }

    /// The code of the challenge that was given; the newest one that was sent.
    pub(crate) fn sent(server: &TestServer, client: &str, given: &Value, key: &str) -> Self {
        Self::code(client, given, key, &server.code("alice"))
    }

    pub(crate) fn code(client: &str, given: &Value, key: &str, code: &str) -> Self {
        let name = given["ChallengeName"].as_str().unwrap();
        let of =
            |code: &str| answer(client, name, &given["Session"], json!({ "USERNAME": "alice", key: code }));
        Self::at_a_challenge(of(code), of(&wrong_code(code)))
    }

    /// What is wrong, at the public door.
    pub(crate) async fn refused(&self, server: &TestServer) -> (String, String) {
        server.public().refused(self.operation, self.wrong.clone()).await
    }

    /// Five wrong ones, after which nothing is looked at: neither costs, calls, sends nor writes anything, at either
    /// door, be it right or wrong. Once the lock has ended, what was right is right.
    async fn is_nothing_during_a_lock(&self, server: &TestServer, pool: &str) {
        for _ in 0..5 {
            assert_ne!(self.refused(server).await, locked());
        }
        let before = done_so_far(server);
        server.take_events();
        for input in [&self.right, &self.wrong] {
            assert_eq!(server.public().refused(self.operation, input.clone()).await, locked());
            let mut input = input.clone();
            input["UserPoolId"] = json!(pool);
            if input["AuthFlow"] == "USER_PASSWORD_AUTH" {
                input["AuthFlow"] = json!("ADMIN_USER_PASSWORD_AUTH");
            }
            let operation = format!("Admin{}", self.operation);
            assert_eq!(server.admin().refused(&operation, input).await, locked());
        }
        assert_eq!(done_so_far(server), before);
        assert_eq!(server.take_sources(), Vec::<String>::new());
        server.clock().advance_seconds(1);
        server.public().ok(self.operation, self.right.clone()).await;
    }

    /// With what is wrong in another: what is right must not use up the session that the wrong ones come with.
    fn wrong_as_in(self, other: Self) -> Self {
        Self { wrong: other.wrong, ..self }
    }

    /// A hundred at once, the right one at `place`.
    async fn burst(&self, server: &TestServer, place: usize) -> Burst {
        let jobs = server.engine().crypto().begun();
        let guesses = (0..100).map(|n| {
            let input = if n == place { self.right.clone() } else { self.wrong.clone() };
            async move { server.public().call(self.operation, input).await }
        });
        let mut burst = Burst::default();
        for outcome in at_once(guesses).await {
            burst.count(outcome);
        }
        burst.jobs = server.engine().crypto().begun() - jobs;
        burst
    }
}

/// What became of many guesses.
#[derive(Debug, Default)]
struct Burst {
    right: u64,
    wrong: u64,
    locked: u64,
    /// There was no place for them.
    turned_away: u64,
    jobs: u64,
}

impl Burst {
    fn count(&mut self, outcome: Result<Value, ApiError>) {
        let counter = match outcome.map_err(|error| (error.code, error.message)) {
            Ok(_) => &mut self.right,
            Err(refusal) if refusal == locked() => &mut self.locked,
            Err((code, text)) if code == "TooManyRequestsException" => {
                assert_eq!(text, "Rate exceeded");
                &mut self.turned_away
            }
            Err((code, text)) => {
                assert!(
                    ["CodeMismatchException", "NotAuthorizedException"].contains(&&*code),
                    "{code}: {text}"
                );
                &mut self.wrong
            }
        };
        *counter += 1;
    }

    /// Five wrong ones lock. A right one that comes before ends the count, so that as many are free after it.
    fn is_worth_no_more_than_a_sequence(&self) {
        assert_eq!(self.right + self.wrong + self.locked + self.turned_away, 100, "{self:?}");
        assert!(self.right <= 1, "{self:?}");
        if self.right == 0 {
            assert_eq!(self.wrong, 5, "{self:?}");
        } else {
            assert!(self.wrong <= 4 + 5, "{self:?}");
        }
    }
}

pub(crate) fn locked() -> (String, String) {
    not_authorized("Password attempts exceeded")
}

/// Jobs of cryptography, transactions that may write, and messages.
fn done_so_far(server: &TestServer) -> (u64, u64, usize) {
    let messages = server.engine().courier().messages(&MessageFilter::default()).len();
    (server.engine().crypto().begun(), server.engine().store().transactions(), messages)
}

pub(crate) async fn initiate(server: &TestServer, client: &str, factor: &str) -> Value {
    let input = json!({
        "ClientId": client, "AuthFlow": "USER_AUTH",
        "AuthParameters": { "USERNAME": "alice", "PREFERRED_CHALLENGE": factor },
    });
    server.public().ok("InitiateAuth", input).await
}

pub(crate) async fn with_password(server: &TestServer, client: &str) -> Value {
    server.public().ok("InitiateAuth", password_auth(client, "alice", TestServer::PASSWORD)).await
}

on_both! {
    async fn nothing_is_done_for_a_password_during_a_lock(server) {
        let (pool, client) = pool(server).await;
        server.user(&pool, "alice", reachable()).await;
        Guess::password(&client).is_nothing_during_a_lock(server, &pool).await;
        Guess::chosen_password(&client).is_nothing_during_a_lock(server, &pool).await;
        Guess::srp(server, &pool, &client).await.is_nothing_during_a_lock(server, &pool).await;
        // What leads to a proof is not begun either.
        for _ in 0..5 {
            Guess::password(&client).refused(server).await;
        }
        let before = done_so_far(server);
        server.take_events();
        let parameters = json!({ "USERNAME": "alice", "SRP_A": SrpClient::new(&pool).srp_a() });
        let srp = json!({ "ClientId": client, "AuthFlow": "USER_SRP_AUTH", "AuthParameters": parameters });
        assert_eq!(server.public().refused("InitiateAuth", srp.clone()).await, locked());
        let mut chosen = srp;
        chosen["AuthFlow"] = json!("USER_AUTH");
        chosen["AuthParameters"]["PREFERRED_CHALLENGE"] = json!("PASSWORD_SRP");
        assert_eq!(server.public().refused("InitiateAuth", chosen).await, locked());
        assert_eq!((done_so_far(server), server.take_events().len()), (before, 0));
    }

    async fn nothing_is_done_for_a_first_code_during_a_lock(server) {
        let (pool, client) = pool(server).await;
        server.user(&pool, "alice", reachable()).await;
        for factor in ["EMAIL_OTP", "SMS_OTP"] {
            let given = initiate(server, &client, factor).await;
            let guess = Guess::sent(server, &client, &given, &format!("{factor}_CODE"));
            guess.is_nothing_during_a_lock(server, &pool).await;
        }
    }

    async fn nothing_is_done_for_a_second_factor_during_a_lock(server) {
        let (pool, client) = pool(server).await;
        server.user(&pool, "alice", reachable()).await;
        let app = App::register(server, &client, "alice", None).await;
        for (settings, key) in [("SMSMfaSettings", "SMS_MFA_CODE"), ("EmailMfaSettings", "EMAIL_OTP_CODE")] {
            prefer(server, &pool, "alice", settings).await;
            let given = with_password(server, &client).await;
            Guess::sent(server, &client, &given, key).is_nothing_during_a_lock(server, &pool).await;
        }
        prefer(server, &pool, "alice", "SoftwareTokenMfaSettings").await;
        let given = with_password(server, &client).await;
        let guess = Guess::code(&client, &given, "SOFTWARE_TOKEN_MFA_CODE", &app.code(server, 1));
        guess.is_nothing_during_a_lock(server, &pool).await;
    }

    // Nor is a message worded that would not be sent.
    async fn no_function_words_a_message_during_a_lock(server) {
        let (pool, client) = pool(server).await;
        server.user(&pool, "alice", reachable()).await;
        prefer(server, &pool, "alice", "SMSMfaSettings").await;
        let given = with_password(server, &client).await;
        let guess = Guess::sent(server, &client, &given, "SMS_MFA_CODE");
        for _ in 0..5 {
            guess.refused(server).await;
        }
        server.take_events();
        let input = password_auth(&client, "alice", TestServer::PASSWORD);
        assert_eq!(server.public().refused("InitiateAuth", input).await, locked());
        assert_eq!(server.take_sources(), ["PreAuthentication_Authentication"]);
    }

    async fn many_passwords_at_once_are_worth_no_more(server) {
        let (pool, client) = pool(server).await;
        for place in [0, 2, 6, 50, 99] {
            let sub = server.user(&pool, "alice", json!({})).await;
            let burst = Guess::password(&client).burst(server, place).await;
            burst.is_worth_no_more_than_a_sequence();
            // Nothing was looked at but what was told; the tokens are signed in one more job.
            assert_eq!(burst.jobs, burst.wrong + 2 * burst.right, "{burst:?}");
            server.admin().ok("AdminDeleteUser", json!({ "UserPoolId": pool, "Username": sub })).await;
        }
    }

    async fn many_proofs_at_once_are_worth_no_more(server) {
        let (pool, client) = pool(server).await;
        for place in [1, 7, 80] {
            server.user(&pool, "alice", json!({})).await;
            let other = Guess::srp(server, &pool, &client).await;
            let guess = Guess::srp(server, &pool, &client).await.wrong_as_in(other);
            let burst = guess.burst(server, place).await;
            burst.is_worth_no_more_than_a_sequence();
            assert_eq!(burst.jobs, burst.wrong + 2 * burst.right, "{burst:?}");
            server.admin().ok("AdminDeleteUser", json!({ "UserPoolId": pool, "Username": "alice" })).await;
        }
    }

    async fn many_codes_at_once_are_worth_no_more(server) {
        let (pool, client) = pool(server).await;
        for place in [0, 4, 60] {
            server.user(&pool, "alice", reachable()).await;
            let emails = async || {
                let given = initiate(server, &client, "EMAIL_OTP").await;
                Guess::sent(server, &client, &given, "EMAIL_OTP_CODE")
            };
            let (other, guess) = (emails().await, emails().await);
            guess.wrong_as_in(other).burst(server, place).await.is_worth_no_more_than_a_sequence();
            let app = App::register(server, &client, "alice", None).await;
            prefer(server, &pool, "alice", "SoftwareTokenMfaSettings").await;
            let tokens = async || {
                let given = with_password(server, &client).await;
                Guess::code(&client, &given, "SOFTWARE_TOKEN_MFA_CODE", &app.code(server, 1))
            };
            let (other, guess) = (tokens().await, tokens().await);
            guess.wrong_as_in(other).burst(server, place).await.is_worth_no_more_than_a_sequence();
            // The same count, which is forgotten by then.
            server.clock().advance_seconds(2 * 60 * 60);
            prefer(server, &pool, "alice", "SMSMfaSettings").await;
            let messages = async || {
                let given = with_password(server, &client).await;
                Guess::sent(server, &client, &given, "SMS_MFA_CODE")
            };
            let (other, guess) = (messages().await, messages().await);
            guess.wrong_as_in(other).burst(server, place).await.is_worth_no_more_than_a_sequence();
            server.admin().ok("AdminDeleteUser", json!({ "UserPoolId": pool, "Username": "alice" })).await;
        }
    }

    async fn many_previous_passwords_and_first_codes_at_once_are_worth_no_more(server) {
        let (pool, client) = pool(server).await;
        server.user(&pool, "alice", json!({})).await;
        let token = server.sign_in(&client, "alice").await["AccessToken"].clone();
        let secret = server.public().ok("AssociateSoftwareToken", json!({ "AccessToken": token })).await;
        let code = App::new(&secret["SecretCode"]).code(server, 0);
        let guesses = (0..100).map(|_| {
            let input = json!({ "AccessToken": token, "UserCode": wrong_code(&code) });
            async move { server.public().call("VerifySoftwareToken", input).await }
        });
        let told = at_once(guesses).await.into_iter().filter_map(Result::err).map(|error| error.code);
        assert_eq!(told.filter(|code| code == "EnableSoftwareTokenMFAException").count(), 5);
        // ChangePassword's own limit is five an hour.
        let jobs = server.engine().crypto().begun();
        let guesses = (0..100).map(|_| {
            let input = json!({
                "AccessToken": token, "PreviousPassword": "wrong", "ProposedPassword": "An0ther!Password",
            });
            async move { server.public().call("ChangePassword", input).await }
        });
        at_once(guesses).await;
        assert!(server.engine().crypto().begun() - jobs <= 5);
        let input = password_auth(&client, "alice", TestServer::PASSWORD);
        assert_eq!(server.public().refused("InitiateAuth", input).await, locked());
    }

    // Codes that were sent to confirm a sign-up or an address: fifteen an hour, and nothing is done beyond.
    async fn many_codes_of_an_address_at_once_are_worth_no_more(server) {
        let (pool, _) = pool(server).await;
        let plain = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", reachable()).await;
        let token = server.sign_in(&plain, "alice").await["AccessToken"].clone();
        let request = json!({ "AccessToken": token, "AttributeName": "email" });
        server.public().ok("GetUserAttributeVerificationCode", request).await;
        let verified = server.code("alice");
        let verify = |code: &str| json!({ "AccessToken": token, "AttributeName": "email", "Code": code });
        let verifying = pool_that_confirms(server).await;
        let confirm = |code: &str| {
            json!({ "ClientId": verifying, "Username": "zoe", "ConfirmationCode": code })
        };
        let sign_up = json!({
            "ClientId": verifying, "Username": "zoe", "Password": TestServer::PASSWORD,
            "UserAttributes": [{ "Name": "email", "Value": "zoe@example.com" }],
        });
        server.public().ok("SignUp", sign_up).await;
        let confirmed = server.code("zoe");
        for (operation, right, wrong) in [
            ("VerifyUserAttribute", verify(&verified), verify(&wrong_code(&verified))),
            ("ConfirmSignUp", confirm(&confirmed), confirm(&wrong_code(&confirmed))),
        ] {
            let mut told = 0;
            for _ in 0..4 {
                let guesses = (0..40).map(|_| async { server.public().call(operation, wrong.clone()).await });
                let refusals = at_once(guesses).await.into_iter().map(|outcome| outcome.unwrap_err().code);
                told += refusals.filter(|code| code == "CodeMismatchException").count();
            }
            assert_eq!(told, 15, "{operation}");
            let before = done_so_far(server);
            assert_eq!(server.public().refused(operation, right).await.0, "LimitExceededException");
            assert_eq!(done_so_far(server), before);
        }
    }

    // Who only knows a name must not lock out what comes after the password.
    async fn first_and_second_factors_are_counted_apart(server) {
        let (pool, client) = pool(server).await;
        server.user(&pool, "alice", reachable()).await;
        let app = App::register(server, &client, "alice", None).await;
        let given = initiate(server, &client, "EMAIL_OTP").await;
        let first = Guess::sent(server, &client, &given, "EMAIL_OTP_CODE");
        for _ in 0..5 {
            first.refused(server).await;
        }
        assert_eq!(first.refused(server).await, locked());
        prefer(server, &pool, "alice", "SoftwareTokenMfaSettings").await;
        let given = with_password(server, &client).await;
        let second = Guess::code(&client, &given, "SOFTWARE_TOKEN_MFA_CODE", &app.code(server, 1));
        assert_eq!(second.refused(server).await.0, "CodeMismatchException");
        server.public().ok(second.operation, second.right.clone()).await;
    }

    // The first code of a token of one's own must not end the count of somebody's second factor.
    async fn a_new_token_ends_no_count_of_another_factor(server) {
        let (pool, client) = pool(server).await;
        server.user(&pool, "alice", reachable()).await;
        let token = server.sign_in(&client, "alice").await["AccessToken"].clone();
        prefer(server, &pool, "alice", "SMSMfaSettings").await;
        let given = with_password(server, &client).await;
        let guess = Guess::sent(server, &client, &given, "SMS_MFA_CODE");
        for _ in 0..4 {
            guess.refused(server).await;
        }
        let secret = server.public().ok("AssociateSoftwareToken", json!({ "AccessToken": token })).await;
        let code = App::new(&secret["SecretCode"]).code(server, 0);
        let verify = json!({ "AccessToken": token, "UserCode": code });
        server.public().ok("VerifySoftwareToken", verify).await;
        guess.refused(server).await;
        assert_eq!(guess.refused(server).await, locked());
    }
}

/// The counter in the database has the last word: two nodes together tell no more than one.
#[tokio::test]
async fn over_two_nodes_no_more_is_told() {
    let Some(database) = Database::postgres().await else { return };
    let server = TestServer::start(database.clone()).await;
    let (pool, client) = pool(&server).await;
    server.user(&pool, "alice", json!({})).await;
    let other = TestServer::start(database).await;
    // The function that the pool names answers on both.
    let _ = other.function("any", |_| ());
    let guess = Guess::password(&client);
    let guesses = (0..100).map(|n| {
        let (node, input) = (if n % 2 == 0 { &server } else { &other }, guess.wrong.clone());
        async move { node.public().call("InitiateAuth", input).await }
    });
    let mut burst = Burst::default();
    for outcome in at_once(guesses).await {
        burst.count(outcome);
    }
    burst.is_worth_no_more_than_a_sequence();
    drop(other);
    server.finish().await;
}
