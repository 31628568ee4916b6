//! Operations of administrators on users, and ListUsers (docs/cognito/users-and-groups.md §6–§14).
#![expect(clippy::panic, reason = "a test fails by panicking")]
#![expect(clippy::needless_pass_by_value, reason = "inputs are written where they are used")]

mod change;
mod create;
mod invitation;
mod list;
mod names;
mod passwords;
mod state;

use poolhouse_testkit::TestServer;
use serde_json::{Map, Value, json};

/// An object as a list of Name and Value.
fn attributes(object: &Value) -> Value {
    let pairs = object.as_object().into_iter().flatten();
    pairs.map(|(name, value)| json!({ "Name": name, "Value": value })).collect()
}

/// A list of Name and Value as an object, without `sub`.
fn object(list: &Value) -> Value {
    let pairs = list.as_array().into_iter().flatten().filter(|a| a["Name"] != "sub");
    pairs.map(|a| (a["Name"].as_str().unwrap().to_owned(), a["Value"].clone())).collect::<Map<_, _>>().into()
}

/// The names of an object's members in alphabetical order.
fn members(object: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

/// A request for a user without a message, with more members.
fn new_user(pool: &str, username: &str, more: Value) -> Value {
    let mut input = json!({ "UserPoolId": pool, "Username": username, "MessageAction": "SUPPRESS" });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

/// A request that names a user.
fn of_user(pool: &str, username: &str) -> Value {
    json!({ "UserPoolId": pool, "Username": username })
}

fn refusal(code: &str, text: &str) -> (String, String) {
    (format!("{code}Exception"), text.to_owned())
}

async fn get(server: &TestServer, pool: &str, username: &str) -> Value {
    server.admin().ok("AdminGetUser", of_user(pool, username)).await
}

/// The attributes of a user without `sub`.
async fn attributes_of(server: &TestServer, pool: &str, username: &str) -> Value {
    object(&get(server, pool, username).await["UserAttributes"])
}
