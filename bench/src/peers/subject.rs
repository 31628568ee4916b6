//! A server that is measured: Poolhouse, or another.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::Request;
use poolhouse_ports::Clock;
use poolhouse_testkit::TestServer;
use serde_json::Value;

use super::peer::Peer;
use super::refusal::Refusal;
use super::tree::Tree;
use crate::folder::Folder;
use crate::{command, load, requests};

/// How long a server may take to come up.
const START_LIMIT: Duration = Duration::from_secs(60);
/// How long it may take for all of the requests that are sent to it together.
const ANSWER_LIMIT: Duration = Duration::from_secs(60);

/// A running server, on an empty folder.
pub(super) struct Subject {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    pub(super) storage: &'static str,
    address: String,
    // Dropped in this order: first the processes, then their folder.
    tree: Tree,
    _folder: Folder,
}

impl Subject {
    /// The built server, as it runs in production: what it has answered is on the disk.
    pub(super) fn poolhouse(binary: &Path) -> Result<Self, String> {
        Self::start("Poolhouse", env!("CARGO_PKG_VERSION"), "SQLite on a disk", |data, port| {
            let mut server = command::poolhouse(binary);
            server.args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--data-dir"]).arg(data);
            server.env("POOLHOUSE_ROOT_ACCESS_KEY_ID", TestServer::ROOT.access_key_id);
            server.env("POOLHOUSE_ROOT_SECRET_ACCESS_KEY", TestServer::ROOT.secret_access_key);
            server
        })
    }

    /// Another server, with the settings that it has by itself; installs it when it is not.
    pub(super) fn peer(peer: &Peer) -> Result<Self, String> {
        let installed = peer.installed()?;
        Self::start(peer.name, peer.version, peer.storage, |data, port| {
            (peer.command)(&installed, data, port)
        })
    }

    fn start(
        name: &'static str,
        version: &'static str,
        storage: &'static str,
        command: impl Fn(&Path, u16) -> Command,
    ) -> Result<Self, String> {
        let folder = Folder::new(&format!("peers-{name}"));
        let data = fs::canonicalize(folder.path()).map_err(|e| format!("cannot find its folder: {e}"))?;
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let address = free.map_err(|e| format!("no port is free: {e}"))?;
        let tree = Tree::start(&mut command(&data, address.port()), &data.join("said.log"));
        let mut tree = tree.map_err(|e| format!("cannot start {name}: {e}"))?;
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            if tree.ended() || begun.elapsed() > START_LIMIT {
                return Err(format!("{name} did not start; it said:\n{}", tree.last_words()));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(Self { name, version, storage, address: address.to_string(), tree, _folder: folder })
    }

    /// The CPU time of answering one of `requests`, in seconds, and the answers.
    pub(super) async fn cost_of(&self, requests: Vec<Request<Body>>) -> Result<(f64, Vec<Value>), Refusal> {
        let count = u32::try_from(requests.len()).unwrap();
        let before = self.tree.spent();
        let answers = self.answers(requests).await?;
        Ok((self.tree.spent().since(&before) / f64::from(count), answers))
    }

    /// The answers to `requests`, in their order.
    pub(super) async fn answers(&self, requests: Vec<Request<Body>>) -> Result<Vec<Value>, Refusal> {
        let answers = load::answers(&self.address, requests);
        let Ok(answers) = tokio::time::timeout(ANSWER_LIMIT, answers).await else {
            return Err(Refusal::of("no answer in a minute"));
        };
        // Some operations answer with nothing.
        let parsed = |body: &axum::body::Bytes| match &body[..] {
            [] => Ok(Value::Null),
            body => serde_json::from_slice(body).map_err(|_| Refusal::of("answers with no JSON")),
        };
        answers?.iter().map(parsed).collect()
    }

    /// The answer to a request for an operation, signed as an administrator's.
    pub(super) async fn ask(&self, operation: &str, input: &Value) -> Result<Value, Refusal> {
        let mut answers = self.answers(signed(operation, [input.clone()])).await?;
        Ok(answers.remove(0))
    }
}

/// Requests for an operation, signed as an administrator's.
pub(super) fn signed(operation: &str, inputs: impl IntoIterator<Item = Value>) -> Vec<Request<Body>> {
    let now = Clock::system().now();
    inputs.into_iter().map(|input| requests::signed(operation, &input, now)).collect()
}
