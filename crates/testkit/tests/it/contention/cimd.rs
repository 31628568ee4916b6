//! Policies about client metadata documents.

use serde_json::{Value, json};

use super::world::{World, same, with};

kinds! {
    CreateCIMDPolicy => create,
    UpdateCIMDPolicy => update,
    UpdateClientMetadataURLState => forget,
    DeleteCIMDPolicy => delete,
}

const URL: &str = "https://tool.example/client.json";

/// What makes a policy of a new pool, which has a domain of this name.
async fn wanted(world: &World, domain: &str) -> Value {
    let server = world.server();
    let pool = server.pool(json!({})).await;
    server.admin().ok("CreateUserPoolDomain", json!({ "UserPoolId": pool, "Domain": domain })).await;
    let client = json!({
        "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid"], "CallbackURLs": ["https://app.example.com/cb"],
        "SupportedIdentityProviders": ["COGNITO"],
    });
    let client = server.client(&pool, client).await;
    json!({
        "UserPoolId": pool, "ClientId": client, "PolicyName": "tools", "URLPatterns": ["https://tool.example/*"],
    })
}

/// A policy, as requests name it.
async fn policy(world: &World, wanted: &Value) -> Value {
    let made = world.server().admin().ok("CreateCIMDPolicy", wanted.clone()).await;
    json!({ "UserPoolId": wanted["UserPoolId"], "CIMDPolicyId": made["CIMDPolicy"]["CIMDPolicyId"] })
}

async fn create(world: &World) {
    let wanted = wanted(world, "cimd-create").await;
    world.storm(same(&wanted)).await.all();
    let pool = json!({ "UserPoolId": wanted["UserPoolId"] });
    let made = world.count("ListCIMDPolicies", "CIMDPolicies", pool).await;
    // Beyond a hundred there is no room, whichever came first.
    let second = world.storm(same(&wanted)).await;
    assert_eq!(second.0.iter().filter(|answer| answer.is_ok()).count(), 100 - made);
}

async fn update(world: &World) {
    let wanted = wanted(world, "cimd-update").await;
    let policy = policy(world, &wanted).await;
    let change = json!({ "ClientId": wanted["ClientId"], "URLPatterns": ["https://tool.example/new/*"] });
    world.storm(same(&with(&policy, change.clone()))).await.all();
    let shown = world.server().admin().ok("DescribeCIMDPolicy", policy).await;
    assert_eq!(shown["CIMDPolicy"]["URLPatterns"], change["URLPatterns"]);
}

async fn forget(world: &World) {
    let wanted = wanted(world, "cimd-forget").await;
    let policy = policy(world, &wanted).await;
    let server = world.server();
    server.document(URL, &json!({ "client_id": URL, "redirect_uris": ["https://tool.example/cb"] }));
    let path = format!("/_domains/cimd-forget/oauth2/authorize?response_type=code&client_id={URL}");
    assert_eq!(server.http("GET", &path, &[], b"").await.0, 302);
    let state = with(&policy, json!({ "URL": URL, "Action": "INVALIDATE" }));
    world.storm(same(&state)).await.only(1, &["CachedCIMDURLDoesNotExistException"]);
}

async fn delete(world: &World) {
    let wanted = wanted(world, "cimd-delete").await;
    let policy = policy(world, &wanted).await;
    world.storm(same(&policy)).await.only(1, &["ResourceNotFoundException"]);
}
