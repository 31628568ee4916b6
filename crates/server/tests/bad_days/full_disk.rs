//! No space left: writes are refused, reads go on, and when there is space again all is well.

use std::fs;
use std::path::PathBuf;

use rlimit::Resource;
use serde_json::{Value, json};

use crate::common::{Folder, ROOT_SECRET, Server, command, serve};

/// The size of the disk, in KiB.
const DISK: u32 = 4096;
/// What is removed to make space, in bytes.
const BALLAST: usize = 1 << 20;
/// More writes than fit.
const ENOUGH: u32 = 5000;

/// A disk of its own for the server: nobody else sees it, and it goes with the process.
#[test]
fn a_full_disk() {
    let folder = Folder::new();
    let script = format!("mount -t tmpfs -o size={DISK}k none \"$0\" && exec \"$@\"");
    let space = ["--user", "--map-root-user", "--mount", "sh", "-c", &script];
    let possible = command("unshare").args(space).arg(folder.path()).arg("true").status();
    if !possible.is_ok_and(|status| status.success()) {
        println!("skipped: this system lets nobody make a disk of their own (unshare)");
        return;
    }
    let real = serve(folder.path());
    let mut server = command("unshare");
    server.args(space).arg(folder.path()).arg(real.get_program()).args(real.get_args());
    server.envs(real.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let server = Server::start(&mut server);
    let inside = folder.path().strip_prefix("/").unwrap();
    let ballast = PathBuf::from(format!("/proc/{}/root", server.pid())).join(inside).join("ballast");
    fs::write(&ballast, vec![0; BALLAST]).unwrap();

    let pool = server.pool();
    let made = fill(&server, &pool);
    assert_reads_go_on(&server, &pool, &made);
    fs::remove_file(&ballast).unwrap();
    assert_writes_work_again(&server, &pool, &made);
    server.stop();
}

/// The file itself may not grow (`ulimit -f`, a quota): another error of the system, the same behaviour.
#[test]
fn a_file_that_may_not_grow() {
    let folder = Folder::new();
    let server = Server::start(&mut serve(folder.path()));
    let pool = server.pool();
    let pid = i32::try_from(server.pid()).unwrap();
    let (mut soft, mut hard) = (0, 0);
    rlimit::prlimit(pid, Resource::FSIZE, None, Some((&mut soft, &mut hard))).unwrap();
    let log = fs::metadata(folder.join("poolhouse.db-wal")).unwrap().len();
    rlimit::prlimit(pid, Resource::FSIZE, Some((log + 100_000, hard)), None).unwrap();

    let made = fill(&server, &pool);
    assert_reads_go_on(&server, &pool, &made);
    rlimit::prlimit(pid, Resource::FSIZE, Some((soft, hard)), None).unwrap();
    assert_writes_work_again(&server, &pool, &made);
    server.stop();
    let server = Server::start(&mut serve(folder.path()));
    assert_all_there(&server, &pool, &made);
}

fn group(pool: &str, name: &str) -> Value {
    json!({ "UserPoolId": pool, "GroupName": name, "Description": "x".repeat(2048) })
}

/// Makes groups until the disk is full; returns those that were acknowledged.
fn fill(server: &Server, pool: &str) -> Vec<String> {
    let mut made = Vec::new();
    for number in 0..ENOUGH {
        let name = format!("group-{number:04}");
        let answer = server.call("CreateGroup", &group(pool, &name));
        if answer.status != 200 {
            assert_eq!(answer.status, 500, "{answer:?}");
            assert_eq!(answer.json()["__type"], "InternalErrorException");
            assert!(!answer.body.contains(ROOT_SECRET));
            return made;
        }
        made.push(name);
    }
    panic!("{ENOUGH} groups fit on the disk");
}

fn assert_reads_go_on(server: &Server, pool: &str, made: &[String]) {
    // The next write is refused as well, and a pool that needs its keys first.
    assert_eq!(server.call("CreateGroup", &group(pool, "one-more")).status, 500);
    assert_eq!(server.call("CreateUserPool", &json!({ "PoolName": "one more" })).status, 500);
    assert_all_there(server, pool, made);
    assert_eq!(server.connect().get("/_poolhouse/ready").unwrap().status, 200);
}

fn assert_writes_work_again(server: &Server, pool: &str, made: &[String]) {
    server.ok("CreateGroup", &group(pool, "space-again"));
    server.ok("GetGroup", &json!({ "UserPoolId": pool, "GroupName": "space-again" }));
    assert_all_there(server, pool, made);
}

fn assert_all_there(server: &Server, pool: &str, made: &[String]) {
    for name in made {
        server.ok("GetGroup", &json!({ "UserPoolId": pool, "GroupName": name }));
    }
}
