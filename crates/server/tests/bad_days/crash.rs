//! SIGKILL at any moment: what was acknowledged is there afterwards, and nothing is there by half.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;

use serde_json::{Value, json};

use crate::common::{Answer, BINARY, Connection, Folder, Sender, Server, command, serve};

const ROUNDS: u32 = 15;
const WRITERS: u32 = 4;
/// The most acknowledgements after which a round ends.
const MOST: u64 = 120;

/// A write that may be acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Write {
    Group(String),
    User(String),
    /// The user is in the group.
    Member(String, String),
}

#[test]
fn what_was_acknowledged_survives_sigkill() {
    let seed = std::env::var("BAD_DAYS_SEED").ok().and_then(|s| s.parse().ok());
    let seed = seed.unwrap_or_else(|| u64::from(std::process::id()));
    println!("to repeat: BAD_DAYS_SEED={seed}");
    let mut random = seed;
    let folder = Folder::new();
    let pool = {
        let server = Server::start(&mut serve(folder.path()));
        let pool = server.pool();
        server.kill();
        pool
    };
    let mut acknowledged = BTreeSet::new();
    for round in 0..ROUNDS {
        let server = Server::start(&mut serve(folder.path()));
        let count = 1 + next(&mut random) % MOST;
        println!("round {round}: killed after {count} acknowledgements");
        acknowledged.extend(write_until_killed(server, &pool, round, count));
        let server = Server::start(&mut serve(folder.path()));
        verify(&server, &pool, &acknowledged, round);
        // Half the rounds begin on a log that a checkpoint has emptied, half on one to be recovered.
        if next(&mut random).is_multiple_of(2) {
            server.stop();
        } else {
            server.kill();
        }
        assert_database_is_sound(&folder);
    }
}

/// The next number of a sequence (SplitMix64).
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Lets several writers write, kills the server under them, and returns what it had acknowledged.
fn write_until_killed(server: Server, pool: &str, round: u32, count: u64) -> Vec<Write> {
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (mut connection, sender) = (server.connect(), sender.clone());
            scope.spawn(move || {
                for number in 0.. {
                    for write in writes(&format!("{round}-{writer}-{number}")) {
                        if !acknowledged(&mut connection, pool, &write) {
                            return;
                        }
                        sender.send(write).unwrap();
                    }
                }
            });
        }
        drop(sender);
        let mut seen: Vec<Write> = receiver.iter().take(usize::try_from(count).unwrap()).collect();
        server.kill();
        // Those that were acknowledged before the kill, and noted after it.
        seen.extend(receiver.iter());
        seen
    })
}

fn writes(name: &str) -> [Write; 3] {
    let (group, user) = (format!("group-{name}"), format!("user-{name}"));
    [Write::Group(group.clone()), Write::User(user.clone()), Write::Member(user, group)]
}

/// Whether the write was acknowledged before the server was gone.
fn acknowledged(connection: &mut Connection, pool: &str, write: &Write) -> bool {
    let (operation, input) = match write {
        Write::Group(name) => ("CreateGroup", json!({ "UserPoolId": pool, "GroupName": name })),
        Write::User(name) => (
            "AdminCreateUser",
            json!({
                "UserPoolId": pool, "Username": name, "MessageAction": "SUPPRESS",
                "UserAttributes": [{ "Name": "email", "Value": email(name) }],
            }),
        ),
        Write::Member(user, group) => {
            ("AdminAddUserToGroup", json!({ "UserPoolId": pool, "Username": user, "GroupName": group }))
        }
    };
    match connection.call(Sender::Root, operation, &input) {
        Ok(answer) => {
            answer.ok(operation);
            true
        }
        Err(_) => false,
    }
}

fn email(user: &str) -> String {
    format!("{user}@example.com")
}

/// Everything acknowledged is there, and each user of the last round, acknowledged or not, is whole.
fn verify(server: &Server, pool: &str, acknowledged: &BTreeSet<Write>, round: u32) {
    let mut connection = server.connect();
    let mut call = |operation: &str, input: Value| connection.call(Sender::Root, operation, &input).unwrap();
    let groups = names(&mut call, "ListGroups", &json!({ "UserPoolId": pool }), "Groups", "GroupName");
    let users = names(&mut call, "ListUsers", &json!({ "UserPoolId": pool }), "Users", "Username");
    let of_round = |name: &str| name.starts_with(&format!("user-{round}-"));
    for write in acknowledged {
        match write {
            Write::Group(name) => assert!(groups.contains(name), "lost {write:?}"),
            Write::User(name) => assert!(users.contains(name), "lost {write:?}"),
            Write::Member(user, group) if of_round(user) => {
                let input = json!({ "UserPoolId": pool, "Username": user });
                let found = call("AdminListGroupsForUser", input).ok("AdminListGroupsForUser");
                assert_eq!(found["Groups"][0]["GroupName"], *group, "lost {write:?}");
                let input = json!({ "UserPoolId": pool, "GroupName": group });
                let found = call("ListUsersInGroup", input).ok("ListUsersInGroup");
                assert_eq!(found["Users"][0]["Username"], *user, "half there: {write:?}");
            }
            Write::Member(..) => {}
        }
    }
    for user in users.iter().filter(|u| of_round(u)) {
        let input = json!({ "UserPoolId": pool, "Username": user });
        let record = call("AdminGetUser", input).ok("AdminGetUser");
        assert_eq!(record["UserStatus"], "FORCE_CHANGE_PASSWORD");
        let filter = format!("email = \"{}\"", email(user));
        let found = call("ListUsers", json!({ "UserPoolId": pool, "Filter": filter })).ok("ListUsers");
        assert_eq!(found["Users"][0]["Username"], *user, "{user} has no index row");
    }
}

/// The names on all pages of a list.
fn names(
    call: &mut impl FnMut(&str, Value) -> Answer,
    operation: &str,
    input: &Value,
    list: &str,
    name: &str,
) -> BTreeSet<String> {
    let token = if operation == "ListUsers" { "PaginationToken" } else { "NextToken" };
    let (mut input, mut found) = (input.clone(), BTreeSet::new());
    loop {
        let page = call(operation, input.clone()).ok(operation);
        let names =
            page[list].as_array().unwrap().iter().map(|entry| entry[name].as_str().unwrap().to_owned());
        found.extend(names);
        match page.get(token) {
            Some(next) => input[token] = next.clone(),
            None => return found,
        }
    }
}

/// No damage, no row without what it belongs to.
fn assert_database_is_sound(folder: &Folder) {
    let verify = ["db", "verify", "--data-dir"];
    let output = command(BINARY).args(verify).arg(folder.path()).stdout(Stdio::piped()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// The first start makes files; killed after any of them, the next start must do.
#[test]
fn a_first_start_that_is_killed_can_be_repeated() {
    for file in ["poolhouse.db.lock", "poolhouse.db", "poolhouse.db-wal", "poolhouse.db-shm", "master.key"] {
        let folder = Folder::new();
        let mut first = serve(folder.path()).stderr(Stdio::null()).spawn().unwrap();
        while !folder.join(file).exists() {
            assert!(first.try_wait().unwrap().is_none(), "it ended by itself");
            thread::yield_now();
        }
        first.kill().unwrap();
        first.wait().unwrap();
        let server = Server::start(&mut serve(folder.path()));
        server.pool();
        server.stop();
    }
}
