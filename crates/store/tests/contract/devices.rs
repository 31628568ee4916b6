//! Devices of users.

use poolhouse_ports::Timestamp;
use poolhouse_store::Store;
use poolhouse_store::tables::devices::{self, Device};
use poolhouse_store::tables::{Insert, users};

use crate::behaviours;
use crate::rows::with_users;

fn device(sub: &str, device_key: &str, remembered: bool) -> Device {
    Device {
        pool_id: "p".into(),
        sub: sub.into(),
        device_key: device_key.to_owned(),
        name: Some("a telephone".to_owned()),
        remembered,
        created_at: Timestamp(1),
        modified_at: Timestamp(2),
        authenticated_at: Timestamp(3),
        verifier: Some(vec![1, 0, 255]),
        waiting: None,
    }
}

behaviours! {
    async fn devices_are_one_users_and_go_with_it(store: &Store) {
        let mut tx = with_users(store).await;
        for row in [device("a", "1", true), device("a", "2", false), device("b", "1", false)] {
            assert_eq!(devices::insert(&mut tx, &row).await.unwrap(), Insert::Inserted);
            assert_eq!(devices::insert(&mut tx, &row).await.unwrap(), Insert::Exists);
        }
        assert_eq!(devices::get(&mut tx, &"p".into(), &"a".into(), "1").await.unwrap(), Some(device("a", "1", true)));
        assert_eq!(devices::get(&mut tx, &"p".into(), &"b".into(), "2").await.unwrap(), None);
        assert!(devices::delete(&mut tx, &"p".into(), &"a".into(), "1").await.unwrap());
        assert!(!devices::delete(&mut tx, &"p".into(), &"a".into(), "1").await.unwrap());
        assert!(users::delete(&mut tx, &"p".into(), &"a".into()).await.unwrap());
        assert_eq!(devices::get(&mut tx, &"p".into(), &"a".into(), "2").await.unwrap(), None);
        assert!(devices::get(&mut tx, &"p".into(), &"b".into(), "1").await.unwrap().is_some());
        tx.commit().await.unwrap();
    }

    async fn devices_page_by_key_all_or_those_remembered(store: &Store) {
        let mut tx = with_users(store).await;
        for (sub, key, remembered) in [("a", "3", true), ("a", "1", true), ("a", "2", false), ("b", "4", true)] {
            assert_eq!(devices::insert(&mut tx, &device(sub, key, remembered)).await.unwrap(), Insert::Inserted);
        }
        let mut keys = async |remembered, after, limit| {
            let page = devices::list_after(&mut tx, &"p".into(), &"a".into(), remembered, after, limit).await.unwrap();
            page.into_iter().map(|device| device.device_key).collect::<Vec<_>>()
        };
        assert_eq!(keys(false, "", 2).await, ["1", "2"]);
        assert_eq!(keys(false, "2", 2).await, ["3"]);
        assert_eq!(keys(true, "", 9).await, ["1", "3"]);
        assert_eq!(keys(true, "1", 9).await, ["3"]);
        tx.commit().await.unwrap();
    }

    async fn a_device_is_remembered_waited_for_and_signed_in_with(store: &Store) {
        let mut tx = with_users(store).await;
        assert_eq!(devices::insert(&mut tx, &device("a", "1", false)).await.unwrap(), Insert::Inserted);
        assert!(devices::set_remembered(&mut tx, &"p".into(), &"a".into(), "1", true, Timestamp(20)).await.unwrap());
        assert!(devices::set_waiting(&mut tx, &"p".into(), &"a".into(), "1", &[7]).await.unwrap());
        let stored = devices::get(&mut tx, &"p".into(), &"a".into(), "1").await.unwrap().unwrap();
        let expected =
            Device { remembered: true, modified_at: Timestamp(20), waiting: Some(vec![7]), ..device("a", "1", false) };
        assert_eq!(stored, expected);
        assert!(devices::set_authenticated(&mut tx, &"p".into(), &"a".into(), "1", Timestamp(30)).await.unwrap());
        let stored = devices::get(&mut tx, &"p".into(), &"a".into(), "1").await.unwrap().unwrap();
        assert_eq!(stored, Device { authenticated_at: Timestamp(30), waiting: None, ..expected });
        assert!(!devices::set_remembered(&mut tx, &"p".into(), &"a".into(), "2", true, Timestamp(20)).await.unwrap());
        assert!(!devices::set_waiting(&mut tx, &"p".into(), &"b".into(), "1", &[7]).await.unwrap());
        assert!(!devices::set_authenticated(&mut tx, &"p".into(), &"b".into(), "1", Timestamp(30)).await.unwrap());
        tx.commit().await.unwrap();
    }
}
