//! Reads: against a bare JSON echo, and from a thousand users to a hundred thousand.

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::routing::post;
use axum::{Json, Router};
use poolhouse_crypto::jwt::SigningKey;
use serde_json::{Value, json};

use crate::cost;
use crate::house::{House, email, group_name, user_name};
use crate::table::Table;

const FEW: u32 = 1000;
const MANY: u32 = 100_000;
/// What a read may cost against the echo.
const ECHO_BOUND: f64 = 4.0;
/// How much more a read may cost among many users.
const GROWTH_BOUND: f64 = 1.25;

const ROUNDS: usize = 15;
/// Requests in each round.
const REQUESTS: u32 = 1000;

/// A read: its operation, the input for a user's number, and whether it is held against the echo.
struct Read {
    operation: &'static str,
    input: fn(&str, u32) -> Value,
    against_echo: bool,
}

const READS: &[Read] = &[
    Read {
        operation: "AdminGetUser",
        input: |pool, number| json!({ "UserPoolId": pool, "Username": user_name(number) }),
        against_echo: true,
    },
    Read {
        operation: "AdminListGroupsForUser",
        input: |pool, number| json!({ "UserPoolId": pool, "Username": user_name(number) }),
        against_echo: true,
    },
    Read {
        operation: "ListUsersInGroup",
        input: |pool, number| json!({ "UserPoolId": pool, "GroupName": group_name(number / 100), "Limit": 10 }),
        against_echo: false,
    },
    Read {
        operation: "ListUsers",
        input: |pool, number| json!({ "UserPoolId": pool, "Filter": format!("email = \"{}\"", email(number)) }),
        against_echo: false,
    },
];

/// What one round measured, in seconds.
struct Round {
    few: f64,
    many: f64,
    echo: f64,
    signature: f64,
}

pub(crate) async fn measure(table: &mut Table) {
    let (few, many) = (House::build("few").await, House::build("many").await);
    few.load(FEW).await;
    many.load(MANY).await;
    let key = SigningKey::generate().unwrap();
    for read in READS {
        let mut rounds = Vec::new();
        // The first round warms caches and does not count.
        for round in 0..=ROUNDS {
            let measured = measure_round(read, &few, &many, &key, u32::try_from(round).unwrap()).await;
            if round > 0 {
                rounds.push(measured);
            }
        }
        let median = |figure: fn(&Round) -> f64| cost::median(rounds.iter().map(figure).collect());
        let (with_few, with_many) = (cost::micros(median(|r| r.few)), cost::micros(median(|r| r.many)));
        if read.against_echo {
            let name = format!("{}, {MANY} users, against an echo", read.operation);
            let echo = cost::micros(median(|r| r.echo));
            let signatures = median(|r| r.many / r.signature);
            let detail = format!("{with_many}, echo {echo}; {signatures:.3} RSA signatures");
            table.put(&name, detail, median(|r| r.many / r.echo), ECHO_BOUND, "x");
        }
        let name = format!("{}, from {FEW} to {MANY} users", read.operation);
        let detail = format!("{with_few}, {with_many}");
        table.put(&name, detail, median(|r| r.many / r.few), GROWTH_BOUND, "x");
    }
}

async fn measure_round(read: &Read, few: &House, many: &House, key: &SigningKey, round: u32) -> Round {
    let requests = |house: &House, users: u32| -> Vec<Request<Body>> {
        // Other users in each round, all over the pool.
        let number = |n: u32| (round * REQUESTS + n).wrapping_mul(7919) % users;
        (0..REQUESTS).map(|n| house.signed(read.operation, &(read.input)(&house.pool, number(n)))).collect()
    };
    let (of_few, _) = cost::of_answers(&few.router, requests(few, FEW)).await;
    let (of_many, answers) = cost::of_answers(&many.router, requests(many, MANY)).await;
    let (echo, _) = cost::of_answers(&echo(), answers.into_iter().map(echo_request).collect()).await;
    Round { few: of_few, many: of_many, echo, signature: cost::of_signature(key, b"{}") }
}

/// The least that a JSON service can do.
fn echo() -> Router {
    Router::new().route("/", post(async |Json(value): Json<Value>| Json(value)))
}

/// A request whose answer is as long as `answer`.
fn echo_request(answer: Bytes) -> Request<Body> {
    let request = Request::builder().method("POST").uri("/").header("content-type", "application/json");
    request.body(Body::from(answer)).unwrap()
}
