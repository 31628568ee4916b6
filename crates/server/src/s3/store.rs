//! Calls of a store: signed, bounded in time and memory, and tried again.

use std::time::Duration;

use axum::body::Bytes;
use axum::http::{Method, Request, Response, StatusCode, Uri, header};
use http_body_util::Full;
use poolhouse_backup::BucketFault;
use poolhouse_ports::Clock;
use tokio::time::{sleep, timeout};

use super::answers::{fault, is_passing};
use crate::http_client::{CallError, HttpClient};
use crate::sigv4::{self, Keys, S3, Scope, Unsigned, encode};

/// How often something is tried, and how long it is waited after the first failure; each time twice as long.
const ATTEMPTS: u32 = 6;
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// How long an answer may take, and how much longer for the bytes that are carried.
const PATIENCE: Duration = Duration::from_secs(30);
const BYTES_A_SECOND: usize = 64 << 10;

/// The longest answer that is no file, in bytes: a list has a thousand names of at most 1 KiB.
const LONGEST_ANSWER: usize = 4 << 20;

/// The store of a bucket.
pub(super) struct Store {
    client: HttpClient,
    keys: Keys,
    region: String,
    /// `https://host:port`. The bucket stands in the path, which every store understands.
    endpoint: String,
    host: String,
    bucket: String,
    clock: Clock,
    first_wait: Duration,
}

/// A request.
pub(super) struct Ask<'a> {
    pub(super) method: Method,
    /// Of what; "" of the bucket itself.
    pub(super) key: &'a str,
    /// Sorted by the names.
    pub(super) query: &'a [(&'static str, &'a str)],
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Bytes,
    /// The permission that it takes.
    pub(super) permission: &'static str,
    /// The length of a file's piece that is to come; anything else is a broken answer.
    pub(super) piece: Option<usize>,
}

impl<'a> Ask<'a> {
    pub(super) fn new(method: Method, key: &'a str, permission: &'static str) -> Self {
        let (query, headers, body) = (&[][..], Vec::new(), Bytes::new());
        Self { method, key, query, headers, body, permission, piece: None }
    }
}

impl Store {
    /// The store at this endpoint; `None` where that is no URL of a host.
    pub(super) fn new(
        client: HttpClient,
        endpoint: &str,
        bucket: &str,
        region: String,
        keys: Keys,
        clock: Clock,
    ) -> Option<Self> {
        let uri: Uri = endpoint.parse().ok()?;
        let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
        let host = uri.authority().filter(|host| is_http && !host.as_str().contains('@'))?.to_string();
        if uri.path() != "/" || uri.query().is_some() {
            return None;
        }
        let endpoint = endpoint.strip_suffix('/').unwrap_or(endpoint).to_owned();
        let bucket = bucket.to_owned();
        Some(Self { client, keys, region, endpoint, host, bucket, clock, first_wait: FIRST_WAIT })
    }

    #[cfg(test)]
    pub(super) fn without_waits(self) -> Self {
        Self { first_wait: Duration::ZERO, ..self }
    }

    /// The answer to a request, once there is one with status 2xx, 404, 412 or 416.
    pub(super) async fn call(&self, ask: &Ask<'_>) -> Result<Response<Bytes>, BucketFault> {
        let mut why = String::new();
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                sleep(self.first_wait * 2_u32.pow(attempt - 1)).await;
            }
            match self.once(ask).await? {
                Ok(answer) => return Ok(answer),
                Err(passing) => why = passing,
            }
        }
        Err(BucketFault::Failing(ATTEMPTS, why))
    }

    /// One attempt; the inner error is one that may pass.
    async fn once(&self, ask: &Ask<'_>) -> Result<Result<Response<Bytes>, String>, BucketFault> {
        let longest = ask.piece.unwrap_or(0).max(LONGEST_ANSWER);
        let carried = ask.body.len() + ask.piece.unwrap_or(0);
        let patience = PATIENCE + Duration::from_secs((carried / BYTES_A_SECOND) as u64);
        let request = self.request(ask).ok_or(BucketFault::Unreadable("the URL of the bucket"))?;
        let answer = match timeout(patience, self.client.call(request, longest)).await {
            Err(_) => return Ok(Err(format!("no answer within {} seconds", patience.as_secs()))),
            Ok(Err(CallError::Unreachable(why))) => return Ok(Err(why)),
            Ok(Err(CallError::TooLong)) => return Err(BucketFault::Unreadable("the length of the answer")),
            Ok(Ok(answer)) => answer,
        };
        let status = answer.status();
        if status.is_success() {
            return Ok(match ask.piece {
                Some(length) if answer.body().len() != length => {
                    Err(format!("{} bytes came of {length}", answer.body().len()))
                }
                _ => Ok(answer),
            });
        }
        if is_passing(status, answer.body()) {
            return Ok(Err(format!("HTTP status {}", status.as_u16())));
        }
        let (head, body) = answer.into_parts();
        match (status, fault(&head, &body, ask.permission)) {
            (_, fault @ BucketFault::NoBucket) => Err(fault),
            (
                StatusCode::NOT_FOUND | StatusCode::PRECONDITION_FAILED | StatusCode::RANGE_NOT_SATISFIABLE,
                _,
            ) => Ok(Ok(Response::from_parts(head, body))),
            (_, fault) => Err(fault),
        }
    }

    fn request(&self, ask: &Ask<'_>) -> Option<Request<Full<Bytes>>> {
        let key: Vec<String> = ask.key.split('/').map(encode).collect();
        let query: Vec<String> =
            ask.query.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let mark = if query.is_empty() { "" } else { "?" };
        let (endpoint, bucket) = (&self.endpoint, &self.bucket);
        let url = format!("{endpoint}/{bucket}/{}{mark}{}", key.join("/"), query.join("&"));
        let uri: Uri = url.parse().ok()?;
        let mut headers = ask.headers.clone();
        headers.push((header::HOST.as_str(), self.host.clone()));
        let scope = Scope { region: &self.region, service: S3 };
        let unsigned = Unsigned { method: &ask.method, uri: &uri, headers: &headers, body: &ask.body };
        headers.extend(sigv4::headers(&self.keys, scope, unsigned, self.clock.outside()));
        let request = Request::builder().method(ask.method.clone()).uri(uri);
        let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        request.body(Full::new(ask.body.clone())).ok()
    }

    pub(super) fn bucket(&self) -> &str {
        &self.bucket
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("bucket", &self.bucket).finish_non_exhaustive()
    }
}
