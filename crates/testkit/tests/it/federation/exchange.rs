//! ID tokens of providers, traded for tokens of the pool (new-operations §4).

use poolhouse_saml::testing::form;
use poolhouse_testkit::idp::{Idp, Signer};
use poolhouse_testkit::{claims, on_both, refusal};
use serde_json::{Value, json};

use super::saml::{self, IDPS};
use super::{CALLBACK, Shop, good};

fn trade(shop: &Shop<'_>, token: &str) -> Value {
    json!({
        "ClientId": shop.client, "SubjectToken": token, "SubjectTokenType": "ID_TOKEN",
        "SubjectTokenProviderName": "Corp",
    })
}

fn token(change: Value, signer: &Signer) -> String {
    Idp::sign(&json!({ "alg": "RS256", "kid": "one" }), &good("n", change), signer)
}

/// The assertion of a SAML provider about Ada, as a token.
fn assertion(shop: &Shop<'_>, id: &str, request: Option<&str>) -> String {
    let (to, now) = (&saml::service(shop), shop.server.now());
    let said = poolhouse_saml::testing::Answer { to, now, id, request, name_id: "Ada", attributes: &[] };
    form(&IDPS[0].signing(&format!("_a{id}")).within(&IDPS[0].assertion(&said)))
}

on_both! {
    // new-operations §4: as federation §9 without InResponseTo
    async fn an_assertion_is_traded(server) {
        let shop = saml::shop(server, json!({})).await;
        let flows = json!({
            "UserPoolId": shop.pool, "ClientId": shop.client, "AllowedOAuthFlowsUserPoolClient": true,
            "AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["openid", "email"], "CallbackURLs": [CALLBACK],
            "SupportedIdentityProviders": ["Adfs"], "ExplicitAuthFlows": ["ALLOW_TOKEN_EXCHANGE_IMPERSONATION", "ALLOW_REFRESH_TOKEN_AUTH"],
        });
        server.admin().ok("UpdateUserPoolClient", flows).await;
        let trade = |kind: &str, token: String| json!({
            "ClientId": shop.client, "SubjectToken": token, "SubjectTokenType": kind,
            "SubjectTokenProviderName": "Adfs",
        });
        let refused = server.public().refused("GetDerivedToken", trade("SAML2", assertion(&shop, "1", None))).await;
        assert_eq!(refused.0, "UserNotFoundException", "nobody is made by it");
        let mut browser = shop.browser();
        let waiting = saml::go(&shop, &mut browser).await;
        let (to, now) = (&saml::service(&shop), server.now());
        let said = poolhouse_saml::testing::Answer {
            to, now, id: "2", request: Some(&waiting.id), name_id: "Ada", attributes: &[],
        };
        let done = saml::come_back(&mut browser, &IDPS[0].signed_response(&said), &waiting).await;
        assert!(done.parameter("code").is_some(), "{}", done.location());
        let derived = server.public().ok("GetDerivedToken", trade("SAML2", assertion(&shop, "3", None))).await;
        // No longer than the assertion is taken.
        assert_eq!(derived["ExpiresIn"], 360);
        let derived = claims(&derived["IssuedToken"]);
        assert_eq!((&derived["username"], &derived["client_id"]), (&json!("Adfs_Ada"), &json!(shop.client)));
        for (kind, token) in [("ID_TOKEN", assertion(&shop, "4", None)), ("ACCESS_TOKEN", "x".to_owned())] {
            let refused = server.public().refused("GetDerivedToken", trade(kind, token)).await;
            assert_eq!(refused.0, "InvalidParameterException", "{kind}");
        }
    }

    async fn a_providers_token_is_traded(server) {
        let client = json!({ "ExplicitAuthFlows": ["ALLOW_TOKEN_EXCHANGE_IMPERSONATION", "ALLOW_REFRESH_TOKEN_AUTH"] });
        let shop = Shop::with(server, json!({}), json!({}), client).await;
        let trusted = token(json!({ "acr": "x", "amr": ["x"], "origin_jti": "x", "act": {} }), &Signer::Own);
        let refused = server.public().refused("GetDerivedToken", trade(&shop, &trusted)).await;
        assert_eq!(refused.0, "UserNotFoundException", "nobody is made by it");
        shop.sign_in(json!({})).await;
        let derived = server.public().ok("GetDerivedToken", trade(&shop, &trusted)).await;
        let derived = claims(&derived["IssuedToken"]);
        assert_eq!((&derived["username"], &derived["client_id"]), (&json!("Corp_1"), &json!(shop.client)));
        for name in ["acr", "amr", "origin_jti", "act"] {
            assert_eq!(derived[name], Value::Null, "{name} is the provider's");
        }
        for (bad, reason) in [
            (token(json!({}), &Signer::Other), "its signature does not fit"),
            (token(json!({ "aud": "d" }), &Signer::Own), "another client (aud)"),
            (token(json!({ "exp": 1 }), &Signer::Own), "has expired"),
            ("x".to_owned(), "no signed token"),
            (
                Idp::sign(
                    &json!({ "alg": "HS256" }),
                    &good("n", json!({})),
                    &Signer::Secret(Idp::SECRET.as_bytes().to_vec()),
                ),
                "the client's secret",
            ),
        ] {
            let (code, text) = server.public().refused("GetDerivedToken", trade(&shop, &bad)).await;
            assert_eq!(code, "NotAuthorizedException", "{text}");
            assert!(text.contains(reason), "{text}");
        }
        let mut other = trade(&shop, &trusted);
        other["SubjectTokenProviderName"] = json!("Other");
        assert_eq!(server.public().refused("GetDerivedToken", other).await.0, "ResourceNotFoundException");
        // A client that takes nobody of the provider takes none of its tokens.
        let client = server.client(&shop.pool, json!({
            "ExplicitAuthFlows": ["ALLOW_TOKEN_EXCHANGE_IMPERSONATION", "ALLOW_REFRESH_TOKEN_AUTH"],
            "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["openid"],
            "CallbackURLs": [CALLBACK], "SupportedIdentityProviders": ["COGNITO"],
        })).await;
        let mut untaken = trade(&shop, &trusted);
        untaken["ClientId"] = json!(client);
        let refused = server.public().refused("GetDerivedToken", untaken).await;
        assert_eq!(refused, refusal("NotAuthorizedException", "Client is not enabled for identity provider Corp."));
        let mut access = trade(&shop, &trusted);
        access["SubjectTokenType"] = json!("ACCESS_TOKEN");
        assert_eq!(server.public().refused("GetDerivedToken", access).await.0, "InvalidParameterException");
    }
}
