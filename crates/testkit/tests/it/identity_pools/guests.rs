//! Identities without a login.

use poolhouse_testkit::{on_both, refusal};
use poolhouse_wire::sts;
use serde_json::json;

use super::{ACCOUNT, Session, admin, allow, id, identity_pool, public, role, set_roles, text, with_users};

on_both! {
    // identity-pools-and-iam §4: a new guest every call
    async fn each_guest_is_a_new_identity(server) {
        let pool = identity_pool(server, json!({ "AllowUnauthenticatedIdentities": true })).await;
        let first = id(server, &pool, &json!({})).await;
        let answer = public(server).ok("GetId", json!({ "IdentityPoolId": pool, "AccountId": ACCOUNT })).await;
        let second = text(&answer["IdentityId"]);
        assert_ne!(first, second);
        assert!(first.starts_with("us-east-1:") && first.len() == 46, "{first}");
        let described = admin(server).ok("DescribeIdentity", json!({ "IdentityId": first })).await;
        assert_eq!(described, json!({
            "IdentityId": first, "Logins": [], "CreationDate": 1_893_456_000.0, "LastModifiedDate": 1_893_456_000.0,
        }));
        let foreign = public(server).refused("GetId", json!({ "IdentityPoolId": pool, "AccountId": "1" })).await;
        assert_eq!(foreign.0, "ResourceNotFoundException");
    }

    async fn a_pool_may_have_no_guests(server) {
        let closed = identity_pool(server, json!({})).await;
        let refused = refusal("NotAuthorizedException", "Unauthenticated access is not supported for this identity pool.");
        assert_eq!(public(server).refused("GetId", json!({ "IdentityPoolId": closed })).await, refused);
        let unknown = "us-east-1:00000000-0000-4000-8000-000000000000";
        assert_eq!(
            public(server).refused("GetId", json!({ "IdentityPoolId": unknown })).await,
            refusal("ResourceNotFoundException", &format!("IdentityPool '{unknown}' not found."))
        );
        // Guests from before are turned away, too.
        let open = identity_pool(server, json!({ "AllowUnauthenticatedIdentities": true })).await;
        let guest = id(server, &open, &json!({})).await;
        let update = json!({ "IdentityPoolId": open, "IdentityPoolName": "p", "AllowUnauthenticatedIdentities": false });
        admin(server).ok("UpdateIdentityPool", update).await;
        assert_eq!(public(server).refused("GetCredentialsForIdentity", json!({ "IdentityId": guest })).await, refused);
    }

    // identity-pools-and-iam §9.3
    async fn a_guest_may_do_less_than_its_role(server) {
        let pool = identity_pool(server, json!({ "AllowUnauthenticatedIdentities": true })).await;
        let role = role(server, "guest", &pool, "unauthenticated", &allow("*")).await;
        let guest = id(server, &pool, &json!({})).await;
        let ask = json!({ "IdentityId": guest });
        let configuration = refusal(
            "InvalidIdentityPoolConfigurationException",
            "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
        );
        assert_eq!(public(server).refused("GetCredentialsForIdentity", ask.clone()).await, configuration);
        set_roles(server, &pool, json!({ "authenticated": role }), json!({})).await;
        assert_eq!(public(server).refused("GetCredentialsForIdentity", ask.clone()).await, configuration);
        set_roles(server, &pool, json!({ "unauthenticated": role }), json!({})).await;
        let session = Session::get(server, &guest, &json!({})).await;
        session.caller(server).ok("ListUserPools", json!({ "MaxResults": 1 })).await;
        let (code, text) = admin(server)
            .signing(poolhouse_testkit::sign::Keys { access_key_id: &session.id, secret_access_key: &session.secret })
            .showing(&session.token)
            .refused("ListIdentityPools", json!({ "MaxResults": 1 }))
            .await;
        assert_eq!(code, "AccessDeniedException");
        assert!(text.ends_with("because no session policy allows the cognito-identity:ListIdentityPools action"), "{text}");
        let input = [("UserName", "ann")];
        let denied = session.caller(server).of(&poolhouse_wire::iam::SERVICE).query("GetUser", &input).await.unwrap_err();
        assert_eq!(denied.code, "AccessDenied");
        let who = session.caller(server).of(&sts::SERVICE).query("GetCallerIdentity", &[]).await.unwrap();
        let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/guest/CognitoIdentityCredentials");
        assert_eq!(poolhouse_testkit::element(&who, "Arn"), Some(arn));
        // A custom role is not for guests, but for the one that they have.
        let mut custom = json!({ "IdentityId": guest, "CustomRoleArn": role });
        public(server).ok("GetCredentialsForIdentity", custom.clone()).await;
        custom["CustomRoleArn"] = json!(format!("arn:aws:iam::{ACCOUNT}:role/other"));
        assert_eq!(public(server).refused("GetCredentialsForIdentity", custom).await.0, "NotAuthorizedException");
    }

    async fn the_trust_policy_tells_guests_from_others(server) {
        let (users, pool) = with_users(server, json!({ "AllowUnauthenticatedIdentities": true })).await;
        let members = role(server, "member", &pool, "authenticated", &allow("*")).await;
        set_roles(server, &pool, json!({ "authenticated": members, "unauthenticated": members }), json!({})).await;
        let guest = id(server, &pool, &json!({})).await;
        let refused = public(server).refused("GetCredentialsForIdentity", json!({ "IdentityId": guest })).await;
        assert_eq!(refused.0, "InvalidIdentityPoolConfigurationException");
        let logins = users.logins(server, "ann").await;
        Session::get(server, &guest, &logins).await;
        // Once it has a login, the guest's id is nobody's without it.
        let forbidden = refusal("NotAuthorizedException", &format!("Access to Identity '{guest}' is forbidden."));
        assert_eq!(public(server).refused("GetCredentialsForIdentity", json!({ "IdentityId": guest })).await, forbidden);
        assert_eq!(id(server, &pool, &logins).await, guest);
    }
}
