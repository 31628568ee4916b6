//! Groups and who is in them.

use poolhouse_ports::{Sub, Timestamp};
use poolhouse_store::tables::groups::{self, Group};
use poolhouse_store::tables::{Insert, members, users};
use poolhouse_store::{Store, StoreError, Tx};

use crate::behaviours;
use crate::rows::{group, with_pools, with_users};

async fn add(tx: &mut Tx, pool: &str, names: &[&str]) {
    for name in names {
        assert_eq!(groups::insert(tx, &group(pool, name)).await.unwrap(), Insert::Inserted);
    }
}

async fn join(tx: &mut Tx, pairs: &[(&str, &str)]) {
    for (sub, name) in pairs {
        assert_eq!(members::insert(tx, &"p".into(), &(*sub).into(), name).await.unwrap(), Insert::Inserted);
    }
}

fn names(groups: &[Group]) -> Vec<&str> {
    groups.iter().map(|group| group.name.as_str()).collect()
}

behaviours! {
    async fn a_group_is_read_as_it_was_written(store: &Store) {
        let mut tx = with_pools(store).await;
        let full = Group {
            description: Some("Größe".to_owned()),
            role_arn: Some("arn:aws:iam::1:role/r".to_owned()),
            precedence: Some(0),
            modified_at: Timestamp(-5),
            ..group("p", "full")
        };
        let empty = group("p", "empty");
        for row in [&full, &empty] {
            assert_eq!(groups::insert(&mut tx, row).await.unwrap(), Insert::Inserted);
        }
        tx.commit().await.unwrap();
        let mut tx = store.read().await.unwrap();
        assert_eq!(groups::get(&mut tx, &"p".into(), "full").await.unwrap(), Some(full));
        assert_eq!(groups::get(&mut tx, &"p".into(), "empty").await.unwrap(), Some(empty));
        assert_eq!(groups::get(&mut tx, &"q".into(), "full").await.unwrap(), None);
        assert_eq!(groups::get(&mut tx, &"p".into(), "FULL").await.unwrap(), None);
    }

    async fn a_second_group_of_the_name_changes_nothing(store: &Store) {
        let mut tx = with_pools(store).await;
        add(&mut tx, "p", &["g"]).await;
        let second = Group { description: Some("second".to_owned()), ..group("p", "g") };
        assert_eq!(groups::insert(&mut tx, &second).await.unwrap(), Insert::Exists);
        assert_eq!(groups::get(&mut tx, &"p".into(), "g").await.unwrap(), Some(group("p", "g")));
        assert_eq!(groups::insert(&mut tx, &group("q", "g")).await.unwrap(), Insert::Inserted);
        tx.commit().await.unwrap();
    }

    async fn a_group_of_no_pool_asks_for_another_try(store: &Store) {
        let mut tx = with_pools(store).await;
        assert_eq!(groups::insert(&mut tx, &group("none", "g")).await, Err(StoreError::Retry));
        assert_eq!(tx.commit().await, Err(StoreError::Retry));
        let mut tx = store.read().await.unwrap();
        assert_eq!(groups::count(&mut tx, &"p".into(), 9).await.unwrap(), 0);
    }

    async fn an_update_overwrites_all_but_name_and_creation(store: &Store) {
        let mut tx = with_pools(store).await;
        let before = Group { description: Some("d".to_owned()), precedence: Some(3), ..group("p", "g") };
        assert_eq!(groups::insert(&mut tx, &before).await.unwrap(), Insert::Inserted);
        let after = Group {
            description: None,
            role_arn: Some("r".to_owned()),
            precedence: Some(7),
            modified_at: Timestamp(9000),
            ..group("p", "g")
        };
        let changed = Group { created_at: Timestamp(1), ..after.clone() };
        assert!(groups::update(&mut tx, &changed).await.unwrap());
        assert_eq!(groups::get(&mut tx, &"p".into(), "g").await.unwrap(), Some(after));
        assert!(!groups::update(&mut tx, &group("p", "none")).await.unwrap());
        tx.commit().await.unwrap();
    }

    /// Bytewise on both databases: capitals, then small letters, then what is beyond ASCII.
    async fn pages_follow_the_bytes_of_the_names(store: &Store) {
        let mut tx = with_pools(store).await;
        add(&mut tx, "p", &["é", "b", "B", "a b", "a", "ab", "a-b", "日本", "z"]).await;
        add(&mut tx, "q", &["other"]).await;
        let sorted = ["B", "a", "a b", "a-b", "ab", "b", "z", "é", "日本"];
        let first = groups::list_after(&mut tx, &"p".into(), "", 4).await.unwrap();
        assert_eq!(names(&first), sorted[..4]);
        let second = groups::list_after(&mut tx, &"p".into(), "a-b", 60).await.unwrap();
        assert_eq!(names(&second), sorted[4..]);
        assert!(groups::list_after(&mut tx, &"p".into(), "日本", 60).await.unwrap().is_empty());
        tx.commit().await.unwrap();
    }

    async fn counting_stops_at_the_bound(store: &Store) {
        let mut tx = with_pools(store).await;
        add(&mut tx, "p", &["a", "b", "c"]).await;
        assert_eq!(groups::count(&mut tx, &"p".into(), 10).await.unwrap(), 3);
        assert_eq!(groups::count(&mut tx, &"p".into(), 2).await.unwrap(), 2);
        assert_eq!(groups::count(&mut tx, &"q".into(), 2).await.unwrap(), 0);
        tx.commit().await.unwrap();
    }

    async fn a_member_is_put_in_once(store: &Store) {
        let mut tx = with_users(store).await;
        add(&mut tx, "p", &["g"]).await;
        join(&mut tx, &[("a", "g")]).await;
        assert_eq!(members::insert(&mut tx, &"p".into(), &"a".into(), "g").await.unwrap(), Insert::Exists);
        assert_eq!(members::count_of_user(&mut tx, &"p".into(), &"a".into(), 9).await.unwrap(), 1);
        assert!(members::delete(&mut tx, &"p".into(), &"a".into(), "g").await.unwrap());
        assert!(!members::delete(&mut tx, &"p".into(), &"a".into(), "g").await.unwrap());
        assert_eq!(members::count_of_user(&mut tx, &"p".into(), &"a".into(), 9).await.unwrap(), 0);
        tx.commit().await.unwrap();
    }

    async fn a_member_needs_user_and_group_in_the_same_pool(store: &Store) {
        let mut tx = with_users(store).await;
        add(&mut tx, "q", &["of q"]).await;
        tx.commit().await.unwrap();
        for (sub, name) in [("none", "of q"), ("a", "of q")] {
            let mut tx = store.write().await.unwrap();
            assert_eq!(members::insert(&mut tx, &"p".into(), &sub.into(), name).await, Err(StoreError::Retry));
        }
    }

    async fn groups_of_a_user_come_by_name_and_page(store: &Store) {
        let mut tx = with_users(store).await;
        add(&mut tx, "p", &["a", "b", "c", "d"]).await;
        add(&mut tx, "q", &["a"]).await;
        join(&mut tx, &[("a", "d"), ("a", "a"), ("a", "c"), ("b", "b")]).await;
        assert_eq!(members::insert(&mut tx, &"q".into(), &"a".into(), "a").await.unwrap(), Insert::Inserted);
        let all = members::groups_of_user(&mut tx, &"p".into(), &"a".into(), "", 100).await.unwrap();
        assert_eq!(names(&all), ["a", "c", "d"]);
        assert_eq!(all[0], group("p", "a"));
        let page = members::groups_of_user(&mut tx, &"p".into(), &"a".into(), "a", 1).await.unwrap();
        assert_eq!(names(&page), ["c"]);
        assert_eq!(members::count_of_user(&mut tx, &"p".into(), &"a".into(), 2).await.unwrap(), 2);
        tx.commit().await.unwrap();
    }

    async fn users_of_a_group_come_by_sub_and_page(store: &Store) {
        let mut tx = with_users(store).await;
        add(&mut tx, "p", &["g", "h"]).await;
        join(&mut tx, &[("c", "g"), ("a", "g"), ("b", "g"), ("b", "h")]).await;
        let subs = async |tx: &mut Tx, after, limit| -> Vec<Sub> {
            let page = members::users_of_group(tx, &"p".into(), "g", after, limit).await.unwrap();
            page.into_iter().map(|user| user.sub).collect()
        };
        assert_eq!(subs(&mut tx, Sub::START, 2).await, ["a", "b"]);
        assert_eq!(subs(&mut tx, &"b".into(), 2).await, ["c"]);
        let page = members::users_of_group(&mut tx, &"p".into(), "h", Sub::START, 9).await.unwrap();
        assert_eq!(page, [crate::rows::user("p", "b")]);
        tx.commit().await.unwrap();
    }

    async fn who_or_what_is_deleted_takes_the_membership_along(store: &Store) {
        let mut tx = with_users(store).await;
        add(&mut tx, "p", &["g", "h"]).await;
        join(&mut tx, &[("a", "g"), ("a", "h"), ("b", "g")]).await;
        assert!(groups::delete(&mut tx, &"p".into(), "g").await.unwrap());
        assert!(!groups::delete(&mut tx, &"p".into(), "g").await.unwrap());
        assert_eq!(names(&members::groups_of_user(&mut tx, &"p".into(), &"a".into(), "", 9).await.unwrap()), ["h"]);
        assert!(users::delete(&mut tx, &"p".into(), &"a".into()).await.unwrap());
        assert!(members::users_of_group(&mut tx, &"p".into(), "h", Sub::START, 9).await.unwrap().is_empty());
        // A new group of the name does not inherit the old one's members.
        add(&mut tx, "p", &["g"]).await;
        assert!(members::users_of_group(&mut tx, &"p".into(), "g", Sub::START, 9).await.unwrap().is_empty());
        tx.commit().await.unwrap();
    }
}
