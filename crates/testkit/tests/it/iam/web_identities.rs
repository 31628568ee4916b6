//! Roles for users of OpenID Connect providers of the account (identity-pools-and-iam §8.1, §9.1).

use poolhouse_ports::FetchError;
use poolhouse_testkit::idp::{Idp, Signer};
use poolhouse_testkit::{ApiError, START, TestServer, on_both};
use poolhouse_wire::sts;
use serde_json::{Value, json};

use super::{ACCOUNT, Keys, allow, ok, text, told};

/// The provider of these tests.
const NAME: &str = "id.example.com";

fn arn() -> String {
    format!("arn:aws:iam::{ACCOUNT}:oidc-provider/{NAME}")
}

/// A provider, registered, and a role for those of its users whom the conditions let in.
async fn role(server: &TestServer, conditions: Value) -> String {
    Idp::start(server, &format!("https://{NAME}"), |_| {});
    let url = format!("https://{NAME}");
    ok(server, "CreateOpenIDConnectProvider", &[("Url", &*url), ("ClientIDList.member.1", "app")]).await;
    let trust = json!({ "Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": { "Federated": arn() },
        "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"], "Condition": conditions,
    }});
    ok(server, "CreateRole", &[("RoleName", "w"), ("AssumeRolePolicyDocument", &trust.to_string())]).await;
    let policy = allow("cognito-idp:List*");
    ok(server, "PutRolePolicy", &[("RoleName", "w"), ("PolicyName", "p"), ("PolicyDocument", &policy)]).await;
    format!("arn:aws:iam::{ACCOUNT}:role/w")
}

/// A token with some claims changed; null takes one away.
fn token(change: &Value) -> String {
    let mut claims = json!({
        "iss": format!("https://{NAME}"), "aud": "app", "sub": "repo:x",
        "iat": START.seconds(), "exp": START.seconds() + 60,
    });
    for (name, value) in change.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    Idp::sign(&json!({ "alg": "RS256", "kid": "one" }), &claims, &Signer::Own)
}

async fn assume(server: &TestServer, role: &str, token: &str) -> Result<String, ApiError> {
    let input = [("RoleArn", role), ("RoleSessionName", "work"), ("WebIdentityToken", token)];
    server.public().of(&sts::SERVICE).query("AssumeRoleWithWebIdentity", &input).await
}

fn invalid(words: &str) -> (u16, String, String) {
    (400, "InvalidIdentityToken".to_owned(), words.to_owned())
}

const UNKNOWN_KEY: &str = "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements";
const UNACCEPTED: &str = "The web identity token provided could not be validated. See the AssumeRoleWithWebIdentity documentation for requirements.";
const NO_TOKEN: &str =
    "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)";

