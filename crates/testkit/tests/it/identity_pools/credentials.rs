//! Credentials of the enhanced flow: what they are, and what they may do (identity-pools-and-iam §6, §7, §9).

use poolhouse_testkit::{element, on_both, refusal};
use poolhouse_wire::{iam, identity_pools, sts};
use serde_json::{Value, json};

use super::{
    ACCOUNT, Session, admin, allow, id, identity_pool, public, role, set_roles, trusted_role, with_users,
};

on_both! {
    async fn a_user_gets_the_credentials_of_the_pools_role(server) {
        let (users, pool) = with_users(server, json!({})).await;
        let role = role(server, "member", &pool, "authenticated", &allow("cognito-idp:List*")).await;
        set_roles(server, &pool, json!({ "authenticated": role }), json!({})).await;
        let logins = users.logins(server, "ann").await;
        let identity = id(server, &pool, &logins).await;
        let ask = json!({ "IdentityId": identity, "Logins": logins });
        let answer = public(server).ok("GetCredentialsForIdentity", ask).await;
        assert_eq!(answer["IdentityId"], json!(identity));
        assert_eq!(answer["Credentials"]["Expiration"], json!(1_893_459_600.0));
        let session = Session::of(&answer);
        assert!(session.id.starts_with("ASIA"));
        let who = session.caller(server).of(&sts::SERVICE).query("GetCallerIdentity", &[]).await.unwrap();
        let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/member/CognitoIdentityCredentials");
        assert_eq!(element(&who, "Arn"), Some(arn.clone()));
        session.caller(server).ok("ListUserPools", json!({ "MaxResults": 1 })).await;
        let (code, text) = session.caller(server).refused("DescribeUserPool", json!({ "UserPoolId": users.pool })).await;
        assert_eq!(code, "AccessDeniedException");
        assert!(text.starts_with(&format!("User: {arn} is not authorized to perform: cognito-idp:DescribeUserPool")), "{text}");
        // They end by the server's clock.
        server.clock().advance_seconds(3599);
        session.caller(server).ok("ListUserPools", json!({ "MaxResults": 1 })).await;
        server.clock().advance_seconds(1);
        assert_eq!(session.expiration, server.now().seconds());
        let expired = session.caller(server).refused("ListUserPools", json!({ "MaxResults": 1 })).await;
        assert_eq!(expired.0, "ExpiredTokenException");
    }

    // identity-pools-and-iam §9.3, documented
    async fn nobody_asks_identity_pools_with_their_credentials(server) {
        let (users, pool) = with_users(server, json!({})).await;
        let role = role(server, "member", &pool, "authenticated", &allow("*")).await;
        set_roles(server, &pool, json!({ "authenticated": role }), json!({})).await;
        let logins = users.logins(server, "ann").await;
        let session = Session::get(server, &id(server, &pool, &logins).await, &logins).await;
        let of_pools = session.caller(server).of(&identity_pools::SERVICE);
        assert_eq!(of_pools.refused("ListIdentityPools", json!({ "MaxResults": 1 })).await.0, "AccessDeniedException");
        session.caller(server).of(&iam::SERVICE).query("ListUsers", &[]).await.unwrap();
    }

    async fn a_change_of_the_role_counts_at_once(server) {
        let (users, pool) = with_users(server, json!({})).await;
        let role = role(server, "member", &pool, "authenticated", &allow("cognito-idp:List*")).await;
        set_roles(server, &pool, json!({ "authenticated": role }), json!({})).await;
        let logins = users.logins(server, "ann").await;
        let identity = id(server, &pool, &logins).await;
        let session = Session::get(server, &identity, &logins).await;
        let list = json!({ "MaxResults": 1 });
        session.caller(server).ok("ListUserPools", list.clone()).await;
        let account = server.admin().of(&iam::SERVICE);
        account.query("DeleteRolePolicy", &[("RoleName", "member"), ("PolicyName", "p")]).await.unwrap();
        assert_eq!(session.caller(server).refused("ListUserPools", list.clone()).await.0, "AccessDeniedException");
        account.query("DeleteRole", &[("RoleName", "member")]).await.unwrap();
        assert_eq!(session.caller(server).refused("ListUserPools", list).await.0, "UnrecognizedClientException");
        let ask = json!({ "IdentityId": identity, "Logins": logins });
        let refused = public(server).refused("GetCredentialsForIdentity", ask).await;
        assert_eq!(refused.0, "InvalidIdentityPoolConfigurationException");
    }

    async fn a_role_that_trusts_another_pool_is_not_given(server) {
        let (users, pool) = with_users(server, json!({})).await;
        let other = identity_pool(server, json!({})).await;
        let foreign = role(server, "foreign", &other, "authenticated", &allow("*")).await;
        let logins = users.logins(server, "ann").await;
        let ask = json!({ "IdentityId": id(server, &pool, &logins).await, "Logins": logins });
        for role in [foreign, format!("arn:aws:iam::{ACCOUNT}:role/none")] {
            set_roles(server, &pool, json!({ "authenticated": role }), json!({})).await;
            assert_eq!(
                public(server).refused("GetCredentialsForIdentity", ask.clone()).await,
                refusal(
                    "InvalidIdentityPoolConfigurationException",
                    "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
                )
            );
        }
    }

    // identity-pools-and-iam §10.2: the keys of an identity in policies of its session
    async fn policies_can_ask_for_the_identity(server) {
        let (users, pool) = with_users(server, json!({})).await;
        let logins = users.logins(server, "ann").await;
        let identity = id(server, &pool, &logins).await;
        let policy = |condition: Value| {
            json!({ "Version": "2012-10-17", "Statement": {
                "Effect": "Allow", "Action": "cognito-idp:ListUserPools", "Resource": "*", "Condition": condition,
            }}).to_string()
        };
        let role = role(server, "member", &pool, "authenticated", &allow("none:None")).await;
        set_roles(server, &pool, json!({ "authenticated": role }), json!({})).await;
        let session = Session::get(server, &identity, &logins).await;
        let account = server.admin().of(&iam::SERVICE);
        let key = |name: &str| format!("cognito-identity.amazonaws.com:{name}");
        for (condition, allowed) in [
            (json!({ "StringEquals": { key("sub"): identity } }), true),
            (json!({ "StringEquals": { key("sub"): "us-east-1:other" } }), false),
            (json!({ "StringEquals": { key("aud"): pool } }), true),
            (json!({ "ForAnyValue:StringEquals": { key("amr"): "authenticated" } }), true),
            (json!({ "ForAnyValue:StringEquals": { key("amr"): format!("{}:CognitoSignIn:*", users.provider) } }), false),
            (json!({ "ForAnyValue:StringLike": { key("amr"): format!("{}:CognitoSignIn:*", users.provider) } }), true),
            (json!({ "StringLike": { key("sub"): "${cognito-identity.amazonaws.com:sub}" } }), true),
            (json!({ "StringEquals": { "aws:FederatedProvider": "cognito-identity.amazonaws.com" } }), true),
        ] {
            let document = policy(condition.clone());
            account.query("PutRolePolicy", &[("RoleName", "member"), ("PolicyName", "p"), ("PolicyDocument", &document)]).await.unwrap();
            let answer = session.caller(server).call("ListUserPools", json!({ "MaxResults": 1 })).await;
            assert_eq!(answer.is_ok(), allowed, "{condition}: {answer:?}");
        }
        // As a variable in a resource: each identity its own user pool, so to say.
        let document = json!({ "Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Action": "cognito-idp:DescribeUserPool",
            "Resource": "arn:aws:cognito-idp:*:*:userpool/${cognito-identity.amazonaws.com:aud}",
        }}).to_string();
        account.query("PutRolePolicy", &[("RoleName", "member"), ("PolicyName", "p"), ("PolicyDocument", &document)]).await.unwrap();
        assert_eq!(session.caller(server).refused("DescribeUserPool", json!({ "UserPoolId": users.pool })).await.0, "AccessDeniedException");
    }

    // identity-pools-and-iam §7: attributes for access control
    async fn attributes_become_tags_of_the_session(server) {
        let (users, pool) = with_users(server, json!({})).await;
        let map = json!({ "IdentityPoolId": pool, "IdentityProviderName": users.provider, "UseDefaults": true });
        admin(server).ok("SetPrincipalTagAttributeMap", map).await;
        let policy = json!({ "Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Action": "cognito-idp:ListUserPools", "Resource": "*",
            "Condition": { "StringEquals": { "aws:PrincipalTag/client": users.client } },
        }}).to_string();
        let tagged = role(server, "tagged", &pool, "authenticated", &policy).await;
        set_roles(server, &pool, json!({ "authenticated": tagged }), json!({})).await;
        let logins = users.logins(server, "ann").await;
        let identity = id(server, &pool, &logins).await;
        let session = Session::get(server, &identity, &logins).await;
        session.caller(server).ok("ListUserPools", json!({ "MaxResults": 1 })).await;
        // The trust policy must allow the tags, and may ask for them.
        let trust = |actions: Value, team: &str| json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": { "Federated": "cognito-identity.amazonaws.com" }, "Action": actions,
            "Condition": { "StringEquals": {
                "cognito-identity.amazonaws.com:aud": pool, "aws:RequestTag/client": team,
            }},
        }]});
        let both = json!(["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]);
        let untagged = trusted_role(server, "u", &trust(json!("sts:AssumeRoleWithWebIdentity"), &users.client), &policy).await;
        let other = trusted_role(server, "o", &trust(both.clone(), "other"), &policy).await;
        let mine = trusted_role(server, "m", &trust(both, &users.client), &policy).await;
        let ask = json!({ "IdentityId": identity, "Logins": logins });
        for role in [untagged, other] {
            set_roles(server, &pool, json!({ "authenticated": role }), json!({})).await;
            let refused = public(server).refused("GetCredentialsForIdentity", ask.clone()).await;
            assert_eq!(refused.0, "InvalidIdentityPoolConfigurationException");
        }
        set_roles(server, &pool, json!({ "authenticated": mine }), json!({})).await;
        public(server).ok("GetCredentialsForIdentity", ask).await;
    }

    // It is the service that asks STS, not the caller.
    async fn a_trust_policy_that_asks_for_an_address_lets_nobody_in(server) {
        let (users, pool) = with_users(server, json!({})).await;
        let trust = json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": { "Federated": "cognito-identity.amazonaws.com" },
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": { "cognito-identity.amazonaws.com:aud": pool },
                "IpAddress": { "aws:SourceIp": "203.0.113.7" },
            },
        }]});
        let role = trusted_role(server, "r", &trust, &allow("*")).await;
        set_roles(server, &pool, json!({ "authenticated": role }), json!({})).await;
        let logins = users.logins(server, "ann").await;
        let ask = json!({ "IdentityId": id(server, &pool, &logins).await, "Logins": logins });
        let refused = public(server).at("203.0.113.7").refused("GetCredentialsForIdentity", ask).await;
        assert_eq!(refused.0, "InvalidIdentityPoolConfigurationException");
    }
}
