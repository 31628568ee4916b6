//! The documents of a pool's issuer (docs/cognito/tokens.md §2, §7, oauth-and-managed-login §1.1, §14).

use poolhouse_core::IssuerMode;
use poolhouse_testkit::{Database, TestServer, on_both};
use serde_json::{Value, json};

/// Every path of the metadata of a pool.
fn metadata_paths(pool: &str) -> [String; 5] {
    [
        format!("/{pool}/.well-known/openid-configuration"),
        format!("//{pool}/.well-known/openid-configuration"),
        format!("/{pool}/.well-known/oauth-authorization-server"),
        format!("/.well-known/oauth-authorization-server/{pool}"),
        format!("/.well-known/openid-configuration/{pool}"),
    ]
}

fn jwks_paths(pool: &str) -> [String; 2] {
    [format!("/{pool}/.well-known/jwks.json"), format!("//{pool}/.well-known/jwks.json")]
}

on_both! {
    async fn the_metadata_is_one_document_at_each_of_its_paths(server) {
        let pool = server.pool(json!({})).await;
        let issuer = format!("http://127.0.0.1:7665/{pool}");
        // Without a domain there are no endpoints to speak of.
        let expected = json!({
            "id_token_signing_alg_values_supported": ["RS256"],
            "issuer": issuer,
            "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
            "response_types_supported": ["code", "token"],
            "scopes_supported": ["openid", "email", "phone", "profile"],
            "subject_types_supported": ["public"],
        });
        for path in metadata_paths(&pool) {
            assert_eq!(server.get(&path).await, (200, expected.clone()), "{path}");
        }
    }

    async fn there_is_a_key_for_id_tokens_and_one_for_access_tokens(server) {
        let pool = server.pool(json!({})).await;
        for path in jwks_paths(&pool) {
            let (status, document) = server.get(&path).await;
            assert_eq!(status, 200);
            let keys = document["keys"].as_array().unwrap();
            assert_eq!(keys.len(), 2);
            assert_ne!(keys[0]["kid"], keys[1]["kid"]);
            for key in keys {
                assert_eq!(
                    (&key["kty"], &key["alg"], &key["use"], &key["e"]),
                    (&json!("RSA"), &json!("RS256"), &json!("sig"), &json!("AQAB"))
                );
            }
        }
    }

    async fn an_unknown_pool_has_no_documents(server) {
        for (pool, expected) in
            [("us-east-1_absent", 404), ("nonsense", 404), ("%FF", 404), ("..%2f..", 404), ("%00", 400)]
        {
            for path in metadata_paths(pool).iter().chain(&jwks_paths(pool)) {
                let (status, headers, body) = server.http("GET", path, &[], b"").await;
                let body: Value = serde_json::from_slice(&body).unwrap();
                assert!(status == expected && body["message"].is_string(), "{path}: {status} {body}");
                assert_eq!(headers["cache-control"], "no-store", "{path}");
            }
        }
    }
}

#[tokio::test]
async fn documents_may_be_kept_and_read_from_any_page() {
    let server = TestServer::start(Database::Sqlite).await;
    let pool = server.pool(json!({})).await;
    for path in metadata_paths(&pool).iter().chain(&jwks_paths(&pool)) {
        let (status, headers, body) = server.http("GET", path, &[], b"").await;
        assert!(status == 200 && !body.is_empty());
        assert_eq!(headers["content-type"], "application/json");
        assert_eq!(headers["cache-control"], "public, max-age=300");
        assert_eq!(headers["access-control-allow-origin"], "*");
        assert_eq!(headers["x-amzn-requestid"].len(), 36);
        let (status, _, body) = server.http("HEAD", path, &[], b"").await;
        assert_eq!((status, body.len()), (200, 0));
        let (status, headers, _) = server.http("OPTIONS", path, &[], b"").await;
        assert_eq!((status, headers["access-control-allow-methods"].to_str().unwrap()), (200, "GET"));
        let (status, headers, _) = server.http("POST", path, &[], b"{}").await;
        assert_eq!((status, headers["allow"].to_str().unwrap()), (405, "GET,HEAD,OPTIONS"));
    }
    server.finish().await;
}

// The keys are found here even when tokens name AWS's issuer: AWS does not have them.
#[tokio::test]
async fn the_metadata_names_our_own_keys_in_every_issuer_mode() {
    let server =
        TestServer::start_with(Database::Sqlite, |parts| parts.settings.issuer = IssuerMode::Aws).await;
    let pool = server.pool(json!({})).await;
    for path in metadata_paths(&pool) {
        let (_, document) = server.get(&path).await;
        assert_eq!(document["issuer"], json!(format!("https://cognito-idp.us-east-1.amazonaws.com/{pool}")));
        let keys = format!("http://127.0.0.1:7665/{pool}/.well-known/jwks.json");
        assert_eq!(document["jwks_uri"], json!(keys));
        assert_eq!(server.get(keys.trim_start_matches("http://127.0.0.1:7665")).await.0, 200);
    }
    server.finish().await;
}
