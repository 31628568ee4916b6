//! Lambda's Invoke API: `POST /2015-03-31/functions/{function}/invocations`.

use axum::body::Bytes;
use axum::http::{Error, Method, Request, Response, Uri, header};
use http_body_util::Full;
use poolhouse_ports::{Invocation, InvokeError, Timestamp};
use serde_json::Value;

use crate::sigv4::{self, Keys, Scope, Unsigned};

/// Where functions are found below an endpoint.
const PATH: &str = "/2015-03-31/functions/{arn}/invocations";

/// An endpoint that runs functions: a local runtime, or AWS.
pub(super) struct Lambda {
    /// With the placeholders `{arn}` and `{name}`.
    url: String,
    keys: Option<Keys>,
    region: Option<String>,
}

impl Lambda {
    /// `url` is an endpoint; one with a path of its own is taken as it is. Without `keys` calls are not
    /// signed. Without `region` the signature is for the region of the function's ARN.
    pub(super) fn new(url: &str, keys: Option<Keys>, region: Option<String>) -> Self {
        let endpoint = url.strip_suffix('/').unwrap_or(url);
        let has_path = endpoint.split_once("://").is_some_and(|(_, rest)| rest.contains('/'));
        let url = if has_path { url.to_owned() } else { format!("{endpoint}{PATH}") };
        Self { url, keys, region }
    }

    /// The request that runs the function once.
    pub(super) fn request(&self, of: &Invocation, now: Timestamp) -> Result<Request<Full<Bytes>>, Error> {
        let arn = Arn::of(&of.function);
        let url =
            self.url.replace("{arn}", &sigv4::encode(arn.whole)).replace("{name}", &sigv4::encode(arn.name));
        let uri: Uri = url.parse()?;
        let host = uri.authority().map(ToString::to_string).unwrap_or_default();
        let mut headers = vec![
            (header::CONTENT_TYPE.as_str(), "application/json".to_owned()),
            (header::HOST.as_str(), host),
            ("x-amz-invocation-type", "RequestResponse".to_owned()),
        ];
        if let Some(keys) = &self.keys {
            let region = self.region.as_deref().unwrap_or(arn.region);
            let scope = Scope { region, service: "lambda" };
            let request = Unsigned { method: &Method::POST, uri: &uri, headers: &headers, body: &of.event };
            headers.extend(sigv4::headers(keys, scope, request, now));
        }
        let request = headers.into_iter().fold(Request::post(uri), |r, (name, value)| r.header(name, value));
        request.body(Full::new(Bytes::copy_from_slice(&of.event)))
    }
}

/// Parts of `arn:aws:lambda:{region}:{account}:function:{name}`.
struct Arn<'a> {
    whole: &'a str,
    region: &'a str,
    name: &'a str,
}

impl<'a> Arn<'a> {
    fn of(whole: &'a str) -> Self {
        let mut parts = whole.split(':');
        let region = parts.nth(3).unwrap_or_default();
        Self { whole, region, name: parts.nth(2).unwrap_or(whole) }
    }
}

/// The function's answer. A function that failed answers with status 200 and a header that says so.
pub(super) fn read(answer: Response<Bytes>) -> Result<Vec<u8>, InvokeError> {
    let (head, body) = answer.into_parts();
    if !head.status.is_success() {
        let header = head.headers.get("x-amzn-errortype").and_then(|value| value.to_str().ok());
        // Some spell it with the address of its description.
        let name = header.and_then(|text| text.split(':').next()).filter(|name| !name.is_empty());
        let name = name.map_or_else(|| format!("HTTP status {}", head.status.as_u16()), str::to_owned);
        return Err(InvokeError::Refused(name));
    }
    if head.headers.contains_key("x-amz-function-error") {
        return Err(error(&body));
    }
    Ok(body.to_vec())
}

/// Why a function failed. What runs it names its own errors (`Runtime.ExitError`, `Sandbox.Timedout`), and so a promise
/// that the function itself rejected and did not look after.
fn error(body: &[u8]) -> InvokeError {
    let message = error_message(body).unwrap_or_else(|| "Unknown error".to_owned());
    let kind = member(body, "errorType").unwrap_or_default();
    let is_of_runtime = kind.starts_with("Runtime.") || kind.starts_with("Sandbox.");
    if is_of_runtime && kind != "Runtime.UnhandledPromiseRejection" {
        InvokeError::Died(message)
    } else {
        InvokeError::Function(message)
    }
}

/// `errorMessage` of a function that failed.
pub(super) fn error_message(body: &[u8]) -> Option<String> {
    member(body, "errorMessage")
}

/// A member of a JSON body, if it is a text.
fn member(body: &[u8], name: &str) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    body.get(name)?.as_str().map(str::to_owned)
}
