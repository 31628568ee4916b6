//! `/account`: what signed-in people see and change of their own (oauth-and-managed-login §5.1, ours).

use poolhouse_testkit::browser::{Answer, Browser, Form};
use poolhouse_testkit::{TestServer, on_both};
use serde_json::{Value, json};

use super::App;
use crate::sign_in::factors::{self, demand};

async fn open(app: &App<'_>, browser: &mut Browser<'_>) -> Answer {
    browser.get(&format!("/account?client_id={}", app.client)).await
}

/// The form of a button: what it does, and to what.
fn button(page: &Answer, action: &str, of: &str) -> Form {
    let has = |form: &Form, name: &str, value: &str| {
        form.hidden.iter().any(|(known, held)| known == name && (value.is_empty() || held == value))
    };
    let mut forms = page.forms().into_iter();
    forms.find(|form| has(form, "do", action) && (of.is_empty() || has(form, "of", of))).unwrap()
}

/// What stands in the profile now, so that it can be sent again with a change.
fn profile<'a>(changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let own = [("email", "alice@example.com"), ("name", "Alice")];
    let kept = own.into_iter().filter(|(name, _)| !changed.iter().any(|(other, _)| other == name));
    kept.chain(changed.iter().copied()).collect()
}

async fn attribute(app: &App<'_>, name: &str) -> Value {
    let input = json!({ "UserPoolId": app.pool, "Username": "alice" });
    let user = app.server.admin().ok("AdminGetUser", input).await;
    let mut all = user["UserAttributes"].as_array().unwrap().iter();
    all.find(|attribute| attribute["Name"] == name).map_or(Value::Null, |found| found["Value"].clone())
}

