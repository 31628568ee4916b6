//! Whatever is tried in whatever order: tokens come only after every factor that is required, and never through
//! a session that is spent, expired, another client's or another user's, nor through a flow that is not allowed.

use std::collections::HashMap;

use poolhouse_testkit::{Database, TestServer};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::answer;
use super::factors::{demand, pool_of_all_factors, prefer, wrong_code};

const USERS: [&str; 2] = ["alice", "bob"];

const CHALLENGES: [&str; 8] = [
    "SELECT_CHALLENGE",
    "PASSWORD",
    "EMAIL_OTP",
    "SMS_OTP",
    "SMS_MFA",
    "SELECT_MFA_TYPE",
    "SOFTWARE_TOKEN_MFA",
    "MFA_SETUP",
];

/// Something that is tried.
#[derive(Clone, Debug)]
enum Move {
    /// A flow, by a user, through a client, with a preferred challenge and the right password or another.
    Start {
        flow: usize,
        user: usize,
        client: usize,
        preferred: Option<usize>,
        right: bool,
    },
    /// An answer to a challenge with one of the sessions so far.
    Answer {
        session: usize,
        challenge: Option<usize>,
        user: Option<usize>,
        client: Option<usize>,
        right: bool,
    },
    Wait(u32),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let start = (0..3_usize, 0..2_usize, 0..3_usize, prop::option::of(0..8_usize), prop::bool::weighted(0.8));
    let start = start.prop_map(|(flow, user, client, preferred, right)| Move::Start {
        flow,
        user,
        client,
        preferred,
        right,
    });
    let rarely = |n: usize| prop::option::weighted(0.2, 0..n);
    let answer = (0..4_usize, rarely(8), rarely(2), rarely(3), prop::bool::weighted(0.8));
    let answer = answer.prop_map(|(session, challenge, user, client, right)| Move::Answer {
        session,
        challenge,
        user,
        client,
        right,
    });
    let wait = (1..120_u32).prop_map(Move::Wait);
    prop::collection::vec(prop_oneof![3 => start, 6 => answer, 1 => wait], 8..24)
}

/// What is known of a session that was given out.
#[derive(Clone, Debug)]
struct Given {
    session: Value,
    challenge: String,
    user: usize,
    client: usize,
    until: i64,
    code: String,
    password: bool,
    first_code: bool,
    spent: bool,
}

/// A world with three clients: passwords, choice, and one of the pool that allows neither.
struct World {
    server: TestServer,
    clients: Vec<String>,
    /// Whether each user has to bring a second factor after a password.
    needs_second: [bool; 2],
    given: Vec<Given>,
}

