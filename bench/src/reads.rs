//! Reads: against a bare JSON echo, and from a thousand users to a hundred thousand. All are asked over
//! connections, and what counts is the CPU time of the processes that answer.

use std::path::Path;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use poolhouse_crypto::jwt::SigningKey;
use poolhouse_ports::Clock;
use serde_json::{Value, json};

use crate::cost;
use crate::populated::{self, Populated, email, group_name, user_name};
use crate::requests;
use crate::server::Server;
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

/// The servers that are asked in turns.
struct Servers {
    few: Populated,
    many: Populated,
    echo: Server,
}

/// What one round measured, in seconds.
struct Round {
    few: f64,
    many: f64,
    echo: f64,
    signature: f64,
}

pub(crate) async fn measure(binary: &Path, table: &mut Table) {
    let (few, many) = (populated::start(binary, FEW).await, populated::start(binary, MANY).await);
    let servers = Servers { few, many, echo: Server::echo() };
    let key = SigningKey::generate().unwrap();
    for read in READS {
        let mut rounds = Vec::new();
        // The first round warms caches and does not count.
        for round in 0..=ROUNDS {
            let measured = measure_round(read, &servers, &key, u32::try_from(round).unwrap()).await;
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

async fn measure_round(read: &Read, servers: &Servers, key: &SigningKey, round: u32) -> Round {
    let Servers { few, many, echo } = servers;
    let now = Clock::system().now();
    let requests = |on: &Populated| -> Vec<Request<Body>> {
        // Other users in each round, all over the pool.
        let number = |n: u32| (round * REQUESTS + n).wrapping_mul(7919) % on.users;
        (0..REQUESTS)
            .map(|n| requests::signed(read.operation, &(read.input)(&on.pool, number(n)), now))
            .collect()
    };
    let (of_few, _) = few.server.cost_of(requests(few)).await;
    let (of_many, answers) = many.server.cost_of(requests(many)).await;
    let (echo, _) = echo.cost_of(answers.into_iter().map(echo_request).collect()).await;
    Round { few: of_few, many: of_many, echo, signature: cost::of_signature(key, b"{}") }
}

/// A request whose answer is as long as `answer`.
fn echo_request(answer: Bytes) -> Request<Body> {
    let request = Request::builder().method("POST").header("content-type", "application/json");
    request.body(Body::from(answer)).unwrap()
}
