//! Moving a database.

use poolhouse_store::copy::{CopyError, Progress, copy};
use poolhouse_store::tables::users::{self, After, User};
use poolhouse_store::tables::{Insert, clients, groups, members, settings, spent, user_index};
use poolhouse_store::testing::TestDatabase;
use poolhouse_store::verify::verify;
use poolhouse_store::{Kind, Store};

use crate::rows::{client, group, user, with_users};

/// More users than are copied in a batch, and a row of each kind of column.
async fn fill(store: &Store) {
    let mut tx = with_users(store).await;
    settings::put(&mut tx, "s", &[0, 255]).await.unwrap();
    assert_eq!(clients::insert(&mut tx, &client("p", "c")).await.unwrap(), Insert::Inserted);
    assert_eq!(groups::insert(&mut tx, &group("p", "g")).await.unwrap(), Insert::Inserted);
    assert_eq!(
        spent::insert(&mut tx, &"p".into(), "m", poolhouse_ports::Timestamp(5)).await.unwrap(),
        Insert::Inserted
    );
    for n in 0..1200 {
        let sub = format!("user {n}");
        let row = User {
            attributes: r#"{"name":"Ä"}"#.to_owned(),
            verifier: Some(vec![1]),
            mfa: None,
            sign_outs: 0,
            imported_hash: None,
            ..user("q", &sub)
        };
        assert_eq!(users::insert(&mut tx, &row).await.unwrap(), Insert::Inserted);
        user_index::replace(&mut tx, &"q".into(), &sub.as_str().into(), &[("name", "ä")]).await.unwrap();
    }
    assert_eq!(members::insert(&mut tx, &"p".into(), &"b".into(), "g").await.unwrap(), Insert::Inserted);
    tx.commit().await.unwrap();
}

async fn all_users(store: &Store) -> Vec<User> {
    let mut tx = store.read().await.unwrap();
    users::list_after(&mut tx, &"q".into(), After::START, 5000).await.unwrap()
}

#[tokio::test]
async fn everything_arrives_from_each_kind_in_each_kind() {
    for (from, to) in
        [(Kind::Sqlite, Kind::Sqlite), (Kind::Sqlite, Kind::Postgres), (Kind::Postgres, Kind::Sqlite)]
    {
        let (Some(from), Some(to)) = (TestDatabase::new(from).await, TestDatabase::new(to).await) else {
            continue;
        };
        fill(&from.store).await;
        let mut steps = Vec::new();
        copy(&from.store, &to.store, |progress| steps.push(progress.clone())).await.unwrap();
        let of_users: Vec<u64> = steps.iter().filter(|s| s.table == "users").map(|s| s.rows).collect();
        // Two pools: a page has rows of one.
        assert_eq!(of_users, [8, 1032, 1204]);
        assert_eq!(steps.last(), Some(&Progress { table: "spent", rows: 1 }));
        assert_eq!(all_users(&to.store).await, all_users(&from.store).await);
        let mut tx = to.store.read().await.unwrap();
        assert_eq!(settings::get(&mut tx, "s").await.unwrap(), Some(vec![0, 255]));
        assert_eq!(
            members::groups_of_user(&mut tx, &"p".into(), &"b".into(), "", 9).await.unwrap(),
            [group("p", "g")]
        );
        drop(tx);
        assert_eq!(verify(&to.store).await, Ok(Vec::new()));
    }
}

#[tokio::test]
async fn a_target_with_rows_is_refused_untouched() {
    let (from, to) = (TestDatabase::sqlite().await, TestDatabase::sqlite().await);
    drop(with_users(&from.store).await);
    let mut tx = to.store.write().await.unwrap();
    settings::put(&mut tx, "s", b"v").await.unwrap();
    tx.commit().await.unwrap();
    let refused = copy(&from.store, &to.store, |_| panic!("nothing may be copied")).await;
    assert_eq!(refused, Err(CopyError::NotEmpty("settings")));
}
