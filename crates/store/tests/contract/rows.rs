//! Rows to begin with.

use poolhouse_ports::Timestamp;
use poolhouse_store::tables::{Insert, clients, groups, pools, users};
use poolhouse_store::{Store, Tx};

pub(crate) fn pool(id: &str) -> pools::Pool {
    pools::Pool {
        id: id.into(),
        name: "a pool".to_owned(),
        region: "us-east-1".to_owned(),
        created_at: Timestamp(1000),
        modified_at: Timestamp(1000),
        config: "{}".to_owned(),
        data_key: vec![0, 1, 255],
    }
}

pub(crate) fn user(pool_id: &str, sub: &str) -> users::User {
    users::User {
        pool_id: pool_id.into(),
        sub: sub.into(),
        username: format!("User {sub}").into(),
        username_key: format!("user {sub}"),
        status: "CONFIRMED".to_owned(),
        enabled: true,
        created_at: Timestamp(2000),
        modified_at: Timestamp(2000),
        attributes: "{}".to_owned(),
        verifier: None,
        password_set_at: None,
        password_version: 0,
        password_history: None,
        mfa: None,
        sign_outs: 0,
        imported_hash: None,
    }
}

pub(crate) fn group(pool_id: &str, name: &str) -> groups::Group {
    groups::Group {
        pool_id: pool_id.into(),
        name: name.to_owned(),
        description: None,
        role_arn: None,
        precedence: None,
        created_at: Timestamp(3000),
        modified_at: Timestamp(3000),
    }
}

pub(crate) fn client(pool_id: &str, client_id: &str) -> clients::Client {
    clients::Client {
        sso_minutes: None,
        risk: None,
        client_id: client_id.into(),
        pool_id: pool_id.into(),
        name: "a client".to_owned(),
        created_at: Timestamp(4000),
        modified_at: Timestamp(4000),
        config: r#"{"a":"ü"}"#.to_owned(),
    }
}

/// A write transaction in which the pools `p` and `q` are.
pub(crate) async fn with_pools(store: &Store) -> Tx {
    let mut tx = store.write().await.unwrap();
    for id in ["p", "q"] {
        assert_eq!(pools::insert(&mut tx, &pool(id)).await.unwrap(), Insert::Inserted);
    }
    tx
}

/// The same with users `a`, `b` and `c` in `p`, and `a` in `q`.
pub(crate) async fn with_users(store: &Store) -> Tx {
    let mut tx = with_pools(store).await;
    for (pool, sub) in [("p", "a"), ("p", "b"), ("p", "c"), ("q", "a")] {
        assert_eq!(users::insert(&mut tx, &user(pool, sub)).await.unwrap(), Insert::Inserted);
    }
    tx
}
