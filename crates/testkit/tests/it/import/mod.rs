//! Imports of users (docs/cognito/operations-and-protection.md §11, docs/cognito/users-and-groups.md §17).

mod files;
mod hashes;
mod jobs;
mod running;
mod uploads;

use std::collections::BTreeMap;

use poolhouse_core::import::Running;
use poolhouse_core::leased::Work;
use poolhouse_testkit::TestServer;
use serde_json::{Value, json};

const INVALID: &str = "InvalidParameterException";
const NOT_FOUND: &str = "ResourceNotFoundException";
const NOT_MET: &str = "PreconditionNotMetException";

/// A pool whose users can be imported.
async fn pool(server: &TestServer) -> String {
    server.pool(json!({ "AutoVerifiedAttributes": ["email"] })).await
}

/// A job of the pool, with `more` in its request.
async fn job(server: &TestServer, pool: &str, more: Value) -> Value {
    let mut input = json!({
        "UserPoolId": pool, "JobName": "people", "CloudWatchLogsRoleArn": "arn:aws:iam::000000000000:role/logs",
    });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    server.admin().ok("CreateUserImportJob", input).await["UserImportJob"].clone()
}

/// As requests name a job.
fn named(job: &Value) -> Value {
    json!({ "UserPoolId": job["UserPoolId"], "JobId": job["JobId"] })
}

async fn describe(server: &TestServer, job: &Value) -> Value {
    server.admin().ok("DescribeUserImportJob", named(job)).await["UserImportJob"].clone()
}

/// Uploads a file; returns status and body of the answer.
async fn upload(server: &TestServer, job: &Value, file: &[u8]) -> (u16, String) {
    let url = job["PreSignedUrl"].as_str().unwrap().strip_prefix("http://127.0.0.1:7665").unwrap();
    put(server, url, file).await
}

async fn put(server: &TestServer, path: &str, file: &[u8]) -> (u16, String) {
    // As the guide of AWS has it.
    let headers = [("x-amz-server-side-encryption", "aws:kms".to_owned())];
    let (status, _, body) = server.http("PUT", path, &headers, file).await;
    (status, String::from_utf8(body).unwrap())
}

async fn start(server: &TestServer, job: &Value) -> Value {
    server.admin().ok("StartUserImportJob", named(job)).await["UserImportJob"].clone()
}

/// Does what there is to do, as one node does.
async fn run(server: &TestServer) {
    Running::finish(server.engine()).await.unwrap();
}

/// Makes a job of a file and runs it; returns the job afterwards.
async fn import(server: &TestServer, pool: &str, file: &str, more: Value) -> Value {
    let made = job(server, pool, more).await;
    assert_eq!(upload(server, &made, file.as_bytes()).await, (200, String::new()));
    start(server, &made).await;
    run(server).await;
    describe(server, &made).await
}

/// What a job says of its end: status, users imported, skipped and failed.
fn end(job: &Value) -> (&str, u64, u64, u64) {
    let count = |name: &str| job[name].as_u64().unwrap();
    let status = job["Status"].as_str().unwrap();
    (status, count("ImportedUsers"), count("SkippedUsers"), count("FailedUsers"))
}

async fn columns(server: &TestServer, pool: &str) -> Vec<String> {
    let answer = server.admin().ok("GetCSVHeader", json!({ "UserPoolId": pool })).await;
    serde_json::from_value(answer["CSVHeader"].clone()).unwrap()
}

/// A file of the pool with one line for each of `people`: columns and their values, others empty. Where none is given,
/// there is no second factor.
async fn file(server: &TestServer, pool: &str, people: &[&[(&str, &str)]]) -> String {
    let mut columns = columns(server, pool).await;
    if people.iter().any(|person| person.iter().any(|(name, _)| *name == "cognito:password_hash")) {
        columns.push("cognito:password_hash".to_owned());
    }
    let line = |person: &&[(&str, &str)]| {
        let mut values = BTreeMap::from([("cognito:mfa_enabled", "false")]);
        values.extend(person.iter().copied());
        let values: Vec<_> =
            columns.iter().map(|name| values.get(&**name).copied().unwrap_or_default()).collect();
        values.join(",")
    };
    let lines: Vec<_> = [columns.join(",")].into_iter().chain(people.iter().map(line)).collect();
    lines.join("\n") + "\n"
}

/// `count` users of one file.
async fn crowd(server: &TestServer, pool: &str, count: usize) -> String {
    let mut file = file(server, pool, &[]).await;
    let columns = columns(server, pool).await;
    for number in 0..count {
        let (name, address) = (format!("user{number}"), format!("user{number}@example.com"));
        let values = columns.iter().map(|column| match &**column {
            "cognito:username" => &name,
            "email" => &address,
            "email_verified" => "TRUE",
            "cognito:mfa_enabled" => "FALSE",
            _ => "",
        });
        file.push_str(&values.collect::<Vec<_>>().join(","));
        file.push('\n');
    }
    file
}

/// What makes a user complete.
fn person<'a>(name: &'a str, email: &'a str) -> [(&'a str, &'a str); 3] {
    [("cognito:username", name), ("email", email), ("email_verified", "true")]
}

async fn user(server: &TestServer, pool: &str, name: &str) -> Value {
    server.admin().ok("AdminGetUser", json!({ "UserPoolId": pool, "Username": name })).await
}

/// The attributes of a user, but for its sub.
fn attributes(user: &Value) -> Value {
    let list = user["UserAttributes"].as_array().unwrap();
    let pairs = list.iter().filter(|attribute| attribute["Name"] != "sub");
    pairs
        .map(|attribute| (attribute["Name"].as_str().unwrap().to_owned(), attribute["Value"].clone()))
        .collect()
}
