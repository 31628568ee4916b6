//! Levels of assurance at the pages of a domain: `acr_values` and `max_age` (docs/cognito/new-operations.md §9).

use poolhouse_testkit::browser::{Answer, Browser};
use poolhouse_testkit::{TestServer, claims, on_both};
use serde_json::{Value, json};

use super::App;
use crate::sign_in::factors::{self, demand};

const LOA3: (&str, &str) = ("acr_values", "urn:cognito:loa:3");
const LOA4: (&str, &str) = ("acr_values", "urn:cognito:loa:4");

/// A pool whose second factors are the users' choice.
async fn app(server: &TestServer) -> App<'_> {
    let settings = json!({
        "EmailConfiguration": {
            "EmailSendingAccount": "DEVELOPER",
            "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/example.com",
        },
        "AccountRecoverySetting": { "RecoveryMechanisms": [{ "Priority": 1, "Name": "admin_only" }] },
    });
    let app = App::with(server, settings, json!({})).await;
    let both = json!({
        "SoftwareTokenMfaConfiguration": { "Enabled": true },
        "EmailMfaConfiguration": { "Subject": "Come in", "Message": "Use {####} to come in" },
    });
    demand(server, &app.pool, "OPTIONAL", both).await;
    app
}

/// What the tokens of a code say.
async fn told(app: &App<'_>, done: &Answer) -> Value {
    let (status, tokens) = app.redeem(&done.parameter("code").unwrap()).await;
    assert_eq!(status, 200, "{tokens}");
    claims(&tokens["id_token"])
}

async fn authorize(app: &App<'_>, browser: &mut Browser<'_>, more: &[(&str, &str)]) -> Answer {
    browser.get(&format!("/oauth2/authorize?{}", app.query(more))).await
}

on_both! {
    async fn a_browser_that_is_signed_in_is_asked_for_what_is_missing(server) {
        let app = app(server).await;
        let token = factors::App::register(server, &app.client, "alice", None).await;
        server.clock().advance_seconds(60);
        let mut browser = app.browser();
        let first = told(&app, &app.sign_in(&mut browser).await).await;
        assert_eq!((first.get("acr"), first.get("amr")), (None, None));
        server.clock().advance_seconds(60);
        let page = app.open(&mut browser, &[LOA4]).await;
        assert_eq!(page.first("h1"), "Enter the code", "{}", page.html);
        let wrong = browser.fill(&page, &[("code", "000000")]).await;
        assert_eq!(wrong.status, 200);
        let done = browser.fill(&wrong, &[("code", &token.code(server, 0))]).await;
        let raised = told(&app, &done).await;
        assert_eq!((&raised["acr"], &raised["amr"]), (&json!(LOA4.1), &json!(["pwd", "otp", "mfa"])));
        assert_eq!(raised["auth_time"], first["auth_time"]);
        // From now on the browser has it.
        let silent = authorize(&app, &mut browser, &[LOA4, ("prompt", "")]).await;
        assert_eq!(told(&app, &silent).await["acr"], LOA4.1);
        let plain = authorize(&app, &mut browser, &[]).await;
        assert_eq!(told(&app, &plain).await.get("acr"), None);
    }

    async fn a_factor_that_sends_something_is_asked_for_by_a_form(server) {
        let app = app(server).await;
        let mut browser = app.browser();
        app.sign_in(&mut browser).await;
        let page = app.open(&mut browser, &[LOA3]).await;
        assert!(page.html.contains("value=\"EMAIL_OTP\""), "{}", page.html);
        assert!(server.messages("alice").is_empty());
        let unknown = browser.fill(&page, &[("factor", "SMS_MFA")]).await;
        assert!(unknown.html.contains("value=\"EMAIL_OTP\"") && server.messages("alice").is_empty());
        // A form of another browser's does nothing.
        let mut thief = app.browser();
        app.sign_in(&mut thief).await;
        let stolen = thief.fill(&page, &[("factor", "EMAIL_OTP")]).await;
        assert!(stolen.location().contains("/error?") && server.messages("alice").is_empty());
        let page = browser.fill(&page, &[("factor", "EMAIL_OTP")]).await;
        let done = browser.fill(&page, &[("code", &server.code("alice"))]).await;
        assert_eq!(told(&app, &done).await["amr"], json!(["pwd", "email_otp", "mfa"]));
    }

    async fn a_fresh_sign_in_goes_as_far_as_it_must(server) {
        let app = app(server).await;
        let mut browser = app.browser();
        let page = app.open(&mut browser, &[LOA3]).await;
        let page = browser.fill(&page, &[("username", "alice"), ("password", TestServer::PASSWORD)]).await;
        assert_eq!(page.first("h1"), "Enter the code", "{}", page.html);
        let done = browser.fill(&page, &[("code", &server.code("alice"))]).await;
        assert_eq!(told(&app, &done).await["acr"], LOA3.1);
        // What the user cannot reach is told to the application, and to nobody who has proven nothing.
        let mut another = app.browser();
        let page = app.open(&mut another, &[LOA4]).await;
        let wrong = another.fill(&page, &[("username", "alice"), ("password", "Wrong-Horse-7")]).await;
        assert_eq!(wrong.status, 200);
        let done = another.fill(&wrong, &[("username", "alice"), ("password", TestServer::PASSWORD)]).await;
        assert_eq!(done.parameter("error").unwrap(), "unmet_authentication_requirements");
        assert_eq!(another.cookie("cognito"), None);
    }

    async fn an_old_sign_in_is_none_for_who_wants_a_young_one(server) {
        let app = app(server).await;
        let mut browser = app.browser();
        app.sign_in(&mut browser).await;
        server.clock().advance_seconds(100);
        assert!(authorize(&app, &mut browser, &[("max_age", "100")]).await.parameter("code").is_some());
        let page = app.open(&mut browser, &[("max_age", "99"), LOA3]).await;
        assert_eq!(page.first("h1"), "Sign in");
        let page = browser.fill(&page, &[("username", "alice"), ("password", TestServer::PASSWORD)]).await;
        let done = browser.fill(&page, &[("code", &server.code("alice"))]).await;
        assert_eq!(told(&app, &done).await["auth_time"], server.now().seconds());
        for bad in ["-1", "soon", "99999999999"] {
            let refused = authorize(&app, &mut browser, &[("max_age", bad)]).await;
            assert_eq!(refused.parameter("error").unwrap(), "invalid_request", "{bad}");
        }
    }
}
