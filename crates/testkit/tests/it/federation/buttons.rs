//! The buttons of identity providers, as the operator's style has them, and a provider that cannot be asked
//! (oauth-and-managed-login §5.1, §10.2).

use poolhouse_ports::FetchError;
use poolhouse_testkit::browser::Answer;
use poolhouse_testkit::{TestServer, on_both};
use serde_json::{Value, json};

use super::attacks::Log;
use super::saml::{IDPS, METADATA, xml_answer};
use super::{Shop, merge};

/// The sign-in page of a client of three providers, in this style.
async fn page(shop: &Shop<'_>, style: Value) -> Answer {
    let version = json!({ "UserPoolId": shop.pool, "Domain": "shop", "ManagedLoginVersion": 2 });
    shop.server.admin().ok("UpdateUserPoolDomain", version).await;
    let google = json!({
        "UserPoolId": shop.pool, "ProviderName": "Google", "ProviderType": "Google",
        "ProviderDetails": { "client_id": "c", "client_secret": "s", "authorize_scopes": "openid" },
    });
    shop.server.admin().ok("CreateIdentityProvider", google).await;
    takes(shop, json!(["Corp", "Google", "COGNITO"])).await;
    let mut all = json!({ "UserPoolId": shop.pool, "ClientId": shop.client });
    merge(&mut all, style);
    shop.server.admin().ok("CreateManagedLoginBranding", all).await;
    let mut browser = shop.browser();
    let to = browser.get(&shop.url(&[("identity_provider", "")])).await;
    browser.get(to.location()).await
}

async fn takes(shop: &Shop<'_>, providers: Value) {
    let update = json!({
        "UserPoolId": shop.pool, "ClientId": shop.client, "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["openid"], "CallbackURLs": [super::CALLBACK],
        "SupportedIdentityProviders": providers,
    });
    shop.server.admin().ok("UpdateUserPoolClient", update).await;
}

/// What stands between a button's beginning and its end.
fn button<'p>(page: &'p Answer, provider: &str) -> &'p str {
    let (before, _) = page.html.split_once(&format!("with {provider}</span>")).unwrap();
    before.rsplit_once("<a ").unwrap().1
}

fn icon(name: &str, mode: &str) -> Value {
    json!({
        "Category": "IDP_BUTTON_ICON", "ColorMode": mode, "Extension": "SVG", "ResourceId": name,
        "Bytes": "PHN2Zy8+",
    })
}

on_both! {
    async fn marks_and_order_are_the_operators(server) {
        let shop = Shop::new(server).await;
        let order = json!({ "categories": { "auth": { "federation": { "order": ["Google", "Corp"] } } } });
        let assets = json!([icon("Google", "LIGHT"), icon("Google", "DARK"), icon("Other", "LIGHT")]);
        let page = page(&shop, json!({ "Settings": order, "Assets": assets })).await;
        let google = button(&page, "Google");
        let address = google.split_once("<img src=\"").unwrap().1.split('"').next().unwrap().to_owned();
        assert!(google.contains("prefers-color-scheme: dark"), "{google}");
        assert_eq!(shop.browser().get(&address).await.html, "<svg/>");
        // Who has no mark has a sign of ours.
        let corp = button(&page, "Corp");
        assert!(corp.contains("<svg class=\"sign\"") && !corp.contains("<img"), "{corp}");
        assert!(page.html.find("with Google") < page.html.find("with Corp"));
    }

    async fn no_mark_is_anybodys_but_theirs(server) {
        let shop = Shop::new(server).await;
        let page = page(&shop, json!({ "UseCognitoProvidedValues": true })).await;
        for mark in ["<img", "<svg"] {
            assert!(!button(&page, "Google").contains(mark), "{mark}");
        }
        assert!(page.html.find("with Corp") < page.html.find("with Google"), "as the client names them");
    }

    async fn buttons_are_plain_where_the_style_wants_it(server) {
        let shop = Shop::new(server).await;
        let plain = json!({ "componentClasses": { "idpButtons": { "icons": { "enabled": false } } } });
        let page = page(&shop, json!({ "Settings": plain, "Assets": [icon("Corp", "LIGHT")] })).await;
        for mark in ["<img", "<svg"] {
            assert!(!button(&page, "Corp").contains(mark), "{mark}");
        }
    }

    // Of the page AWS's text is observed (oauth-and-managed-login §4.5).
    async fn a_provider_that_cannot_be_asked_fails_alone(server) {
        let shop = Shop::new(server).await;
        with_providers_that_fail(&shop, server).await;
        let (log, _guard) = Log::start();
        for (provider, reason) in [
            ("Late", "it is not known where its authorize endpoint is"),
            ("Adfs", "its metadata are not usable: the metadata has expired"),
        ] {
            let mut browser = shop.browser();
            log.take();
            let to = browser.get(&shop.url(&[("identity_provider", provider)])).await;
            let page = browser.get(to.location()).await;
            assert_eq!(page.status, 401, "{provider}");
            assert!(page.html.contains("Login option is not available. Please try another one"), "{}", page.html);
            let log = log.take();
            assert!(log.contains("nobody can sign in at an identity provider") && log.contains(reason), "{log}");
        }
        assert!(shop.sign_in(json!({ "exp": server.now().seconds() + 300 })).await.parameter("code").is_some());
    }
}

/// One that was never reached, and one whose metadata have expired and cannot be fetched again.
async fn with_providers_that_fail(shop: &Shop<'_>, server: &TestServer) {
    let until = server.now().plus_seconds(3600).iso8601();
    let document = IDPS[0].metadata("https://saml.example/sso", "https://saml.example/slo");
    let document = document.replace(" entityID=", &format!(" validUntil=\"{until}\" entityID="));
    server.stranger(METADATA, move |_| Ok(xml_answer(&document)));
    for (name, kind, details) in [
        (
            "Late",
            "OIDC",
            json!({
                "client_id": "c", "authorize_scopes": "openid", "oidc_issuer": "https://late.example",
                "attributes_request_method": "GET",
            }),
        ),
        ("Adfs", "SAML", json!({ "MetadataURL": METADATA })),
    ] {
        let provider = json!({
            "UserPoolId": shop.pool, "ProviderName": name, "ProviderType": kind, "ProviderDetails": details,
        });
        server.admin().ok("CreateIdentityProvider", provider).await;
    }
    takes(shop, json!(["Corp", "Late", "Adfs", "COGNITO"])).await;
    server.stranger(METADATA, |_| Err(FetchError::Unreachable("refused".to_owned())));
    server.clock().advance_seconds(3600);
}
