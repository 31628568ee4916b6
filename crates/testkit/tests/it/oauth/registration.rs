//! Clients that register themselves (new-operations §10, RFC 7591).

use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poolhouse_core::Tiers;
use poolhouse_kernel::limits::Limits;
use poolhouse_testkit::{Database, TestServer, claims, on_both, refusal};
use serde_json::{Value, json};

use super::{App, CALLBACK, HOST, VERIFIER};

const PATH: &str = "/oauth2/register";

fn open() -> Value {
    json!({ "DcrConfiguration": { "OpenDcrEnabled": true } })
}

fn public() -> Value {
    json!({
        "client_name": "My (tool)", "redirect_uris": [CALLBACK, "http://127.0.0.1/cb"],
        "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
        "token_endpoint_auth_method": "none", "logo_uri": "https://evil.example/track.png",
    })
}

async fn send(server: &TestServer, token: Option<&str>, body: &[u8], kind: &str) -> (u16, HeaderMap, Value) {
    let mut headers = vec![("host", HOST.to_owned()), ("content-type", kind.to_owned())];
    headers.extend(token.map(|token| ("authorization", token.to_owned())));
    let (status, headers, body) = server.http("POST", PATH, &headers, body).await;
    (status, headers, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

async fn register(server: &TestServer, metadata: &Value) -> (u16, Value) {
    let (status, _, body) = send(server, None, metadata.to_string().as_bytes(), "application/json").await;
    (status, body)
}

/// A program's token with these scopes.
async fn token(app: &App<'_>, scope: &str) -> String {
    let server = app.server;
    let resource = json!({
        "UserPoolId": app.pool, "Identifier": "api", "Name": "api",
        "Scopes": [{ "ScopeName": "read", "ScopeDescription": "Read" }],
    });
    server.admin().call("CreateResourceServer", resource).await.ok();
    let client = json!({
        "GenerateSecret": true, "AllowedOAuthFlows": ["client_credentials"],
        "AllowedOAuthScopes": [scope], "CallbackURLs": [], "LogoutURLs": [],
    });
    let program = App::in_pool(server, app.pool.clone(), client).await;
    let secret = program.secret.clone().unwrap();
    let fields =
        [("grant_type", "client_credentials"), ("client_id", &*program.client), ("client_secret", &*secret)];
    let (status, _, tokens) = app.call("/oauth2/token", &fields).await;
    assert_eq!(status, 200, "{tokens}");
    tokens["access_token"].as_str().unwrap().to_owned()
}

async fn described(app: &App<'_>, client: &Value) -> Value {
    let input = json!({ "UserPoolId": app.pool, "ClientId": client });
    app.server.admin().ok("DescribeUserPoolClient", input).await["UserPoolClient"].clone()
}

on_both! {
    async fn anybody_registers_where_the_pool_is_open(server) {
        let app = App::with(server, open(), json!({})).await;
        let (status, headers, made) =
            send(server, None, public().to_string().as_bytes(), "application/json; charset=utf-8").await;
        assert_eq!(status, 201, "{made}");
        assert!(headers["cache-control"].to_str().unwrap().contains("no-store"));
        assert_eq!(headers["access-control-allow-origin"], "*");
        let expected = json!({
            "client_id": made["client_id"], "client_id_issued_at": server.now().seconds(),
            "client_name": "My (tool)", "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"], "redirect_uris": [CALLBACK, "http://127.0.0.1/cb"],
            "token_endpoint_auth_method": "none", "scope": "openid email phone profile",
        });
        assert_eq!(made, expected);
        let client = described(&app, &made["client_id"]).await;
        for (member, value) in [
            ("ClientType", json!("DCR")),
            ("ClientName", json!("My (tool)")),
            ("AllowedOAuthFlows", json!(["code"])),
            ("AllowedOAuthFlowsUserPoolClient", json!(true)),
            ("PreventUserExistenceErrors", json!("ENABLED")),
            ("EnableTokenRevocation", json!(true)),
            ("SupportedIdentityProviders", json!(["COGNITO"])),
        ] {
            assert_eq!(client[member], value, "{member}");
        }
        assert_eq!(server.take_fetches().len(), 0, "nothing that a stranger names is fetched");
        let list = json!({ "UserPoolId": app.pool, "ClientType": "DCR", "MaxResults": 60 });
        let listed = server.admin().ok("ListUserPoolClients", list).await;
        assert_eq!(listed["UserPoolClients"][0]["ClientId"], made["client_id"]);
    }

    async fn what_registered_signs_in_with_consent(server) {
        let app = App::with(server, open(), json!({})).await;
        let (_, made) = register(server, &public()).await;
        let own = App { server, pool: app.pool.clone(), client: made["client_id"].as_str().unwrap().to_owned(), secret: None };
        let mut browser = own.browser();
        // Somebody signed in to another client is asked all the same.
        app.sign_in(&mut browser).await;
        let uri = "http://127.0.0.1:51000/cb";
        let page = own.open(&mut browser, &[("redirect_uri", uri)]).await;
        assert!(page.html.contains("My (tool)") && page.html.contains("127.0.0.1:51000"), "{}", page.html);
        let done = browser.fill(&page, &[("decision", "allow")]).await;
        let code = done.parameter("code").unwrap();
        let fields = [
            ("grant_type", "authorization_code"), ("client_id", &own.client), ("code", &code),
            ("redirect_uri", uri), ("code_verifier", VERIFIER),
        ];
        let (status, _, tokens) = own.call("/oauth2/token", &fields).await;
        assert_eq!(status, 200, "{tokens}");
        assert_eq!(claims(&tokens["id_token"])["aud"], made["client_id"]);
        let refresh = tokens["refresh_token"].as_str().unwrap();
        let again = [("grant_type", "refresh_token"), ("client_id", &*own.client), ("refresh_token", refresh)];
        assert_eq!(own.call("/oauth2/token", &again).await.0, 200);
        // It signs people in at the pages alone.
        let password = json!({
            "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": own.client,
            "AuthParameters": { "USERNAME": "alice", "PASSWORD": TestServer::PASSWORD },
        });
        assert_eq!(server.public().refused("InitiateAuth", password).await.0, "InvalidParameterException");
        // With its client a grant ends, in words at which clients register anew.
        let delete = json!({ "UserPoolId": own.pool, "ClientId": own.client });
        server.admin().ok("DeleteUserPoolClient", delete).await;
        let (status, _, body) = own.call("/oauth2/token", &again).await;
        assert_eq!((status, body), (400, json!({ "error": "invalid_client" })));
    }

    async fn its_pages_need_no_style_of_its_own(server) {
        let app = App::with(server, open(), json!({})).await;
        let version = json!({ "UserPoolId": app.pool, "Domain": "shop", "ManagedLoginVersion": 2 });
        server.admin().ok("UpdateUserPoolDomain", version).await;
        let (_, made) = register(server, &public()).await;
        let own = App { server, pool: app.pool.clone(), client: made["client_id"].as_str().unwrap().to_owned(), secret: None };
        assert_eq!(own.open(&mut own.browser(), &[]).await.status, 200);
        assert_eq!(app.open(&mut app.browser(), &[]).await.status, 403);
    }

    async fn a_secret_is_made_unless_the_client_is_public(server) {
        let app = App::with(server, open(), json!({})).await;
        let (status, made) = register(server, &json!({ "redirect_uris": [CALLBACK] })).await;
        assert_eq!(status, 201);
        assert_eq!(made["token_endpoint_auth_method"], "client_secret_basic");
        assert_eq!((&made["client_secret_expires_at"], &made["client_name"]), (&json!(0), &json!("DCR client")));
        let client = described(&app, &made["client_id"]).await;
        assert_eq!(client["ClientSecret"], made["client_secret"]);
        let text = "Client secret operations are not supported for this client.";
        let by_id = json!({ "UserPoolId": app.pool, "ClientId": made["client_id"] });
        let mut one = by_id.clone();
        one["ClientSecretId"] = json!("x--1");
        for (operation, input) in [
            ("AddUserPoolClientSecret", &by_id),
            ("ListUserPoolClientSecrets", &by_id),
            ("DeleteUserPoolClientSecret", &one),
        ] {
            let refused = server.admin().refused(operation, input.clone()).await;
            assert_eq!(refused, refusal("InvalidParameterException", text), "{operation}");
        }
        // It stays what it is when it is changed.
        let mut change = by_id;
        change["ClientName"] = json!("renamed");
        server.admin().ok("UpdateUserPoolClient", change).await;
        assert_eq!(described(&app, &made["client_id"]).await["ClientType"], "DCR");
    }

    async fn who_has_a_token_for_it_registers_machines(server) {
        let pool = json!({ "DcrConfiguration": { "AllowedScopes": ["api/read", "aws.cognito/dcr/register"] } });
        let app = App::with(server, pool, json!({})).await;
        let bearer = format!("Bearer {}", token(&app, "aws.cognito/dcr/register").await);
        let machine = json!({ "client_name": "job", "grant_types": ["client_credentials"] }).to_string();
        // Without a token the pool is closed.
        let closed = send(server, None, machine.as_bytes(), "application/json").await;
        assert_eq!((closed.0, &closed.2), (401, &json!({ "error": "invalid_token" })));
        assert_eq!(closed.1["www-authenticate"], "Bearer error=\"invalid_token\"");
        let (status, _, made) = send(server, Some(&bearer), machine.as_bytes(), "application/json").await;
        assert_eq!((status, &made["scope"], &made["grant_types"]), (201, &json!("api/read"), &json!(["client_credentials"])));
        let pair = format!("{}:{}", made["client_id"].as_str().unwrap(), made["client_secret"].as_str().unwrap());
        let headers = [
            ("host", HOST.to_owned()),
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
            ("authorization", format!("Basic {}", STANDARD.encode(pair))),
        ];
        let form = b"grant_type=client_credentials&resource=https%3A%2F%2Fmcp.example.com%2F";
        let (status, _, body) = server.http("POST", "/oauth2/token", &headers, form).await;
        let tokens: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(status, 200, "{tokens}");
        let access = claims(&tokens["access_token"]);
        assert_eq!((&access["aud"], &access["scope"]), (&json!("https://mcp.example.com/"), &json!("api/read")));
        let bad = b"grant_type=client_credentials&resource=mcp";
        let (status, _, body) = server.http("POST", "/oauth2/token", &headers, bad).await;
        assert_eq!((status, body), (400, br#"{"error":"invalid_target"}"#.to_vec()));
    }

    async fn a_token_for_something_else_registers_nothing(server) {
        let app = App::with(server, json!({ "DcrConfiguration": {} }), json!({})).await;
        let other = token(&app, "api/read").await;
        let users = app.redeem(&app.sign_in(&mut app.browser()).await.parameter("code").unwrap()).await.1;
        let users = users["access_token"].as_str().unwrap();
        let body = public().to_string();
        for (token, status, error) in [
            (format!("Bearer {other}"), 403, "insufficient_scope"),
            (format!("Bearer {users}"), 403, "insufficient_scope"),
            ("Bearer x".to_owned(), 401, "invalid_token"),
            ("Bearer ".to_owned(), 401, "invalid_token"),
            ("Basic YTpi".to_owned(), 401, "invalid_token"),
            (format!("Bearer {other}x"), 401, "invalid_token"),
        ] {
            let refused = send(server, Some(&token), body.as_bytes(), "application/json").await;
            assert_eq!((refused.0, &refused.2), (status, &json!({ "error": error })), "{token}");
        }
        // Nor can a user's client have the scope.
        let client = json!({
            "UserPoolId": app.pool, "ClientName": "x", "AllowedOAuthFlowsUserPoolClient": true,
            "AllowedOAuthFlows": ["code"], "CallbackURLs": [CALLBACK],
            "AllowedOAuthScopes": ["aws.cognito/dcr/register"],
        });
        let refused = server.admin().refused("CreateUserPoolClient", client).await;
        assert_eq!(refused.0, "ScopeDoesNotExistException");
        // A token of another pool.
        let elsewhere = server.pool(json!({})).await;
        let domain = json!({ "Domain": "other", "UserPoolId": elsewhere });
        server.admin().ok("CreateUserPoolDomain", domain).await;
        let program = json!({
            "GenerateSecret": true, "AllowedOAuthFlows": ["client_credentials"],
            "AllowedOAuthScopes": ["aws.cognito/dcr/register"], "CallbackURLs": [], "LogoutURLs": [],
        });
        let program = App::in_pool(server, elsewhere, program).await;
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            program.client, program.secret.unwrap()
        );
        let headers = [
            ("host", "other.auth.localhost:7665".to_owned()),
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
        ];
        let (_, _, tokens) = server.http("POST", "/oauth2/token", &headers, form.as_bytes()).await;
        let tokens: Value = serde_json::from_slice(&tokens).unwrap();
        let foreign = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
        assert_eq!(send(server, Some(&foreign), body.as_bytes(), "application/json").await.0, 401);
    }

    async fn metadata_that_cannot_be_had_is_named(server) {
        App::with(server, open(), json!({})).await;
        for (member, value, error) in [
            ("redirect_uris", json!(["http://evil.example/cb"]), "invalid_redirect_uri"),
            ("redirect_uris", json!(["data:text/html,x"]), "invalid_redirect_uri"),
            ("redirect_uris", json!([]), "invalid_redirect_uri"),
            ("redirect_uris", json!("x"), "invalid_client_metadata"),
            ("grant_types", json!(["client_credentials"]), "invalid_client_metadata"),
            ("grant_types", json!(["implicit"]), "invalid_client_metadata"),
            ("response_types", json!(["token"]), "invalid_client_metadata"),
            ("scope", json!("api/read"), "invalid_client_metadata"),
            ("client_name", json!("a\u{0}"), "invalid_client_metadata"),
            ("token_endpoint_auth_method", json!("tls_client_auth"), "invalid_client_metadata"),
        ] {
            let mut metadata = public();
            metadata[member] = value.clone();
            let (status, body) = register(server, &metadata).await;
            assert_eq!((status, body["error"].as_str().unwrap()), (400, error), "{member} {value}: {body}");
            assert!(body["error_description"].is_string());
        }
    }

    async fn bodies_of_strangers_are_bounded(server) {
        App::with(server, open(), json!({})).await;
        let huge = format!("{{\"x\":\"{}\"}}", "a".repeat(200_000));
        let deep = "[".repeat(100_000);
        for (body, kind) in [
            (&*huge, "application/json"),
            (&*deep, "application/json"),
            ("", "application/json"),
            ("null", "application/json"),
            ("{\"redirect_uris\":[\"a:b\"],\"redirect_uris\":[\"c:d\"]}", "application/json"),
            ("{}", "text/plain"),
            ("redirect_uris=x", "application/x-www-form-urlencoded"),
        ] {
            let (status, _, answer) = send(server, None, body.as_bytes(), kind).await;
            assert_eq!((status, &answer["error"]), (400, &json!("invalid_client_metadata")), "{kind}: {answer}");
        }
        let (status, headers, _) = server.http("GET", PATH, &[("host", HOST.to_owned())], b"").await;
        assert_eq!((status, headers["allow"].to_str().unwrap()), (405, "POST,OPTIONS"));
    }

    // new-operations §10.1, check 9 of §19
    async fn registration_is_switched_on_and_off(server) {
        let app = App::new(server).await;
        assert_eq!(register(server, &public()).await.0, 404);
        let path = format!("/{}/.well-known/openid-configuration", app.pool);
        assert_eq!(server.get(&path).await.1.get("registration_endpoint"), None);
        let update = async |dcr: Value| {
            let input = json!({ "UserPoolId": app.pool, "DcrConfiguration": dcr });
            server.admin().ok("UpdateUserPool", input).await;
        };
        update(json!({})).await;
        let endpoint = "http://127.0.0.1:7665/_domains/shop/oauth2/register";
        assert_eq!(server.get(&path).await.1["registration_endpoint"], endpoint);
        assert_eq!(register(server, &public()).await.0, 401);
        update(json!({ "OpenDcrEnabled": true, "OpenDcrGrantTypes": [] })).await;
        assert_eq!(register(server, &public()).await.0, 400);
        update(json!({ "OpenDcrEnabled": true, "AllowedScopes": ["openid", "gone/scope"] })).await;
        let (status, made) = register(server, &public()).await;
        assert_eq!((status, &made["scope"]), (201, &json!("openid email phone profile")));
        update(json!({ "EnableStatus": "Disabled", "OpenDcrEnabled": true })).await;
        assert_eq!(register(server, &public()).await.0, 404);
    }
}

#[tokio::test]
async fn strangers_register_so_many_an_hour() {
    let server = TestServer::start_with(Database::Sqlite, |parts| {
        parts.kernel.settings.limits = Limits { strangers: 2, ..Limits::default() };
    })
    .await;
    App::with(&server, open(), json!({})).await;
    let source = "192.0.2.7".parse().unwrap();
    let register = async || {
        let headers = [("host", HOST.to_owned()), ("content-type", "application/json".to_owned())];
        let body = public().to_string();
        let (status, _, body) = server.http_from(source, "POST", PATH, &headers, body.as_bytes()).await;
        (status, serde_json::from_slice::<Value>(&body).unwrap()["error"].clone())
    };
    for _ in 0..2 {
        assert_eq!(register().await.0, 201);
    }
    assert_eq!(register().await, (429, json!("TooManyRequestsException")));
    server.clock().advance_seconds(1800);
    assert_eq!(register().await.0, 201);
    server.finish().await;
}

#[tokio::test]
async fn lite_takes_no_registrations() {
    let server = TestServer::start_with(Database::Sqlite, |parts| parts.settings.tiers = Tiers::Strict).await;
    let app = App::new(&server).await;
    let lite = json!({ "UserPoolId": app.pool, "UserPoolTier": "LITE", "DcrConfiguration": {} });
    let refused = server.admin().refused("UpdateUserPool", lite).await;
    assert_eq!(refused.0, "TierChangeNotAllowedException");
    server.finish().await;
}
