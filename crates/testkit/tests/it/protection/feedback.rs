//! AdminUpdateAuthEventFeedback, UpdateAuthEventFeedback and the link in the mail
//! (operations-and-protection §9.4).

use poolhouse_testkit::{TestServer, on_both, refusal};
use serde_json::{Value, json};

use super::user::Alice;

const NOTIFY: &str = "arn:aws:ses:us-east-1:000000000000:identity/example.com";

/// Alice, who was told of a sign-in from elsewhere; its id and the token of the mail.
async fn told(server: &TestServer) -> (Alice<'_>, Value, String) {
    let alice = Alice::new(server, "ENFORCED").await;
    let action = json!({ "Notify": true, "EventAction": "NO_ACTION" });
    alice
        .configure(json!({ "AccountTakeoverRiskConfiguration": {
        "NotifyConfiguration": { "SourceArn": NOTIFY },
        "Actions": { "LowAction": action, "MediumAction": action, "HighAction": action },
    } }))
        .await;
    alice.sign_in(alice.home()).await;
    alice.sign_in(alice.away()).await;
    let event = alice.newest().await["EventId"].clone();
    let token = server.code("alice");
    (alice, event, token)
}

fn said(alice: &Alice<'_>, event: &Value, token: &str, value: &str) -> Value {
    alice.named(json!({ "EventId": event, "FeedbackToken": token, "FeedbackValue": value }))
}

on_both! {
    async fn an_administrator_says_what_an_event_was(server) {
        let alice = Alice::new(server, "AUDIT").await;
        alice.sign_in(alice.home()).await;
        let event = alice.newest().await;
        assert!(event.get("EventFeedback").is_none(), "{event}");
        for (value, at) in [("Invalid", 1_893_456_002.0), ("Valid", 1_893_456_003.0)] {
            server.clock().advance_seconds(1);
            let input = alice.named(json!({ "EventId": event["EventId"], "FeedbackValue": value }));
            let (status, _, body) =
                server.admin().raw("AdminUpdateAuthEventFeedback", input.to_string().as_bytes()).await;
            assert_eq!((status, body.as_slice()), (200, b"{}".as_slice()));
            let expected = json!({ "FeedbackValue": value, "Provider": "Admin", "FeedbackDate": at });
            assert_eq!(alice.newest().await["EventFeedback"], expected);
        }
    }

    async fn only_events_of_the_user_can_be_spoken_of(server) {
        let alice = Alice::new(server, "AUDIT").await;
        alice.sign_in(alice.home()).await;
        server.user(&alice.pool, "bob", json!({})).await;
        let event = alice.newest().await["EventId"].clone();
        let input = |username: &str, event: &Value| json!({
            "UserPoolId": alice.pool, "Username": username, "EventId": event, "FeedbackValue": "Valid",
        });
        for (input, code, text) in [
            (input("bob", &event), "ResourceNotFoundException", "Event not found."),
            (input("alice", &json!("none")), "ResourceNotFoundException", "Event not found."),
            (input("nobody", &event), "UserNotFoundException", "User does not exist."),
        ] {
            assert_eq!(server.admin().refused("AdminUpdateAuthEventFeedback", input).await, refusal(code, text));
        }
        let mut wrong = input("alice", &event);
        wrong["FeedbackValue"] = json!("valid");
        let (code, _) = server.admin().refused("AdminUpdateAuthEventFeedback", wrong).await;
        assert_eq!(code, "InvalidParameterException");
        let (code, _) = server.public().refused("AdminUpdateAuthEventFeedback", input("alice", &event)).await;
        assert_eq!(code, "MissingAuthenticationTokenException");
        assert!(alice.newest().await.get("EventFeedback").is_none());
    }

    async fn a_user_says_it_with_the_token_of_the_mail(server) {
        let (alice, event, token) = told(server).await;
        server.public().ok("UpdateAuthEventFeedback", said(&alice, &event, &token, "Invalid")).await;
        let feedback = alice.newest().await["EventFeedback"].clone();
        assert_eq!((&feedback["FeedbackValue"], &feedback["Provider"]), (&json!("Invalid"), &json!("User")));
    }

    async fn a_token_is_for_one_event_of_one_user(server) {
        let (alice, event, token) = told(server).await;
        server.user(&alice.pool, "bob", json!({})).await;
        let other = alice.events().await[1]["EventId"].clone();
        let bad = refusal("NotAuthorizedException", "Invalid feedback token.");
        let altered = format!("{}A", &token[..token.len() - 1]);
        let altered = if altered == token { format!("{}B", &token[..token.len() - 1]) } else { altered };
        let mut of_bob = said(&alice, &event, &token, "Valid");
        of_bob["Username"] = json!("bob");
        let mut of_nobody = of_bob.clone();
        of_nobody["Username"] = json!("nobody");
        for input in [
            said(&alice, &other, &token, "Valid"),
            said(&alice, &event, &altered, "Valid"),
            said(&alice, &event, "token", "Valid"),
            of_bob,
            of_nobody,
        ] {
            assert_eq!(server.public().refused("UpdateAuthEventFeedback", input.clone()).await, bad, "{input}");
        }
        // of another pool
        let elsewhere = Alice::new(server, "AUDIT").await;
        let input = said(&elsewhere, &event, &token, "Valid");
        assert_eq!(server.public().refused("UpdateAuthEventFeedback", input).await, bad);
        let off = Alice::with(server, json!({})).await;
        let refused = server.public().refused("UpdateAuthEventFeedback", said(&off, &event, &token, "Valid")).await;
        assert_eq!(refused.0, "UserPoolAddOnNotEnabledException");
        assert!(alice.newest().await.get("EventFeedback").is_none());
        // The user is gone, and the event with them.
        alice.admin("AdminDeleteUser", json!({})).await;
        let input = said(&alice, &event, &token, "Valid");
        assert_eq!(server.public().refused("UpdateAuthEventFeedback", input).await, bad);
    }

    async fn a_link_in_the_mail_says_it_with_one_click(server) {
        let (alice, event, _) = told(server).await;
        let body = server.messages("alice").remove(0).body;
        let links: Vec<String> = body
            .split('"')
            .filter(|part| part.starts_with("http://"))
            .map(|link| link.replace("&amp;", "&").replace("http://127.0.0.1:7665", ""))
            .collect();
        assert_eq!(links.len(), 2, "{body}");
        let (status, headers, page) = server.http("GET", &links[1], &[], b"").await;
        assert_eq!(status, 200);
        assert_eq!(headers["referrer-policy"], "no-referrer");
        assert!(String::from_utf8(page).unwrap().contains("Thank you for telling us."));
        let newest = alice.newest().await;
        assert_eq!((&newest["EventId"], &newest["EventFeedback"]["FeedbackValue"]), (&event, &json!("Invalid")));

        for (path, expected) in [
            (links[0].replace("Valid", "Perhaps"), 400),
            (links[0].replace("alice", "bob"), 400),
            (links[0].split_once('&').unwrap().0.to_owned(), 400),
            (links[0].replace("authEventFeedback", "authEventfeedback"), 404),
        ] {
            let (status, _, page) = server.http("GET", &path, &[], b"").await;
            assert_eq!(status, expected, "{path}: {}", String::from_utf8_lossy(&page));
        }
        assert_eq!(alice.newest().await, newest);
    }
}
