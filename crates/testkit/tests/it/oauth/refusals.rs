//! What is refused, and how (oauth-and-managed-login §4.5, oauth-and-managed-login §6.3).

use poolhouse_testkit::{TestServer, on_both};
use serde_json::json;

use super::{App, CALLBACK, HOST};

on_both! {
    async fn nothing_leads_to_an_address_that_is_not_the_clients(server) {
        let app = App::new(server).await;
        let mut browser = app.browser();
        for uri in ["https://evil.example/", "https://app.example.com/cb/", "https://app.example.com/CB", "javascript:1"] {
            for path in ["/oauth2/authorize", "/login", "/signup", "/forgotPassword"] {
                let answer = browser.get(&format!("{path}?{}", app.query(&[("redirect_uri", uri)]))).await;
                assert!(answer.location().contains("/error?error=redirect_mismatch&"), "{}", answer.location());
            }
        }
        for (more, error) in [
            (("client_id", ""), "Required+parameters+missing"),
            (("client_id", "nobody"), "Client+does+not+exist."),
        ] {
            let answer = browser.get(&format!("/oauth2/authorize?{}", app.query(&[more]))).await;
            assert!(answer.location().contains(&format!("/error?error={error}")), "{}", answer.location());
            let page = browser.get(answer.location()).await;
            assert_eq!(page.status, 400);
        }
    }

    async fn what_is_wrong_is_told_to_the_client(server) {
        let app = App::new(server).await;
        let mut browser = app.browser();
        for (more, description) in [
            (("scope", "profile"), Some("invalid_scope")),
            (("response_type", "id_token"), None),
            (("code_challenge_method", "plain"), None),
        ] {
            let answer = browser.get(&format!("/oauth2/authorize?{}", app.query(&[more]))).await;
            assert!(answer.location().starts_with(&format!("{CALLBACK}?")), "{}", answer.location());
            assert_eq!(answer.parameter("error").unwrap(), "invalid_request");
            assert_eq!(answer.parameter("error_description").as_deref(), description);
        }
        let provider = [("identity_provider", "Google")];
        let answer = browser.get(&format!("/oauth2/authorize?{}", app.query(&provider))).await;
        let page = browser.get(answer.location()).await;
        assert_eq!((page.status, page.first("h1")), (401, "Sign in".to_owned()));
    }

    async fn nothing_that_a_stranger_passes_is_markup(server) {
        let app = App::new(server).await;
        let mut browser = app.browser();
        let hostile = "\"><script>alert(1)</script>";
        for name in ["login_hint", "errorMessage", "state", "lang", "nonce"] {
            let page = browser.get(&format!("/login?{}", app.query(&[(name, hostile)]))).await;
            assert_eq!(page.status, 200, "{name}");
            assert!(!page.html.contains("<script>alert"), "{name}");
        }
        let page = browser.get(&format!("/error?error={hostile}").replace(['<', '>', '"'], "%3C")).await;
        assert!(page.status == 400 && !page.html.contains("alert(1)"));
    }

    async fn a_form_is_of_the_browser_that_it_was_served_to(server) {
        let app = App::new(server).await;
        let fields = [("username", "alice"), ("password", TestServer::PASSWORD)];
        let mut attacker = app.browser();
        let page = app.open(&mut attacker, &[]).await;
        let mut victim = app.browser();
        assert_eq!(victim.fill(&page, &fields).await.status, 400, "no cookie");
        app.open(&mut victim, &[]).await;
        assert_eq!(victim.fill(&page, &fields).await.status, 400, "another cookie");
        assert_eq!(victim.cookie("cognito"), None);
    }

    async fn bad_input_is_answered_as_such(server) {
        let app = App::new(server).await;
        let form = ("content-type", "application/x-www-form-urlencoded".to_owned());
        let json = ("content-type", "application/json".to_owned());
        let long = format!("grant_type={}", "x".repeat(200 * 1024));
        for (kind, body, status) in [
            (&form, &b""[..], 400),
            (&form, b"grant_type=password", 400),
            (&form, b"grant_type=refresh_token&grant_type=refresh_token", 400),
            (&form, b"grant_type=%ff", 400),
            (&form, b"grant_type=refresh_token&refresh_token=x&client_id=%00", 400),
            (&form, b"grant_type=authorization_code&code=x&redirect_uri=x&client_id=nobody", 400),
            (&form, long.as_bytes(), 400),
            (&json, b"{}", 405),
        ] {
            for path in ["/oauth2/token", "/oauth2/revoke"] {
                let headers = [("host", HOST.to_owned()), kind.clone()];
                let (answered, _, _) = server.http("POST", path, &headers, body).await;
                assert!(answered == status || path == "/oauth2/revoke" && answered < 500, "{path} {answered}");
            }
        }
        let mut browser = app.browser();
        let twice = format!("{}&client_id=a", app.query(&[]));
        for path in ["/oauth2/authorize", "/login", "/signup", "/confirm", "/resendcode", "/forgotPassword", "/logout"] {
            for query in [&*twice, "client_id=%ff", "client_id=%00", "", "&&&=", "state=a"] {
                let answer = browser.get(&format!("{path}?{query}")).await;
                assert!(answer.status < 500, "{path}?{query} {}", answer.status);
                assert!(!answer.headers.contains_key("location") || answer.location().starts_with("http://shop.auth.localhost:7665/"));
            }
        }
    }

    async fn a_request_of_another_pools_client_is_nobodys(server) {
        let app = App::new(server).await;
        let other = server.pool(json!({})).await;
        let foreign = App::in_pool(server, other, json!({})).await;
        let answer = app.browser().get(&format!("/oauth2/authorize?{}", foreign.query(&[]))).await;
        assert!(answer.location().contains("error=Client+does+not+exist."), "{}", answer.location());
        let code = app.sign_in(&mut app.browser()).await.parameter("code").unwrap();
        let (status, body) = foreign.redeem(&code).await;
        assert_eq!((status, body), (400, json!({ "error": "invalid_client" })));
        server.clock().advance_seconds(5 * 60);
        assert_eq!(app.redeem(&code).await, (400, json!({ "error": "invalid_grant" })));
    }
}
