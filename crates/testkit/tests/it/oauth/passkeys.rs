//! Passkeys at the pages of a domain (oauth-and-managed-login §5.1).

use poolhouse_testkit::browser::{Answer, Browser};
use poolhouse_testkit::{Passkey, TestServer, on_both};
use serde_json::{Value, json};

use super::{App, CALLBACK, HOST};

/// The name for which browsers keep passkeys of the domain, and the origin of its pages.
const RP: &str = "shop.auth.localhost";
const ADD: &str = "Sign in faster with a passkey";
const ORIGIN: &str = "http://shop.auth.localhost:7665";

async fn app(server: &TestServer) -> App<'_> {
    App::modern(server, json!(["PASSWORD", "WEB_AUTHN"])).await
}

/// Signs alice in with her password.
async fn by_password(app: &App<'_>, browser: &mut Browser<'_>, more: &[(&str, &str)]) -> Answer {
    let page = app.open(browser, more).await;
    browser.fill(&page, &[("username", "alice"), ("password", TestServer::PASSWORD)]).await
}

/// Adds a passkey to the account of who is signed in.
async fn add(app: &App<'_>, browser: &mut Browser<'_>, id: &str) -> Passkey {
    let page = browser.get(&format!("/passkeys/add?{}", app.query(&[]))).await;
    assert_eq!(page.first("h1"), ADD, "{}", page.html);
    let form = page.passkey_form();
    let mut passkey = Passkey::new(id, RP);
    ORIGIN.clone_into(&mut passkey.origin);
    let credential = passkey.create(&form.options).to_string();
    let done = browser.post(&form, &[("credential", &credential)]).await;
    assert!(done.parameter("code").is_some(), "{} {}", done.status, done.html);
    passkey
}

/// Answers the offer of the first page.
async fn answer(browser: &mut Browser<'_>, page: &Answer, passkey: &Passkey) -> Answer {
    let form = page.passkey_form();
    browser.post(&form, &[("credential", &passkey.get(&form.options).to_string())]).await
}

