//! Several servers on one database: what one of them did holds on the others.

use poolhouse_ports::FetchError;
use poolhouse_saml::testing::Idp as SamlIdp;
use poolhouse_testkit::browser::encode;
use poolhouse_testkit::idp::{Answer, Idp};
use poolhouse_testkit::{Database, TestServer};
use serde_json::json;

use super::saml::{self, IDPS, METADATA, SIGN_IN, SIGN_OUT, go, xml_answer};
use super::{CALLBACK, ISSUER, Shop, attribute, good, told};
use crate::contention::second_node;
use crate::replicas::{add_replica, keyed, read_node};

async fn two_nodes() -> Option<(TestServer, TestServer)> {
    let database = Database::postgres().await?;
    let first = TestServer::start(database.clone()).await;
    let second = second_node(&first, database).await;
    Some((first, second))
}

/// The same pool, as the other node has it.
fn at<'a>(server: &'a TestServer, shop: &Shop<'_>) -> Shop<'a> {
    Shop { server, idp: shop.idp.clone(), pool: shop.pool.clone(), client: shop.client.clone() }
}

#[tokio::test]
async fn another_node_knows_a_changed_or_deleted_provider_at_once() {
    let Some((first, second)) = two_nodes().await else { return };
    let serve = |idp: &SamlIdp, sign_in: &str| {
        for server in [&first, &second] {
            let document = idp.metadata(sign_in, SIGN_OUT);
            server.stranger(METADATA, move |_| Ok(xml_answer(&document)));
        }
    };
    serve(&IDPS[0], SIGN_IN);
    let shop = saml::shop(&first, json!({ "MetadataFile": null, "MetadataURL": METADATA })).await;
    let there = at(&second, &shop);
    go(&there, &mut there.browser()).await;
    // The second node has metadata that are good for hours; the provider changes, and an administrator tells the first one.
    let moved = "https://saml.example/moved";
    serve(&IDPS[0], moved);
    let details = json!({ "MetadataURL": METADATA });
    let change = json!({ "UserPoolId": shop.pool, "ProviderName": "Adfs", "ProviderDetails": details });
    first.clock().advance_millis(1);
    first.admin().ok("UpdateIdentityProvider", change).await;
    let to = there.browser().get(&there.url(&[("identity_provider", "Adfs")])).await;
    assert!(to.location().starts_with(&format!("{moved}?")), "{}", to.location());
    // While the address does not answer, the metadata of before are good, after a change too.
    for server in [&first, &second] {
        server.stranger(METADATA, |_| Err(FetchError::Unreachable("refused".to_owned())));
    }
    let mapping =
        json!({ "UserPoolId": shop.pool, "ProviderName": "Adfs", "AttributeMapping": { "email": "mail" } });
    first.clock().advance_millis(1);
    first.admin().ok("UpdateIdentityProvider", mapping).await;
    let to = there.browser().get(&there.url(&[("identity_provider", "Adfs")])).await;
    assert!(to.location().starts_with(&format!("{moved}?")), "{}", to.location());
    // One of OpenID Connect.
    let mut details = shop.idp.details();
    details["client_id"] = json!("changed");
    let change = json!({ "UserPoolId": shop.pool, "ProviderName": "Corp", "ProviderDetails": details });
    first.admin().ok("UpdateIdentityProvider", change).await;
    let to = there.browser().get(&there.url(&[])).await;
    assert_eq!(to.parameter("client_id").as_deref(), Some("changed"));
    first
        .admin()
        .ok("DeleteIdentityProvider", json!({ "UserPoolId": shop.pool, "ProviderName": "Adfs" }))
        .await;
    first.clock().advance_millis(1000);
    let to = there.browser().get(&there.url(&[("identity_provider", "Adfs")])).await;
    assert!(!to.location().starts_with(moved), "{}", to.location());
    drop(second);
    first.finish().await;
}

