//! The pools themselves.

use poolhouse_core::deletion::Sweep;
use poolhouse_core::leased::Work;
use poolhouse_store::tables::identities::{self, Identity};
use poolhouse_store::tables::identity_pools::{self, Pool};
use poolhouse_testkit::{on_both, refusal};
use serde_json::{Value, json};

use super::{ACCOUNT, Users, admin, id, identity_pool, public, text};

on_both! {
    async fn a_pool_is_made_shown_and_deleted(server) {
        let users = Users::make(server).await;
        let input = json!({
            "IdentityPoolName": "my pool",
            "AllowUnauthenticatedIdentities": true,
            "AllowClassicFlow": true,
            "SupportedLoginProviders": { "accounts.google.com": "123.apps.googleusercontent.com" },
            "DeveloperProviderName": "login.example.com",
            "OpenIdConnectProviderARNs": ["arn:aws:iam::123456789012:oidc-provider/id.example.com"],
            "CognitoIdentityProviders": [users.configured()],
            "SamlProviderARNs": [format!("arn:aws:iam::{ACCOUNT}:saml-provider/corp")],
            "IdentityPoolTags": { "team": "blue" },
        });
        let made = admin(server).ok("CreateIdentityPool", input.clone()).await;
        let id = text(&made["IdentityPoolId"]);
        let (region, uuid) = id.split_once(':').unwrap();
        assert_eq!((region, uuid.len()), ("us-east-1", 36));
        let mut expected = input;
        expected["IdentityPoolId"] = json!(id);
        expected["CognitoIdentityProviders"][0]["ServerSideTokenCheck"] = json!(false);
        assert_eq!(made, expected);
        let named = json!({ "IdentityPoolId": id });
        assert_eq!(admin(server).ok("DescribeIdentityPool", named.clone()).await, expected);
        assert_eq!(admin(server).ok("DeleteIdentityPool", named.clone()).await, Value::Null);
        let gone = refusal("ResourceNotFoundException", &format!("IdentityPool '{id}' not found."));
        for operation in ["DescribeIdentityPool", "DeleteIdentityPool", "GetIdentityPoolRoles"] {
            assert_eq!(admin(server).refused(operation, named.clone()).await, gone, "{operation}");
        }
        let update = json!({ "IdentityPoolId": id, "IdentityPoolName": "p", "AllowUnauthenticatedIdentities": true });
        assert_eq!(admin(server).refused("UpdateIdentityPool", update).await, gone);
    }

    // identity-pools-and-iam §2: full replace
    async fn an_update_replaces_all_but_tags_and_the_developers_provider(server) {
        let id = identity_pool(server, json!({
            "AllowClassicFlow": true, "DeveloperProviderName": "dev", "IdentityPoolTags": { "a": "1" },
            "SupportedLoginProviders": { "graph.facebook.com": "7" },
        })).await;
        let update = json!({ "IdentityPoolId": id, "IdentityPoolName": "other", "AllowUnauthenticatedIdentities": true });
        let updated = admin(server).ok("UpdateIdentityPool", update.clone()).await;
        let mut expected = update.clone();
        expected["DeveloperProviderName"] = json!("dev");
        expected["IdentityPoolTags"] = json!({ "a": "1" });
        assert_eq!(updated, expected);
        let mut other = update;
        other["DeveloperProviderName"] = json!("dev2");
        assert_eq!(admin(server).refused("UpdateIdentityPool", other).await.0, "InvalidParameterException");
    }

    async fn what_a_pool_cannot_be_told_is_refused(server) {
        let refused = async |settings: Value| {
            let mut input = json!({ "IdentityPoolName": "p", "AllowUnauthenticatedIdentities": true });
            input.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
            admin(server).refused("CreateIdentityPool", input).await
        };
        // observed
        let name = refused(json!({ "IdentityPoolName": "a/b" })).await;
        assert_eq!(name, refusal("ValidationException",
            "1 validation error detected: Value 'a/b' at 'identityPoolName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w\\s+=,.@-]+"));
        let invalid = refusal("InvalidParameterException", "Invalid Cognito Identity Provider");
        for provider in ["us-east-1_x", "cognito-idp.us-east-1.amazonaws.com", "accounts.google.com"] {
            let given = json!({ "CognitoIdentityProviders": [{ "ProviderName": provider, "ClientId": "c" }] });
            assert_eq!(refused(given).await, invalid, "{provider}");
        }
        let foreign = "arn:aws:iam::123456789012:saml-provider/corp";
        let expected = format!("Identity provider {foreign} is not valid for account {ACCOUNT}");
        assert_eq!(refused(json!({ "SamlProviderARNs": [foreign] })).await, refusal("NotAuthorizedException", &expected));
        let oidc = refused(json!({ "OpenIdConnectProviderARNs": ["arn:aws:iam::123456789012:role/x"] })).await;
        assert_eq!(oidc.0, "InvalidParameterException");
        let social = refused(json!({ "SupportedLoginProviders": { "login.example.com": "1" } })).await;
        assert_eq!(social, refusal("InvalidParameterException", "Please provide a valid public provider"));
        let tags: Value = (0..51).map(|n| (n.to_string(), json!(""))).collect::<serde_json::Map<_, _>>().into();
        assert_eq!(refused(json!({ "IdentityPoolTags": tags })).await.0, "InvalidParameterException");
        let many: Vec<Value> = (0..51).map(|n| json!({
            "ProviderName": format!("cognito-idp.us-east-1.amazonaws.com/us-east-1_{n}"), "ClientId": "c",
        })).collect();
        assert_eq!(refused(json!({ "CognitoIdentityProviders": many })).await.0, "LimitExceededException");
        assert_eq!(refused(json!({ "DeveloperProviderName": "a b" })).await.0, "ValidationException");
    }

    async fn pools_are_listed_by_pages(server) {
        let mut ids = Vec::new();
        for _ in 0..5 {
            ids.push(identity_pool(server, json!({})).await);
            server.clock().advance_seconds(1);
        }
        let (mut found, mut token) = (Vec::new(), Value::Null);
        loop {
            let mut input = json!({ "MaxResults": 2 });
            if token.is_string() {
                input["NextToken"] = token;
            }
            let page = admin(server).ok("ListIdentityPools", input).await;
            for pool in page["IdentityPools"].as_array().unwrap() {
                assert_eq!(pool["IdentityPoolName"], "test");
                found.push(text(&pool["IdentityPoolId"]));
            }
            token = page["NextToken"].clone();
            if token.is_null() {
                break;
            }
        }
        assert_eq!(found, ids);
        let bad = json!({ "MaxResults": 2, "NextToken": "x" });
        assert_eq!(admin(server).refused("ListIdentityPools", bad).await.0, "InvalidParameterException");
        for limit in [0, 61] {
            let input = json!({ "MaxResults": limit });
            assert_eq!(admin(server).refused("ListIdentityPools", input).await.0, "ValidationException");
        }
    }

    async fn an_account_has_a_thousand_pools_at_most(server) {
        let mut tx = server.engine().store().write().await.unwrap();
        for number in 0..999 {
            let row = Pool {
                id: format!("us-east-1:{number}").into(),
                name: "p".to_owned(),
                created_at: server.now(),
                config: "{}".to_owned(),
                deleted_at: None,
            };
            let _ = identity_pools::insert(&mut tx, &row).await.unwrap();
        }
        tx.commit().await.unwrap();
        identity_pool(server, json!({})).await;
        let input = json!({ "IdentityPoolName": "p", "AllowUnauthenticatedIdentities": true });
        assert_eq!(admin(server).refused("CreateIdentityPool", input).await.0, "LimitExceededException");
    }

    async fn a_pool_is_out_of_sight_at_once_and_goes_bit_by_bit(server) {
        let pool = identity_pool(server, json!({ "AllowUnauthenticatedIdentities": true })).await;
        let guest = id(server, &pool, &json!({})).await;
        let mut tx = server.engine().store().write().await.unwrap();
        for number in 0..600 {
            let row = Identity {
                id: format!("us-east-1:{number}").into(),
                pool_id: pool.as_str().into(),
                created_at: server.now(),
                modified_at: server.now(),
                authenticated: false,
                enabled: true,
            };
            let _ = identities::insert(&mut tx, &row).await.unwrap();
        }
        tx.commit().await.unwrap();
        let kept = identity_pool(server, json!({ "AllowUnauthenticatedIdentities": true })).await;
        let other = id(server, &kept, &json!({})).await;
        admin(server).ok("DeleteIdentityPool", json!({ "IdentityPoolId": pool })).await;
        let named = json!({ "IdentityId": guest });
        let gone = refusal("ResourceNotFoundException", &format!("Identity '{guest}' not found."));
        assert_eq!(admin(server).refused("DescribeIdentity", named.clone()).await, gone);
        assert_eq!(public(server).refused("GetCredentialsForIdentity", named).await, gone);
        let listed = admin(server).ok("ListIdentityPools", json!({ "MaxResults": 60 })).await;
        assert_eq!(listed["IdentityPools"].as_array().unwrap().len(), 1);
        Sweep::finish(server.engine()).await.unwrap();
        let mut tx = server.engine().store().read().await.unwrap();
        let left = identities::list_after(&mut tx, &pool.as_str().into(), &"".into(), false, 1).await.unwrap();
        assert_eq!((left, identity_pools::next_deleted(&mut tx).await), (Vec::new(), Ok(None)));
        drop(tx);
        admin(server).ok("DescribeIdentity", json!({ "IdentityId": other })).await;
    }

    async fn a_pool_has_tags(server) {
        let id = identity_pool(server, json!({ "IdentityPoolTags": { "a": "1", "b": "2" } })).await;
        let arn = format!("arn:aws:cognito-identity:us-east-1:{ACCOUNT}:identitypool/{id}");
        let tags = async || admin(server).ok("ListTagsForResource", json!({ "ResourceArn": arn })).await["Tags"].clone();
        let tag = |tags: Value| json!({ "ResourceArn": arn, "Tags": tags });
        assert_eq!(admin(server).ok("TagResource", tag(json!({ "b": "3", "c": "" }))).await, json!({}));
        assert_eq!(tags().await, json!({ "a": "1", "b": "3", "c": "" }));
        let untag = json!({ "ResourceArn": arn, "TagKeys": ["a", "none"] });
        assert_eq!(admin(server).ok("UntagResource", untag).await, json!({}));
        assert_eq!(tags().await, json!({ "b": "3", "c": "" }));
        let reserved = admin(server).refused("TagResource", tag(json!({ "aws:x": "" }))).await;
        assert_eq!(reserved.0, "InvalidParameterException");
        for foreign in [
            arn.replace(ACCOUNT, "123456789012"),
            arn.replace("cognito-identity:us-east-1", "cognito-identity:eu-west-1"),
            arn.replace("identitypool", "userpool"),
            format!("{arn}0"),
        ] {
            let refused = admin(server).refused("ListTagsForResource", json!({ "ResourceArn": foreign })).await;
            assert_eq!(refused.0, "ResourceNotFoundException", "{foreign}");
        }
    }
}
