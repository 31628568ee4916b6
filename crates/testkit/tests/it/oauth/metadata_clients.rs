//! Clients that are URLs, from the authorization request to the last refresh (new-operations §16.2 to §16.6).

use std::net::IpAddr;

use poolhouse_kernel::limits::Limits;
use poolhouse_ports::{FetchError, Fetched};
use poolhouse_testkit::browser::{Answer, Browser};
use poolhouse_testkit::{Database, TestServer, claims, on_both, refusal};
use serde_json::{Value, json};

use super::{App, CALLBACK, VERIFIER};

const URL: &str = "https://tool.example/oauth/client.json";
const LOOPBACK: &str = "http://127.0.0.1/cb";
const DAY: u32 = 86_400;

/// A pool with a policy that lends the settings of `app`'s client.
struct Tool<'a> {
    app: App<'a>,
    policy: String,
}

fn document() -> Value {
    json!({
        "client_id": URL,
        "client_name": "Tool <b>",
        "redirect_uris": [CALLBACK, LOOPBACK, "http://localhost/cb"],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
    })
}

impl<'a> Tool<'a> {
    async fn new(server: &'a TestServer) -> Self {
        let client = json!({ "CallbackURLs": ["https://lender.example.com/cb"] });
        let app = App::with(server, json!({}), client).await;
        let policy = json!({
            "UserPoolId": app.pool, "ClientId": app.client, "PolicyName": "tools",
            "URLPatterns": ["https://tool.example/*"],
        });
        let made = server.admin().ok("CreateCIMDPolicy", policy).await;
        server.document(URL, &document());
        Self { app, policy: made["CIMDPolicy"]["CIMDPolicyId"].as_str().unwrap().to_owned() }
    }

    /// What an authorization request is answered with.
    async fn ask(&self, browser: &mut Browser<'_>, more: &[(&str, &str)]) -> Answer {
        let is_named = more.iter().any(|(name, _)| *name == "client_id");
        let own = [("client_id", URL)].into_iter().filter(|_| !is_named);
        let all: Vec<_> = own.chain(more.iter().copied()).collect();
        browser.get(&format!("/oauth2/authorize?{}", self.app.query(&all))).await
    }

    /// The consent page, reached by the password or the browser's session.
    async fn consent(&self, browser: &mut Browser<'_>, more: &[(&str, &str)]) -> Answer {
        let answer = self.ask(browser, more).await;
        let page = browser.get(answer.location()).await;
        if page.first("h1") != "Sign in" {
            return page;
        }
        browser.fill(&page, &[("username", "alice"), ("password", TestServer::PASSWORD)]).await
    }

    /// Signs alice in and allows it.
    async fn code(&self, browser: &mut Browser<'_>, more: &[(&str, &str)]) -> String {
        let page = self.consent(browser, more).await;
        let done = browser.fill(&page, &[("decision", "allow")]).await;
        done.parameter("code").unwrap_or_else(|| done.location().to_owned())
    }

    async fn token(&self, fields: &[(&str, &str)]) -> (u16, Value) {
        let (status, _, body) = self.app.call("/oauth2/token", fields).await;
        (status, body)
    }

    async fn redeem(&self, code: &str, client_id: &str, redirect_uri: &str) -> (u16, Value) {
        self.token(&[
            ("grant_type", "authorization_code"),
            ("client_id", client_id),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", VERIFIER),
        ])
        .await
    }

    async fn refresh(&self, token: &str) -> (u16, Value) {
        self.token(&[("grant_type", "refresh_token"), ("client_id", URL), ("refresh_token", token)]).await
    }

    async fn tokens(&self) -> Value {
        let code = self.code(&mut self.app.browser(), &[]).await;
        let (status, tokens) = self.redeem(&code, URL, CALLBACK).await;
        assert_eq!(status, 200, "{tokens}");
        tokens
    }

    /// What the error page would say.
    async fn error(&self, more: &[(&str, &str)]) -> String {
        let answer = self.ask(&mut self.app.browser(), more).await;
        assert!(answer.location().contains("/error?"), "{}", answer.location());
        answer.parameter("error").unwrap()
    }

