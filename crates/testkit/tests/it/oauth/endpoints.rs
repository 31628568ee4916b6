//! The endpoints without pages (oauth-and-managed-login §6 to oauth-and-managed-login §8).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poolhouse_testkit::on_both;
use serde_json::{Value, json};

use super::{App, HOST};

on_both! {
    async fn tokens_are_refreshed_told_of_and_revoked(server) {
        let app = App::new(server).await;
        let code = app.sign_in(&mut app.browser()).await.parameter("code").unwrap();
        let (_, tokens) = app.redeem(&code).await;
        let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
        let (access, refresh) = (text("access_token"), text("refresh_token"));
        let info = async |token: &str| {
            let headers = [("host", HOST.to_owned()), ("authorization", format!("Bearer {token}"))];
            let (status, headers, body) = server.http("GET", "/oauth2/userInfo", &headers, b"").await;
            assert_eq!(headers["access-control-allow-origin"], "*");
            (status, serde_json::from_slice::<Value>(&body).unwrap())
        };
        let (status, claims) = info(&access).await;
        assert_eq!((status, &claims["email"], &claims["username"]), (200, &json!("alice@example.com"), &json!("alice")));
        assert_eq!(info("x").await.0, 401);
        let again = [
            ("grant_type", "refresh_token"),
            ("client_id", &app.client),
            ("refresh_token", &refresh),
        ];
        let (status, headers, renewed) = app.call("/oauth2/token", &again).await;
        assert_eq!((status, renewed["refresh_token"].is_null()), (200, true), "{renewed}");
        assert_eq!(headers["content-type"], "application/json;charset=UTF-8");
        assert_eq!(headers["access-control-allow-origin"], "*");
        let revoke = |token| [("client_id", app.client.clone()), ("token", token)];
        let call = async |token: String| {
            let fields = revoke(token);
            let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let (status, _, body) = app.call("/oauth2/revoke", &fields).await;
            (status, body)
        };
        assert_eq!(call(access.clone()).await, (400, json!({ "error": "unsupported_token_type" })));
        assert_eq!(call(refresh.clone()).await, (200, Value::Null));
        assert_eq!(call("garbage".to_owned()).await, (200, Value::Null));
        assert_eq!(info(&access).await.0, 401);
        let (status, _, body) = app.call("/oauth2/token", &again).await;
        assert_eq!((status, body), (400, json!({ "error": "invalid_grant" })));
    }

    async fn a_client_with_a_secret_proves_itself_in_two_ways(server) {
        let client = json!({
            "GenerateSecret": true,
            "AllowedOAuthFlows": ["client_credentials"],
            "AllowedOAuthScopes": ["api/read"],
            "CallbackURLs": [], "LogoutURLs": [],
        });
        let pool = server.pool(json!({})).await;
        let resource = json!({
            "UserPoolId": pool, "Identifier": "api", "Name": "api",
            "Scopes": [{ "ScopeName": "read", "ScopeDescription": "Read" }],
        });
        server.admin().ok("CreateResourceServer", resource).await;
        server.admin().ok("CreateUserPoolDomain", json!({ "Domain": "shop", "UserPoolId": pool })).await;
        let app = App::in_pool(server, pool, client).await;
        let secret = app.secret.clone().unwrap();
        let grant = ("grant_type", "client_credentials");
        let by_post = [grant, ("client_id", &*app.client), ("client_secret", &*secret)];
        assert_eq!(app.call("/oauth2/token", &by_post).await.0, 200);
        let basic = async |secret: &str| {
            let token = STANDARD.encode(format!("{}:{secret}", app.client));
            let headers = [
                ("host", HOST.to_owned()),
                ("content-type", "application/x-www-form-urlencoded".to_owned()),
                ("authorization", format!("Basic {token}")),
            ];
            let body = b"grant_type=client_credentials";
            let (status, _, body) = server.http("POST", "/oauth2/token", &headers, body).await;
            (status, serde_json::from_slice::<Value>(&body).unwrap())
        };
        assert_eq!(basic(&secret).await.0, 200);
        let wrong = json!({ "error": "invalid_client", "error_description": "invalid_client_secret" });
        assert_eq!(basic("wrong").await, (400, wrong.clone()));
        assert_eq!(app.call("/oauth2/token", &by_post[..2]).await.2, wrong);
        let (status, _, body) = app.call("/oauth2/revoke", &[("client_id", &app.client), ("token", "x")]).await;
        assert_eq!((status, body), (401, wrong));
    }

    async fn a_code_is_redeemed_once_even_at_the_same_time(server) {
        let app = App::new(server).await;
        let code = app.sign_in(&mut app.browser()).await.parameter("code").unwrap();
        let (one, two, three) = tokio::join!(app.redeem(&code), app.redeem(&code), app.redeem(&code));
        let good: Vec<_> = [one, two, three].into_iter().filter(|(status, _)| *status == 200).collect();
        assert!(good.len() <= 1, "{good:?}");
        assert_eq!(app.redeem(&code).await, (400, json!({ "error": "invalid_grant" })));
        for (_, tokens) in good {
            let token = tokens["access_token"].as_str().unwrap();
            let error = server.public().call("GetUser", json!({ "AccessToken": token })).await.unwrap_err();
            assert_eq!(error.code, "NotAuthorizedException");
        }
    }

    async fn discovery_names_the_endpoints_of_the_domain(server) {
        let app = App::new(server).await;
        let path = format!("/{}/.well-known/openid-configuration", app.pool);
        let (status, document) = server.get(&path).await;
        let base = "http://127.0.0.1:7665/_domains/shop";
        assert_eq!(status, 200);
        assert_eq!(document["authorization_endpoint"], format!("{base}/oauth2/authorize"));
        assert_eq!(document["token_endpoint"], format!("{base}/oauth2/token"));
        assert_eq!(document["end_session_endpoint"], format!("{base}/logout"));
    }

    async fn other_origins_may_ask_and_other_methods_may_not(server) {
        let app = App::new(server).await;
        let host = [("host", HOST.to_owned())];
        for path in ["/oauth2/token", "/oauth2/revoke", "/oauth2/userInfo"] {
            let (status, headers, _) = server.http("OPTIONS", path, &host, b"").await;
            assert_eq!((status, &headers["access-control-allow-origin"]), (200, &"*".parse().unwrap()), "{path}");
        }
        let (status, _, body) = server.http("GET", "/oauth2/token", &host, b"").await;
        assert_eq!((status, body.len()), (405, 0));
        assert_eq!(server.http("POST", "/oauth2/authorize", &host, b"").await.0, 405);
        drop(app);
    }
}
