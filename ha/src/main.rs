//! High availability, tried out: two PostgreSQL servers under Patroni, etcd and HAProxy, and two Poolhouse nodes, each on a
//! machine of its own (a network namespace). While clients sign in, read and write, something is killed or cut off; what was
//! acknowledged must be there afterwards, and everything must go on by itself.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool talks to its terminal")]

mod balancer;
mod cluster;
mod deployment;
mod fault;
mod folder;
mod load;
mod machine;
mod needs;
mod network;
mod nodes;
mod probe;
mod report;
mod trial;
mod truth;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use crate::needs::Programs;
use crate::report::Report;

/// What went wrong, in plain words.
type Result<T = ()> = std::result::Result<T, String>;

/// Kills and cuts off parts of a highly available deployment under load, and measures the gaps.
#[derive(Parser)]
struct Arguments {
    /// The server's binary
    binary: PathBuf,
    /// Only this way from the nodes to the databases: haproxy or hosts
    #[arg(long, value_name = "WAY")]
    way: Option<nodes::Way>,
    /// Only these faults, by the beginnings of their names
    #[arg(long, value_name = "NAME")]
    fault: Vec<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let programs = match Programs::find() {
        Ok(programs) => programs,
        // In CI nothing may be skipped.
        Err(missing) if std::env::var("CI").is_ok_and(|value| value == "true") => {
            eprintln!("error: {missing}");
            return ExitCode::FAILURE;
        }
        Err(missing) => {
            println!("skipped: {missing}");
            return ExitCode::SUCCESS;
        }
    };
    match run(&arguments, &programs) {
        Ok(report) => {
            println!("\n{report}");
            if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments, programs: &Programs) -> Result<Report> {
    let faults = fault::chosen(&arguments.fault)?;
    let mut report = Report::new(programs.versions());
    for way in nodes::Way::ALL.into_iter().filter(|way| arguments.way.is_none_or(|only| only == *way)) {
        report.add(way, trial::run(&arguments.binary, programs, way, &faults)?);
    }
    Ok(report)
}
