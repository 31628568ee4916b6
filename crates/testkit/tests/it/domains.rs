//! Domains of pools (oauth-and-managed-login §2, new-operations §12).

use poolhouse_testkit::{TestServer, on_both, refusal};
use serde_json::{Value, json};

const INVALID: &str = "InvalidParameterException";
const CERTIFICATE: &str =
    "arn:aws:acm:us-east-1:000000000000:certificate/11111111-2222-4333-8444-555555555555";

fn domain(pool: &str, name: &str) -> Value {
    json!({ "UserPoolId": pool, "Domain": name })
}

fn custom(pool: &str, name: &str) -> Value {
    json!({ "UserPoolId": pool, "Domain": name, "CustomDomainConfig": { "CertificateArn": CERTIFICATE } })
}

async fn describe(server: &TestServer, name: &str) -> Value {
    let answer = server.admin().ok("DescribeUserPoolDomain", json!({ "Domain": name })).await;
    answer["DomainDescription"].clone()
}

/// What DescribeUserPool says of prefix and host name.
async fn names(server: &TestServer, pool: &str) -> (Value, Value) {
    let shown = server.admin().ok("DescribeUserPool", json!({ "UserPoolId": pool })).await;
    (shown["UserPool"]["Domain"].clone(), shown["UserPool"]["CustomDomain"].clone())
}

async fn invalid(server: &TestServer, operation: &str, input: Value) -> String {
    let (code, text) = server.admin().refused(operation, input).await;
    assert_eq!(code, INVALID, "{text}");
    text
}

