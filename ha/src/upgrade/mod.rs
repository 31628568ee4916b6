//! A rolling upgrade, tried out, and taken back: two nodes on one PostgreSQL, behind a balancer that hands connections round. While
//! clients sign in, refresh, read and write, one node after the other is replaced by one of another release.

mod node;
mod report;
mod round_robin;

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;

use crate::Result;
use crate::load::Load;
use crate::truth;
use node::Node;
pub(crate) use report::Report;
use report::Row;
use round_robin::RoundRobin;

/// How long both nodes are left alone, before one is replaced and after it.
const QUIET: Duration = Duration::from_secs(8);

/// Replaces nodes of one release by those of another, and back, under load.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The binary of the release before
    before: PathBuf,
    /// The binary of this one
    after: PathBuf,
    /// An empty PostgreSQL database
    #[arg(long, value_name = "URL")]
    database: String,
}

/// Goes there and back.
pub(crate) fn run(arguments: &Arguments) -> Result<Report> {
    let folder = std::env::temp_dir().join(format!("poolhouse-upgrade-{}", std::process::id()));
    fs::create_dir_all(&folder).map_err(|e| format!("cannot make {}: {e}", folder.display()))?;
    let report = there_and_back(arguments, &folder)
        .map_err(|message| format!("{message}; the logs are in {}", folder.display()))?;
    if report.is_good() {
        // What remains in the temporary folder harms nobody.
        let _ = fs::remove_dir_all(&folder);
    } else {
        println!("the logs are in {}", folder.display());
    }
    Ok(report)
}

fn there_and_back(arguments: &Arguments, folder: &Path) -> Result<Report> {
    let Arguments { before, after, database } = arguments;
    let balancer = RoundRobin::start()?;
    let start = |number, binary: &Path| Node::start(number, binary, balancer.address(), database, folder);
    let mut nodes = [start(1, before)?, start(2, before)?];
    for node in &nodes {
        balancer.add(node.address());
    }
    let load = Load::prepare(balancer.address())?;
    thread::scope(|scope| {
        load.start(scope);
        let mut rows = Vec::new();
        let outcome =
            [("upgrade", after), ("downgrade", before)].into_iter().try_for_each(|(name, binary)| {
                for node in &mut nodes {
                    rows.push(replace(name, node, binary, &balancer, &load)?);
                }
                Ok(())
            });
        load.stop();
        outcome.map(|()| Report::new(rows))
    })
}

/// Replaces one node, as an operator does: no new connection to it, its end, a new one in its place.
fn replace(
    name: &'static str,
    node: &mut Node,
    binary: &Path,
    balancer: &RoundRobin,
    load: &Load,
) -> Result<Row> {
    thread::sleep(QUIET);
    let (begin, before) = (Instant::now(), load.acknowledged().len());
    balancer.remove(node.address());
    node.replace(binary)?;
    balancer.add(node.address());
    thread::sleep(QUIET);
    let row = Row {
        step: format!("{name}, node {}", node.number()),
        calls: load.attempts(begin),
        failures: load.failures(begin),
        acknowledged: load.acknowledged().len() - before,
        lost: truth::lost(load)?,
    };
    println!("{row}");
    Ok(row)
}

/// A port of this machine that nobody listened on a moment ago.
fn free_port() -> Result<SocketAddr> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).map_err(|e| format!("no free port: {e}"))?;
    listener.local_addr().map_err(|e| format!("no free port: {e}"))
}
