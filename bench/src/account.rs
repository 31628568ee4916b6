//! Policies: a signed read of a user who has many, against the same of the root, whom nobody asks; and a session of a role,
//! against a request that only says who asks.

use axum::body::Body;
use axum::http::Request;
use poolhouse_ports::Timestamp;
use poolhouse_testkit::{TestServer, element, sign::Keys};
use poolhouse_wire::iam;
use serde_json::json;

use crate::cost;
use crate::house::House;
use crate::requests;
use crate::table::Table;

/// What a read may cost with policies, against one without.
const READ_BOUND: f64 = 1.35;
/// What a session may cost against the question who asks.
const ASSUME_BOUND: f64 = 3.5;
const ROUNDS: usize = 15;
/// Requests of each kind in a round.
const REQUESTS: u32 = 300;
const USER: &str = "ann";
const ROLE: &str = "arn:aws:iam::000000000000:role/bench";

/// What one round measured, in seconds.
struct Round {
    of_root: f64,
    of_user: f64,
    caller: f64,
    assumed: f64,
}

pub(crate) async fn measure(table: &mut Table) {
    let house = House::build("account").await;
    house.server.user(&house.pool, USER, json!({})).await;
    let (ann, beth) = (user_with_policies(&house).await, user_with_a_role(&house).await);
    let user = Keys { access_key_id: &ann.0, secret_access_key: &ann.1 };
    let of_role = Keys { access_key_id: &beth.0, secret_access_key: &beth.1 };
    let mut rounds = Vec::new();
    // The first round warms caches and does not count.
    for round in 0..=ROUNDS {
        let now = house.server.clock().outside();
        let read = |keys| {
            requests::signed_by(
                keys,
                "AdminGetUser",
                &json!({ "UserPoolId": house.pool, "Username": USER }),
                now,
            )
        };
        let measured = Round {
            of_root: cost(&house, || read(TestServer::ROOT)).await,
            of_user: cost(&house, || read(user)).await,
            caller: cost(&house, || sts(of_role, "Action=GetCallerIdentity", now)).await,
            assumed: cost(&house, || {
                sts(of_role, &format!("Action=AssumeRole&RoleSessionName=bench&RoleArn={ROLE}"), now)
            })
            .await,
        };
        if round > 0 {
            rounds.push(measured);
        }
    }
    let median = |figure: fn(&Round) -> f64| cost::median(rounds.iter().map(figure).collect());
    let (with, without) = (cost::micros(median(|r| r.of_user)), cost::micros(median(|r| r.of_root)));
    let name = "AdminGetUser by ten policies of ten statements, against the root's";
    table.put(name, format!("{with}, root {without}"), median(|r| r.of_user / r.of_root), READ_BOUND, "x");
    let (assumed, caller) = (cost::micros(median(|r| r.assumed)), cost::micros(median(|r| r.caller)));
    let name = "AssumeRole, against GetCallerIdentity";
    table.put(name, format!("{assumed}, {caller}"), median(|r| r.assumed / r.caller), ASSUME_BOUND, "x");
}

async fn cost(house: &House, request: impl Fn() -> Request<Body>) -> f64 {
    let requests = (0..REQUESTS).map(|_| request()).collect();
    cost::of_answers(&house.router, requests).await.0
}

fn sts(keys: Keys<'_>, form: &str, now: Timestamp) -> Request<Body> {
    requests::form(keys, "sts", &format!("{form}&Version=2011-06-15"), now)
}

/// A user with an access key, whose policies say much about other pools before the last statement of the last one allows what
/// is asked for.
async fn user_with_policies(house: &House) -> (String, String) {
    let root = house.server.admin().of(&iam::SERVICE);
    root.query("CreateUser", &[("UserName", USER)]).await.unwrap();
    for policy in 0..10 {
        let statement = |number: i32| match (policy, number) {
            (9, 9) => json!({ "Effect": "Allow", "Action": "cognito-idp:AdminGet*", "Resource": "*" }),
            _ => json!({
                "Effect": "Allow", "Action": ["cognito-idp:AdminGetUser", "cognito-idp:AdminList*"],
                "Resource": format!("arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_p{policy}s{number}"),
                "Condition": { "StringEquals": { "aws:PrincipalTag/team": "blue" } },
            }),
        };
        let statements: Vec<_> = (0..10).map(statement).collect();
        let document = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
        let input = [("PolicyName", format!("p{policy}")), ("PolicyDocument", document)];
        let input: Vec<(&str, &str)> = input.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let arn = element(&root.query("CreatePolicy", &input).await.unwrap(), "Arn").unwrap();
        root.query("AttachUserPolicy", &[("UserName", USER), ("PolicyArn", &arn)]).await.unwrap();
    }
    key(house, USER).await
}

/// A user with an access key, and a role that he may take.
async fn user_with_a_role(house: &House) -> (String, String) {
    let root = house.server.admin().of(&iam::SERVICE);
    let trust = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"000000000000"},"Action":"sts:AssumeRole"}}"#;
    root.query("CreateRole", &[("RoleName", "bench"), ("AssumeRolePolicyDocument", trust)]).await.unwrap();
    root.query("CreateUser", &[("UserName", "beth")]).await.unwrap();
    let policy =
        format!(r#"{{"Statement":{{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"{ROLE}"}}}}"#);
    let put = [("UserName", "beth"), ("PolicyName", "p"), ("PolicyDocument", policy.as_str())];
    root.query("PutUserPolicy", &put).await.unwrap();
    key(house, "beth").await
}

/// A new access key: its id and its secret.
async fn key(house: &House, user: &str) -> (String, String) {
    let root = house.server.admin().of(&iam::SERVICE);
    let made = root.query("CreateAccessKey", &[("UserName", user)]).await.unwrap();
    (element(&made, "AccessKeyId").unwrap(), element(&made, "SecretAccessKey").unwrap())
}
