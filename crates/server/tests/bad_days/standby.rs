//! A read node on a real standby of PostgreSQL that falls behind (docs/operating.md, *A read node*).

use std::thread::sleep;
use std::time::Duration;

use poolhouse_store::testing::Cluster;
use serde_json::{Value, json};

use crate::common::{Folder, PASSWORD, Sender, Server, serve};

const REGION: &str = "eu-west-1";

/// As old as what a read node reads may be while the primary answers.
const LAG: &str = "3";

/// A pool that has a replica at which users may sign in, and a client of it with the user `alice`.
fn pool_and_client(server: &Server) -> (String, String) {
    let key = "arn:aws:kms:us-east-1:000000000000:key/mrk-1";
    let key = json!({ "KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": key });
    let made = server.ok("CreateUserPool", &json!({ "PoolName": "test", "KeyConfiguration": key }));
    let pool = made["UserPool"]["Id"].as_str().unwrap().to_owned();
    server.ok("CreateUserPoolReplica", &json!({ "UserPoolId": pool, "RegionName": REGION }));
    let active = json!({ "UserPoolId": pool, "RegionName": REGION, "Status": "ACTIVE" });
    server.ok("UpdateUserPoolReplica", &active);
    let client = server.client_and_alice(&pool);
    (pool, client)
}

fn ask(server: &Server, operation: &str, input: &Value) -> (u16, Value) {
    let answer = server.connect().call(Sender::Public, operation, input).unwrap();
    (answer.status, answer.json())
}

/// Signs alice in; returns what tells that it is she.
fn sign_in(server: &Server, client: &str) -> Value {
    let parameters = json!({ "USERNAME": "alice", "PASSWORD": PASSWORD });
    let input = json!({ "ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters });
    let (status, answer) = ask(server, "InitiateAuth", &input);
    assert_eq!(status, 200, "{answer}");
    json!({ "AccessToken": answer["AuthenticationResult"]["AccessToken"] })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_standby_does_not_follow_is_read_from_the_primary() {
    let Some(primary) = Cluster::start(|_| {}, &[]) else { return };
    let (folder, database) = (Folder::new(), primary.url("127.0.0.1"));
    let server = Server::start(serve(folder.path()).args(["--database", &database]));
    let (pool, client) = pool_and_client(&server);
    let standby = primary.standby();
    let mut command = serve(folder.path());
    command.args(["--region", REGION, "--database", &database]);
    command.args(["--database-standby", &standby.url("127.0.0.1"), "--database-standby-lag", LAG]);
    let node = Server::start(&mut command);
    node.wait_for_readiness(200);
    let token = sign_in(&node, &client);
    assert_eq!(ask(&node, "GetUser", &token).0, 200);

    standby.hold_back().await;
    server.ok("AdminUserGlobalSignOut", &json!({ "UserPoolId": pool, "Username": "alice" }));
    // Until the node knows that the standby is behind: three seconds.
    let answers = (0..300).map(|_| ask(&node, "GetUser", &token));
    let refused = answers.inspect(|_| sleep(Duration::from_millis(100))).find(|(status, _)| *status != 200);
    let (status, refused) = refused.expect("a node that goes on with a standby that is behind");
    assert_eq!(
        (status, refused["message"].as_str()),
        (400, Some("Access Token has been revoked")),
        "{refused}"
    );
    // The primary answers.
    node.wait_for_readiness(200);
    let token = sign_in(&node, &client);
    assert_eq!(ask(&node, "GetUser", &token).0, 200);

    standby.let_go().await;
    node.wait_for_readiness(200);
    assert_eq!(ask(&node, "GetUser", &token).0, 200);
    node.stop();
    server.stop();
}
