//! Logins by OpenID Connect providers of the account (identity-pools-and-iam §3–§7).

use poolhouse_ports::FetchError;
use poolhouse_testkit::idp::{Idp, Signer};
use poolhouse_testkit::{START, TestServer, decode_jwt, on_both, refusal};
use poolhouse_wire::iam;
use serde_json::{Value, json};

use super::{ACCOUNT, Session, Users, admin, allow, id, identity_pool, public, role, set_roles};

/// The provider of these tests, as logins call it.
const NAME: &str = "id.example.com/a";

pub(super) fn not_authorized(text: &str) -> (String, String) {
    refusal("NotAuthorizedException", text)
}

pub(super) async fn refused(server: &TestServer, pool: &str, logins: &Value) -> (String, String) {
    public(server).refused("GetId", json!({ "IdentityPoolId": pool, "Logins": logins })).await
}

fn arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:oidc-provider/{name}")
}

/// Registers a provider whose clients are `app` and `other`.
async fn register(server: &TestServer, name: &str) {
    let url = format!("https://{name}");
    let input = [("Url", &*url), ("ClientIDList.member.1", "app"), ("ClientIDList.member.2", "other")];
    server.admin().of(&iam::SERVICE).query("CreateOpenIDConnectProvider", &input).await.unwrap();
}

/// A provider that publishes no more than it must, registered, and an identity pool of its users.
async fn with_provider(server: &TestServer, settings: Value) -> String {
    let issuer = format!("https://{NAME}");
    Idp::start(server, &issuer, |document| {
        *document = json!({ "issuer": issuer, "jwks_uri": format!("{issuer}/keys") });
    });
    register(server, NAME).await;
    let mut all = json!({ "OpenIdConnectProviderARNs": [arn(NAME)] });
    all.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    identity_pool(server, all).await
}

