//! ListUsers (users-and-groups §14, protocol §8).

use std::collections::BTreeSet;

use poolhouse_testkit::{TestServer, on_both};
use serde_json::{Value, json};

use super::{members, object, of_user, refusal};

/// The user names in a list.
fn names(output: &Value) -> Vec<String> {
    output["Users"].as_array().unwrap().iter().map(|u| u["Username"].as_str().unwrap().to_owned()).collect()
}

async fn found(server: &TestServer, pool: &str, filter: &str) -> Vec<String> {
    names(&server.admin().ok("ListUsers", json!({ "UserPoolId": pool, "Filter": filter })).await)
}

/// All pages of a list, `limit` to a page.
async fn pages(server: &TestServer, mut input: Value, limit: usize) -> Vec<Vec<String>> {
    input["Limit"] = json!(limit);
    let mut pages = Vec::new();
    loop {
        let output = server.admin().ok("ListUsers", input.clone()).await;
        pages.push(names(&output));
        match &output["PaginationToken"] {
            Value::Null => return pages,
            token => input["PaginationToken"] = token.clone(),
        }
    }
}

/// Three users: alice, who is disabled, Bob, whose password is temporary, and carol.
async fn people(server: &TestServer) -> String {
    let pool = server.pool(json!({})).await;
    let alice = json!({ "email": "alice@example.com", "name": "Alice", "phone_number": "+12065550100" });
    server.user(&pool, "alice", alice).await;
    server.clock().advance_seconds(1);
    server.user(&pool, "Bob", json!({ "email": "Bob@Example.com", "name": "Böb", "given_name": "al" })).await;
    server.clock().advance_seconds(1);
    server.user(&pool, "carol", json!({ "name": "ALICIA", "preferred_username": "a \"c\"" })).await;
    server.admin().ok("AdminDisableUser", of_user(&pool, "alice")).await;
    let temporary = json!({ "UserPoolId": pool, "Username": "Bob", "Password": TestServer::PASSWORD });
    server.admin().ok("AdminSetUserPassword", temporary).await;
    pool
}

