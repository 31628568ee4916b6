//! Where the pages of pools are: docs/cognito/oauth-and-managed-login.md §1, §5.1.

use poolhouse_core::{Cx, domains, pools};
use poolhouse_kernel::request::{Door, Origin};
use poolhouse_ports::PoolId;
use poolhouse_testkit::{Database, TestServer, on_both};
use serde_json::json;

const CERTIFICATE: &str =
    "arn:aws:acm:us-east-1:000000000000:certificate/11111111-2222-4333-8444-555555555555";

fn page(server: &TestServer) -> Cx {
    Cx::new(server.engine(), server.engine().entropy().uuid(), Door::Page, None, Origin::default())
}

async fn url(server: &TestServer, pool: &str) -> Option<String> {
    pools::domain_url(&page(server), &PoolId::from(pool)).await.unwrap()
}

async fn has_passkeys_at(server: &TestServer, pool: &str, host: &str) -> bool {
    pools::has_passkeys_at(&page(server), &PoolId::from(pool), host).await.unwrap()
}

/// Which domain a host name means.
async fn at(server: &TestServer, host: &str) -> Option<String> {
    domains::find_at_host(&page(server), host).await.unwrap().map(|domain| domain.name.clone())
}

/// A pool with a prefix.
async fn pool(server: &TestServer, prefix: &str) -> String {
    let pool = server.pool(json!({})).await;
    server.admin().ok("CreateUserPoolDomain", json!({ "UserPoolId": pool, "Domain": prefix })).await;
    pool
}

async fn add_custom(server: &TestServer, pool: &str, name: &str) {
    let input = json!({
        "UserPoolId": pool, "Domain": name, "CustomDomainConfig": { "CertificateArn": CERTIFICATE },
    });
    server.admin().ok("CreateUserPoolDomain", input).await;
}

on_both! {
    async fn without_a_setting_a_prefix_is_a_path(server) {
        let none = server.pool(json!({})).await;
        assert_eq!(url(server, &none).await, None);
        assert!(!has_passkeys_at(server, &none, "127.0.0.1").await);
        let pool = pool(server, "shop").await;
        assert_eq!(url(server, &pool).await.unwrap(), "http://127.0.0.1:7665/_domains/shop");
        assert_eq!(pools::domain_path_url(&page(server), "shop"), "http://127.0.0.1:7665/_domains/shop");
        // No passkey is kept for an address.
        assert!(has_passkeys_at(server, &pool, "shop.auth.localhost").await);
        assert!(!has_passkeys_at(server, &pool, "127.0.0.1").await);
        add_custom(server, &pool, "login.example.com").await;
        assert_eq!(url(server, &pool).await.unwrap(), "http://login.example.com:7665");
        assert!(has_passkeys_at(server, &pool, "login.example.com").await);
        assert!(!has_passkeys_at(server, &pool, "evil-login.example.com").await);
        assert!(!has_passkeys_at(server, &pool, "example.com").await);
    }

    async fn a_host_means_one_domain_or_none(server) {
        let pool = pool(server, "shop").await;
        add_custom(server, &pool, "login.example.com").await;
        for host in ["shop.auth.localhost", "shop.auth.localhost:7665", "SHOP.Auth.LocalHost"] {
            assert_eq!(at(server, host).await.as_deref(), Some("shop"), "{host}");
        }
        assert_eq!(at(server, "login.example.com:443").await.as_deref(), Some("login.example.com"));
        for host in [
            "", ":", "shop", "localhost", "auth.localhost", ".auth.localhost", "x.shop.auth.localhost", "127.0.0.1:7665",
            "login.example.com.auth.localhost", "example.com", "other.auth.localhost", "[::1]:7665",
        ] {
            assert_eq!(at(server, host).await, None, "{host}");
        }
    }
}

#[tokio::test]
async fn below_an_auth_domain_a_prefix_is_a_host() {
    let server = TestServer::start_with(Database::Sqlite, |parts| {
        parts.kernel.settings.public_url = "https://id.example.com".to_owned();
        parts.settings.auth_domain = Some("auth.example.com".to_owned());
    })
    .await;
    let pool = pool(&server, "shop").await;
    assert_eq!(url(&server, &pool).await.unwrap(), "https://shop.auth.example.com");
    assert!(has_passkeys_at(&server, &pool, "shop.auth.example.com").await);
    assert_eq!(at(&server, "shop.auth.example.com").await.as_deref(), Some("shop"));
    assert_eq!(at(&server, "shop.auth.localhost").await.as_deref(), Some("shop"));
    assert_eq!(at(&server, "auth.example.com").await, None);
    server.finish().await;
}

#[tokio::test]
async fn a_path_has_passkeys_by_the_servers_own_name() {
    let server = TestServer::start_with(Database::Sqlite, |parts| {
        parts.kernel.settings.public_url = "https://id.example.com:8443".to_owned();
    })
    .await;
    let pool = pool(&server, "shop").await;
    assert_eq!(url(&server, &pool).await.unwrap(), "https://id.example.com:8443/_domains/shop");
    assert!(has_passkeys_at(&server, &pool, "id.example.com").await);
    assert!(!has_passkeys_at(&server, &pool, "shop.auth.localhost").await);
    server.finish().await;
}
