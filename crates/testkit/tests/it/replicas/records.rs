//! The record of a replica: made, listed, changed, deleted.

use poolhouse_core::Tiers;
use poolhouse_testkit::{Database, TestServer, on_both, refusal};
use serde_json::{Value, json};

use super::{THERE, admin_there, keyed, of, pool_with_replica, set_status, with};

const INVALID: &str = "InvalidParameterException";
const NOT_FOUND: &str = "ResourceNotFoundException";

fn shown(pool: &str, region: &str, status: &str, role: &str) -> Value {
    let arn = format!("arn:aws:cognito-idp:{region}:000000000000:userpool/{pool}");
    json!({ "RegionName": region, "Status": status, "Role": role, "UserPoolArn": arn })
}

async fn list(server: &TestServer, pool: &str) -> Value {
    server.admin().ok("ListUserPoolReplicas", json!({ "UserPoolId": pool })).await
}

async fn replica_regions(server: &TestServer) -> Value {
    let listed = server.admin().ok("ListUserPools", json!({ "MaxResults": 60 })).await;
    listed["UserPools"][0]["ReplicaRegions"].clone()
}

on_both! {
    async fn a_replica_lives_and_goes(server) {
        let pool = server.pool(keyed()).await;
        let primary = shown(&pool, "us-east-1", "ACTIVE", "PRIMARY");
        assert_eq!(list(server, &pool).await, json!({ "UserPoolReplicas": [primary] }));
        assert_eq!(replica_regions(server).await, Value::Null);

        let made = server.admin().ok("CreateUserPoolReplica", of(&pool)).await;
        assert_eq!(made, json!({ "UserPoolReplica": shown(&pool, THERE, "CREATING", "SECONDARY") }));
        let listed = json!({ "UserPoolReplicas": [primary, shown(&pool, THERE, "INACTIVE", "SECONDARY")] });
        assert_eq!(list(server, &pool).await, listed);
        assert_eq!(replica_regions(server).await, json!([THERE]));

        set_status(server, &pool, "ACTIVE").await;
        assert_eq!(list(server, &pool).await["UserPoolReplicas"][1]["Status"], "ACTIVE");
        let active = refusal(INVALID, "The replica must be INACTIVE before it can be deleted.");
        assert_eq!(server.admin().refused("DeleteUserPoolReplica", of(&pool)).await, active);

        // From either region.
        let inactive = with(&of(&pool), json!({ "Status": "INACTIVE" }));
        admin_there(server).ok("UpdateUserPoolReplica", inactive).await;
        let deleted = server.admin().ok("DeleteUserPoolReplica", of(&pool)).await;
        assert_eq!(deleted, json!({ "UserPoolReplica": shown(&pool, THERE, "DELETING", "SECONDARY") }));
        assert_eq!(list(server, &pool).await, json!({ "UserPoolReplicas": [primary] }));
        let gone = refusal(NOT_FOUND, "User pool replica does not exist.");
        assert_eq!(server.admin().refused("DeleteUserPoolReplica", of(&pool)).await, gone);
        let update = with(&of(&pool), json!({ "Status": "ACTIVE" }));
        assert_eq!(server.admin().refused("UpdateUserPoolReplica", update).await, gone);
        server.admin().ok("CreateUserPoolReplica", of(&pool)).await;
    }

    async fn a_region_has_one_and_a_pool_one_more(server) {
        let pool = server.pool(keyed()).await;
        let exists = |region: &str| refusal(INVALID, &format!("A replica already exists in region {region}."));
        let own = json!({ "UserPoolId": pool, "RegionName": "us-east-1" });
        assert_eq!(server.admin().refused("CreateUserPoolReplica", own.clone()).await, exists("us-east-1"));
        server.admin().ok("CreateUserPoolReplica", of(&pool)).await;
        assert_eq!(server.admin().refused("CreateUserPoolReplica", of(&pool)).await, exists(THERE));
        let second = json!({ "UserPoolId": pool, "RegionName": "eu-north-1" });
        let full = refusal("LimitExceededException", &format!("Replica limit exceeded for user pool {pool}."));
        assert_eq!(server.admin().refused("CreateUserPoolReplica", second).await, full);
        // The pool's own region is none that could go or rest.
        assert_eq!(server.admin().refused("DeleteUserPoolReplica", own.clone()).await.0, INVALID);
        let rest = with(&own, json!({ "Status": "INACTIVE" }));
        assert_eq!(server.admin().refused("UpdateUserPoolReplica", rest).await.0, INVALID);
    }

    async fn a_pool_without_a_key_of_its_own_has_none(server) {
        let pool = server.pool(json!({})).await;
        let text = "A replica requires a user pool with KeyType CUSTOMER_MANAGED_KEY.";
        assert_eq!(server.admin().refused("CreateUserPoolReplica", of(&pool)).await, refusal(INVALID, text));
    }

    async fn the_key_of_a_pool_with_a_replica_stays(server) {
        let pool = pool_with_replica(server, json!({})).await;
        let owned = json!({ "UserPoolId": pool, "KeyConfiguration": { "KeyType": "AWS_OWNED_KEY" } });
        let text = "A replica requires a user pool with KeyType CUSTOMER_MANAGED_KEY.";
        assert_eq!(server.admin().refused("UpdateUserPool", owned.clone()).await, refusal(INVALID, text));
        server.admin().ok("UpdateUserPool", json!({ "UserPoolId": pool })).await;
        set_status(server, &pool, "INACTIVE").await;
        server.admin().ok("DeleteUserPoolReplica", of(&pool)).await;
        server.admin().ok("UpdateUserPool", owned).await;
    }

    async fn bad_input_is_refused(server) {
        let pool = server.pool(keyed()).await;
        for (member, bad) in [
            ("RegionName", json!("eu-1")),
            ("RegionName", json!("e".repeat(33))),
            ("RegionName", json!("EU-West-1")),
            ("RegionName", Value::Null),
            ("UserPoolId", json!("no pool")),
        ] {
            let input = with(&of(&pool), json!({ member: bad }));
            assert_eq!(server.admin().refused("CreateUserPoolReplica", input).await.0, INVALID, "{member}");
        }
        let tags = with(&of(&pool), json!({ "UserPoolTags": { "aws:x": "y" } }));
        assert_eq!(server.admin().refused("CreateUserPoolReplica", tags).await.0, "UserPoolTaggingException");
        let status = with(&of(&pool), json!({ "Status": "DELETING" }));
        assert_eq!(server.admin().refused("UpdateUserPoolReplica", status).await.0, INVALID);
        let token = json!({ "UserPoolId": pool, "NextToken": "x" });
        let bad = "Provided pagination token is invalid. Check the token and try your request again.";
        assert_eq!(server.admin().refused("ListUserPoolReplicas", token).await, refusal(INVALID, bad));
        for operation in ["CreateUserPoolReplica", "DeleteUserPoolReplica", "ListUserPoolReplicas"] {
            assert_eq!(server.admin().refused(operation, of("us-east-1_absent")).await.0, NOT_FOUND, "{operation}");
        }
    }

    async fn who_makes_a_replica_may_make_pools_there(server) {
        let pool = server.pool(keyed()).await;
        let policy = |region: &str| format!(
            r#"{{"Version":"2012-10-17","Statement":[
                {{"Effect":"Allow","Action":"cognito-idp:CreateUserPoolReplica","Resource":"*"}},
                {{"Effect":"Allow","Action":"cognito-idp:CreateUserPool","Resource":"*","Condition":{{
                    "StringEquals":{{"aws:RequestedRegion":"{region}"}}}}}}]}}"#
        );
        let here = crate::iam::user(server, "ann", Some(&policy("us-east-1"))).await;
        let (code, text) = here.caller(server).refused("CreateUserPoolReplica", of(&pool)).await;
        assert_eq!(code, "AccessDeniedException");
        let of_both = format!("cognito-idp:CreateUserPool on resource: arn:aws:cognito-idp:{THERE}:000000000000:userpool/*");
        assert!(text.contains(&of_both), "{text}");
        let there = crate::iam::user(server, "bob", Some(&policy(THERE))).await;
        there.caller(server).ok("CreateUserPoolReplica", of(&pool)).await;
    }
}

#[tokio::test]
async fn strict_tiers_lack_replicas() {
    for database in [Some(Database::Sqlite), Database::postgres().await].into_iter().flatten() {
        let server = TestServer::start_with(database, |parts| parts.settings.tiers = Tiers::Strict).await;
        let text = "The following features need to be disabled for the LITE pricing tier configured: \
                    Multi-Region Replication";
        let pool = server.pool(with(&keyed(), json!({ "UserPoolTier": "LITE" }))).await;
        let refused = server.admin().refused("CreateUserPoolReplica", of(&pool)).await;
        assert_eq!(refused, refusal("FeatureUnavailableInTierException", text));
        let pool = server.pool(keyed()).await;
        server.admin().ok("CreateUserPoolReplica", of(&pool)).await;
        let lower = json!({ "UserPoolId": pool, "UserPoolTier": "LITE" });
        let refused = server.admin().refused("UpdateUserPool", lower).await;
        assert_eq!(refused, refusal("TierChangeNotAllowedException", text));
        server.finish().await;
    }
}
