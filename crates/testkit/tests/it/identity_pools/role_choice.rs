//! From a group to credentials: roles chosen by tokens and by rules (identity-pools-and-iam §7, §9.2).

use poolhouse_testkit::{TestServer, element, on_both, refusal};
use poolhouse_wire::sts;
use serde_json::{Value, json};

use super::{ACCOUNT, Session, Users, allow, id, public, role, set_roles, with_users};

/// The role of a session.
async fn name_of(server: &TestServer, session: &Session) -> String {
    let who = session.caller(server).of(&sts::SERVICE).query("GetCallerIdentity", &[]).await.unwrap();
    element(&who, "Arn").unwrap().split('/').nth(1).unwrap().to_owned()
}

/// A user in groups, each with the role of its name; those that have a precedence are named with it.
async fn member(server: &TestServer, users: &Users, user: &str, groups: &[(&str, Option<i32>)]) -> Value {
    server.user(&users.pool, user, json!({})).await;
    for (group, precedence) in groups {
        let mut input = json!({ "RoleArn": format!("arn:aws:iam::{ACCOUNT}:role/{group}") });
        if let Some(precedence) = precedence {
            input["Precedence"] = json!(precedence);
        }
        input["UserPoolId"] = json!(users.pool);
        input["GroupName"] = json!(group);
        // Whoever came before has made it.
        let _ = server.admin().call("CreateGroup", input).await;
        server.member(&users.pool, user, group).await;
    }
    users.logins_by(&users.id_token(server, user).await)
}

/// A pool with the roles `editors`, `readers` and `member`, the last of which is that of the pool.
async fn by_token(server: &TestServer, otherwise: &str) -> (Users, String) {
    let (users, pool) = with_users(server, json!({})).await;
    for (name, action) in
        [("editors", "cognito-idp:*"), ("readers", "cognito-idp:List*"), ("member", "none:None")]
    {
        role(server, name, &pool, "authenticated", &allow(action)).await;
    }
    let mapping = json!({ users.mapping(): { "Type": "Token", "AmbiguousRoleResolution": otherwise } });
    let roles = json!({ "authenticated": format!("arn:aws:iam::{ACCOUNT}:role/member") });
    set_roles(server, &pool, roles, mapping).await;
    (users, pool)
}

on_both! {
    async fn a_group_leads_to_the_credentials_of_its_role(server) {
        let (users, pool) = by_token(server, "AuthenticatedRole").await;
        for (user, groups, role) in [
            ("ann", &[("editors", Some(1)), ("readers", Some(2))][..], "editors"),
            ("bob", &[("readers", Some(2))], "readers"),
            ("joe", &[], "member"),
        ] {
            let logins = member(server, &users, user, groups).await;
            let session = Session::get(server, &id(server, &pool, &logins).await, &logins).await;
            assert_eq!(name_of(server, &session).await, role);
            let describe = session.caller(server).call("DescribeUserPool", json!({ "UserPoolId": users.pool })).await;
            assert_eq!(describe.is_ok(), role == "editors", "{describe:?}");
        }
    }

    async fn a_user_chooses_among_the_roles_of_the_token(server) {
        let (users, pool) = by_token(server, "Deny").await;
        let logins = member(server, &users, "ann", &[("editors", Some(1)), ("readers", Some(2))]).await;
        let identity = id(server, &pool, &logins).await;
        let mut ask = json!({
            "IdentityId": identity, "Logins": logins, "CustomRoleArn": format!("arn:aws:iam::{ACCOUNT}:role/readers"),
        });
        let session = Session::of(&public(server).ok("GetCredentialsForIdentity", ask.clone()).await);
        assert_eq!(name_of(server, &session).await, "readers");
        ask["CustomRoleArn"] = json!(format!("arn:aws:iam::{ACCOUNT}:role/member"));
        let refused = public(server).refused("GetCredentialsForIdentity", ask).await;
        assert_eq!(refused, refusal("NotAuthorizedException", "Access denied: CustomRoleArn is not in the token."));
    }

    async fn what_the_token_leaves_open_may_be_denied(server) {
        let (users, pool) = by_token(server, "Deny").await;
        // Two roles and no precedence: the token prefers none.
        for (user, groups) in [("ann", &[("editors", None), ("readers", None)][..]), ("joe", &[])] {
            let logins = member(server, &users, user, groups).await;
            let ask = json!({ "IdentityId": id(server, &pool, &logins).await, "Logins": logins });
            let text = format!("The ambiguous role mapping rules for: {} denied this request.", users.provider);
            let refused = public(server).refused("GetCredentialsForIdentity", ask).await;
            assert_eq!(refused, refusal("NotAuthorizedException", &text));
        }
        // One role needs no precedence.
        server.user(&users.pool, "bob", json!({})).await;
        server.member(&users.pool, "bob", "readers").await;
        let logins = users.logins_by(&users.id_token(server, "bob").await);
        let session = Session::get(server, &id(server, &pool, &logins).await, &logins).await;
        assert_eq!(name_of(server, &session).await, "readers");
    }

    async fn rules_look_at_claims_in_their_order(server) {
        let (users, pool) = with_users(server, json!({})).await;
        for name in ["staff", "admins", "member"] {
            role(server, name, &pool, "authenticated", &allow("none:None")).await;
        }
        let arn = |name: &str| format!("arn:aws:iam::{ACCOUNT}:role/{name}");
        let rule = |claim: &str, test: &str, value: &str, role: &str| {
            json!({ "Claim": claim, "MatchType": test, "Value": value, "RoleARN": arn(role) })
        };
        let rules = json!([
            rule("cognito:groups", "Contains", "admin", "admins"),
            rule("email", "Contains", "@example.com", "staff"),
        ]);
        let mapping = json!({ users.mapping(): {
            "Type": "Rules", "AmbiguousRoleResolution": "AuthenticatedRole", "RulesConfiguration": { "Rules": rules },
        }});
        set_roles(server, &pool, json!({ "authenticated": arn("member") }), mapping).await;
        server.group(&users.pool, "admins", json!({})).await;
        for (user, email, group, role) in [
            ("ann", "ann@example.com", true, "admins"),
            ("bob", "bob@example.com", false, "staff"),
            ("joe", "joe@example.org", false, "member"),
        ] {
            server.user(&users.pool, user, json!({ "email": email })).await;
            if group {
                server.member(&users.pool, user, "admins").await;
            }
            let logins = users.logins_by(&users.id_token(server, user).await);
            let identity = id(server, &pool, &logins).await;
            let session = Session::get(server, &identity, &logins).await;
            assert_eq!(name_of(server, &session).await, role);
            let ask = json!({ "IdentityId": identity, "Logins": logins, "CustomRoleArn": arn(role) });
            let custom = public(server).call("GetCredentialsForIdentity", ask).await.unwrap_err();
            assert_eq!(custom.code, "InvalidParameterException");
        }
    }
}
