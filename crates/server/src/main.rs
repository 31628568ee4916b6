//! The `poolhouse` binary: configuration, wiring, the listener, telemetry and commands for administrators.

mod cli;
mod config;
mod database;
mod delivery;
mod dev;
mod exit;
mod http_client;
mod jobs;
mod listener;
mod logging;
mod master_key;
mod metrics;
mod passwords;
mod routes;
mod sender;
mod serve;
mod source;
mod triggers;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command, MessagesCommand};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return exit::report(&exit::Failure::running(format!("cannot start threads: {error}"))),
    };
    let result = runtime.block_on(async {
        match cli.command {
            Command::Serve(options) => serve::run(*options).await,
            Command::Db(command) => database::run(command).await,
            Command::Passwords(command) => passwords::run(command),
            Command::Messages(MessagesCommand::Test(options)) => delivery::test::run(options).await,
        }
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => exit::report(&failure),
    }
}
