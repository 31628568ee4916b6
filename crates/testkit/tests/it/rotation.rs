//! Refresh token rotation: docs/cognito/tokens.md §9.3, recorded unless a test says otherwise.

use poolhouse_ports::Entropy;
use poolhouse_testkit::{ApiError, Database, Parts, TestServer, claims, on_both};
use serde_json::{Value, json};

/// A pool with a client whose refresh tokens rotate, and alice.
struct Rotating<'a> {
    server: &'a TestServer,
    pool: String,
    client: String,
}

impl<'a> Rotating<'a> {
    async fn with_grace(server: &'a TestServer, seconds: u32) -> Self {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, settings(Some(seconds))).await;
        server.user(&pool, "alice", json!({})).await;
        Self { server, pool, client }
    }

    async fn sign_in(&self) -> Value {
        self.server.sign_in(&self.client, "alice").await
    }

    async fn call(&self, token: &Value) -> Result<Value, ApiError> {
        use_at(self.server, &self.client, token).await
    }

    /// The `AuthenticationResult` for a token that must be good.
    async fn next(&self, token: &Value) -> Value {
        self.call(token).await.unwrap()
    }

    /// Type and text for a token that must not be.
    async fn refusal(&self, token: &Value) -> (String, String) {
        let error = self.call(token).await.unwrap_err();
        (error.code, error.message)
    }

    async fn set(&self, settings: Value) {
        let mut input = json!({ "UserPoolId": self.pool, "ClientId": self.client });
        input.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        self.server.admin().ok("UpdateUserPoolClient", input).await;
    }

    async fn works(&self, access: &Value) {
        self.server.public().ok("GetUser", json!({ "AccessToken": access })).await;
    }
}

/// Settings of a client with rotation; without seconds, of one without.
fn settings(grace: Option<u32>) -> Value {
    match grace {
        Some(seconds) => json!({
            "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
            "RefreshTokenRotation": { "Feature": "ENABLED", "RetryGracePeriodSeconds": seconds },
        }),
        None => json!({
            "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            "RefreshTokenRotation": { "Feature": "DISABLED" },
        }),
    }
}

async fn use_at(server: &TestServer, client: &str, token: &Value) -> Result<Value, ApiError> {
    let input = json!({ "ClientId": client, "RefreshToken": token });
    let output = server.public().call("GetTokensFromRefreshToken", input).await?;
    Ok(output["AuthenticationResult"].clone())
}

fn reuse() -> (String, String) {
    ("RefreshTokenReuseException".to_owned(), "Refresh token reuse detected".to_owned())
}

fn not_authorized(text: &str) -> (String, String) {
    ("NotAuthorizedException".to_owned(), text.to_owned())
}

