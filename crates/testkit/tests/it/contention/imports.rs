//! Imports of users, and limits of the account.

use poolhouse_core::import::Running;
use poolhouse_core::leased::Work;
use serde_json::{Value, json};

use super::world::{CALLERS, World, same};

kinds! {
    CreateUserImportJob => create,
    StartUserImportJob => start,
    StopUserImportJob => stop,
    UpdateProvisionedLimit => set_limit,
}

async fn new_job(world: &World) -> Value {
    let pool = world.server().pool(json!({ "AutoVerifiedAttributes": ["email"] })).await;
    json!({
        "UserPoolId": pool, "JobName": "people", "CloudWatchLogsRoleArn": "arn:aws:iam::000000000000:role/logs",
    })
}

/// A job with its file, as requests name it.
async fn job(world: &World) -> Value {
    let made = world.server().admin().ok("CreateUserImportJob", new_job(world).await).await;
    let job = &made["UserImportJob"];
    let path = job["PreSignedUrl"].as_str().unwrap().replace("http://127.0.0.1:7665", "");
    assert_eq!(world.server().http("PUT", &path, &[], b"name").await.0, 200);
    json!({ "UserPoolId": job["UserPoolId"], "JobId": job["JobId"] })
}

async fn create(world: &World) {
    let input = new_job(world).await;
    world.storm(same(&input)).await.all();
    let pool = json!({ "UserPoolId": input["UserPoolId"], "MaxResults": 60 });
    assert_eq!(world.count("ListUserImportJobs", "UserImportJobs", pool).await, CALLERS);
}

async fn start(world: &World) {
    let job = job(world).await;
    world.storm(same(&job)).await.only(1, &["PreconditionNotMetException"]);
    world.server().admin().ok("StopUserImportJob", job).await;
    end(world).await;
}

async fn stop(world: &World) {
    let job = job(world).await;
    world.server().admin().ok("StartUserImportJob", job.clone()).await;
    world.storm(same(&job)).await.only(1, &["PreconditionNotMetException"]);
    end(world).await;
}

/// Ends what was stopped: the account has one job at a time.
async fn end(world: &World) {
    Running::finish(world.server().engine()).await.unwrap();
}

async fn set_limit(world: &World) {
    let definition = json!({ "LimitClass": "API_CATEGORY", "Attributes": { "Category": "UserRead" } });
    let input = json!({ "LimitDefinition": definition, "RequestedLimitValue": 200 });
    world.storm(same(&input)).await.all();
}