on_both! {
    async fn users_are_shown_as_recorded_in_the_order_of_creation(server) {
        let pool = server.pool(json!({})).await;
        let list = json!({ "UserPoolId": pool });
        assert_eq!(server.admin().ok("ListUsers", list.clone()).await, json!({ "Users": [] }));
        for name in ["zoe", "adam"] {
            server.user(&pool, name, json!({ "name": name })).await;
            server.clock().advance_seconds(1);
        }
        let output = server.admin().ok("ListUsers", list).await;
        assert_eq!(output.as_object().unwrap().len(), 1);
        assert_eq!(names(&output), ["zoe", "adam"]);
        let user = &output["Users"][0];
        assert_eq!(members(user), ["Attributes", "Enabled", "UserCreateDate", "UserLastModifiedDate", "UserStatus", "Username"]);
        assert_eq!(object(&user["Attributes"]), json!({ "name": "zoe" }));
        assert_eq!(user["Attributes"].as_array().unwrap().last().unwrap()["Name"], "sub");
    }

    async fn filters_find_what_they_name(server) {
        let pool = people(server).await;
        let cases: &[(&str, &[&str])] = &[
            ("", &["alice", "Bob", "carol"]),
            ("  ", &["alice", "Bob", "carol"]),
            // The user name keeps its case, attributes do not.
            (r#"username = "Bob""#, &["Bob"]),
            (r#"username = "bob""#, &[]),
            (r#"username ^= "al""#, &["alice"]),
            (r#"username^="""#, &["Bob", "alice", "carol"]),
            (r#"email = "BOB@example.COM""#, &["Bob"]),
            (r#"email = "bob@example""#, &[]),
            (r#"name ^= "ali""#, &["alice", "carol"]),
            (r#"name = "bÖb""#, &["Bob"]),
            (r#"name ^= """#, &["alice", "carol", "Bob"]),
            (r#"name = """#, &[]),
            (r#"given_name = "AL""#, &["Bob"]),
            (r#"family_name ^= "a""#, &[]),
            (r#"phone_number ^= "+1206""#, &["alice"]),
            (r#"preferred_username = "a \"c\"""#, &["carol"]),
            (r#"status = "Enabled""#, &["Bob", "carol"]),
            (r#"status = "Disabled""#, &["alice"]),
            (r#"status = "disabled""#, &[]),
            (r#"cognito:user_status = "Confirmed""#, &["alice", "carol"]),
            (r#"cognito:user_status = "FORCE_CHANGE_PASSWORD""#, &["Bob"]),
            (r#"cognito:user_status ^= "force""#, &["Bob"]),
            (r#"cognito:user_status = "nonsense""#, &[]),
            (r#"sub = "nobody""#, &[]),
            // The attribute may stand in quotation marks, too (documented).
            (r#""email"^="bob@""#, &["Bob"]),
            (r#""username" = "alice""#, &["alice"]),
            (r#""cognito:user_status" ^= "force""#, &["Bob"]),
            (r#""sub" = "nobody""#, &[]),
            ("name = \"\u{0}\"", &[]),
        ];
        for (filter, expected) in cases {
            assert_eq!(found(server, &pool, filter).await, *expected, "{filter}");
        }
        let user = server.admin().ok("AdminGetUser", of_user(&pool, "carol")).await;
        let sub = user["UserAttributes"].as_array().unwrap().last().unwrap()["Value"].as_str().unwrap().to_owned();
        assert_eq!(found(server, &pool, &format!("sub = \"{}\"", sub.to_uppercase())).await, ["carol"]);
        assert_eq!(found(server, &pool, &format!("sub ^= \"{}\"", &sub[..12])).await, ["carol"]);
    }

    async fn filters_follow_changes(server) {
        let pool = people(server).await;
        let input = json!({ "UserPoolId": pool, "Username": "alice", "UserAttributes": [{ "Name": "name", "Value": "Zed" }] });
        server.admin().ok("AdminUpdateUserAttributes", input).await;
        assert_eq!(found(server, &pool, r#"name ^= "ali""#).await, ["carol"]);
        assert_eq!(found(server, &pool, r#"name = "zed""#).await, ["alice"]);
        server.admin().ok("AdminDeleteUser", of_user(&pool, "alice")).await;
        assert_eq!(found(server, &pool, r#"name = "zed""#).await, Vec::<String>::new());
    }

    async fn where_names_ignore_case_so_does_their_filter(server) {
        let pool = server.pool(json!({ "UsernameConfiguration": { "CaseSensitive": false } })).await;
        server.user(&pool, "Alice", json!({})).await;
        assert_eq!(found(server, &pool, r#"username = "aLICE""#).await, ["Alice"]);
        assert_eq!(found(server, &pool, r#"username ^= "AL""#).await, ["Alice"]);
    }

    async fn bad_filters_are_refused(server) {
        let pool = server.pool(json!({})).await;
        let cases = [
            ("email", "Error while parsing filter."),
            ("email = 'a'", "Error while parsing filter."),
            (r#"email = "a" and name = "b""#, "Error while parsing filter."),
            (r#""email" "a""#, "Error while parsing filter."),
            (r#"custom:foo = "a""#, "Invalid search attribute: custom:foo"),
            (r#""custom:foo" = "a""#, "Invalid search attribute: custom:foo"),
            (r#"email_verified = "true""#, "Invalid search attribute: email_verified"),
        ];
        for (filter, text) in cases {
            let input = json!({ "UserPoolId": pool, "Filter": filter });
            assert_eq!(server.admin().refused("ListUsers", input).await, refusal("InvalidParameter", text), "{filter}");
        }
        let long = json!({ "UserPoolId": pool, "Filter": "x".repeat(257) });
        assert!(server.admin().refused("ListUsers", long).await.1.contains("'filter'"));
    }

    async fn every_search_comes_in_pages(server) {
        let pool = server.pool(json!({})).await;
        let mut all = BTreeSet::new();
        for n in 0..5 {
            let name = format!("user-{n}");
            // Users made at one instant, and values that are equal, are no obstacle.
            server.user(&pool, &name, json!({ "name": "same", "given_name": format!("g{}", n / 2) })).await;
            all.insert(name);
        }
        let filters = [
            "", r#"username ^= "user""#, r#"sub ^= """#, r#"name = "same""#, r#"name ^= "sa""#,
            r#"given_name ^= "g""#, r#"status = "Enabled""#, r#"cognito:user_status = "confirmed""#,
        ];
        for filter in filters {
            for (limit, count) in [(1, 5), (2, 3), (5, 1), (60, 1)] {
                let pages = pages(server, json!({ "UserPoolId": pool, "Filter": filter }), limit).await;
                assert_eq!(pages.len(), count, "{filter} by {limit}");
                assert!(pages.iter().all(|page| page.len() <= limit));
                let users: Vec<String> = pages.into_iter().flatten().collect();
                assert_eq!(users.len(), 5, "{filter} by {limit}");
                assert_eq!(users.into_iter().collect::<BTreeSet<_>>(), all, "{filter} by {limit}");
            }
        }
        // 0 asks for the default (inferred).
        assert_eq!(names(&server.admin().ok("ListUsers", json!({ "UserPoolId": pool, "Limit": 0 })).await).len(), 5);
    }

    async fn a_token_is_good_for_its_own_list_and_an_hour(server) {
        let pool = people(server).await;
        let other = people(server).await;
        let first = json!({ "UserPoolId": pool, "Limit": 1 });
        let token = server.admin().ok("ListUsers", first).await["PaginationToken"].clone();
        let with = |pool: &str, token: &Value, filter: &str| json!({ "UserPoolId": pool, "PaginationToken": token, "Filter": filter });
        let bad = refusal("InvalidParameter", "Paging marker is invalid for request");
        let refused = [
            with(&pool, &json!("invalid"), ""),
            with(&other, &token, ""),
            with(&pool, &token, r#"status = "Enabled""#),
            with(&pool, &token, r#"username = "alice""#),
        ];
        for input in refused {
            assert_eq!(server.admin().refused("ListUsers", input.clone()).await, bad, "{input}");
        }
        server.clock().advance_seconds(60 * 60);
        assert_eq!(names(&server.admin().ok("ListUsers", with(&pool, &token, "")).await), ["Bob", "carol"]);
        server.clock().advance_seconds(1);
        assert_eq!(server.admin().refused("ListUsers", with(&pool, &token, "")).await, bad);
    }

    async fn attributes_to_get_are_the_only_ones_shown(server) {
        let pool = people(server).await;
        let list = |names: &[&str], filter: &str| json!({ "UserPoolId": pool, "AttributesToGet": names, "Filter": filter });
        let shown = server.admin().ok("ListUsers", list(&["name", "email"], "")).await;
        let attributes: Vec<Value> = shown["Users"].as_array().unwrap().iter().map(|u| u["Attributes"].clone()).collect();
        assert_eq!(attributes, [
            json!([{ "Name": "email", "Value": "alice@example.com" }, { "Name": "name", "Value": "Alice" }]),
            json!([{ "Name": "email", "Value": "Bob@Example.com" }, { "Name": "name", "Value": "Böb" }]),
            json!([{ "Name": "name", "Value": "ALICIA" }]),
        ]);
        let shown = server.admin().ok("ListUsers", list(&["sub"], r#"username = "carol""#)).await;
        assert_eq!(shown["Users"][0]["Attributes"].as_array().unwrap().len(), 1);
        let shown = server.admin().ok("ListUsers", list(&[], r#"username = "carol""#)).await;
        assert_eq!(shown["Users"][0]["Attributes"].as_array().unwrap().len(), 3);

        // What cannot be searched must have a value with everybody who is found.
        let refused = refusal("InvalidParameter", "One or more requested attributes do not exist.");
        for names in [&["custom:x"], &["locale"], &["username"]] {
            assert_eq!(server.admin().refused("ListUsers", list(names, "")).await, refused, "{names:?}");
        }
    }
}
