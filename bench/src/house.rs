//! A server in this process, on SQLite on disk.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use poolhouse_api::Api;
use poolhouse_store::tables::{Insert, groups, members, user_index, users};
use poolhouse_store::{Options, Store, StoreError};
use poolhouse_testkit::{Database, START, TestServer, sign};
use serde_json::{Value, json};

/// Users inserted by one transaction.
const BATCH: u32 = 5000;
/// Groups that each user is in.
const GROUPS_OF_USER: u32 = 3;
/// A group for as many users, so that groups do not grow with the pool.
const USERS_FOR_GROUP: u32 = 100;

/// A server, its data and a pool in it.
pub(crate) struct House {
    pub(crate) server: TestServer,
    /// Answers requests as the binary does.
    pub(crate) router: Router,
    pub(crate) pool: String,
    folder: PathBuf,
}

impl House {
    /// A server on an empty database.
    pub(crate) async fn build(name: &str) -> Self {
        let folder = folder(name);
        let url = format!("sqlite:{}", folder.join("poolhouse.db").display());
        let store = Store::open(Options::new(url)).await.unwrap();
        let server = TestServer::start_with(Database::Sqlite, |parts| parts.store = store).await;
        let api = Api::new(server.engine().clone(), Arc::new(|_| {}));
        let answer = async |State(api): State<Api>, request: Request| api.answer(request).await;
        let router = Router::new().fallback(answer).with_state(api);
        let pool = server.pool(json!({})).await;
        Self { server, router, pool, folder }
    }

    /// Puts `count` users into the pool, each in groups and with an address to be found by.
    pub(crate) async fn load(&self, count: u32) {
        let (pool, store) = (&self.pool, self.server.engine().store());
        let mut tx = store.write().await.unwrap();
        for group in 0..count / USERS_FOR_GROUP {
            let group = groups::Group {
                pool_id: pool.clone(),
                name: group_name(group),
                description: Some("A group of the bench".to_owned()),
                role_arn: None,
                precedence: Some(i64::from(group)),
                created_at: START,
                modified_at: START,
            };
            inserted(groups::insert(&mut tx, &group).await);
        }
        for number in 0..count {
            let user = user(pool, number);
            inserted(users::insert(&mut tx, &user).await);
            user_index::replace(&mut tx, pool, &user.sub, &[("email", &email(number))]).await.unwrap();
            for group in 0..GROUPS_OF_USER {
                let group = group_name((number + group) % (count / USERS_FOR_GROUP));
                inserted(members::insert(&mut tx, pool, &user.sub, &group).await);
            }
            if number % BATCH == BATCH - 1 {
                tx.commit().await.unwrap();
                tx = store.write().await.unwrap();
            }
        }
        tx.commit().await.unwrap();
    }

    /// A request for an operation, signed as an administrator's.
    pub(crate) fn signed(&self, operation: &str, input: &Value) -> Request<Body> {
        let body = input.to_string().into_bytes();
        let mut headers = headers(operation);
        headers.extend(sign::headers(TestServer::ROOT, &headers, &body, self.server.now()));
        request(&headers, body)
    }

    /// A request for an operation, as a user's application sends it.
    pub(crate) fn public(operation: &str, input: &Value) -> Request<Body> {
        request(&headers(operation), input.to_string().into_bytes())
    }
}

fn inserted(result: Result<Insert, StoreError>) {
    assert!(result.unwrap() != Insert::Exists);
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A new folder beside what was built, which is on a disk more surely than a temporary folder.
pub(crate) fn folder(name: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
    let folder = target.join(format!("bench-{}-{name}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
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
        pool_id: pool.to_owned(),
        sub: format!("{sub:08x}-0000-4000-8000-{number:012x}"),
        username: user_name(number),
        username_key: user_name(number),
        status: "CONFIRMED".to_owned(),
        enabled: true,
        created_at: START,
        modified_at: START,
        attributes: attributes.to_string(),
        verifier: None,
        password_set_at: None,
        password_version: 0,
        password_history: None,
        mfa: None,
    }
}

fn headers(operation: &str) -> Vec<(&'static str, String)> {
    vec![
        ("content-type", "application/x-amz-json-1.1".to_owned()),
        ("host", "127.0.0.1:7665".to_owned()),
        ("x-amz-target", format!("AWSCognitoIdentityProviderService.{operation}")),
    ]
}

fn request(headers: &[(&'static str, String)], body: Vec<u8>) -> Request<Body> {
    let mut request = Request::builder().method("POST").uri("/");
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    request.body(Body::from(body)).unwrap()
}
