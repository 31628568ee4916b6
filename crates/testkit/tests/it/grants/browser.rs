//! Browser sessions: docs/cognito/oauth-and-managed-login.md §5.2, docs/cognito/new-operations.md §2.

use poolhouse_core::grants::authorize;
use poolhouse_core::maintenance;
use poolhouse_core::sessions::browser;
use poolhouse_testkit::on_both;
use serde_json::{Value, json};

use super::App;

/// Whether a client takes the cookie up without a page.
async fn is_taken_up(app: &App<'_>, cookie: &str) -> bool {
    let request = app.check(&app.asked()).await.unwrap();
    authorize::resume(&app.page(), &request, Some(cookie)).await.unwrap().is_some()
}

async fn track(app: &App<'_>, on: &str) {
    let input = json!({
        "UserPoolId": app.pool, "UserSessionTracking": on, "TokenSession": { "MaxPerUser": 20 },
    });
    app.server.admin().ok("SetUserPoolSessionConfiguration", input).await;
}

async fn take_up_for(app: &App<'_>, minutes: i32) {
    let input = json!({
        "UserPoolId": app.pool, "ClientId": app.client.as_str(), "SSOSession": { "MaxValidityMinutes": minutes },
    });
    app.server.admin().ok("SetUserPoolClientSessionConfiguration", input).await;
}

async fn sessions(app: &App<'_>) -> Vec<Value> {
    let input = json!({ "UserPoolId": app.pool, "Username": "alice" });
    let output = app.server.admin().ok("AdminListUserSessions", input).await;
    output["Sessions"].as_array().unwrap().clone()
}

fn of_kind<'a>(sessions: &'a [Value], kind: &str) -> Vec<&'a Value> {
    sessions.iter().filter(|session| session["SessionType"] == kind).collect()
}

