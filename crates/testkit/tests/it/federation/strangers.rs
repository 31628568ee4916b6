//! What strangers send to the address for answers of SAML providers: it costs little, and fills no log.

use poolhouse_ports::FetchError;
use poolhouse_testkit::browser::encode;
use poolhouse_testkit::on_both;
use serde_json::json;

use super::attacks::Log;
use super::saml::{IDPS, METADATA, SIGN_IN, SIGN_OUT, post, shop, signed_in, xml_answer};
use super::{CALLBACK, Shop};

/// What a provider sends that begins a sign-in, and whoever else likes to.
fn relay_state(shop: &Shop<'_>) -> String {
    encode([
        ("identity_provider", "Adfs"),
        ("client_id", &*shop.client),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid"),
    ])
}

/// How often the log has said something since it was looked at last: at WARN, INFO and DEBUG.
fn levels(log: &Log, text: &str) -> (usize, usize, usize) {
    let log = log.take();
    let at = |level: &str| log.lines().filter(|line| line.contains(level) && line.contains(text)).count();
    (at(" WARN "), at(" INFO "), at("DEBUG "))
}

on_both! {
    async fn what_is_no_message_costs_no_metadata(server) {
        let document = IDPS[0].metadata(SIGN_IN, SIGN_OUT);
        server.stranger(METADATA, move |_| Ok(xml_answer(&document)));
        let details = json!({ "MetadataFile": null, "MetadataURL": METADATA, "IDPInit": "true" });
        let shop = shop(server, details).await;
        server.stranger(METADATA, |_| Err(FetchError::Unreachable("refused".to_owned())));
        server.clock().advance_seconds(7 * 60 * 60);
        server.take_fetches();
        let refused = async |xml: &str| {
            let answer = post(&mut shop.browser(), "/saml2/idpresponse", xml, &relay_state(&shop)).await;
            answer.parameter("error_description").unwrap()
        };
        let invalid = "Invalid SAML response received: SAML response is invalid. ";
        assert_eq!(refused("<!DOCTYPE x><x/>").await, invalid);
        assert_eq!(server.take_fetches().len(), 0);
        assert_eq!(refused("<x/>").await, invalid);
        assert_eq!(server.take_fetches().len(), 1, "it may be one");
    }

    async fn failures_are_told_once_a_minute(server) {
        let shop = shop(server, json!({ "IDPInit": "true" })).await;
        let (log, _guard) = Log::start();
        let told = async || {
            for _ in 0..3 {
                post(&mut shop.browser(), "/saml2/idpresponse", "<x/>", &relay_state(&shop)).await;
                // Of no sign-in at all.
                post(&mut shop.browser(), "/saml2/idpresponse", "<x/>", "x").await;
            }
            levels(&log, "identity provider")
        };
        assert_eq!(told().await, (0, 2, 4));
        server.clock().advance_seconds(59);
        assert_eq!(told().await, (0, 0, 6));
        server.clock().advance_seconds(1);
        assert_eq!(told().await, (0, 2, 4));
    }

    async fn who_is_not_signed_out_there_is_told_once_a_minute(server) {
        // The provider has no address for it.
        let document = IDPS[0].metadata(SIGN_IN, SIGN_OUT).replace("SingleLogout", "ArtifactResolution");
        let shop = shop(server, json!({ "IDPSignout": "true", "MetadataFile": document })).await;
        let browsers = [signed_in(&shop, "1").await, signed_in(&shop, "2").await, signed_in(&shop, "3").await];
        let (log, _guard) = Log::start();
        for mut browser in browsers {
            let pairs = [("client_id", &*shop.client), ("logout_uri", "https://app.example.com/bye")];
            let out = browser.get(&format!("/logout?{}", encode(pairs))).await;
            assert_eq!((out.location(), browser.cookie("cognito")), ("https://app.example.com/bye", None));
        }
        assert_eq!(levels(&log, "a user is not signed out at a SAML provider"), (0, 1, 2));
    }
}
