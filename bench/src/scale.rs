//! A pool that grows to a million users: `cargo xtask scale`.
//!
//! Reads are held against those of a small pool by their CPU time. How long others wait while a large group or pool is deleted
//! is time that passes: it wants a machine that has nothing else to do.

use std::path::Path;
use std::time::{Duration, Instant};

use poolhouse_core::fill::EVERYBODY;
use poolhouse_ports::Clock;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;

use crate::folder::Folder;
use crate::populated::{self, Filling, Populated};
use crate::process;
use crate::reads::{self, READS, Read, Servers};
use crate::requests;
use crate::server::Server;
use crate::table::Table;

const FEW: u32 = 1000;
const FEW_GROUPS: u32 = 100;
const MANY_GROUPS: u32 = 10_000;
const GROUPS_OF_USER: u32 = 5;

/// In seconds: minutes.
const FILL_BOUND: f64 = 900.0;
/// In MiB, beside the page cache.
const MEMORY_BOUND: f64 = 60.0;
/// How long anybody waits while something large is deleted, in milliseconds.
const WAIT_BOUND: f64 = 100.0;

const POOLS: usize = 1000;
/// From exec to the first answer with all of them, in milliseconds, as with one.
const START_BOUND: f64 = 100.0;
/// How much more memory all of them take than one, in MiB.
const POOLS_MEMORY_BOUND: f64 = 10.0;

/// Between two requests of somebody who waits.
const PAUSE: Duration = Duration::from_millis(5);

/// What grows with the pool beside what [`READS`] has.
const LISTS: &[Read] = &[
    Read {
        name: "ListUsersInGroup of all users",
        operation: "ListUsersInGroup",
        input: |on, _| json!({ "UserPoolId": on.pool, "GroupName": EVERYBODY, "Limit": 10 }),
        against_echo: false,
    },
    Read {
        name: "ListGroups",
        operation: "ListGroups",
        input: |on, _| json!({ "UserPoolId": on.pool, "Limit": 10 }),
        against_echo: false,
    },
    Read {
        name: "ListUsers, the first page",
        operation: "ListUsers",
        input: |on, _| json!({ "UserPoolId": on.pool, "Limit": 10 }),
        against_echo: false,
    },
];

/// Measures with so many users; on SQLite, or `on` a database of PostgreSQL that has two empty schemas.
pub(crate) async fn measure(binary: &Path, users: u32, databases: Option<[&str; 2]>, table: &mut Table) {
    let on = if databases.is_some() { ", PostgreSQL" } else { "" };
    let of = |users, groups, database| {
        let filling = Filling { users, groups, groups_of_user: GROUPS_OF_USER, everybody: true, database };
        populated::start(binary, filling)
    };
    let few = of(FEW, FEW_GROUPS, databases.map(|both| both[0]));
    let begun = Instant::now();
    let many = of(users, MANY_GROUPS, databases.map(|both| both[1]));
    let took = begun.elapsed().as_secs_f64();
    table.put(&format!("filling {users} users{on}"), "two starts with it".to_owned(), took, FILL_BOUND, "s");
    let servers = Servers { few, many, echo: Server::echo() };
    for read in READS.iter().chain(LISTS) {
        reads::compare(&Read { against_echo: false, ..*read }, &servers, on, table).await;
    }
    let Servers { many, .. } = servers;
    table.put(
        &format!("memory, {users} users{on}"),
        "VmRSS without files".to_owned(),
        many.server.anonymous(),
        MEMORY_BOUND,
        "MiB",
    );
    measure_deletion(&many, on, table).await;
}

