//! `poolhouse pools recover`, as an administrator types it.

use std::path::Path;
use std::process::Stdio;

use poolhouse_ports::Clock;
use serde_json::json;

use crate::common::{BINARY, Folder, Server, command, serve};

/// Runs `poolhouse pools recover`; returns its exit code and what it printed.
fn recover(folder: &Folder, pool: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = command(BINARY);
    command.args(["pools", "recover", "--pool", pool, "--data-dir"]).arg(folder.path()).args(arguments);
    let output = command.stdout(Stdio::piped()).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

fn seconds_ago(seconds: i64) -> String {
    (Clock::system().now().seconds() - seconds).to_string()
}

/// Makes the pool, and its journal, as old as two hours.
fn age(database: &Path) {
    let database = rusqlite::Connection::open(database).unwrap();
    let statements =
        "UPDATE pools SET created_at = created_at - 7200000; UPDATE journals SET since = since - 7200000";
    database.execute_batch(statements).unwrap();
}

#[test]
fn a_pool_is_taken_back_while_the_server_is_stopped() {
    let folder = Folder::new();
    let server = Server::start(&mut serve(folder.path()));
    let pool = server.pool();
    server.ok("CreateGroup", &json!({ "UserPoolId": pool, "GroupName": "spoilt" }));
    server.stop();
    age(&folder.join("poolhouse.db"));

    let (code, said) = recover(&folder, &pool, &["--to", &seconds_ago(60)]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("must be at least 15 minutes in the past"), "{said}");
    let (code, said) = recover(&folder, &pool, &["--to", &seconds_ago(3 * 3600)]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("outside the recovery period"), "{said}");

    let (code, said) = recover(&folder, &pool, &["--to", &seconds_ago(3600)]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("PREVIEW_GENERATED"), "{said}");
    assert!(said.contains("Groups: 0 made again, 0 set back, 1 deleted"), "{said}");
    let id = said.split("--start ").nth(1).unwrap().split('.').next().unwrap();
    let (code, begun) = recover(&folder, &pool, &["--start", id]);
    assert_eq!(code, Some(0), "{begun}");
    assert!(begun.contains("RESTORE_COMPLETED"), "{begun}");
    let (code, late) = recover(&folder, &pool, &["--cancel", id]);
    assert_eq!(code, Some(1), "{late}");
    assert!(late.contains("Cannot cancel a recovery with status RESTORE_COMPLETED."), "{late}");
    let (code, list) = recover(&folder, &pool, &[]);
    assert_eq!(code, Some(0), "{list}");
    assert!(list.contains(id) && list.contains("RESTORE_COMPLETED"), "{list}");

    let server = Server::start(&mut serve(folder.path()));
    assert_eq!(server.ok("ListGroups", &json!({ "UserPoolId": pool }))["Groups"], json!([]));
    server.stop();
}

#[test]
fn a_server_that_starts_goes_on_with_a_recovery() {
    let folder = Folder::new();
    let server = Server::start(&mut serve(folder.path()));
    let pool = server.pool();
    server.ok("CreateGroup", &json!({ "UserPoolId": pool, "GroupName": "spoilt" }));
    server.stop();
    age(&folder.join("poolhouse.db"));
    let (code, said) = recover(&folder, &pool, &["--to", &seconds_ago(3600)]);
    assert_eq!(code, Some(0), "{said}");
    let id = said.split("--start ").nth(1).unwrap().split('.').next().unwrap();
    // As a node leaves it that dies right after the start.
    let server = Server::start(&mut serve(folder.path()));
    let named = json!({ "UserPoolId": pool, "RestoreId": id });
    server.ok("StartPointInTimeRecovery", &named);
    server.kill();
    let server = Server::start(&mut serve(folder.path()));
    server.wait_for("a recovery of a pool has ended");
    let found = server.ok("DescribePointInTimeRecovery", &named);
    assert_eq!(found["Restoration"]["RestoreStatus"], "RESTORE_COMPLETED");
    assert_eq!(server.ok("ListGroups", &json!({ "UserPoolId": pool }))["Groups"], json!([]));
    server.stop();
}