    async fn urls(&self) -> Value {
        let by_id = json!({ "UserPoolId": self.app.pool, "CIMDPolicyId": self.policy });
        self.app.server.admin().ok("ListClientMetadataURLs", by_id).await["ClientMetadataURLs"].clone()
    }

    fn state(&self, action: &str) -> Value {
        json!({ "UserPoolId": self.app.pool, "CIMDPolicyId": self.policy, "URL": URL, "Action": action })
    }
}

fn error(outcome: &(u16, Value)) -> (u16, &str) {
    (outcome.0, outcome.1["error"].as_str().unwrap_or_default())
}

on_both! {
    async fn a_url_signs_in_with_consent_and_its_tokens_say_so(server) {
        let tool = Tool::new(server).await;
        let mut browser = tool.app.browser();
        let page = tool.consent(&mut browser, &[("resource", "https://mcp.example.com/")]).await;
        assert_eq!(page.status, 200, "{}", page.html);
        for shown in ["Tool &#60;b&#62;", "tool.example", "app.example.com"] {
            assert!(page.html.contains(shown), "{shown}: {}", page.html);
        }
        let denied = browser.fill(&page, &[("decision", "deny")]).await;
        assert_eq!(denied.parameter("error").unwrap(), "access_denied");
        let done = browser.fill(&page, &[("decision", "allow")]).await;
        assert_eq!(done.parameter("iss").unwrap(), format!("http://127.0.0.1:7665/{}", tool.app.pool));
        let (status, tokens) = tool.redeem(&done.parameter("code").unwrap(), URL, CALLBACK).await;
        assert_eq!(status, 200, "{tokens}");
        let (id, access) = (claims(&tokens["id_token"]), claims(&tokens["access_token"]));
        assert_eq!(id["aud"], URL);
        assert_eq!((&access["client_id"], &access["cimd_client_id"]), (&json!(tool.app.client), &json!(URL)));
        assert_eq!(access["aud"], "https://mcp.example.com/");
        assert_eq!(access["scope"], "email openid");
        let (status, renewed) = tool.refresh(tokens["refresh_token"].as_str().unwrap()).await;
        assert_eq!((status, claims(&renewed["access_token"])["aud"].clone()), (200, json!("https://mcp.example.com/")));
        assert_eq!(claims(&renewed["id_token"])["aud"], URL);
        // One request was enough for all of it.
        assert_eq!(server.take_fetches().len(), 1);
    }

    // A link alone must not sign anybody in to what a stranger wrote.
    async fn who_is_signed_in_is_asked_all_the_same(server) {
        let tool = Tool::new(server).await;
        let mut browser = tool.app.browser();
        tool.code(&mut browser, &[]).await;
        let page = tool.consent(&mut browser, &[]).await;
        assert_eq!(page.first("h1"), "Allow access?", "{}", page.html);
        let silent = tool.ask(&mut browser, &[("prompt", "none")]).await;
        // A classic domain knows no prompt.
        assert!(silent.location().contains("/login?"), "{}", silent.location());
        let version = json!({ "UserPoolId": tool.app.pool, "Domain": "shop", "ManagedLoginVersion": 2 });
        server.admin().ok("UpdateUserPoolDomain", version).await;
        let silent = tool.ask(&mut browser, &[("prompt", "none")]).await;
        assert_eq!(silent.parameter("error").unwrap(), "login_required");
    }

    async fn loopback_redirects_fit_any_port(server) {
        let tool = Tool::new(server).await;
        for uri in ["http://127.0.0.1:49152/cb", "http://localhost:49153/cb"] {
            let code = tool.code(&mut tool.app.browser(), &[("redirect_uri", uri)]).await;
            assert_eq!(tool.redeem(&code, URL, uri).await.0, 200, "{uri}");
        }
        for uri in ["http://127.0.0.1:49152/other", "http://127.0.0.1.example.com:1/cb", "https://lender.example.com/cb"] {
            assert_eq!(tool.error(&[("redirect_uri", uri)]).await, "redirect_mismatch", "{uri}");
        }
        assert_eq!(tool.error(&[("redirect_uri", "")]).await, "Required parameters missing");
    }

    async fn the_code_challenge_is_no_choice(server) {
        let tool = Tool::new(server).await;
        let without = [("code_challenge", ""), ("code_challenge_method", "")];
        let answer = tool.ask(&mut tool.app.browser(), &without).await;
        assert_eq!(answer.parameter("error").unwrap(), "invalid_request");
        let implicit = tool.ask(&mut tool.app.browser(), &[("response_type", "token")]).await;
        assert_eq!(implicit.parameter("error_description").unwrap(), "unauthorized_client");
    }

    async fn other_urls_are_nobodys(server) {
        let tool = Tool::new(server).await;
        for url in [
            "https://other.example/client.json",
            "https://tool.example",
            "https://tool.example/",
            "https://tool.example/a/../client.json",
            "https://tool.example:8443/oauth/client.json",
            "https://TOOL.example/oauth/client.json",
            "https://tool.example/oauth/client.json?x=1",
        ] {
            assert_eq!(tool.error(&[("client_id", url)]).await, "Client does not exist.", "{url}");
        }
        assert_eq!(server.take_fetches().len(), 0);
        // The app client itself goes on as ever, and not by the document's redirect URIs.
        let own = [("client_id", &*tool.app.client)];
        assert_eq!(tool.error(&own).await, "redirect_mismatch");
    }

    // new-operations §16.3, §16.4
    async fn documents_of_strangers_are_held_to_the_rules(server) {
        let tool = Tool::new(server).await;
        let json_type = vec![("content-type".to_owned(), "application/json".to_owned())];
        let answer = |status: u16, headers: &[(String, String)], body: String| {
            Fetched { status, headers: headers.to_vec(), body: body.into_bytes() }
        };
        let text = document().to_string();
        let html = vec![("content-type".to_owned(), "text/html".to_owned())];
        let mut other = document();
        other["client_id"] = json!("https://tool.example/oauth/other.json");
        for (n, bad) in [
            Err(FetchError::TooLong(5120)),
            Err(FetchError::Redirect(302)),
            Err(FetchError::Private { host: "tool.example".to_owned(), address: "10.0.0.1".parse().unwrap() }),
            Ok(answer(404, &json_type, text.clone())),
            Ok(answer(200, &html, text.clone())),
            Ok(answer(200, &[], text)),
            Ok(answer(200, &json_type, "<html>".to_owned())),
            Ok(answer(200, &json_type, "[".repeat(5000))),
            Ok(answer(200, &json_type, other.to_string())),
        ]
        .into_iter()
        .enumerate()
        {
            server.stranger(URL, move |_| bad.clone());
            assert_eq!(tool.error(&[]).await, "invalid_client_metadata", "{n}");
            // Six a minute are fetched of one URL.
            server.clock().advance_seconds(60);
        }
        assert_eq!(tool.urls().await, json!([]));
        for fetch in server.take_fetches() {
            assert_eq!((fetch.form.is_none(), fetch.longest), (true, 5120));
            assert_eq!(fetch.headers, [("accept", "application/json".to_owned())]);
        }
        // Nothing of it was kept.
        server.document(URL, &document());
        tool.tokens().await;
    }

    async fn documents_are_kept_as_long_as_it_is_said(server) {
        let tool = Tool::new(server).await;
        tool.tokens().await;
        let at = |seconds: u32| json!((server.now().seconds() + i64::from(seconds)) as f64);
        assert_eq!(tool.urls().await, json!([{ "URL": URL, "CachedDate": at(0), "ExpirationDate": at(DAY) }]));
        server.clock().advance_seconds(DAY - 1);
        tool.tokens().await;
        assert_eq!(server.take_fetches().len(), 1);
        server.clock().advance_seconds(1);
        // What has run out is still a URL of the policy.
        assert_eq!(tool.urls().await, json!([{ "URL": URL }]));
        let body = document().to_string().into_bytes();
        server.stranger(URL, move |_| {
            let headers = [("content-type", "application/client+json"), ("cache-control", "max-age=172800")];
            let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
            Ok(Fetched { status: 200, headers, body: body.clone() })
        });
        tool.tokens().await;
        assert_eq!(tool.urls().await[0]["ExpirationDate"], at(2 * DAY));
    }

    async fn documents_are_read_anew_and_forgotten_by_operation(server) {
        let tool = Tool::new(server).await;
        let operation = "UpdateClientMetadataURLState";
        let missing = refusal(
            "CachedCIMDURLDoesNotExistException",
            "No cached client metadata document exists for the URL.",
        );
        for action in ["REFRESH", "INVALIDATE"] {
            assert_eq!(server.admin().refused(operation, tool.state(action)).await, missing);
        }
        tool.tokens().await;
        server.take_fetches();
        let mut renamed = document();
        renamed["client_name"] = json!("Renamed");
        server.document(URL, &renamed);
        assert_eq!(server.admin().ok(operation, tool.state("REFRESH")).await, json!({}));
        let page = tool.consent(&mut tool.app.browser(), &[]).await;
        assert!(page.html.contains("Renamed"));
        server.stranger(URL, |_| Err(FetchError::Unreachable("x".to_owned())));
        let failed = refusal("InvalidParameterException", "The client metadata document could not be retrieved.");
        assert_eq!(server.admin().refused(operation, tool.state("REFRESH")).await, failed);
        // What was kept stays, until it is forgotten; the next who wants it fetches it again.
        tool.tokens().await;
        assert_eq!(server.admin().ok(operation, tool.state("INVALIDATE")).await, json!({}));
        assert_eq!(tool.urls().await, json!([{ "URL": URL }]));
        assert_eq!(server.admin().refused(operation, tool.state("INVALIDATE")).await, missing);
        assert_eq!(tool.error(&[]).await, "invalid_client_metadata");
        server.document(URL, &document());
        tool.tokens().await;
    }

    // new-operations §16.5: at redemption and refresh the policy is looked up again
    async fn what_is_changed_in_between_counts(server) {
        let tool = Tool::new(server).await;
        let tokens = tool.tokens().await;
        let refresh = tokens["refresh_token"].as_str().unwrap();
        let mut browser = tool.app.browser();
        let code = tool.code(&mut browser, &[]).await;
        let change = json!({
            "UserPoolId": tool.app.pool, "CIMDPolicyId": tool.policy, "ClientId": tool.app.client,
            "URLPatterns": ["https://elsewhere.example/*"],
        });
        server.admin().ok("UpdateCIMDPolicy", change.clone()).await;
        assert_eq!(error(&tool.redeem(&code, URL, CALLBACK).await), (400, "invalid_client"));
        assert_eq!(error(&tool.refresh(refresh).await), (400, "invalid_client"));
        assert_eq!(tool.urls().await, json!([]), "what no longer matches is forgotten");
        let mut back = change;
        back["URLPatterns"] = json!(["https://tool.example/*"]);
        server.admin().ok("UpdateCIMDPolicy", back).await;
        assert_eq!(tool.refresh(refresh).await.0, 200);
        // A document without the grant.
        let mut once = document();
        once["grant_types"] = json!(["authorization_code"]);
        server.document(URL, &once);
        server.admin().ok("UpdateClientMetadataURLState", tool.state("INVALIDATE")).await;
        assert_eq!(error(&tool.refresh(refresh).await), (400, "invalid_grant"));
        assert_eq!(tool.tokens().await.get("refresh_token"), None);
        let by_id = json!({ "UserPoolId": tool.app.pool, "CIMDPolicyId": tool.policy });
        server.admin().ok("DeleteCIMDPolicy", by_id).await;
        assert_eq!(error(&tool.refresh(refresh).await), (400, "invalid_client"));
        assert_eq!(tool.error(&[]).await, "Client does not exist.");
    }

    async fn an_app_client_that_lends_no_more_lets_nobody_in(server) {
        let tool = Tool::new(server).await;
        tool.tokens().await;
        let own = json!({ "UserPoolId": tool.app.pool, "ClientId": tool.app.client });
        server.admin().ok("DeleteUserPoolClient", own).await;
        assert_eq!(tool.error(&[]).await, "Client does not exist.");
    }

    async fn tokens_are_of_the_url_and_not_of_the_app_client(server) {
        let tool = Tool::new(server).await;
        let tokens = tool.tokens().await;
        let refresh = tokens["refresh_token"].as_str().unwrap();
        let app = &*tool.app.client;
        let as_app = [("grant_type", "refresh_token"), ("client_id", app), ("refresh_token", refresh)];
        assert_eq!(error(&tool.token(&as_app).await), (400, "invalid_grant"));
        let code = tool.code(&mut tool.app.browser(), &[]).await;
        assert_eq!(error(&tool.redeem(&code, app, CALLBACK).await), (400, "invalid_grant"));
        let input = json!({
            "AuthFlow": "REFRESH_TOKEN_AUTH", "ClientId": app, "AuthParameters": { "REFRESH_TOKEN": refresh },
        });
        let other = refusal("NotAuthorizedException", "Refresh Token has different Client");
        assert_eq!(server.public().refused("InitiateAuth", input).await, other);
        let revoke = json!({ "ClientId": app, "Token": refresh });
        assert_eq!(server.public().refused("RevokeToken", revoke).await.0, "UnauthorizedException");
        // A secret proves nothing of a client that has none.
        let secret = [
            ("grant_type", "refresh_token"), ("client_id", URL), ("client_secret", "x"), ("refresh_token", refresh),
        ];
        assert_eq!(error(&tool.token(&secret).await), (400, "invalid_client"));
        assert_eq!(tool.app.call("/oauth2/revoke", &[("client_id", URL), ("token", refresh)]).await.0, 200);
        assert_eq!(error(&tool.refresh(refresh).await), (400, "invalid_grant"));
    }

    async fn a_gateway_takes_its_tokens_for_those_of_the_app_client(server) {
        let tool = Tool::new(server).await;
        let tokens = tool.tokens().await;
        for (name, kind) in [("access_token", "access"), ("id_token", "id")] {
            let path = format!("/_poolhouse/forward-auth?pool={}&token_use={kind}", tool.app.pool);
            let header = [("authorization", format!("Bearer {}", tokens[name].as_str().unwrap()))];
            let (status, headers, _) = server.http("GET", &path, &header, b"").await;
            assert_eq!(status, 200, "{name}");
            let client = headers.get("x-auth-client").map(|value| value.to_str().unwrap());
            // An ID token is told without its client.
            assert_eq!(client, (kind == "access").then_some(&*tool.app.client), "{name}");
        }
    }

    async fn the_metadata_says_that_urls_may_be_clients(server) {
        let app = App::new(server).await;
        let path = format!("/.well-known/oauth-authorization-server/{}", app.pool);
        let before = server.get(&path).await.1;
        assert_eq!(before.get("client_id_metadata_document_supported"), None);
        assert_eq!(before["token_endpoint_auth_methods_supported"], json!(["client_secret_basic", "client_secret_post"]));
        let policy = json!({
            "UserPoolId": app.pool, "ClientId": app.client, "PolicyName": "p", "URLPatterns": ["https://tool.example/*"],
        });
        server.admin().ok("CreateCIMDPolicy", policy).await;
        let after = server.get(&path).await.1;
        assert_eq!(after["client_id_metadata_document_supported"], true);
        let methods = json!(["client_secret_basic", "client_secret_post", "none"]);
        assert_eq!(after["token_endpoint_auth_methods_supported"], methods);
    }
}

// new-operations §16.3: whoever wants many documents fetched waits
#[tokio::test]
async fn fetches_are_counted_for_who_causes_them() {
    let server = TestServer::start_with(Database::Sqlite, |parts| {
        parts.kernel.settings.limits = Limits { strangers: 2, ..Limits::default() };
    })
    .await;
    let tool = Tool::new(&server).await;
    let source: IpAddr = "192.0.2.7".parse().unwrap();
    let ask = async |n: usize| {
        let url = format!("https://tool.example/{n}.json");
        let query = tool.app.query(&[("client_id", &url)]);
        let path = format!("/oauth2/authorize?{query}");
        let headers = [("host", super::HOST.to_owned())];
        server.http_from(source, "GET", &path, &headers, b"").await.0
    };
    assert_eq!([ask(1).await, ask(2).await, ask(3).await], [302, 302, 429]);
    server.clock().advance_seconds(1800);
    assert_eq!([ask(4).await, ask(5).await], [302, 429]);
    server.finish().await;
}