/// How long others wait while a group of all users, and then the pool, is deleted.
async fn measure_deletion(many: &Populated, on: &str, table: &mut Table) {
    let other = call(&many.server, "CreateUserPool", &json!({ "PoolName": "other" })).await;
    let other = other["UserPool"]["Id"].as_str().unwrap().to_owned();
    let user = json!({ "UserPoolId": other, "Username": "ada", "MessageAction": "SUPPRESS" });
    call(&many.server, "AdminCreateUser", &user).await;
    let users = many.users;
    let group = json!({ "UserPoolId": many.pool, "GroupName": EVERYBODY });
    let (longest, took) = longest_wait(&many.server, &other, async {
        call(&many.server, "DeleteGroup", &group).await;
    })
    .await;
    let name = format!("wait while a group of {users} is deleted{on}");
    table.put(&name, format!("{took:.0} s"), longest, WAIT_BOUND, "ms");
    let pool = json!({ "UserPoolId": many.pool });
    let (longest, took) = longest_wait(&many.server, &other, async {
        call(&many.server, "DeleteUserPool", &pool).await;
        many.server.wait_for("rows of a deleted pool").await;
    })
    .await;
    let name = format!("wait while a pool of {users} is deleted{on}");
    table.put(&name, format!("{took:.0} s"), longest, WAIT_BOUND, "ms");
}

/// The longest that a read and a write of another pool take, in milliseconds, while `work` is done, and how long that takes.
async fn longest_wait(server: &Server, pool: &str, work: impl Future<Output = ()>) -> (f64, f64) {
    let (end, mut ended) = oneshot::channel::<()>();
    let begun = Instant::now();
    let waiting = async {
        let mut longest = Duration::ZERO;
        while matches!(ended.try_recv(), Err(TryRecvError::Empty)) {
            let asked = Instant::now();
            let change = json!({ "UserPoolId": pool, "Username": "ada", "UserAttributes": [{ "Name": "name", "Value": "Ada" }] });
            call(server, "AdminUpdateUserAttributes", &change).await;
            call(server, "AdminGetUser", &json!({ "UserPoolId": pool, "Username": "ada" })).await;
            longest = longest.max(asked.elapsed());
            tokio::time::sleep(PAUSE).await;
        }
        longest
    };
    let working = async {
        work.await;
        end.send(()).unwrap();
    };
    let (longest, ()) = tokio::join!(waiting, working);
    (longest.as_secs_f64() * 1000.0, begun.elapsed().as_secs_f64())
}

async fn call(server: &Server, operation: &str, input: &Value) -> Value {
    let answers = server.answers(vec![requests::signed(operation, input, Clock::system().now())]).await;
    serde_json::from_slice(&answers[0]).unwrap_or_default()
}

/// Starting with a thousand pools, against one.
pub(crate) async fn measure_pools(binary: &Path, table: &mut Table) {
    let folder = Folder::new("pools");
    let server = Server::poolhouse(binary, folder.path(), None);
    call(&server, "CreateUserPool", &json!({ "PoolName": "first" })).await;
    drop(server);
    let (_, with_one) = start(binary, &folder);
    let server = Server::poolhouse(binary, folder.path(), None);
    let make = || requests::signed("CreateUserPool", &json!({ "PoolName": "many" }), Clock::system().now());
    server.answers((1..POOLS).map(|_| make()).collect()).await;
    drop(server);
    let (soon, with_all) = start(binary, &folder);
    table.put(
        &format!("exec to first answer, {POOLS} pools"),
        "one start".to_owned(),
        soon,
        START_BOUND,
        "ms",
    );
    let detail = format!("{with_one:.1} MiB with one");
    table.put(
        &format!("memory of {POOLS} pools beyond one"),
        detail,
        with_all - with_one,
        POOLS_MEMORY_BOUND,
        "MiB",
    );
}

/// From exec to the first answer in milliseconds, and the memory then.
fn start(binary: &Path, folder: &Folder) -> (f64, f64) {
    let begun = Instant::now();
    let server = Server::poolhouse(binary, folder.path(), None);
    process::ask(&server);
    let soon = begun.elapsed().as_secs_f64() * 1000.0;
    (soon, server.anonymous())
}
