//! Sign-in.

use poolhouse_testkit::TestServer;
use serde_json::{Value, json};

use super::alice::Alice;
use super::world::{World, same};

kinds! {
    InitiateAuth => initiate,
    AdminInitiateAuth => admin_initiate,
    RespondToAuthChallenge => respond,
    AdminRespondToAuthChallenge => admin_respond,
}

/// A wrong or used guess, one while the user is locked out, and one too many at once.
const REFUSALS: [&str; 2] = ["NotAuthorizedException", "TooManyRequestsException"];

fn by_password(alice: &Alice<'_>, flow: &str, password: &str) -> Value {
    json!({
        "AuthFlow": flow, "ClientId": alice.client,
        "AuthParameters": { "USERNAME": "alice", "PASSWORD": password },
    })
}

async fn initiate(world: &World) {
    let alice = Alice::new(world).await;
    world.storm(same(&by_password(&alice, "USER_PASSWORD_AUTH", TestServer::PASSWORD))).await.guesses();
    let wrong = by_password(&alice, "USER_PASSWORD_AUTH", "Wrong-Horse-7");
    world.storm(same(&wrong)).await.only(0, &REFUSALS);
}

async fn admin_initiate(world: &World) {
    let alice = Alice::new(world).await;
    let mut input = by_password(&alice, "ADMIN_USER_PASSWORD_AUTH", TestServer::PASSWORD);
    input["UserPoolId"] = json!(alice.pool);
    world.storm(same(&input)).await.guesses();
}

/// The answer to the challenge of a new password, which is good once.
async fn new_password<'a>(world: &'a World) -> (Alice<'a>, Value) {
    let alice = Alice::new(world).await;
    let temporary = json!({ "Password": "Temp0rary!Pass", "Permanent": false });
    alice.server.admin().ok("AdminSetUserPassword", alice.named(temporary)).await;
    let start = by_password(&alice, "USER_PASSWORD_AUTH", "Temp0rary!Pass");
    let challenge = alice.server.public().ok("InitiateAuth", start).await;
    let answer = json!({
        "ClientId": alice.client, "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": challenge["Session"],
        "ChallengeResponses": { "USERNAME": "alice", "NEW_PASSWORD": TestServer::PASSWORD },
    });
    (alice, answer)
}

async fn respond(world: &World) {
    let (alice, answer) = new_password(world).await;
    world.storm(same(&answer)).await.only(1, &REFUSALS);
    alice.sign_in().await;
    custom_answers(world).await;
}

/// Right answers to the custom challenges of many sign-ins, as many at once as a guess at one user has places. Each uses
/// its session up before it is judged, and must not be refused for it when the rest is repeated.
async fn custom_answers(world: &World) {
    let mut functions = Value::Null;
    for server in world.servers() {
        functions = custom_functions(server);
    }
    let pool = json!({ "LambdaConfig": functions, "UserPoolAddOns": { "AdvancedSecurityMode": "AUDIT" } });
    let flows = json!({ "ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"] });
    let alice = Alice::with(world, pool, flows).await;
    let start = json!({
        "AuthFlow": "CUSTOM_AUTH", "ClientId": alice.client, "AuthParameters": { "USERNAME": "alice" },
    });
    let challenges = world.at_once("InitiateAuth", same(&start)).await.all();
    let answers = challenges.iter().map(|challenge| {
        json!({
            "ClientId": alice.client, "ChallengeName": "CUSTOM_CHALLENGE", "Session": challenge["Session"],
            "ChallengeResponses": { "USERNAME": "alice", "ANSWER": "tea" },
        })
    });
    for answers in answers.collect::<Vec<_>>().chunks(8) {
        let done = world.storm(answers.to_vec()).await.all();
        assert!(done.iter().all(|answer| answer["AuthenticationResult"]["AccessToken"].is_string()));
    }
}

/// Functions that ask once for a word.
fn custom_functions(server: &TestServer) -> Value {
    let define = server.function("define", |event| {
        let asked = !event["request"]["session"].as_array().unwrap().is_empty();
        event["response"] = match asked {
            true => json!({ "issueTokens": true, "failAuthentication": false, "challengeName": null }),
            false => {
                json!({ "issueTokens": false, "failAuthentication": false, "challengeName": "CUSTOM_CHALLENGE" })
            }
        };
    });
    let create = server.function("create", |event| {
        event["response"] = json!({
            "publicChallengeParameters": {}, "privateChallengeParameters": { "answer": "tea" },
            "challengeMetadata": "word",
        });
    });
    let verify = server.function("verify", |event| {
        let request = event["request"].clone();
        let right = request["challengeAnswer"] == request["privateChallengeParameters"]["answer"];
        event["response"]["answerCorrect"] = json!(right);
    });
    json!({
        "DefineAuthChallenge": define, "CreateAuthChallenge": create, "VerifyAuthChallengeResponse": verify,
    })
}

async fn admin_respond(world: &World) {
    let (alice, mut answer) = new_password(world).await;
    answer["UserPoolId"] = json!(alice.pool);
    world.storm(same(&answer)).await.only(1, &REFUSALS);
    alice.sign_in().await;
}
