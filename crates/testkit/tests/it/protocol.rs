//! The protocol around the operations: docs/cognito/protocol.md §1–§6, and input that means no good.

use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::Request;
use http_body::Frame;
use poolhouse_api::{Api, Observation};
use poolhouse_kernel::request::{Origin, Principal};
use poolhouse_testkit::{Database, TestServer, on_both};
use poolhouse_wire::user_pools::Operation;
use poolhouse_wire::{ErrorCode, kms};
use serde_json::{Value, json};
use tokio::task::yield_now;
use tokio::time::timeout;
use tower::ServiceExt as _;

const TARGET: &str = "AWSCognitoIdentityProviderService.";

async fn server() -> TestServer {
    TestServer::start(Database::Sqlite).await
}

fn json_headers(target: &str) -> Vec<(&'static str, String)> {
    vec![("content-type", "application/x-amz-json-1.1".to_owned()), ("x-amz-target", target.to_owned())]
}

on_both! {
    // protocol §2, §3: headers of a success and of an error
    async fn answers_carry_the_headers_of_the_protocol(server) {
        let pool = server.pool(json!({})).await;
        let input = json!({ "UserPoolId": pool, "GroupName": "g" }).to_string();
        for (operation, status) in [("GetGroup", 400), ("CreateGroup", 200), ("DeleteGroup", 200)] {
            let (got, headers, body) = server.admin().raw(operation, input.as_bytes()).await;
            assert_eq!(got, status, "{operation}");
            assert_eq!(headers["content-type"], "application/x-amz-json-1.1");
            assert_eq!(headers["x-amzn-requestid"].len(), 36);
            assert_eq!(headers["access-control-allow-origin"], "*");
            assert_eq!(
                headers["access-control-expose-headers"],
                "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date"
            );
            if operation == "GetGroup" {
                assert_eq!(headers["x-amzn-errortype"], "ResourceNotFoundException:");
                assert_eq!(headers["x-amzn-errormessage"], "Group not found.");
                let body: Value = serde_json::from_slice(&body).unwrap();
                assert_eq!(body, json!({ "__type": "ResourceNotFoundException", "message": "Group not found." }));
            }
            if operation == "DeleteGroup" {
                assert!(body.is_empty(), "no output shape: a zero-byte body");
            }
        }
    }

    // protocol §1: unknown members ignored, null as absent, no body as {}
    async fn tolerance_towards_newer_clients(server) {
        let pool = server.pool(json!({})).await;
        let input = json!({
            "UserPoolId": pool, "GroupName": "g", "Description": null, "Invented": { "deep": [1, 2] },
        });
        server.admin().ok("CreateGroup", input).await;
        let (status, _, body) = server.admin().raw("ListUserPools", b"").await;
        assert_eq!(status, 400);
        assert!(String::from_utf8_lossy(&body).contains("Value null at 'maxResults'"));
    }
}

