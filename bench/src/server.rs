//! Servers in processes of their own, as they run in production.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

use axum::body::{Body, Bytes};
use axum::http::Request;
use poolhouse_testkit::TestServer;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::{command, load};

/// A running server. It is killed when this is dropped.
pub(crate) struct Server {
    child: Child,
    /// What it says, once it listens.
    log: Mutex<UnboundedReceiver<String>>,
    /// Where it listens: an address and a port.
    pub(crate) address: String,
}

impl Server {
    /// The built server, on the data in a folder, or in a database of PostgreSQL and the rest in the folder.
    pub(crate) fn poolhouse(binary: &Path, folder: &Path, database: Option<&str>) -> Self {
        let mut command = command::poolhouse(binary);
        command.args(["serve", "--listen", "127.0.0.1:0", "--log-format", "json", "--data-dir"]).arg(folder);
        command.env("POOLHOUSE_ROOT_ACCESS_KEY_ID", TestServer::ROOT.access_key_id);
        command.env("POOLHOUSE_ROOT_SECRET_ACCESS_KEY", TestServer::ROOT.secret_access_key);
        if let Some(database) = database {
            command.env("POOLHOUSE_DATABASE", database);
        }
        Self::start(&mut command)
    }

    /// The echo of this program.
    pub(crate) fn echo() -> Self {
        Self::start(Command::new(std::env::current_exe().unwrap()).arg(crate::echo::ARGUMENT))
    }

    /// Starts a server that tells its address on the standard error, in a line of JSON.
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let address = log.by_ref().lines().find_map(|line| {
            let line: Value = serde_json::from_str(&line.unwrap()).unwrap_or_default();
            line["address"].as_str().map(str::to_owned)
        });
        let (said, heard) = unbounded_channel();
        // A full pipe would make it wait.
        thread::spawn(move || log.lines().map_while(Result::ok).try_for_each(|line| said.send(line)));
        Self { child, log: Mutex::new(heard), address: address.expect("a server that listens") }
    }

    /// The CPU time of answering one of `requests`, in seconds, and the answers, which must be successes.
    pub(crate) async fn cost_of(&self, requests: Vec<Request<Body>>) -> (f64, Vec<Bytes>) {
        let count = u32::try_from(requests.len()).unwrap();
        let before = self.spent();
        let answers = self.answers(requests).await;
        ((self.spent() - before) / f64::from(count), answers)
    }

    /// The answers to `requests`, which must be successes.
    pub(crate) async fn answers(&self, requests: Vec<Request<Body>>) -> Vec<Bytes> {
        load::answers(&self.address, requests).await.unwrap()
    }

    /// The CPU time that its threads have spent so far, in seconds.
    fn spent(&self) -> f64 {
        let threads = fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        let nanoseconds = threads.filter_map(|thread| {
            let figures = fs::read_to_string(thread.unwrap().path().join("schedstat")).ok()?;
            figures.split(' ').next()?.parse::<f64>().ok()
        });
        nanoseconds.sum::<f64>() / 1e9
    }

    /// Waits until it says `text`.
    pub(crate) async fn wait_for(&self, text: &str) {
        let mut log = self.log.lock().await;
        while !log.recv().await.expect("it ended without saying it").contains(text) {}
    }

    /// Its resident memory, in MiB.
    pub(crate) fn resident(&self) -> f64 {
        self.status("VmRSS:")
    }

    /// What of it is no file's, in MiB.
    pub(crate) fn anonymous(&self) -> f64 {
        self.status("RssAnon:")
    }

    fn status(&self, figure: &str) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(figure)).unwrap();
        let kib: f64 = line.trim().trim_end_matches(" kB").parse().unwrap();
        kib / 1024.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
