//! The message of AdminCreateUser, and its repetition (users-and-groups §12.1).

use poolhouse_ports::Courier;
use poolhouse_testkit::{Database, TestServer, on_both};
use serde_json::{Value, json};

use super::{attributes, get, object, of_user, refusal};

/// A request for a user with e-mail address and telephone number.
fn invited(pool: &str, more: &Value) -> Value {
    let both = json!({ "email": "alice@example.com", "phone_number": "+12065550100" });
    let mut input = json!({ "UserPoolId": pool, "Username": "alice", "UserAttributes": attributes(&both) });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

on_both! {
    async fn it_goes_where_the_administrator_wants(server) {
        let cases = [
            (json!({}), vec!["+12065550100"]),
            (json!({ "DesiredDeliveryMediums": ["EMAIL"] }), vec!["alice@example.com"]),
            (json!({ "DesiredDeliveryMediums": ["SMS", "EMAIL"] }), vec!["+12065550100", "alice@example.com"]),
            (json!({ "MessageAction": "SUPPRESS", "DesiredDeliveryMediums": ["EMAIL"] }), vec![]),
        ];
        let mut before = 0;
        for (more, expected) in cases {
            let pool = server.pool(json!({})).await;
            server.admin().ok("AdminCreateUser", invited(&pool, &more)).await;
            let messages = server.messages("alice");
            let new = &messages[..messages.len() - before];
            let destinations: Vec<&str> = new.iter().map(|m| m.destination.as_str()).collect();
            assert_eq!(destinations, expected, "{more}");
            before = messages.len();
        }
    }

    async fn it_tells_the_name_and_the_password(server) {
        let pool = server.pool(json!({})).await;
        let more = json!({ "TemporaryPassword": "Temp0rary!Pass", "DesiredDeliveryMediums": ["EMAIL"] });
        server.admin().ok("AdminCreateUser", invited(&pool, &more)).await;
        let message = server.messages("alice").remove(0);
        assert_eq!((message.kind, message.code.as_str()), ("CustomMessage_AdminCreateUser", "Temp0rary!Pass"));
        assert!(message.body.contains("alice") && message.body.contains("Temp0rary!Pass"), "{}", message.body);
    }

    async fn without_an_address_it_is_refused_or_not_sent(server) {
        let pool = server.pool(json!({})).await;
        let cases = [
            (json!(["EMAIL"]), "No email provided but desired delivery medium was Email"),
            (json!(["SMS"]), "No phone number provided but desired delivery medium was SMS"),
        ];
        for (media, text) in cases {
            let input = json!({ "UserPoolId": pool, "Username": "bob", "DesiredDeliveryMediums": media });
            assert_eq!(server.admin().refused("AdminCreateUser", input).await, refusal("InvalidParameter", text));
            let missing = refusal("UserNotFound", "User does not exist.");
            assert_eq!(server.admin().refused("AdminGetUser", of_user(&pool, "bob")).await, missing);
        }
        // observed: no medium named and no telephone number
        server.admin().ok("AdminCreateUser", of_user(&pool, "bob")).await;
        assert!(server.messages("bob").is_empty());
    }

    async fn it_can_be_repeated_until_the_password_is_changed(server) {
        let pool = server.pool(json!({})).await;
        server.admin().ok("AdminCreateUser", invited(&pool, &json!({}))).await;
        let first = server.code("alice");
        server.clock().advance_seconds(60);
        let more = json!({ "MessageAction": "RESEND", "UserAttributes": attributes(&json!({ "name": "Eve" })) });
        let again = server.admin().ok("AdminCreateUser", invited(&pool, &more)).await;
        assert_ne!(server.code("alice"), first);
        assert_eq!(server.messages("alice").len(), 2);
        let user = get(server, &pool, "alice").await;
        // inferred: attributes in the call do not count
        assert_eq!(again["User"]["Attributes"], user["UserAttributes"]);
        assert_eq!(object(&user["UserAttributes"])["name"], Value::Null);
        assert_eq!(user["UserStatus"], "FORCE_CHANGE_PASSWORD");

        let resend = |name: &str| json!({ "UserPoolId": pool, "Username": name, "MessageAction": "RESEND" });
        let missing = refusal("UserNotFound", "User does not exist.");
        assert_eq!(server.admin().refused("AdminCreateUser", resend("absent")).await, missing);
        server.user(&pool, "someone", json!({})).await;
        let text = "Resend not possible. someone status is not FORCE_CHANGE_PASSWORD";
        let refused = server.admin().refused("AdminCreateUser", resend("someone")).await;
        assert_eq!(refused, refusal("UnsupportedUserState", text));
    }
}

#[tokio::test]
async fn a_user_whose_invitation_fails_exists() {
    let server =
        TestServer::start_with(Database::Sqlite, |parts| parts.kernel.courier = Courier::unconfigured())
            .await;
    let pool = server.pool(json!({})).await;
    let refused = server.admin().refused("AdminCreateUser", invited(&pool, &json!({}))).await;
    assert_eq!(refused.0, "CodeDeliveryFailureException");
    assert_eq!(get(&server, &pool, "alice").await["UserStatus"], "FORCE_CHANGE_PASSWORD");
    server.finish().await;
}
