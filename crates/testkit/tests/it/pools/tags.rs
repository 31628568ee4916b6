//! Tags (operations-and-protection §8, users-and-groups §18, protocol §9).

use poolhouse_testkit::{TestServer, on_both};
use serde_json::{Map, Value, json};

use super::{describe, invalid};

fn arn(pool: &str) -> String {
    format!("arn:aws:cognito-idp:us-east-1:000000000000:userpool/{pool}")
}

async fn tags(server: &TestServer, pool: &str) -> Value {
    server.admin().ok("ListTagsForResource", json!({ "ResourceArn": arn(pool) })).await
}

fn many(count: u32) -> Value {
    Value::Object((0..count).map(|n| (format!("k{n}"), json!("v"))).collect::<Map<_, _>>())
}

on_both! {
    async fn tags_are_merged_removed_and_listed(server) {
        let pool = server.pool(json!({})).await;
        assert_eq!(tags(server, &pool).await, json!({ "Tags": {} }));
        let add = |tags: Value| json!({ "ResourceArn": arn(&pool), "Tags": tags });
        server.clock().advance_seconds(10);
        assert_eq!(server.admin().ok("TagResource", add(json!({ "a": "1", "b": "2" }))).await, json!({}));
        server.admin().ok("TagResource", add(json!({ "b": "3", "c": "" }))).await;
        assert_eq!(tags(server, &pool).await, json!({ "Tags": { "a": "1", "b": "3", "c": "" } }));
        let remove = json!({ "ResourceArn": arn(&pool), "TagKeys": ["a", "absent"] });
        assert_eq!(server.admin().ok("UntagResource", remove).await, json!({}));
        let read = describe(server, &pool).await;
        assert_eq!(read["UserPoolTags"], json!({ "b": "3", "c": "" }));
        assert_eq!(read["LastModifiedDate"], read["CreationDate"]);
    }

    async fn limits_of_tags(server) {
        let pool = server.pool(json!({ "UserPoolTags": many(50) })).await;
        let add = |tags: Value| json!({ "ResourceArn": arn(&pool), "Tags": tags });
        assert_eq!(invalid(server, "TagResource", add(json!({ "one": "more" }))).await, "Too many tags");
        server.admin().ok("TagResource", add(json!({ "k0": "new" }))).await;
        assert_eq!(
            invalid(server, "TagResource", add(json!({ "k1": "a\u{7}b" }))).await,
            "The tag k1 has characters other than letters, digits, spaces and _ . : / = + - @"
        );

        // Create and Update have an error of their own.
        let refused = |text: &str| ("UserPoolTaggingException".to_owned(), text.to_owned());
        let reserved = json!({ "PoolName": "p", "UserPoolTags": { "aws:x": "y" } });
        assert_eq!(
            server.admin().refused("CreateUserPool", reserved).await,
            refused("Tag keys that start with aws: are reserved: aws:x")
        );
        let update = json!({ "UserPoolId": pool, "UserPoolTags": many(51) });
        assert_eq!(server.admin().refused("UpdateUserPool", update).await, refused("Too many tags"));
    }

    // docs/protection.md; docs/decisions/0007, at each door by which tags come in
    async fn values_that_our_own_tags_do_not_know_are_refused(server) {
        let neither = json!({ "ResourceArn": arn(&server.pool(json!({})).await), "Tags": { "poolhouse:sign-out-on-reset": "maybe" } });
        let text = "The value of the tag poolhouse:sign-out-on-reset must be one of: true, false";
        assert_eq!(invalid(server, "TagResource", neither).await, text);
        let unknown = json!({ "poolhouse:issuer": "google" });
        let text = "The value of the tag poolhouse:issuer must be one of: own, aws, aws-updated";
        let create = json!({ "PoolName": "p", "UserPoolTags": unknown });
        assert_eq!(invalid(server, "CreateUserPool", create).await, text);
        let pool = server.pool(json!({ "UserPoolTags": { "poolhouse:issuer": "aws" } })).await;
        let update = json!({ "UserPoolId": pool, "UserPoolTags": unknown });
        assert_eq!(invalid(server, "UpdateUserPool", update).await, text);
        let tag = json!({ "ResourceArn": arn(&pool), "Tags": unknown });
        assert_eq!(invalid(server, "TagResource", tag).await, text);
        assert_eq!(tags(server, &pool).await, json!({ "Tags": { "poolhouse:issuer": "aws" } }));
    }

    async fn only_pools_of_this_account_carry_tags(server) {
        let pool = server.pool(json!({})).await;
        for (arn, id) in [
            (arn("us-east-1_000000000"), "us-east-1_000000000"),
            (format!("arn:aws:cognito-idp:us-east-1:111111111111:userpool/{pool}"), pool.as_str()),
        ] {
            assert_eq!(
                server.admin().refused("ListTagsForResource", json!({ "ResourceArn": arn })).await,
                ("ResourceNotFoundException".to_owned(), format!("User pool {id} does not exist."))
            );
        }
    }
}
