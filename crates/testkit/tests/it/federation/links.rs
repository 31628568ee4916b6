//! Links that an administrator makes, before and after a sign-in (federation §8).

use poolhouse_testkit::on_both;
use serde_json::{Value, json};

use super::{Shop, attribute, invalid, told};

fn source(name: &str, value: &str) -> Value {
    json!({ "ProviderName": "Corp", "ProviderAttributeName": name, "ProviderAttributeValue": value })
}

async fn link(shop: &Shop<'_>, username: &str, source: Value) {
    let link = json!({
        "UserPoolId": shop.pool, "SourceUser": source,
        "DestinationUser": { "ProviderName": "Cognito", "ProviderAttributeValue": username },
    });
    shop.server.admin().ok("AdminLinkProviderForUser", link).await;
}

async fn end(shop: &Shop<'_>, source: Value) {
    let end = json!({ "UserPoolId": shop.pool, "User": source });
    shop.server.admin().ok("AdminDisableProviderForUser", end).await;
}

async fn identities(shop: &Shop<'_>, username: &str) -> Value {
    let text = attribute(&shop.user(username).await, "identities");
    text.map_or(Value::Null, |text| serde_json::from_str(&text).unwrap())
}

on_both! {
    async fn a_linked_user_signs_in_as_the_one_they_are_linked_to(server) {
        let shop = Shop::new(server).await;
        server.user(&shop.pool, "ada", json!({ "email": "old@example.com", "email_verified": "true" })).await;
        link(&shop, "ada", source("Cognito_Subject", "1")).await;
        assert!(shop.sign_in(json!({})).await.parameter("code").is_some());
        assert_eq!(shop.users().await, ["ada"]);
        let user = shop.user("ada").await;
        assert_eq!(attribute(&user, "email").as_deref(), Some("ada@example.com"));
        assert_eq!(attribute(&user, "email_verified").as_deref(), Some("false"), "observed");
        assert_eq!(user["UserStatus"], "CONFIRMED");
        assert!(shop.groups("ada").await.is_empty(), "documented");
        // The password lets in, too (model).
        server.sign_in(&shop.client, "ada").await;
        // Without the link they are a user of their own.
        end(&shop, source("Cognito_Subject", "1")).await;
        assert!(shop.sign_in(json!({})).await.parameter("code").is_some());
        assert_eq!(shop.users().await.len(), 2);
        assert_eq!(identities(&shop, "ada").await, Value::Null);
    }

    // new-operations §15.5: a provider takes its links along, or another one of its name would let its own users in.
    async fn links_end_with_their_provider(server) {
        let shop = Shop::new(server).await;
        server.user(&shop.pool, "ada", json!({})).await;
        link(&shop, "ada", source("Cognito_Subject", "1")).await;
        let named = json!({ "UserPoolId": shop.pool, "ProviderName": "Corp" });
        let provider = server.admin().ok("DescribeIdentityProvider", named.clone()).await["IdentityProvider"].clone();
        server.admin().ok("DeleteIdentityProvider", named).await;
        let again = json!({
            "UserPoolId": shop.pool, "ProviderName": "Corp", "ProviderType": provider["ProviderType"],
            "ProviderDetails": provider["ProviderDetails"],
        });
        server.admin().ok("CreateIdentityProvider", again).await;
        link(&shop, "ada", source("Cognito_Subject", "1")).await;
        assert_eq!(identities(&shop, "ada").await.as_array().unwrap().len(), 1);
    }

    // federation §8.1: until the first sign-in the entry has what it is linked by; §8.2: from then on the subject
    async fn a_user_is_linked_by_an_attribute(server) {
        let shop = Shop::new(server).await;
        server.user(&shop.pool, "ada", json!({})).await;
        link(&shop, "ada", source("email", "ada@example.com")).await;
        assert_eq!(identities(&shop, "ada").await[0]["userId"], "ada@example.com");
        assert!(shop.sign_in(json!({})).await.parameter("code").is_some());
        assert_eq!(shop.users().await, ["ada"]);
        assert_eq!(identities(&shop, "ada").await[0]["userId"], "1");
        // The address may change; somebody else who has it now is somebody else.
        assert!(shop.sign_in(json!({ "email": "new@example.com" })).await.parameter("code").is_some());
        assert!(shop.sign_in(json!({ "sub": "2" })).await.parameter("code").is_some());
        assert_eq!(shop.users().await.len(), 2);
        end(&shop, source("Cognito_Subject", "1")).await;
        assert_eq!(identities(&shop, "ada").await, Value::Null);
    }

    async fn who_has_signed_in_is_not_merged(server) {
        let shop = Shop::new(server).await;
        server.user(&shop.pool, "ada", json!({})).await;
        shop.sign_in(json!({})).await;
        let wanted = json!({
            "UserPoolId": shop.pool, "SourceUser": source("Cognito_Subject", "1"),
            "DestinationUser": { "ProviderName": "Cognito", "ProviderAttributeValue": "ada" },
        });
        let (code, text) = server.admin().refused("AdminLinkProviderForUser", wanted).await;
        assert_eq!(code, "InvalidParameterException");
        assert!(text.starts_with("Merging is not currently supported"), "{text}");
        // An administrator may delete the user, and link then.
        server.admin().ok("AdminDeleteUser", json!({ "UserPoolId": shop.pool, "Username": "Corp_1" })).await;
        link(&shop, "ada", source("Cognito_Subject", "1")).await;
        assert!(shop.sign_in(json!({})).await.parameter("code").is_some());
        assert_eq!(shop.users().await, ["ada"]);
    }

    // A federated user can be a destination, too.
    async fn a_provider_is_linked_to_a_providers_user(server) {
        let shop = Shop::new(server).await;
        shop.sign_in(json!({})).await;
        let link = json!({
            "UserPoolId": shop.pool, "SourceUser": source("Cognito_Subject", "2"),
            "DestinationUser": source("Cognito_Subject", "1"),
        });
        server.admin().ok("AdminLinkProviderForUser", link).await;
        assert!(shop.sign_in(json!({ "sub": "2" })).await.parameter("code").is_some());
        assert_eq!(shop.users().await, ["Corp_1"]);
        let identities = identities(&shop, "Corp_1").await;
        assert_eq!((&identities[0]["primary"], &identities[1]["primary"]), (&json!(true), &json!(false)));
    }

    async fn a_linked_user_who_may_not_sign_in_is_refused(server) {
        let shop = Shop::new(server).await;
        server.user(&shop.pool, "ada", json!({})).await;
        link(&shop, "ada", source("Cognito_Subject", "1")).await;
        server.admin().ok("AdminDisableUser", json!({ "UserPoolId": shop.pool, "Username": "ada" })).await;
        assert_eq!(told(&shop.sign_in(json!({})).await), invalid("User is not enabled"));
    }
}
