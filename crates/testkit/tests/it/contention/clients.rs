//! App clients, their secrets, and resource servers.

use serde_json::{Value, json};

use super::world::{CALLERS, World, each, same, with};

kinds! {
    CreateUserPoolClient => create,
    UpdateUserPoolClient => update,
    DeleteUserPoolClient => delete,
    AddUserPoolClientSecret => add_secret,
    DeleteUserPoolClientSecret => delete_secret,
    CreateResourceServer => create_resource_server,
    UpdateResourceServer => update_resource_server,
    DeleteResourceServer => delete_resource_server,
}

async fn pool(world: &World) -> Value {
    json!({ "UserPoolId": world.server().pool(json!({})).await })
}

/// A confidential client of a new pool.
async fn client(world: &World) -> Value {
    let pool = pool(world).await;
    let id = pool["UserPoolId"].as_str().unwrap();
    let client = world.server().client(id, json!({ "GenerateSecret": true })).await;
    with(&pool, json!({ "ClientId": client }))
}

async fn create(world: &World) {
    let pool = pool(world).await;
    world.storm(each(&with(&pool, json!({ "GenerateSecret": true })), "ClientName", "c")).await.all();
    assert_eq!(world.count("ListUserPoolClients", "UserPoolClients", pool).await, CALLERS);
}

async fn update(world: &World) {
    let client = client(world).await;
    world.storm(each(&client, "ClientName", "c")).await.all();
}

async fn delete(world: &World) {
    let client = client(world).await;
    world.storm(same(&client)).await.only(1, &["ResourceNotFoundException"]);
}

async fn add_secret(world: &World) {
    let client = client(world).await;
    world.storm(same(&client)).await.only(1, &["LimitExceededException"]);
    assert_eq!(secrets(world, &client).await.len(), 2);
}

async fn delete_secret(world: &World) {
    let client = client(world).await;
    world.server().admin().ok("AddUserPoolClientSecret", client.clone()).await;
    let both = secrets(world, &client).await;
    let one = |n: usize| with(&client, json!({ "ClientSecretId": both[n / 2 % 2] }));
    let refusals = ["InvalidParameterException", "ResourceNotFoundException"];
    world.storm((0..CALLERS).map(one)).await.only(1, &refusals);
    assert_eq!(secrets(world, &client).await.len(), 1);
}

async fn secrets(world: &World, client: &Value) -> Vec<Value> {
    let list = world.server().admin().ok("ListUserPoolClientSecrets", client.clone()).await;
    list["ClientSecrets"].as_array().unwrap().iter().map(|s| s["ClientSecretId"].clone()).collect()
}

async fn create_resource_server(world: &World) {
    let named = with(&pool(world).await, json!({ "Name": "api" }));
    world.storm(each(&named, "Identifier", "https://api")).await.all();
    let one = with(&named, json!({ "Identifier": "one" }));
    world.storm(same(&one)).await.only(1, &["InvalidParameterException"]);
    // A pool can have 300.
    for more in ["a", "b", "c"] {
        world.at_once("CreateResourceServer", each(&named, "Identifier", more)).await.all();
    }
    let last = each(&named, "Identifier", "d");
    world.storm(last).await.only(300 - 4 * CALLERS - 1, &["LimitExceededException"]);
    let list = json!({ "UserPoolId": named["UserPoolId"], "MaxResults": 50 });
    assert_eq!(world.count("ListResourceServers", "ResourceServers", list).await, 300);
}

/// A resource server of a new pool, as requests name it.
async fn resource_server(world: &World) -> Value {
    let server = with(&pool(world).await, json!({ "Identifier": "one" }));
    world.server().admin().ok("CreateResourceServer", with(&server, json!({ "Name": "api" }))).await;
    server
}

async fn update_resource_server(world: &World) {
    let server = resource_server(world).await;
    world.storm(each(&server, "Name", "n")).await.all();
}

async fn delete_resource_server(world: &World) {
    let server = resource_server(world).await;
    world.storm(same(&server)).await.only(1, &["ResourceNotFoundException"]);
}
