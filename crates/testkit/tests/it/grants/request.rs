//! Authorization requests: docs/cognito/oauth-and-managed-login.md §4.

use poolhouse_core::grants::authorize::{self, Asked, Refused};
use poolhouse_testkit::on_both;
use serde_json::json;

use super::{App, CALLBACK};

/// The query of a redirect with an error, without the issuer, which is always the last.
async fn refused(app: &App<'_>, asked: &Asked) -> String {
    let Err(Refused::Redirect(redirect)) = app.check(asked).await else { panic!("{asked:?}") };
    let issuer = format!("http://127.0.0.1:7665/{}", app.pool);
    assert_eq!(redirect.parameter("iss"), Some(issuer.as_str()));
    let url = redirect.url();
    let rest = url.strip_prefix(CALLBACK).unwrap();
    rest.rsplit_once("&iss=").unwrap().0.to_owned()
}

async fn page(app: &App<'_>, asked: &Asked) -> &'static str {
    let Err(Refused::Page(text)) = app.check(asked).await else { panic!("{asked:?}") };
    text
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

on_both! {
    async fn what_is_not_trusted_leads_to_the_error_page(server) {
        let app = App::new(server).await;
        assert_eq!(page(&app, &Asked { client_id: None, ..app.asked() }).await, "Required parameters missing");
        let unknown = Asked { client_id: some("absent"), ..app.asked() };
        assert_eq!(page(&app, &unknown).await, "Client does not exist.");
        let other = App::new(server).await;
        assert_eq!(page(&app, &Asked { client_id: some(&other.client), ..app.asked() }).await, "Client does not exist.");
        for uri in ["https://app.example.com/cb/", "https://APP.example.com/cb", "https://evil.example", "", "x"] {
            let asked = Asked { redirect_uri: some(uri), ..app.asked() };
            assert_eq!(page(&app, &asked).await, "redirect_mismatch");
        }
    }

    async fn without_a_redirect_uri_the_default_or_only_one_counts(server) {
        let app = App::new(server).await;
        let asked = Asked { redirect_uri: None, ..app.asked() };
        assert_eq!(app.check(&asked).await.unwrap().redirect_uri(), CALLBACK);
        let two = json!({ "CallbackURLs": [CALLBACK, "https://b.example.com"] });
        let app = App::in_pool(server, &app.pool, two).await;
        let asked = Asked { redirect_uri: None, ..app.asked() };
        assert_eq!(page(&app, &asked).await, "Required parameters missing");
        let default = json!({
            "CallbackURLs": [CALLBACK, "https://b.example.com"], "DefaultRedirectURI": "https://b.example.com",
        });
        let app = App::in_pool(server, &app.pool, default).await;
        let asked = Asked { redirect_uri: None, ..app.asked() };
        assert_eq!(app.check(&asked).await.unwrap().redirect_uri(), "https://b.example.com");
    }

    // oauth-and-managed-login §14
    async fn programs_of_a_person_listen_at_any_port(server) {
        let settings = json!({ "CallbackURLs": ["http://127.0.0.1/cb", "http://localhost/cb"] });
        let app = App::with(server, settings.clone()).await;
        let at = |uri: &str| Asked { redirect_uri: some(uri), ..app.asked() };
        assert_eq!(app.check(&at("http://127.0.0.1:5000/cb")).await.unwrap().redirect_uri(), "http://127.0.0.1:5000/cb");
        assert_eq!(page(&app, &at("http://localhost:5000/cb")).await, "redirect_mismatch");
        let mut confidential = settings;
        confidential["GenerateSecret"] = json!(true);
        let app = App::in_pool(server, &app.pool, confidential).await;
        let asked = Asked { redirect_uri: some("http://127.0.0.1:5000/cb"), ..app.asked() };
        assert_eq!(page(&app, &asked).await, "redirect_mismatch");
    }

    // oauth-and-managed-login §4.5, observed
    async fn what_else_is_wrong_goes_back_to_the_client(server) {
        let app = App::new(server).await;
        let with_state = Asked { state: some("a b&c"), ..app.asked() };
        let lacks = Asked { scope: some("openid api/write"), ..with_state.clone() };
        assert_eq!(refused(&app, &lacks).await, "?error_description=invalid_scope&state=a+b%26c&error=invalid_request");
        let implicit = Asked { response_type: some("token"), ..app.asked() };
        assert_eq!(refused(&app, &implicit).await, "#error_description=unauthorized_client&error=invalid_request");
        let plain = "?error=invalid_request";
        let wrong = [
            Asked { response_type: None, ..app.asked() },
            Asked { response_type: some("id_token"), ..app.asked() },
            Asked { code_challenge_method: None, ..app.asked() },
            Asked { code_challenge_method: some("plain"), ..app.asked() },
            Asked { code_challenge: None, ..app.asked() },
            Asked { code_challenge: some("short"), ..app.asked() },
            Asked { resource: some("no url"), ..app.asked() },
            Asked { resource: some("http://api.example.com"), ..app.asked() },
            Asked { resource: some("https://api.example.com/#part"), ..app.asked() },
            Asked { prompt: some("none login"), ..app.asked() },
            Asked { prompt: some("create"), ..app.asked() },
            Asked { max_age: some("-1"), ..app.asked() },
            Asked { max_age: some("x"), ..app.asked() },
            Asked { acr_values: some("unknown"), ..app.asked() },
        ];
        for asked in wrong {
            assert_eq!(refused(&app, &asked).await, plain, "{asked:?}");
        }
        let off = json!({ "AllowedOAuthFlowsUserPoolClient": false });
        let app = App::in_pool(server, &app.pool, off).await;
        let text = "?error_description=Client+is+not+enabled+for+OAuth2.0+flows&error=invalid_request";
        assert_eq!(refused(&app, &app.asked()).await, text);
    }

    async fn scopes_are_all_of_the_clients_or_those_asked_for(server) {
        let app = App::new(server).await;
        assert_eq!(app.check(&app.asked()).await.unwrap().scopes(), ["api/read", "email", "openid"]);
        let asked = Asked { scope: some("openid  openid api/read"), ..app.asked() };
        assert_eq!(app.check(&asked).await.unwrap().scopes(), ["api/read", "openid"]);
        // A scope that its server no longer has is dropped (oauth-and-managed-login §4.3, documented).
        let without = json!({ "UserPoolId": app.pool, "Identifier": "api", "Name": "api", "Scopes": [] });
        server.admin().ok("UpdateResourceServer", without).await;
        assert_eq!(app.check(&asked).await.unwrap().scopes(), ["openid"]);
    }

    async fn providers_that_sign_nobody_in_are_not_offered(server) {
        let app = App::new(server).await;
        let own = Asked { identity_provider: some("COGNITO"), ..app.asked() };
        assert!(app.check(&own).await.is_ok());
        for asked in [
            Asked { identity_provider: some("Google"), ..app.asked() },
            Asked { idp_identifier: some("example.com"), ..app.asked() },
        ] {
            assert!(matches!(app.check(&asked).await, Err(Refused::Provider)), "{asked:?}");
        }
    }

    async fn resources_are_urls(server) {
        let app = App::new(server).await;
        for resource in ["https://api.example.com/mcp", "http://localhost:3000", "urn-x://thing"] {
            let asked = Asked { resource: some(resource), ..app.asked() };
            assert!(app.check(&asked).await.is_ok(), "{resource}");
        }
    }

    // oauth-and-managed-login §4.6, new-operations §9
    async fn a_login_is_taken_up_where_the_request_allows_it(server) {
        let app = App::new(server).await;
        let (login, cookie) = app.log_in().await;
        let resumed = async |asked: &Asked, cookie: Option<&str>| {
            let request = app.check(asked).await.unwrap();
            authorize::resume(&app.page(), &request, cookie).await
        };
        let plain = app.asked();
        assert_eq!(resumed(&plain, Some(&cookie)).await.unwrap(), Some(login.clone()));
        for cookie in [None, Some("garbage"), Some("")] {
            assert_eq!(resumed(&plain, cookie).await.unwrap(), None);
        }
        let again = Asked { prompt: some("login"), ..app.asked() };
        assert_eq!(resumed(&again, Some(&cookie)).await.unwrap(), None);
        let silent = Asked { prompt: some("none"), ..app.asked() };
        assert_eq!(resumed(&silent, Some(&cookie)).await.unwrap(), Some(login.clone()));
        let Err(Refused::Redirect(redirect)) = resumed(&silent, None).await else { panic!() };
        assert_eq!(redirect.parameter("error"), Some("login_required"));
        assert_eq!(redirect.parameter("error_description"), None);
        // A password is level 1.
        let reached = Asked { acr_values: some("other urn:cognito:loa:1"), ..app.asked() };
        assert_eq!(resumed(&reached, Some(&cookie)).await.unwrap(), Some(login.clone()));
        let higher = Asked { acr_values: some("urn:cognito:loa:4 urn:cognito:loa:2"), ..app.asked() };
        assert_eq!(resumed(&higher, Some(&cookie)).await.unwrap(), None);
        server.clock().advance_seconds(61);
        let young = Asked { max_age: some("60"), ..app.asked() };
        assert_eq!(resumed(&young, Some(&cookie)).await.unwrap(), None);
        let old = Asked { max_age: some("61"), ..app.asked() };
        assert_eq!(resumed(&old, Some(&cookie)).await.unwrap(), Some(login.clone()));
        let zero = Asked { max_age: some("0"), ..app.asked() };
        assert_eq!(resumed(&zero, Some(&cookie)).await.unwrap(), None);
        // Another client of the pool takes it up, another pool does not.
        let second = App::in_pool(server, &app.pool, json!({})).await;
        let request = second.check(&second.asked()).await.unwrap();
        let taken = authorize::resume(&second.page(), &request, Some(&cookie)).await.unwrap();
        assert_eq!(taken, Some(login));
        let other = App::new(server).await;
        let request = other.check(&other.asked()).await.unwrap();
        assert_eq!(authorize::resume(&other.page(), &request, Some(&cookie)).await.unwrap(), None);
    }
}