on_both! {
    async fn a_cookie_is_good_for_an_hour_and_does_not_slide(server) {
        let app = App::new(server).await;
        let (login, cookie) = app.log_in().await;
        assert_eq!(login.expires_at, server.now().plus_seconds(3600));
        server.clock().advance_seconds(3599);
        assert!(is_taken_up(&app, &cookie).await);
        server.clock().advance_seconds(1);
        assert!(!is_taken_up(&app, &cookie).await);
        assert_eq!(browser::find(&app.page(), &app.pool, &cookie).await.unwrap(), None);
        server.clock().advance_seconds(1);
        assert_eq!(maintenance::purge(server.engine()).await.unwrap(), 1);
    }

    async fn signing_out_ends_one_browser(server) {
        let app = App::new(server).await;
        let ((_, one), (_, other)) = (app.log_in().await, app.log_in().await);
        for _ in 0..2 {
            browser::end(&app.page(), &app.pool, &one).await.unwrap();
        }
        browser::end(&app.page(), &app.pool, "garbage").await.unwrap();
        assert!(!is_taken_up(&app, &one).await);
        assert!(is_taken_up(&app, &other).await);
    }

    // new-operations §2.5
    async fn what_happens_to_the_user_ends_it_or_not(server) {
        let app = App::new(server).await;
        let of_alice = json!({ "UserPoolId": app.pool, "Username": "alice" });
        let (login, cookie) = app.log_in().await;
        server.admin().ok("AdminUserGlobalSignOut", of_alice.clone()).await;
        assert!(is_taken_up(&app, &cookie).await);
        // Its tokens are of the new generation.
        let found = browser::find(&app.page(), &app.pool, &cookie).await.unwrap().unwrap();
        assert_eq!(found.generation, login.generation + 1);
        let password = json!({
            "UserPoolId": app.pool, "Username": "alice", "Password": "Other-Horse-8", "Permanent": true,
        });
        server.admin().ok("AdminSetUserPassword", password.clone()).await;
        assert!(is_taken_up(&app, &cookie).await);
        server.admin().ok("AdminResetUserPassword", of_alice.clone()).await;
        assert!(!is_taken_up(&app, &cookie).await);
        server.admin().ok("AdminSetUserPassword", password).await;
        assert!(is_taken_up(&app, &cookie).await);
        server.admin().ok("AdminDisableUser", of_alice.clone()).await;
        assert!(!is_taken_up(&app, &cookie).await);
        server.admin().ok("AdminEnableUser", of_alice.clone()).await;
        assert!(!is_taken_up(&app, &cookie).await, "disabling ended it");
        server.admin().ok("AdminDeleteUser", of_alice).await;
        assert!(!is_taken_up(&app, &cookie).await);
    }

    async fn a_user_has_a_hundred_browsers_at_most(server) {
        let app = App::new(server).await;
        let (_, first) = app.log_in().await;
        server.clock().advance_seconds(1);
        for _ in 0..99 {
            app.log_in().await;
        }
        assert!(is_taken_up(&app, &first).await);
        app.log_in().await;
        assert!(!is_taken_up(&app, &first).await);
    }

    // new-operations §2.2
    async fn where_sessions_are_tracked_each_client_has_its_time(server) {
        let app = App::new(server).await;
        track(&app, "ENABLED").await;
        let (short, never) = (App::in_pool(server, &app.pool, json!({})).await, App::in_pool(server, &app.pool, json!({})).await);
        take_up_for(&short, 5).await;
        take_up_for(&never, 0).await;
        take_up_for(&app, 24 * 60).await;
        let (_, cookie) = never.log_in().await;
        assert!(!is_taken_up(&never, &cookie).await);
        server.clock().advance_seconds(5 * 60 - 1);
        assert!(is_taken_up(&short, &cookie).await);
        server.clock().advance_seconds(1);
        assert!(!is_taken_up(&short, &cookie).await);
        assert!(is_taken_up(&app, &cookie).await);
        // Off: the classic hour, whatever was set.
        server.clock().advance_seconds(55 * 60 - 1);
        track(&app, "DISABLED").await;
        assert!(is_taken_up(&short, &cookie).await);
        server.clock().advance_seconds(1);
        assert!(!is_taken_up(&app, &cookie).await);
        track(&app, "ENABLED").await;
        assert!(is_taken_up(&app, &cookie).await);
        server.clock().advance_seconds(23 * 60 * 60);
        assert!(!is_taken_up(&app, &cookie).await);
    }

    // new-operations §2.3, §2.5
    async fn sessions_are_listed_with_what_links_them(server) {
        let app = App::new(server).await;
        track(&app, "ENABLED").await;
        let (login, cookie) = app.log_in().await;
        let listed = sessions(&app).await;
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0]["SessionId"], login.session_id);
        assert!(login.session_id.starts_with("sso") && login.session_id.len() == 28);
        assert_eq!((&listed[0]["SessionType"], &listed[0]["ClientId"]), (&json!("SSO"), &json!(app.client.as_str())));
        server.clock().advance_seconds(120);
        assert!(is_taken_up(&app, &cookie).await);
        app.redeem(&app.granted(&app.asked(), &login, "code").await).await.unwrap();
        server.sign_in(&app.client, "alice").await;
        let listed = sessions(&app).await;
        assert_eq!((of_kind(&listed, "SSO").len(), of_kind(&listed, "TOKEN").len()), (1, 2));
        let created = of_kind(&listed, "SSO")[0]["CreateDate"].as_f64().unwrap();
        let active = of_kind(&listed, "SSO")[0]["LastActiveDate"].as_f64().unwrap();
        assert!((active - created - 120.0).abs() < 0.5);
        let origins: Vec<_> = of_kind(&listed, "TOKEN").into_iter().map(|s| s.get("OriginSessionId")).collect();
        assert!(origins.contains(&Some(&json!(login.session_id))) && origins.contains(&None), "{origins:?}");
        track(&app, "DISABLED").await;
        assert!(is_taken_up(&app, &cookie).await);
    }

    async fn what_is_linked_ends_together_where_that_is_asked(server) {
        let app = App::with(server, json!({ "AllowedOAuthScopes": ["openid", "aws.cognito.signin.user.admin"] })).await;
        track(&app, "ENABLED").await;
        let revoke = async |id: &str, linked: &str| {
            let input = json!({
                "UserPoolId": app.pool, "Username": "alice", "SessionId": id, "RevokeAssociatedSessions": linked,
            });
            server.admin().ok("AdminRevokeUserSession", input).await;
        };
        let granted = async |login: &browser::Login| {
            app.redeem(&app.granted(&app.asked(), login, "code").await).await.unwrap()
        };
        // NONE: the browser's alone.
        let (login, cookie) = app.log_in().await;
        let tokens = granted(&login).await;
        revoke(&login.session_id, "NONE").await;
        assert!(!is_taken_up(&app, &cookie).await && app.works(&tokens).await);
        // LINKED: all that came through it, but for what is asked with.
        let (login, cookie) = app.log_in().await;
        let (own, other) = (granted(&login).await, granted(&login).await);
        let input = json!({
            "AccessToken": own.access_token.as_str(), "SessionId": login.session_id, "RevokeAssociatedSessions": "LINKED",
        });
        server.public().ok("RevokeUserSession", input).await;
        assert!(!is_taken_up(&app, &cookie).await && app.works(&own).await && !app.works(&other).await);
        // LINKED on one of tokens: its browser's too, and no other one of tokens.
        let (login, cookie) = app.log_in().await;
        let (one, other) = (granted(&login).await, granted(&login).await);
        let input = json!({
            "ClientId": app.client.as_str(), "Token": one.refresh_token.as_ref().unwrap().as_str(),
            "RevokeAssociatedSessions": "LINKED",
        });
        server.public().ok("RevokeToken", input).await;
        assert!(!is_taken_up(&app, &cookie).await && !app.works(&one).await && app.works(&other).await);
    }
}
