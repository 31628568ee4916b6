//! By which names and paths a domain is reached, and by which not (oauth-and-managed-login §1).

use poolhouse_testkit::{Browser, TestServer, on_both};
use serde_json::json;

use super::{App, HOST};

async fn status(server: &TestServer, host: &str, path: &str) -> u16 {
    server.http("GET", path, &[("host", host.to_owned())], b"").await.0
}

on_both! {
    async fn a_domain_is_at_its_hosts_and_its_path_alone(server) {
        let app = App::new(server).await;
        let custom = json!({
            "Domain": "login.shop.example", "UserPoolId": app.pool,
            "CustomDomainConfig": { "CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/1" },
        });
        server.admin().ok("CreateUserPoolDomain", custom).await;
        let login = format!("/login?{}", app.query(&[]));
        for (host, path, expected) in [
            (HOST, login.clone(), 200),
            ("SHOP.auth.localhost", login.clone(), 200),
            ("login.shop.example", login.clone(), 200),
            ("127.0.0.1:7665", format!("/_domains/shop{login}"), 200),
            ("localhost:7665", format!("/_domains/login.shop.example{login}"), 200),
            ("127.0.0.1:7665", format!("/_domains/other{login}"), 404),
            ("other.auth.localhost:7665", login.clone(), 404),
            ("other.auth.localhost:7665", "/".to_owned(), 404),
            ("evil.example", format!("/_domains/shop{login}"), 404),
            ("login.shop.example.evil.example", login.clone(), 404),
            // A domain's host serves neither documents of issuers nor the paths of others.
            (HOST, format!("/{}/.well-known/jwks.json", app.pool), 404),
            (HOST, format!("/_domains/shop{login}"), 404),
            (HOST, "/_poolhouse/forward-auth".to_owned(), 404),
        ] {
            assert_eq!(status(server, host, &path).await, expected, "{host} {path}");
        }
        let body = b"{}";
        let headers = [("host", HOST.to_owned()), ("x-amz-target", "AWSCognitoIdentityProviderService.InitiateAuth".to_owned())];
        assert_eq!(server.http("POST", "/", &headers, body).await.0, 404);
    }

    async fn the_path_form_keeps_to_itself(server) {
        let app = App::new(server).await;
        let mut browser = Browser::new(server, "127.0.0.1:7665");
        let base = "http://127.0.0.1:7665/_domains/shop";
        let answer = browser.get(&format!("{base}/oauth2/authorize?{}", app.query(&[]))).await;
        assert!(answer.location().starts_with(&format!("{base}/login?")), "{}", answer.location());
        let page = browser.get(answer.location()).await;
        assert!(page.form().action.starts_with("/_domains/shop/login?"));
        let cookie = page.headers["set-cookie"].to_str().unwrap();
        assert!(cookie.contains("; Path=/_domains/shop; ") && cookie.contains("HttpOnly; SameSite=Lax"), "{cookie}");
        assert!(!cookie.contains("Secure") && !cookie.contains("Domain"), "{cookie}");
        let style = page.html.split_once("rel=\"stylesheet\" href=\"").unwrap().1.split('"').next().unwrap();
        assert!(style.starts_with("/_domains/shop/assets/"));
        assert_eq!(browser.get(style).await.status, 200);
    }

    async fn a_domain_that_is_deleted_is_nobodys(server) {
        let app = App::new(server).await;
        let domain = json!({ "Domain": "shop", "UserPoolId": app.pool });
        server.admin().ok("DeleteUserPoolDomain", domain).await;
        server.clock().advance_seconds(1);
        assert_eq!(status(server, HOST, &format!("/login?{}", app.query(&[]))).await, 404);
    }
}
