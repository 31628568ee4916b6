//! What a provider's words make of a user's attributes (federation §4).

use poolhouse_ports::Fetched;
use poolhouse_testkit::idp::Idp;
use poolhouse_testkit::on_both;
use serde_json::{Value, json};

use super::{ISSUER, Shop, attribute, good, invalid, told};

/// A shop whose provider maps these, in a pool with this schema.
async fn mapping<'a>(server: &'a poolhouse_testkit::TestServer, mapping: Value, schema: Value) -> Shop<'a> {
    let provider = json!({ "AttributeMapping": mapping });
    let pool = if schema == json!([]) { json!({}) } else { json!({ "Schema": schema }) };
    Shop::with(server, pool, provider, json!({})).await
}

on_both! {
    async fn values_are_texts(server) {
        let custom = |name: &str| json!({ "Name": name, "AttributeDataType": "String" });
        let schema = json!([custom("groups"), custom("token"), custom("flag")]);
        let map = json!({
            "custom:groups": "groups", "custom:token": "access_token", "custom:flag": "flag", "email": "email",
            "email_verified": "email_verified",
        });
        let shop = mapping(server, map, schema).await;
        let claims = json!({ "groups": ["a b", "c,d"], "flag": true, "email_verified": true });
        assert!(shop.sign_in(claims).await.parameter("code").is_some());
        let user = shop.user("Corp_1").await;
        assert_eq!(attribute(&user, "custom:groups").as_deref(), Some("[a+b, c%2Cd]"));
        assert!(attribute(&user, "custom:token").unwrap().starts_with("at-code-"));
        assert_eq!(attribute(&user, "custom:flag").as_deref(), Some("true"));
        assert_eq!(attribute(&user, "email_verified").as_deref(), Some("true"));
    }

    // documented: what is missing stays, what is blank goes; an address that is sent is unverified
    async fn a_later_sign_in_changes_what_is_said(server) {
        let shop = mapping(server, json!({ "name": "name", "email": "email", "nickname": "nick" }), json!([])).await;
        shop.sign_in(json!({ "nick": "a" })).await;
        let verified = json!({
            "UserPoolId": shop.pool, "Username": "Corp_1",
            "UserAttributes": [{ "Name": "email_verified", "Value": "true" }],
        });
        server.admin().ok("AdminUpdateUserAttributes", verified.clone()).await;
        shop.sign_in(json!({ "email": null, "nick": "", "name": null })).await;
        let user = shop.user("Corp_1").await;
        assert_eq!(attribute(&user, "name").as_deref(), Some("Ada"));
        assert_eq!(attribute(&user, "nickname"), None);
        assert_eq!(attribute(&user, "email_verified").as_deref(), Some("true"), "it was not sent");
        shop.sign_in(json!({})).await;
        let user = shop.user("Corp_1").await;
        assert_eq!(attribute(&user, "email_verified").as_deref(), Some("false"));
    }

    async fn what_is_required_must_be_said(server) {
        let schema = json!([{ "Name": "phone_number", "Required": true, "Mutable": true }]);
        let shop = mapping(server, json!({ "email": "email", "phone_number": "phone_number" }), schema).await;
        let answer = shop.sign_in(json!({})).await;
        assert_eq!(told(&answer), invalid("attributes required: [phone_number]"));
        assert!(shop.users().await.is_empty());
        let phone = json!({ "phone_number": "+12065550100" });
        assert!(shop.sign_in(phone).await.parameter("code").is_some());
        // It is there.
        assert!(shop.sign_in(json!({})).await.parameter("code").is_some());
        let answer = shop.sign_in(json!({ "phone_number": "" })).await;
        assert_eq!(told(&answer), invalid("attributes required: [phone_number]"));
    }

    // observed: the first sign-in works, the second does not
    async fn what_cannot_be_changed_cannot_be_sent_again(server) {
        let schema = json!([{ "Name": "email", "Mutable": false }]);
        let shop = mapping(server, json!({ "email": "email" }), schema).await;
        assert!(shop.sign_in(json!({})).await.parameter("code").is_some());
        let answer = shop.sign_in(json!({})).await;
        assert_eq!(told(&answer), invalid("Invalid user attributes: email: Attribute cannot be updated.\n"));
    }

    async fn values_that_do_not_fit(server) {
        let map = json!({ "name": "name", "email": "email", "birthdate": "birthdate", "custom:x": "x" });
        let shop = mapping(server, map, json!([])).await;
        let answer = shop.sign_in(json!({})).await;
        assert!(told(&answer).1.contains("Type for attribute {custom:x} could not be determined"));
        let map = json!({ "name": "name", "email": "email", "birthdate": "birthdate" });
        let update = json!({ "UserPoolId": shop.pool, "ProviderName": "Corp", "AttributeMapping": map });
        server.admin().ok("UpdateIdentityProvider", update).await;
        for (claims, text) in [
            (json!({ "name": "x".repeat(2049) }), "name: String must be no longer than 2048 characters"),
            (json!({ "birthdate": "1815" }), "birthdate: String must be no shorter than 10 characters"),
            (json!({ "email": "nobody" }), "Invalid email address format."),
        ] {
            let answer = shop.sign_in(claims).await;
            assert!(told(&answer).1.starts_with(&format!("Invalid user attributes: {text}")), "{:?}", told(&answer));
        }
        assert!(shop.users().await.is_empty());
    }

    // open: what the client may not write is passed over
    async fn a_client_writes_what_it_may(server) {
        let client = json!({ "WriteAttributes": ["name"] });
        let shop = Shop::with(server, json!({}), json!({}), client).await;
        assert!(shop.sign_in(json!({})).await.parameter("code").is_some());
        let user = shop.user("Corp_1").await;
        assert_eq!(attribute(&user, "name").as_deref(), Some("Ada"));
        assert_eq!(attribute(&user, "email"), None);
    }

    // documented: the ID token's win
    async fn claims_of_both_are_merged(server) {
        let shop = mapping(server, json!({ "name": "name", "nickname": "nick" }), json!([])).await;
        let mut browser = shop.browser();
        let waiting = shop.go(&mut browser, &[]).await;
        let mut answer = poolhouse_testkit::idp::Answer::of(good(&waiting.nonce, json!({})));
        answer.user_info = Some(json!({ "sub": "1", "name": "Somebody", "nick": "N" }));
        shop.come_back(&mut browser, &waiting, answer).await;
        let user = shop.user("Corp_1").await;
        assert_eq!(attribute(&user, "name").as_deref(), Some("Ada"));
        assert_eq!(attribute(&user, "nickname").as_deref(), Some("N"));
    }

    // federation §3, documented
    async fn the_provider_is_asked_by_the_method_that_it_wants(server) {
        let shop = mapping(server, json!({ "nickname": "method" }), json!([])).await;
        let url = format!("{ISSUER}/me");
        server.stranger(&url, |request| {
            let method = if request.form.is_some() { "POST" } else { "GET" };
            let told = json!({ "sub": "1", "method": method }).to_string().into_bytes();
            Ok(Fetched { status: 200, headers: Vec::new(), body: told })
        });
        for method in ["POST", "GET"] {
            let details = json!({
                "client_id": "c", "client_secret": Idp::SECRET, "authorize_scopes": "openid email", "oidc_issuer": ISSUER,
                "attributes_request_method": method,
            });
            let update = json!({ "UserPoolId": shop.pool, "ProviderName": "Corp", "ProviderDetails": details });
            server.admin().ok("UpdateIdentityProvider", update).await;
            assert!(shop.sign_in(json!({})).await.parameter("code").is_some());
            assert_eq!(attribute(&shop.user("Corp_1").await, "nickname").as_deref(), Some(method));
        }
    }
}