/// The claims of a good token, with some changed; null takes one away.
fn claims(sub: &str, change: &Value) -> Value {
    let mut claims = json!({
        "iss": format!("https://{NAME}"), "aud": "app", "sub": sub,
        "iat": START.seconds(), "exp": START.seconds() + 60,
    });
    for (name, value) in change.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

fn header() -> Value {
    json!({ "alg": "RS256", "kid": "one" })
}

/// A good token.
fn token(sub: &str, change: &Value) -> String {
    Idp::sign(&header(), &claims(sub, change), &Signer::Own)
}

fn logins(token: &str) -> Value {
    json!({ NAME: token })
}

on_both! {
    async fn a_user_has_one_identity_a_role_and_credentials(server) {
        let pool = with_provider(server, json!({ "AllowClassicFlow": true })).await;
        let ann = logins(&token("ann", &json!({})));
        let identity = id(server, &pool, &ann).await;
        assert_eq!(id(server, &pool, &logins(&token("ann", &json!({ "aud": ["other"] })))).await, identity);
        assert_ne!(id(server, &pool, &logins(&token("bob", &json!({})))).await, identity);
        let described = admin(server).ok("DescribeIdentity", json!({ "IdentityId": identity })).await;
        assert_eq!(described["Logins"], json!([NAME]));
        let role = role(server, "member", &pool, "authenticated", &allow("cognito-idp:List*")).await;
        set_roles(server, &pool, json!({ "authenticated": role }), json!({})).await;
        let session = Session::get(server, &identity, &ann).await;
        session.caller(server).ok("ListUserPools", json!({ "MaxResults": 1 })).await;
        // Observed.
        let input = json!({ "IdentityId": identity, "Logins": ann });
        let issued = public(server).ok("GetOpenIdToken", input).await["Token"].clone();
        let provider = arn(NAME);
        assert_eq!(decode_jwt(&issued).1["amr"], json!(["authenticated", provider, format!("{provider}:OIDC:ann")]));
        let nobody = public(server).refused("GetCredentialsForIdentity", json!({ "IdentityId": identity })).await;
        assert_eq!(nobody, not_authorized(&format!("Access to Identity '{identity}' is forbidden.")));
    }

    async fn claims_choose_the_role_and_tag_the_session(server) {
        let pool = with_provider(server, json!({})).await;
        let tagged = json!({ "Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Action": "cognito-idp:ListUserPools", "Resource": "*",
            "Condition": { "StringEquals": { "aws:PrincipalTag/dept": "it" } },
        }}).to_string();
        let staff = role(server, "staff", &pool, "authenticated", &tagged).await;
        let mapping = json!({ arn(NAME): {
            "Type": "Rules", "AmbiguousRoleResolution": "Deny",
            "RulesConfiguration": { "Rules": [{ "Claim": "dept", "MatchType": "Equals", "Value": "it", "RoleARN": staff }] },
        }});
        set_roles(server, &pool, json!({}), mapping).await;
        let map = json!({ "IdentityPoolId": pool, "IdentityProviderName": arn(NAME), "PrincipalTags": { "dept": "dept" } });
        admin(server).ok("SetPrincipalTagAttributeMap", map).await;
        let ann = logins(&token("ann", &json!({ "dept": "it" })));
        let session = Session::get(server, &id(server, &pool, &ann).await, &ann).await;
        session.caller(server).ok("ListUserPools", json!({ "MaxResults": 1 })).await;
        let bob = logins(&token("bob", &json!({ "dept": "hr" })));
        let input = json!({ "IdentityId": id(server, &pool, &bob).await, "Logins": bob });
        let denied = public(server).refused("GetCredentialsForIdentity", input).await;
        let words = format!("The ambiguous role mapping rules for: {} denied this request.", arn(NAME));
        assert_eq!(denied, not_authorized(&words));
    }

    async fn logins_are_linked_merged_and_taken_away(server) {
        let users = Users::make(server).await;
        let settings = json!({ "AllowUnauthenticatedIdentities": true, "CognitoIdentityProviders": [users.configured()] });
        let pool = with_provider(server, settings).await;
        let (here, there) = (users.logins(server, "ann").await, logins(&token("ann", &json!({}))));
        let mut both = here.clone();
        both.as_object_mut().unwrap().extend(there.as_object().unwrap().clone());
        let older = id(server, &pool, &here).await;
        server.clock().advance_seconds(1);
        assert_ne!(id(server, &pool, &there).await, older);
        assert_eq!(id(server, &pool, &both).await, older);
        assert_eq!(id(server, &pool, &there).await, older);
        let described = admin(server).ok("DescribeIdentity", json!({ "IdentityId": older })).await;
        assert_eq!(described["Logins"], json!([NAME, users.provider]));
        // A provider whose name ends like that of another one is not that one.
        let unlink = |name: &str| json!({ "IdentityId": older, "Logins": here, "LoginsToRemove": [name] });
        let unknown = public(server).refused("UnlinkIdentity", unlink("id.example.org/a")).await;
        assert_eq!(unknown.0, "ResourceNotFoundException");
        public(server).ok("UnlinkIdentity", unlink(NAME)).await;
        assert_ne!(id(server, &pool, &there).await, older);
        assert_eq!(id(server, &pool, &here).await, older);
    }

    async fn tokens_that_prove_nothing_are_refused(server) {
        let pool = with_provider(server, json!({})).await;
        let key = Idp::jwk("one").to_string().into_bytes();
        let signed = |header: Value, signer: Signer| Idp::sign(&header, &claims("ann", &json!({})), &signer);
        let (unverified, no_token) = ("Couldn't verify signed token.", "Not a valid OpenId Connect identity token.");
        let now = START.seconds();
        for (token, why) in [
            ("x".to_owned(), no_token),
            (signed(json!({ "alg": "none" }), Signer::Nobody), unverified),
            (signed(json!({ "alg": "NonE", "kid": "one" }), Signer::Nobody), unverified),
            (signed(header(), Signer::Nobody), unverified),
            (signed(header(), Signer::Other), unverified),
            (signed(json!({ "alg": "HS256", "kid": "one" }), Signer::Secret(key)), unverified),
            (signed(json!({ "alg": "RS256", "kid": "two" }), Signer::Own), unverified),
            (signed(json!({ "alg": "RS256" }), Signer::Own), unverified),
            (signed(json!({ "alg": "PS512", "kid": "one" }), Signer::Own), unverified),
            (signed(json!({ "alg": "RS256", "kid": "one", "crit": ["exp"] }), Signer::Own), unverified),
            (token("ann", &json!({ "iss": "https://evil.example" })), "Issuer doesn't match providerName"),
            (token("ann", &json!({ "iss": format!("http://{NAME}") })), "Issuer doesn't match providerName"),
            (token("ann", &json!({ "iss": format!("https://{NAME}/") })), "Issuer doesn't match providerName"),
            (token("ann", &json!({ "iss": null })), "Missing a required claim: iss"),
            (token("ann", &json!({ "aud": null })), "Missing a required claim: aud"),
            (token("ann", &json!({ "sub": "" })), "Missing a required claim: sub"),
            (token("ann", &json!({ "exp": now - 300 })), &format!("Token expired: {now} >= {}", now - 300)),
            (token("ann", &json!({ "nbf": now + 301 })), &format!("Token not yet valid: {now} < {}", now + 301)),
            (token("ann", &json!({ "iat": now + 301 })), &format!("Token issued in the future: {}", now + 301)),
            (token("ann", &json!({ "exp": "never" })), "Invalid timestamp in token claims."),
            // Access tokens and orders to sign out, which the same keys sign.
            (signed(json!({ "alg": "RS256", "kid": "one", "typ": "at+jwt" }), Signer::Own), "Missing a required claim: aud"),
            (token("ann", &json!({ "aud": "else", "azp": "app", "typ": "Bearer" })), "Missing a required claim: aud"),
            (token("ann", &json!({ "events": {} })), "Missing a required claim: aud"),
        ] {
            let expected = not_authorized(&format!("Invalid login token. {why}"));
            assert_eq!(refused(server, &pool, &logins(&token)).await, expected, "{token}");
        }
        let unsupported = not_authorized("Token is not from a supported provider of this identity pool.");
        for change in [json!({ "aud": "else" }), json!({ "azp": "else" }), json!({ "aud": ["app", "other"] })] {
            assert_eq!(refused(server, &pool, &logins(&token("ann", &change))).await, unsupported, "{change}");
        }
        assert_eq!(refused(server, &pool, &json!({ "id.example.com": token("ann", &json!({})) })).await.0, "InvalidParameterException");
        // One that is bad spoils all, and none has made an identity.
        let none = admin(server).ok("ListIdentities", json!({ "IdentityPoolId": pool, "MaxResults": 1 })).await;
        assert_eq!(none["Identities"], json!([]));
        // Five minutes of grace.
        id(server, &pool, &logins(&token("ann", &json!({ "exp": now - 299, "nbf": now + 300, "iat": now + 300 })))).await;
    }

    // OpenID Connect Discovery §4.3: the document names its issuer to the letter
    async fn a_document_is_of_one_spelling_of_an_issuer(server) {
        let other = format!("{NAME}/");
        let pool = with_provider(server, json!({ "OpenIdConnectProviderARNs": [arn(NAME), arn(&other)] })).await;
        register(server, &other).await;
        id(server, &pool, &logins(&token("ann", &json!({})))).await;
        let issuer = format!("https://{other}");
        let ann = json!({ other: token("ann", &json!({ "iss": issuer })) });
        assert_eq!(refused(server, &pool, &ann).await.0, "ExternalServiceException");
    }

    async fn who_is_no_provider_of_the_account_vouches_for_nobody(server) {
        let foreign = "arn:aws:iam::123456789012:oidc-provider/id.example.org";
        let pool = with_provider(server, json!({ "OpenIdConnectProviderARNs": [arn(NAME), foreign] })).await;
        let unsupported = not_authorized("Token is not from a supported provider of this identity pool.");
        assert_eq!(refused(server, &pool, &json!({ "id.example.org": "t" })).await, unsupported);
        let ann = logins(&token("ann", &json!({})));
        id(server, &pool, &ann).await;
        let account = server.admin().of(&iam::SERVICE);
        let arn = arn(NAME);
        let named = [("OpenIDConnectProviderArn", arn.as_str()), ("ClientID", "app")];
        account.query("RemoveClientIDFromOpenIDConnectProvider", &named).await.unwrap();
        assert_eq!(refused(server, &pool, &ann).await, unsupported);
        account.query("DeleteOpenIDConnectProvider", &named[..1]).await.unwrap();
        assert_eq!(refused(server, &pool, &ann).await, unsupported);
        // One that the account has, but not the pool.
        register(server, "id.example.net").await;
        let (code, _) = refused(server, &pool, &json!({ "id.example.net": "t" })).await;
        assert_eq!(code, "InvalidParameterException");
    }

    async fn a_flood_of_tokens_is_no_flood_for_the_provider(server) {
        let pool = with_provider(server, json!({})).await;
        server.take_fetches();
        for _ in 0..3 {
            id(server, &pool, &logins(&token("ann", &json!({})))).await;
        }
        assert_eq!(server.take_fetches().len(), 2, "the document and the keys, once");
        let unknown = Idp::sign(&json!({ "alg": "RS256", "kid": "two" }), &claims("ann", &json!({})), &Signer::Own);
        for _ in 0..20 {
            refused(server, &pool, &logins(&unknown)).await;
            refused(server, &pool, &logins(&token("ann", &json!({ "iss": "https://evil.example" })))).await;
        }
        assert!(server.take_fetches().is_empty());
        // A key that the provider has since: one more look a minute.
        server.document(&format!("https://{NAME}/keys"), &json!({ "keys": [Idp::jwk("one"), Idp::jwk("two")] }));
        server.clock().advance_seconds(60);
        for _ in 0..3 {
            id(server, &pool, &logins(&unknown)).await;
        }
        assert_eq!(server.take_fetches().len(), 1);
    }

    async fn a_provider_that_says_nothing_good_is_not_believed(server) {
        let pool = with_provider(server, json!({})).await;
        let ann = logins(&token("ann", &json!({})));
        let document = format!("https://{NAME}/.well-known/openid-configuration");
        let issuer = format!("https://{NAME}");
        for answer in [
            json!({ "issuer": "https://evil.example", "jwks_uri": format!("{issuer}/keys") }),
            json!({ "issuer": issuer, "jwks_uri": "http://id.example.com/keys" }),
            json!({ "issuer": issuer }),
            json!([]),
        ] {
            server.document(&document, &answer);
            assert_eq!(refused(server, &pool, &ann).await.0, "ExternalServiceException", "{answer}");
            // The failure is believed for a while.
            server.clock().advance_seconds(30);
        }
        server.stranger(&document, |_| Err(FetchError::Unknown("it is away".to_owned())));
        let (code, words) = refused(server, &pool, &ann).await;
        assert_eq!(code, "ExternalServiceException");
        assert!(!words.contains("away"), "what the network looks like is nobody's business: {words}");
        server.clock().advance_seconds(30);
        server.document(&document, &json!({ "issuer": issuer, "jwks_uri": format!("{issuer}/keys") }));
        assert!(id(server, &pool, &ann).await.starts_with("us-east-1:"));
    }
}
