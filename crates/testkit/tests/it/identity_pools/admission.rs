//! Which identity a login is: found, linked, merged, refused (identity-pools-and-iam §3, §4).

use poolhouse_testkit::{TestServer, on_both, refusal};
use serde_json::{Value, json};

use super::{Users, admin, id, identity_pool, public, text, with_users};

fn not_authorized(text: &str) -> (String, String) {
    refusal("NotAuthorizedException", text)
}

async fn refused(server: &TestServer, pool: &str, logins: &Value) -> (String, String) {
    public(server).refused("GetId", json!({ "IdentityPoolId": pool, "Logins": logins })).await
}

/// An identity pool of the users of two user pools, with guests.
async fn of_two(server: &TestServer) -> (Users, Users, String) {
    let (one, two) = (Users::make(server).await, Users::make(server).await);
    let settings = json!({
        "AllowUnauthenticatedIdentities": true, "AllowClassicFlow": true,
        "CognitoIdentityProviders": [one.configured(), two.configured()],
    });
    let pool = identity_pool(server, settings).await;
    (one, two, pool)
}

/// The identity that an identity is for a caller with these logins.
async fn proven(server: &TestServer, identity: &str, logins: &Value) -> String {
    let input = json!({ "IdentityId": identity, "Logins": logins });
    text(&public(server).ok("GetOpenIdToken", input).await["IdentityId"])
}

async fn logins_of(server: &TestServer, identity: &str) -> Value {
    admin(server).ok("DescribeIdentity", json!({ "IdentityId": identity })).await["Logins"].clone()
}

fn both(one: &Value, two: &Value) -> Value {
    let mut both = one.clone();
    both.as_object_mut().unwrap().extend(two.as_object().unwrap().clone());
    both
}

