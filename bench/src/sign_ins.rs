//! Sign-ins: against the sum of the cryptography that they cannot do without.
//!
//! Several are under way at once, as on any server whose costs matter, so that they share waits for the disk.

use std::hint::black_box;

use axum::body::Bytes;
use poolhouse_crypto::jwt::SigningKey;
use poolhouse_crypto::srp::{ClientPublic, ClientStart, Identity, ServerStart, Verifier, pool_name};
use poolhouse_testkit::{SrpClient, TestServer};
use serde_json::{Value, json};

use crate::cost;
use crate::house::House;
use crate::requests;
use crate::table::Table;

/// What a sign-in may cost against its cryptography.
const BOUND: f64 = 1.25;
const ROUNDS: usize = 15;
/// Sign-ins of each kind in a round, each of another user: guesses at one user's password are looked at one after the other
/// (`core/src/guess.rs`).
const SIGN_INS: usize = 80;
/// Runs of each primitive in a round: so many that the clock of a process, which lags behind its threads, tells their time.
const PRIMITIVES: u32 = 200;
const BLOCK: &[u8] = &[7; 300];
const STAMP: &str = "Tue Jan 1 00:00:00 UTC 2030";

/// What one round measured, in seconds.
struct Round {
    srp: f64,
    password: f64,
    refresh: f64,
    start: f64,
    proof: f64,
    comparison: f64,
    signature: f64,
}

/// A cost that a round measured, in seconds.
type Cost = fn(&Round) -> f64;

/// What the primitives are made of.
const PARTS: [(&str, Cost); 4] = [
    ("B of an SRP sign-in", |r| r.start),
    ("S and the check of its proof", |r| r.proof),
    ("a verifier, to compare a password", |r| r.comparison),
    ("an RSA-2048 signature", |r| r.signature),
];

impl Round {
    fn tokens(&self) -> f64 {
        2.0 * self.signature
    }
}

pub(crate) async fn measure(table: &mut Table) {
    let house = House::build("sign-ins").await;
    let client = house.server.client(&house.pool, json!({})).await;
    house.server.group(&house.pool, "staff", json!({})).await;
    for number in 0..SIGN_INS {
        house
            .server
            .user(&house.pool, &user(number), json!({ "email": format!("{number}@example.com") }))
            .await;
        house.server.member(&house.pool, &user(number), "staff").await;
    }

    let primitives = Primitives::new(&house.pool);
    let mut rounds = Vec::new();
    // The first round warms caches and does not count.
    for round in 0..=ROUNDS {
        let measured = measure_round(&house, &client, &primitives).await;
        if round > 0 {
            rounds.push(measured);
        }
    }
    let mut put = |name: &str, whole: Cost, sum: Cost| {
        let median = |figure: &dyn Fn(&Round) -> f64| cost::median(rounds.iter().map(figure).collect());
        let detail = format!("{}, primitives {}", cost::micros(median(&whole)), cost::micros(median(&sum)));
        table.put(name, detail, median(&|r| whole(r) / sum(r)), BOUND, "x");
    };
    put("SRP sign-in, both calls, against its primitives", |r| r.srp, |r| r.start + r.proof + r.tokens());
    put("password sign-in, against its primitives", |r| r.password, |r| r.comparison + r.tokens());
    put("refresh, against its primitives", |r| r.refresh, Round::tokens);
    for (name, figure) in PARTS {
        eprintln!("{name}: {}", cost::micros(cost::median(rounds.iter().map(figure).collect())));
    }
}

