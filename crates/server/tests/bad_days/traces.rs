//! Traces of requests, as a collector of OpenTelemetry gets them.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use crate::common::{Folder, PASSWORD, Sender, Server, serve};

/// A collector, which answers each call with this status.
struct Collector {
    address: SocketAddr,
    taken: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Collector {
    fn start(status: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, taken) = (listener.local_addr().unwrap(), Arc::<Mutex<Vec<_>>>::default());
        let shared = Arc::clone(&taken);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let taken = Arc::clone(&shared);
                thread::spawn(move || answer(stream, status, &taken));
            }
        });
        Self { address, taken }
    }

    /// A server whose traces come here.
    fn traced(&self, folder: &Folder) -> Command {
        let mut command = serve(folder.path());
        command.args(["--traces-url", &format!("http://{}/v1/traces", self.address)]);
        command
    }

    /// Everything that came, as it came.
    fn bytes(&self) -> Vec<u8> {
        self.taken.lock().unwrap().concat()
    }

    /// Every span that came.
    fn spans(&self) -> Vec<Span> {
        let bodies = self.taken.lock().unwrap();
        let all = bodies.iter().flat_map(|body| all(body, 1));
        let scopes: Vec<&[u8]> = all.flat_map(|resource| all_of(resource, 2)).collect();
        scopes.into_iter().flat_map(|scope| all_of(scope, 2)).map(Span::read).collect()
    }
}

fn answer(stream: TcpStream, status: &str, taken: &Mutex<Vec<Vec<u8>>>) {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut line, mut length) = (String::new(), 0);
        while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            line.clear();
        }
        let mut body = vec![0; length];
        if length == 0 || reader.read_exact(&mut body).is_err() {
            return;
        }
        taken.lock().unwrap().push(body);
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
        reader.get_mut().write_all(head.as_bytes()).unwrap();
    }
}

/// A span of OTLP.
#[derive(Debug)]
struct Span {
    trace: Vec<u8>,
    id: Vec<u8>,
    parent: Vec<u8>,
    name: String,
    attributes: BTreeMap<String, String>,
}

impl Span {
    fn read(bytes: &[u8]) -> Self {
        let one = |number| all_of(bytes, number).into_iter().next().unwrap_or_default().to_vec();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let attribute = |bytes| {
            let value = all_of(bytes, 2).concat();
            let said = all_of(&value, 1).concat();
            (text(&all_of(bytes, 1).concat()), text(&said))
        };
        let attributes = all_of(bytes, 9).into_iter().map(attribute).collect();
        Self { trace: one(1), id: one(2), parent: one(4), name: text(&one(5)), attributes }
    }

    fn is(&self, attribute: &str, value: &str) -> bool {
        self.attributes.get(attribute).is_some_and(|own| own == value)
    }
}

/// The values of a field of a message of Protocol Buffers that have a length.
fn all_of(mut bytes: &[u8], number: u64) -> Vec<&[u8]> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes);
        let length = match key & 7 {
            0 => {
                varint(&mut bytes);
                continue;
            }
            1 => 8,
            2 => usize::try_from(varint(&mut bytes)).unwrap(),
            5 => 4,
            kind => panic!("a field of kind {kind}"),
        };
        let (value, rest) = bytes.split_at(length);
        bytes = rest;
        if key == number << 3 | 2 {
            found.push(value);
        }
    }
    found
}

fn all(bytes: &[u8], number: u64) -> impl Iterator<Item = &[u8]> {
    all_of(bytes, number).into_iter()
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let (mut value, mut shift) = (0, 0);
    loop {
        let (first, rest) = bytes.split_first().unwrap();
        *bytes = rest;
        value |= u64::from(first & 0x7f) << shift;
        shift += 7;
        if first & 0x80 == 0 {
            return value;
        }
    }
}

