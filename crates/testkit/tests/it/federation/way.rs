//! The way to a provider and back (federation §5, §10, §12; oauth-and-managed-login §4).

use poolhouse_ports::{FetchError, Fetched};
use poolhouse_testkit::browser::encode;
use poolhouse_testkit::idp::{Answer, Idp};
use poolhouse_testkit::{claims, on_both};
use serde_json::{Value, json};

use super::{HOST, ISSUER, Shop, good, invalid, told};

const CALLBACK: &str = "http://shop.auth.localhost:7665/oauth2/idpresponse";

/// What a provider is told of its own.
async fn asked(shop: &Shop<'_>, more: &[(&str, &str)], name: &str) -> Option<String> {
    shop.browser().get(&shop.url(more)).await.parameter(name)
}

on_both! {
    async fn the_provider_is_told_what_it_needs(server) {
        let shop = Shop::new(server).await;
        let mut browser = shop.browser();
        let to = browser.get(&shop.url(&[])).await;
        for (name, value) in [
            ("client_id", "c"), ("redirect_uri", CALLBACK), ("response_type", "code"), ("scope", "openid email"),
            ("code_challenge_method", "S256"),
        ] {
            assert_eq!(to.parameter(name).as_deref(), Some(value), "{name}");
        }
        assert_eq!(to.parameter("code_challenge").unwrap().len(), 43);
        let cookie = to.headers["set-cookie"].to_str().unwrap();
        assert!(cookie.starts_with("csrf-state=") && cookie.contains("; Max-Age=300; HttpOnly; SameSite=Lax"));
        let (state, nonce) = (to.parameter("state").unwrap(), to.parameter("nonce").unwrap());
        shop.idp.answers("c1", Answer::of(good(&nonce, json!({}))));
        server.take_fetches();
        browser.get(&format!("/oauth2/idpresponse?code=c1&state={state}")).await;
        let asked = server.take_fetches();
        let form = asked[0].form.clone().unwrap();
        for part in ["grant_type=authorization_code", "code=c1", "client_id=c", "code_verifier="] {
            assert!(form.contains(part), "{form}");
        }
        assert!(form.contains(&format!("client_secret={}", Idp::SECRET)), "documented: in the form");
        assert!(asked[0].headers.iter().all(|(name, _)| *name != "authorization"));
    }

    // federation §5: a form that another site posts brings no other cookie
    async fn the_cookie_goes_along_from_other_sites_where_there_is_tls(server) {
        let shop = Shop::new(server).await;
        // As a proxy that is trusted reached us.
        let reached = poolhouse_oauth::ReachedAs { host: Some("shop.auth.localhost".to_owned()), https: Some(true) };
        let request = axum::http::Request::get(shop.url(&[])).header("host", HOST).extension(reached);
        let response = server.answer(request.body(axum::body::Body::empty()).unwrap()).await;
        let cookie = response.headers()["set-cookie"].to_str().unwrap();
        assert!(cookie.contains("; Secure; HttpOnly; SameSite=None"), "{cookie}");
    }

    // oauth-and-managed-login §4.1, §4.6
    async fn what_is_passed_on(server) {
        let shop = Shop::with(
            server,
            json!({}),
            json!({ "AcrMapping": { "Level2": "code", "Level3": "two" } }),
            json!({}),
        )
        .await;
        let domain = json!({ "UserPoolId": shop.pool, "Domain": "shop", "ManagedLoginVersion": 2 });
        server.admin().ok("UpdateUserPoolDomain", domain).await;
        let hint = [("login_hint", "ada@example.com"), ("prompt", "login consent")];
        assert_eq!(asked(&shop, &hint, "login_hint").await.as_deref(), Some("ada@example.com"));
        assert_eq!(asked(&shop, &hint, "prompt").await.as_deref(), Some("login consent"));
        // new-operations §9: in the provider's words, as far as it has some
        let levels = [("acr_values", "urn:cognito:loa:4 urn:cognito:loa:3 urn:cognito:loa:2")];
        assert_eq!(asked(&shop, &levels, "acr_values").await.as_deref(), Some("two code"));
        assert_eq!(asked(&shop, &[("prompt", "none")], "error").await.as_deref(), Some("login_required"));
    }

    // OpenID Connect Core §3.1.2.1, §3.1.3.7
    async fn who_was_to_sign_in_anew_did_so(server) {
        let shop = Shop::new(server).await;
        let domain = json!({ "UserPoolId": shop.pool, "Domain": "shop", "ManagedLoginVersion": 2 });
        server.admin().ok("UpdateUserPoolDomain", domain).await;
        assert_eq!(asked(&shop, &[("max_age", "100")], "max_age").await.as_deref(), Some("100"));
        let now = server.now().seconds();
        let (login, age) = (("prompt", "login"), ("max_age", "100"));
        for (wanted, auth_time, works) in [
            (&[login][..], json!(now), true),
            (&[login], json!(now - 60), true),
            (&[login], json!(now - 61), false),
            (&[login], Value::Null, true),
            (&[age], json!(now - 160), true),
            (&[age], json!(now - 161), false),
            (&[age], Value::Null, false),
            (&[age, login], json!(now - 61), false),
            (&[], json!(now - 10_000), true),
        ] {
            let mut browser = shop.browser();
            let waiting = shop.go(&mut browser, wanted).await;
            let answer = Answer::of(good(&waiting.nonce, json!({ "auth_time": auth_time })));
            let done = shop.come_back(&mut browser, &waiting, answer).await;
            assert_eq!(done.parameter("code").is_some(), works, "{wanted:?} {auth_time}: {}", done.location());
            if !works {
                assert_eq!(told(&done), invalid("Bad id_token"));
            }
        }
    }

    // A browser in which nobody is asked is as old as the sign-in there.
    async fn a_browser_session_is_as_old_as_the_provider_says(server) {
        let shop = Shop::new(server).await;
        let now = server.now().seconds();
        for (claimed, oldest) in [
            (json!({ "auth_time": now - 3600 }), 3600),
            (json!({ "auth_time": now + 30 }), 0),
            (json!({}), 0),
        ] {
            let mut browser = shop.browser();
            assert!(shop.sign_in_at(&mut browser, claimed.clone()).await.parameter("code").is_some());
            server.clock().advance_seconds(10);
            for (age, is_taken_up) in [(oldest + 10, true), (oldest + 9, false)] {
                let to = browser.get(&shop.url(&[("max_age", &age.to_string())])).await;
                assert_eq!(to.parameter("code").is_some(), is_taken_up, "{claimed} {age}: {}", to.location());
            }
            server.clock().set_back_seconds(10);
        }
    }

    // new-operations §9
    async fn the_providers_level_is_one_of_the_pools(server) {
        let map = json!({ "AcrMapping": { "Level3": "two" } });
        let shop = Shop::with(server, json!({}), map, json!({})).await;
        for (claimed, acr, amr) in [
            (json!({ "acr": "two", "amr": ["pwd", "mfa"] }), "urn:cognito:loa:3", json!(["pwd", "mfa"])),
            (json!({ "acr": "other" }), "urn:cognito:loa:1", json!(["fed"])),
            (json!({}), "urn:cognito:loa:1", json!(["fed"])),
        ] {
            let mut browser = shop.browser();
            let waiting = shop.go(&mut browser, &[("acr_values", "urn:cognito:loa:1")]).await;
            let answer = Answer::of(good(&waiting.nonce, claimed));
            let done = shop.come_back(&mut browser, &waiting, answer).await;
            let id = claims(&shop.tokens(&done).await["id_token"]);
            assert_eq!((&id["acr"], &id["amr"]), (&json!(acr), &amr));
        }
        // What the provider does not say is not reached.
        for (claimed, refusal) in [("two", None), ("other", Some("unmet_authentication_requirements"))] {
            let mut browser = shop.browser();
            let waiting = shop.go(&mut browser, &[("acr_values", "urn:cognito:loa:2")]).await;
            let answer = Answer::of(good(&waiting.nonce, json!({ "acr": claimed })));
            let done = shop.come_back(&mut browser, &waiting, answer).await;
            assert_eq!(done.parameter("error").as_deref(), refusal, "{}", done.location());
        }
    }

    async fn a_provider_is_found_by_its_identifiers(server) {
        let provider = json!({ "IdpIdentifiers": ["example.com"] });
        let shop = Shop::with(server, json!({}), provider, json!({})).await;
        let found = [("identity_provider", ""), ("idp_identifier", "example.com")];
        assert!(asked(&shop, &found, "state").await.is_some_and(|state| state != "s"));
        for other in [
            &[("identity_provider", ""), ("idp_identifier", "example.org")][..],
            &[("identity_provider", "corp")],
            &[("identity_provider", "Other")],
        ] {
            let mut browser = shop.browser();
            let to = browser.get(&shop.url(other)).await;
            assert!(to.location().contains("errorMessage=Login+option+is+not+available"), "{}", to.location());
            assert_eq!(browser.get(to.location()).await.status, 401);
            // Anybody can write a link: no other text is shown.
            let other = to.location().replace("Login+option+is+not+available", "Call+Eve");
            let page = browser.get(&other).await;
            assert!(!page.html.contains("Call Eve"), "{}", page.html);
        }
        // oauth-and-managed-login §5.1: the part behind the @, where people begin here
        let mut browser = shop.browser();
        let page = browser.get(&shop.url(&[("identity_provider", "")])).await;
        let page = browser.get(page.location()).await;
        let fields = [("username", "ada@Example.com")];
        let to = browser.fill(&page, &fields).await;
        let to = browser.get(to.location()).await;
        assert!(to.location().starts_with(&format!("{ISSUER}/auth?")), "{}", to.location());
        assert_eq!(to.parameter("login_hint").as_deref(), Some("ada@Example.com"));
    }

    async fn a_client_of_providers_alone_has_no_other_way(server) {
        let client = json!({ "SupportedIdentityProviders": ["Corp"] });
        let shop = Shop::with(server, json!({}), json!({}), client).await;
        let mut browser = shop.browser();
        let page = browser.get(&shop.url(&[("identity_provider", "")])).await;
        let page = browser.get(page.location()).await;
        assert_eq!(page.status, 200);
        assert!(page.html.contains("Corp") && !page.html.contains("<form") && !page.html.contains("/signup"));
        let query = shop.url(&[("identity_provider", "")]);
        let query = query.split_once('?').unwrap().1.to_owned();
        for path in ["/signup", "/forgotPassword"] {
            assert_eq!(browser.get(&format!("{path}?{query}")).await.status, 403, "{path}");
        }
        // A form of another client's page signs nobody in here.
        server.user(&shop.pool, "ada", json!({})).await;
        let form = poolhouse_testkit::browser::Form {
            action: format!("/login?{query}"),
            hidden: vec![("_csrf".to_owned(), browser.cookie("XSRF-TOKEN").unwrap().to_owned())],
            options: Value::Null,
        };
        let fields = [("username", "ada"), ("password", poolhouse_testkit::TestServer::PASSWORD)];
        let refused = browser.post(&form, &fields).await;
        assert_eq!((refused.status, browser.cookie("cognito")), (200, None));
    }

    // federation §12
    async fn what_goes_wrong_at_the_provider_is_told(server) {
        let shop = Shop::new(server).await;
        let mut browser = shop.browser();
        let waiting = shop.go(&mut browser, &[]).await;
        let pairs = [("error", "access_denied"), ("error_description", "No."), ("state", &*waiting.state)];
        let refused = browser.get(&format!("/oauth2/idpresponse?{}", encode(pairs))).await;
        assert_eq!(told(&refused), ("access_denied".to_owned(), "No.".to_owned()));
        let waiting = shop.go(&mut browser, &[]).await;
        let refused = browser.get(&format!("/oauth2/idpresponse?state={}", waiting.state)).await;
        assert_eq!(told(&refused), invalid("Missing code"));
        for (whole, text) in [
            ((400, r#"{"error":"invalid_client"}"#), "Corp Error - 400 error getting token"),
            ((500, "oops"), "Corp Error - 500 error getting token"),
            ((200, "oops"), "Bad token response"),
            ((200, r#"{"id_token":"x"}"#), "Bad token response"),
            ((200, r#"{"access_token":"at-c1"}"#), "Bad id_token"),
        ] {
            let waiting = shop.go(&mut browser, &[]).await;
            let mut answer = Answer::of(json!({}));
            answer.whole = Some((whole.0, whole.1.to_owned()));
            let refused = shop.come_back(&mut browser, &waiting, answer).await;
            assert_eq!(told(&refused), invalid(text), "{whole:?}");
        }
        let waiting = shop.go(&mut browser, &[]).await;
        let mut answer = Answer::of(good(&waiting.nonce, json!({})));
        answer.user_info = None;
        let refused = shop.come_back(&mut browser, &waiting, answer).await;
        assert_eq!(told(&refused), invalid("Corp Error - 404 error getting user attributes"));
        let timed_out = || FetchError::TimedOut(std::time::Duration::from_secs(5));
        for (place, error, text) in [
            ("token", timed_out(), "Timeout occurred in calling IdP token endpoint"),
            ("token", FetchError::Unreachable("refused".to_owned()), "Connection reset"),
        ] {
            server.stranger(&format!("{ISSUER}/{place}"), move |_| Err(error.clone()));
            let waiting = shop.go(&mut browser, &[]).await;
            let refused = shop.come_back(&mut browser, &waiting, Answer::of(json!({}))).await;
            assert_eq!(told(&refused), invalid(text));
        }
        assert!(shop.users().await.is_empty());
    }

    async fn keys_are_fetched_again_for_one_that_is_not_known(server) {
        let shop = Shop::new(server).await;
        shop.sign_in(json!({})).await;
        let keys = |name: &str| json!({ "keys": [Idp::jwk(name)] });
        server.document(&format!("{ISSUER}/keys"), &keys("two"));
        let with_two = async || {
            let mut browser = shop.browser();
            let waiting = shop.go(&mut browser, &[]).await;
            let mut answer = Answer::of(good(&waiting.nonce, json!({})));
            answer.header["kid"] = json!("two");
            server.take_fetches();
            let done = shop.come_back(&mut browser, &waiting, answer).await;
            let fetches = server.take_fetches();
            (done.parameter("code").is_some(), fetches.iter().any(|request| request.url.ends_with("/keys")))
        };
        assert_eq!(with_two().await, (false, false), "not twice in a minute");
        server.clock().advance_seconds(60);
        assert_eq!(with_two().await, (true, true));
        assert_eq!(with_two().await, (true, false));
        // One whose keys cannot be had lets nobody in, and is asked no more than now and then.
        server.stranger(&format!("{ISSUER}/keys"), |_| {
            Ok(Fetched { status: 503, headers: Vec::new(), body: Vec::new() })
        });
        server.clock().advance_seconds(90_000);
        let refused = shop.sign_in(json!({ "exp": server.now().seconds() + 300 })).await;
        assert_eq!(told(&refused), invalid("Corp Error - 503 error getting keys"));
    }

    // It is the matter of one provider alone, and over once that is there.
    async fn a_provider_that_could_not_be_looked_up_is_looked_up_again(server) {
        let shop = Shop::new(server).await;
        let details = json!({
            "client_id": "c", "authorize_scopes": "openid", "oidc_issuer": "https://late.example",
            "attributes_request_method": "GET",
        });
        let update = json!({ "UserPoolId": shop.pool, "ProviderName": "Corp", "ProviderDetails": details });
        server.admin().ok("UpdateIdentityProvider", update).await;
        let to = shop.browser().get(&shop.url(&[])).await;
        assert!(to.location().contains("errorMessage="), "{}", to.location());
        Idp::start(server, "https://late.example", |_| {});
        server.take_fetches();
        let to = shop.browser().get(&shop.url(&[])).await;
        assert!(to.location().contains("errorMessage=") && server.take_fetches().is_empty(), "not every time");
        server.clock().advance_seconds(31);
        let to = shop.browser().get(&shop.url(&[])).await;
        assert!(to.location().starts_with("https://late.example/auth?"), "{}", to.location());
        let named = json!({ "UserPoolId": shop.pool, "ProviderName": "Corp" });
        let shown = server.admin().ok("DescribeIdentityProvider", named).await;
        assert_eq!(shown["IdentityProvider"]["ProviderDetails"]["token_url"], "https://late.example/token");
    }

    // federation §3: the addresses that a provider says itself are shown
    async fn what_is_looked_up_is_shown(server) {
        let shop = Shop::new(server).await;
        let named = json!({ "UserPoolId": shop.pool, "ProviderName": "Corp" });
        let shown = server.admin().ok("DescribeIdentityProvider", named.clone()).await;
        let mut expected = shop.idp.details();
        for (name, path) in
            [("authorize_url", "auth"), ("token_url", "token"), ("attributes_url", "me"), ("jwks_uri", "keys")]
        {
            expected[name] = json!(format!("{ISSUER}/{path}"));
        }
        expected["attributes_url_add_attributes"] = json!("false");
        assert_eq!(shown["IdentityProvider"]["ProviderDetails"], expected);
        // Another issuer is looked up anew, and those of before are gone.
        let other = Idp::start(server, "https://other.example", |document| {
            document.as_object_mut().unwrap().remove("userinfo_endpoint");
        });
        let mut update = named.clone();
        update["ProviderDetails"] = other.details();
        let shown = server.admin().ok("UpdateIdentityProvider", update).await;
        let details = &shown["IdentityProvider"]["ProviderDetails"];
        assert_eq!(details["token_url"], "https://other.example/token");
        assert_eq!(details["attributes_url"], Value::Null);
        // Who gives them all is not looked up.
        server.take_fetches();
        let mut given = other.details();
        for name in ["authorize_url", "token_url", "attributes_url", "jwks_uri"] {
            given[name] = json!("https://given.example/x");
        }
        let mut update = named;
        update["ProviderDetails"] = given;
        server.admin().ok("UpdateIdentityProvider", update).await;
        assert!(server.take_fetches().is_empty());
        let to = shop.browser().get(&shop.url(&[])).await;
        assert!(to.location().starts_with("https://given.example/x?"), "{}", to.location());
        assert_eq!(to.parameter("code_challenge"), None);
    }
}