async fn measure_round(house: &House, client: &str, primitives: &Primitives) -> Round {
    let start = cost::of(PRIMITIVES, || primitives.start());
    let proof = cost::of(PRIMITIVES, || primitives.proof());
    let signature = cost::of_signature(&primitives.key, &primitives.claims);
    let srp = srp(house, client).await;
    let parameters = |number| json!({ "USERNAME": user(number), "PASSWORD": TestServer::PASSWORD });
    let (password, answers) = initiate(house, client, "USER_PASSWORD_AUTH", parameters).await;
    let comparison = cost::of(PRIMITIVES, || primitives.comparison());
    let token = |number: usize| json(&answers[number])["AuthenticationResult"]["RefreshToken"].clone();
    let parameters = |number| json!({ "REFRESH_TOKEN": token(number) });
    let (refresh, _) = initiate(house, client, "REFRESH_TOKEN_AUTH", parameters).await;
    // Signatures count most, so they are measured before and after.
    let signature = f64::midpoint(signature, cost::of_signature(&primitives.key, &primitives.claims));
    Round { srp, password, refresh, start, proof, comparison, signature }
}

/// Both calls of a sign-in; what the client computes between them is not measured.
async fn srp(house: &House, client: &str) -> f64 {
    let ours = SrpClient::new(&house.pool);
    let parameters = |number| json!({ "USERNAME": user(number), "SRP_A": ours.srp_a() });
    let (first, challenges) = initiate(house, client, "USER_SRP_AUTH", parameters).await;
    let answer = |challenge: &Bytes| {
        let parameters = &json(challenge)["ChallengeParameters"];
        let responses = ours.answer(parameters, TestServer::PASSWORD, house.server.now());
        let input = json!({
            "ClientId": client, "ChallengeName": "PASSWORD_VERIFIER", "ChallengeResponses": responses,
        });
        requests::public("RespondToAuthChallenge", &input)
    };
    let answers = challenges.iter().map(answer).collect();
    let (second, _) = cost::of_answers_at_once(&house.router, answers).await;
    first + second
}

async fn initiate(
    house: &House,
    client: &str,
    flow: &str,
    parameters: impl Fn(usize) -> Value,
) -> (f64, Vec<Bytes>) {
    let input =
        |number| json!({ "ClientId": client, "AuthFlow": flow, "AuthParameters": parameters(number) });
    let requests = (0..SIGN_INS).map(|number| requests::public("InitiateAuth", &input(number))).collect();
    cost::of_answers_at_once(&house.router, requests).await
}

/// The name of a user.
fn user(number: usize) -> String {
    format!("user-{number:02}")
}

fn json(body: &Bytes) -> Value {
    serde_json::from_slice(body).unwrap()
}

/// The cryptography of sign-ins, ready to be run by itself.
struct Primitives {
    identity: Identity,
    verifier: Verifier,
    client: ClientPublic,
    exchange: ServerStart,
    signature: [u8; 32],
    key: SigningKey,
    claims: Vec<u8>,
}

impl Primitives {
    fn new(pool: &str) -> Self {
        let identity = Identity::user(pool_name(pool), &user(0));
        let verifier = Verifier::new(&identity, TestServer::PASSWORD, [3; 16]);
        let ours = ClientStart::new(&[0x5a; 32]).unwrap();
        let client = ClientPublic::parse(&ours.srp_a()).unwrap();
        let (exchange, srp_b) = ServerStart::new(&verifier, &client, [0xa5; 32]).unwrap();
        let salt = verifier.salt_hex();
        let session = ours.session_key(&identity, TestServer::PASSWORD, &salt, &srp_b).unwrap();
        let signature = session.claim_signature(&identity, BLOCK, STAMP);
        let key = SigningKey::generate().unwrap();
        // As long as the claims of an ID token.
        let claims = json!({ "sub": "x".repeat(600) }).to_string().into_bytes();
        Self { identity, verifier, client, exchange, signature, key, claims }
    }

    fn start(&self) {
        black_box(ServerStart::new(&self.verifier, &self.client, black_box([0xa5; 32])).unwrap());
    }

    fn proof(&self) {
        let Self { identity, verifier, exchange, signature, .. } = self;
        assert!(exchange.verify_claim(verifier, identity, BLOCK, STAMP, black_box(signature)));
    }

    fn comparison(&self) {
        assert!(self.verifier.password_matches(&self.identity, black_box(TestServer::PASSWORD)));
    }
}
