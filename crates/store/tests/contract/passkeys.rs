//! Passkeys of users.

use poolhouse_ports::Timestamp;
use poolhouse_store::Store;
use poolhouse_store::tables::passkeys::{self, After, Passkey};
use poolhouse_store::tables::{Insert, users};

use crate::behaviours;
use crate::rows::with_users;

fn passkey(sub: &str, credential_id: &str, at: i64) -> Passkey {
    Passkey {
        pool_id: "p".into(),
        credential_id: credential_id.to_owned(),
        sub: sub.into(),
        rp_id: "example.com".to_owned(),
        public_key: vec![0, 255],
        sign_count: u32::MAX,
        attachment: None,
        transports: "[]".to_owned(),
        created_at: Timestamp(at),
    }
}

behaviours! {
    async fn a_passkey_is_one_users_and_goes_with_it(store: &Store) {
        let mut tx = with_users(store).await;
        assert_eq!(passkeys::insert(&mut tx, &passkey("a", "1", 1)).await.unwrap(), Insert::Inserted);
        // An id is one passkey's over all users of the pool.
        assert_eq!(passkeys::insert(&mut tx, &passkey("b", "1", 2)).await.unwrap(), Insert::Exists);
        assert_eq!(passkeys::get(&mut tx, &"p".into(), "1").await.unwrap(), Some(passkey("a", "1", 1)));
        assert_eq!(passkeys::get(&mut tx, &"q".into(), "1").await.unwrap(), None);
        assert!(!passkeys::delete(&mut tx, &"p".into(), "1", &"b".into()).await.unwrap());
        assert!(passkeys::delete(&mut tx, &"p".into(), "1", &"a".into()).await.unwrap());
        assert_eq!(passkeys::insert(&mut tx, &passkey("b", "1", 2)).await.unwrap(), Insert::Inserted);
        assert!(users::delete(&mut tx, &"p".into(), &"b".into()).await.unwrap());
        assert_eq!(passkeys::get(&mut tx, &"p".into(), "1").await.unwrap(), None);
        tx.commit().await.unwrap();
    }

    async fn passkeys_page_by_creation(store: &Store) {
        let mut tx = with_users(store).await;
        for (sub, id, at) in [("a", "2", 5), ("a", "1", 5), ("a", "3", 4), ("b", "4", 1)] {
            assert_eq!(passkeys::insert(&mut tx, &passkey(sub, id, at)).await.unwrap(), Insert::Inserted);
        }
        let mut ids = async |after, limit| {
            let page = passkeys::list_after(&mut tx, &"p".into(), &"a".into(), after, limit).await.unwrap();
            page.into_iter().map(|passkey| passkey.credential_id).collect::<Vec<_>>()
        };
        assert_eq!(ids(After::START, 2).await, ["3", "1"]);
        assert_eq!(ids(After { created_at: Timestamp(5), credential_id: "1" }, 9).await, ["2"]);
        tx.commit().await.unwrap();
    }

    async fn a_counter_moves_from_where_it_is(store: &Store) {
        let mut tx = with_users(store).await;
        let row = Passkey { sign_count: 3, ..passkey("a", "1", 1) };
        assert_eq!(passkeys::insert(&mut tx, &row).await.unwrap(), Insert::Inserted);
        assert!(!passkeys::set_sign_count(&mut tx, &"p".into(), "1", 2, 9).await.unwrap());
        assert!(passkeys::set_sign_count(&mut tx, &"p".into(), "1", 3, 9).await.unwrap());
        assert_eq!(passkeys::get(&mut tx, &"p".into(), "1").await.unwrap().unwrap().sign_count, 9);
        assert!(!passkeys::set_sign_count(&mut tx, &"p".into(), "2", 3, 9).await.unwrap());
        tx.commit().await.unwrap();
    }
}
