//! Targets are called over the network, by HTTP servers of the tests' own.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Response, StatusCode, Uri};
use axum::routing::post;
use poolhouse_crypto::webhook::WebhookSecret;
use tokio::net::TcpListener;
use uuid::Uuid;

use super::*;

const FUNCTION: &str = "arn:aws:lambda:eu-west-1:111122223333:function:judge";
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// 2030-01-01 00:00:00 UTC.
const NOW: Timestamp = Timestamp::from_seconds(1_893_456_000);

/// A request as it came.
#[derive(Clone, Debug)]
struct Seen {
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
}

impl Seen {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// A server that gives everybody the same answer, and the requests that it got.
async fn serve(
    status: u16,
    headers: &'static [(&'static str, &'static str)],
    body: &'static [u8],
) -> (SocketAddr, Arc<Mutex<Vec<Seen>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let requests = Arc::clone(&seen);
    let answer = move |uri: Uri, head: HeaderMap, sent: Bytes| async move {
        requests.lock().unwrap().push(Seen { uri, headers: head, body: sent });
        let answer = Response::builder().status(StatusCode::from_u16(status).unwrap());
        let answer = headers.iter().fold(answer, |answer, (name, value)| answer.header(*name, *value));
        answer.body(Body::from(body)).unwrap()
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(post(answer))).await });
    (address, seen)
}

