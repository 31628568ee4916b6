//! Ways through the pages that few take: each factor, each grant, the classic looks, and what comes too late or twice
//! (oauth-and-managed-login §4, oauth-and-managed-login §5, oauth-and-managed-login §10.1).

use poolhouse_testkit::{TestServer, claims, on_both};
use serde_json::json;

use super::{App, CALLBACK, HOST};
use crate::sign_in::factors::{demand, prefer};
use crate::triggers::custom_auth::functions;

/// Settings of a pool that can send codes everywhere.
fn senders() -> serde_json::Value {
    json!({
        "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::000000000000:role/sms", "ExternalId": "x" },
        "EmailConfiguration": {
            "EmailSendingAccount": "DEVELOPER",
            "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/example.com",
        },
        "AccountRecoverySetting": { "RecoveryMechanisms": [{ "Priority": 1, "Name": "admin_only" }] },
    })
}

/// All second factors, and alice with a telephone.
async fn app<'a>(server: &'a TestServer, mode: &str) -> App<'a> {
    let app = App::with(server, senders(), json!({})).await;
    let factors = json!({
        "SmsMfaConfiguration": {},
        "SoftwareTokenMfaConfiguration": { "Enabled": true },
        "EmailMfaConfiguration": { "Subject": "Come in", "Message": "Use {####} to come in" },
    });
    demand(server, &app.pool, mode, factors).await;
    let phone = json!({
        "UserPoolId": app.pool, "Username": "alice",
        "UserAttributes": [{ "Name": "phone_number", "Value": "+12065550100" }],
    });
    server.admin().ok("AdminUpdateUserAttributes", phone).await;
    app
}