on_both! {
    async fn who_is_not_signed_in_is_led_to_the_sign_in_and_back(server) {
        let app = App::new(server).await;
        let mut browser = app.browser();
        let nobody = open(&app, &mut browser).await;
        assert!(nobody.location().contains("/login?") && nobody.location().contains("next=account"));
        let page = browser.get(nobody.location()).await;
        let done = browser.fill(&page, &[("username", "alice"), ("password", TestServer::PASSWORD)]).await;
        assert!(done.location().contains("/account?"), "{}", done.location());
        let page = browser.get(done.location()).await;
        assert_eq!((page.status, page.first("h1")), (200, "Your account".to_owned()));
        assert!(page.html.contains("alice@example.com"));
        let done = browser.post(&button(&page, "sign-out", ""), &[]).await;
        assert_eq!((done.status, browser.cookie("cognito")), (200, None));
        assert!(open(&app, &mut browser).await.location().contains("/login?"));
    }

    async fn a_profile_is_changed_within_what_the_client_may(server) {
        let rights = json!({
            "ReadAttributes": ["email", "email_verified", "name", "nickname"],
            "WriteAttributes": ["email", "name"],
        });
        let app = App::with(server, json!({ "AutoVerifiedAttributes": ["email"] }), rights).await;
        let mut browser = app.browser();
        app.sign_in(&mut browser).await;
        let page = open(&app, &mut browser).await;
        assert!(!page.html.contains("name=\"nickname\"") && !page.html.contains("phone_number"));
        let save = button(&page, "save", "");
        let saved = browser.post(&save, &profile(&[("name", "<b>Ada"), ("nickname", "x"), ("birthdate", "1815-12-10")])).await;
        assert!(saved.html.contains("role=\"status\"") && !saved.html.contains("<b>"), "{}", saved.html);
        assert_eq!((attribute(&app, "name").await, attribute(&app, "nickname").await), (json!("<b>Ada"), Value::Null));
        assert_eq!(attribute(&app, "birthdate").await, Value::Null);
        // What is emptied goes.
        browser.post(&save, &[("email", "alice@example.com")]).await;
        assert_eq!(attribute(&app, "name").await, Value::Null);
        // An address is proven by a code.
        let wrong = browser.post(&save, &[("email", "nowhere")]).await;
        assert!(wrong.html.contains("value=\"nowhere\""), "{}", wrong.html);
        let page = browser.post(&save, &[("email", "ada@example.com")]).await;
        assert_eq!(page.first("h1"), "Enter the code", "{}", page.html);
        let again = browser.fill(&page, &[("code", "000000")]).await;
        assert_eq!((again.status, attribute(&app, "email_verified").await), (200, json!("false")));
        let done = browser.fill(&again, &[("code", &server.code("alice"))]).await;
        assert!(done.html.contains("role=\"status\""), "{}", done.html);
        assert_eq!(attribute(&app, "email_verified").await, "true");
    }

    async fn a_password_is_changed_with_the_old_one(server) {
        let app = App::new(server).await;
        let mut browser = app.browser();
        app.sign_in(&mut browser).await;
        let page = open(&app, &mut browser).await;
        let change = button(&page, "change-password", "");
        for (old, new) in [("Wrong-Horse-7", "Newer-Horse-8"), (TestServer::PASSWORD, "weak"), (TestServer::PASSWORD, "")] {
            let again = browser.post(&change, &[("current_password", old), ("password", new)]).await;
            assert!(again.html.contains("-problem\""), "{old} {new}: {}", again.html);
            assert!(!again.html.contains("Horse-"), "{old} {new}");
        }
        let fields = [("current_password", TestServer::PASSWORD), ("password", "Newer-Horse-8")];
        assert!(browser.post(&change, &fields).await.html.contains("role=\"status\""));
        let mut another = app.browser();
        let page = app.open(&mut another, &[]).await;
        let done = another.fill(&page, &[("username", "alice"), ("password", "Newer-Horse-8")]).await;
        assert!(done.parameter("code").is_some());
    }

    async fn an_app_is_set_up_and_turned_off(server) {
        let app = App::new(server).await;
        demand(server, &app.pool, "OPTIONAL", json!({ "SoftwareTokenMfaConfiguration": { "Enabled": true } })).await;
        let mut browser = app.browser();
        app.sign_in(&mut browser).await;
        let page = open(&app, &mut browser).await;
        let page = browser.post(&button(&page, "turn-on", "SOFTWARE_TOKEN_MFA"), &[]).await;
        let key = page.html.split_once("secret=").unwrap().1.split("&#38;").next().unwrap().to_owned();
        let wrong = browser.fill(&page, &[("code", "000000")]).await;
        assert!(wrong.html.contains(&key));
        let token = factors::App::new(&json!(key));
        let on = browser.fill(&wrong, &[("code", &token.code(server, 0))]).await;
        assert!(on.html.contains("role=\"status\""), "{}", on.html);
        let input = json!({ "UserPoolId": app.pool, "Username": "alice" });
        let factors = async || server.admin().ok("AdminGetUserAuthFactors", input.clone()).await;
        assert_eq!(factors().await["UserMFASettingList"], json!(["SOFTWARE_TOKEN_MFA"]));
        let first = browser.post(&button(&on, "use-first", "SOFTWARE_TOKEN_MFA"), &[]).await;
        assert_eq!(factors().await["PreferredMfaSetting"], "SOFTWARE_TOKEN_MFA");
        let off = browser.post(&button(&first, "turn-off", "SOFTWARE_TOKEN_MFA"), &[]).await;
        assert_eq!(factors().await["UserMFASettingList"], Value::Null);
        // Who knows the password alone puts no other app in its place.
        let again = browser.post(&button(&off, "turn-on", "SOFTWARE_TOKEN_MFA"), &[]).await;
        assert!(!again.html.contains("secret="), "{}", again.html);
    }

    async fn what_protects_the_account_asks_for_a_sign_in_that_is_young(server) {
        let app = App::new(server).await;
        demand(server, &app.pool, "OPTIONAL", json!({ "SoftwareTokenMfaConfiguration": { "Enabled": true } })).await;
        let mut browser = app.browser();
        app.sign_in(&mut browser).await;
        let page = open(&app, &mut browser).await;
        server.clock().advance_seconds(10 * 60);
        let late = browser.post(&button(&page, "turn-on", "SOFTWARE_TOKEN_MFA"), &[]).await;
        assert!(late.location().contains("next=account"), "{} {}", late.status, late.html);
        let notice = browser.get(late.location()).await;
        assert!(notice.html.contains("role=\"status\""), "{}", notice.html);
        let moved = browser.post(&button(&page, "save", ""), &profile(&[("email", "eve@example.com")])).await;
        assert!(moved.location().contains("next=account"));
        assert_eq!(attribute(&app, "email").await, "alice@example.com");
        // What does not is still done.
        let saved = browser.post(&button(&page, "save", ""), &profile(&[("name", "Ada")])).await;
        assert_eq!((saved.status, attribute(&app, "name").await), (200, json!("Ada")));
        let done = browser.fill(&notice, &[("username", "alice"), ("password", TestServer::PASSWORD)]).await;
        let page = browser.get(done.location()).await;
        let page = browser.post(&button(&page, "turn-on", "SOFTWARE_TOKEN_MFA"), &[]).await;
        assert!(page.html.contains("otpauth:"));
    }

    async fn sessions_are_seen_and_ended_elsewhere(server) {
        let app = App::new(server).await;
        let tracking = json!({
            "UserPoolId": app.pool, "UserSessionTracking": "ENABLED", "TokenSession": { "MaxPerUser": 20 },
        });
        server.admin().ok("SetUserPoolSessionConfiguration", tracking).await;
        let (mut browser, mut another) = (app.browser(), app.browser());
        app.sign_in(&mut browser).await;
        app.sign_in(&mut another).await;
        let token = server.sign_in(&app.client, "alice").await["AccessToken"].clone();
        let page = open(&app, &mut browser).await;
        assert_eq!(page.html.matches("value=\"end-session\"").count(), 2, "{}", page.html);
        let page = browser.post(&button(&page, "end-session", ""), &[]).await;
        assert_eq!(page.html.matches("value=\"end-session\"").count(), 1);
        browser.post(&button(&page, "sign-out-elsewhere", ""), &[]).await;
        let refused = server.public().refused("GetUser", json!({ "AccessToken": token })).await;
        assert_eq!(refused.0, "NotAuthorizedException");
        assert!(open(&app, &mut another).await.location().contains("/login?"));
        assert_eq!(open(&app, &mut browser).await.status, 200);
    }

    async fn forms_are_those_of_this_browser(server) {
        let app = App::new(server).await;
        let (mut browser, mut thief) = (app.browser(), app.browser());
        app.sign_in(&mut browser).await;
        let page = open(&app, &mut browser).await;
        let save = button(&page, "save", "");
        app.open(&mut thief, &[]).await;
        thief.set_cookie("cognito", browser.cookie("cognito"));
        assert_eq!(thief.post(&save, &profile(&[("name", "Eve")])).await.status, 400);
        let bare = Form { hidden: save.hidden.iter().filter(|(name, _)| name == "do").cloned().collect(), ..save.clone() };
        assert_eq!(browser.post(&bare, &profile(&[("name", "Eve")])).await.status, 400);
        assert_eq!(attribute(&app, "name").await, "Alice");
        let odd = Form { hidden: save.hidden.into_iter().filter(|(name, _)| name != "do").collect(), ..save };
        for fields in [&[("do", "delete")][..], &[], &[("do", "end-session"), ("of", "x")], &[("do", "turn-on"), ("of", "x")]] {
            let status = browser.post(&odd, fields).await.status;
            assert!((200..500).contains(&status), "{fields:?} {status}");
        }
    }
}