on_both! {
    async fn a_prefix_domain_lives_and_goes(server) {
        let pool = server.pool(json!({})).await;
        // observed: nothing is said of one that nobody has
        assert_eq!(describe(server, "shop").await, json!({}));
        let made = server.admin().ok("CreateUserPoolDomain", domain(&pool, "shop")).await;
        assert_eq!(made, json!({ "ManagedLoginVersion": 1 }));
        let shown = describe(server, "shop").await;
        let distribution = shown["CloudFrontDistribution"].as_str().unwrap();
        assert!(distribution.starts_with('d') && distribution.ends_with(".cloudfront.net"), "{distribution}");
        assert_eq!(shown, json!({
            "UserPoolId": pool, "AWSAccountId": "000000000000", "Domain": "shop",
            "S3Bucket": "aws-cognito-prod-iad-assets", "CloudFrontDistribution": distribution,
            "Version": "20300101000000", "Status": "ACTIVE", "CustomDomainConfig": {}, "ManagedLoginVersion": 1,
        }));
        assert_eq!(names(server, &pool).await, (json!("shop"), Value::Null));

        server.clock().advance_seconds(61);
        let newer = json!({ "UserPoolId": pool, "Domain": "shop", "ManagedLoginVersion": 2 });
        let changed = server.admin().ok("UpdateUserPoolDomain", newer).await;
        assert_eq!(changed, json!({ "ManagedLoginVersion": 2 }));
        let shown = describe(server, "shop").await;
        assert_eq!((&shown["Version"], &shown["ManagedLoginVersion"]), (&json!("20300101000101"), &json!(2)));
        assert_eq!(shown["CloudFrontDistribution"], distribution);
        // What is left out stays.
        server.admin().ok("UpdateUserPoolDomain", domain(&pool, "shop")).await;
        assert_eq!(describe(server, "shop").await["ManagedLoginVersion"], 2);

        let deleted = server.admin().raw("DeleteUserPoolDomain", domain(&pool, "shop").to_string().as_bytes()).await;
        assert_eq!((deleted.0, deleted.2.as_slice()), (200, b"{}".as_slice()));
        assert_eq!(describe(server, "shop").await, json!({}));
        assert_eq!(names(server, &pool).await, (Value::Null, Value::Null));
        let other = server.pool(json!({})).await;
        server.admin().ok("CreateUserPoolDomain", domain(&other, "shop")).await;
    }

    async fn a_custom_domain_stands_beside_a_prefix(server) {
        let pool = server.pool(json!({})).await;
        server.admin().ok("CreateUserPoolDomain", domain(&pool, "shop")).await;
        let mut input = custom(&pool, "id.example.com");
        input["ManagedLoginVersion"] = json!(2);
        input["CustomDomainConfig"]["SecurityPolicy"] = json!("TLS_V1_3_2025");
        let failover = json!({
            "Failover": { "SecondaryRegion": "us-west-2", "PrimaryRoute53HealthCheckId": "check" },
        });
        input["Routing"] = failover.clone();
        let made = server.admin().ok("CreateUserPoolDomain", input.clone()).await;
        let shown = describe(server, "id.example.com").await;
        assert_eq!(made, json!({
            "ManagedLoginVersion": 2, "CloudFrontDomain": shown["CloudFrontDistribution"], "Routing": failover,
        }));
        assert_eq!(shown["CustomDomainConfig"], input["CustomDomainConfig"]);
        assert_eq!(shown["Routing"], failover);
        assert_ne!(shown["CloudFrontDistribution"], describe(server, "shop").await["CloudFrontDistribution"]);
        assert_eq!(names(server, &pool).await, (json!("shop"), json!("id.example.com")));

        // A certificate is replaced, the rest stays.
        let other = CERTIFICATE.replace("1111-2222", "9999-2222");
        let mut newer = domain(&pool, "id.example.com");
        newer["CustomDomainConfig"] = json!({ "CertificateArn": other });
        let changed = server.admin().ok("UpdateUserPoolDomain", newer).await;
        assert_eq!(changed, made);
        assert_eq!(
            describe(server, "id.example.com").await["CustomDomainConfig"],
            json!({ "CertificateArn": other, "SecurityPolicy": "TLS_V1_3_2025" })
        );
        server.admin().ok("DeleteUserPoolDomain", domain(&pool, "shop")).await;
        assert_eq!(names(server, &pool).await, (Value::Null, json!("id.example.com")));
    }

    async fn a_name_is_one_pools_and_a_pool_has_one_of_each_kind(server) {
        let (pool, other) = (server.pool(json!({})).await, server.pool(json!({})).await);
        server.admin().ok("CreateUserPoolDomain", domain(&pool, "shop")).await;
        server.admin().ok("CreateUserPoolDomain", custom(&pool, "id.example.com")).await;
        for second in [domain(&pool, "store"), domain(&pool, "shop"), custom(&pool, "id.example.org")] {
            assert_eq!(
                invalid(server, "CreateUserPoolDomain", second).await,
                "User pool already has a domain configured."
            );
        }
        for taken in [domain(&other, "shop"), custom(&other, "id.example.com")] {
            assert_eq!(
                invalid(server, "CreateUserPoolDomain", taken).await,
                "Domain already associated with another user pool."
            );
        }
    }

    // recorded, but for the text of reserved words
    async fn names_are_held_to_their_form(server) {
        let pool = server.pool(json!({})).await;
        let bad = "The domain name contains an invalid character. Domain names can only contain lower-case letters, \
                   numbers, and hyphens. Please enter a different name that follows this format: \
                   ^[a-z0-9](?:[a-z0-9\\-]{0,61}[a-z0-9])?$";
        for name in ["Shop", "my_shop", "-shop", "shop.example.com", "shop-"] {
            assert_eq!(invalid(server, "CreateUserPoolDomain", domain(&pool, name)).await, bad, "{name}");
        }
        let long = "f".repeat(64);
        assert_eq!(invalid(server, "CreateUserPoolDomain", domain(&pool, &long)).await, format!(
            "1 validation error detected: Value '{long}' at 'domain' failed to satisfy constraint: \
             Member must have length less than or equal to 63"
        ));
        for (name, word) in [("my-aws", "aws"), ("amazon", "amazon"), ("x-cognito-y", "cognito")] {
            assert_eq!(
                invalid(server, "CreateUserPoolDomain", domain(&pool, name)).await,
                format!("Domain cannot contain reserved word: {word}")
            );
        }
        for name in ["id", "example.com", "Id.example.com"] {
            assert_eq!(
                invalid(server, "CreateUserPoolDomain", custom(&pool, name)).await,
                "Custom domain is not a valid subdomain: Was not able to resolve a DNS A record for the parent \
                 domain or domain parent is a top-level domain.",
                "{name}"
            );
        }
        server.admin().ok("CreateUserPoolDomain", domain(&pool, "awsome-shop")).await;
    }

    async fn what_does_not_fit_the_kind_of_domain_is_refused(server) {
        let pool = server.pool(json!({})).await;
        let mut input = domain(&pool, "shop");
        input["ManagedLoginVersion"] = json!(3);
        assert_eq!(
            invalid(server, "CreateUserPoolDomain", input).await,
            "ManagedLoginVersion must be 1 or 2."
        );
        let mut input = domain(&pool, "shop");
        input["Routing"] = json!({});
        assert_eq!(
            invalid(server, "CreateUserPoolDomain", input).await,
            "A prefix domain cannot have a Routing."
        );
        server.admin().ok("CreateUserPoolDomain", domain(&pool, "shop")).await;
        assert_eq!(
            invalid(server, "UpdateUserPoolDomain", custom(&pool, "shop")).await,
            "A prefix domain cannot have a CustomDomainConfig."
        );
        let mut without = custom(&pool, "id.example.com");
        without["CustomDomainConfig"] = json!({});
        assert_eq!(
            invalid(server, "CreateUserPoolDomain", without).await,
            "1 validation error detected: Value null at 'customDomainConfig.certificateArn' failed to satisfy \
             constraint: Member must not be null"
        );
    }

    async fn domains_that_are_not_there(server) {
        let (pool, other) = (server.pool(json!({})).await, server.pool(json!({})).await);
        server.admin().ok("CreateUserPoolDomain", domain(&pool, "shop")).await;
        let none = "No such domain or user pool exists.";
        for input in [domain(&pool, "store"), domain(&other, "shop")] {
            for operation in ["UpdateUserPoolDomain", "DeleteUserPoolDomain"] {
                assert_eq!(invalid(server, operation, input.clone()).await, none, "{operation}");
            }
        }
        let nowhere = domain("us-east-1_000000000", "shop");
        assert_eq!(invalid(server, "DeleteUserPoolDomain", nowhere.clone()).await, none);
        let gone = refusal("ResourceNotFoundException", "User pool us-east-1_000000000 does not exist.");
        for operation in ["CreateUserPoolDomain", "UpdateUserPoolDomain"] {
            assert_eq!(server.admin().refused(operation, nowhere.clone()).await, gone, "{operation}");
        }
    }

    // observed
    async fn a_pool_with_a_domain_is_not_deleted(server) {
        let pool = server.pool(json!({})).await;
        let named = json!({ "UserPoolId": pool });
        for input in [domain(&pool, "shop"), custom(&pool, "id.example.com")] {
            server.admin().ok("CreateUserPoolDomain", input.clone()).await;
            assert_eq!(
                invalid(server, "DeleteUserPool", named.clone()).await,
                "User pool cannot be deleted. It has a domain configured that should be deleted first."
            );
            server.admin().ok("DeleteUserPoolDomain", input).await;
        }
        server.admin().ok("DeleteUserPool", named).await;
    }
}
