//! Messages wait in the database until a relay takes them (docs/decisions/0012-an-outbox-in-the-database.md).

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use poolhouse_core::messages::outbox::{self, Depth, Outcome};
use poolhouse_ports::{Courier, DeliveryError, Medium, Message, Transport};
use poolhouse_testkit::{Database, TestServer};
use serde_json::{Value, json};

/// A relay that answers as it is told, and keeps what it took. Told nothing, it takes everything.
#[derive(Clone, Default)]
struct Relay(Arc<Mutex<(VecDeque<DeliveryError>, Vec<Message>)>>);

impl Relay {
    fn transport(&self) -> Transport {
        let relay = self.clone();
        Transport::new(move |message| {
            let mut relay = relay.0.lock().unwrap();
            let answer = match relay.0.pop_front() {
                Some(error) => Err(error),
                None => {
                    relay.1.push(message);
                    Ok(())
                }
            };
            Box::pin(async move { answer })
        })
    }

    fn fails_once(&self, error: DeliveryError) {
        self.0.lock().unwrap().0.push_back(error);
    }

    fn taken(&self) -> Vec<Message> {
        self.0.lock().unwrap().1.clone()
    }
}

/// Each test on both databases, with e-mail going to `relay`, and no way for SMS.
macro_rules! with_relay {
    ($($(#[$meta:meta])* async fn $name:ident($server:ident, $relay:ident) $body:block)+) => {
        $($(#[$meta])* mod $name {
            use super::*;

            async fn body($server: &TestServer, $relay: &Relay) $body

            async fn run(database: Database) {
                let relay = Relay::default();
                let courier = Courier::transports(Some(relay.transport()), None);
                let server = TestServer::start_with(database, |parts| parts.kernel.courier = courier).await;
                body(&server, &relay).await;
                server.finish().await;
            }

            #[tokio::test]
            async fn sqlite() {
                run(Database::Sqlite).await;
            }

            #[tokio::test]
            async fn postgres() {
                let Some(database) = Database::postgres().await else { return };
                run(database).await;
            }
        })+
    };
}

/// Signs `alice` up in a new pool; her code is in the outbox.
async fn sign_up(server: &TestServer, settings: Value) -> String {
    let mut all = json!({ "AutoVerifiedAttributes": ["email"] });
    all.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    let pool = server.pool(all).await;
    let client = server.client(&pool, json!({})).await;
    let input = json!({
        "ClientId": client, "Username": "alice", "Password": TestServer::PASSWORD,
        "UserAttributes": [{ "Name": "email", "Value": "alice@example.com" }],
    });
    let answer = server.public().ok("SignUp", input).await;
    assert_eq!(answer["CodeDeliveryDetails"]["Destination"], "a***@e***");
    client
}

/// Takes and sends everything that is due, as one node does.
async fn send(server: &TestServer) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for taken in outbox::take(server.engine(), Medium::Email, 10).await.unwrap() {
        outcomes.push(taken.send(server.engine()).await.unwrap());
    }
    outcomes
}

async fn waiting(server: &TestServer) -> u32 {
    outbox::measure(server.engine()).await.unwrap().messages
}

async fn confirm(server: &TestServer, client: &str, code: &str) {
    let input = json!({ "ClientId": client, "Username": "alice", "ConfirmationCode": code });
    server.public().ok("ConfirmSignUp", input).await;
}

with_relay! {
    async fn a_message_is_sent_once_with_a_code_that_works(server, relay) {
        let client = sign_up(server, json!({})).await;
        assert!(relay.taken().is_empty());
        assert_eq!(send(server).await, [Outcome::Sent]);
        assert_eq!(send(server).await, []);
        let [message] = relay.taken().try_into().unwrap();
        assert_eq!(
            (message.destination.as_str(), message.medium, message.kind, message.subject.as_str()),
            ("alice@example.com", Medium::Email, "CustomMessage_SignUp", "Your verification code")
        );
        assert_eq!(message.body, format!("Your verification code is {}. ", message.code));
        assert_eq!((message.username.as_str(), message.from, message.reply_to), ("alice", None, None));
        confirm(server, &client, &message.code).await;
    }

    async fn the_pool_names_its_sender(server, relay) {
        let email = json!({
            "EmailSendingAccount": "DEVELOPER", "From": "Demo <demo@example.org>",
            "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/demo@example.org",
            "ReplyToEmailAddress": "help@example.org",
        });
        sign_up(server, json!({ "EmailConfiguration": email })).await;
        send(server).await;
        let [message] = relay.taken().try_into().unwrap();
        assert_eq!(message.from.as_deref(), Some("Demo <demo@example.org>"));
        assert_eq!(message.reply_to.as_deref(), Some("help@example.org"));
    }

    async fn a_message_is_tried_again_later_and_later(server, relay) {
        let client = sign_up(server, json!({})).await;
        // At least half of the pause, at most the whole of it.
        for pause in [5, 10, 20, 40] {
            relay.fails_once(DeliveryError::passing("the relay is down"));
            assert_eq!(send(server).await, [Outcome::Postponed]);
            server.clock().advance_seconds(pause / 2 - 1);
            assert_eq!(send(server).await, [], "within half of {pause} s");
            server.clock().advance_seconds(pause - pause / 2 + 1);
        }
        assert_eq!(send(server).await, [Outcome::Sent]);
        assert_eq!(waiting(server).await, 0);
        confirm(server, &client, &relay.taken()[0].code).await;
    }

    // operations-and-protection §10, inferred
    async fn the_pools_log_is_told_of_messages_that_do_not_arrive(server, relay) {
        sign_up(server, json!({})).await;
        let pools = server.admin().ok("ListUserPools", json!({ "MaxResults": 1 })).await;
        let pool = &pools["UserPools"][0]["Id"];
        let group = "arn:aws:logs:us-east-1:000000000000:log-group:errors";
        let log = json!({
            "LogLevel": "ERROR", "EventSource": "userNotification",
            "CloudWatchLogsConfiguration": { "LogGroupArn": group },
        });
        let input = json!({ "UserPoolId": pool, "LogConfigurations": [log] });
        server.admin().ok("SetLogDeliveryConfiguration", input).await;
        for error in [DeliveryError::passing("the relay is down"), DeliveryError::permanent("the relay answered 550")] {
            relay.fails_once(error);
            send(server).await;
            server.clock().advance_seconds(60);
        }
        let records = server.logs();
        let told: Vec<Value> = records.iter().map(|record| serde_json::from_str(&record.text).unwrap()).collect();
        let ends = ["the relay is down", "the relay answered 550"];
        for ((record, told), end) in records.iter().zip(&told).zip(ends) {
            assert_eq!((record.destination.as_str(), record.is_error), (group, true));
            assert_eq!((&told["eventSource"], &told["logLevel"]), (&json!("USER_NOTIFICATION"), &json!("ERROR")));
            assert_eq!(&told["logSourceId"]["userPoolId"], pool);
            let details = told["message"]["details"].as_str().unwrap();
            assert!(details.ends_with(end) && !details.contains("alice"), "{details}");
        }
        assert_eq!(told.len(), 2);
    }

    async fn a_message_refused_for_good_is_given_up(server, relay) {
        sign_up(server, json!({})).await;
        relay.fails_once(DeliveryError::permanent("the relay answered 550"));
        assert_eq!(send(server).await, [Outcome::Refused]);
        assert_eq!(waiting(server).await, 0);
        assert!(relay.taken().is_empty());
    }

    async fn an_expired_code_is_not_sent(server, relay) {
        sign_up(server, json!({})).await;
        server.clock().advance_seconds(24 * 60 * 60);
        assert_eq!(send(server).await, [Outcome::Expired]);
        assert_eq!(waiting(server).await, 0);
        assert!(relay.taken().is_empty());
    }

    async fn what_a_dead_node_took_is_taken_over_when_its_lease_ends(server, relay) {
        sign_up(server, json!({})).await;
        let taken = outbox::take(server.engine(), Medium::Email, 10).await.unwrap();
        assert_eq!(taken.len(), 1);
        drop(taken);
        server.clock().advance_seconds(89);
        assert_eq!(send(server).await, []);
        server.clock().advance_seconds(1);
        assert_eq!(send(server).await, [Outcome::Sent]);
        assert_eq!(relay.taken().len(), 1);
    }

    async fn two_nodes_share_the_work(server, relay) {
        let pool = server.pool(json!({})).await;
        for name in ["ann", "bob", "cid"] {
            let input = json!({
                "UserPoolId": pool, "Username": name, "DesiredDeliveryMediums": ["EMAIL"],
                "UserAttributes": [{ "Name": "email", "Value": format!("{name}@example.com") }],
            });
            server.admin().ok("AdminCreateUser", input).await;
        }
        let first = outbox::take(server.engine(), Medium::Email, 2).await.unwrap();
        let second = outbox::take(server.engine(), Medium::Email, 2).await.unwrap();
        assert_eq!((first.len(), second.len()), (2, 1));
        for taken in first.into_iter().chain(second) {
            assert_eq!(taken.send(server.engine()).await.unwrap(), Outcome::Sent);
        }
        let mut names: Vec<_> = relay.taken().into_iter().map(|m| m.username).collect();
        names.sort();
        assert_eq!(names, ["ann", "bob", "cid"]);
    }

    async fn the_messages_of_a_deleted_user_are_gone(server, relay) {
        let pool = server.pool(json!({})).await;
        let input = json!({
            "UserPoolId": pool, "Username": "ann", "DesiredDeliveryMediums": ["EMAIL"],
            "UserAttributes": [{ "Name": "email", "Value": "ann@example.com" }],
        });
        server.admin().ok("AdminCreateUser", input).await;
        server.clock().advance_seconds(7);
        let depth = outbox::measure(server.engine()).await.unwrap();
        assert_eq!(depth, Depth { messages: 1, oldest_seconds: 7 });
        server.admin().ok("AdminDeleteUser", json!({ "UserPoolId": pool, "Username": "ann" })).await;
        assert_eq!(send(server).await, []);
        assert_eq!((waiting(server).await, relay.taken().len()), (0, 0));
    }

    async fn a_medium_without_a_way_is_refused_and_nothing_waits(server, relay) {
        let pool = server.pool(json!({})).await;
        let input = json!({
            "UserPoolId": pool, "Username": "ann",
            "UserAttributes": [{ "Name": "phone_number", "Value": "+12065550100" }],
        });
        let (code, _) = server.admin().refused("AdminCreateUser", input).await;
        assert_eq!(code, "CodeDeliveryFailureException");
        assert_eq!((waiting(server).await, relay.taken().len()), (0, 0));
    }

    async fn a_change_that_fails_sends_nothing(server, relay) {
        let client = sign_up(server, json!({})).await;
        let input = json!({
            "ClientId": client, "Username": "alice", "Password": TestServer::PASSWORD,
            "UserAttributes": [{ "Name": "email", "Value": "other@example.com" }],
        });
        let (code, _) = server.public().refused("SignUp", input).await;
        assert_eq!(code, "UsernameExistsException");
        assert_eq!(send(server).await, [Outcome::Sent]);
        assert_eq!(relay.taken()[0].destination, "alice@example.com");
    }
}

/// What stands in the database lets nobody in.
#[tokio::test]
async fn the_outbox_is_sealed() {
    let relay = Relay::default();
    let courier = Courier::transports(Some(relay.transport()), None);
    let server = TestServer::start_with(Database::Sqlite, |parts| parts.kernel.courier = courier).await;
    sign_up(&server, json!({})).await;
    let taken = outbox::take(server.engine(), Medium::Email, 1).await.unwrap().remove(0);
    let shown = format!("{taken:?}");
    assert!(!shown.contains("alice"), "{shown}");
    let clear = b"alice@example.com".iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
    assert!(!shown.contains(&clear), "{shown}");
    assert_eq!(taken.send(server.engine()).await.unwrap(), Outcome::Sent);
    server.finish().await;
}
