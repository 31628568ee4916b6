//! The binary as a process.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use poolhouse_testkit::{Answer, Connection};
use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::sender::{PATIENCE, Sender};

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_poolhouse");
pub(super) const ROOT_ID: &str = "AKIDROOT";
pub(crate) const ROOT_SECRET: &str = "root-secret-that-nobody-may-see";
/// A password that the default policy accepts.
pub(crate) const PASSWORD: &str = "Correct-Horse-7";

/// A command that inherits no setting of the server, and whose log can be read.
pub(crate) fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os().filter(|(n, _)| n.to_string_lossy().starts_with("POOLHOUSE_")) {
        command.env_remove(name);
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

/// `poolhouse serve` on a port that is free, with root credentials and its data in `folder`.
pub(crate) fn serve(folder: &Path) -> Command {
    let mut command = command(BINARY);
    command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(folder);
    command.env("POOLHOUSE_ROOT_ACCESS_KEY_ID", ROOT_ID);
    command.env("POOLHOUSE_ROOT_SECRET_ACCESS_KEY", ROOT_SECRET);
    command
}

/// A running server, killed when it goes out of scope.
pub(crate) struct Server {
    process: Child,
    address: SocketAddr,
    log: Arc<Log>,
}

/// What the process has said so far.
#[derive(Default)]
struct Log {
    text: Mutex<(String, bool)>,
    grown: Condvar,
}

impl Server {
    /// Starts a server and waits until it listens.
    pub(crate) fn start(command: &mut Command) -> Self {
        Self::try_start(command).unwrap_or_else(|(code, output)| panic!("ended with {code:?}: {output}"))
    }

    /// As [`Server::start`]; if the process ends instead, its exit code and what it said.
    #[expect(clippy::zombie_processes, reason = "whoever drops the server waits for the process")]
    pub(crate) fn try_start(command: &mut Command) -> Result<Self, (Option<i32>, String)> {
        let mut process = command.spawn().unwrap();
        let mut output = BufReader::new(process.stderr.take().unwrap());
        let mut said = String::new();
        loop {
            let before = said.len();
            if output.read_line(&mut said).unwrap() == 0 {
                return Err((process.wait().unwrap().code(), said));
            }
            let line: Value = serde_json::from_str(&said[before..]).unwrap_or_default();
            if line["message"].as_str().is_some_and(|m| m.ends_with("is listening")) {
                let address = line["address"].as_str().unwrap().parse().unwrap();
                return Ok(Self { process, address, log: Log::keep(said, output) });
            }
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    pub(crate) fn connect(&self) -> Connection {
        Connection::open(self.address, PATIENCE).unwrap()
    }

    /// Calls an operation with root's signature, on a connection of its own.
    pub(crate) fn call(&self, operation: &str, input: &Value) -> Answer {
        self.connect().call(Sender::Root, operation, input).unwrap()
    }

    /// As [`Server::call`], and it must succeed.
    pub(crate) fn ok(&self, operation: &str, input: &Value) -> Value {
        self.call(operation, input).ok(operation)
    }

    /// Makes a pool; returns its id.
    pub(crate) fn pool(&self) -> String {
        let made = self.ok("CreateUserPool", &json!({ "PoolName": "test" }));
        made["UserPool"]["Id"].as_str().unwrap().to_owned()
    }

    /// Makes a client of a pool, and the user `alice` with [`PASSWORD`]; returns the client's id.
    pub(crate) fn client_and_alice(&self, pool: &str) -> String {
        let client = json!({
            "UserPoolId": pool, "ClientName": "test", "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
        });
        let client = self.ok("CreateUserPoolClient", &client)["UserPoolClient"]["ClientId"].clone();
        let alice = json!({ "UserPoolId": pool, "Username": "alice", "MessageAction": "SUPPRESS" });
        self.ok("AdminCreateUser", &alice);
        let password =
            json!({ "UserPoolId": pool, "Username": "alice", "Password": PASSWORD, "Permanent": true });
        self.ok("AdminSetUserPassword", &password);
        client.as_str().unwrap().to_owned()
    }

    /// Asks until `/_poolhouse/ready` answers so: what the server found is good for a second.
    pub(crate) fn wait_for_readiness(&self, status: u16) {
        let begun = Instant::now();
        while self.connect().get("/_poolhouse/ready").unwrap().status != status {
            assert!(begun.elapsed() < PATIENCE, "the server does not become {status}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Sends a signal: `TERM`, `INT` …
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.pid().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// The line of the log with this message, once it is there.
    pub(crate) fn line(&self, message: &str) -> Value {
        self.wait_for(message);
        let said = self.log.text.lock().unwrap().0.clone();
        let lines = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.into_iter().find(|line| line["message"] == message).unwrap()
    }

    /// Waits until the log holds `text`.
    pub(crate) fn wait_for(&self, text: &str) {
        self.wait_for_more(text, 0);
    }

    /// Waits until the log holds `text` more often than `times`.
    pub(crate) fn wait_for_more(&self, text: &str, times: usize) {
        let mut log = self.log.text.lock().unwrap();
        while log.0.matches(text).count() <= times {
            assert!(!log.1, "the server ended without saying {text:?}: {}", log.0);
            log = self.log.grown.wait(log).unwrap();
        }
    }

    /// How often the log holds `text` by now.
    #[cfg(feature = "acme")]
    pub(crate) fn count(&self, text: &str) -> usize {
        self.log.text.lock().unwrap().0.matches(text).count()
    }

    /// Kills the process.
    pub(crate) fn kill(mut self) {
        self.process.kill().unwrap();
        assert_eq!(self.process.wait().unwrap().signal(), Some(9), "it had ended before it was killed");
    }

    /// Waits for the end; returns the exit code and everything that was logged.
    pub(crate) fn wait(mut self) -> (Option<i32>, String) {
        let code = self.process.wait().unwrap().code();
        (code, self.log.whole())
    }

    /// Stops the server as a supervisor does, and wants a clean end; returns the log.
    pub(crate) fn stop(self) -> String {
        self.signal("TERM");
        let (code, log) = self.wait();
        assert_eq!(code, Some(0), "{log}");
        log
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if !thread::panicking() {
            self.log.lines_name_each_key_once();
        }
    }
}

impl Log {
    /// Everything that the process said, when it has ended.
    fn whole(&self) -> String {
        let mut log = self.text.lock().unwrap();
        while !log.1 {
            log = self.grown.wait(log).unwrap();
        }
        log.0.clone()
    }

    /// Of a key that stands twice in a line, whoever reads it sees the last alone, or refuses the line.
    fn lines_name_each_key_once(&self) {
        for line in self.whole().lines().filter(|line| line.starts_with('{')) {
            if let Err(error) = serde_json::from_str::<DistinctKeys>(line) {
                // A process that was killed may have been in the middle of its last line.
                assert!(error.is_eof(), "{error}: {line}");
            }
        }
    }

    /// Keeps `said` and whatever comes after it, so that the process never waits for its log to be read.
    fn keep(said: String, mut output: BufReader<ChildStderr>) -> Arc<Self> {
        let log = Arc::new(Self { text: Mutex::new((said, false)), grown: Condvar::new() });
        let shared = Arc::clone(&log);
        thread::spawn(move || {
            let mut line = Vec::new();
            while output.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
                shared.text.lock().unwrap().0.push_str(&String::from_utf8_lossy(&line));
                shared.grown.notify_all();
                line.clear();
            }
            shared.text.lock().unwrap().1 = true;
            shared.grown.notify_all();
        });
        log
    }
}

/// Runs a command that must refuse to begin: exit code 2, and no secret in what it says. Returns that.
pub(crate) fn refused(command: &mut Command) -> String {
    let (code, said) = match Server::try_start(command) {
        Ok(server) => panic!("it began to listen on {}", server.address()),
        Err(ended) => ended,
    };
    assert_eq!(code, Some(2), "{said}");
    assert!(!said.contains(ROOT_SECRET), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    said
}

/// A JSON object in which no key stands twice.
struct DistinctKeys;

impl<'de> Deserialize<'de> for DistinctKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Self)
    }
}

impl<'de> Visitor<'de> for DistinctKeys {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self, A::Error> {
        let mut keys = BTreeSet::new();
        while let Some((key, _)) = object.next_entry::<String, IgnoredAny>()? {
            if !keys.insert(key.clone()) {
                return Err(A::Error::custom(format!("the key {key} stands twice")));
            }
        }
        Ok(self)
    }
}