on_both! {
    async fn each_use_gives_a_new_token_of_the_same_sign_in(server) {
        let app = Rotating::with_grace(server, 0).await;
        let first = app.sign_in().await;
        let mut result = first.clone();
        for _ in 0..3 {
            server.clock().advance_seconds(60);
            let next = app.next(&result["RefreshToken"]).await;
            let mut members: Vec<_> = next.as_object().unwrap().keys().map(String::as_str).collect();
            members.sort_unstable();
            assert_eq!(members, ["AccessToken", "ExpiresIn", "IdToken", "RefreshToken", "TokenType"]);
            assert_ne!(next["RefreshToken"], result["RefreshToken"]);
            let (old, new) = (claims(&first["AccessToken"]), claims(&next["AccessToken"]));
            for same in ["sub", "origin_jti", "event_id", "auth_time", "scope"] {
                assert_eq!(new[same], old[same], "{same}");
            }
            // Access tokens of before stay good.
            for access in [&first["AccessToken"], &next["AccessToken"]] {
                app.works(access).await;
            }
            result = next;
        }
    }

    async fn without_grace_a_parent_dies_at_once_and_its_reuse_ends_nothing(server) {
        let app = Rotating::with_grace(server, 0).await;
        let parent = app.sign_in().await["RefreshToken"].clone();
        let child = app.next(&parent).await["RefreshToken"].clone();
        assert_eq!(app.refusal(&parent).await, reuse());
        let grandchild = app.next(&child).await["RefreshToken"].clone();
        for dead in [&parent, &child] {
            assert_eq!(app.refusal(dead).await, reuse());
        }
        app.next(&grandchild).await;
    }

    async fn within_the_grace_period_a_retry_replaces_the_child(server) {
        let app = Rotating::with_grace(server, 10).await;
        let parent = app.sign_in().await["RefreshToken"].clone();
        let displaced = app.next(&parent).await["RefreshToken"].clone();
        let child = app.next(&parent).await["RefreshToken"].clone();
        assert_ne!(displaced, child);
        assert_eq!(app.refusal(&displaced).await, reuse());
        // Only the direct predecessor has a grace period.
        let grandchild = app.next(&child).await["RefreshToken"].clone();
        assert_eq!(app.refusal(&parent).await, reuse());
        app.next(&child).await;
        assert_eq!(app.refusal(&grandchild).await, reuse());
    }

    async fn the_grace_period_ends_to_the_second_and_retries_do_not_prolong_it(server) {
        let app = Rotating::with_grace(server, 10).await;
        let parent = app.sign_in().await["RefreshToken"].clone();
        // An age of the sign-in does not shorten it.
        server.clock().advance_seconds(1000);
        app.next(&parent).await;
        server.clock().advance_seconds(9);
        let child = app.next(&parent).await["RefreshToken"].clone();
        server.clock().advance_seconds(1);
        assert_eq!(app.refusal(&parent).await, reuse());
        app.next(&child).await;
    }

    async fn rotation_does_not_prolong_the_life_of_the_sign_in(server) {
        // documented
        let app = Rotating::with_grace(server, 0).await;
        let mut short = settings(Some(0));
        short["RefreshTokenValidity"] = json!(2);
        short["TokenValidityUnits"] = json!({ "RefreshToken": "hours" });
        app.set(short).await;
        let parent = app.sign_in().await["RefreshToken"].clone();
        // A longer life of the client's tokens is for later sign-ins.
        app.set(settings(Some(0))).await;
        server.clock().advance_seconds(7199);
        let child = app.next(&parent).await["RefreshToken"].clone();
        server.clock().advance_seconds(1);
        assert_eq!(app.refusal(&child).await, not_authorized("Refresh Token has expired"));
    }

    async fn revoking_any_member_ends_the_family_alone(server) {
        for member in 0..3 {
            let app = Rotating::with_grace(server, 0).await;
            let (first, other) = (app.sign_in().await, app.sign_in().await);
            let second = app.next(&first["RefreshToken"]).await;
            let third = app.next(&second["RefreshToken"]).await;
            let family = [&first, &second, &third];
            let revoke = json!({ "ClientId": app.client, "Token": family[member]["RefreshToken"] });
            assert_eq!(server.public().ok("RevokeToken", revoke).await, json!({}));
            for result in family {
                let input = json!({ "AccessToken": result["AccessToken"] });
                let refused = server.public().refused("GetUser", input).await;
                assert_eq!(refused, not_authorized("Access Token has been revoked"));
                // no text in the answer
                assert_eq!(app.refusal(&result["RefreshToken"]).await, not_authorized(""));
            }
            app.works(&other["AccessToken"]).await;
            app.next(&other["RefreshToken"]).await;
        }
    }

    async fn what_became_of_the_user_counts_before_rotation(server) {
        let app = Rotating::with_grace(server, 0).await;
        let parent = app.sign_in().await["RefreshToken"].clone();
        let child = app.next(&parent).await["RefreshToken"].clone();
        let name = json!({ "UserPoolId": app.pool, "Username": "alice" });
        server.admin().ok("AdminDisableUser", name.clone()).await;
        for token in [&parent, &child] {
            assert_eq!(app.refusal(token).await, not_authorized("User is disabled."));
        }
        server.admin().ok("AdminEnableUser", name.clone()).await;
        assert_eq!(app.refusal(&child).await, not_authorized(""));
        let token = app.sign_in().await["RefreshToken"].clone();
        server.admin().ok("AdminDeleteUser", name).await;
        let deleted = "The user has been deleted for the associated refresh token";
        assert_eq!(app.refusal(&token).await, not_authorized(deleted));
    }

    async fn switched_on_and_off_the_newest_token_goes_on_working(server) {
        let app = Rotating::with_grace(server, 0).await;
        app.set(settings(None)).await;
        let parent = app.sign_in().await["RefreshToken"].clone();
        assert!(app.next(&parent).await.get("RefreshToken").is_none());
        app.set(settings(Some(60))).await;
        let child = app.next(&parent).await["RefreshToken"].clone();
        app.set(settings(None)).await;
        let legacy = json!({
            "ClientId": app.client, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": { "REFRESH_TOKEN": child },
        });
        for _ in 0..2 {
            assert!(app.next(&child).await.get("RefreshToken").is_none());
            server.public().ok("InitiateAuth", legacy.clone()).await;
        }
        let revoked = not_authorized("Refresh Token has been revoked");
        assert_eq!(app.refusal(&parent).await, revoked);
        let mut old = legacy;
        old["AuthParameters"]["REFRESH_TOKEN"] = parent;
        assert_eq!(server.public().refused("InitiateAuth", old).await, revoked);
    }

    async fn tokens_name_their_origin_though_they_cannot_be_revoked(server) {
        // documented
        let app = Rotating::with_grace(server, 0).await;
        let mut unrevocable = settings(Some(0));
        unrevocable["EnableTokenRevocation"] = json!(false);
        app.set(unrevocable).await;
        let first = app.sign_in().await;
        let next = app.next(&first["RefreshToken"]).await;
        let origin = &claims(&first["IdToken"])["origin_jti"];
        assert!(origin.is_string());
        for token in [&first["AccessToken"], &next["IdToken"], &next["AccessToken"]] {
            assert_eq!(&claims(token)["origin_jti"], origin);
        }
    }

    async fn foreign_tokens_displace_nothing(server) {
        let app = Rotating::with_grace(server, 0).await;
        let other = server.client(&app.pool, settings(Some(0))).await;
        let token = app.sign_in().await["RefreshToken"].clone();
        let error = use_at(server, &other, &token).await.unwrap_err();
        assert_eq!((error.code, error.message), not_authorized("Refresh Token has different Client"));
        let mut altered = token.as_str().unwrap().to_owned();
        let last = altered.pop().unwrap();
        altered.push(if last == 'A' { 'B' } else { 'A' });
        assert_eq!(app.refusal(&json!(altered)).await, not_authorized("Invalid Refresh Token"));
        app.next(&token).await;
    }

    async fn of_uses_at_the_same_time_one_wins(server) {
        let app = Rotating::with_grace(server, 0).await;
        let token = app.sign_in().await["RefreshToken"].clone();
        let (a, b, c) = tokio::join!(app.call(&token), app.call(&token), app.call(&token));
        check_one_winner(&app, [a, b, c]).await;
    }

    async fn of_retries_at_the_same_time_the_last_child_lives(server) {
        let app = Rotating::with_grace(server, 60).await;
        let token = app.sign_in().await["RefreshToken"].clone();
        let (a, b, c) = tokio::join!(app.call(&token), app.call(&token), app.call(&token));
        let mut living = 0;
        for result in [a, b, c] {
            match app.call(&result.unwrap()["RefreshToken"]).await {
                Ok(_) => living += 1,
                Err(error) => assert_eq!((error.code, error.message), reuse()),
            }
        }
        assert_eq!(living, 1);
    }
}

