//! Messages on their way.

use poolhouse_ports::Timestamp;
use poolhouse_store::Store;
use poolhouse_store::tables::outbox::{self, Depth, OutboxMessage};
use poolhouse_store::tables::users;

use crate::behaviours;
use crate::rows::with_users;

fn message(id: &str, due_at: i64) -> OutboxMessage {
    OutboxMessage {
        id: id.to_owned(),
        pool_id: "p".into(),
        sub: "a".into(),
        medium: "EMAIL".to_owned(),
        content: vec![1, 2, 3],
        created_at: Timestamp(due_at),
        due_at: Timestamp(due_at),
        expires_at: Timestamp(9000),
        attempts: 0,
    }
}

fn ids(mut messages: Vec<OutboxMessage>) -> Vec<String> {
    messages.sort_by(|a, b| a.id.cmp(&b.id));
    messages.into_iter().map(|message| message.id).collect()
}

behaviours! {
    async fn a_message_is_taken_by_one_until_its_lease_ends(store: &Store) {
        let mut tx = with_users(store).await;
        for row in [message("1", 10), message("2", 20), message("3", 30), message("later", 200)] {
            outbox::insert(&mut tx, &row).await.unwrap();
        }
        let sms = OutboxMessage { medium: "SMS".to_owned(), ..message("sms", 5) };
        outbox::insert(&mut tx, &sms).await.unwrap();
        assert!(outbox::is_due(&mut tx, "SMS", Timestamp(5)).await.unwrap());
        tx.commit().await.unwrap();

        let mut tx = store.write().await.unwrap();
        assert!(!outbox::is_due(&mut tx, "EMAIL", Timestamp(9)).await.unwrap());
        assert!(outbox::is_due(&mut tx, "EMAIL", Timestamp(10)).await.unwrap());
        let taken = outbox::take(&mut tx, "EMAIL", Timestamp(100), Timestamp(160), 2).await.unwrap();
        assert!(taken.iter().all(|m| m.attempts == 1 && m.due_at == Timestamp(160)), "{taken:?}");
        assert_eq!(ids(taken), ["1", "2"]);
        tx.commit().await.unwrap();

        let mut tx = store.write().await.unwrap();
        assert_eq!(ids(outbox::take(&mut tx, "EMAIL", Timestamp(100), Timestamp(160), 9).await.unwrap()), ["3"]);
        assert!(outbox::take(&mut tx, "EMAIL", Timestamp(159), Timestamp(300), 9).await.unwrap().is_empty());
        assert!(outbox::delete(&mut tx, "1").await.unwrap());
        assert!(!outbox::delete(&mut tx, "1").await.unwrap());
        assert!(outbox::postpone(&mut tx, "2", Timestamp(170)).await.unwrap());
        assert!(!outbox::postpone(&mut tx, "1", Timestamp(170)).await.unwrap());
        let again = outbox::take(&mut tx, "EMAIL", Timestamp(160), Timestamp(300), 9).await.unwrap();
        let again: Vec<_> = again.iter().map(|m| (m.id.as_str(), m.attempts)).collect();
        assert_eq!(again, [("3", 2)]);
        let all = outbox::take(&mut tx, "EMAIL", Timestamp(300), Timestamp(400), 9).await.unwrap();
        assert_eq!(ids(all), ["2", "3", "later"]);
        tx.commit().await.unwrap();
    }

    async fn the_depth_is_counted_up_to_a_limit(store: &Store) {
        let mut tx = with_users(store).await;
        assert_eq!(outbox::depth(&mut tx, 9).await.unwrap(), Depth { messages: 0, oldest: None });
        for row in [message("1", 30), message("2", 20), message("3", 10)] {
            outbox::insert(&mut tx, &row).await.unwrap();
        }
        let depth = |messages| Depth { messages, oldest: Some(Timestamp(10)) };
        assert_eq!(outbox::depth(&mut tx, 9).await.unwrap(), depth(3));
        assert_eq!(outbox::depth(&mut tx, 2).await.unwrap(), depth(2));
        tx.commit().await.unwrap();
    }

    async fn messages_go_with_their_user(store: &Store) {
        let mut tx = with_users(store).await;
        outbox::insert(&mut tx, &message("1", 10)).await.unwrap();
        assert!(users::delete(&mut tx, &"p".into(), &"a".into()).await.unwrap());
        assert!(outbox::take(&mut tx, "EMAIL", Timestamp(100), Timestamp(160), 9).await.unwrap().is_empty());
        tx.commit().await.unwrap();
    }
}
