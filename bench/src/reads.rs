//! Reads: against a bare JSON echo, and from a thousand users to a hundred thousand. All are asked over
//! connections, and what counts is the CPU time of the processes that answer.

use std::path::Path;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use poolhouse_core::fill::{email, group_name, user_name};
use poolhouse_crypto::jwt::SigningKey;
use poolhouse_ports::Clock;
use serde_json::{Value, json};

use crate::cost;
use crate::populated::{self, Filling, Populated};
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

/// A read: its name in the table, its operation, the input for a user's number, and whether it is held against the echo.
pub(crate) struct Read {
    pub(crate) name: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) input: fn(&Populated, u32) -> Value,
    pub(crate) against_echo: bool,
}

pub(crate) const READS: &[Read] = &[
    Read {
        name: "AdminGetUser",
        operation: "AdminGetUser",
        input: |on, number| json!({ "UserPoolId": on.pool, "Username": user_name(number) }),
        against_echo: true,
    },
    Read {
        name: "AdminListGroupsForUser",
        operation: "AdminListGroupsForUser",
        input: |on, number| json!({ "UserPoolId": on.pool, "Username": user_name(number) }),
        against_echo: true,
    },
    Read {
        name: "ListUsersInGroup",
        operation: "ListUsersInGroup",
        input: |on, number| json!({ "UserPoolId": on.pool, "GroupName": group_name(number % on.groups), "Limit": 10 }),
        against_echo: false,
    },
    Read {
        name: "ListUsers",
        operation: "ListUsers",
        input: |on, number| json!({ "UserPoolId": on.pool, "Filter": format!("email = \"{}\"", email(number)) }),
        against_echo: false,
    },
];

/// The servers that are asked in turns.
pub(crate) struct Servers {
    pub(crate) few: Populated,
    pub(crate) many: Populated,
    pub(crate) echo: Server,
}

/// What one round measured, in seconds.
struct Round {
    few: f64,
    many: f64,
    echo: f64,
    signature: f64,
}

pub(crate) async fn measure(binary: &Path, table: &mut Table) {
    // A group for as many users, so that groups do not grow with the pool.
    let start = |users| {
        let filling =
            Filling { users, groups: users / 100, groups_of_user: 3, everybody: false, database: None };
        populated::start(binary, filling)
    };
    let servers = Servers { few: start(FEW), many: start(MANY), echo: Server::echo() };
    for read in READS {
        compare(read, &servers, "", table).await;
    }
}

/// Measures a read with few and with many users, `on` a database.
pub(crate) async fn compare(read: &Read, servers: &Servers, on: &str, table: &mut Table) {
    let key = SigningKey::generate().unwrap();
    let mut rounds = Vec::new();
    // The first round warms caches and does not count.
    for round in 0..=ROUNDS {
        let measured = measure_round(read, servers, &key, u32::try_from(round).unwrap()).await;
        if round > 0 {
            rounds.push(measured);
        }
    }
    let median = |figure: fn(&Round) -> f64| cost::median(rounds.iter().map(figure).collect());
    let (with_few, with_many) = (cost::micros(median(|r| r.few)), cost::micros(median(|r| r.many)));
    let (few, many) = (servers.few.users, servers.many.users);
    if read.against_echo {
        let name = format!("{}, {many} users{on}, against an echo", read.name);
        let echo = cost::micros(median(|r| r.echo));
        let signatures = median(|r| r.many / r.signature);
        let detail = format!("{with_many}, echo {echo}; {signatures:.3} RSA signatures");
        table.put(&name, detail, median(|r| r.many / r.echo), ECHO_BOUND, "x");
    }
    let name = format!("{}, from {few} to {many} users{on}", read.name);
    let detail = format!("{with_few}, {with_many}");
    table.put(&name, detail, median(|r| r.many / r.few), GROWTH_BOUND, "x");
}

async fn measure_round(read: &Read, servers: &Servers, key: &SigningKey, round: u32) -> Round {
    let Servers { few, many, echo } = servers;
    let now = Clock::system().now();
    let requests = |on: &Populated| -> Vec<Request<Body>> {
        // Other users in each round, all over the pool.
        let number = |n: u32| (round * REQUESTS + n).wrapping_mul(7919) % on.users;
        (0..REQUESTS).map(|n| requests::signed(read.operation, &(read.input)(on, number(n)), now)).collect()
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