/// Signs in with a password; returns the answer's status and access token.
fn sign_in(server: &Server, client: &str, password: &str) -> (u16, String) {
    let parameters = json!({ "USERNAME": "alice", "PASSWORD": password });
    let input = json!({ "ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters });
    let answer = server.connect().call(Sender::Public, "InitiateAuth", &input).unwrap();
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    let token = body["AuthenticationResult"]["AccessToken"].as_str().unwrap_or_default();
    (answer.status, token.to_owned())
}

#[test]
fn a_request_is_a_span_with_its_work_below_and_names_nobody() {
    let (folder, collector) = (Folder::new(), Collector::start("200 OK"));
    let server = Server::start(&mut collector.traced(&folder));
    let pool = server.pool();
    let client = server.client_and_alice(&pool);
    let (status, token) = sign_in(&server, &client, PASSWORD);
    assert_eq!(status, 200);
    assert_eq!(sign_in(&server, &client, "Wrong-Horse-8").0, 400);
    let keys = format!("/{pool}/.well-known/jwks.json");
    assert_eq!(server.connect().get(&keys).unwrap().status, 200);
    // What waits is sent at the end.
    let log = server.stop();

    let spans = collector.spans();
    let request = |outcome: &str| {
        let of = |span: &&Span| span.is("operation", "InitiateAuth") && span.is("outcome", outcome);
        spans.iter().find(of).unwrap_or_else(|| panic!("{outcome}: {spans:?}"))
    };
    let (right, wrong) = (request("success"), request("NotAuthorizedException"));
    assert_eq!((&*right.name, right.parent.len()), ("request", 0));
    assert_ne!(right.trace, wrong.trace);
    assert!(right.is("client", &client) && right.attributes.contains_key("request_id"), "{right:?}");
    let below = |parent: &Span, name: &str, work: &str| {
        let children = spans.iter().filter(|span| span.parent == parent.id && span.trace == parent.trace);
        children.filter(|span| span.name == name && (work.is_empty() || span.is("work", work))).count()
    };
    assert_eq!((below(right, "cryptography", "password"), below(right, "cryptography", "signature")), (1, 1));
    assert_eq!((below(wrong, "cryptography", "password"), below(wrong, "cryptography", "signature")), (1, 0));
    assert!(below(right, "database", "") > 0);
    assert!(spans.iter().any(|span| span.is("pool", &pool) && span.is("operation", "AdminCreateUser")));
    assert!(spans.iter().any(|span| span.is("endpoint", "jwks") && span.is("outcome", "200")));

    let sent = String::from_utf8_lossy(&collector.bytes()).into_owned();
    for secret in ["alice", PASSWORD, &token, "127.0.0.1", "source"] {
        assert!(!sent.contains(secret), "{secret} was sent");
    }
    assert!(!log.contains("cryptography"), "{log}");
}

#[test]
fn a_caller_s_trace_is_followed_where_that_is_wanted() {
    let traceparent = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    for (follows, expected) in [(true, true), (false, false)] {
        let (folder, collector) = (Folder::new(), Collector::start("200 OK"));
        let mut command = collector.traced(&folder);
        if follows {
            command.arg("--traces-follow-callers");
        }
        let server = Server::start(&mut command);
        let path = "/us-east-1_a/.well-known/jwks.json";
        let mut stream = TcpStream::connect(server.address()).unwrap();
        let head =
            format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{traceparent}\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        stream.read_to_end(&mut Vec::new()).unwrap();
        server.stop();
        let spans = collector.spans();
        let request = spans.iter().find(|span| span.is("endpoint", "jwks")).unwrap();
        let is_theirs = request.parent == [0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31];
        assert_eq!((is_theirs, request.trace.starts_with(&[0x0a, 0xf7])), (expected, expected));
    }
}

#[test]
fn few_are_traced_where_few_are_wanted() {
    let (folder, collector) = (Folder::new(), Collector::start("200 OK"));
    let server = Server::start(collector.traced(&folder).args(["--traces-one-in", "4294967295"]));
    for _ in 0..20 {
        server.pool();
    }
    server.stop();
    assert!(collector.spans().is_empty(), "{:?}", collector.spans());
}

#[test]
fn a_collector_that_refuses_is_told_of_and_hinders_nobody() {
    let (folder, collector) = (Folder::new(), Collector::start("400 Bad Request"));
    let server = Server::start(&mut collector.traced(&folder));
    server.pool();
    server.wait_for("traces are not taken, and lost");
    let figures = server.connect().get("/_poolhouse/metrics").unwrap();
    assert_eq!(figures.status, 200);
    server.pool();
    server.stop();
}