// protocol §3.1: target, prefix, version of JSON
#[tokio::test]
async fn what_is_no_operation_is_unknown() {
    let server = server().await;
    let targets = [
        "",
        "CreateGroup",
        "AWSCognitoIdentityProviderService.",
        "AWSCognitoIdentityProviderService.createGroup",
        "Other.CreateGroup",
    ];
    for target in targets {
        let (status, headers, body) = server.http("POST", "/", &json_headers(target), b"{}").await;
        assert_eq!(
            (status, body.as_slice()),
            (400, br#"{"__type":"UnknownOperationException"}"#.as_slice()),
            "{target}"
        );
        assert!(!headers.contains_key("x-amzn-errormessage"));
    }
    let mut old = json_headers("AWSCognitoIdentityProviderService.CreateGroup");
    old[0].1 = "application/x-amz-json-1.0".to_owned();
    assert_eq!(server.http("POST", "/", &old, b"{}").await.0, 400);
    for (method, path) in
        [("GET", "/"), ("PUT", "/"), ("POST", "/other"), ("GET", "/a/b/c"), ("DELETE", "/x")]
    {
        let (status, _, body) = server.http(method, path, &[], b"").await;
        assert_eq!(
            (status, body.as_slice()),
            (404, br#"{"__type":"UnknownOperationException"}"#.as_slice()),
            "{method} {path}"
        );
    }
}

// protocol §3.2: a caller without a signature learns nothing of the content
#[tokio::test]
async fn the_signature_comes_before_the_content() {
    let server = server().await;
    for body in ["{}", "not json", r#"{"UserPoolId":"x"}"#] {
        let (_, _, answer) = server.public().raw("DescribeUserPool", body.as_bytes()).await;
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!(
            answer,
            json!({ "__type": "MissingAuthenticationTokenException", "message": "Missing Authentication Token" })
        );
    }
}

// protocol §3.1: bodies that are not what the model says
#[tokio::test]
async fn bodies_of_the_wrong_form_are_serialization_errors() {
    let server = server().await;
    for body in ["{", "[1,", "nul", "\u{feff}{}", "{\"UserPoolId\": \"\\ud800\"}", "{}{}"] {
        let (status, _, answer) = server.admin().raw("CreateGroup", body.as_bytes()).await;
        assert_eq!(
            (status, String::from_utf8_lossy(&answer).as_ref()),
            (400, r#"{"__type":"SerializationException"}"#),
            "{body}"
        );
    }
    for (body, message) in [
        (
            json!({ "GroupName": 7 }),
            "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String",
        ),
        (json!({ "GroupName": true }), "class java.lang.Boolean can not be converted to an String"),
        (json!({ "GroupName": [] }), "Start of list found where not expected"),
        (json!({ "GroupName": {} }), "Start of structure or map found where not expected."),
        (json!({ "Precedence": "1" }), "class java.lang.String can not be converted to an Integer"),
    ] {
        let error = server.admin().call("CreateGroup", body).await.unwrap_err();
        assert_eq!((error.code.as_str(), error.message.as_str()), ("SerializationException", message));
    }
    let deep = format!("{{\"UserPoolId\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(server.admin().raw("CreateGroup", deep.as_bytes()).await.0, 400);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_as_too_large() {
    let server = server().await;
    let body = vec![b' '; poolhouse_api::BODY_LIMIT + 1];
    let (status, headers, _) = server.admin().raw("CreateGroup", &body).await;
    assert_eq!((status, headers["x-amzn-errortype"].to_str().unwrap()), (413, "SerializationException:"));
    // One byte less is read, and is no JSON.
    assert_eq!(server.admin().raw("CreateGroup", &body[1..]).await.0, 400);
    assert_eq!(poolhouse_api::BODY_LIMIT, 256 * 1024);
}

// Texts that nobody has checked come back in part: the head of an answer must stay readable.
#[tokio::test]
async fn a_long_message_is_cut_in_the_header() {
    let server = server().await;
    let text = "x".repeat(50_000);
    let input = json!({ "UserPoolId": text, "GroupName": text, "Description": text, "RoleArn": text });
    let (status, headers, body) = server.admin().raw("CreateGroup", input.to_string().as_bytes()).await;
    assert_eq!(status, 400);
    let body: Value = serde_json::from_slice(&body).unwrap();
    let (header, message) =
        (headers["x-amzn-errormessage"].to_str().unwrap(), body["message"].as_str().unwrap());
    assert_eq!(header.len(), 1024);
    assert!(message.starts_with(header) && (8_000..60_000).contains(&message.len()), "{}", message.len());
}

// protocol §6
#[tokio::test]
async fn a_preflight_allows_what_the_browser_asks_for() {
    let server = server().await;
    let asked = "authorization,cache-control,content-type,x-amz-target,x-amz-user-agent";
    let headers = [
        ("origin", "https://app.example.com".to_owned()),
        ("access-control-request-method", "POST".to_owned()),
        ("access-control-request-headers", asked.to_owned()),
    ];
    let (status, answer, body) = server.http("OPTIONS", "/", &headers, b"").await;
    assert_eq!((status, body.len()), (200, 0));
    assert_eq!(answer["access-control-allow-headers"], asked);
    assert_eq!(answer["access-control-allow-methods"], "POST");
    assert_eq!(answer["access-control-allow-origin"], "*");
    assert_eq!(answer["access-control-max-age"], "172800");
    assert!(!answer.contains_key("access-control-allow-credentials"));
}

// protocol §5: every operation that AWS signs asks for a signature, and no other does
#[tokio::test]
async fn authority_of_every_operation() {
    let server = server().await;
    for operation in Operation::ALL {
        let signed = matches!(operation.facts().authority, poolhouse_wire::Authority::Iam);
        let (status, _, body) = server.public().raw(operation.facts().name, b"{}").await;
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(status, 400, "{operation}");
        assert_eq!(body["__type"] == "MissingAuthenticationTokenException", signed, "{operation}: {body}");
    }
}

// Operations that are not served yet say so; an empty request of any other is the caller's error.
#[tokio::test]
async fn an_empty_request_of_any_operation_is_answered_with_a_modelled_error() {
    let server = server().await;
    for operation in Operation::ALL {
        let (status, headers, body) = server.admin().raw(operation.facts().name, b"{}").await;
        assert!(status == 200 || status == 400, "{operation} answered {status}");
        if status == 400 {
            let body: Value = serde_json::from_slice(&body).unwrap();
            let code = body["__type"].as_str().unwrap();
            assert_eq!(headers["x-amzn-errortype"].to_str().unwrap(), format!("{code}:"));
            let expected =
                ["InvalidParameterException", "UnsupportedOperationException", "NotAuthorizedException"];
            assert!(expected.contains(&code), "{operation}: {body}");
        }
    }
}

// Text that tries to break out of something: every string member of every operation takes it.
#[tokio::test]
async fn hostile_text_in_any_member_is_at_most_a_modelled_error() {
    let server = server().await;
    let pool = server.pool(json!({})).await;
    let hostile =
        ["'; DROP TABLE users; --", "\u{0}", "../../etc/passwd", "%s%n", "\u{202e}\u{10ffff}", "{\"a\":1}"];
    for operation in Operation::ALL {
        for text in hostile {
            let members = [
                "Username",
                "GroupName",
                "ClientId",
                "PoolName",
                "ClientName",
                "Filter",
                "AccessToken",
                "Session",
                "Description",
                "ProviderName",
                "Identifier",
                "ResourceArn",
                "NextToken",
                "PaginationToken",
            ];
            let mut input = json!({ "UserPoolId": pool });
            for member in members {
                input[member] = text.into();
            }
            let (status, _, body) =
                server.admin().raw(operation.facts().name, input.to_string().as_bytes()).await;
            assert!(
                status == 200 || status == 400,
                "{operation} {text:?}: {}",
                String::from_utf8_lossy(&body)
            );
        }
    }
}

// A message goes out after the commit; who hangs up between the two has an account and needs its code.
#[tokio::test]
async fn what_a_client_began_is_finished_when_it_hangs_up() {
    let server = server().await;
    let pool = server.pool(json!({ "AutoVerifiedAttributes": ["email"] })).await;
    let client = server.client(&pool, json!({})).await;
    let input = json!({
        "ClientId": client, "Username": "ann", "Password": TestServer::PASSWORD,
        "UserAttributes": [{ "Name": "email", "Value": "ann@example.com" }],
    });
    let (caller, input) = (server.public(), input.to_string());
    let mut call = Box::pin(caller.raw("SignUp", input.as_bytes()));
    assert!(poll_fn(|cx| Poll::Ready(call.as_mut().poll(cx).is_pending())).await);
    drop(call);
    let finished = async {
        while server.messages("ann").is_empty() {
            yield_now().await;
        }
    };
    timeout(Duration::from_secs(60), finished).await.unwrap();
    server.finish().await;
}

// Who has signed nothing does not have the server wait for a body.
#[tokio::test]
async fn a_body_is_not_read_without_a_header_that_could_have_signed_it() {
    let server = server().await;
    let api = Api::new(server.engine().clone(), Arc::new(|_: &Observation| {}));
    let ask = async |operation: &str| {
        let request = Request::post("/").header("x-amz-target", format!("{TARGET}{operation}"));
        api.router().oneshot(request.body(Body::new(NeverComes)).unwrap()).await.unwrap()
    };
    let refused = timeout(Duration::from_secs(60), ask("ListUsers")).await.unwrap();
    assert_eq!(refused.headers()["x-amzn-errortype"], "MissingAuthenticationTokenException:");
    let mut waits = Box::pin(ask("GetUser"));
    assert!(poll_fn(|cx| Poll::Ready(waits.as_mut().poll(cx).is_pending())).await);
}

/// A body of which nothing comes.
struct NeverComes;

impl HttpBody for NeverComes {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

/// A log that can be read.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

// Pages and documents of a pool stand at their paths alone, and do nothing at a glance.
#[tokio::test]
async fn other_paths_are_unknown() {
    let server = server().await;
    let pool = server.pool(json!({})).await;
    let unknown = json!({ "__type": "UnknownOperationException" });
    for path in [
        "/confirmUser",
        "/a/b/confirmUser",
        "/a/confirmuser",
        "/a/confirmUser//",
        "/%FF/confirmUser",
        "/a/.well-known/other",
        "/a/b/.well-known/jwks.json",
        "/.well-known/jwks.json",
        "/a",
        "//",
    ] {
        assert_eq!(server.get(path).await, (404, unknown.clone()), "{path}");
    }
    for (method, path, status) in [
        ("GET", "/".to_owned(), 404),
        ("PUT", "/".to_owned(), 404),
        ("OPTIONS", "/anything/else".to_owned(), 200),
        ("GET", format!("/{pool}/confirmUser"), 400),
        ("GET", format!("/{pool}/confirmUser/"), 400),
        ("HEAD", format!("/{pool}/confirmUser/"), 404),
        ("POST", format!("/{pool}/authEventFeedback"), 404),
        ("GET", format!("/{pool}/authEventFeedback/"), 400),
    ] {
        let (answered, headers, _) = server.http(method, &path, &[], b"").await;
        assert_eq!(answered, status, "{method} {path}");
        assert!(!headers.contains_key("allow"), "{method} {path}");
    }
    let target = format!("{TARGET}DescribeUserPool");
    assert_eq!(server.http("GET", "/", &[("x-amz-target", target)], b"").await.0, 404);
}

#[tokio::test]
async fn what_is_invoked_in_this_process_is_checked_and_counted_as_a_request_is() {
    let server = server().await;
    let pool = server.pool(json!({})).await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let observed = Arc::clone(&seen);
    let observer = move |observation: &Observation| {
        let operation = observation.operation.unwrap();
        let error = observation.error.map(ErrorCode::as_str);
        observed.lock().unwrap().push((operation.facts().action, error));
    };
    let api = Api::new(server.engine().clone(), Arc::new(observer));
    let invoke = async |operation: poolhouse_wire::Operation, input: Value| {
        let principal = Arc::new(Principal::root("console", "000000000000"));
        api.invoke(principal, Origin::default(), operation, input).await
    };
    let group = json!({ "UserPoolId": pool, "GroupName": "g" });
    let made = invoke(Operation::CreateGroup.into(), group.clone()).await.unwrap();
    assert_eq!(made["Group"]["GroupName"], "g");
    assert_eq!(server.admin().ok("GetGroup", group.clone()).await, made);
    assert_eq!(invoke(Operation::DeleteGroup.into(), group.clone()).await.unwrap(), Value::Null);
    let refused = invoke(Operation::GetGroup.into(), json!({ "UserPoolId": pool })).await.unwrap_err();
    let over_http = server.admin().refused("GetGroup", json!({ "UserPoolId": pool })).await;
    assert_eq!((refused.code().as_str(), refused.message().unwrap()), (&*over_http.0, &*over_http.1));
    // A signature is nothing to an operation that wants a token.
    let public = invoke(Operation::GetUser.into(), json!({ "AccessToken": "x" })).await.unwrap_err();
    assert_eq!(public.code(), ErrorCode::NotAuthorizedException);
    let wrapped = json!({ "CiphertextBlob": "AAAA" });
    assert!(invoke(kms::Operation::Decrypt.into(), wrapped).await.is_err());
    // A violated constraint has another name at every service.
    let unnamed = json!({ "CiphertextBlob": "AAAA", "KeyId": "" });
    let violated = invoke(kms::Operation::Decrypt.into(), unnamed).await.unwrap_err();
    assert!(
        violated.message().unwrap().starts_with("1 validation error detected: Value '' at 'keyId' failed")
    );
    let expected = [
        ("cognito-idp:CreateGroup", None),
        ("cognito-idp:DeleteGroup", None),
        ("cognito-idp:GetGroup", Some("InvalidParameterException")),
        ("cognito-idp:GetUser", Some("NotAuthorizedException")),
        ("kms:Decrypt", Some("InvalidCiphertextException")),
        ("kms:Decrypt", Some("ValidationException")),
    ];
    assert_eq!(*seen.lock().unwrap(), expected);
}

#[tokio::test]
async fn a_panic_is_answered_and_a_quiet_log_names_its_request() {
    let server = server().await;
    let log = Log::default();
    let writer = log.clone();
    let lines = tracing_subscriber::fmt().with_max_level(tracing::Level::WARN).with_ansi(false);
    let _logging = tracing::subscriber::set_default(lines.with_writer(move || writer.clone()).finish());
    // A function of tests is the part of a request that they can make panic.
    let function = server.function_with("f", |_| panic!("a defect"));
    let pool = server.pool(json!({ "LambdaConfig": { "PreSignUp": function } })).await;
    let client = server.client(&pool, json!({})).await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let observed = Arc::clone(&seen);
    let observer = move |observation: &Observation| observed.lock().unwrap().push(observation.error);
    let api = Api::new(server.engine().clone(), Arc::new(observer));
    let sign_up = json!({ "ClientId": client, "Username": "eve", "Password": "Passw0rd!" });
    let request = Request::post("/").header("x-amz-target", format!("{TARGET}SignUp"));
    let response =
        api.router().oneshot(request.body(Body::from(sign_up.to_string())).unwrap()).await.unwrap();
    assert_eq!(*seen.lock().unwrap(), [Some(ErrorCode::InternalErrorException)]);
    assert_eq!(response.status(), 500);
    assert_eq!(response.headers()["x-amzn-errortype"], "InternalErrorException:");
    let id = response.headers()["x-amzn-requestid"].to_str().unwrap();
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let line = log.lines().find(|line| line.contains("internal failure")).unwrap();
    assert!(line.contains("ERROR") && line.contains(&format!("request_id={id}")), "{log}");
}
