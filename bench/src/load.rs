//! The load: requests over connections, several under way at once.

use std::fmt;

use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode, Uri};
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

/// Connections that are kept open, and requests that are under way at once.
const CONNECTIONS: usize = 8;

/// Why there is no success for a request.
pub(crate) enum Failure {
    /// Something else was answered.
    Refused(StatusCode, Bytes),
    /// Nothing was.
    Unanswered(String),
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(status, body) => write!(f, "{status}: {}", String::from_utf8_lossy(body)),
            Self::Unanswered(error) => f.write_str(error),
        }
    }
}

/// The answers to `requests` of the server at an address, in their order: successes, or the first failure.
pub(crate) async fn answers(address: &str, requests: Vec<Request<Body>>) -> Result<Vec<Bytes>, Failure> {
    let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
    let uri: Uri = format!("http://{address}/").parse().unwrap();
    let mut requests = requests.into_iter().peekable();
    let share = requests.len().div_ceil(CONNECTIONS).max(1);
    let mut under_way = Vec::new();
    while requests.peek().is_some() {
        let list: Vec<_> = requests.by_ref().take(share).collect();
        let (client, uri) = (client.clone(), uri.clone());
        under_way.push(tokio::spawn(async move {
            let mut answers = Vec::with_capacity(list.len());
            for mut request in list {
                *request.uri_mut() = uri.clone();
                let unanswered = |e: &dyn std::error::Error| Failure::Unanswered(e.to_string());
                let answer = client.request(request).await.map_err(|e| unanswered(&e))?;
                let (head, body) = answer.into_parts();
                let body = body.collect().await.map_err(|e| unanswered(&e))?.to_bytes();
                if head.status != StatusCode::OK {
                    return Err(Failure::Refused(head.status, body));
                }
                answers.push(body);
            }
            Ok(answers)
        }));
    }
    let mut answers = Vec::new();
    for list in under_way {
        answers.extend(list.await.unwrap()?);
    }
    Ok(answers)
}
