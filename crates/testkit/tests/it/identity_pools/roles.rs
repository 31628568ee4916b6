//! Roles, their mappings, and the maps of attributes for access control, as they are set.

use poolhouse_testkit::{on_both, refusal};
use serde_json::{Value, json};

use super::{ACCOUNT, admin, identity_pool, set_roles, with_users};

on_both! {
    async fn roles_and_mappings_are_replaced_together(server) {
        let (users, id) = with_users(server, json!({
            "SupportedLoginProviders": { "accounts.google.com": "1" },
            "OpenIdConnectProviderARNs": [format!("arn:aws:iam::{ACCOUNT}:oidc-provider/id.example.com")],
        })).await;
        let role = |name: &str| format!("arn:aws:iam::{ACCOUNT}:role/path/{name}");
        let roles = json!({ "authenticated": role("a"), "unauthenticated": role("u") });
        let rule = json!({ "Claim": "custom:dept", "MatchType": "StartsWith", "Value": "sal", "RoleARN": role("s") });
        let mappings = json!({
            users.mapping(): { "Type": "Token", "AmbiguousRoleResolution": "Deny" },
            "accounts.google.com": {
                "Type": "Rules", "AmbiguousRoleResolution": "AuthenticatedRole", "RulesConfiguration": { "Rules": [rule] },
            },
            format!("arn:aws:iam::{ACCOUNT}:oidc-provider/id.example.com"): {
                "Type": "Token", "AmbiguousRoleResolution": "AuthenticatedRole",
            },
        });
        set_roles(server, &id, roles.clone(), mappings.clone()).await;
        let get = async || admin(server).ok("GetIdentityPoolRoles", json!({ "IdentityPoolId": id })).await;
        assert_eq!(get().await, json!({ "IdentityPoolId": id, "Roles": roles, "RoleMappings": mappings }));
        admin(server).ok("SetIdentityPoolRoles", json!({ "IdentityPoolId": id, "Roles": {} })).await;
        assert_eq!(get().await, json!({ "IdentityPoolId": id, "Roles": {} }));
    }

    async fn what_no_role_or_mapping_can_be_is_refused(server) {
        let (users, id) = with_users(server, json!({})).await;
        let role = format!("arn:aws:iam::{ACCOUNT}:role/r");
        let refused = async |roles: Value, mappings: Value| {
            let input = json!({ "IdentityPoolId": id, "Roles": roles, "RoleMappings": mappings });
            admin(server).refused("SetIdentityPoolRoles", input).await
        };
        for arn in [
            format!("arn:aws:iam::{ACCOUNT}:user/ann"),
            "arn:aws:iam::123456789012:role/r".to_owned(),
            "arn:aws:iam::aws:policy/AdministratorAccess".to_owned(),
            "no arn, but long enough".to_owned(),
        ] {
            let forbidden = refusal("NotAuthorizedException", &format!("Access to Role '{arn}' is forbidden."));
            assert_eq!(refused(json!({ "authenticated": arn }), json!({})).await, forbidden);
        }
        assert_eq!(refused(json!({ "admin": role }), json!({})).await.0, "ValidationException");
        for name in ["accounts.google.com", users.provider.as_str(), "x:y"] {
            let mapping = json!({ name: { "Type": "Token", "AmbiguousRoleResolution": "Deny" } });
            let text = format!("({name}) is not a valid RoleMapping ProviderName or is not a configured provider.");
            assert_eq!(refused(json!({}), mapping).await, refusal("InvalidParameterException", &text));
        }
        let rule = json!({ "Claim": "c", "MatchType": "Equals", "Value": "v", "RoleARN": role });
        let rules = |count: usize| json!({ "Rules": vec![rule.clone(); count] });
        let mapping = |mapping: Value| json!({ users.mapping(): mapping });
        for wrong in [
            json!({ "Type": "Token" }),
            json!({ "Type": "Rules", "AmbiguousRoleResolution": "Deny" }),
            json!({ "Type": "Rules", "RulesConfiguration": rules(1) }),
            json!({ "Type": "Token", "AmbiguousRoleResolution": "Deny", "RulesConfiguration": rules(1) }),
        ] {
            assert_eq!(refused(json!({}), mapping(wrong.clone())).await.0, "InvalidParameterException", "{wrong}");
        }
        let many = json!({ "Type": "Rules", "AmbiguousRoleResolution": "Deny", "RulesConfiguration": rules(26) });
        let text = "The number of rules in the request exceeded 25.";
        assert_eq!(refused(json!({}), mapping(many)).await, refusal("InvalidParameterException", text));
        let forged = json!({ "Claim": "c", "MatchType": "Equals", "Value": "v", "RoleARN": "arn:aws:iam::1:role/r" });
        let forged = json!({ "Type": "Rules", "AmbiguousRoleResolution": "Deny", "RulesConfiguration": { "Rules": [forged] } });
        assert_eq!(refused(json!({}), mapping(forged)).await.0, "NotAuthorizedException");
    }

    async fn maps_of_attributes_are_set_by_provider(server) {
        let (users, id) = with_users(server, json!({})).await;
        let named = json!({ "IdentityPoolId": id, "IdentityProviderName": users.provider });
        let get = async || admin(server).ok("GetPrincipalTagAttributeMap", named.clone()).await;
        let set = async |more: Value| {
            let mut input = named.clone();
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            admin(server).call("SetPrincipalTagAttributeMap", input).await
        };
        let shown = |defaults: bool, tags: Value| {
            json!({ "IdentityPoolId": id, "IdentityProviderName": users.provider, "UseDefaults": defaults, "PrincipalTags": tags })
        };
        assert_eq!(get().await, shown(false, json!({})));
        let usual = shown(true, json!({ "client": "aud", "username": "sub" }));
        assert_eq!(set(json!({ "UseDefaults": true })).await.unwrap(), usual);
        assert_eq!(get().await, usual);
        let own = shown(false, json!({ "dept": "custom:dept" }));
        assert_eq!(set(json!({ "PrincipalTags": { "dept": "custom:dept" } })).await.unwrap(), own);
        assert_eq!(get().await, own);
        set(json!({})).await.unwrap();
        assert_eq!(get().await, shown(false, json!({})));
        for wrong in [
            json!({ "a": "x".repeat(256), "b": "x".repeat(203) }),
            json!({ "Key": "a", "key": "b" }),
            json!({ "a*": "b" }),
        ] {
            let refused = set(json!({ "PrincipalTags": wrong })).await.unwrap_err();
            assert_eq!(refused.code, "InvalidParameterException", "{wrong}");
        }
        let other = json!({ "IdentityPoolId": id, "IdentityProviderName": "accounts.google.com" });
        for operation in ["GetPrincipalTagAttributeMap", "SetPrincipalTagAttributeMap"] {
            assert_eq!(admin(server).refused(operation, other.clone()).await.0, "InvalidParameterException");
        }
        let bare = identity_pool(server, json!({})).await;
        let of_bare = json!({ "IdentityPoolId": bare, "IdentityProviderName": users.provider });
        assert_eq!(admin(server).refused("GetPrincipalTagAttributeMap", of_bare).await.0, "InvalidParameterException");
    }
}
