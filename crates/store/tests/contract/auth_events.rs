//! Auth events of users.

use poolhouse_ports::Timestamp;
use poolhouse_store::tables::auth_events::{self as events, AuthEvent, Feedback};
use poolhouse_store::tables::users;
use poolhouse_store::{Store, StoreError, Tx};

use crate::behaviours;
use crate::rows::with_users;

fn event(sub: &str, event_id: &str, at: i64) -> AuthEvent {
    AuthEvent {
        pool_id: "p".into(),
        sub: sub.into(),
        event_id: event_id.to_owned(),
        created_at: Timestamp(at),
        kind: "SignIn".to_owned(),
        response: "InProgress".to_owned(),
        address: Some("192.0.2.1".to_owned()),
        device: None,
        details: "{}".to_owned(),
        feedback: None,
    }
}

async fn all(tx: &mut Tx, sub: &str) -> Vec<AuthEvent> {
    events::list_before(tx, &"p".into(), &sub.into(), None, 9).await.unwrap()
}

behaviours! {
    async fn an_event_is_one_users_and_goes_with_it(store: &Store) {
        let mut tx = with_users(store).await;
        for sub in ["a", "b"] {
            events::put(&mut tx, &event(sub, "1", 1)).await.unwrap();
        }
        assert_eq!(all(&mut tx, "a").await, [event("a", "1", 1)]);
        assert!(users::delete(&mut tx, &"p".into(), &"a".into()).await.unwrap());
        assert_eq!((all(&mut tx, "a").await.len(), all(&mut tx, "b").await.len()), (0, 1));
        tx.commit().await.unwrap();
        let mut tx = store.write().await.unwrap();
        assert_eq!(events::put(&mut tx, &event("a", "2", 1)).await, Err(StoreError::Retry));
    }

    async fn what_became_of_an_event_leaves_what_was_said(store: &Store) {
        let mut tx = with_users(store).await;
        events::put(&mut tx, &event("a", "1", 1)).await.unwrap();
        let said = Feedback { value: "Valid".to_owned(), by: "User".to_owned(), at: Timestamp(5) };
        assert!(events::set_feedback(&mut tx, &"p".into(), &"a".into(), "1", &said).await.unwrap());
        for (sub, id) in [("a", "2"), ("b", "1")] {
            assert!(!events::set_feedback(&mut tx, &"p".into(), &sub.into(), id, &said).await.unwrap());
        }
        let later = AuthEvent {
            response: "Pass".to_owned(),
            details: "{\"a\":1}".to_owned(),
            address: None,
            ..event("a", "1", 7)
        };
        events::put(&mut tx, &later).await.unwrap();
        let kept = AuthEvent {
            created_at: Timestamp(1),
            address: Some("192.0.2.1".to_owned()),
            feedback: Some(said),
            ..later
        };
        assert_eq!(all(&mut tx, "a").await, [kept]);
        tx.commit().await.unwrap();
    }

    async fn events_page_from_the_newest_back(store: &Store) {
        let mut tx = with_users(store).await;
        for (sub, id, at) in [("a", "1", 5), ("a", "2", 5), ("a", "3", 4), ("a", "4", 6), ("b", "5", 9)] {
            events::put(&mut tx, &event(sub, id, at)).await.unwrap();
        }
        let mut ids = async |before, limit| {
            let page = events::list_before(&mut tx, &"p".into(), &"a".into(), before, limit).await.unwrap();
            page.into_iter().map(|event| event.event_id).collect::<Vec<_>>()
        };
        assert_eq!(ids(None, 2).await, ["4", "2"]);
        assert_eq!(ids(Some((Timestamp(5), "2")), 9).await, ["1", "3"]);
        tx.commit().await.unwrap();
    }

    async fn old_events_are_removed_a_few_at_a_time(store: &Store) {
        let mut tx = with_users(store).await;
        for (id, at) in [("1", 1), ("2", 2), ("3", 3), ("4", 4)] {
            events::put(&mut tx, &event("a", id, at)).await.unwrap();
        }
        assert_eq!(events::purge(&mut tx, Timestamp(4), 2).await.unwrap(), 2);
        assert_eq!(all(&mut tx, "a").await.iter().map(|e| &*e.event_id).collect::<Vec<_>>(), ["4", "3"]);
        assert_eq!(events::purge(&mut tx, Timestamp(4), 9).await.unwrap(), 1);
        assert_eq!(events::purge(&mut tx, Timestamp(4), 9).await.unwrap(), 0);
        tx.commit().await.unwrap();
    }
}
