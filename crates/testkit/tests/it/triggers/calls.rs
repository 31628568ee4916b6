//! Invocation: errors, their texts, repetition (triggers-and-messages §2, §3).

use std::time::Duration;

use poolhouse_ports::{InvokeError, Triggers};
use poolhouse_testkit::{Database, Outcome, Parts, TestServer, on_both, refusal};
use serde_json::json;

use super::{failed, sign_up, users, with_triggers};

const NO_JSON: &str = "Invalid lambda function output : Invalid JSON";
const OTHER_FORM: &str = "Unrecognizable lambda output";

on_both! {
    // observed; triggers-and-messages §14, 1
    async fn what_the_function_says_is_told_with_a_full_stop(server) {
        let (pool, client) = with_triggers(server, json!({ "PreSignUp": server.failing_function("f", "x") })).await;
        let refused = server.public().refused("SignUp", sign_up(&client, "alice")).await;
        assert_eq!(refused, failed("PreSignUp failed with error x."));
        server.failing_function("f", "No. ");
        let refused = server.public().refused("SignUp", sign_up(&client, "alice")).await;
        assert_eq!(refused, failed("PreSignUp failed with error No. ."));
        assert_eq!(users(server, &pool).await, 0, "before the write a failure leaves no trace");
        assert_eq!(server.take_events().len(), 2, "a function that failed is not tried again");
    }

    // observed
    async fn a_function_that_cannot_be_run_is_named_with_the_cause(server) {
        let forbidden = |_| Outcome::Error(InvokeError::Refused("AccessDeniedException".to_owned()));
        let (_, client) = with_triggers(server, json!({ "PreSignUp": server.function_with("f", forbidden) })).await;
        let refused = server.public().refused("SignUp", sign_up(&client, "alice")).await;
        let text = "PreSignUp invocation failed due to error AccessDeniedException.";
        assert_eq!(refused, refusal("UnexpectedLambdaException", text));
        assert_eq!(server.take_events().len(), 1);
    }

    // A missing function and one without permission are alike for AWS's callers
    async fn an_arn_without_target_is_no_function(server) {
        let arn = "arn:aws:lambda:eu-west-1:111122223333:function:elsewhere";
        let (_, client) = with_triggers(server, json!({ "PreSignUp": arn })).await;
        let refused = server.public().refused("SignUp", sign_up(&client, "alice")).await;
        let text = "PreSignUp invocation failed due to error AccessDeniedException.";
        assert_eq!(refused, refusal("UnexpectedLambdaException", text));
    }

    // text observed; three tries documented
    async fn a_function_that_does_not_answer_is_tried_three_times(server) {
        let (_, client) =
            with_triggers(server, json!({ "PreSignUp": server.function_with("f", |_| Outcome::Silence) })).await;
        let refused = server.public().refused("SignUp", sign_up(&client, "alice")).await;
        let text =
            "PreSignUp invocation failed due to error Socket timeout while invoking Lambda function.";
        assert_eq!(refused, refusal("UnexpectedLambdaException", text));
        let events = server.take_events();
        assert_eq!(events.len(), 3);
        assert!(events.iter().all(|event| *event == events[0]), "the same event");
    }

    async fn a_broken_connection_is_tried_again_and_not_described(server) {
        let broken = |_| Outcome::Error(InvokeError::Transport("10.0.0.1:80: refused".to_owned()));
        let (_, client) = with_triggers(server, json!({ "PreSignUp": server.function_with("f", broken) })).await;
        let refused = server.public().refused("SignUp", sign_up(&client, "alice")).await;
        let text = "PreSignUp invocation failed due to error Connection failure while invoking Lambda function.";
        assert_eq!(refused, refusal("UnexpectedLambdaException", text));
        assert_eq!(server.take_events().len(), 3);
    }

    // observed
    async fn an_answer_has_the_form_of_the_event(server) {
        let (pool, client) = with_triggers(server, json!({ "PreSignUp": server.function("f", |_| {}) })).await;
        for (answer, text) in [
            ("", NO_JSON),
            ("null", NO_JSON),
            ("{", NO_JSON),
            ("true", OTHER_FORM),
            ("[]", OTHER_FORM),
            ("{}", OTHER_FORM),
            (r#"{"response":null}"#, OTHER_FORM),
            (r#"{"response":[]}"#, OTHER_FORM),
            (r#"{"response":{"autoConfirmUser":"yes"}}"#, OTHER_FORM),
        ] {
            server.function_with("f", move |_| Outcome::Answer(answer.as_bytes().to_vec()));
            let refused = server.public().refused("SignUp", sign_up(&client, "alice")).await;
            assert_eq!(refused, refusal("InvalidLambdaResponseException", text), "{answer}");
        }
        assert_eq!(users(server, &pool).await, 0);
        // inferred: what nobody knows is ignored, and null is nothing
        let answer = r#"{"extra":1,"response":{"autoConfirmUser":null,"more":{}}}"#;
        server.function_with("f", move |_| Outcome::Answer(answer.as_bytes().to_vec()));
        server.public().ok("SignUp", sign_up(&client, "alice")).await;
    }
}

/// A server that is set up differently.
async fn changed(change: impl FnOnce(&mut Parts)) -> TestServer {
    TestServer::start_with(Database::Sqlite, change).await
}

#[tokio::test]
async fn a_function_that_hangs_harms_its_own_request_alone() {
    // Longer than any test: whoever waits for it waits in vain.
    let server = changed(|parts| {
        parts.kernel.triggers = parts.kernel.triggers.clone().patience(Duration::from_secs(3600));
    })
    .await;
    let hanging = server.function_with("f", |_| Outcome::Silence);
    let (_, hanging) = with_triggers(&server, json!({ "PreSignUp": hanging })).await;
    let (pool, other) = with_triggers(&server, json!({})).await;
    let public = server.public();
    let mut stuck = Box::pin(public.call("SignUp", sign_up(&hanging, "alice")));
    for n in 0..20 {
        let name = format!("user{n}");
        tokio::select! {
            biased;
            done = &mut stuck => unreachable!("{done:?}"),
            answer = public.call("SignUp", sign_up(&other, &name)) => { answer.unwrap(); }
        }
    }
    assert_eq!((users(&server, &pool).await, server.take_events().len()), (20, 1));
    drop(stuck);
    server.finish().await;
}

#[tokio::test]
async fn without_functions_none_is_run() {
    let server = changed(|parts| parts.kernel.triggers = Triggers::none()).await;
    let arn = server.function("f", |_| {});
    let (_, client) = with_triggers(&server, json!({ "PreSignUp": arn })).await;
    server.public().refused("SignUp", sign_up(&client, "alice")).await;
    assert_eq!(server.take_events(), [json!(null); 0]);
    server.finish().await;
}
