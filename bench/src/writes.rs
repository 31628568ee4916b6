//! Writes that are durable when they are answered, against a bare JSON echo. Writers share their waits for the disk, so there is
//! company for each.

use std::path::Path;

use axum::body::Body;
use axum::extract::Request;
use poolhouse_core::fill::{group_name, user_name};
use poolhouse_crypto::srp::{Identity, Verifier};
use poolhouse_ports::Clock;
use poolhouse_testkit::TestServer;
use serde_json::{Value, json};

use crate::cost;
use crate::populated::{self, Filling, Populated};
use crate::requests;
use crate::server::Server;
use crate::table::Table;

/// What a write may cost against the echo, beside its cryptography.
const BOUND: f64 = 5.0;

const ROUNDS: u32 = 9;
/// Requests in each half of a round.
const REQUESTS: u32 = 500;

/// What one round measured, in seconds.
struct Round {
    membership: f64,
    user: f64,
    verifier: f64,
    echo: f64,
}

pub(crate) async fn measure(binary: &Path, table: &mut Table) {
    let filling = Filling { users: 1000, groups: 10, groups_of_user: 0, everybody: false, database: None };
    let (on, echo) = (populated::start(binary, filling), Server::echo());
    let mut rounds = Vec::new();
    // The first round warms caches and does not count.
    for round in 0..=ROUNDS {
        let measured = measure_round(&on, &echo).await;
        if round > 0 {
            rounds.push(measured);
        }
    }
    let median = |figure: fn(&Round) -> f64| cost::median(rounds.iter().map(figure).collect());
    let echo = cost::micros(median(|r| r.echo));
    let detail = format!("{}, echo {echo}", cost::micros(median(|r| r.membership)));
    table.put(
        "Adding or removing a member, against an echo",
        detail,
        median(|r| r.membership / r.echo),
        BOUND,
        "x",
    );
    let (user, verifier) = (cost::micros(median(|r| r.user)), cost::micros(median(|r| r.verifier)));
    let detail = format!("{user}, of which the verifier {verifier}, echo {echo}");
    let beside = median(|r| (r.user - r.verifier) / r.echo);
    table.put("AdminCreateUser beside its verifier, against an echo", detail, beside, BOUND, "x");
}

/// What it makes it removes again, so that the pool does not grow.
async fn measure_round(on: &Populated, echo: &Server) -> Round {
    let member =
        |number| json!({ "UserPoolId": on.pool, "Username": user_name(number), "GroupName": group_name(0) });
    let add = of(on, "AdminAddUserToGroup", member).await;
    let remove = of(on, "AdminRemoveUserFromGroup", member).await;
    let name = |number| json!({ "UserPoolId": on.pool, "Username": format!("new-{number}") });
    let with_password = |number| {
        let mut input = name(number);
        input["TemporaryPassword"] = json!(TestServer::PASSWORD);
        input["MessageAction"] = json!("SUPPRESS");
        input
    };
    let user = of(on, "AdminCreateUser", with_password).await;
    of(on, "AdminDeleteUser", name).await;
    let identity = Identity::user("pool", "user");
    let verifier = cost::of(100, || {
        drop(std::hint::black_box(Verifier::new(&identity, TestServer::PASSWORD, [3; 16])));
    });
    let bodies = (0..REQUESTS).map(|number| Body::from(member(number).to_string()));
    let echo = echo.cost_of(bodies.map(to_echo).collect()).await.0;
    Round { membership: f64::midpoint(add, remove), user, verifier, echo }
}

/// The CPU time of one request, of many under way at once.
async fn of(on: &Populated, operation: &str, input: impl Fn(u32) -> Value) -> f64 {
    let now = Clock::system().now();
    let requests = (0..REQUESTS).map(|number| requests::signed(operation, &input(number), now));
    on.server.cost_of(requests.collect()).await.0
}

fn to_echo(body: Body) -> Request<Body> {
    Request::builder().method("POST").header("content-type", "application/json").body(body).unwrap()
}
