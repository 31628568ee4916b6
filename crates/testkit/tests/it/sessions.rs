//! Session tracking: docs/cognito/new-operations.md §2. What is not in the service model is a choice of ours.

use poolhouse_testkit::{TestServer, claims, on_both, refusal};
use serde_json::{Value, json};

/// A pool that tracks, a client, and alice.
struct Tracked<'a> {
    server: &'a TestServer,
    pool: String,
    client: String,
}

impl<'a> Tracked<'a> {
    async fn with_limit(server: &'a TestServer, most: u32) -> Self {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        let tracked = Self { server, pool, client };
        tracked.set("ENABLED", most).await;
        tracked
    }

    async fn set(&self, tracking: &str, most: u32) -> Value {
        let input = json!({
            "UserPoolId": self.pool, "UserSessionTracking": tracking, "TokenSession": { "MaxPerUser": most },
        });
        self.server.admin().ok("SetUserPoolSessionConfiguration", input).await
    }

    async fn sign_in(&self) -> Value {
        self.server.sign_in(&self.client, "alice").await
    }

    /// What the user of an access token sees.
    async fn list(&self, result: &Value) -> Vec<Value> {
        let input = json!({ "AccessToken": result["AccessToken"] });
        let output = self.server.public().ok("ListUserSessions", input).await;
        assert_eq!(output.as_object().unwrap().len(), 1);
        output["Sessions"].as_array().unwrap().clone()
    }

    /// What an administrator sees.
    async fn list_of(&self, username: &str) -> Vec<Value> {
        let input = json!({ "UserPoolId": self.pool, "Username": username });
        let output = self.server.admin().ok("AdminListUserSessions", input).await;
        output["Sessions"].as_array().unwrap().clone()
    }

    async fn id_of(&self, result: &Value) -> Value {
        let sessions = self.list(result).await;
        sessions.iter().find(|s| s["IsCurrentSession"] == true).unwrap()["SessionId"].clone()
    }

    async fn works(&self, result: &Value) -> bool {
        let input = json!({ "AccessToken": result["AccessToken"] });
        self.server.public().call("GetUser", input).await.is_ok()
    }

    fn refresh(&self, result: &Value) -> Value {
        json!({ "ClientId": self.client, "RefreshToken": result["RefreshToken"] })
    }
}

/// An instant as answers carry it.
fn seconds(at: i64) -> Value {
    serde_json::from_str(&format!("{at}.0")).unwrap()
}

const NONE_SUCH: (&str, &str) = ("ResourceNotFoundException", "Session not found.");

