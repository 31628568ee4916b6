//! A mail relay that is down: the log says what waits, in lines that machines can read.

use std::net::TcpListener;

use serde_json::{Value, json};

use crate::common::{Folder, PASSWORD, Sender, Server, serve};

#[test]
fn a_message_that_cannot_be_sent_is_told_with_its_id() {
    let folder = Folder::new();
    // A port on which nobody listens.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let mut command = serve(folder.path());
    command.args(["--smtp-host", "127.0.0.1", "--smtp-port", &port, "--smtp-tls", "none"]);
    let server = Server::start(command.args(["--email-from", "id@example.org"]));
    let pool = json!({ "PoolName": "test", "AutoVerifiedAttributes": ["email"] });
    let pool = server.ok("CreateUserPool", &pool)["UserPool"]["Id"].clone();
    let client = server.ok("CreateUserPoolClient", &json!({ "UserPoolId": pool, "ClientName": "app" }));
    let ann = json!({
        "ClientId": client["UserPoolClient"]["ClientId"], "Username": "ann", "Password": PASSWORD,
        "UserAttributes": [{ "Name": "email", "Value": "ann@example.com" }],
    });
    server.connect().call(Sender::Public, "SignUp", &ann).unwrap().ok("SignUp");
    let text = "a message could not be sent and will be tried again";
    server.wait_for(text);
    let log = server.stop();
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let told: Vec<Value> = lines.filter(|line| line["message"] == text).collect();
    assert_eq!(told.len(), 1, "{log}");
    assert_eq!(told[0]["message_id"].as_str().unwrap().len(), 36);
}