on_both! {
    async fn a_user_of_a_provider_takes_a_role(server) {
        let conditions = json!({
            "StringEquals": {
                format!("{NAME}:aud"): "app", "aws:userid": arn(), "aws:PrincipalAccount": ACCOUNT,
                "aws:PrincipalType": "User",
            },
            "StringLike": { format!("{NAME}:sub"): "repo:*" },
            "ForAnyValue:StringEquals": { format!("{NAME}:amr"): "mfa" },
            "Null": { "aws:PrincipalArn": "true" },
        });
        let role = role(server, conditions).await;
        let begun = assume(server, &role, &token(&json!({ "amr": ["pwd", "mfa"] }))).await.unwrap();
        assert_eq!((text(&begun, "SubjectFromWebIdentityToken"), text(&begun, "Audience")), ("repo:x".to_owned(), "app".to_owned()));
        // Observed.
        assert_eq!(text(&begun, "Provider"), arn());
        let session = Keys::of(&begun);
        assert_eq!(session.arn(server).await, format!("arn:aws:sts::{ACCOUNT}:assumed-role/w/work"));
        session.caller(server).ok("ListUserPools", json!({ "MaxResults": 1 })).await;
        for change in [json!({ "sub": "else" }), json!({ "amr": ["pwd"] }), json!({})] {
            let refusal = told(assume(server, &role, &token(&change)).await);
            let words = "Not authorized to perform sts:AssumeRoleWithWebIdentity".to_owned();
            assert_eq!(refusal, (403, "AccessDenied".to_owned(), words), "{change}");
        }
    }

    async fn tokens_that_prove_nothing_are_refused_in_awss_words(server) {
        let role = role(server, json!({})).await;
        let now = START.seconds();
        let late = format!("Token not yet valid: current date/time {} must be after or equal to the not-before date/time {}", now + 300, now + 301);
        for (change, words) in [
            (json!({ "iss": "https://evil.example" }), "No OpenIDConnect provider found in your account for https://evil.example".to_owned()),
            (json!({ "iss": format!("http://{NAME}") }), format!("No OpenIDConnect provider found in your account for http://{NAME}")),
            (json!({ "iss": null }), "Missing a required claim: iss".to_owned()),
            (json!({ "sub": null }), "Missing a required claim: sub".to_owned()),
            (json!({ "aud": null }), "Missing a required claim: aud".to_owned()),
            (json!({ "iat": null }), "Missing a required claim: iat".to_owned()),
            (json!({ "exp": null }), "Missing a required claim: exp".to_owned()),
            (json!({ "aud": "else" }), UNACCEPTED.to_owned()),
            (json!({ "aud": ["app", "else"] }), UNACCEPTED.to_owned()),
            (json!({ "azp": "else" }), UNACCEPTED.to_owned()),
            (json!({ "iat": now + 301 }), format!("Token issued in the future: {}", now + 301)),
            (json!({ "nbf": now + 301 }), late),
            (json!({ "exp": 1_893_456_060.5 }), "Invalid timestamp in token claims.".to_owned()),
        ] {
            assert_eq!(told(assume(server, &role, &token(&change)).await), invalid(&words), "{change}");
        }
        let expired = told(assume(server, &role, &token(&json!({ "exp": now - 300 }))).await);
        let words = format!("Token expired: current date/time {} must be before the expiration date/time {}", now - 300, now - 300);
        assert_eq!(expired, (400, "ExpiredTokenException".to_owned(), words));
        let claims = json!({ "iss": format!("https://{NAME}"), "aud": "app", "sub": "s", "iat": now, "exp": now + 60 });
        let key = Idp::jwk("one").to_string().into_bytes();
        for (header, signer, words) in [
            (json!({ "alg": "none" }), Signer::Nobody, UNKNOWN_KEY),
            (json!({ "alg": "RS256", "kid": "two" }), Signer::Own, UNKNOWN_KEY),
            (json!({ "alg": "RS256" }), Signer::Own, UNKNOWN_KEY),
            (json!({ "alg": "RS256", "kid": "one" }), Signer::Other, UNKNOWN_KEY),
            (json!({ "alg": "HS256", "kid": "one" }), Signer::Secret(key), UNKNOWN_KEY),
            (json!({ "alg": "RS256", "kid": "one", "crit": ["exp"] }), Signer::Own, UNKNOWN_KEY),
        ] {
            let token = Idp::sign(&header, &claims, &signer);
            assert_eq!(told(assume(server, &role, &token).await), invalid(words), "{header}");
        }
        assert_eq!(told(assume(server, &role, "abcdefgh").await), invalid(NO_TOKEN));
        // The audience of several is the party that asked.
        let begun = assume(server, &role, &token(&json!({ "aud": ["else", "more"], "azp": "app" }))).await.unwrap();
        assert_eq!(text(&begun, "Audience"), "app");
        ok(server, "DeleteOpenIDConnectProvider", &[("OpenIDConnectProviderArn", &arn())]).await;
        let gone = format!("No OpenIDConnect provider found in your account for https://{NAME}");
        assert_eq!(told(assume(server, &role, &token(&json!({}))).await), invalid(&gone));
    }

    async fn a_provider_that_cannot_be_asked_lets_nobody_in(server) {
        let role = role(server, json!({})).await;
        server.stranger(&format!("https://{NAME}/keys"), |_| Err(FetchError::Unknown("it is away".to_owned())));
        let (status, code, words) = told(assume(server, &role, &token(&json!({}))).await);
        assert_eq!((status, code.as_str()), (400, "IDPCommunicationError"));
        assert!(!words.contains("away"), "{words}");
    }

    async fn a_provider_tags_its_sessions(server) {
        let tags = json!({ "StringEquals": { "aws:RequestTag/team": "blue" }, "ForAllValues:StringEquals": { "sts:TransitiveTagKeys": "team" } });
        let role = role(server, tags).await;
        let tagged = |tags: Value| token(&json!({ "https://aws.amazon.com/tags": tags }));
        let good = json!({ "principal_tags": { "team": ["blue"] }, "transitive_tag_keys": ["team"] });
        assume(server, &role, &tagged(good)).await.unwrap();
        let other = json!({ "principal_tags": { "team": ["red"] } });
        assert_eq!(told(assume(server, &role, &tagged(other)).await).1, "AccessDenied");
        for tags in [
            json!("team"),
            json!({ "principal_tags": { "team": "blue" } }),
            json!({ "principal_tags": { "team": [] } }),
            json!({ "principal_tags": { "team": ["blue", "red"] } }),
            json!({ "principal_tags": { "team": [1] } }),
            json!({ "principal_tags": { "": ["blue"] } }),
            json!({ "principal_tags": { "team": ["b".repeat(257)] } }),
        ] {
            let words = "principal_tags passed in claim is not in correct format.";
            assert_eq!(told(assume(server, &role, &tagged(tags.clone())).await), invalid(words), "{tags}");
        }
    }

    async fn who_is_called_as_identity_pools_are_speaks_for_none(server) {
        let name = "cognito-identity.amazonaws.com";
        let issuer = format!("https://{name}");
        Idp::start(server, &issuer, |_| {});
        ok(server, "CreateOpenIDConnectProvider", &[("Url", &*issuer), ("ClientIDList.member.1", "us-east-1:pool")]).await;
        let trust = json!({ "Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Principal": { "Federated": name }, "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": { "StringEquals": { format!("{name}:aud"): "us-east-1:pool" } },
        }});
        ok(server, "CreateRole", &[("RoleName", "w"), ("AssumeRolePolicyDocument", &trust.to_string())]).await;
        let token = token(&json!({ "iss": issuer, "aud": "us-east-1:pool" }));
        let words = format!("No OpenIDConnect provider found in your account for {issuer}");
        let role = format!("arn:aws:iam::{ACCOUNT}:role/w");
        assert_eq!(told(assume(server, &role, &token).await), invalid(&words));
    }

    // At AWS a user pool is a provider like others.
    async fn a_user_pool_that_is_registered_is_held_to_its_clients(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "ann", json!({})).await;
        let signed_in = server.sign_in(&client, "ann").await;
        let issuer = format!("cognito-idp.us-east-1.amazonaws.com/{pool}");
        let trust = json!({ "Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Principal": { "Federated": format!("arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}") },
            "Action": "sts:AssumeRoleWithWebIdentity",
        }});
        ok(server, "CreateRole", &[("RoleName", "w"), ("AssumeRolePolicyDocument", &trust.to_string())]).await;
        let role = format!("arn:aws:iam::{ACCOUNT}:role/w");
        let token = signed_in["IdToken"].as_str().unwrap();
        assume(server, &role, token).await.unwrap();
        let url = format!("https://{issuer}");
        let made = ok(server, "CreateOpenIDConnectProvider", &[("Url", &*url), ("ClientIDList.member.1", "else")]).await;
        assert_eq!(told(assume(server, &role, token).await), invalid(UNACCEPTED));
        let arn = text(&made, "OpenIDConnectProviderArn");
        let input = [("OpenIDConnectProviderArn", arn.as_str()), ("ClientID", client.as_str())];
        ok(server, "AddClientIDToOpenIDConnectProvider", &input).await;
        assume(server, &role, token).await.unwrap();
    }
}