on_both! {
    async fn nothing_is_tracked_until_it_is_asked_for(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        let result = server.sign_in(&client, "alice").await;
        let expected = json!({
            "UserPoolId": pool, "UserSessionTracking": "DISABLED", "TokenSession": { "MaxPerUser": 20 },
        });
        let stored = server.admin().ok("GetUserPoolSessionConfiguration", json!({ "UserPoolId": pool })).await;
        assert_eq!(stored, expected);
        let off = refusal("OperationNotEnabledException", "This operation is not enabled for this user pool.");
        let access = json!({ "AccessToken": result["AccessToken"] });
        assert_eq!(server.public().refused("ListUserSessions", access).await, off);
        let id = "tkn0123456789abcdefghijklmno";
        let input = json!({ "AccessToken": result["AccessToken"], "SessionId": id });
        assert_eq!(server.public().refused("RevokeUserSession", input).await, off);
        let input = json!({ "UserPoolId": pool, "Username": "alice" });
        assert_eq!(server.admin().refused("AdminListUserSessions", input).await, off);
        let input = json!({ "UserPoolId": pool, "Username": "alice", "SessionId": id });
        assert_eq!(server.admin().refused("AdminRevokeUserSession", input).await, off);
    }

    async fn a_configuration_is_replaced_as_a_whole(server) {
        let app = Tracked::with_limit(server, 7).await;
        let expected = json!({
            "UserPoolId": app.pool, "UserSessionTracking": "ENABLED", "TokenSession": { "MaxPerUser": 3 },
        });
        assert_eq!(app.set("ENABLED", 3).await, expected);
        let name = json!({ "UserPoolId": app.pool });
        assert_eq!(server.admin().ok("GetUserPoolSessionConfiguration", name.clone()).await, expected);
        for most in [0, 101] {
            let input = json!({
                "UserPoolId": app.pool, "UserSessionTracking": "ENABLED", "TokenSession": { "MaxPerUser": most },
            });
            let (code, text) = server.admin().refused("SetUserPoolSessionConfiguration", input).await;
            assert_eq!(code, "InvalidParameterException");
            assert!(text.contains("tokenSession.maxPerUser"), "{text}");
        }
        let (code, text) = server.admin().refused("SetUserPoolSessionConfiguration", name).await;
        assert_eq!(code, "InvalidParameterException");
        assert!(text.contains("userSessionTracking") && text.contains("tokenSession"), "{text}");
        let unknown = json!({ "UserPoolId": "us-east-1_absent123" });
        let (code, _) = server.admin().refused("GetUserPoolSessionConfiguration", unknown).await;
        assert_eq!(code, "ResourceNotFoundException");
    }

    async fn a_client_has_its_own_configuration(server) {
        let app = Tracked::with_limit(server, 7).await;
        let name = json!({ "UserPoolId": app.pool, "ClientId": app.client });
        let with = |minutes: i32| {
            json!({
                "UserPoolId": app.pool, "ClientId": app.client, "SSOSession": { "MaxValidityMinutes": minutes },
            })
        };
        let (get, set) = ("GetUserPoolClientSessionConfiguration", "SetUserPoolClientSessionConfiguration");
        assert_eq!(server.admin().ok(get, name.clone()).await, with(60));
        for minutes in [0, 129_600] {
            assert_eq!(server.admin().ok(set, with(minutes)).await, with(minutes));
            assert_eq!(server.admin().ok(get, name.clone()).await, with(minutes));
        }
        for minutes in [-1, 129_601] {
            let (code, _) = server.admin().refused(set, with(minutes)).await;
            assert_eq!(code, "InvalidParameterException");
        }
        // An update of the client is about other things.
        server.admin().ok("UpdateUserPoolClient", name.clone()).await;
        assert_eq!(server.admin().ok(get, name.clone()).await, with(129_600));
        // Off: dormant, to be read and not to be set.
        app.set("DISABLED", 7).await;
        assert_eq!(server.admin().ok(get, name).await, with(129_600));
        let off = refusal("InvalidParameterException", "Session tracking must be enabled for the user pool.");
        assert_eq!(server.admin().refused(set, with(5)).await, off);
        let other = server.pool(json!({})).await;
        let foreign = json!({ "UserPoolId": other, "ClientId": app.client });
        let missing = refusal("ResourceNotFoundException", "User pool client does not exist.");
        assert_eq!(server.admin().refused(get, foreign).await, missing);
        let unknown = json!({ "UserPoolId": app.pool, "ClientId": "absentclient" });
        let missing = refusal("ResourceNotFoundException", "User pool client does not exist.");
        assert_eq!(server.admin().refused(get, unknown).await, missing);
    }

    async fn a_session_tells_when_where_and_with_what(server) {
        let app = Tracked::with_limit(server, 7).await;
        let start = server.now().seconds();
        let input = json!({
            "AuthFlow": "USER_PASSWORD_AUTH",
            "ClientId": app.client,
            "AuthParameters": { "USERNAME": "alice", "PASSWORD": TestServer::PASSWORD },
        });
        let phone = server.public().at("192.0.2.7").with("Mozilla/5.0 (Android 14) Gecko/1 Firefox/127.0");
        let first = phone.ok("InitiateAuth", input).await["AuthenticationResult"].clone();
        server.clock().advance_seconds(5);
        let second = app.sign_in().await;
        let sessions = app.list(&first).await;
        let id = sessions[1]["SessionId"].as_str().unwrap();
        assert!(id.len() == 28 && id.starts_with("tkn"), "{id}");
        let shown = json!({
            "SessionId": id, "SessionType": "TOKEN", "ClientId": app.client, "CreateDate": seconds(start),
            "LastActiveDate": seconds(start), "DeviceType": "Firefox, Android", "LastIPAddress": "192.0.2.7",
            "LastLocation": { "Country": "unknown" }, "IsCurrentSession": true,
        });
        assert_eq!(sessions[1], shown);
        let unknown = json!({
            "SessionId": sessions[0]["SessionId"], "SessionType": "TOKEN", "ClientId": app.client,
            "CreateDate": seconds(start + 5), "LastActiveDate": seconds(start + 5), "DeviceType": "unknown",
            "LastLocation": { "Country": "unknown" }, "IsCurrentSession": false,
        });
        assert_eq!(sessions[0], unknown);
        // Tokens are what they were.
        assert_eq!(claims(&second["AccessToken"]).get("session_id"), None);
        for session in app.list_of("alice").await {
            assert_eq!(session["IsCurrentSession"], false);
        }
        assert_eq!(app.list_of("alice").await.len(), 2);
    }

    async fn a_refresh_moves_the_last_activity_once_a_minute_or_when_the_client_moved(server) {
        let app = Tracked::with_limit(server, 7).await;
        let result = app.sign_in().await;
        let start = server.now().seconds();
        let last = async || app.list(&result).await[0]["LastActiveDate"].clone();
        server.clock().advance_seconds(59);
        server.public().ok("GetTokensFromRefreshToken", app.refresh(&result)).await;
        assert_eq!(last().await, seconds(start));
        server.clock().advance_seconds(1);
        server.public().ok("GetTokensFromRefreshToken", app.refresh(&result)).await;
        assert_eq!(last().await, seconds(start + 60));
        server.clock().advance_seconds(1);
        let moved = server.public().at("2001:db8::1");
        moved.ok("GetTokensFromRefreshToken", app.refresh(&result)).await;
        assert_eq!(last().await, seconds(start + 61));
        let session = app.list(&result).await[0].clone();
        assert_eq!(session["LastIPAddress"], "2001:db8::1");
        let legacy = json!({
            "ClientId": app.client, "AuthFlow": "REFRESH_TOKEN_AUTH",
            "AuthParameters": { "REFRESH_TOKEN": result["RefreshToken"] },
        });
        server.clock().advance_seconds(60);
        moved.ok("InitiateAuth", legacy).await;
        assert_eq!(last().await, seconds(start + 121));
        // Rotation counts as well.
        let rotating = json!({
            "UserPoolId": app.pool, "ClientId": app.client, "RefreshTokenRotation": { "Feature": "ENABLED" },
        });
        server.admin().ok("UpdateUserPoolClient", rotating).await;
        server.clock().advance_seconds(60);
        moved.ok("GetTokensFromRefreshToken", app.refresh(&result)).await;
        assert_eq!(last().await, seconds(start + 181));
        assert_eq!(app.list(&result).await.len(), 1);
    }

    async fn beyond_the_limit_the_session_used_least_recently_ends(server) {
        let app = Tracked::with_limit(server, 2).await;
        let first = app.sign_in().await;
        server.clock().advance_seconds(60);
        let second = app.sign_in().await;
        server.clock().advance_seconds(60);
        // The first is used again, so that the second is the one to go.
        server.public().ok("GetTokensFromRefreshToken", app.refresh(&first)).await;
        let third = app.sign_in().await;
        assert_eq!([app.works(&first).await, app.works(&second).await, app.works(&third).await], [true, false, true]);
        let revoked = refusal("NotAuthorizedException", "Refresh Token has been revoked");
        assert_eq!(server.public().refused("GetTokensFromRefreshToken", app.refresh(&second)).await, revoked);
        // A lower limit evicts at the next sign-in.
        app.set("ENABLED", 1).await;
        assert!(app.works(&first).await);
        let fourth = app.sign_in().await;
        assert_eq!([app.works(&first).await, app.works(&third).await, app.works(&fourth).await], [false, false, true]);
        assert_eq!(app.list(&fourth).await.len(), 1);
    }

    async fn the_limit_counts_one_user_over_all_clients(server) {
        let app = Tracked::with_limit(server, 1).await;
        let other = server.client(&app.pool, json!({})).await;
        server.user(&app.pool, "bob", json!({})).await;
        let bob = server.sign_in(&app.client, "bob").await;
        let first = app.sign_in().await;
        let second = server.sign_in(&other, "alice").await;
        assert_eq!([app.works(&bob).await, app.works(&first).await, app.works(&second).await], [true, false, true]);
    }

    async fn sign_ins_at_the_same_time_do_not_exceed_the_limit(server) {
        let app = Tracked::with_limit(server, 2).await;
        tokio::join!(app.sign_in(), app.sign_in(), app.sign_in(), app.sign_in());
        assert_eq!(app.list_of("alice").await.len(), 2);
    }

    async fn a_user_revokes_other_sessions_and_no_one_elses(server) {
        let app = Tracked::with_limit(server, 7).await;
        server.user(&app.pool, "bob", json!({})).await;
        let (mine, other) = (app.sign_in().await, app.sign_in().await);
        let bob = server.sign_in(&app.client, "bob").await;
        let (own_id, other_id, bobs_id) =
            (app.id_of(&mine).await, app.id_of(&other).await, app.id_of(&bob).await);
        let input = |id: &Value| json!({ "AccessToken": mine["AccessToken"], "SessionId": id });
        let own = refusal("InvalidParameterException", "The current session cannot be revoked.");
        assert_eq!(server.public().refused("RevokeUserSession", input(&own_id)).await, own);
        let none = refusal(NONE_SUCH.0, NONE_SUCH.1);
        for id in [&bobs_id, &json!("tkn0123456789abcdefghijklmno")] {
            assert_eq!(server.public().refused("RevokeUserSession", input(id)).await, none);
        }
        let mut linked = input(&other_id);
        linked["RevokeAssociatedSessions"] = json!("LINKED");
        assert_eq!(server.public().ok("RevokeUserSession", linked).await, json!({}));
        assert_eq!(server.public().refused("RevokeUserSession", input(&other_id)).await, none);
        assert_eq!([app.works(&mine).await, app.works(&other).await, app.works(&bob).await], [true, false, true]);
        assert_eq!(app.list(&mine).await.len(), 1);
        let (code, text) = server.public().refused("RevokeUserSession", input(&json!("tkn"))).await;
        assert_eq!(code, "InvalidParameterException");
        assert!(text.contains("sessionId"), "{text}");
    }

    async fn an_administrator_revokes_the_sessions_of_the_user_they_name(server) {
        let app = Tracked::with_limit(server, 7).await;
        server.user(&app.pool, "bob", json!({})).await;
        let result = app.sign_in().await;
        let id = app.id_of(&result).await;
        let input = |name: &str| json!({ "UserPoolId": app.pool, "Username": name, "SessionId": id });
        let none = refusal(NONE_SUCH.0, NONE_SUCH.1);
        assert_eq!(server.admin().refused("AdminRevokeUserSession", input("bob")).await, none);
        let unknown = refusal("UserNotFoundException", "User does not exist.");
        assert_eq!(server.admin().refused("AdminRevokeUserSession", input("carol")).await, unknown);
        let list = json!({ "UserPoolId": app.pool, "Username": "carol" });
        assert_eq!(server.admin().refused("AdminListUserSessions", list).await, unknown);
        assert_eq!(server.admin().ok("AdminRevokeUserSession", input("alice")).await, json!({}));
        assert!(!app.works(&result).await);
        assert!(app.list_of("alice").await.is_empty());
    }

    async fn what_ends_a_sign_in_ends_its_session(server) {
        let app = Tracked::with_limit(server, 7).await;
        let name = json!({ "UserPoolId": app.pool, "Username": "alice" });
        let (first, second) = (app.sign_in().await, app.sign_in().await);
        let revoke = json!({
            "ClientId": app.client, "Token": first["RefreshToken"], "RevokeAssociatedSessions": "LINKED",
        });
        server.public().ok("RevokeToken", revoke).await;
        assert_eq!(app.list(&second).await.len(), 1);
        server.admin().ok("AdminUserGlobalSignOut", name).await;
        assert!(app.list_of("alice").await.is_empty());

        let other = server.client(&app.pool, json!({})).await;
        let (kept, _) = (app.sign_in().await, server.sign_in(&other, "alice").await);
        assert_eq!(app.list(&kept).await.len(), 2);
        server.admin().ok("DeleteUserPoolClient", json!({ "UserPoolId": app.pool, "ClientId": other })).await;
        assert_eq!(app.list(&kept).await.len(), 1);
        // Thirty days are the life of the refresh token, to the second.
        server.clock().advance_seconds(30 * 24 * 60 * 60 - 1);
        assert_eq!(app.list_of("alice").await.len(), 1);
        server.clock().advance_seconds(1);
        assert!(app.list_of("alice").await.is_empty());
    }

    async fn switching_off_forgets_and_leaves_tokens_valid(server) {
        let app = Tracked::with_limit(server, 1).await;
        let before = app.sign_in().await;
        app.set("DISABLED", 1).await;
        let untracked = app.sign_in().await;
        server.clock().advance_seconds(1);
        app.set("ENABLED", 1).await;
        assert!(app.list_of("alice").await.is_empty());
        server.clock().advance_seconds(100);
        server.public().ok("GetTokensFromRefreshToken", app.refresh(&before)).await;
        // Neither listed nor counted.
        let after = app.sign_in().await;
        assert_eq!(app.list(&before).await.len(), 1);
        for result in [&before, &untracked, &after] {
            assert!(app.works(result).await);
        }
        // On again while it is on keeps what is there.
        app.set("ENABLED", 5).await;
        assert_eq!(app.list(&after).await.len(), 1);
    }

    async fn no_page_token_is_good(server) {
        let app = Tracked::with_limit(server, 7).await;
        let result = app.sign_in().await;
        let text = "Provided pagination token is invalid. Check the token and try your request again.";
        let bad = refusal("InvalidParameterException", text);
        let input = json!({ "AccessToken": result["AccessToken"], "NextToken": "x" });
        assert_eq!(server.public().refused("ListUserSessions", input).await, bad);
        let input = json!({ "UserPoolId": app.pool, "Username": "alice", "NextToken": "x" });
        assert_eq!(server.admin().refused("AdminListUserSessions", input).await, bad);
        let input = json!({ "AccessToken": "x.y.z" });
        let invalid = refusal("NotAuthorizedException", "Invalid Access Token");
        assert_eq!(server.public().refused("ListUserSessions", input).await, invalid);
    }
}
