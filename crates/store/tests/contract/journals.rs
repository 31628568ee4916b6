//! The journal of a pool: its rows as they were.

use poolhouse_ports::Timestamp;
use poolhouse_store::tables::users::{self, User};
use poolhouse_store::tables::{Insert, groups, journals, members, passkeys, past};
use poolhouse_store::{Store, StoreError, Tx};

use crate::behaviours;
use crate::rows::{group, user, with_pools};

/// The pool `p` has a journal from the time 0 on.
async fn with_journal(store: &Store) {
    let mut tx = with_pools(store).await;
    journals::insert(&mut tx, &"p".into(), Timestamp(0)).await.unwrap();
    tx.commit().await.unwrap();
}

async fn at(store: &Store, time: i64) -> Tx {
    store.write().await.unwrap().at(Timestamp(time))
}

fn named(name: &str) -> User {
    User { attributes: format!(r#"{{"name":"{name}"}}"#), ..user("p", "a") }
}

/// The attributes that the user `a` had at a time, of what was kept; `None` where nothing was.
async fn attributes(store: &Store, time: i64) -> Option<Option<String>> {
    let mut tx = store.read().await.unwrap();
    let kept = past::users::first_after(&mut tx, &"p".into(), Timestamp(time), &[String::new()], 9).await;
    kept.unwrap().pop().map(|past| past.row.map(|row| row.attributes))
}

behaviours! {
    async fn the_first_copy_after_a_moment_is_the_state_then(store: &Store) {
        with_journal(store).await;
        let mut tx = at(store, 10).await;
        assert_eq!(users::insert(&mut tx, &named("first")).await.unwrap(), Insert::Inserted);
        tx.commit().await.unwrap();
        for (time, name) in [(20, "second"), (30, "third")] {
            let mut tx = at(store, time).await;
            assert!(users::update(&mut tx, &named(name)).await.unwrap());
            tx.commit().await.unwrap();
        }
        assert_eq!(attributes(store, 9).await, Some(None), "there was no such user");
        for (time, name) in [(10, "first"), (19, "first"), (20, "second"), (29, "second")] {
            assert_eq!(attributes(store, time).await, Some(Some(named(name).attributes)), "{time}");
        }
        assert_eq!(attributes(store, 30).await, None, "as it is now");
    }

    /// Another node's clock may be behind: what it changes was made before, all the same.
    async fn a_later_change_with_an_earlier_time_leaves_no_copy(store: &Store) {
        with_journal(store).await;
        let mut tx = at(store, 20).await;
        assert_eq!(users::insert(&mut tx, &named("first")).await.unwrap(), Insert::Inserted);
        tx.commit().await.unwrap();
        for time in [20, 19] {
            let mut tx = at(store, time).await;
            assert!(users::update(&mut tx, &named(&time.to_string())).await.unwrap());
            assert!(users::delete(&mut tx, &"p".into(), &"a".into()).await.unwrap());
            assert_eq!(users::insert(&mut tx, &named("again")).await.unwrap(), Insert::Inserted);
            tx.commit().await.unwrap();
        }
        for time in [0, 18, 19] {
            assert_eq!(attributes(store, time).await, Some(None), "{time}");
        }
        assert_eq!(attributes(store, 20).await, None);
    }

    async fn what_is_never_taken_back_leaves_no_copy(store: &Store) {
        with_journal(store).await;
        let mut tx = at(store, 10).await;
        assert_eq!(users::insert(&mut tx, &user("p", "a")).await.unwrap(), Insert::Inserted);
        tx.commit().await.unwrap();
        let mut tx = at(store, 20).await;
        let password = User {
            verifier: Some(vec![1]),
            password_set_at: Some(Timestamp(20)),
            password_version: 1,
            sign_outs: 1,
            ..user("p", "a")
        };
        assert!(users::update(&mut tx, &password).await.unwrap());
        let code = User { mfa: Some("{}".to_owned()), ..password };
        assert!(users::set_used_code(&mut tx, &code).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(attributes(store, 10).await, None);
        let mut tx = store.read().await.unwrap();
        assert_eq!(users::get(&mut tx, &"p".into(), &"a".into()).await.unwrap(), Some(code));
    }

    async fn what_goes_with_a_user_is_kept(store: &Store) {
        with_journal(store).await;
        let mut tx = at(store, 10).await;
        let pool = "p".into();
        assert_eq!(users::insert(&mut tx, &user("p", "a")).await.unwrap(), Insert::Inserted);
        assert_eq!(groups::insert(&mut tx, &group("p", "g")).await.unwrap(), Insert::Inserted);
        assert_eq!(members::insert(&mut tx, &pool, &"a".into(), "g").await.unwrap(), Insert::Inserted);
        let passkey = passkeys::Passkey {
            pool_id: pool.clone(),
            credential_id: "k".to_owned(),
            sub: "a".into(),
            rp_id: "r".to_owned(),
            public_key: vec![1],
            sign_count: 1,
            attachment: None,
            transports: "[]".to_owned(),
            created_at: Timestamp(10),
        };
        assert_eq!(passkeys::insert(&mut tx, &passkey).await.unwrap(), Insert::Inserted);
        tx.commit().await.unwrap();
        let mut tx = at(store, 20).await;
        assert!(passkeys::set_sign_count(&mut tx, &pool, "k", 1, 7).await.unwrap());
        assert!(users::delete(&mut tx, &pool, &"a".into()).await.unwrap());
        tx.commit().await.unwrap();
        let mut tx = store.read().await.unwrap();
        let none = [String::new(), String::new()];
        let kept = past::members::first_after(&mut tx, &pool, Timestamp(10), &none, 9).await.unwrap();
        assert_eq!(kept[0].key, ["a", "g"]);
        assert!(kept[0].row.is_some());
        let kept = past::passkeys::first_after(&mut tx, &pool, Timestamp(10), &[String::new()], 9).await.unwrap();
        assert_eq!(kept[0].row, Some(passkeys::Passkey { sign_count: 7, ..passkey }));
    }

    async fn held_still_nothing_is_changed_but_by_a_recovery(store: &Store) {
        with_journal(store).await;
        let mut tx = at(store, 10).await;
        assert_eq!(users::insert(&mut tx, &named("first")).await.unwrap(), Insert::Inserted);
        assert!(journals::pause(&mut tx, &"p".into(), "r", Timestamp(100), Timestamp(10)).await.unwrap());
        tx.commit().await.unwrap();
        let mut tx = at(store, 20).await;
        assert!(!journals::pause(&mut tx, &"p".into(), "s", Timestamp(100), Timestamp(20)).await.unwrap());
        let counted = User { sign_outs: 1, ..named("first") };
        assert!(users::update(&mut tx, &counted).await.unwrap(), "nothing that is taken back");
        tx.commit().await.unwrap();
        let mut tx = at(store, 99).await;
        assert_eq!(users::update(&mut tx, &named("second")).await, Err(StoreError::Paused));
        drop(tx);
        let mut tx = at(store, 99).await.of_recovery();
        assert!(users::update(&mut tx, &named("second")).await.unwrap());
        tx.commit().await.unwrap();
        let mut tx = at(store, 100).await;
        assert!(users::update(&mut tx, &named("third")).await.unwrap(), "the time is over");
        journals::resume(&mut tx, &"p".into(), "s").await.unwrap();
        assert!(journals::get(&mut tx, &"p".into()).await.unwrap().unwrap().paused_by.is_some());
        tx.commit().await.unwrap();
    }

    async fn without_its_time_nothing_of_a_journal_is_changed(store: &Store) {
        with_journal(store).await;
        let mut tx = store.write().await.unwrap();
        assert!(matches!(users::insert(&mut tx, &named("first")).await, Err(StoreError::Other(_))));
        drop(tx);
        let mut tx = store.write().await.unwrap();
        let elsewhere = users::insert(&mut tx, &user("q", "a")).await;
        assert_eq!(elsewhere, Ok(Insert::Inserted), "q has no journal");
        tx.commit().await.unwrap();
    }

    async fn a_journal_is_cut_at_its_end(store: &Store) {
        with_journal(store).await;
        for time in [10, 20, 30] {
            let mut tx = at(store, time).await;
            let sub = time.to_string();
            assert_eq!(users::insert(&mut tx, &user("p", &sub)).await.unwrap(), Insert::Inserted);
            tx.commit().await.unwrap();
        }
        let mut tx = at(store, 40).await;
        assert_eq!(journals::cut(&mut tx, Timestamp(20)).await.unwrap(), 1);
        assert_eq!(journals::cut(&mut tx, Timestamp(20)).await.unwrap(), 0);
        assert_eq!(journals::cut(&mut tx, Timestamp(15)).await.unwrap(), 0);
        assert_eq!(journals::get(&mut tx, &"p".into()).await.unwrap().unwrap().since, Timestamp(20));
        assert_eq!(past::users::purge(&mut tx, Timestamp(20), 9).await.unwrap(), 1);
        tx.commit().await.unwrap();
    }
}
