//! The ways that records go.

use std::fmt;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, header};
use http_body_util::Full;
use poolhouse_crypto::webhook::WebhookSecret;
use poolhouse_ports::{Clock, Entropy, LogRecord};
use serde_json::{Value, json};
use tokio::net::{UdpSocket, UnixDatagram};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::line;
use crate::http_client::{CallError, HttpClient};
use crate::targets;

/// How long an attempt may take.
const ATTEMPT: Duration = Duration::from_secs(10);

/// The longest answer that is read, in bytes.
const LONGEST_ANSWER: usize = 64 * 1024;

/// Security and authorisation messages (RFC 5424 §6.2.1).
const FACILITY: u8 = 10;

/// A way, and its name in the log of this server.
#[derive(Debug)]
pub(super) struct Sink {
    name: String,
    way: Way,
}

enum Way {
    File(PathBuf, Arc<Semaphore>),
    Udp(String),
    Unix(PathBuf),
    Webhook { client: HttpClient, url: String, secret: Box<WebhookSecret>, clock: Clock },
    Otlp { client: HttpClient, url: String, headers: HeaderMap },
}

impl fmt::Debug for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Way")
    }
}

impl fmt::Display for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Sink {
    pub(super) fn file(path: &Path) -> Self {
        Self {
            name: format!("file {}", path.display()),
            way: Way::File(path.to_owned(), Arc::new(Semaphore::new(1))),
        }
    }

    pub(super) fn syslog(address: &str) -> Result<Self, String> {
        let way = match (address.strip_prefix("udp://"), address.strip_prefix("unix:")) {
            (Some(peer), _) if peer.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) => {
                Way::Udp(peer.to_owned())
            }
            (_, Some(path)) if path.starts_with('/') => Way::Unix(path.into()),
            _ => return Err(format!("syslog must be udp://host:port or unix:/path, not {address:?}")),
        };
        Ok(Self { name: format!("syslog {address}"), way })
    }

    pub(super) fn webhook(url: &str, secret: WebhookSecret, clock: &Clock) -> Result<Self, String> {
        let (client, url) = (client()?, url.to_owned());
        let way = Way::Webhook { client, url, secret: Box::new(secret), clock: clock.clone() };
        Ok(Self { name: "webhook".to_owned(), way })
    }

    pub(super) fn otlp(url: &str, headers: Vec<(String, String)>) -> Result<Self, String> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let parsed = (name.parse::<HeaderName>().ok()).zip(value.parse::<HeaderValue>().ok());
            let (name, value) =
                parsed.ok_or_else(|| format!("{name:?} is no header, or has no value of one"))?;
            map.insert(name, value);
        }
        let way = Way::Otlp { client: client()?, url: url.to_owned(), headers: map };
        Ok(Self { name: "otlp".to_owned(), way })
    }

    /// Takes records, all of them or none as far as that can be told.
    ///
    /// # Errors
    /// Why not, without anything of the records.
    pub(super) async fn take(&self, records: &[LogRecord]) -> Result<(), String> {
        let taken = async {
            match &self.way {
                Way::File(path, turn) => append(path, turn, records).await.map_err(|error| error.to_string()),
                Way::Udp(peer) => datagrams_to(peer, records).await.map_err(|error| error.to_string()),
                Way::Unix(path) => datagrams_at(path, records).await.map_err(|error| error.to_string()),
                Way::Webhook { client, url, secret, clock } => {
                    post(client, signed(url, secret, clock, records)).await
                }
                Way::Otlp { client, url, headers } => post(client, exported(url, headers, records)).await,
            }
        };
        timeout(ATTEMPT, taken)
            .await
            .unwrap_or_else(|_| Err(format!("no answer within {} seconds", ATTEMPT.as_secs())))
    }
}

fn client() -> Result<HttpClient, String> {
    HttpClient::new().map_err(|_| "cannot set up TLS".to_owned())
}

