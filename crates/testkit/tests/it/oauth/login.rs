//! Managed login, by a browser without scripts (oauth-and-managed-login §4, oauth-and-managed-login §5).

use poolhouse_crypto::totp;
use poolhouse_testkit::{TestServer, claims, on_both};
use serde_json::json;

use super::{App, CALLBACK, SIGNED_OUT};

/// What an app with this key shows now.
fn code_of_app(server: &TestServer, key: &str) -> String {
    let secret = totp::secret_from_text(key).unwrap();
    totp::code(&secret, totp::step_at(server.clock().outside().seconds()))
}

on_both! {
    async fn a_password_leads_to_a_code_and_the_code_to_tokens(server) {
        let app = App::new(server).await;
        let mut browser = app.browser();
        let page = app.open(&mut browser, &[("nonce", "n-1")]).await;
        assert_eq!((page.status, page.first("h1")), (200, "Sign in".to_owned()));
        for (name, value) in [
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
            ("x-frame-options", "DENY"),
        ] {
            assert_eq!(page.headers[name], value);
        }
        assert!(!page.headers["content-security-policy"].to_str().unwrap().contains("form-action"));
        let done = browser.fill(&page, &[("username", "alice"), ("password", TestServer::PASSWORD)]).await;
        assert_eq!(done.status, 302, "{}", done.html);
        assert!(done.location().starts_with(&format!("{CALLBACK}?code=")));
        assert_eq!(done.parameter("state").unwrap(), "a b&c");
        assert_eq!(done.parameter("iss").unwrap(), format!("http://127.0.0.1:7665/{}", app.pool));
        let (status, tokens) = app.redeem(&done.parameter("code").unwrap()).await;
        assert_eq!(status, 200, "{tokens}");
        assert_eq!(tokens["token_type"], "Bearer");
        let id = claims(&tokens["id_token"]);
        assert_eq!((&id["nonce"], &id["cognito:username"]), (&json!("n-1"), &json!("alice")));
    }

    async fn a_login_is_taken_up_by_all_clients_until_it_is_ended(server) {
        let app = App::new(server).await;
        let mut browser = app.browser();
        assert_eq!(app.sign_in(&mut browser).await.status, 302);
        let cookie = browser.cookie("cognito").unwrap().to_owned();
        let other = App::in_pool(server, app.pool.clone(), json!({})).await;
        for app in [&app, &other] {
            let query = app.query(&[("prompt", "")]);
            let answer = browser.get(&format!("/oauth2/authorize?{query}")).await;
            assert!(answer.parameter("code").is_some(), "{}", answer.location());
        }
        let logout = format!("/logout?client_id={}&logout_uri=https%3A%2F%2Fapp.example.com%2Fbye", app.client);
        assert_eq!(browser.get(&logout).await.location(), SIGNED_OUT);
        assert_eq!(browser.cookie("cognito"), None);
        browser.set_cookie("cognito", Some(&cookie));
        let query = app.query(&[]);
        let answer = browser.get(&format!("/oauth2/authorize?{query}")).await;
        assert!(answer.location().contains("/login?"), "{}", answer.location());
    }

    async fn a_wrong_password_brings_the_page_back_and_tells_of_nobody(server) {
        let app = App::new(server).await;
        let mut pages = Vec::new();
        for name in ["alice", "carol"] {
            let mut browser = app.browser();
            let page = app.open(&mut browser, &[]).await;
            let again = browser.fill(&page, &[("username", name), ("password", "Wrong-Horse-7")]).await;
            assert_eq!((again.status, again.first("h1")), (200, "Sign in".to_owned()));
            assert!(again.html.contains(&format!("value=\"{name}\"")) && !again.html.contains("Wrong-Horse-7"));
            let csrf = browser.cookie("XSRF-TOKEN").unwrap();
            pages.push(again.html.replace(name, "NAME").replace(csrf, "CSRF"));
            // It can be filled again.
            let fields = [("username", "alice"), ("password", TestServer::PASSWORD)];
            assert_eq!(browser.fill(&again, &fields).await.status, 302);
        }
        assert_eq!(pages[0], pages[1]);
    }

    async fn a_software_token_is_set_up_and_asked_for(server) {
        let app = App::new(server).await;
        let mfa = json!({
            "UserPoolId": app.pool, "MfaConfiguration": "ON",
            "SoftwareTokenMfaConfiguration": { "Enabled": true },
        });
        server.admin().ok("SetUserPoolMfaConfig", mfa).await;
        let mut browser = app.browser();
        let page = app.sign_in(&mut browser).await;
        assert_eq!(page.status, 200);
        assert!(page.html.contains("otpauth://totp/"), "{}", page.html);
        let key = page.html.split_once("secret=").unwrap().1;
        let key = key.split("&#38;").next().unwrap();
        let wrong = browser.fill(&page, &[("code", "000000")]).await;
        assert_eq!((wrong.status, wrong.html.contains(key)), (200, true));
        let done = browser.fill(&wrong, &[("code", &code_of_app(server, key))]).await;
        assert!(done.parameter("code").is_some(), "{}", done.location());
        server.clock().advance_seconds(60);
        let mut another = app.browser();
        let page = app.sign_in(&mut another).await;
        assert_eq!(page.first("h1"), "Enter the code");
        let done = another.fill(&page, &[("code", &code_of_app(server, key))]).await;
        assert!(done.parameter("code").is_some(), "{}", done.location());
    }

    async fn a_new_password_is_asked_for_where_the_old_one_was_temporary(server) {
        let app = App::new(server).await;
        let user = json!({
            "UserPoolId": app.pool, "Username": "bob", "TemporaryPassword": "First-Horse-1",
            "MessageAction": "SUPPRESS",
        });
        server.admin().ok("AdminCreateUser", user).await;
        let mut browser = app.browser();
        let page = app.open(&mut browser, &[]).await;
        let page = browser.fill(&page, &[("username", "bob"), ("password", "First-Horse-1")]).await;
        let weak = browser.fill(&page, &[("password", "weak")]).await;
        assert_eq!(weak.status, 200);
        let done = browser.fill(&weak, &[("password", "Second-Horse-2")]).await;
        assert!(done.parameter("code").is_some(), "{}", done.location());
        // Going back and posting once more is harmless.
        let again = browser.fill(&weak, &[("password", "Third-Horse-3")]).await;
        assert_eq!((again.status, again.html.contains("/login?")), (400, true));
    }

    async fn a_sign_up_is_confirmed_and_signed_in(server) {
        let app = App::with(server, json!({ "AutoVerifiedAttributes": ["email"] }), json!({})).await;
        let mut browser = app.browser();
        let page = browser.get(&format!("/signup?{}", app.query(&[]))).await;
        let new = [("username", "carol"), ("email", "carol@example.com"), ("password", "Fresh-Horse-9")];
        let page = browser.fill(&page, &new).await;
        assert_eq!(page.first("h1"), "Confirm your account", "{}", page.html);
        let wrong = browser.fill(&page, &[("code", "000000")]).await;
        assert_eq!(wrong.status, 200);
        // In another browser the form is nothing, and the code alone signs nobody in.
        let code = server.code("carol");
        let mut another = app.browser();
        app.open(&mut another, &[]).await;
        assert!(another.fill(&wrong, &[("code", &code)]).await.location().contains("/error?"));
        server.clock().advance_seconds(50 * 60);
        let done = browser.fill(&wrong, &[("code", &code)]).await;
        assert!(done.parameter("code").is_some(), "{} {}", done.status, done.html);
        let again = browser.fill(&wrong, &[("code", &code)]).await;
        assert!(again.status == 200 && again.headers.get("location").is_none());
    }

    async fn a_code_that_was_typed_elsewhere_confirms_and_asks_for_the_password(server) {
        let app = App::with(server, json!({ "AutoVerifiedAttributes": ["email"] }), json!({})).await;
        let mut browser = app.browser();
        let page = browser.get(&format!("/signup?{}", app.query(&[]))).await;
        let new = [("username", "carol"), ("email", "carol@example.com"), ("password", "Fresh-Horse-9")];
        browser.fill(&page, &new).await;
        let mut another = app.browser();
        let page = another.get(&format!("/confirm?{}", app.query(&[]))).await;
        let page = another.fill(&page, &[("username", "carol"), ("code", &server.code("carol"))]).await;
        assert_eq!(page.first("h1"), "Enter your password", "{} {}", page.status, page.html);
        assert_eq!(another.cookie("cognito"), None);
        let done = another.fill(&page, &[("password", "Fresh-Horse-9")]).await;
        assert!(done.parameter("code").is_some(), "{} {}", done.status, done.html);
    }

    async fn a_forgotten_password_is_set_anew(server) {
        let app = App::new(server).await;
        let mut browser = app.browser();
        let page = browser.get(&format!("/forgotPassword?{}", app.query(&[]))).await;
        let page = browser.fill(&page, &[("username", "alice")]).await;
        let code = server.code("alice");
        let done = browser.fill(&page, &[("code", &code), ("password", "Newer-Horse-8")]).await;
        assert!(done.location().contains("/login?"), "{}", done.html);
        let page = browser.get(done.location()).await;
        let done = browser.fill(&page, &[("username", "alice"), ("password", "Newer-Horse-8")]).await;
        assert!(done.parameter("code").is_some());
    }

    async fn a_sign_in_that_is_not_finished_expires_with_a_way_back(server) {
        let app = App::new(server).await;
        let user = json!({
            "UserPoolId": app.pool, "Username": "bob", "TemporaryPassword": "First-Horse-1",
            "MessageAction": "SUPPRESS",
        });
        server.admin().ok("AdminCreateUser", user).await;
        let mut browser = app.browser();
        let page = app.open(&mut browser, &[]).await;
        let page = browser.fill(&page, &[("username", "bob"), ("password", "First-Horse-1")]).await;
        server.clock().advance_seconds(5 * 60);
        let late = browser.fill(&page, &[("password", "Second-Horse-2")]).await;
        assert_eq!((late.status, late.html.contains("/login?")), (400, true));
    }

    async fn a_choice_leads_to_a_code_by_mail(server) {
        let pool = json!({
            "UserPoolTier": "ESSENTIALS",
            "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] } },
        });
        let app = App::with(server, pool, json!({})).await;
        let version = json!({ "Domain": "shop", "UserPoolId": app.pool, "ManagedLoginVersion": 2 });
        server.admin().ok("UpdateUserPoolDomain", version).await;
        let mut browser = app.browser();
        assert_eq!(app.open(&mut browser, &[]).await.status, 403, "no style, no pages");
        let style =
            json!({ "UserPoolId": app.pool, "ClientId": app.client, "UseCognitoProvidedValues": true });
        server.admin().ok("CreateManagedLoginBranding", style).await;
        let page = app.open(&mut browser, &[("lang", "de")]).await;
        assert_eq!((page.first("h1"), browser.cookie("lang")), ("Anmelden".to_owned(), Some("de")));
        let page = browser.fill(&page, &[("username", "alice")]).await;
        assert!(page.html.contains("value=\"EMAIL_OTP\"") && page.html.contains("value=\"PASSWORD\""));
        let page = browser.fill(&page, &[("factor", "EMAIL_OTP")]).await;
        let done = browser.fill(&page, &[("code", &server.code("alice"))]).await;
        assert!(done.parameter("code").is_some(), "{} {}", done.status, done.html);
    }

    async fn what_is_asked_before_the_way_back_is_asked(server) {
        let app = App::new(server).await;
        let version = json!({ "Domain": "shop", "UserPoolId": app.pool, "ManagedLoginVersion": 2 });
        server.admin().ok("UpdateUserPoolDomain", version).await;
        let style =
            json!({ "UserPoolId": app.pool, "ClientId": app.client, "UseCognitoProvidedValues": true });
        server.admin().ok("CreateManagedLoginBranding", style).await;
        let mut browser = app.browser();
        assert_eq!(app.sign_in(&mut browser).await.status, 302);
        let authorize = |prompt: &str| format!("/oauth2/authorize?{}", app.query(&[("prompt", prompt)]));
        assert!(browser.get(&authorize("none")).await.parameter("code").is_some());
        assert_eq!(app.open(&mut browser, &[("prompt", "login")]).await.first("h1"), "Sign in");
        let page = app.open(&mut browser, &[("prompt", "select_account")]).await;
        let account = page.html.split_once("name=\"account\" value=\"").unwrap().1;
        let account = account.split('"').next().unwrap().to_owned();
        assert!(browser.fill(&page, &[("account", &account)]).await.parameter("code").is_some());
        for (decision, told) in [("allow", "code"), ("deny", "error")] {
            let page = app.open(&mut browser, &[("prompt", "consent")]).await;
            let done = browser.fill(&page, &[("decision", decision)]).await;
            assert!(done.parameter(told).is_some(), "{decision}: {}", done.location());
        }
        browser.set_cookie("cognito", None);
        let refused = browser.get(&authorize("none")).await;
        assert_eq!(refused.parameter("error").unwrap(), "login_required");
    }
}
