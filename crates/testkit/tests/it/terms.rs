//! What the users of clients agree to (oauth-and-managed-login §11, new-operations §6).

use std::collections::BTreeSet;

use poolhouse_testkit::{TestServer, on_both, refusal};
use serde_json::{Value, json};

const INVALID: &str = "InvalidParameterException";
const NOT_FOUND: &str = "ResourceNotFoundException";

fn of(pool: &str, client: &str, name: &str) -> Value {
    json!({
        "UserPoolId": pool, "ClientId": client, "TermsName": name, "TermsSource": "LINK", "Enforcement": "NONE",
        "Links": { "cognito:default": "https://example.com/terms" },
    })
}

async fn terms(server: &TestServer, operation: &str, input: Value) -> Value {
    server.admin().ok(operation, input).await["Terms"].clone()
}

async fn pool_and_client(server: &TestServer) -> (String, String) {
    let pool = server.pool(json!({})).await;
    let client = server.client(&pool, json!({})).await;
    (pool, client)
}

on_both! {
    async fn terms_live_and_go(server) {
        let (pool, client) = pool_and_client(server).await;
        let input = of(&pool, &client, "terms-of-use");
        let made = terms(server, "CreateTerms", input.clone()).await;
        let (id, at) = (made["TermsId"].clone(), made["CreationDate"].clone());
        let mut expected = input.clone();
        expected["TermsId"] = id.clone();
        expected["CreationDate"] = at.clone();
        expected["LastModifiedDate"] = at.clone();
        assert_eq!(made, expected);
        let by_id = json!({ "UserPoolId": pool, "TermsId": id });
        let by_client = json!({ "UserPoolId": pool, "ClientId": client, "TermsName": "terms-of-use" });
        assert_eq!(terms(server, "DescribeTerms", by_id.clone()).await, made);
        assert_eq!(terms(server, "DescribeTermsByClient", by_client.clone()).await, made);

        server.clock().advance_seconds(1);
        let mut newer = by_id.clone();
        newer["Links"] = json!({
            "cognito:default": "https://example.com/new", "cognito:german": "https://example.com/neu",
        });
        let changed = terms(server, "UpdateTerms", newer.clone()).await;
        assert_eq!((&changed["Links"], &changed["TermsName"]), (&newer["Links"], &json!("terms-of-use")));
        assert_eq!(changed["CreationDate"], at);
        assert_ne!(changed["LastModifiedDate"], at);
        // What is left out stays.
        let mut renamed = by_id.clone();
        renamed["TermsName"] = json!("privacy-policy");
        let changed = terms(server, "UpdateTerms", renamed).await;
        assert_eq!((&changed["Links"], &changed["TermsName"]), (&newer["Links"], &json!("privacy-policy")));

        let raw = server.admin().raw("DeleteTerms", by_id.to_string().as_bytes()).await;
        assert_eq!((raw.0, raw.2.len()), (200, 0));
        let gone = refusal(NOT_FOUND, "Terms document does not exist.");
        for operation in ["DescribeTerms", "UpdateTerms", "DeleteTerms"] {
            assert_eq!(server.admin().refused(operation, by_id.clone()).await, gone, "{operation}");
        }
        assert_eq!(server.admin().refused("DescribeTermsByClient", by_client).await, gone);
    }

    async fn a_client_has_one_document_of_each_name(server) {
        let (pool, client) = pool_and_client(server).await;
        let policy = terms(server, "CreateTerms", of(&pool, &client, "privacy-policy")).await;
        terms(server, "CreateTerms", of(&pool, &client, "terms-of-use")).await;
        let exists = refusal(
            "TermsExistsException",
            &format!("A terms document terms-of-use already exists for client {client}"),
        );
        let again = of(&pool, &client, "terms-of-use");
        assert_eq!(server.admin().refused("CreateTerms", again).await, exists);
        let renamed = json!({ "UserPoolId": pool, "TermsId": policy["TermsId"], "TermsName": "terms-of-use" });
        assert_eq!(server.admin().refused("UpdateTerms", renamed).await, exists);
        let other = server.client(&pool, json!({})).await;
        terms(server, "CreateTerms", of(&pool, &other, "terms-of-use")).await;
        // With the client they go.
        server.admin().ok("DeleteUserPoolClient", json!({ "UserPoolId": pool, "ClientId": client })).await;
        let left = server.admin().ok("ListTerms", json!({ "UserPoolId": pool })).await;
        assert_eq!(left["Terms"].as_array().unwrap().len(), 1);
    }

    async fn links_are_urls_with_one_for_everybody(server) {
        let (pool, client) = pool_and_client(server).await;
        let no_default = "Links must have an entry for cognito:default.";
        for (links, text) in [
            (json!(null), no_default),
            (json!({ "cognito:german": "https://example.com" }), no_default),
            (json!({ "cognito:default": "javascript:x" }), "The link for cognito:default is not an HTTP URL."),
        ] {
            let mut input = of(&pool, &client, "terms-of-use");
            input["Links"] = links;
            assert_eq!(server.admin().refused("CreateTerms", input).await, refusal(INVALID, text));
        }
        for (member, bad) in [
            ("TermsName", json!("rules")),
            ("TermsSource", json!("TEXT")),
            ("Enforcement", json!("HARD")),
            ("Links", json!({ "cognito:latin": "https://example.com" })),
            ("Links", json!({})),
        ] {
            let mut input = of(&pool, &client, "terms-of-use");
            input[member] = bad;
            assert_eq!(server.admin().refused("CreateTerms", input).await.0, INVALID, "{member}");
        }
    }

    // protocol §8: n elements read one at a time take n calls
    async fn terms_are_listed_in_pages(server) {
        let (pool, client) = pool_and_client(server).await;
        let other = server.client(&pool, json!({})).await;
        let mut made = BTreeSet::new();
        for (client, name) in [(&client, "terms-of-use"), (&client, "privacy-policy"), (&other, "terms-of-use")] {
            let terms = terms(server, "CreateTerms", of(&pool, client, name)).await;
            made.insert(terms["TermsId"].as_str().unwrap().to_owned());
        }
        let (mut read, mut token) = (BTreeSet::new(), Value::Null);
        for calls_left in (0..3).rev() {
            let mut input = json!({ "UserPoolId": pool, "MaxResults": 1 });
            if !token.is_null() {
                input["NextToken"] = token;
            }
            let page = server.admin().ok("ListTerms", input).await;
            let members: Vec<_> = page["Terms"][0].as_object().unwrap().keys().collect();
            assert_eq!(members, ["TermsId", "TermsName", "Enforcement", "CreationDate", "LastModifiedDate"]);
            read.insert(page["Terms"][0]["TermsId"].as_str().unwrap().to_owned());
            token = page["NextToken"].clone();
            assert_eq!(token.is_null(), calls_left == 0);
        }
        assert_eq!(read, made);
        for bad in [json!({ "MaxResults": 0 }), json!({ "MaxResults": 61 }), json!({ "NextToken": "x" })] {
            let mut input = bad;
            input["UserPoolId"] = json!(pool);
            assert_eq!(server.admin().refused("ListTerms", input).await.0, INVALID);
        }
    }

    async fn terms_of_unknown_pools_and_clients(server) {
        let id = "11111111-2222-4333-8444-555555555555";
        let nobody = "0123456789abcdefghijklmnop";
        let mut input = of("us-east-1_000000000", nobody, "terms-of-use");
        input["TermsId"] = json!(id);
        let gone = refusal(NOT_FOUND, "User pool us-east-1_000000000 does not exist.");
        for operation in
            ["CreateTerms", "DescribeTerms", "DescribeTermsByClient", "UpdateTerms", "DeleteTerms", "ListTerms"]
        {
            assert_eq!(server.admin().refused(operation, input.clone()).await, gone, "{operation}");
        }
        input["UserPoolId"] = json!(server.pool(json!({})).await);
        let gone = refusal(NOT_FOUND, "User pool client does not exist.");
        for operation in ["CreateTerms", "DescribeTermsByClient"] {
            assert_eq!(server.admin().refused(operation, input.clone()).await, gone, "{operation}");
        }
    }
}