on_both! {
    async fn a_passkey_is_added_and_signs_in_at_once(server) {
        let app = app(server).await;
        let mut browser = app.browser();
        assert_eq!(by_password(&app, &mut browser, &[]).await.status, 302);
        let passkey = add(&app, &mut browser, "key").await;
        let input = json!({ "UserPoolId": app.pool, "Username": "alice" });
        let factors = server.admin().ok("AdminGetUserAuthFactors", input).await;
        assert_eq!(factors["ConfiguredUserAuthFactors"], json!(["PASSWORD", "WEB_AUTHN"]));

        let mut another = app.browser();
        let page = app.open(&mut another, &[]).await;
        assert!(page.html.contains("autocomplete=\"username webauthn\""));
        assert_eq!(page.passkey_form().options["allowCredentials"], json!([]));
        assert_eq!(page.passkey_form().options["rpId"], RP);
        let done = answer(&mut another, &page, &passkey).await;
        let (status, tokens) = app.redeem(&done.parameter("code").unwrap()).await;
        assert_eq!(status, 200, "{tokens}");
        // Used once; what comes again leads back.
        let again = answer(&mut another, &page, &passkey).await;
        assert_eq!((again.status, again.html.contains("/login?")), (400, true));
    }

    async fn a_named_user_signs_in_with_a_passkey(server) {
        let app = app(server).await;
        let mut browser = app.browser();
        by_password(&app, &mut browser, &[]).await;
        let passkey = add(&app, &mut browser, "key").await;
        let mut another = app.browser();
        let page = app.open(&mut another, &[]).await;
        let page = another.fill(&page, &[("username", "alice")]).await;
        assert!(page.html.contains("value=\"WEB_AUTHN\""), "{}", page.html);
        let page = another.fill(&page, &[("factor", "WEB_AUTHN")]).await;
        assert_eq!(page.first("h1"), "Use your passkey");
        let done = answer(&mut another, &page, &passkey).await;
        assert!(done.parameter("code").is_some(), "{} {}", done.status, done.html);
    }

    async fn a_passkey_that_proves_nothing_brings_the_page_back(server) {
        let app = app(server).await;
        let mut browser = app.browser();
        by_password(&app, &mut browser, &[]).await;
        let passkey = add(&app, &mut browser, "key").await;
        let mut another = app.browser();
        let page = app.open(&mut another, &[]).await;
        let form = page.passkey_form();
        let good = passkey.get(&form.options);
        let mut unknown = good.clone();
        unknown["id"] = json!("bm9ib2R5");
        let mut nameless = good.clone();
        nameless["response"]["userHandle"] = Value::Null;
        let foreign = passkey.get(&app.open(&mut app.browser(), &[]).await.passkey_form().options);
        let mut pages = Vec::new();
        for wrong in [unknown, nameless, foreign, json!({}), json!("x".repeat(40_000))] {
            let again = another.post(&form, &[("credential", &wrong.to_string())]).await;
            assert_eq!((again.status, again.first("h1")), (200, "Sign in".to_owned()));
            pages.push(again.html.matches("role=\"alert\"").count());
        }
        assert!(pages.iter().all(|alerts| *alerts == pages[0] && *alerts > 1), "{pages:?}");
        let done = another.post(&form, &[("credential", &good.to_string())]).await;
        assert!(done.parameter("code").is_some());
        // What another browser was asked is no state of this one.
        let stolen = app.open(&mut app.browser(), &[]).await.passkey_form();
        let refused = another.post(&stolen, &[("credential", &passkey.get(&stolen.options).to_string())]).await;
        assert!(refused.location().contains("/error?"), "{}", refused.location());
    }

    async fn a_passkey_is_added_by_who_signed_in_just_now(server) {
        let app = app(server).await;
        let mut browser = app.browser();
        let path = format!("/passkeys/add?{}", app.query(&[]));
        let nobody = browser.get(&path).await;
        assert!(nobody.location().contains("/login?") && nobody.location().contains("next=passkey"));
        // The sign-in comes back to it, and from there to the application.
        let page = browser.get(nobody.location()).await;
        let done = browser.fill(&page, &[("username", "alice"), ("password", TestServer::PASSWORD)]).await;
        assert!(done.location().contains("/passkeys/add?"), "{}", done.location());
        let page = browser.get(done.location()).await;
        let skip = page.forms().into_iter().find(|form| form.options.is_null()).unwrap();
        let done = browser.post(&skip, &[]).await;
        assert!(done.location().starts_with(CALLBACK) && done.parameter("code").is_some());
        let options = browser.get(&path).await.passkey_form();
        server.clock().advance_seconds(10 * 60);
        assert!(browser.get(&path).await.location().contains("/login?"));
        let credential = Passkey::new("key", RP).create(&options.options).to_string();
        let late = browser.post(&options, &[("credential", &credential)]).await;
        assert!(late.location().contains("next=passkey"), "{}", late.location());
    }

    async fn a_sign_up_is_offered_a_passkey(server) {
        let app = App::modern(server, json!(["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"])).await;
        let mut browser = app.browser();
        let page = browser.get(&format!("/signup?{}", app.query(&[]))).await;
        let new = [("username", "carol"), ("email", "carol@example.com"), ("password", "Fresh-Horse-9")];
        let page = browser.fill(&page, &new).await;
        let done = browser.fill(&page, &[("code", &server.code("carol"))]).await;
        assert!(done.location().contains("/passkeys/add?"), "{} {}", done.status, done.html);
        assert_eq!(browser.get(done.location()).await.first("h1"), ADD);
    }

    async fn no_passkey_is_offered_where_none_can_be(server) {
        let app = app(server).await;
        // Under an address: the passkeys are of the domain's name.
        let mut by_path = Browser::new(server, "127.0.0.1:7665");
        let page = by_path.get(&format!("/_domains/shop/login?{}", app.query(&[]))).await;
        assert_eq!(page.status, 200);
        assert!(!page.html.contains("data-passkey") && !page.html.contains("webauthn"));
        // On classic pages.
        let version = json!({ "Domain": "shop", "UserPoolId": app.pool, "ManagedLoginVersion": 1 });
        server.admin().ok("UpdateUserPoolDomain", version).await;
        let mut browser = Browser::new(server, HOST);
        let page = app.open(&mut browser, &[]).await;
        assert!(!page.html.contains("data-passkey"));
        let page = browser.get(&format!("/passkeys/add?{}", app.query(&[]))).await;
        assert!(page.location().contains("/oauth2/authorize?") && !page.location().contains("next="));
    }
}
