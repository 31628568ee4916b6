//! Services beside user pools: how each is found, and what the protocol around its operations is
//! (docs/cognito/identity-pools-and-iam.md §1, §8, §10.4, docs/cognito/new-operations.md §17.1).

use std::sync::Arc;

use poolhouse_api::{Api, PUBLIC_BODY_LIMIT};
use poolhouse_kernel::request::{Origin, Principal};
use poolhouse_testkit::{Database, TestServer, on_both};
use poolhouse_wire::{Authority, ErrorCode, Operation, Protocol, iam, identity_pools, secretsmanager, sts};
use serde_json::json;

const STS: &str = "https://sts.amazonaws.com/doc/2011-06-15/";
const IDENTITY: &str = "Action=GetCallerIdentity&Version=2011-06-15";

async fn server() -> TestServer {
    TestServer::start(Database::Sqlite).await
}

/// What stands in the first element of that name.
#[track_caller]
fn text<'a>(xml: &'a str, name: &str) -> &'a str {
    let (_, rest) = xml.split_once(&format!("<{name}>")).unwrap();
    rest.split_once(&format!("</{name}>")).unwrap().0
}

on_both! {
    // identity-pools-and-iam §8.2
    async fn whoever_signs_may_ask_who_they_are(server) {
        let (status, headers, xml) = server.admin().of(&sts::SERVICE).form(IDENTITY).await;
        assert_eq!((status, &headers["content-type"]), (200, &"text/xml".parse().unwrap()), "{xml}");
        let id = headers["x-amzn-requestid"].to_str().unwrap();
        let account = &server.engine().settings().account_id;
        assert_eq!(xml, format!(
            "<GetCallerIdentityResponse xmlns=\"{STS}\"><GetCallerIdentityResult><UserId>{account}</UserId>\
             <Account>{account}</Account><Arn>arn:aws:iam::{account}:root</Arn></GetCallerIdentityResult>\
             <ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
        ));
    }
}

// identity-pools-and-iam §8.1, §12
#[tokio::test]
async fn errors_of_query_have_their_own_names_and_statuses() {
    let server = server().await;
    let (token_service, account) = (server.admin().of(&sts::SERVICE), server.admin().of(&iam::SERVICE));
    for (caller, body, expected) in [
        (server.public().of(&sts::SERVICE), IDENTITY, (403, "MissingAuthenticationToken")),
        // Signed for another service.
        (account, IDENTITY, (403, "SignatureDoesNotMatch")),
        (server.admin(), IDENTITY, (403, "SignatureDoesNotMatch")),
        (token_service, "Action=GetUser&Version=2010-05-08", (403, "SignatureDoesNotMatch")),
        (token_service, "Action=Nothing&Version=2011-06-15", (400, "InvalidAction")),
        (token_service, "Action=GetCallerIdentity", (400, "InvalidAction")),
        (token_service, "", (400, "InvalidAction")),
        (token_service, "Action=%zz", (400, "MalformedInput")),
        (account, "Action=ListUsers&Version=2010-05-08&MaxItems=x", (400, "MalformedInput")),
        (account, "Action=ListUsers&Version=2010-05-08&MaxItems=0", (400, "ValidationError")),
        (account, "Action=CreateUser&Version=2010-05-08&UserName=a+b", (400, "ValidationError")),
    ] {
        let (status, headers, xml) = caller.form(body).await;
        assert_eq!((status, text(&xml, "Code")), expected, "{body}");
        assert_eq!(text(&xml, "Type"), "Sender");
        assert_eq!(text(&xml, "RequestId"), headers["x-amzn-requestid"]);
        assert_eq!(headers["content-type"], "text/xml");
    }
    let (_, _, xml) = token_service.form("Action=Nothing&Version=2011-06-15").await;
    assert_eq!(text(&xml, "Message"), "Could not find operation Nothing for version 2011-06-15");
    let (_, _, xml) = token_service.form(&format!("Action={}&Version=1", "x".repeat(1000))).await;
    assert!(!xml.contains("Message"), "{xml}");
    let (_, _, xml) = account.form("Action=CreateUser&Version=2010-05-08&Tags.member.1.Key=k").await;
    assert_eq!(
        text(&xml, "Message"),
        "2 validation errors detected: Value null at 'userName' failed to satisfy constraint: Member must not be null; \
         Value null at 'tags.1.member.value' failed to satisfy constraint: Member must not be null"
    );
}

