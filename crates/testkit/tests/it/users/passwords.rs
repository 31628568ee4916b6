//! AdminSetUserPassword (users-and-groups §9, §10, §12.2).

use poolhouse_testkit::{TestServer, on_both};
use serde_json::{Value, json};

use super::{get, new_user, refusal};

fn password(pool: &str, username: &str, password: &str, permanent: bool) -> Value {
    json!({ "UserPoolId": pool, "Username": username, "Password": password, "Permanent": permanent })
}

on_both! {
    async fn a_permanent_one_confirms_and_another_must_be_changed(server) {
        let pool = server.pool(json!({})).await;
        server.admin().ok("AdminCreateUser", new_user(&pool, "alice", json!({}))).await;
        for (permanent, status) in [(true, "CONFIRMED"), (false, "FORCE_CHANGE_PASSWORD"), (true, "CONFIRMED")] {
            let input = password(&pool, "alice", TestServer::PASSWORD, permanent);
            let (_, _, body) = server.admin().raw("AdminSetUserPassword", input.to_string().as_bytes()).await;
            assert_eq!(body, b"{}");
            assert_eq!(get(server, &pool, "alice").await["UserStatus"], status);
        }
        // Without Permanent it is a temporary one.
        let input = json!({ "UserPoolId": pool, "Username": "alice", "Password": TestServer::PASSWORD });
        server.admin().ok("AdminSetUserPassword", input).await;
        assert_eq!(get(server, &pool, "alice").await["UserStatus"], "FORCE_CHANGE_PASSWORD");
    }

    async fn the_policy_and_the_user_are_checked(server) {
        let pool = server.pool(json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        let refused = server.admin().refused("AdminSetUserPassword", password(&pool, "alice", "fidel1ty!first", true)).await;
        let text = "Password does not conform to policy: Password must have uppercase characters";
        assert_eq!(refused, refusal("InvalidPassword", text));
        let refused = server.admin().refused("AdminSetUserPassword", password(&pool, "bob", "x", true)).await;
        assert_eq!(refused, refusal("UserNotFound", "User does not exist."));
    }

    async fn the_history_forbids_the_last_passwords(server) {
        let policy = json!({ "PasswordPolicy": { "MinimumLength": 8, "PasswordHistorySize": 3 } });
        let pool = server.pool(json!({ "Policies": policy })).await;
        let first = json!({ "TemporaryPassword": "password-1" });
        server.admin().ok("AdminCreateUser", new_user(&pool, "alice", first)).await;
        let used = refusal("PasswordHistoryPolicyViolation", "Password has previously been used");
        let set = async |number: u32| {
            let input = password(&pool, "alice", &format!("password-{number}"), true);
            server.admin().call("AdminSetUserPassword", input).await.map_err(|e| (e.code, e.message))
        };
        assert_eq!(set(1).await, Err(used.clone()));
        for (number, refused) in [(2, [1, 2]), (3, [1, 3]), (4, [2, 4])] {
            assert_eq!(set(number).await, Ok(json!({})));
            for earlier in refused {
                assert_eq!(set(earlier).await, Err(used.clone()), "{earlier} after {number}");
            }
        }
        // 1 is the fourth last by now.
        assert_eq!(set(1).await, Ok(json!({})));
    }

    async fn without_a_history_a_password_may_come_again(server) {
        let pool = server.pool(json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        server.admin().ok("AdminSetUserPassword", password(&pool, "alice", TestServer::PASSWORD, true)).await;
    }
}