/// One of the uses gave a child, which goes on working; the others were told of the reuse.
async fn check_one_winner<const N: usize>(app: &Rotating<'_>, results: [Result<Value, ApiError>; N]) {
    let (won, lost): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    for result in lost {
        let error = result.unwrap_err();
        assert_eq!((error.code, error.message), reuse());
    }
    let child = won.into_iter().next().unwrap().unwrap()["RefreshToken"].clone();
    app.next(&child).await;
}

#[tokio::test]
async fn two_nodes_agree_on_the_winner() {
    let Some(database) = Database::postgres().await else { return };
    let server = TestServer::start(database.clone()).await;
    let other =
        TestServer::start_with(database, |parts: &mut Parts| parts.kernel.entropy = Entropy::seeded(43))
            .await;
    for _ in 0..10 {
        let app = Rotating::with_grace(&server, 0).await;
        let token = app.sign_in().await["RefreshToken"].clone();
        let results = tokio::join!(
            app.call(&token),
            use_at(&other, &app.client, &token),
            app.call(&token),
            use_at(&other, &app.client, &token),
        );
        check_one_winner(&app, results.into()).await;
    }
    drop(other);
    server.finish().await;
}

#[tokio::test]
async fn a_refresh_without_rotation_writes_nothing() {
    let server = TestServer::start(Database::Sqlite).await;
    let pool = server.pool(json!({})).await;
    let client = server.client(&pool, json!({})).await;
    server.user(&pool, "alice", json!({})).await;
    let token = server.sign_in(&client, "alice").await["RefreshToken"].clone();
    let before = server.engine().store().transactions();
    use_at(&server, &client, &token).await.unwrap();
    let input = json!({
        "ClientId": client, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": { "REFRESH_TOKEN": token },
    });
    server.public().ok("InitiateAuth", input).await;
    assert_eq!(server.engine().store().transactions(), before);
    server.finish().await;
}
