//! Group claims in tokens (docs/cognito/users-and-groups.md §4).

use poolhouse_testkit::{TestServer, claims, on_both};
use serde_json::{Value, json};

/// A group that alice is in.
async fn group(server: &TestServer, pool: &str, name: &str, settings: Value) {
    server.group(pool, name, settings).await;
    server.member(pool, "alice", name).await;
}

/// Groups, roles and preferred role in an ID token; the access token has the groups alone.
#[track_caller]
fn check(result: &Value, groups: &Value, roles: &Value, preferred: &Value) {
    let (id, access) = (claims(&result["IdToken"]), claims(&result["AccessToken"]));
    assert_eq!((&id["cognito:groups"], &access["cognito:groups"]), (groups, groups));
    assert_eq!((&id["cognito:roles"], &id["cognito:preferred_role"]), (roles, preferred));
    for name in ["cognito:roles", "cognito:preferred_role"] {
        assert!(access.get(name).is_none(), "{name} in the access token");
        assert!(!id.get(name).is_some_and(Value::is_null), "{name} is null instead of absent");
    }
}

const READER: &str = "arn:aws:iam::123456789012:role/reader";
const WRITER: &str = "arn:aws:iam::123456789012:role/writer";

on_both! {
    async fn a_user_without_groups_has_no_group_claims(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        let result = server.sign_in(&client, "alice").await;
        for token in ["IdToken", "AccessToken"] {
            let claims = claims(&result[token]);
            let names = claims.as_object().unwrap().keys();
            let groups: Vec<_> =
                names.filter(|n| n.starts_with("cognito:") && *n != "cognito:username").collect();
            assert!(groups.is_empty(), "{groups:?}");
        }
    }

    async fn a_better_group_without_role_does_not_suppress(server) {
        // recorded
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        group(server, &pool, "writer", json!({ "RoleArn": WRITER, "Precedence": 9 })).await;
        group(server, &pool, "reader", json!({ "RoleArn": READER, "Precedence": 10 })).await;
        group(server, &pool, "empty-first", json!({ "Precedence": 0 })).await;
        let result = server.sign_in(&client, "alice").await;
        let groups = json!(["empty-first", "reader", "writer"]);
        check(&result, &groups, &json!([READER, WRITER]), &json!(WRITER));
        let list = json!({ "UserPoolId": pool, "Username": "alice" });
        let listed = server.admin().ok("AdminListGroupsForUser", list).await;
        let names: Vec<_> = listed["Groups"].as_array().unwrap().iter().map(|g| &g["GroupName"]).collect();
        assert_eq!(json!(names), groups, "the claim's order is the list's (recorded)");
    }

    async fn two_roles_at_the_best_precedence_decide_nothing(server) {
        // recorded
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        group(server, &pool, "a", json!({ "RoleArn": READER, "Precedence": 10 })).await;
        group(server, &pool, "b", json!({ "RoleArn": WRITER, "Precedence": 10 })).await;
        let result = server.sign_in(&client, "alice").await;
        check(&result, &json!(["a", "b"]), &json!([READER, WRITER]), &Value::Null);
    }

    async fn a_group_without_precedence_prefers_nothing(server) {
        // recorded
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        group(server, &pool, "null-a", json!({ "RoleArn": READER })).await;
        let result = server.sign_in(&client, "alice").await;
        check(&result, &json!(["null-a"]), &json!([READER]), &Value::Null);
    }

    async fn a_refresh_tells_of_groups_as_they_are_now(server) {
        // recorded; tokens that are out already stay as they are
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        group(server, &pool, "reader", json!({ "RoleArn": READER, "Precedence": 10 })).await;
        group(server, &pool, "writer", json!({ "RoleArn": WRITER, "Precedence": 10 })).await;
        group(server, &pool, "null-b", json!({ "RoleArn": WRITER })).await;
        let result = server.sign_in(&client, "alice").await;
        server.admin().ok("DeleteGroup", json!({ "UserPoolId": pool, "GroupName": "writer" })).await;
        let refresh = json!({
            "ClientId": client,
            "AuthFlow": "REFRESH_TOKEN_AUTH",
            "AuthParameters": { "REFRESH_TOKEN": result["RefreshToken"] },
        });
        let renewed = server.public().ok("InitiateAuth", refresh.clone()).await;
        let renewed = &renewed["AuthenticationResult"];
        check(renewed, &json!(["null-b", "reader"]), &json!([WRITER, READER]), &json!(READER));
        let leave = json!({ "UserPoolId": pool, "GroupName": "null-b", "Username": "alice" });
        server.admin().ok("AdminRemoveUserFromGroup", leave).await;
        let change = json!({ "UserPoolId": pool, "GroupName": "reader", "RoleArn": WRITER });
        server.admin().ok("UpdateGroup", change).await;
        let renewed = server.public().ok("InitiateAuth", refresh).await;
        check(&renewed["AuthenticationResult"], &json!(["reader"]), &json!([WRITER]), &json!(WRITER));
        server.public().ok("GetUser", json!({ "AccessToken": result["AccessToken"] })).await;
    }

    async fn a_hundred_groups_fit(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        let names: Vec<String> = (0..100).map(|n| format!("{n:0128}")).collect();
        for name in &names {
            group(server, &pool, name, json!({})).await;
        }
        let result = server.sign_in(&client, "alice").await;
        check(&result, &json!(names), &Value::Null, &Value::Null);
        server.public().ok("GetUser", json!({ "AccessToken": result["AccessToken"] })).await;
    }
}
