//! Forward-auth: against the check of a token with which GetUser and its like begin.

use axum::body::Body;
use axum::http::Request;
use poolhouse_core::{Cx, testing};
use poolhouse_kernel::request::{Door, Origin};
use serde_json::{Value, json};

use crate::cost;
use crate::house::House;
use crate::table::Table;

/// What an answer may cost against the check of its token, HTTP and all.
const BOUND: f64 = 2.5;
const ROUNDS: usize = 15;
/// Requests, and checks, in each round.
const REQUESTS: u32 = 500;
const USER: &str = "ann";

pub(crate) async fn measure(table: &mut Table) {
    let house = House::build("forward-auth").await;
    let client = house.server.client(&house.pool, json!({})).await;
    house.server.user(&house.pool, USER, json!({})).await;
    house.server.group(&house.pool, "staff", json!({})).await;
    house.server.member(&house.pool, USER, "staff").await;
    let tokens: Value = house.server.sign_in(&client, USER).await;
    let token = tokens["AccessToken"].as_str().unwrap();

    let mut rounds = Vec::new();
    // The first round warms caches and does not count.
    for round in 0..=ROUNDS {
        let (answer, _) = cost::of_answers(&house.router, requests(&house.pool, token)).await;
        let check = check(&house, token).await;
        if round > 0 {
            rounds.push((answer, check));
        }
    }
    let median = |figure: fn(&(f64, f64)) -> f64| cost::median(rounds.iter().map(figure).collect());
    let detail = format!("{}, check {}", cost::micros(median(|r| r.0)), cost::micros(median(|r| r.1)));
    table.put(
        "forward-auth, against GetUser's check of the token",
        detail,
        median(|r| r.0 / r.1),
        BOUND,
        "x",
    );
}

fn requests(pool: &str, token: &str) -> Vec<Request<Body>> {
    let uri = format!("/_poolhouse/forward-auth?pool={pool}&groups=staff");
    let request = || Request::get(&uri).header("authorization", format!("Bearer {token}"));
    (0..REQUESTS).map(|_| request().body(Body::empty()).unwrap()).collect()
}

/// The CPU time of one check, in seconds.
async fn check(house: &House, token: &str) -> f64 {
    let engine = house.server.engine();
    let before = cost::spent();
    for _ in 0..REQUESTS {
        let cx = Cx::new(engine, engine.entropy().uuid(), Door::Public, None, Origin::default());
        testing::authorize(&cx, token).await.unwrap();
    }
    (cost::spent() - before) / f64::from(REQUESTS)
}
