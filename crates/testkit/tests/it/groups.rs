//! Groups and memberships: docs/cognito/users-and-groups.md §2, §3, §20.

use poolhouse_testkit::{Database, TestServer, on_both, refusal};
use serde_json::{Value, json};

const ROLE: &str = "arn:aws:iam::123456789012:role/staff";

fn names(list: &Value, key: &str) -> Vec<String> {
    list.as_array().unwrap().iter().map(|item| item[key].as_str().unwrap().to_owned()).collect()
}

async fn groups_of(server: &TestServer, pool: &str, user: &str) -> Vec<String> {
    let input = json!({ "UserPoolId": pool, "Username": user });
    names(&server.admin().ok("AdminListGroupsForUser", input).await["Groups"], "GroupName")
}

on_both! {
    // users-and-groups §20 cases 1, 2: exactly the four members, unset ones absent
    async fn a_bare_group_has_four_members_and_is_made_once(server) {
        let pool = server.pool(json!({})).await;
        let made = server.group(&pool, "staff", json!({})).await;
        assert_eq!(
            made,
            json!({
                "GroupName": "staff", "UserPoolId": pool,
                "LastModifiedDate": 1_893_456_000.0, "CreationDate": 1_893_456_000.0,
            })
        );
        let same = json!({ "UserPoolId": pool, "GroupName": "staff", "Precedence": 1 });
        assert_eq!(
            server.admin().refused("CreateGroup", same).await,
            refusal("GroupExistsException", "A group with the name already exists.")
        );
        let read = json!({ "UserPoolId": pool, "GroupName": "staff" });
        assert_eq!(server.admin().ok("GetGroup", read).await["Group"], made);
    }

    // users-and-groups §20 case 3; §2: an empty description is as none
    async fn precedence_zero_is_shown_and_an_empty_description_is_not(server) {
        let pool = server.pool(json!({})).await;
        let made = server.group(&pool, "g", json!({ "Precedence": 0, "Description": "" })).await;
        assert_eq!((&made["Precedence"], made.get("Description")), (&json!(0), None));
    }

    // users-and-groups §20 cases 4–6, 23: a merge; what is given counts as a change, an equal value too
    async fn an_update_merges_and_moves_the_date_only_when_something_is_given(server) {
        let pool = server.pool(json!({})).await;
        let made = server.group(&pool, "g", json!({ "Description": "d", "RoleArn": ROLE, "Precedence": 5 })).await;
        let update = async |details: Value| {
            server.clock().advance_seconds(1);
            let mut input = json!({ "UserPoolId": pool, "GroupName": "g" });
            input.as_object_mut().unwrap().extend(details.as_object().unwrap().clone());
            server.admin().ok("UpdateGroup", input).await["Group"].clone()
        };
        for nothing in [json!({}), json!({ "Description": "" }), json!({ "Description": null, "Precedence": null })] {
            assert_eq!(update(nothing).await, made);
        }
        let changed = update(json!({ "Precedence": 0 })).await;
        assert_eq!(
            (&changed["Precedence"], &changed["Description"], &changed["RoleArn"]),
            (&json!(0), &json!("d"), &json!(ROLE))
        );
        let mut last = changed["LastModifiedDate"].as_f64().unwrap();
        assert!(last > made["LastModifiedDate"].as_f64().unwrap());
        for equal in [json!({ "Description": "d" }), json!({ "RoleArn": ROLE }), json!({ "Precedence": 0 })] {
            let touched = update(equal.clone()).await;
            let date = touched["LastModifiedDate"].as_f64().unwrap();
            assert!(date > last, "{equal}");
            assert_eq!((&touched["Description"], &touched["RoleArn"]), (&json!("d"), &json!(ROLE)));
            last = date;
        }
        assert_eq!(update(json!({})).await["CreationDate"], made["CreationDate"]);
    }

    async fn unknown_groups_and_pools_are_told(server) {
        let pool = server.pool(json!({})).await;
        for operation in ["GetGroup", "UpdateGroup", "DeleteGroup", "ListUsersInGroup"] {
            let input = json!({ "UserPoolId": pool, "GroupName": "absent" });
            assert_eq!(
                server.admin().refused(operation, input).await,
                refusal("ResourceNotFoundException", "Group not found."),
                "{operation}"
            );
        }
        for operation in [
            "CreateGroup", "GetGroup", "UpdateGroup", "DeleteGroup", "ListGroups", "ListUsersInGroup",
            "AdminAddUserToGroup", "AdminRemoveUserFromGroup", "AdminListGroupsForUser",
        ] {
            let input = json!({ "UserPoolId": "us-east-1_absent", "GroupName": "g", "Username": "u" });
            assert_eq!(
                server.admin().refused(operation, input).await,
                refusal("ResourceNotFoundException", "User pool us-east-1_absent does not exist."),
                "{operation}"
            );
        }
    }

    // users-and-groups §20 cases 7–11, 21: idempotence, the order of checks, zero-byte answers
    async fn membership_is_idempotent_and_looks_for_the_user_first(server) {
        let pool = server.pool(json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        server.group(&pool, "staff", json!({})).await;
        server.member(&pool, "alice", "staff").await;
        server.member(&pool, "alice", "staff").await;
        assert_eq!(groups_of(server, &pool, "alice").await, ["staff"]);
        let of = |user: &str, group: &str| json!({ "UserPoolId": pool, "Username": user, "GroupName": group });
        let no_user = refusal("UserNotFoundException", "User does not exist.");
        let no_group = refusal("ResourceNotFoundException", "Group not found.");
        assert_eq!(server.admin().refused("AdminAddUserToGroup", of("nobody", "absent")).await, no_user);
        assert_eq!(server.admin().refused("AdminAddUserToGroup", of("alice", "absent")).await, no_group);
        assert_eq!(server.admin().refused("AdminRemoveUserFromGroup", of("nobody", "staff")).await, no_user);
        assert_eq!(server.admin().refused("AdminListGroupsForUser", of("nobody", "")).await, no_user);
        for group in ["absent", "staff", "staff"] {
            assert_eq!(server.admin().ok("AdminRemoveUserFromGroup", of("alice", group)).await, Value::Null);
        }
        assert_eq!(groups_of(server, &pool, "alice").await, Vec::<String>::new());
    }

    // users-and-groups §20 cases 12, 13; §3.3: the user and the date of the user stay
    async fn memberships_go_with_the_group_and_with_the_user(server) {
        let pool = server.pool(json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        for name in ["a", "b"] {
            server.group(&pool, name, json!({})).await;
            server.member(&pool, "alice", name).await;
        }
        let alice = json!({ "UserPoolId": pool, "Username": "alice" });
        let before = server.admin().ok("AdminGetUser", alice.clone()).await;
        server.clock().advance_seconds(60);
        let a = json!({ "UserPoolId": pool, "GroupName": "a" });
        assert_eq!(server.admin().ok("DeleteGroup", a.clone()).await, Value::Null);
        assert_eq!(groups_of(server, &pool, "alice").await, ["b"]);
        assert_eq!(server.admin().ok("AdminGetUser", alice.clone()).await, before);
        server.group(&pool, "a", json!({})).await;
        assert_eq!(server.admin().ok("ListUsersInGroup", a).await, json!({ "Users": [] }));
        server.admin().ok("AdminDeleteUser", alice).await;
        server.user(&pool, "alice", json!({})).await;
        assert_eq!(groups_of(server, &pool, "alice").await, Vec::<String>::new());
    }

    // users-and-groups §20 case 14: names are of a pool, and case counts
    async fn groups_of_two_pools_and_two_spellings_are_different(server) {
        let (one, two) = (server.pool(json!({})).await, server.pool(json!({})).await);
        server.group(&one, "g", json!({ "Precedence": 1 })).await;
        server.group(&two, "g", json!({ "Precedence": 2 })).await;
        server.group(&one, "G", json!({})).await;
        let read = server.admin().ok("GetGroup", json!({ "UserPoolId": two, "GroupName": "g" })).await;
        assert_eq!(read["Group"]["Precedence"], 2);
        server.user(&one, "alice", json!({})).await;
        let foreign = json!({ "UserPoolId": one, "Username": "alice", "GroupName": "of two" });
        assert_eq!(server.admin().refused("AdminAddUserToGroup", foreign).await.0, "InvalidParameterException");
    }

    // users-and-groups §20 cases 15, 16; §3.6: by name, the last page without a token even when it is full
    async fn lists_are_paged_by_name_and_tokens_fit_one_list_only(server) {
        let pool = server.pool(json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        for name in ["c", "a", "B", "Ä"] {
            server.group(&pool, name, json!({})).await;
            server.member(&pool, "alice", name).await;
        }
        for (operation, extra) in [("ListGroups", json!({})), ("AdminListGroupsForUser", json!({ "Username": "alice" }))] {
            let (mut seen, mut token, mut calls) = (Vec::new(), Value::Null, 0);
            loop {
                let mut input = json!({ "UserPoolId": pool, "Limit": 1, "NextToken": token });
                input.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
                let page = server.admin().ok(operation, input).await;
                seen.extend(names(&page["Groups"], "GroupName"));
                calls += 1;
                token = page["NextToken"].clone();
                if token.is_null() {
                    break;
                }
            }
            assert_eq!((seen, calls), (["B", "a", "c", "Ä"].map(str::to_owned).to_vec(), 4), "{operation}");
        }
        let first = server.admin().ok("ListGroups", json!({ "UserPoolId": pool, "Limit": 1 })).await;
        let other = server.pool(json!({})).await;
        let bad = refusal(
            "InvalidParameterException",
            "Provided pagination token is invalid. Check the token and try your request again.",
        );
        let token = &first["NextToken"];
        let in_other_pool = json!({ "UserPoolId": other, "NextToken": token });
        assert_eq!(server.admin().refused("ListGroups", in_other_pool).await, bad);
        let in_other_list = json!({ "UserPoolId": pool, "Username": "alice", "NextToken": token });
        assert_eq!(server.admin().refused("AdminListGroupsForUser", in_other_list).await, bad);
        assert_eq!(server.admin().refused("ListGroups", json!({ "UserPoolId": pool, "NextToken": "x" })).await, bad);
        let members = json!({ "UserPoolId": pool, "GroupName": "a", "NextToken": token });
        assert_eq!(
            server.admin().refused("ListUsersInGroup", members).await,
            refusal("InvalidParameterException", "Paging marker is invalid.")
        );
        server.clock().advance_seconds(3601);
        assert_eq!(server.admin().refused("ListGroups", json!({ "UserPoolId": pool, "NextToken": token })).await, bad);
    }

    // users-and-groups §3.6: the same element as ListUsers; disabled users are listed
    async fn members_are_listed_whole_and_paged(server) {
        let pool = server.pool(json!({})).await;
        server.group(&pool, "staff", json!({})).await;
        for user in ["alice", "bob", "carol"] {
            server.user(&pool, user, json!({ "email": format!("{user}@example.com") })).await;
            server.member(&pool, user, "staff").await;
        }
        server.admin().ok("AdminDisableUser", json!({ "UserPoolId": pool, "Username": "bob" })).await;
        let (mut seen, mut token) = (Vec::new(), Value::Null);
        loop {
            let input = json!({ "UserPoolId": pool, "GroupName": "staff", "Limit": 2, "NextToken": token });
            let page = server.admin().ok("ListUsersInGroup", input).await;
            seen.extend(page["Users"].as_array().unwrap().clone());
            token = page["NextToken"].clone();
            if token.is_null() {
                break;
            }
        }
        let mut found: Vec<_> = seen.iter().map(|u| (u["Username"].as_str().unwrap(), u["Enabled"].as_bool().unwrap())).collect();
        found.sort_unstable();
        assert_eq!(found, [("alice", true), ("bob", false), ("carol", true)]);
        let members: Vec<_> = seen[0].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, ["Username", "Attributes", "UserCreateDate", "UserLastModifiedDate", "Enabled", "UserStatus"]);
        assert!(seen[0]["Attributes"].as_array().unwrap().iter().any(|a| a["Name"] == "sub"));
    }

    // protocol §4, observed: 0 passes the model and is refused by the operation, wrapped for members
    async fn a_limit_of_zero_is_refused_in_the_operations_own_words(server) {
        let pool = server.pool(json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        server.group(&pool, "g", json!({})).await;
        let text = "1 validation error detected: Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1";
        let input = json!({ "UserPoolId": pool, "Username": "alice", "GroupName": "g", "Limit": 0 });
        for operation in ["ListGroups", "AdminListGroupsForUser"] {
            assert_eq!(
                server.admin().refused(operation, input.clone()).await,
                refusal("InvalidParameterException", text)
            );
        }
        let (code, message) = server.admin().refused("ListUsersInGroup", input).await;
        assert_eq!(code, "InvalidParameterException");
        assert!(message.starts_with("com.amazonaws.services.identitystoreservice.model.ValidationException: "));
        assert!(message.contains(text) && message.ends_with("; Proxy: null)"), "{message}");
    }

    // users-and-groups §2, §3.1; protocol §4: worked examples
    async fn names_roles_and_precedences_are_validated(server) {
        let pool = server.pool(json!({})).await;
        let create = async |details: Value| {
            let mut input = json!({ "UserPoolId": pool, "GroupName": "g" });
            input.as_object_mut().unwrap().extend(details.as_object().unwrap().clone());
            server.admin().refused("CreateGroup", input).await
        };
        let (code, message) = create(json!({ "Precedence": -1 })).await;
        assert_eq!(code, "InvalidParameterException");
        assert_eq!(
            message,
            "1 validation error detected: Value '-1' at 'precedence' failed to satisfy constraint: Member must have value greater than or equal to 0"
        );
        assert!(create(json!({ "RoleArn": "" })).await.1.starts_with("2 validation errors detected: Value '' at 'roleArn'"));
        assert!(create(json!({ "GroupName": "a b" })).await.1.contains("at 'groupName'"));
        assert!(create(json!({ "GroupName": "" })).await.1.starts_with("2 validation errors detected"));
        // open: does not fit 32 bits
        assert_eq!(create(json!({ "Precedence": 2_147_483_648_u32 })).await.0, "SerializationException");
        server.group(&pool, "größe/🐎:日本", json!({ "Precedence": 2_147_483_647 })).await;
    }

    // users-and-groups §20 cases 19: by alias or sub, stored on the canonical user
    async fn a_user_is_found_by_verified_alias_and_by_sub(server) {
        let pool = server.pool(json!({ "AliasAttributes": ["email"] })).await;
        let sub = server.user(&pool, "alice", json!({ "email": "a@example.com", "email_verified": "true" })).await;
        server.group(&pool, "one", json!({})).await;
        server.group(&pool, "two", json!({})).await;
        server.member(&pool, "a@example.com", "one").await;
        server.member(&pool, &sub, "two").await;
        assert_eq!(groups_of(server, &pool, "alice").await, ["one", "two"]);
    }

    // users-and-groups §20 case 22, open: ours
    async fn a_user_is_in_a_hundred_groups_at_most(server) {
        let pool = server.pool(json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        for n in 0..101 {
            server.group(&pool, &format!("g{n:03}"), json!({})).await;
        }
        for n in 0..100 {
            server.member(&pool, "alice", &format!("g{n:03}")).await;
        }
        let input = json!({ "UserPoolId": pool, "Username": "alice", "GroupName": "g100" });
        assert_eq!(
            server.admin().refused("AdminAddUserToGroup", input).await,
            refusal("LimitExceededException", "User exceeded group limit.")
        );
        server.member(&pool, "alice", "g099").await;
        assert_eq!(groups_of(server, &pool, "alice").await.len(), 60);
    }

    async fn two_callers_make_one_group(server) {
        let pool = server.pool(json!({})).await;
        let input = json!({ "UserPoolId": pool, "GroupName": "g" });
        let calls = (0..8).map(|_| {
            let input = input.clone();
            async move { server.admin().call("CreateGroup", input).await }
        });
        let mut made = 0;
        for result in futures(calls).await {
            match result {
                Ok(_) => made += 1,
                Err(error) => assert_eq!(error.code, "GroupExistsException"),
            }
        }
        assert_eq!(made, 1);
    }
}

// What a call that changes nothing has read may be of a batch that is not on the disk yet: its answer waits
// for a commit too.
#[tokio::test]
async fn success_without_a_change_waits_for_the_disk() {
    let server = TestServer::start(Database::Sqlite).await;
    let pool = server.pool(json!({})).await;
    server.group(&pool, "staff", json!({})).await;
    server.user(&pool, "ada", json!({})).await;
    server.member(&pool, "ada", "staff").await;
    let membership = json!({ "UserPoolId": pool, "Username": "ada", "GroupName": "staff" });
    server.admin().ok("AdminAddUserToGroup", membership.clone()).await;
    for (operation, calls) in
        [("AdminAddUserToGroup", 1), ("AdminRemoveUserFromGroup", 2), ("UpdateGroup", 1)]
    {
        for _ in 0..calls {
            let before = server.engine().store().transactions();
            let input = match operation {
                "UpdateGroup" => json!({ "UserPoolId": pool, "GroupName": "staff" }),
                _ => membership.clone(),
            };
            server.admin().ok(operation, input).await;
            assert_eq!(server.engine().store().transactions() - before, 1, "{operation}");
        }
    }
    server.finish().await;
}

/// Runs futures side by side on one task.
async fn futures<F: Future>(list: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = list.map(|f| (Box::pin(f), None)).collect();
    std::future::poll_fn(|context| {
        let mut pending = false;
        for (future, output) in &mut running {
            if output.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(value) => *output = Some(value),
                    std::task::Poll::Pending => pending = true,
                }
            }
        }
        if pending { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
    })
    .await;
    running.into_iter().filter_map(|(_, output)| output).collect()
}
