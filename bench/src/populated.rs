//! A server whose pool has many users.

use std::path::Path;

use poolhouse_ports::Clock;
use poolhouse_store::tables::{Insert, groups, members, user_index, users};
use poolhouse_store::{Options, Store, StoreError};
use serde_json::{Value, json};

use crate::folder::Folder;
use crate::requests;
use crate::server::Server;

/// Users inserted by one transaction.
const BATCH: u32 = 5000;
/// Groups that each user is in.
const GROUPS_OF_USER: u32 = 3;
/// A group for as many users, so that groups do not grow with the pool.
const USERS_FOR_GROUP: u32 = 100;

/// A server with a pool of users, each in groups and with an address to be found by.
pub(crate) struct Populated {
    pub(crate) server: Server,
    pub(crate) pool: String,
    pub(crate) users: u32,
    _folder: Folder,
}

/// Makes a pool of `count` users, and starts a server on it.
pub(crate) async fn start(binary: &Path, count: u32) -> Populated {
    let folder = Folder::new(&format!("users-{count}"));
    let server = Server::poolhouse(binary, folder.path());
    let request = requests::signed("CreateUserPool", &json!({ "PoolName": "bench" }), Clock::system().now());
    let answers = server.answers(vec![request]).await;
    let answer: Value = serde_json::from_slice(&answers[0]).unwrap();
    let pool = answer["UserPool"]["Id"].as_str().unwrap().to_owned();
    // Only one process at a time may have the database.
    drop(server);
    load(&Store::open(Options::new(folder.database())).await.unwrap(), &pool, count).await;
    Populated { server: Server::poolhouse(binary, folder.path()), pool, users: count, _folder: folder }
}

async fn load(store: &Store, pool: &str, count: u32) {
    let mut tx = store.write().await.unwrap();
    for group in 0..count / USERS_FOR_GROUP {
        let group = groups::Group {
            pool_id: pool.into(),
            name: group_name(group),
            description: Some("A group of the bench".to_owned()),
            role_arn: None,
            precedence: Some(i64::from(group)),
            created_at: Clock::system().now(),
            modified_at: Clock::system().now(),
        };
        inserted(groups::insert(&mut tx, &group).await);
    }
    for number in 0..count {
        let user = user(pool, number);
        inserted(users::insert(&mut tx, &user).await);
        user_index::replace(&mut tx, &pool.into(), &user.sub, &[("email", &email(number))]).await.unwrap();
        for group in 0..GROUPS_OF_USER {
            let group = group_name((number + group) % (count / USERS_FOR_GROUP));
            inserted(members::insert(&mut tx, &pool.into(), &user.sub, &group).await);
        }
        if number % BATCH == BATCH - 1 {
            tx.commit().await.unwrap();
            tx = store.write().await.unwrap();
        }
    }
    tx.commit().await.unwrap();
}

fn inserted(result: Result<Insert, StoreError>) {
    assert!(result.unwrap() != Insert::Exists);
}

pub(crate) fn user_name(number: u32) -> String {
    format!("user-{number:06}")
}

pub(crate) fn group_name(number: u32) -> String {
    format!("group-{number:04}")
}

pub(crate) fn email(number: u32) -> String {
    format!("user-{number:06}@example.com")
}

fn user(pool: &str, number: u32) -> users::User {
    // Scattered, as random ones are.
    let sub = number.wrapping_mul(0x9e37_79b1);
    let attributes = json!({ "email": email(number), "email_verified": "true", "given_name": "Bench" });
    users::User {
        pool_id: pool.into(),
        sub: format!("{sub:08x}-0000-4000-8000-{number:012x}").into(),
        username: user_name(number).into(),
        username_key: user_name(number),
        status: "CONFIRMED".to_owned(),
        enabled: true,
        created_at: Clock::system().now(),
        modified_at: Clock::system().now(),
        attributes: attributes.to_string(),
        verifier: None,
        password_set_at: None,
        password_version: 0,
        password_history: None,
        mfa: None,
        sign_outs: 0,
        imported_hash: None,
    }
}
