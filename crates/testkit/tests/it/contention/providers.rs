//! Identity providers, and links to their users.

use serde_json::{Value, json};

use super::alice::Alice;
use super::world::{CALLERS, World, each, same, with};

kinds! {
    CreateIdentityProvider => create,
    UpdateIdentityProvider => update,
    DeleteIdentityProvider => delete,
    AdminLinkProviderForUser => link,
    AdminDisableProviderForUser => unlink,
}

fn oidc(pool: &str) -> Value {
    json!({
        "UserPoolId": pool, "ProviderType": "OIDC",
        "ProviderDetails": {
            "client_id": "c", "client_secret": "oidc-secret", "authorize_scopes": "openid",
            "oidc_issuer": "https://idp.example.com", "attributes_request_method": "GET",
        },
    })
}

/// Alice, in a pool with a provider; as requests name it.
async fn provider(world: &World) -> (Alice<'_>, Value) {
    let alice = Alice::new(world).await;
    let one = with(&oidc(&alice.pool), json!({ "ProviderName": "Corporate" }));
    alice.server.admin().ok("CreateIdentityProvider", one).await;
    let named = json!({ "UserPoolId": alice.pool, "ProviderName": "Corporate" });
    (alice, named)
}

async fn create(world: &World) {
    let pool = world.server().pool(json!({})).await;
    world.storm(each(&oidc(&pool), "ProviderName", "Provider")).await.all();
    let one = with(&oidc(&pool), json!({ "ProviderName": "Corporate" }));
    world.storm(same(&one)).await.only(1, &["DuplicateProviderException"]);
    let pool = json!({ "UserPoolId": pool });
    assert_eq!(world.count("ListIdentityProviders", "Providers", pool.clone()).await, CALLERS + 1);
    assert_eq!(world.count("ListGroups", "Groups", pool).await, CALLERS + 1);
}

async fn update(world: &World) {
    let (alice, named) = provider(world).await;
    let parts = [
        json!({ "AttributeMapping": { "email": "mail" } }),
        json!({ "IdpIdentifiers": ["example.com"] }),
    ];
    world.storm((0..CALLERS).map(|n| with(&named, parts[n / 2 % 2].clone()))).await.all();
    let provider = alice.server.admin().ok("DescribeIdentityProvider", named).await["IdentityProvider"].clone();
    assert_eq!(provider["AttributeMapping"]["email"], "mail");
    assert_eq!(provider["IdpIdentifiers"], json!(["example.com"]));
}

async fn delete(world: &World) {
    let (_, named) = provider(world).await;
    world.storm(same(&named)).await.only(1, &["ResourceNotFoundException"]);
}

fn source(subject: &str) -> Value {
    json!({
        "ProviderName": "Corporate", "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": subject,
    })
}

fn to_alice(alice: &Alice<'_>, subject: &str) -> Value {
    json!({
        "UserPoolId": alice.pool, "SourceUser": source(subject),
        "DestinationUser": { "ProviderName": "Cognito", "ProviderAttributeValue": "alice" },
    })
}

async fn link(world: &World) {
    let (alice, _) = provider(world).await;
    let own = |n: usize| to_alice(&alice, &n.to_string());
    world.storm((0..CALLERS).map(own)).await.only(5, &["LimitExceededException"]);
    let shown = alice.shown().await;
    let mut attributes = shown["UserAttributes"].as_array().unwrap().iter();
    let identities = attributes.find(|a| a["Name"] == "identities").unwrap()["Value"].as_str().unwrap();
    assert_eq!(identities.matches("Corporate").count(), 5);
}

async fn unlink(world: &World) {
    let (alice, _) = provider(world).await;
    alice.server.admin().ok("AdminLinkProviderForUser", to_alice(&alice, "1")).await;
    let input = json!({ "UserPoolId": alice.pool, "User": source("1") });
    world.storm(same(&input)).await.only(1, &["UserNotFoundException"]);
}