impl World {
    async fn new(mode: &str, alice_turns_on: Option<&str>) -> Self {
        let server = TestServer::start(Database::Sqlite).await;
        let pool = pool_of_all_factors(&server, if mode == "OFF" { "OPTIONAL" } else { mode }).await;
        let first =
            if mode == "ON" { json!(["PASSWORD"]) } else { json!(["PASSWORD", "EMAIL_OTP", "SMS_OTP"]) };
        let told =
            server.admin().ok("DescribeUserPool", json!({ "UserPoolId": pool })).await["UserPool"].clone();
        let update = json!({
            "UserPoolId": pool,
            "SmsConfiguration": told["SmsConfiguration"],
            "EmailConfiguration": told["EmailConfiguration"],
            "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": first } },
        });
        server.admin().ok("UpdateUserPool", update).await;
        let factors = json!({ "SmsMfaConfiguration": {}, "EmailMfaConfiguration": {} });
        demand(&server, &pool, mode, if mode == "OFF" { json!({}) } else { factors }).await;
        for (name, number) in USERS.into_iter().zip(["+12065550100", "+12065550101"]) {
            let attributes = json!({
                "phone_number": number, "phone_number_verified": "true",
                "email": format!("{name}@example.com"), "email_verified": "true",
            });
            server.user(&pool, name, attributes).await;
        }
        if let Some(factor) = alice_turns_on.filter(|_| mode != "OFF") {
            prefer(&server, &pool, "alice", factor).await;
        }
        let mut clients = Vec::new();
        for flows in
            [json!(["ALLOW_USER_PASSWORD_AUTH"]), json!(["ALLOW_USER_AUTH"]), json!(["ALLOW_CUSTOM_AUTH"])]
        {
            clients.push(server.client(&pool, json!({ "ExplicitAuthFlows": flows })).await);
        }
        let turned_on = mode == "OPTIONAL" && alice_turns_on.is_some();
        let needs_second = [mode == "ON" || turned_on, mode == "ON"];
        Self { server, clients, needs_second, given: Vec::new() }
    }

    fn now(&self) -> i64 {
        self.server.now().seconds()
    }

    async fn play(&mut self, step: &Move) {
        match step {
            Move::Wait(seconds) => self.server.clock().advance_seconds(*seconds),
            Move::Start { flow, user, client, preferred, right } => {
                let flow = ["USER_PASSWORD_AUTH", "USER_AUTH", "ADMIN_USER_PASSWORD_AUTH"][*flow];
                let mut parameters = json!({ "USERNAME": USERS[*user] });
                let gives_password = flow != "USER_AUTH" || preferred.is_some_and(|p| p % 2 == 0);
                if gives_password {
                    parameters["PASSWORD"] = json!(if *right { TestServer::PASSWORD } else { "wrong" });
                }
                if let Some(preferred) = preferred {
                    parameters["PREFERRED_CHALLENGE"] = json!(CHALLENGES[*preferred]);
                }
                let input = json!({ "ClientId": self.clients[*client], "AuthFlow": flow, "AuthParameters": parameters });
                let Ok(output) = self.server.public().call("InitiateAuth", input).await else { return };
                let allowed = [("USER_PASSWORD_AUTH", 0), ("USER_AUTH", 1)];
                assert!(allowed.contains(&(flow, *client)), "{step:?} through a flow that is not allowed");
                let chosen = preferred.is_some_and(|p| CHALLENGES[p] == "PASSWORD");
                let password = gives_password && *right && (flow != "USER_AUTH" || chosen);
                self.take(&output, *user, *client, [password, false, false]);
            }
            Move::Answer { session, challenge, user, client, right } => {
                let Some(index) = self.given.len().checked_sub(1 + session) else { return };
                let before = self.given[index].clone();
                let name = challenge.map_or(&*before.challenge, |c| CHALLENGES[c]).to_owned();
                let (user, client) = (user.unwrap_or(before.user), client.unwrap_or(before.client));
                let code = if *right { before.code.clone() } else { wrong_code(&before.code) };
                let password = if *right { TestServer::PASSWORD } else { "wrong" };
                let chosen = if name == "SELECT_CHALLENGE" { "PASSWORD" } else { "SMS_MFA" };
                let mut responses: HashMap<&str, &str> =
                    HashMap::from([("USERNAME", USERS[user]), ("ANSWER", chosen), ("PASSWORD", password)]);
                for key in ["EMAIL_OTP_CODE", "SMS_OTP_CODE", "SMS_MFA_CODE", "SOFTWARE_TOKEN_MFA_CODE"] {
                    responses.insert(key, &code);
                }
                let input = answer(&self.clients[client], &name, &before.session, json!(responses));
                let Ok(output) = self.server.public().call("RespondToAuthChallenge", input).await else {
                    return;
                };
                assert!(!before.spent, "{step:?} took a session twice");
                assert!(self.now() < before.until, "{step:?} took a session that is too old");
                assert_eq!((user, client), (before.user, before.client), "{step:?} took another's session");
                let direct = before.challenge == "SELECT_CHALLENGE" && name == "PASSWORD";
                assert!(name == before.challenge || direct, "{step:?} answered another challenge");
                assert!(*right || name == "SELECT_MFA_TYPE", "{step:?} was a wrong answer");
                self.given[index].spent = true;
                let password = before.password || ["PASSWORD", "SELECT_CHALLENGE"].contains(&&*name);
                let is_code = ["EMAIL_OTP", "SMS_OTP", "SMS_MFA"].contains(&&*name);
                let first_code = before.first_code || (is_code && !before.password);
                self.take(&output, user, client, [password, first_code, is_code && before.password]);
            }
        }
    }

    /// Tokens must be due; a challenge gives a session.
    fn take(
        &mut self,
        output: &Value,
        user: usize,
        client: usize,
        [password, first_code, second]: [bool; 3],
    ) {
        if output["AuthenticationResult"].is_object() {
            let required = password && (second || !self.needs_second[user]);
            let by_code = first_code && !self.needs_second[user];
            assert!(required || by_code, "{} got in with less than is required", USERS[user]);
            return;
        }
        let code =
            self.server.messages(USERS[user]).first().map_or_else(|| "000000".to_owned(), |m| m.code.clone());
        self.given.push(Given {
            session: output["Session"].clone(),
            challenge: output["ChallengeName"].as_str().unwrap().to_owned(),
            user,
            client,
            until: self.now() + 180,
            code,
            password,
            first_code,
            spent: false,
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn tokens_come_only_after_every_factor(
        mode in prop::sample::select(vec!["OFF", "OPTIONAL", "ON"]),
        factor in prop::option::of(prop::sample::select(vec!["SMSMfaSettings", "EmailMfaSettings"])),
        moves in moves(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut world = World::new(mode, factor).await;
            for step in &moves {
                world.play(step).await;
            }
            world.server.finish().await;
        });
    }
}
