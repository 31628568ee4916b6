//! A proxy that passes on another Host than it got breaks every signature: the log says so.

use serde_json::json;

use crate::common::{Folder, Sender, Server, serve};

/// Lists pools by a request that comes with another Host than it was signed for.
fn with_host(server: &Server, host: &str) -> u16 {
    let mut connection = server.connect();
    let (head, body) = connection.request(Sender::Root, "ListUserPools", &json!({ "MaxResults": 1 }));
    let signed = format!("host: {}\r\n", server.address());
    let head = String::from_utf8(head).unwrap();
    assert!(head.contains(&signed));
    let head = head.replace(&signed, &format!("host: {host}\r\n"));
    connection.send(&[head.into_bytes(), body].concat()).unwrap();
    connection.receive().unwrap().status
}

#[test]
fn a_changed_host_is_told_once() {
    let folder = Folder::new();
    let server = Server::start(&mut serve(folder.path()));
    assert_eq!(with_host(&server, &server.address().to_string()), 200);
    assert_eq!(with_host(&server, "upstream:8080"), 400);
    assert_eq!(with_host(&server, "other"), 400);
    let signed_for = format!("\"signed_for\":\"{}\"", server.address());
    let log = server.stop();
    let told: Vec<&str> = log.lines().filter(|line| line.contains("proxy_set_header Host")).collect();
    assert_eq!(told.len(), 1, "{log}");
    assert!(told[0].contains(&signed_for) && told[0].contains("\"came_with\":\"upstream:8080\""), "{told:?}");
}
