//! Domains of pools.

use serde_json::{Value, json};

use super::world::{CALLERS, World, each, same, with};

kinds! {
    CreateUserPoolDomain => create,
    UpdateUserPoolDomain => update,
    DeleteUserPoolDomain => delete,
}

async fn pool(world: &World) -> Value {
    json!({ "UserPoolId": world.server().pool(json!({})).await })
}

/// A domain of a new pool, as requests name it.
async fn domain(world: &World, name: &str) -> Value {
    let domain = with(&pool(world).await, json!({ "Domain": name }));
    world.server().admin().ok("CreateUserPoolDomain", domain.clone()).await;
    domain
}

async fn create(world: &World) {
    // One pool wants many names, then many pools one name.
    world.storm(each(&pool(world).await, "Domain", "shop")).await.only(1, &["InvalidParameterException"]);
    let mut inputs = Vec::new();
    for _ in 0..CALLERS / 4 {
        inputs.push(with(&pool(world).await, json!({ "Domain": "store" })));
    }
    world.storm(inputs).await.only(1, &["InvalidParameterException"]);
}

async fn update(world: &World) {
    let domain = domain(world, "newer").await;
    world.storm(same(&with(&domain, json!({ "ManagedLoginVersion": 2 })))).await.all();
    // Each node knows what another one did within a second.
    world.server().clock().advance_seconds(1);
    let shown = world.server().admin().ok("DescribeUserPoolDomain", domain).await;
    assert_eq!(shown["DomainDescription"]["ManagedLoginVersion"], 2);
}

async fn delete(world: &World) {
    let domain = domain(world, "gone").await;
    world.storm(same(&domain)).await.only(1, &["InvalidParameterException"]);
}
