//! Browsers in which users are signed in.

use poolhouse_ports::Timestamp;
use poolhouse_store::tables::browser_sessions::{self, BrowserSession};
use poolhouse_store::tables::{Insert, clients, users};
use poolhouse_store::{Store, Tx};

use crate::behaviours;
use crate::rows::with_users;

fn session(sub: &str, id: &str, last_active_at: i64) -> BrowserSession {
    BrowserSession {
        pool_id: "p".into(),
        sub: sub.into(),
        session_id: id.to_owned(),
        client_id: "client".into(),
        authenticated_at: Timestamp(10),
        expires_at: Timestamp(last_active_at * 10),
        methods: "pwd otp".to_owned(),
        last_active_at: Timestamp(last_active_at),
        device: "a browser".to_owned(),
        federation: None,
        provider_user: None,
        address: Some("192.0.2.1".to_owned()),
    }
}

/// The ids of the sessions of user a, as they are listed.
async fn ids(tx: &mut Tx) -> Vec<String> {
    let rows = browser_sessions::list(tx, &"p".into(), &"a".into(), 9).await.unwrap();
    rows.into_iter().map(|row| row.session_id).collect()
}

async fn with_sessions(store: &Store) -> Tx {
    let mut tx = with_users(store).await;
    for row in [session("a", "1", 30), session("a", "2", 50), session("a", "3", 40), session("b", "1", 60)] {
        assert_eq!(browser_sessions::insert(&mut tx, &row).await.unwrap(), Insert::Inserted);
        assert_eq!(browser_sessions::insert(&mut tx, &row).await.unwrap(), Insert::Exists);
    }
    tx
}

behaviours! {
    async fn browser_sessions_are_one_users_and_go_with_it(store: &Store) {
        let mut tx = with_sessions(store).await;
        let found = browser_sessions::get(&mut tx, &"p".into(), &"a".into(), "1").await.unwrap();
        assert_eq!(found, Some(session("a", "1", 30)));
        assert_eq!(ids(&mut tx).await, ["2", "3", "1"]);
        assert!(browser_sessions::delete(&mut tx, &"p".into(), &"a".into(), "2").await.unwrap());
        assert!(!browser_sessions::delete(&mut tx, &"p".into(), &"a".into(), "2").await.unwrap());
        assert_eq!(browser_sessions::delete_of_user(&mut tx, &"p".into(), &"a".into()).await.unwrap(), 2);
        assert!(users::delete(&mut tx, &"p".into(), &"b".into()).await.unwrap());
        assert_eq!(browser_sessions::get(&mut tx, &"p".into(), &"b".into(), "1").await.unwrap(), None);
        tx.commit().await.unwrap();
    }

    async fn those_used_last_are_kept(store: &Store) {
        let mut tx = with_sessions(store).await;
        let used = BrowserSession { device: "another".to_owned(), address: None, ..session("a", "1", 70) };
        assert!(browser_sessions::touch(&mut tx, &used).await.unwrap());
        let found = browser_sessions::get(&mut tx, &"p".into(), &"a".into(), "1").await.unwrap().unwrap();
        // Nothing else is written.
        assert_eq!(found, BrowserSession { expires_at: Timestamp(300), ..used });
        assert!(!browser_sessions::touch(&mut tx, &session("a", "9", 70)).await.unwrap());
        assert_eq!(browser_sessions::evict(&mut tx, &"p".into(), &"a".into(), 2).await.unwrap(), 1);
        assert_eq!(ids(&mut tx).await, ["1", "2"]);
        tx.commit().await.unwrap();
    }

    async fn expired_ones_are_purged(store: &Store) {
        let mut tx = with_sessions(store).await;
        assert_eq!(browser_sessions::purge(&mut tx, Timestamp(401), 1).await.unwrap(), 1);
        assert_eq!(browser_sessions::purge(&mut tx, Timestamp(401), 9).await.unwrap(), 1);
        assert_eq!(ids(&mut tx).await, ["2"]);
        tx.commit().await.unwrap();
    }

    async fn a_pool_without_clients_has_the_default_time(store: &Store) {
        let mut tx = with_users(store).await;
        assert_eq!(clients::longest_sso(&mut tx, &"absent".into(), 60).await.unwrap(), 60);
    }
}