async fn invoke(entry: &str) -> Result<Vec<u8>, InvokeError> {
    let mapping: Mapping = toml::from_str(&format!("function = '{FUNCTION}'\n{entry}")).unwrap();
    let (triggers, _) = triggers(&[mapping], &Clock::manual(NOW)).unwrap();
    let event = (*br#"{"version":"1"}"#).into();
    triggers.invoke(Invocation { function: FUNCTION.into(), id: Uuid::from_u128(7), event }).await
}

fn said(outcome: Result<Vec<u8>, InvokeError>) -> String {
    String::from_utf8(outcome.unwrap()).unwrap()
}

fn function_error(text: &str) -> Result<Vec<u8>, InvokeError> {
    Err(InvokeError::Function(text.to_owned()))
}

fn refused(text: &str) -> Result<Vec<u8>, InvokeError> {
    Err(InvokeError::Refused(text.to_owned()))
}

#[tokio::test]
async fn a_lambda_endpoint_is_called_as_the_invoke_api_says() {
    let (address, seen) = serve(200, &[], b"{\"response\":{}}").await;
    assert_eq!(said(invoke(&format!("lambda = 'http://{address}'")).await), "{\"response\":{}}");
    assert_eq!(said(invoke(&format!("lambda = 'http://{address}/x/{{name}}/y'")).await), "{\"response\":{}}");
    let seen = seen.lock().unwrap();
    let encoded = FUNCTION.replace(':', "%3A");
    assert_eq!(seen[0].uri.path(), format!("/2015-03-31/functions/{encoded}/invocations"));
    assert_eq!(seen[0].header("x-amz-invocation-type"), "RequestResponse");
    assert_eq!(seen[0].header("host"), address.to_string());
    assert_eq!((seen[0].header("authorization"), &*seen[0].body), ("", &br#"{"version":"1"}"#[..]));
    assert_eq!(seen[1].uri.path(), "/x/judge/y");
}

#[tokio::test]
async fn with_credentials_calls_are_signed_for_the_region_of_the_function() {
    let (address, seen) = serve(200, &[], b"{}").await;
    let keys = "access-key-id = 'AKID'\nsecret-access-key = 'secret'\nsession-token = 'token'";
    invoke(&format!("lambda = 'http://{address}'\n{keys}")).await.unwrap();
    invoke(&format!("lambda = 'http://{address}'\n{keys}\nregion = 'us-west-2'")).await.unwrap();
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0].header("x-amz-date"), "20300101T000000Z");
    assert_eq!(seen[0].header("x-amz-security-token"), "token");
    let expected = "AWS4-HMAC-SHA256 Credential=AKID/20300101/eu-west-1/lambda/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-invocation-type;x-amz-security-token, Signature=";
    assert!(seen[0].header("authorization").starts_with(expected), "{:?}", seen[0]);
    assert!(seen[1].header("authorization").contains("/us-west-2/lambda/"), "{:?}", seen[1]);
}

// The header marks the failure; the status is 200 all the same.
#[tokio::test]
async fn a_function_that_failed_says_why() {
    let failed: &[_] = &[("x-amz-function-error", "Unhandled")];
    let (address, _) = serve(200, failed, br#"{"errorMessage":"x","errorType":"Error"}"#).await;
    assert_eq!(invoke(&format!("lambda = 'http://{address}'")).await, function_error("x"));
    let (address, _) = serve(200, failed, b"no JSON").await;
    assert_eq!(invoke(&format!("lambda = 'http://{address}'")).await, function_error("Unknown error"));
}

// A rejected promise that nobody caught is the function's own word.
#[tokio::test]
async fn a_function_that_died_said_nothing() {
    let failed: &[_] = &[("x-amz-function-error", "Unhandled")];
    for (body, died) in [
        (&br#"{"errorMessage":"x","errorType":"Runtime.ExitError"}"#[..], true),
        (br#"{"errorMessage":"x","errorType":"Sandbox.Timedout"}"#, true),
        (br#"{"errorMessage":"x","errorType":"Runtime.UnhandledPromiseRejection"}"#, false),
        (br#"{"errorMessage":"x","errorType":"RuntimeError"}"#, false),
    ] {
        let (address, _) = serve(200, failed, body).await;
        let said = if died { Err(InvokeError::Died("x".to_owned())) } else { function_error("x") };
        assert_eq!(invoke(&format!("lambda = 'http://{address}'")).await, said);
    }
}

#[tokio::test]
async fn a_function_that_cannot_be_run_is_refused_by_the_endpoint() {
    let header = &[("x-amzn-errortype", "ResourceNotFoundException:http://internal.amazon.com/")];
    let (address, _) = serve(404, header, b"{}").await;
    assert_eq!(invoke(&format!("lambda = 'http://{address}'")).await, refused("ResourceNotFoundException"));
    let (address, _) = serve(502, &[], b"bad gateway").await;
    assert_eq!(invoke(&format!("lambda = 'http://{address}'")).await, refused("HTTP status 502"));
    // Whoever redirects is not whom the configuration names.
    let (address, _) = serve(307, &[("location", "http://127.0.0.1:1/")], b"").await;
    assert_eq!(invoke(&format!("lambda = 'http://{address}'")).await, refused("HTTP status 307"));
}

#[tokio::test]
async fn a_webhook_gets_the_event_signed() {
    let (address, seen) = serve(200, &[], b"{\"response\":{}}").await;
    let entry = format!("webhook = 'http://{address}/hook?x=1'\nsecret = '{SECRET}'");
    assert_eq!(said(invoke(&entry).await), "{\"response\":{}}");
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0].uri.to_string(), "/hook?x=1");
    assert_eq!(seen[0].header("poolhouse-function"), FUNCTION);
    assert_eq!(seen[0].header("content-type"), "application/json");
    let (id, timestamp) = (seen[0].header("webhook-id"), seen[0].header("webhook-timestamp"));
    assert_eq!((id, timestamp), ("00000000-0000-0000-0000-000000000007", "1893456000"));
    let expected = WebhookSecret::parse(SECRET).unwrap().sign(id, NOW.seconds(), &seen[0].body);
    assert_eq!(seen[0].header("webhook-signature"), expected);
}

#[tokio::test]
async fn a_webhook_that_failed_says_why() {
    for status in [400, 500] {
        let (address, _) = serve(status, &[], br#"{"errorMessage":"x"}"#).await;
        let entry = format!("webhook = 'http://{address}'\nsecret = '{SECRET}'");
        assert_eq!(invoke(&entry).await, function_error("x"));
    }
    let (address, _) = serve(401, &[], b"{}").await;
    let entry = format!("webhook = 'http://{address}'\nsecret = '{SECRET}'");
    assert_eq!(invoke(&entry).await, refused("HTTP status 401"));
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    static LONG: [u8; LONGEST_ANSWER + 1] = [b' '; LONGEST_ANSWER + 1];
    let (address, _) = serve(200, &[], &LONG).await;
    let outcome = invoke(&format!("lambda = 'http://{address}'")).await;
    let text = "Response payload size exceeded maximum allowed payload size (1048576 bytes)";
    assert_eq!(outcome, function_error(text));
    let (address, _) = serve(200, &[], &LONG[1..]).await;
    assert_eq!(invoke(&format!("lambda = 'http://{address}'")).await.unwrap().len(), LONGEST_ANSWER);
}

#[tokio::test]
async fn where_nobody_listens_another_try_may_help() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let outcome = invoke(&format!("lambda = 'http://{address}'")).await;
    assert!(matches!(&outcome, Err(InvokeError::Transport(text)) if text.contains("refused")), "{outcome:?}");
}

#[tokio::test]
async fn calls_are_counted_by_entry_and_outcome() {
    let (address, _) = serve(200, &[], b"{}").await;
    let entry = format!("function = 'arn:known'\nlambda = 'http://{address}'");
    let (triggers, figures) = triggers(&[toml::from_str(&entry).unwrap()], &Clock::manual(NOW)).unwrap();
    let call = |function: &str| {
        triggers.invoke(Invocation {
            function: function.into(),
            id: Uuid::from_u128(7),
            event: (*b"{}").into(),
        })
    };
    assert!(call("arn:known").await.is_ok());
    assert_eq!(call("arn:other").await, refused("AccessDeniedException"));
    // Whoever called has given up.
    drop(figures.call("arn:known"));
    let mut registry = prometheus_client::registry::Registry::default();
    registry.register_collector(Box::new(figures));
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
    for (function, outcome) in [("arn:known", "answered"), ("arn:known", "late"), ("none", "refused")] {
        let line = format!("trigger_calls_total{{function=\"{function}\",outcome=\"{outcome}\"}} 1");
        assert!(text.contains(&line), "{line} is missing in: {text}");
    }
}