on_both! {
    async fn a_code_by_sms_is_the_second_step(server) {
        let app = app(server, "OPTIONAL").await;
        prefer(server, &app.pool, "alice", "SMSMfaSettings").await;
        let mut browser = app.browser();
        let page = app.sign_in(&mut browser).await;
        assert!(page.html.contains("+*******0100"), "{}", page.html);
        let wrong = browser.fill(&page, &[("code", "000000")]).await;
        assert_eq!(wrong.status, 200);
        // Codes are copied with blanks.
        let code = server.code("alice");
        let (first, rest) = code.split_at(3);
        let done = browser.fill(&wrong, &[("code", &format!(" {first} {rest} "))]).await;
        assert!(done.parameter("code").is_some(), "{} {}", done.status, done.html);
        // A form that was posted twice does nothing twice.
        assert_eq!(browser.fill(&wrong, &[("code", &code)]).await.status, 400);
    }

    async fn one_of_several_second_steps_is_chosen(server) {
        let app = app(server, "OPTIONAL").await;
        for settings in ["SMSMfaSettings", "EmailMfaSettings"] {
            let input = json!({ "UserPoolId": app.pool, "Username": "alice", settings: { "Enabled": true } });
            server.admin().ok("AdminSetUserMFAPreference", input).await;
        }
        let mut browser = app.browser();
        let page = app.sign_in(&mut browser).await;
        assert!(page.html.contains("value=\"SMS_MFA\"") && page.html.contains("value=\"EMAIL_OTP\""));
        assert!(server.messages("alice").is_empty());
        for none in ["", "PASSWORD"] {
            assert_eq!(browser.fill(&page, &[("factor", none)]).await.status, 200);
        }
        let page = browser.fill(&page, &[("factor", "EMAIL_OTP")]).await;
        let done = browser.fill(&page, &[("code", &server.code("alice"))]).await;
        assert!(done.parameter("code").is_some(), "{} {}", done.status, done.html);
    }

    async fn an_address_is_set_up_where_a_second_step_is_demanded(server) {
        let app = App::with(server, senders(), json!({})).await;
        let factors = json!({ "EmailMfaConfiguration": { "Subject": "Come in", "Message": "Use {####}" } });
        demand(server, &app.pool, "ON", factors).await;
        server.user(&app.pool, "bob", json!({})).await;
        let mut browser = app.browser();
        let page = app.open(&mut browser, &[]).await;
        let page = browser.fill(&page, &[("username", "bob"), ("password", TestServer::PASSWORD)]).await;
        let none = browser.fill(&page, &[("email", "nowhere")]).await;
        assert_eq!(none.status, 200, "{}", none.html);
        let page = browser.fill(&none, &[("email", "bob@example.com")]).await;
        let done = browser.fill(&page, &[("code", &server.code("bob"))]).await;
        assert!(done.parameter("code").is_some(), "{} {}", done.status, done.html);
    }

    async fn what_functions_ask_is_a_field(server) {
        let flows = json!({ "ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"] });
        let app = App::with(server, json!({ "LambdaConfig": functions(server) }), flows).await;
        let mut browser = app.browser();
        let page = app.open(&mut browser, &[]).await;
        let page = browser.fill(&page, &[("username", "alice")]).await;
        assert!(page.html.contains("0?"), "{}", page.html);
        let page = browser.fill(&page, &[("answer", "tea")]).await;
        assert!(page.html.contains("1?"), "{}", page.html);
        let done = browser.fill(&page, &[("answer", "tea")]).await;
        assert!(done.parameter("code").is_some(), "{} {}", done.status, done.html);
    }

    async fn the_implicit_grant_puts_tokens_behind_the_hash(server) {
        let app = App::new(server).await;
        let mut browser = app.browser();
        let plain = [("response_type", "token"), ("code_challenge", ""), ("code_challenge_method", ""), ("nonce", "n")];
        let page = app.open(&mut browser, &plain).await;
        let done = browser.fill(&page, &[("username", "alice"), ("password", TestServer::PASSWORD)]).await;
        assert!(done.location().starts_with(&format!("{CALLBACK}#")), "{}", done.location());
        let id = claims(&json!(done.parameter("id_token").unwrap()));
        assert_eq!((&id["nonce"], &id["cognito:username"]), (&json!("n"), &json!("alice")));
        assert_eq!(done.parameter("token_type").unwrap(), "Bearer");
        assert_eq!((done.parameter("state").unwrap(), done.parameter("refresh_token")), ("a b&c".to_owned(), None));
        let refused = browser.get(&format!("/oauth2/authorize?{}", app.query(&[("response_type", "token"), ("scope", "phone")]))).await;
        assert!(refused.location().starts_with(&format!("{CALLBACK}#error_description=invalid_scope")));
    }

    async fn classic_pages_have_the_clients_css_and_logo(server) {
        let app = App::new(server).await;
        // The head of a PNG is all that is looked at.
        let look = json!({
            "UserPoolId": app.pool, "ClientId": app.client,
            "CSS": ".submitButton-customizable { background-color: #123456; }", "ImageFile": "iVBORw0KGgo=",
        });
        server.admin().ok("SetUICustomization", look).await;
        let mut browser = app.browser();
        let page = app.open(&mut browser, &[("lang", "de"), ("prompt", "none")]).await;
        assert_eq!(page.first("h1"), "Sign in", "classic pages know neither languages nor prompts");
        let sheets = page.html.split("rel=\"stylesheet\" href=\"").skip(2);
        let sheet = sheets.filter_map(|rest| rest.split('"').next()).next().unwrap().to_owned();
        let css = browser.get(&sheet).await;
        assert!(css.html.contains("#123456"), "{}", css.html);
        let logo = page.html.split_once("/ui-customization/").unwrap().1.split('"').next().unwrap();
        let (status, headers, body) =
            server.http("GET", &format!("/ui-customization/{logo}"), &[("host", HOST.to_owned())], b"").await;
        assert_eq!((status, headers["content-type"].to_str().unwrap()), (200, "image/png"));
        assert!(body.starts_with(b"\x89PNG"));
    }

    async fn forms_that_come_too_late_lead_back(server) {
        let app = app(server, "OPTIONAL").await;
        prefer(server, &app.pool, "alice", "EmailMfaSettings").await;
        let mut browser = app.browser();
        let page = app.sign_in(&mut browser).await;
        let code = server.code("alice");
        server.clock().advance_seconds(5 * 60);
        let late = browser.fill(&page, &[("code", &code)]).await;
        assert_eq!((late.status, late.html.contains("/login?")), (400, true));
        // What is no state at all, and one that was changed.
        let mut form = page.form();
        for state in ["x".to_owned(), "x".repeat(100_000), String::new()] {
            form.hidden.retain(|(name, _)| name != "state");
            form.hidden.push(("state".to_owned(), state));
            let answer = browser.post(&form, &[("code", &code)]).await;
            assert!((300..500).contains(&answer.status), "{}", answer.status);
        }
    }
}
