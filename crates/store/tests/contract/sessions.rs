//! Sign-ins, marks of single use, counters and codes: what expires.

use poolhouse_ports::Timestamp;
use poolhouse_store::tables::attempts::{self, Attempts};
use poolhouse_store::tables::codes::{self, Code};
use poolhouse_store::tables::sessions::{self, Record, Rotation, Session};
use poolhouse_store::tables::tracked_sessions::{self, Active};
use poolhouse_store::tables::{Insert, spent};
use poolhouse_store::{Store, StoreError, Tx};

use crate::behaviours;
use crate::rows::with_users;

fn session(sub: &str, event_id: &str) -> Session {
    Session {
        pool_id: "p".into(),
        event_id: event_id.to_owned(),
        sub: sub.into(),
        client_id: "client".into(),
        auth_time: Timestamp(10),
        expires_at: Timestamp(100),
        revoked_at: None,
        rotation: None,
        record: None,
    }
}

/// A record of the session `id`, last used at `last`.
fn record(id: &str, last: i64) -> Record {
    Record {
        session_id: format!("id-{id}"),
        origin_session_id: None,
        last_active_at: Timestamp(last),
        device: "a device".to_owned(),
        address: (last % 2 == 0).then(|| "192.0.2.1".to_owned()),
    }
}

const ACTIVE: Active = Active { since: Timestamp(10), expires_after: Timestamp(60) };

/// The events of the active sessions of user a.
async fn active(tx: &mut Tx, since: i64) -> Vec<String> {
    let active = Active { since: Timestamp(since), ..ACTIVE };
    let rows = tracked_sessions::list(tx, &"p".into(), &"a".into(), active, 9).await.unwrap();
    rows.into_iter().map(|row| row.event_id).collect()
}

/// Sessions 1 and 2 of user a, 3 of b.
async fn with_sessions(store: &Store) -> Tx {
    let mut tx = with_users(store).await;
    for row in [session("a", "1"), session("a", "2"), session("b", "3")] {
        assert_eq!(sessions::insert(&mut tx, &row).await.unwrap(), Insert::Inserted);
    }
    tx
}

async fn revoked(tx: &mut Tx) -> Vec<Option<i64>> {
    let mut times = Vec::new();
    for id in ["1", "2", "3"] {
        let row = sessions::get(tx, &"p".into(), id).await.unwrap().unwrap();
        times.push(row.revoked_at.map(|at| at.0));
    }
    times
}

fn counter(subject: &str, expires_at: i64) -> Attempts {
    Attempts {
        pool_id: "p".into(),
        subject: subject.to_owned(),
        action: "sign_in".to_owned(),
        count: 1,
        first_at: Timestamp(1),
        last_at: Timestamp(2),
        expires_at: Timestamp(expires_at),
    }
}

fn code(purpose: &str) -> Code {
    Code {
        pool_id: "p".into(),
        sub: "a".into(),
        purpose: purpose.to_owned(),
        attribute: "email".to_owned(),
        value: Some("new@x".to_owned()),
        code: vec![1, 2],
        created_at: Timestamp(1),
        expires_at: Timestamp(50),
        attempts: 0,
    }
}

