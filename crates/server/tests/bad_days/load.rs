//! Thousands of connections, slow clients, clients that break off: others are answered meanwhile.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::common::{Connection, Folder, PATIENCE, Sender, Server, serve};

/// Connections held open at once, where the limit of open files allows.
const CONNECTIONS: u64 = 10_000;
/// A connection of this age is certainly not closed for its silence.
const YOUNG: Duration = Duration::from_secs(20);
/// What this process needs beside them.
const OTHER_FILES: u64 = 500;

fn assert_answers(server: &Server) {
    server.ok("ListUserPools", &json!({ "MaxResults": 1 }));
}

#[test]
fn ten_thousand_idle_connections() {
    let limit = rlimit::increase_nofile_limit(CONNECTIONS + OTHER_FILES).unwrap();
    let count = CONNECTIONS.min(limit.saturating_sub(OTHER_FILES));
    if count < CONNECTIONS {
        println!("only {count} connections: the limit of open files is {limit}");
    }
    let folder = Folder::new();
    let server = Server::start(&mut serve(folder.path()));
    let mut open: Vec<(Instant, TcpStream)> = Vec::new();
    for _ in 0..count {
        open.push((Instant::now(), TcpStream::connect(server.address()).unwrap()));
    }
    assert_answers(&server);
    // The server closes those on which nothing came for half a minute; on a busy machine these may be some.
    let is_young = |opened: &Instant| opened.elapsed() < YOUNG;
    let metrics = server.connect().get("/_poolhouse/metrics").unwrap().body;
    let gauge = metrics.lines().find_map(|line| line.strip_prefix("poolhouse_connections ")).unwrap();
    let young = open.iter().filter(|(opened, _)| is_young(opened)).count();
    assert!(gauge.parse::<usize>().unwrap() >= young, "{gauge} of {young} are open");
    // All of them can still be used, not only the last.
    for (opened, stream) in open.iter().step_by(997) {
        let mut connection = Connection::over(stream.try_clone().unwrap(), PATIENCE).unwrap();
        let status = connection.get("/_poolhouse/health").map(|answer| answer.status).ok();
        assert!(status == Some(200) || !is_young(opened), "{status:?}");
    }
    drop(open);
    assert_answers(&server);
    server.stop();
}

#[test]
fn a_head_that_comes_byte_by_byte() {
    let folder = Folder::new();
    let server = Server::start(&mut serve(folder.path()));
    let mut slow = server.connect();
    let (head, body) = slow.request(Sender::Root, "ListUserPools", &json!({ "MaxResults": 1 }));
    for (position, byte) in [head, body].concat().into_iter().enumerate() {
        slow.send(&[byte]).unwrap();
        if position % 20 == 0 {
            assert_answers(&server);
        }
    }
    slow.receive().unwrap().ok("ListUserPools");
    server.stop();
}

#[test]
fn clients_that_stop_in_the_middle() {
    let folder = Folder::new();
    let server = Server::start(&mut serve(folder.path()));
    let pool = server.pool();
    let mut stuck = Vec::new();
    for number in 0..200 {
        let mut connection = server.connect();
        let group = json!({ "UserPoolId": pool, "GroupName": format!("cut-off-{number}") });
        let (head, body) = connection.request(Sender::Root, "CreateGroup", &group);
        let request = [head.clone(), body].concat();
        // In the head, between head and body, in the body.
        let sent = [10, head.len() - 2, head.len(), request.len() - 1][number % 4];
        connection.send(&request[..sent]).unwrap();
        stuck.push(connection);
    }
    assert_answers(&server);
    // Some hang up, some only say that nothing more comes, some just stay.
    for (number, connection) in stuck.iter().enumerate() {
        if number % 3 == 0 {
            connection.finish_sending();
        }
    }
    stuck.truncate(100);
    assert_answers(&server);
    let groups = server.ok("ListGroups", &json!({ "UserPoolId": pool }));
    assert_eq!(groups["Groups"], json!([]), "a request that was cut off had an effect");
}

#[test]
fn bodies_that_are_cut_off_are_told_so() {
    let folder = Folder::new();
    let server = Server::start(&mut serve(folder.path()));
    for _ in 0..20 {
        let mut connection = server.connect();
        let (head, body) = connection.request(Sender::Root, "ListUserPools", &json!({ "MaxResults": 1 }));
        connection.send(&head).unwrap();
        connection.send(&body[..body.len() - 1]).unwrap();
        connection.finish_sending();
        // An answer, if there is one, is the protocol's.
        if let Ok(answer) = connection.receive() {
            assert_eq!(
                (answer.status, answer.json()["__type"].as_str()),
                (400, Some("SerializationException"))
            );
        }
    }
    assert_answers(&server);
    server.stop();
}

#[test]
fn what_is_not_http_is_turned_away() {
    let folder = Folder::new();
    let server = Server::start(&mut serve(folder.path()));
    let endless_head = [b"GET / HTTP/1.1\r\n".as_slice(), &b"x: y\r\n".repeat(100_000)].concat();
    let noise: Vec<u8> = (0..100_000_u32).map(|n| u8::try_from(n % 997 % 251).unwrap()).collect();
    let tls_hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec();
    for bytes in [endless_head, noise, tls_hello] {
        let mut connection = server.connect();
        // The server may hang up before everything is sent.
        let _ = connection.send(&bytes);
        let _ = connection.send(b"\r\n\r\n");
        if let Ok(answer) = connection.receive() {
            assert!((400..500).contains(&answer.status), "{answer:?}");
        }
        assert_answers(&server);
    }
    server.stop();
}