/// Opened anew each time, so that the file may be moved away meanwhile. One that hangs keeps one thread, and no more.
async fn append(path: &Path, turn: &Arc<Semaphore>, records: &[LogRecord]) -> std::io::Result<()> {
    let busy = |_| std::io::Error::other("what was written before is not done");
    let turn = Arc::clone(turn).try_acquire_owned().map_err(busy)?;
    let mut text = String::new();
    for record in records {
        text.push_str(&line::value(record).to_string());
        text.push('\n');
    }
    let path = path.to_owned();
    let written = spawn_blocking(move || {
        let _turn = turn;
        let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
        file.write_all(text.as_bytes())
    });
    written.await.map_err(std::io::Error::other)?
}

async fn datagrams_to(peer: &str, records: &[LogRecord]) -> std::io::Result<()> {
    let own = if peer.starts_with('[') { "[::]:0" } else { "0.0.0.0:0" };
    let socket = UdpSocket::bind(own).await?;
    socket.connect(peer).await?;
    for record in records {
        socket.send(datagram(record).as_bytes()).await?;
    }
    Ok(())
}

async fn datagrams_at(path: &Path, records: &[LogRecord]) -> std::io::Result<()> {
    let socket = UnixDatagram::unbound()?;
    socket.connect(path)?;
    for record in records {
        socket.send(datagram(record).as_bytes()).await?;
    }
    Ok(())
}

/// A message of RFC 5424.
fn datagram(record: &LogRecord) -> String {
    let severity = if record.is_error { 3 } else { 6 };
    let (priority, at) = (FACILITY * 8 + severity, record.at.iso8601());
    format!("<{priority}>1 {at} - poolhouse {} - - {}", std::process::id(), line::value(record))
}

/// A webhook's POST.
fn signed(url: &str, secret: &WebhookSecret, clock: &Clock, records: &[LogRecord]) -> Asked {
    let lines: Vec<Value> = records.iter().map(line::value).collect();
    let body = json!({ "records": lines }).to_string();
    let (id, timestamp) = (Entropy::system().uuid().to_string(), clock.outside().seconds());
    targets::signed(url, secret, &id, timestamp, body.as_bytes()).body(Full::new(Bytes::from(body)))
}

/// OpenTelemetry's logs over HTTP, in JSON.
fn exported(url: &str, headers: &HeaderMap, records: &[LogRecord]) -> Asked {
    let attribute = |key: &str, value: &str| json!({ "key": key, "value": { "stringValue": value } });
    let log = |record: &LogRecord| {
        let (number, text) = if record.is_error { (17, "ERROR") } else { (9, "INFO") };
        json!({
            "timeUnixNano": format!("{}000000", record.at.millis()),
            "severityNumber": number,
            "severityText": text,
            "body": { "stringValue": record.text },
            "attributes": [
                attribute("aws.log.group.arns", &record.destination),
                attribute("aws.log.stream.names", &record.stream),
            ],
        })
    };
    let logs: Vec<Value> = records.iter().map(log).collect();
    let body = json!({ "resourceLogs": [{
        "resource": { "attributes": [attribute("service.name", "poolhouse")] },
        "scopeLogs": [{ "scope": { "name": "poolhouse" }, "logRecords": logs }],
    }] });
    let mut request = Request::post(url).header(header::CONTENT_TYPE, "application/json");
    if let Some(own) = request.headers_mut() {
        own.extend(headers.clone());
    }
    request.body(Full::new(Bytes::from(body.to_string())))
}

type Asked = Result<Request<Full<Bytes>>, axum::http::Error>;

async fn post(client: &HttpClient, request: Asked) -> Result<(), String> {
    let request = request.map_err(|error| error.to_string())?;
    match client.call(request, LONGEST_ANSWER).await {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => Err(format!("HTTP status {}", answer.status().as_u16())),
        Err(CallError::Unreachable(error)) => Err(error),
        Err(CallError::TooLong) => Err("the answer is too long".to_owned()),
    }
}
