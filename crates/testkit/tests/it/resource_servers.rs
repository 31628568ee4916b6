//! Resource servers and their scopes (oauth-and-managed-login §9).

use poolhouse_store::tables::Insert;
use poolhouse_store::tables::resource_servers::{self, ResourceServer};
use poolhouse_testkit::{TestServer, on_both};
use serde_json::{Value, json};

const INVALID: &str = "InvalidParameterException";

fn scope(name: &str) -> Value {
    json!({ "ScopeName": name, "ScopeDescription": format!("about {name}") })
}

fn server_of(pool: &str, identifier: &str) -> Value {
    json!({ "UserPoolId": pool, "Identifier": identifier })
}

fn missing(identifier: &str) -> (String, String) {
    ("ResourceNotFoundException".to_owned(), format!("Resource server {identifier} does not exist."))
}

async fn create(server: &TestServer, pool: &str, identifier: &str, scopes: &[&str]) -> Value {
    let mut input = server_of(pool, identifier);
    input["Name"] = json!("server");
    if !scopes.is_empty() {
        input["Scopes"] = scopes.iter().map(|name| scope(name)).collect();
    }
    server.admin().ok("CreateResourceServer", input).await["ResourceServer"].clone()
}

on_both! {
    async fn a_resource_server_is_made_and_described(server) {
        let pool = server.pool(json!({})).await;
        let made = create(server, &pool, "https://api.example.com", &["zeta", "alpha"]).await;
        assert_eq!(made, json!({
            "UserPoolId": pool, "Identifier": "https://api.example.com", "Name": "server",
            "Scopes": [scope("alpha"), scope("zeta")],
        }));
        let named = server_of(&pool, "https://api.example.com");
        let described = server.admin().ok("DescribeResourceServer", named).await;
        assert_eq!(described, json!({ "ResourceServer": made }));
        let bare = create(server, &pool, "bare", &[]).await;
        assert_eq!(bare, json!({ "UserPoolId": pool, "Identifier": "bare", "Name": "server" }));
    }

    async fn an_identifier_is_taken_once(server) {
        let pool = server.pool(json!({})).await;
        create(server, &pool, "api", &[]).await;
        let mut again = server_of(&pool, "api");
        again["Name"] = json!("other");
        let answer = server.admin().refused("CreateResourceServer", again).await;
        assert_eq!(answer, (INVALID.to_owned(), format!("api already exists in user pool {pool}.")));
        let other = server.pool(json!({})).await;
        create(server, &other, "api", &[]).await;
    }

    // recorded
    async fn identifiers_have_no_blank_and_scopes_no_slash(server) {
        let pool = server.pool(json!({})).await;
        let text = |value: &str, at: &str, pattern: &str| {
            (INVALID.to_owned(), format!(
                "1 validation error detected: Value '{value}' at '{at}' failed to satisfy constraint: \
                 Member must satisfy regular expression pattern: {pattern}"
            ))
        };
        let blank = json!({ "UserPoolId": pool, "Identifier": "two words", "Name": "n" });
        assert_eq!(
            server.admin().refused("CreateResourceServer", blank).await,
            text("two words", "identifier", r"[\x21\x23-\x5B\x5D-\x7E]+")
        );
        let slash =
            json!({ "UserPoolId": pool, "Identifier": "api", "Name": "n", "Scopes": [scope("re/ad")] });
        assert_eq!(
            server.admin().refused("CreateResourceServer", slash).await,
            text("re/ad", "scopes.1.member.scopeName", r"[\x21\x23-\x2E\x30-\x5B\x5D-\x7E]+")
        );
    }

    async fn a_scope_is_given_once(server) {
        let pool = server.pool(json!({})).await;
        create(server, &pool, "api", &["read"]).await;
        let mut doubled = server_of(&pool, "api");
        doubled["Name"] = json!("server");
        doubled["Scopes"] = json!([scope("read"), scope("write"), scope("read")]);
        let (code, _) = server.admin().refused("UpdateResourceServer", doubled).await;
        assert_eq!(code, INVALID);
    }

    async fn an_update_replaces_name_and_scopes(server) {
        let pool = server.pool(json!({})).await;
        create(server, &pool, "api", &["read", "write"]).await;
        let mut update = server_of(&pool, "api");
        update["Name"] = json!("other");
        let mut expected = update.clone();
        let answer = server.admin().ok("UpdateResourceServer", update.clone()).await;
        assert_eq!(answer, json!({ "ResourceServer": expected }));
        update["Scopes"] = json!([scope("admin")]);
        expected["Scopes"] = json!([scope("admin")]);
        server.admin().ok("UpdateResourceServer", update).await;
        let described = server.admin().ok("DescribeResourceServer", server_of(&pool, "api")).await;
        assert_eq!(described["ResourceServer"], expected);
    }

    async fn a_deleted_resource_server_is_gone(server) {
        let pool = server.pool(json!({})).await;
        create(server, &pool, "api", &[]).await;
        let named = server_of(&pool, "api");
        let (status, _, body) =
            server.admin().raw("DeleteResourceServer", named.to_string().as_bytes()).await;
        assert_eq!((status, body.len()), (200, 0));
        let mut named = named;
        named["Name"] = json!("server");
        for operation in ["DescribeResourceServer", "UpdateResourceServer", "DeleteResourceServer"] {
            assert_eq!(
                server.admin().refused(operation, named.clone()).await, missing("api"), "{operation}"
            );
        }
    }

    async fn resource_servers_of_an_unknown_pool(server) {
        let gone = (
            "ResourceNotFoundException".to_owned(),
            "User pool us-east-1_000000000 does not exist.".to_owned(),
        );
        let mut named = server_of("us-east-1_000000000", "api");
        named["Name"] = json!("server");
        for operation in [
            "CreateResourceServer", "DescribeResourceServer", "UpdateResourceServer",
            "DeleteResourceServer", "ListResourceServers",
        ] {
            assert_eq!(server.admin().refused(operation, named.clone()).await, gone, "{operation}");
        }
    }

    // protocol §8: pages of 1 to 50; n elements read one at a time take n calls
    async fn resource_servers_are_listed_in_pages(server) {
        let pool = server.pool(json!({})).await;
        let mut made = Vec::new();
        for identifier in ["a", "b", "c"] {
            made.push(create(server, &pool, identifier, &["read"]).await);
        }
        let (mut read, mut token) = (Vec::new(), Value::Null);
        for calls_left in (0..3).rev() {
            let mut input = json!({ "UserPoolId": pool, "MaxResults": 1 });
            if !token.is_null() {
                input["NextToken"] = token;
            }
            let page = server.admin().ok("ListResourceServers", input).await;
            read.extend(page["ResourceServers"].as_array().unwrap().clone());
            token = page["NextToken"].clone();
            assert_eq!(token.is_null(), calls_left == 0);
        }
        assert_eq!(read, made);
        for size in [0, 51] {
            let list = json!({ "UserPoolId": pool, "MaxResults": size });
            let (code, _) = server.admin().refused("ListResourceServers", list).await;
            assert_eq!(code, INVALID, "{size}");
        }
        let foreign = json!({ "UserPoolId": pool, "NextToken": "x" });
        let (code, text) = server.admin().refused("ListResourceServers", foreign).await;
        assert_eq!(code, INVALID);
        assert_eq!(
            text,
            "Provided pagination token is invalid. Check the token and try your request again."
        );
    }

    // protocol §9: as many as AWS grants; a page without a size has 50
    async fn a_pool_has_at_most_300_resource_servers(server) {
        let pool = server.pool(json!({})).await;
        let mut tx = server.engine().store().write().await.unwrap();
        for number in 0..299 {
            let row = ResourceServer {
                pool_id: pool.clone().into(),
                identifier: format!("server{number}"),
                name: "server".to_owned(),
                scopes: "[]".to_owned(),
            };
            assert_eq!(resource_servers::insert(&mut tx, &row).await.unwrap(), Insert::Inserted);
        }
        tx.commit().await.unwrap();
        create(server, &pool, "last", &[]).await;
        let one_more = json!({ "UserPoolId": pool, "Identifier": "more", "Name": "server" });
        let (code, _) = server.admin().refused("CreateResourceServer", one_more).await;
        assert_eq!(code, "LimitExceededException");
        let page = server.admin().ok("ListResourceServers", json!({ "UserPoolId": pool })).await;
        assert_eq!(page["ResourceServers"].as_array().unwrap().len(), 50);
    }

    // A client may hold scopes that exist; the identifier can have slashes, a scope's name cannot.
    async fn clients_hold_scopes_of_resource_servers(server) {
        let pool = server.pool(json!({})).await;
        create(server, &pool, "https://api.example.com/v1", &["read"]).await;
        let scopes = |scope: &str| json!({
            "UserPoolId": pool, "ClientName": "machine", "GenerateSecret": true,
            "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": ["client_credentials"],
            "AllowedOAuthScopes": [scope],
        });
        let good = "https://api.example.com/v1/read";
        let client = server.admin().ok("CreateUserPoolClient", scopes(good)).await;
        assert_eq!(client["UserPoolClient"]["AllowedOAuthScopes"], json!([good]));
        for bad in ["https://api.example.com/v1/write", "https://api.example.com/read", "read"] {
            let answer = server.admin().refused("CreateUserPoolClient", scopes(bad)).await;
            assert_eq!(answer.0, "ScopeDoesNotExistException");
            assert_eq!(answer.1, format!("Invalid scope requested: {bad}"));
        }
        // Removing a scope leaves it on the client (documented).
        let server_id = server_of(&pool, "https://api.example.com/v1");
        server.admin().ok("DeleteResourceServer", server_id).await;
        let named = json!({ "UserPoolId": pool, "ClientId": client["UserPoolClient"]["ClientId"] });
        let described = server.admin().ok("DescribeUserPoolClient", named).await;
        assert_eq!(described["UserPoolClient"]["AllowedOAuthScopes"], json!([good]));
    }
}
