//! Who calls the API in a test, and what they get back.

use std::net::IpAddr;

use axum::body::Body;
use axum::http::{HeaderMap, Request, Response};
use http_body_util::BodyExt;
use poolhouse_kernel::request::SourceAddress;
use poolhouse_wire::{Protocol, Service, user_pools};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::server::TestServer;
use crate::sign::{self, Keys};

/// An error as a client reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// HTTP status.
    pub status: u16,
    /// The exception's name.
    pub code: String,
    /// Its text; empty when there is none.
    pub message: String,
}

/// Calls operations, with or without a signature.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    server: &'a TestServer,
    keys: Option<Keys<'a>>,
    region: &'a str,
    host: &'a str,
    token: Option<&'a str>,
    service: &'static Service,
    address: Option<IpAddr>,
    user_agent: Option<&'a str>,
}

impl<'a> Caller<'a> {
    pub(crate) fn signed(server: &'a TestServer) -> Self {
        Self { keys: Some(TestServer::ROOT), ..Self::unsigned(server) }
    }

    pub(crate) fn unsigned(server: &'a TestServer) -> Self {
        Self {
            server,
            keys: None,
            region: sign::REGION,
            host: "127.0.0.1:7665",
            token: None,
            service: &user_pools::SERVICE,
            address: None,
            user_agent: None,
        }
    }

    /// The same caller, of another service.
    #[must_use]
    pub fn of(self, service: &'static Service) -> Self {
        Self { service, ..self }
    }

    /// The same caller, who signs with these keys.
    #[must_use]
    pub fn signing(self, keys: Keys<'a>) -> Self {
        Self { keys: Some(keys), ..self }
    }

    /// The same caller, who signs for this region.
    #[must_use]
    pub fn signing_for(self, region: &'a str) -> Self {
        Self { region, ..self }
    }

    /// The same caller, who knows the server by this name.
    #[must_use]
    pub fn calling(self, host: &'a str) -> Self {
        Self { host, ..self }
    }

    /// The same caller, who shows this session token.
    #[must_use]
    pub fn showing(self, token: &'a str) -> Self {
        Self { token: Some(token), ..self }
    }

    /// The same caller, at this source address.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "a test kit fails by panicking")]
    pub fn at(self, address: &str) -> Self {
        Self { address: Some(address.parse().unwrap()), ..self }
    }

    /// The same caller, with this `User-Agent`.
    #[must_use]
    pub fn with(self, user_agent: &'a str) -> Self {
        Self { user_agent: Some(user_agent), ..self }
    }

