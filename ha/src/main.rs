//! High availability, tried out: two PostgreSQL servers under Patroni, etcd and HAProxy, and two Poolhouse nodes, each on a
//! machine of its own (a network namespace). While clients sign in, read and write, something is killed or cut off; what was
//! acknowledged must be there afterwards, and everything must go on by itself. And two nodes that are replaced by those of another
//! release, under the same load.
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
mod upgrade;

use std::fmt;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser};

use crate::needs::Programs;
use crate::report::Report;

/// What went wrong, in plain words.
type Result<T = (), E = String> = std::result::Result<T, E>;

/// Tries out deployments of several nodes under load.
#[derive(Parser)]
#[command(name = "poolhouse-ha")]
enum Command {
    /// Kill and cut off parts of a highly available deployment, and measure the gaps
    Failover(Arguments),
    /// Replace nodes of one release by those of another, and back
    Upgrade(upgrade::Arguments),
}

#[derive(Args)]
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
    match Command::parse() {
        Command::Failover(arguments) => fail_over(&arguments),
        Command::Upgrade(arguments) => {
            told(upgrade::run(&arguments).map(|report| (report.is_good(), report)))
        }
    }
}

fn fail_over(arguments: &Arguments) -> ExitCode {
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
    told(run(arguments, &programs).map(|report| (report.is_good(), report)))
}

/// Prints a report; whether it is good decides how this ends.
fn told<T: fmt::Display>(report: Result<(bool, T)>) -> ExitCode {
    match report {
        Ok((is_good, report)) => {
            println!("\n{report}");
            if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
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