#[tokio::test]
async fn a_read_node_lets_in_whom_it_need_not_change() {
    let Some(database) = Database::postgres().await else { return };
    let server = TestServer::start(database).await;
    let shop = Shop::with(&server, keyed(), json!({}), json!({})).await;
    add_replica(&server, &shop.pool).await;
    shop.tokens(&shop.sign_in(json!({})).await).await;
    let node = read_node(&server, server.database().url()).await;
    let there = Shop { idp: Idp::start(&node, ISSUER, |_| {}), ..at(&node, &shop) };
    there.tokens(&there.sign_in(json!({})).await).await;
    let (error, _) = told(&there.sign_in(json!({ "name": "Ada L." })).await);
    assert_ne!(error, "");
    assert_eq!(attribute(&shop.user("Corp_1").await, "name").as_deref(), Some("Ada"));
    drop(node);
    server.finish().await;
}

#[tokio::test]
async fn what_is_used_up_is_so_on_every_node() {
    let Some((first, second)) = two_nodes().await else { return };
    let shop = saml::shop(&first, json!({ "IDPInit": "true" })).await;
    let there = at(&second, &shop);
    let relay_state = encode([
        ("identity_provider", "Adfs"),
        ("client_id", &*shop.client),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid"),
    ]);
    let xml = saml::signed(&shop, &IDPS[0], "1", None);
    let done = saml::post(&mut shop.browser(), "/saml2/idpresponse", &xml, &relay_state).await;
    assert!(done.parameter("code").is_some(), "{}", done.location());
    let again = saml::post(&mut there.browser(), "/saml2/idpresponse", &xml, &relay_state).await;
    let text = "Invalid SAML response received: Assertion has been used before. ";
    assert_eq!(again.parameter("error_description").as_deref(), Some(text));
    // A state and its code, which the other node is brought by the same browser.
    let takes = json!({
        "UserPoolId": shop.pool, "ClientId": shop.client, "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["openid"], "CallbackURLs": [CALLBACK],
        "SupportedIdentityProviders": ["Corp"],
    });
    first.admin().ok("UpdateUserPoolClient", takes).await;
    first.clock().advance_millis(1000);
    let mut browser = shop.browser();
    let waiting = shop.go(&mut browser, &[]).await;
    let mut elsewhere = there.browser();
    elsewhere.set_cookie("csrf-state", browser.cookie("csrf-state"));
    let claims = json!({ "exp": first.now().seconds() + 300 });
    let done = shop.come_back(&mut browser, &waiting, Answer::of(good(&waiting.nonce, claims))).await;
    assert!(done.parameter("code").is_some(), "{}", done.location());
    second.take_fetches();
    let pairs = encode([("code", &*waiting.code()), ("state", &*waiting.state)]);
    let again = elsewhere.get(&format!("/oauth2/idpresponse?{pairs}")).await;
    assert!(again.location().contains("/error?"), "{}", again.location());
    let fetched = second.take_fetches();
    assert!(fetched.iter().all(|request| !request.url.starts_with(ISSUER)), "the code was shown again");
    drop(second);
    first.finish().await;
}

/// Who signs users out is not looked up for each request: anybody can post one.
#[tokio::test]
async fn another_node_knows_within_a_second_who_signs_users_out() {
    let Some((first, second)) = two_nodes().await else { return };
    let shop = saml::shop(&first, json!({})).await;
    let there = at(&second, &shop);
    let request = IDPS[0].signing("_o1").within(&saml::sign_out_request(&shop, "_o1", ""));
    let is_followed = async || {
        let answer = saml::ask_to_sign_out(&mut there.browser(), &request).await;
        answer.parameter("Signature").is_some()
    };
    assert!(!is_followed().await);
    let details = json!({ "MetadataFile": IDPS[0].metadata(SIGN_IN, SIGN_OUT), "IDPSignout": "true" });
    let change = json!({ "UserPoolId": shop.pool, "ProviderName": "Adfs", "ProviderDetails": details });
    first.admin().ok("UpdateIdentityProvider", change).await;
    assert!(!is_followed().await, "the providers are kept");
    first.clock().advance_millis(1000);
    assert!(is_followed().await);
    drop(second);
    first.finish().await;
}