    /// Calls an operation; an empty body reads as `null`.
    ///
    /// # Errors
    /// The error that the server answered.
    #[expect(clippy::missing_panics_doc, reason = "a test kit fails by panicking")]
    pub async fn call(&self, operation: &str, input: Value) -> Result<Value, ApiError> {
        let (status, _, body) = self.raw(operation, input.to_string().as_bytes()).await;
        let value: Value = if body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&body).expect("an answer in JSON")
        };
        if status == 200 {
            return Ok(value);
        }
        let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        let message = value["message"].as_str().map_or_else(|| text("Message"), str::to_owned);
        Err(ApiError { status, code: text("__type"), message })
    }

    /// Calls an operation that must succeed.
    #[expect(clippy::missing_panics_doc, reason = "a test kit fails by panicking")]
    pub async fn ok(&self, operation: &str, input: Value) -> Value {
        match self.call(operation, input.clone()).await {
            Ok(value) => value,
            Err(error) => panic!("{operation} {input} answered {error:?}"),
        }
    }

    /// Calls an operation that must fail, and returns code and text.
    #[expect(clippy::missing_panics_doc, reason = "a test kit fails by panicking")]
    pub async fn refused(&self, operation: &str, input: Value) -> (String, String) {
        match self.call(operation, input.clone()).await {
            Ok(value) => panic!("{operation} {input} was to be refused and answered {value}"),
            Err(error) => (error.code, error.message),
        }
    }

    /// GETs a page or document; returns status and body.
    pub async fn get(&self, path: &str) -> (u16, Vec<u8>) {
        let (status, _, body) = self.server.send("GET", path, &[], b"", self.address).await;
        (status, body)
    }

    /// Sends a body as it is; returns status, headers and the body of the answer.
    pub async fn raw(&self, operation: &str, body: &[u8]) -> (u16, HeaderMap, Vec<u8>) {
        let Protocol::Json { target_prefix, .. } = self.service.protocol else {
            panic!("{} is asked by forms", self.service.signing_name)
        };
        let target = ("x-amz-target", format!("{target_prefix}{operation}"));
        self.post(vec![("content-type", "application/x-amz-json-1.1".to_owned()), target], body).await
    }

    /// Sends a form that names its operation itself; returns status, headers and the XML of the answer.
    #[expect(clippy::missing_panics_doc, reason = "a test kit fails by panicking")]
    pub async fn form(&self, body: &str) -> (u16, HeaderMap, String) {
        let content_type = "application/x-www-form-urlencoded; charset=utf-8".to_owned();
        let (status, headers, body) = self.post(vec![("content-type", content_type)], body.as_bytes()).await;
        (status, headers, String::from_utf8(body).unwrap())
    }

    /// Calls an operation of the Query protocol; returns the XML of its answer.
    ///
    /// # Errors
    /// The error that the server answered.
    #[expect(clippy::missing_panics_doc, reason = "a test kit fails by panicking")]
    pub async fn query(&self, operation: &str, input: &[(&str, &str)]) -> Result<String, ApiError> {
        let Protocol::Query { version, .. } = self.service.protocol else {
            panic!("{} is asked in JSON", self.service.signing_name)
        };
        let pairs = [("Action", operation), ("Version", version)].into_iter().chain(input.iter().copied());
        let body: Vec<String> = pairs.map(|(name, value)| format!("{name}={}", escaped(value))).collect();
        let (status, _, xml) = self.form(&body.join("&")).await;
        if status == 200 {
            return Ok(xml);
        }
        let text = |name: &str| element(&xml, name).unwrap_or_default();
        Err(ApiError { status, code: text("Code"), message: text("Message") })
    }

    async fn post(&self, mut headers: Vec<(&str, String)>, body: &[u8]) -> (u16, HeaderMap, Vec<u8>) {
        headers.push(("host", self.host.to_owned()));
        headers.extend(self.token.map(|token| ("x-amz-security-token", token.to_owned())));
        if let Some(keys) = self.keys {
            let (now, service) = (self.server.clock().outside(), self.service.signing_name);
            headers.extend(sign::headers(keys, (service, self.region), &headers, body, now));
        }
        headers.extend(self.user_agent.map(|agent| ("user-agent", agent.to_owned())));
        self.server.send("POST", "/", &headers, body, self.address).await
    }
}

/// A value as it stands in a form.
fn escaped(value: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    value.bytes().map(byte).collect()
}

/// What stands in the first element of that name in an answer of the Query protocol.
pub fn element(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    Some(
        text.replace("&quot;", "\"")
            .replace("&apos;", "'")
            .replace("&#39;", "'")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&"),
    )
}

impl TestServer {
    /// Sends any request; returns status, headers and the body of the answer.
    pub async fn http(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, String)],
        body: &[u8],
    ) -> (u16, HeaderMap, Vec<u8>) {
        self.send(method, path, headers, body, None).await
    }

    /// The same, from this address.
    pub async fn http_from(
        &self,
        address: IpAddr,
        method: &str,
        path: &str,
        headers: &[(&str, String)],
        body: &[u8],
    ) -> (u16, HeaderMap, Vec<u8>) {
        self.send(method, path, headers, body, Some(address)).await
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, String)],
        body: &[u8],
        address: Option<IpAddr>,
    ) -> (u16, HeaderMap, Vec<u8>) {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        if let Some(address) = address {
            request = request.extension(SourceAddress(address));
        }
        let response = self.answer(request.body(Body::from(body.to_vec())).unwrap()).await;
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        (head.status.as_u16(), head.headers, body)
    }

    /// Answers a request as it is.
    #[expect(clippy::missing_panics_doc, reason = "a test kit fails by panicking")]
    pub async fn answer(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// GETs a JSON document; returns status and document.
    pub async fn get(&self, path: &str) -> (u16, Value) {
        let (status, _, body) = self.http("GET", path, &[], b"").await;
        (status, serde_json::from_slice(&body).unwrap_or_else(|_| json!(null)))
    }
}