#[tokio::test]
async fn who_does_not_sign_has_little_to_say_in_a_form() {
    let server = server().await;
    let long = format!("{IDENTITY}&X={}", "x".repeat(PUBLIC_BODY_LIMIT));
    let (status, _, xml) = server.public().of(&sts::SERVICE).form(&long).await;
    assert_eq!((status, text(&xml, "Code")), (413, "MalformedInput"));
    assert_eq!(server.admin().of(&sts::SERVICE).form(&long).await.0, 200);
}

/// The code of an answer of either protocol.
async fn code(server: &TestServer, operation: Operation, signed: bool) -> String {
    let caller = if signed { server.admin() } else { server.public() };
    let (caller, name) = (caller.of(operation.service()), operation.facts().name);
    match operation.service().protocol {
        Protocol::Json { .. } => {
            caller.call(name, json!({})).await.map_or_else(|error| error.code, |_| String::new())
        }
        Protocol::Query { version, .. } => {
            let (status, _, xml) = caller.form(&format!("Action={name}&Version={version}")).await;
            if status == 200 { String::new() } else { text(&xml, "Code").to_owned() }
        }
    }
}

// What is not served yet asks for signature and constraints first, as all others.
#[tokio::test]
async fn every_operation_of_every_service_asks_for_what_its_model_says() {
    let server = server().await;
    for operation in Operation::all() {
        let facts = operation.facts();
        let signed = matches!(facts.authority, Authority::Iam | Authority::Signature);
        let refused = code(&server, operation, false).await;
        let missing =
            ["MissingAuthenticationTokenException", "MissingAuthenticationToken"].contains(&&*refused);
        assert_eq!(missing, signed, "{}: {refused}", facts.action);
        let answered = code(&server, operation, true).await;
        assert_ne!(answered, "InternalErrorException", "{}", facts.action);
    }
}

#[tokio::test]
async fn services_of_json_are_told_apart_by_their_targets() {
    let server = server().await;
    let pools = server.admin().of(&identity_pools::SERVICE);
    let (status, headers, _) = pools.raw("ListIdentityPools", br#"{"MaxResults":10}"#).await;
    assert_eq!((status, &headers["content-type"]), (200, &"application/x-amz-json-1.1".parse().unwrap()));
    let refused = pools.refused(
        "CreateIdentityPool",
        json!({ "IdentityPoolName": "a*", "AllowUnauthenticatedIdentities": true }),
    );
    assert_eq!(refused.await.0, "ValidationException");
    // A public operation looks at no signature.
    let public = server.public().of(&identity_pools::SERVICE);
    assert_eq!(public.refused("GetId", json!({})).await.0, "ValidationException");
    // The text of an error stands in another member there.
    let (_, _, body) = server.admin().of(&secretsmanager::SERVICE).raw("GetSecretValue", b"{}").await;
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["__type"], "ValidationException");
    assert!(body["Message"].as_str().unwrap().contains("'secretId'"), "{body}");
}

#[tokio::test]
async fn an_operation_of_query_is_invoked_in_this_process_as_any_other() {
    let server = server().await;
    let api = Api::new(server.engine().clone(), Arc::new(|_| {}));
    let invoke = async |operation: Operation, input| {
        let principal = Arc::new(Principal::root("console", "000000000000"));
        api.invoke(principal, Origin::default(), operation, input).await
    };
    let caller = invoke(sts::Operation::GetCallerIdentity.into(), json!({})).await.unwrap();
    assert_eq!(
        caller,
        json!({ "UserId": "000000000000", "Account": "000000000000", "Arn": "arn:aws:iam::000000000000:root" })
    );
    let violated = invoke(iam::Operation::GetRole.into(), json!({ "RoleName": "" })).await.unwrap_err();
    assert_eq!(violated.code(), ErrorCode::ValidationException);
}