behaviours! {
    async fn a_place_is_held_by_the_last_to_come(store: &Store) {
        let mut tx = with_users(store).await;
        let (first, second) = (counter("nobody/7/-1", 10), counter("nobody/7/25", 20));
        attempts::put(&mut tx, &first).await.unwrap();
        let found = attempts::get(&mut tx, &"p".into(), "nobody/7/-1", "sign_in").await.unwrap();
        assert_eq!(found, Some(Attempts { first_at: Timestamp(-1), ..first }));
        attempts::put(&mut tx, &second).await.unwrap();
        assert_eq!(attempts::get(&mut tx, &"p".into(), "nobody/7/-1", "sign_in").await.unwrap(), None);
        let found = attempts::get(&mut tx, &"p".into(), "nobody/7/25", "sign_in").await.unwrap();
        assert_eq!(found.map(|row| row.expires_at), Some(Timestamp(20)));
        // One row, whoever came.
        assert_eq!(attempts::purge(&mut tx, Timestamp(30), 10).await.unwrap(), 1);
        tx.commit().await.unwrap();
    }

    async fn a_session_is_found_by_its_event(store: &Store) {
        let mut tx = with_sessions(store).await;
        assert_eq!(sessions::insert(&mut tx, &session("b", "1")).await.unwrap(), Insert::Exists);
        assert_eq!(sessions::get(&mut tx, &"p".into(), "1").await.unwrap(), Some(session("a", "1")));
        assert_eq!(sessions::get(&mut tx, &"p".into(), "z").await.unwrap(), None);
        tx.commit().await.unwrap();
    }

    async fn a_session_needs_its_user(store: &Store) {
        let mut tx = with_users(store).await;
        assert_eq!(sessions::insert(&mut tx, &session("none", "1")).await, Err(StoreError::Retry));
    }

    async fn revoking_hits_what_it_names_and_counts_once(store: &Store) {
        let mut tx = with_sessions(store).await;
        assert!(sessions::revoke(&mut tx, &"p".into(), "1", Timestamp(5)).await.unwrap());
        assert!(!sessions::revoke(&mut tx, &"p".into(), "1", Timestamp(6)).await.unwrap());
        assert_eq!(revoked(&mut tx).await, [Some(5), None, None]);
        assert_eq!(sessions::revoke_of_user(&mut tx, &"p".into(), &"a".into(), Timestamp(7)).await.unwrap(), 1);
        assert_eq!(revoked(&mut tx).await, [Some(5), Some(7), None]);
        tx.commit().await.unwrap();
    }

    async fn a_rotation_changes_what_it_names_unless_that_is_revoked(store: &Store) {
        let mut tx = with_sessions(store).await;
        let first = Rotation { newest: "n".to_owned(), parent: None, at: Timestamp(5) };
        assert!(sessions::rotate(&mut tx, &"p".into(), "1", &first).await.unwrap());
        let second = Rotation { newest: "m".to_owned(), parent: Some("n".to_owned()), at: Timestamp(6) };
        assert!(sessions::rotate(&mut tx, &"p".into(), "1", &second).await.unwrap());
        let row = sessions::get(&mut tx, &"p".into(), "1").await.unwrap().unwrap();
        assert_eq!(row.rotation.as_ref(), Some(&second));
        assert_eq!(sessions::get(&mut tx, &"p".into(), "2").await.unwrap().unwrap().rotation, None);
        sessions::revoke(&mut tx, &"p".into(), "1", Timestamp(7)).await.unwrap();
        assert!(!sessions::rotate(&mut tx, &"p".into(), "1", &first).await.unwrap());
        let copy = Session { event_id: "4".to_owned(), ..row };
        assert_eq!(sessions::insert(&mut tx, &copy).await.unwrap(), Insert::Inserted);
        assert_eq!(sessions::get(&mut tx, &"p".into(), "4").await.unwrap(), Some(copy));
        tx.commit().await.unwrap();
    }

    async fn tracked_sessions_are_listed_by_activity_and_end_with_their_record(store: &Store) {
        let mut tx = with_users(store).await;
        for (sub, id, last, expires_at) in
            [("a", "1", 11, 100), ("a", "2", 13, 100), ("a", "3", 12, 100), ("a", "4", 14, 60), ("b", "5", 15, 100)]
        {
            let row = Session { expires_at: Timestamp(expires_at), record: Some(record(id, last)), ..session(sub, id) };
            assert_eq!(sessions::insert(&mut tx, &row).await.unwrap(), Insert::Inserted);
            assert_eq!(sessions::get(&mut tx, &"p".into(), id).await.unwrap(), Some(row));
        }
        assert_eq!(sessions::insert(&mut tx, &session("a", "6")).await.unwrap(), Insert::Inserted);
        assert_eq!(active(&mut tx, 10).await, ["2", "3", "1"]);
        // Since later than the sign-ins, which are of 10.
        assert_eq!(active(&mut tx, 11).await, Vec::<String>::new());
        assert!(tracked_sessions::touch(&mut tx, &"p".into(), "1", &record("ignored", 20)).await.unwrap());
        assert!(!tracked_sessions::touch(&mut tx, &"p".into(), "6", &record("ignored", 20)).await.unwrap());
        assert_eq!(active(&mut tx, 10).await, ["1", "2", "3"]);
        let touched = sessions::get(&mut tx, &"p".into(), "1").await.unwrap().unwrap();
        assert_eq!(touched.record, Some(Record { session_id: "id-1".to_owned(), ..record("1", 20) }));
        let evicted = tracked_sessions::evict(&mut tx, &"p".into(), &"a".into(), ACTIVE, 2, Timestamp(30)).await.unwrap();
        assert_eq!(evicted, 1);
        let gone = sessions::get(&mut tx, &"p".into(), "3").await.unwrap().unwrap();
        assert_eq!((gone.revoked_at, gone.record), (Some(Timestamp(30)), None));
        sessions::revoke(&mut tx, &"p".into(), "1", Timestamp(31)).await.unwrap();
        assert_eq!(active(&mut tx, 10).await, ["2"]);
        // All of them, and of nobody else.
        assert_eq!(tracked_sessions::evict(&mut tx, &"p".into(), &"a".into(), ACTIVE, 0, Timestamp(32)).await.unwrap(), 1);
        let other = sessions::get(&mut tx, &"p".into(), "5").await.unwrap().unwrap();
        assert_eq!(other.revoked_at, None);
        tx.commit().await.unwrap();
    }

    async fn a_session_is_only_ever_extended(store: &Store) {
        let mut tx = with_sessions(store).await;
        assert!(sessions::extend(&mut tx, &"p".into(), "1", Timestamp(200)).await.unwrap());
        assert!(!sessions::extend(&mut tx, &"p".into(), "1", Timestamp(150)).await.unwrap());
        let row = sessions::get(&mut tx, &"p".into(), "1").await.unwrap().unwrap();
        assert_eq!(row.expires_at, Timestamp(200));
        tx.commit().await.unwrap();
    }

    async fn a_purge_takes_the_oldest_of_what_expired_before(store: &Store) {
        let mut tx = with_sessions(store).await;
        assert!(sessions::extend(&mut tx, &"p".into(), "1", Timestamp(101)).await.unwrap());
        assert_eq!(sessions::purge(&mut tx, Timestamp(100), 9).await.unwrap(), 0);
        assert_eq!(sessions::purge(&mut tx, Timestamp(102), 2).await.unwrap(), 2);
        assert!(sessions::get(&mut tx, &"p".into(), "1").await.unwrap().is_some());
        assert_eq!(sessions::purge(&mut tx, Timestamp(102), 2).await.unwrap(), 1);
        tx.commit().await.unwrap();
    }

    async fn a_mark_is_set_once_in_a_pool(store: &Store) {
        let mut tx = with_users(store).await;
        assert!(!spent::contains(&mut tx, &"p".into(), "m").await.unwrap());
        assert_eq!(spent::insert(&mut tx, &"p".into(), "m", Timestamp(10)).await.unwrap(), Insert::Inserted);
        assert_eq!(spent::insert(&mut tx, &"p".into(), "m", Timestamp(20)).await.unwrap(), Insert::Exists);
        assert_eq!(spent::insert(&mut tx, &"q".into(), "m", Timestamp(20)).await.unwrap(), Insert::Inserted);
        assert!(spent::contains(&mut tx, &"p".into(), "m").await.unwrap());
        assert_eq!(spent::purge(&mut tx, Timestamp(11), 9).await.unwrap(), 1);
        assert!(!spent::contains(&mut tx, &"p".into(), "m").await.unwrap());
        tx.commit().await.unwrap();
    }

    async fn a_counter_is_overwritten_and_purged(store: &Store) {
        let mut tx = with_users(store).await;
        for row in [counter("s", 10), counter("t", 20)] {
            attempts::put(&mut tx, &row).await.unwrap();
        }
        let higher = Attempts { count: 7, last_at: Timestamp(9), ..counter("s", 15) };
        attempts::put(&mut tx, &higher).await.unwrap();
        assert_eq!(attempts::get(&mut tx, &"p".into(), "s", "sign_in").await.unwrap(), Some(higher));
        assert_eq!(attempts::get(&mut tx, &"p".into(), "s", "other").await.unwrap(), None);
        assert_eq!(attempts::purge(&mut tx, Timestamp(16), 9).await.unwrap(), 1);
        assert!(attempts::delete(&mut tx, &"p".into(), "t", "sign_in").await.unwrap());
        assert!(!attempts::delete(&mut tx, &"p".into(), "t", "sign_in").await.unwrap());
        tx.commit().await.unwrap();
    }

    async fn a_new_code_takes_the_place_of_the_old_one_for_the_same_purpose(store: &Store) {
        let mut tx = with_users(store).await;
        for row in [code("sign_up"), code("forgot_password")] {
            codes::put(&mut tx, &row).await.unwrap();
        }
        assert!(codes::count_attempt(&mut tx, &"p".into(), &"a".into(), "sign_up").await.unwrap());
        let old = codes::get(&mut tx, &"p".into(), &"a".into(), "sign_up").await.unwrap().unwrap();
        assert_eq!(old.attempts, 1);
        let new = Code { code: vec![3], value: None, ..code("sign_up") };
        codes::put(&mut tx, &new).await.unwrap();
        assert_eq!(codes::get(&mut tx, &"p".into(), &"a".into(), "sign_up").await.unwrap(), Some(new));
        assert!(codes::delete(&mut tx, &"p".into(), &"a".into(), "sign_up").await.unwrap());
        assert!(!codes::delete(&mut tx, &"p".into(), &"a".into(), "sign_up").await.unwrap());
        assert!(!codes::count_attempt(&mut tx, &"p".into(), &"a".into(), "sign_up").await.unwrap());
        let other = codes::get(&mut tx, &"p".into(), &"a".into(), "forgot_password").await.unwrap();
        assert_eq!(other, Some(code("forgot_password")));
        assert_eq!(codes::purge(&mut tx, Timestamp(51), 9).await.unwrap(), 1);
        tx.commit().await.unwrap();
    }
}
