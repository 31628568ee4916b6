use std::sync::Mutex;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use poolhouse_crypto::webhook::WebhookSecret;
use poolhouse_ports::Timestamp;
use serde_json::{Value, json};
use tokio::net::{TcpListener, UdpSocket};

use super::*;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const GROUP: &str = "arn:aws:logs:us-east-1:000000000000:log-group:people";

fn record(text: &str) -> LogRecord {
    LogRecord {
        destination: GROUP.to_owned(),
        stream: "us-east-1_a".to_owned(),
        at: Timestamp(1_893_456_000_123),
        is_error: false,
        text: text.to_owned(),
    }
}

fn mapping(entry: &str) -> Mapping {
    toml::from_str(&format!("arn = 'arn:aws:logs:*:people'\n{entry}")).unwrap()
}

fn figures(deliveries: &Deliveries) -> (u64, u64) {
    let (_, Queue { counts, .. }) = &deliveries.figures.0[0];
    (counts.delivered.load(Ordering::Relaxed), counts.dropped.load(Ordering::Relaxed))
}

/// Delivers records by an entry; returns how many came and did not.
async fn deliver(entry: &str, texts: &[&str]) -> (u64, u64) {
    let (logs, deliveries) = start(&[mapping(entry)], &Clock::system()).unwrap();
    for text in texts {
        logs.write(record(text));
    }
    let counts = deliveries.figures();
    deliveries.end().await;
    let (_, Queue { counts, .. }) = &counts.0[0];
    (counts.delivered.load(Ordering::Relaxed), counts.dropped.load(Ordering::Relaxed))
}

/// What a receiver was sent.
type Received = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

/// A receiver that refuses the first `refusals` requests; returns its URL and what it took.
async fn receiver(refusals: usize) -> (String, Received) {
    async fn take(
        State((received, refusals)): State<(Received, usize)>,
        headers: HeaderMap,
        body: Bytes,
    ) -> StatusCode {
        let mut received = received.lock().unwrap();
        received.push((headers, body));
        if received.len() > refusals { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
    }
    let received = Received::default();
    let router = Router::new().route("/", post(take)).with_state((Arc::clone(&received), refusals));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (url, received)
}

#[tokio::test]
async fn a_file_gets_a_line_for_each_record() {
    let path = std::env::temp_dir().join(format!("poolhouse-logs-{}", std::process::id()));
    let entry = format!("file = '{}'", path.display());
    assert_eq!(deliver(&entry, &[r#"{"a":1}"#, "[SUCCEEDED] Line Number 2"]).await, (2, 0));
    assert_eq!(deliver(&entry, &["more"]).await, (1, 0));
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let line = |record: Value| {
        json!({
            "timestamp": 1_893_456_000_123_i64, "destination": GROUP, "stream": "us-east-1_a", "record": record,
        })
    };
    assert_eq!(
        lines,
        [line(json!({ "a": 1 })), line(json!("[SUCCEEDED] Line Number 2")), line(json!("more"))]
    );
}

#[tokio::test]
async fn syslog_gets_messages_of_rfc_5424() {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let entry = format!("syslog = 'udp://{}'", socket.local_addr().unwrap());
    assert_eq!(deliver(&entry, &[r#"{"a":1}"#]).await, (1, 0));
    let mut buffer = [0; 1024];
    let length = socket.recv(&mut buffer).await.unwrap();
    let text = std::str::from_utf8(&buffer[..length]).unwrap();
    let head = format!("<86>1 2030-01-01T00:00:00Z - poolhouse {} - - {{", std::process::id());
    assert!(text.starts_with(&head) && text.ends_with("\"record\":{\"a\":1}}"), "{text}");
}

#[tokio::test]
async fn a_webhook_gets_signed_records() {
    let (url, received) = receiver(0).await;
    let entry = format!("webhook = '{url}'\nsecret = '{SECRET}'");
    assert_eq!(deliver(&entry, &["one", "two"]).await, (2, 0));
    let received = received.lock().unwrap();
    let mut texts = Vec::new();
    for (headers, body) in received.iter() {
        let text = |name| headers[name].to_str().unwrap();
        let at = text("webhook-timestamp").parse().unwrap();
        let signature = WebhookSecret::parse(SECRET).unwrap().sign(text("webhook-id"), at, body);
        assert_eq!(signature, text("webhook-signature"));
        let body: Value = serde_json::from_slice(body).unwrap();
        texts.extend(body["records"].as_array().unwrap().iter().map(|line| line["record"].clone()));
    }
    assert_eq!(texts, ["one", "two"]);
}

#[tokio::test]
async fn opentelemetry_gets_logs_in_json() {
    let (url, received) = receiver(0).await;
    assert_eq!(deliver(&format!("otlp = '{url}'\nheaders = {{ api-key = 'x' }}"), &["one"]).await, (1, 0));
    let received = received.lock().unwrap();
    let (headers, body) = &received[0];
    assert_eq!(headers["api-key"], "x");
    let body: Value = serde_json::from_slice(body).unwrap();
    let attribute = |key, value| json!({ "key": key, "value": { "stringValue": value } });
    assert_eq!(
        body["resourceLogs"][0]["scopeLogs"][0]["logRecords"],
        json!([{
            "timeUnixNano": "1893456000123000000", "severityNumber": 9, "severityText": "INFO",
            "body": { "stringValue": "one" },
            "attributes": [attribute("aws.log.group.arns", GROUP), attribute("aws.log.stream.names", "us-east-1_a")],
        }])
    );
}

#[tokio::test]
async fn what_is_refused_is_tried_again_and_then_dropped() {
    let pauses = [Duration::ZERO; 2];
    for (refusals, attempts, taken) in [(0, 1, true), (2, 3, true), (9, 3, false)] {
        let (url, received) = receiver(refusals).await;
        let sink = mapping(&format!("otlp = '{url}'")).sink(&Clock::system()).unwrap();
        let counts = Counts::default();
        assert_eq!(hand_over(&sink, &[record("one")], &pauses, &counts).await, taken);
        assert_eq!(counts.retried.load(Ordering::Relaxed), attempts as u64 - 1);
        assert_eq!(received.lock().unwrap().len(), attempts);
    }
}

#[tokio::test]
async fn what_finds_no_room_is_dropped_and_counted() {
    let (logs, deliveries) = start(&[mapping("file = '/dev/null'")], &Clock::system()).unwrap();
    // The task has no turn before this one waits.
    for _ in 0..QUEUE + 7 {
        logs.write(record("one"));
    }
    logs.write(LogRecord { destination: "arn:aws:s3:::bucket".to_owned(), ..record("elsewhere") });
    assert_eq!(figures(&deliveries), (0, 7));
    assert_eq!(deliveries.figures.0[0].1.waiting(), QUEUE);
}
