//! What the log says of requests: a line for each where it is wanted, and who guesses where it is not.

use serde_json::{Value, json};

use crate::common::{Folder, PASSWORD, Sender, Server, serve};

/// Tries a password.
fn guess(server: &Server, client: &str, password: &str) {
    let parameters = json!({ "USERNAME": "alice", "PASSWORD": password });
    let input = json!({ "ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters });
    let answer = server.connect().call(Sender::Public, "InitiateAuth", &input).unwrap();
    assert_eq!(answer.status, if password == PASSWORD { 200 } else { 400 });
}

fn lines(log: &str, message: &str) -> Vec<Value> {
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter(|line| line["message"] == message).collect()
}

#[test]
fn each_request_has_a_line_that_names_no_user() {
    let folder = Folder::new();
    let server = Server::start(serve(folder.path()).arg("--log-requests"));
    let pool = server.pool();
    let client = server.client_and_alice(&pool);
    guess(&server, &client, PASSWORD);
    guess(&server, &client, "Wrong-Horse-8");
    let jwks = format!("/{pool}/.well-known/jwks.json");
    assert_eq!(server.connect().get(&jwks).unwrap().status, 200);
    let log = server.stop();
    let answered = lines(&log, "answered");
    assert_eq!(answered.len(), 7, "{log}");
    let keys = answered.last().unwrap();
    assert_eq!((&keys["status"], &keys["span"]["endpoint"]), (&json!(200), &json!("jwks")), "{keys}");
    for (line, error) in answered[4..6].iter().zip([Value::Null, json!("NotAuthorizedException")]) {
        let span = &line["span"];
        assert_eq!((&line["level"], &line["error"]), (&json!("INFO"), &error), "{line}");
        assert!(line["elapsed_us"].is_u64() && span["request_id"].is_string(), "{line}");
        assert_eq!(span["operation"], "InitiateAuth");
        assert_eq!((&span["source"], &span["client"]), (&json!("127.0.0.1"), &json!(client)), "{line}");
    }
    assert_eq!(answered[1]["span"]["pool"], json!(pool));
    assert!(!log.contains("alice") && !log.contains(PASSWORD), "{log}");
}

#[test]
fn who_guesses_is_named_once() {
    let folder = Folder::new();
    let server = Server::start(&mut serve(folder.path()));
    let client = server.client_and_alice(&server.pool());
    for _ in 0..8 {
        guess(&server, &client, "Wrong-Horse-8");
    }
    let log = server.stop();
    let told = lines(&log, "requests are refused");
    assert_eq!(told.len(), 1, "{log}");
    assert_eq!((&told[0]["from"], &told[0]["reason"]), (&json!("127.0.0.1"), &json!("a lock-out")));
    assert!(lines(&log, "answered").is_empty() && !log.contains("alice"), "{log}");
}
