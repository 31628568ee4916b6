//! Token exchange: docs/cognito/new-operations.md §4.

use poolhouse_core::grants::exchange::{self, Exchange};
use poolhouse_testkit::on_both;
use poolhouse_wire::Sensitive;
use serde_json::json;

use super::{App, claims, error};

fn urn(kind: &str) -> Option<String> {
    Some(format!("urn:ietf:params:oauth:token-type:{kind}"))
}

on_both! {
    async fn a_token_is_traded_for_a_narrower_one(server) {
        let app = App::new(server).await;
        let tokens = app.tokens(&app.asked()).await;
        let trader = App::in_pool(server, &app.pool, json!({
            "GenerateSecret": true,
            "ExplicitAuthFlows": ["ALLOW_TOKEN_EXCHANGE_IMPERSONATION"],
            "AllowedOAuthScopes": ["api/read", "api/write"],
        })).await;
        let asked = |token: &Sensitive| Exchange {
            subject_token: Some(token.clone()), subject_token_type: urn("access_token"), ..Exchange::default()
        };
        let trade = async |asked| {
            exchange::token(&trader.page(), &trader.pool, &trader.credentials(), asked).await
        };
        let subject = &tokens.access_token;
        let traded = trade(asked(subject)).await.unwrap();
        assert_eq!(Some(traded.issued_token_type), urn("access_token"));
        assert_eq!((&*traded.token_type, &*traded.scope), ("Bearer", "api/read"));
        let access = claims(&traded.access_token);
        assert_eq!((&access["client_id"], &access["username"]), (&json!(trader.client.as_str()), &json!("alice")));
        let id = trade(Exchange { requested_token_type: urn("id_token"), ..asked(subject) }).await.unwrap();
        assert_eq!((Some(id.issued_token_type), &*id.token_type), (urn("id_token"), "N_A"));
        let targeted = trade(Exchange { resource: Some("api".to_owned()), ..asked(subject) }).await.unwrap();
        assert_eq!(claims(&targeted.access_token)["aud"], "api");

        let refused = [
            (Exchange { subject_token: None, ..asked(subject) }, "invalid_request"),
            (Exchange { subject_token_type: None, ..asked(subject) }, "invalid_request"),
            (Exchange { subject_token_type: Some("access_token".to_owned()), ..asked(subject) }, "invalid_request"),
            (Exchange { requested_token_type: urn("saml2"), ..asked(subject) }, "invalid_request"),
            (Exchange { actor_token: Some(subject.clone()), ..asked(subject) }, "invalid_request"),
            (Exchange { subject_token_type: urn("saml2"), ..asked(subject) }, "invalid_request"),
            (Exchange { scope: Some("api/write".to_owned()), ..asked(subject) }, "invalid_scope"),
            (Exchange { audience: Some(app.client.to_string()), ..asked(subject) }, "invalid_target"),
            (Exchange { resource: Some("none".to_owned()), ..asked(subject) }, "invalid_target"),
            (asked(&"x.y.z".into()), "invalid_grant"),
            (
                Exchange {
                    actor_token: Some(subject.clone()), actor_token_type: urn("access_token"), ..asked(subject)
                },
                "unauthorized_client",
            ),
        ];
        for (asked, expected) in refused {
            let shown = format!("{asked:?}");
            assert_eq!(error(trade(asked).await), expected, "{shown}");
        }
        let other = exchange::token(&app.page(), &app.pool, &app.credentials(), asked(subject)).await;
        assert_eq!(error(other), "unauthorized_client");
        server.clock().advance_seconds(3600);
        assert_eq!(error(trade(asked(subject)).await), "invalid_grant");
    }
}
