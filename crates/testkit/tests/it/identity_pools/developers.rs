//! Users of the developer's own backend (identity-pools-and-iam §2, §4, §5).

use poolhouse_testkit::{TestServer, claims, on_both, refusal};
use serde_json::{Value, json};

use super::{Session, admin, id, identity_pool, public, role, set_roles, text, with_users};

const PROVIDER: &str = "login.example.com";

async fn ask(server: &TestServer, pool: &str, user: &str, more: Value) -> Result<Value, (String, String)> {
    let mut input = json!({ "IdentityPoolId": pool, "Logins": { PROVIDER: user } });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let answer = admin(server).call("GetOpenIdTokenForDeveloperIdentity", input).await;
    answer.map_err(|error| (error.code, error.message))
}

/// The identity of a user.
async fn identity(server: &TestServer, pool: &str, user: &str) -> String {
    text(&ask(server, pool, user, json!({})).await.unwrap()["IdentityId"])
}

async fn look_up(server: &TestServer, pool: &str, more: Value) -> Value {
    let mut input = json!({ "IdentityPoolId": pool });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    admin(server).ok("LookupDeveloperIdentity", input).await
}

on_both! {
    async fn a_backends_word_leads_to_credentials(server) {
        let pool = identity_pool(server, json!({ "DeveloperProviderName": PROVIDER })).await;
        let policy = json!({ "Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Action": "cognito-idp:ListUserPools", "Resource": "*",
            "Condition": { "StringEquals": { "aws:PrincipalTag/team": "blue" } },
        }}).to_string();
        let role = role(server, "member", &pool, &format!("{PROVIDER}:{pool}:*"), &policy).await;
        set_roles(server, &pool, json!({ "authenticated": role }), json!({})).await;
        let answer = ask(server, &pool, "ann", json!({ "PrincipalTags": { "team": "blue" } })).await.unwrap();
        let ann = text(&answer["IdentityId"]);
        let said = claims(&answer["Token"]);
        assert_eq!(said["amr"], json!(["authenticated", PROVIDER, format!("{PROVIDER}:{pool}:ann")]));
        assert_eq!((said["exp"].as_i64().unwrap() - said["iat"].as_i64().unwrap(), &said["sub"]), (900, &json!(ann)));
        assert_eq!(said["https://aws.amazon.com/tags"], json!({ "principal_tags": { "team": ["blue"] } }));
        let logins = json!({ "cognito-identity.amazonaws.com": answer["Token"] });
        assert_eq!(id(server, &pool, &logins).await, ann);
        let session = Session::get(server, &ann, &logins).await;
        session.caller(server).ok("ListUserPools", json!({ "MaxResults": 1 })).await;
        // The same user is the same identity; another one another.
        assert_eq!(identity(server, &pool, "ann").await, ann);
        let bob = ask(server, &pool, "bob", json!({ "TokenDuration": 86400 })).await.unwrap();
        assert_ne!(bob["IdentityId"], answer["IdentityId"]);
        let said = claims(&bob["Token"]);
        assert_eq!(said["exp"].as_i64().unwrap() - said["iat"].as_i64().unwrap(), 86_400);
        let foreign = json!({ "IdentityId": ann, "Logins": { "cognito-identity.amazonaws.com": bob["Token"] } });
        let refused = public(server).refused("GetCredentialsForIdentity", foreign).await;
        assert!(refused.1.starts_with("Logins don't match."), "{refused:?}");
        server.clock().advance_seconds(900);
        let expired = public(server).refused("GetId", json!({ "IdentityPoolId": pool, "Logins": logins })).await;
        assert!(expired.1.starts_with("Invalid login token. Token expired: "), "{expired:?}");
    }

    async fn what_a_backend_cannot_say_is_refused(server) {
        let without = identity_pool(server, json!({})).await;
        assert_eq!(ask(server, &without, "ann", json!({})).await.unwrap_err().0, "InvalidParameterException");
        let pool = identity_pool(server, json!({ "DeveloperProviderName": PROVIDER })).await;
        let other = json!({ "IdentityPoolId": pool, "Logins": { "other": "ann" } });
        assert_eq!(admin(server).refused("GetOpenIdTokenForDeveloperIdentity", other).await.0, "InvalidParameterException");
        let long = ask(server, &pool, &"x".repeat(1025), json!({})).await.unwrap_err();
        assert_eq!(long.0, "InvalidParameterException");
        for duration in [0, 86_401] {
            let refused = ask(server, &pool, "ann", json!({ "TokenDuration": duration })).await.unwrap_err();
            assert_eq!(refused.0, "ValidationException");
        }
        for tags in [json!({ "team": "*" }), json!({ "a": "1", "A": "2" }), json!({ "a": "x".repeat(256), "b": "x".repeat(203) })] {
            let refused = ask(server, &pool, "ann", json!({ "PrincipalTags": tags })).await.unwrap_err();
            assert_eq!(refused.0, "InvalidParameterException", "{tags}");
        }
        let unknown = "us-east-1:00000000-0000-4000-8000-000000000000";
        let refused = ask(server, &pool, "ann", json!({ "IdentityId": unknown })).await.unwrap_err();
        assert_eq!(refused.0, "ResourceNotFoundException");
        // The user's name is none of a public caller's to say.
        let named = json!({ "IdentityPoolId": pool, "Logins": { PROVIDER: "ann" } });
        let public_call = public(server).refused("GetId", named).await;
        assert_eq!(public_call, refusal("InvalidParameterException", "Please provide a valid public provider"));
        // A token of another pool of this server, and one that is none.
        let elsewhere = identity_pool(server, json!({ "DeveloperProviderName": PROVIDER })).await;
        let token = ask(server, &elsewhere, "ann", json!({})).await.unwrap()["Token"].clone();
        for (token, text) in [
            (token, "Token is not from a supported provider of this identity pool."),
            (json!("x"), "Invalid login token. Not a valid OpenId Connect identity token."),
        ] {
            let logins = json!({ "cognito-identity.amazonaws.com": token });
            let refused = public(server).refused("GetId", json!({ "IdentityPoolId": pool, "Logins": logins })).await;
            assert_eq!(refused, refusal("NotAuthorizedException", text));
        }
    }

    async fn a_backend_says_which_identity_a_user_is(server) {
        let (users, pool) = with_users(server, json!({ "DeveloperProviderName": PROVIDER })).await;
        let logins = users.logins(server, "ann").await;
        let ann = id(server, &pool, &logins).await;
        let linked = ask(server, &pool, "ann-42", json!({ "IdentityId": ann })).await.unwrap();
        assert_eq!(linked["IdentityId"], json!(ann));
        assert_eq!(identity(server, &pool, "ann-42").await, ann);
        let bob = identity(server, &pool, "bob").await;
        let taken = ask(server, &pool, "bob", json!({ "IdentityId": ann })).await.unwrap_err();
        assert_eq!(taken.0, "DeveloperUserAlreadyRegisteredException");
        // With a token of another provider beside it, both are one.
        let eve = users.logins(server, "eve").await;
        let mut both = json!({ PROVIDER: "bob" });
        both.as_object_mut().unwrap().extend(eve.as_object().unwrap().clone());
        let answer = ask(server, &pool, "bob", json!({ "Logins": both })).await.unwrap();
        assert_eq!(answer["IdentityId"], json!(bob));
        assert_eq!(id(server, &pool, &eve).await, bob);
        let amr = claims(&answer["Token"])["amr"].clone();
        assert_eq!((amr.as_array().unwrap().len(), &amr[3]), (5, &json!(users.provider)));
        let described = admin(server).ok("DescribeIdentity", json!({ "IdentityId": ann })).await;
        assert_eq!(described["Logins"], json!([PROVIDER, users.provider]));
    }

    async fn users_are_looked_up_both_ways(server) {
        let pool = identity_pool(server, json!({ "DeveloperProviderName": PROVIDER })).await;
        let ann = identity(server, &pool, "ann").await;
        for user in ["ann2", "ann3"] {
            ask(server, &pool, user, json!({ "IdentityId": ann })).await.unwrap();
        }
        let bob = identity(server, &pool, "bob").await;
        let found = look_up(server, &pool, json!({ "DeveloperUserIdentifier": "ann2" })).await;
        assert_eq!(found, json!({ "IdentityId": ann, "DeveloperUserIdentifierList": ["ann", "ann2", "ann3"] }));
        let both = json!({ "DeveloperUserIdentifier": "ann2", "IdentityId": ann });
        assert_eq!(look_up(server, &pool, both).await["IdentityId"], json!(ann));
        let page = look_up(server, &pool, json!({ "IdentityId": ann, "MaxResults": 2 })).await;
        assert_eq!(page["DeveloperUserIdentifierList"], json!(["ann", "ann2"]));
        let rest = json!({ "IdentityId": ann, "MaxResults": 2, "NextToken": page["NextToken"] });
        assert_eq!(look_up(server, &pool, rest).await, json!({ "IdentityId": ann, "DeveloperUserIdentifierList": ["ann3"] }));
        let refused = async |more: Value| {
            let mut input = json!({ "IdentityPoolId": pool });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            admin(server).refused("LookupDeveloperIdentity", input).await.0
        };
        assert_eq!(refused(json!({})).await, "InvalidParameterException");
        assert_eq!(refused(json!({ "DeveloperUserIdentifier": "eve" })).await, "ResourceNotFoundException");
        assert_eq!(refused(json!({ "DeveloperUserIdentifier": "ann", "IdentityId": bob })).await, "ResourceConflictException");
        assert_eq!(refused(json!({ "IdentityId": bob, "NextToken": page["NextToken"] })).await, "InvalidParameterException");
    }

    async fn two_users_are_made_one_and_parted_again(server) {
        let (users, pool) = with_users(server, json!({ "DeveloperProviderName": PROVIDER })).await;
        let (ann, bob) = (identity(server, &pool, "ann").await, identity(server, &pool, "bob").await);
        let token = ask(server, &pool, "ann", json!({})).await.unwrap()["Token"].clone();
        let merge = |source: &str, provider: &str| json!({
            "IdentityPoolId": pool, "DeveloperProviderName": provider,
            "SourceUserIdentifier": source, "DestinationUserIdentifier": "bob",
        });
        let merged = admin(server).ok("MergeDeveloperIdentities", merge("ann", PROVIDER)).await;
        assert_eq!(merged, json!({ "IdentityId": bob }));
        assert_eq!(identity(server, &pool, "ann").await, bob);
        // Again changes nothing.
        assert_eq!(admin(server).ok("MergeDeveloperIdentities", merge("ann", PROVIDER)).await, merged);
        // A token from before leads to where its user is now.
        let logins = json!({ "cognito-identity.amazonaws.com": token });
        assert_eq!(id(server, &pool, &logins).await, bob);
        assert_eq!(admin(server).refused("MergeDeveloperIdentities", merge("eve", PROVIDER)).await.0, "ResourceNotFoundException");
        assert_eq!(admin(server).refused("MergeDeveloperIdentities", merge("ann", "other")).await.0, "InvalidParameterException");
        let unlink = |identity: &str, user: &str, provider: &str| json!({
            "IdentityPoolId": pool, "IdentityId": identity,
            "DeveloperProviderName": provider, "DeveloperUserIdentifier": user,
        });
        for (input, code) in [
            (unlink(&ann, "ann", PROVIDER), "ResourceConflictException"),
            (unlink(&bob, "eve", PROVIDER), "ResourceNotFoundException"),
            (unlink(&bob, "ann", "other"), "InvalidParameterException"),
        ] {
            assert_eq!(admin(server).refused("UnlinkDeveloperIdentity", input).await.0, code);
        }
        assert_eq!(admin(server).ok("UnlinkDeveloperIdentity", unlink(&bob, "ann", PROVIDER)).await, Value::Null);
        // The token does not link again what the backend has parted.
        let refused = public(server).refused("GetId", json!({ "IdentityPoolId": pool, "Logins": logins })).await;
        assert!(refused.1.starts_with("Logins don't match."), "{refused:?}");
        let again = identity(server, &pool, "ann").await;
        assert!(again != ann && again != bob);
        // Two logins of one public provider do not go together.
        for (user, name) in [("ann", "joe"), ("bob", "jim")] {
            let mut both = json!({ PROVIDER: user });
            both.as_object_mut().unwrap().extend(users.logins(server, name).await.as_object().unwrap().clone());
            ask(server, &pool, user, json!({ "Logins": both })).await.unwrap();
        }
        assert_eq!(admin(server).refused("MergeDeveloperIdentities", merge("ann", PROVIDER)).await.0, "ResourceConflictException");
    }

    // model
    async fn an_identity_has_twenty_logins_at_most(server) {
        let pool = identity_pool(server, json!({ "DeveloperProviderName": PROVIDER })).await;
        let ann = identity(server, &pool, "0").await;
        for user in 1..20 {
            ask(server, &pool, &user.to_string(), json!({ "IdentityId": ann })).await.unwrap();
        }
        let refused = ask(server, &pool, "20", json!({ "IdentityId": ann })).await.unwrap_err();
        assert_eq!(refused.0, "ResourceConflictException");
        identity(server, &pool, "20").await;
        let merge = json!({
            "IdentityPoolId": pool, "DeveloperProviderName": PROVIDER,
            "SourceUserIdentifier": "20", "DestinationUserIdentifier": "0",
        });
        assert_eq!(admin(server).refused("MergeDeveloperIdentities", merge).await.0, "ResourceConflictException");
    }
}