on_both! {
    async fn a_login_is_one_identity_by_any_name_of_its_pool(server) {
        let (users, pool) = with_users(server, json!({})).await;
        let logins = users.logins(server, "ann").await;
        let ann = id(server, &pool, &logins).await;
        assert_eq!(id(server, &pool, &logins).await, ann);
        let token = users.id_token(server, "ann").await;
        // The issuer of the token without the scheme, and AWS's newer form.
        for name in [
            format!("127.0.0.1:7665/{}", users.pool),
            format!("issuer-cognito-idp.us-east-1.amazonaws.com/{}", users.pool),
        ] {
            assert_eq!(id(server, &pool, &json!({ name: token })).await, ann);
        }
        let bob = users.logins(server, "bob").await;
        assert_ne!(id(server, &pool, &bob).await, ann);
        assert_eq!(logins_of(server, &ann).await, json!([users.provider]));
    }

    async fn tokens_that_prove_nothing_are_refused_in_awss_words(server) {
        let (users, pool) = with_users(server, json!({})).await;
        server.user(&users.pool, "ann", json!({})).await;
        let tokens = server.sign_in(&users.client, "ann").await;
        let good = text(&tokens["IdToken"]);
        for (token, why) in [
            ("x", "Not a valid OpenId Connect identity token."),
            (tokens["AccessToken"].as_str().unwrap(), "Missing a required claim: aud"),
            (&format!("{}AAAA", &good[..good.len() - 4]), "Couldn't verify signed token."),
        ] {
            let expected = not_authorized(&format!("Invalid login token. {why}"));
            assert_eq!(refused(server, &pool, &users.logins_by(token)).await, expected);
        }
        let other = Users::make(server).await;
        let foreign = other.logins(server, "ann").await;
        let unsupported = not_authorized("Token is not from a supported provider of this identity pool.");
        assert_eq!(refused(server, &pool, &foreign).await, unsupported);
        assert_eq!(refused(server, &pool, &json!({ "www.amazon.com": "t" })).await, unsupported);
        let token = foreign[&other.provider].as_str().unwrap();
        assert_eq!(
            refused(server, &pool, &users.logins_by(token)).await,
            not_authorized("Invalid login token. Issuer doesn't match providerName")
        );
        let second = server.client(&users.pool, json!({ "ClientName": "second" })).await;
        let of_second = text(&server.sign_in(&second, "ann").await["IdToken"]);
        assert_eq!(refused(server, &pool, &users.logins_by(&of_second)).await, unsupported);
        assert_eq!(
            refused(server, &pool, &json!({ "login.example.com": good })).await,
            refusal("InvalidParameterException", "Please provide a valid public provider")
        );
        // One that is bad spoils all.
        let both = both(&users.logins_by(&good), &json!({ "www.amazon.com": "t" }));
        assert_eq!(refused(server, &pool, &both).await, unsupported);
        let bare = identity_pool(server, json!({ "AllowUnauthenticatedIdentities": true })).await;
        assert_eq!(
            refused(server, &bare, &users.logins_by(&good)).await,
            not_authorized(&format!("Identity pool - {bare} does not have identity providers configured."))
        );
        server.clock().advance_seconds(3600);
        let (_, why) = refused(server, &pool, &users.logins_by(&good)).await;
        let end = 1_893_456_000 + 3600;
        assert_eq!(why, format!("Invalid login token. Token expired: {end} >= {end}"));
    }

    async fn a_user_pool_may_be_asked_whether_the_user_is_still_signed_in(server) {
        let users = Users::make(server).await;
        let mut configured = users.configured();
        configured["ServerSideTokenCheck"] = json!(true);
        let strict = identity_pool(server, json!({ "CognitoIdentityProviders": [configured] })).await;
        let lax = identity_pool(server, json!({ "CognitoIdentityProviders": [users.configured()] })).await;
        let inactive = not_authorized("Token is inactive");
        let named = |user: &str| json!({ "UserPoolId": users.pool, "Username": user });
        for (user, operation) in
            [("ann", "AdminUserGlobalSignOut"), ("bob", "AdminDisableUser"), ("eve", "AdminDeleteUser")]
        {
            let logins = users.logins(server, user).await;
            let identity = id(server, &strict, &logins).await;
            server.admin().ok(operation, named(user)).await;
            assert_eq!(refused(server, &strict, &logins).await, inactive, "{operation}");
            let ask = json!({ "IdentityId": identity, "Logins": logins });
            assert_eq!(public(server).refused("GetCredentialsForIdentity", ask).await, inactive);
            id(server, &lax, &logins).await;
        }
        server.user(&users.pool, "joe", json!({})).await;
        let tokens = server.sign_in(&users.client, "joe").await;
        let logins = users.logins_by(tokens["IdToken"].as_str().unwrap());
        id(server, &strict, &logins).await;
        let revoke = json!({ "ClientId": users.client, "Token": tokens["RefreshToken"] });
        server.public().ok("RevokeToken", revoke).await;
        assert_eq!(refused(server, &strict, &logins).await, inactive);
    }

    async fn a_guest_keeps_its_id_at_its_first_login(server) {
        let (one, two, pool) = of_two(server).await;
        let guest = id(server, &pool, &json!({})).await;
        let ann = one.logins(server, "ann").await;
        assert_eq!(proven(server, &guest, &ann).await, guest);
        assert_eq!(id(server, &pool, &ann).await, guest);
        // A second guest with the same login is given up for it.
        let other = id(server, &pool, &json!({})).await;
        assert_eq!(proven(server, &other, &ann).await, guest);
        let hidden = json!({ "IdentityPoolId": pool, "MaxResults": 60, "HideDisabled": true });
        let listed = admin(server).ok("ListIdentities", hidden).await;
        assert_eq!(listed["Identities"].as_array().unwrap().len(), 1);
        assert_eq!(listed["Identities"][0]["IdentityId"], json!(guest));
        let all = admin(server).ok("ListIdentities", json!({ "IdentityPoolId": pool, "MaxResults": 60 })).await;
        assert_eq!(all["Identities"].as_array().unwrap().len(), 2);
        let forbidden = not_authorized(&format!("Access to Identity '{other}' is forbidden."));
        assert_eq!(public(server).refused("GetOpenIdToken", json!({ "IdentityId": other })).await, forbidden);
        // Whoever has the login comes from there to the one that has it.
        assert_eq!(proven(server, &other, &ann).await, guest);
        // And a login that nobody has is not brought back to it.
        let bob = two.logins(server, "bob").await;
        assert_eq!(public(server).refused("GetOpenIdToken", json!({ "IdentityId": other, "Logins": bob })).await, forbidden);
    }

    async fn several_logins_become_one_identity(server) {
        let (one, two, pool) = of_two(server).await;
        let (ann, annie) = (one.logins(server, "ann").await, two.logins(server, "annie").await);
        let identity = id(server, &pool, &ann).await;
        let logins = both(&ann, &annie);
        assert_eq!(id(server, &pool, &logins).await, identity);
        assert_eq!(id(server, &pool, &annie).await, identity);
        let mut providers = vec![one.provider.clone(), two.provider.clone()];
        providers.sort();
        assert_eq!(logins_of(server, &identity).await, json!(providers));
        // Another login of the same provider is too much.
        let bob = two.logins(server, "bob").await;
        let conflict = refused(server, &pool, &both(&ann, &bob)).await;
        assert_eq!(conflict.0, "ResourceConflictException");
    }

    async fn identities_with_a_login_each_are_merged(server) {
        let (one, two, pool) = of_two(server).await;
        let (ann, annie) = (one.logins(server, "ann").await, two.logins(server, "annie").await);
        let first = id(server, &pool, &ann).await;
        server.clock().advance_seconds(1);
        let second = id(server, &pool, &annie).await;
        // Without a login of its own nobody gets near it.
        let mismatch = not_authorized(
            "Logins don't match. Please include at least one valid login for this identity or identity pool.",
        );
        let ask = json!({ "IdentityId": second, "Logins": ann });
        assert_eq!(public(server).refused("GetOpenIdToken", ask).await, mismatch);
        assert_eq!(proven(server, &second, &both(&ann, &annie)).await, second);
        assert_eq!(id(server, &pool, &ann).await, second);
        assert_eq!(logins_of(server, &first).await, json!([]));
        assert_eq!(proven(server, &first, &ann).await, second);
    }

    async fn a_login_that_was_taken_away_is_a_new_identity(server) {
        let (one, two, pool) = of_two(server).await;
        let (ann, annie) = (one.logins(server, "ann").await, two.logins(server, "annie").await);
        let identity = id(server, &pool, &both(&ann, &annie)).await;
        let bob = one.logins(server, "bob").await;
        let unlink = |logins: &Value, name: &str| {
            json!({ "IdentityId": identity, "Logins": logins, "LoginsToRemove": [name] })
        };
        let stranger = public(server).refused("UnlinkIdentity", unlink(&bob, &two.provider)).await;
        assert_eq!(stranger.0, "NotAuthorizedException");
        let nobody = public(server).refused("UnlinkIdentity", unlink(&json!({}), &two.provider)).await;
        assert_eq!(nobody, not_authorized(&format!("Access to Identity '{identity}' is forbidden.")));
        let missing = public(server).refused("UnlinkIdentity", unlink(&ann, "www.amazon.com")).await;
        assert_eq!(missing.0, "ResourceNotFoundException");
        assert_eq!(public(server).ok("UnlinkIdentity", unlink(&ann, &two.provider)).await, Value::Null);
        assert_eq!(logins_of(server, &identity).await, json!([one.provider]));
        assert_ne!(id(server, &pool, &annie).await, identity);
        // By its own issuer as well. Without any login the identity is out of reach.
        let issuer = format!("127.0.0.1:7665/{}", one.pool);
        public(server).ok("UnlinkIdentity", unlink(&ann, &issuer)).await;
        assert_ne!(id(server, &pool, &ann).await, identity);
        let gone = public(server).refused("GetOpenIdToken", json!({ "IdentityId": identity })).await;
        assert_eq!(gone, not_authorized(&format!("Access to Identity '{identity}' is forbidden.")));
        let ask = json!({ "IdentityId": identity, "Logins": bob });
        assert!(public(server).refused("GetOpenIdToken", ask).await.1.starts_with("Logins don't match."));
    }

    async fn administrators_list_and_delete_identities(server) {
        let (one, _, pool) = of_two(server).await;
        let mut all = vec![id(server, &pool, &one.logins(server, "ann").await).await];
        for _ in 0..4 {
            all.push(id(server, &pool, &json!({})).await);
        }
        all.sort();
        let (mut found, mut token) = (Vec::new(), Value::Null);
        loop {
            let mut input = json!({ "IdentityPoolId": pool, "MaxResults": 2 });
            if token.is_string() {
                input["NextToken"] = token.clone();
            }
            let page = admin(server).ok("ListIdentities", input).await;
            found.extend(page["Identities"].as_array().unwrap().iter().map(|one| text(&one["IdentityId"])));
            if page["NextToken"].is_null() {
                break;
            }
            token = page["NextToken"].clone();
        }
        assert_eq!(found, all);
        let other = json!({ "IdentityPoolId": pool, "MaxResults": 2, "NextToken": token, "HideDisabled": true });
        assert_eq!(admin(server).refused("ListIdentities", other).await.0, "InvalidParameterException");
        let unknown = "us-east-1:00000000-0000-4000-8000-000000000000";
        let delete = json!({ "IdentityIdsToDelete": [all[0], all[1], unknown] });
        assert_eq!(admin(server).ok("DeleteIdentities", delete).await, json!({ "UnprocessedIdentityIds": [] }));
        let gone = refusal("ResourceNotFoundException", &format!("Identity '{}' not found.", all[0]));
        let named = json!({ "IdentityId": all[0] });
        assert_eq!(admin(server).refused("DescribeIdentity", named.clone()).await, gone);
        for operation in ["GetCredentialsForIdentity", "GetOpenIdToken"] {
            assert_eq!(public(server).refused(operation, named.clone()).await, gone);
        }
        admin(server).ok("DeleteIdentityPool", json!({ "IdentityPoolId": pool })).await;
        let missing = admin(server).refused("DescribeIdentity", json!({ "IdentityId": all[2] })).await;
        assert_eq!(missing.0, "ResourceNotFoundException");
    }
}
