//! The `poolhouse` binary: configuration, wiring, the listener, telemetry and commands for administrators.

mod acme;
mod audit;
mod backup;
mod cli;
mod config;
mod credentials;
mod database;
mod delivery;
mod dev;
mod doctor;
mod exit;
mod fetch;
mod fill;
mod follow;
mod http_client;
mod iam;
mod installation;
mod jobs;
mod keys;
mod leased;
mod listener;
mod logging;
mod logs;
mod master_key;
mod metrics;
mod passwords;
mod patience;
mod pools;
mod ports;
mod request_log;
mod restore;
mod rewrap;
mod routes;
mod s3;
mod secret_file;
mod secrets;
mod sender;
mod serve;
mod sigv4;
mod source;
mod targets;
mod tls;
mod traces;
mod triggers;
mod values;
mod watch;

use std::process::ExitCode;
use std::time::Duration;

use cli::{Cli, Command, ConfigCommand, MessagesCommand};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long threads may take to end with the process.
const END: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    take_small_pages();
    let cli = Cli::read();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return exit::report(&exit::Failure::running(format!("cannot start threads: {error}"))),
    };
    if !matches!(cli.command, Command::Serve(_)) {
        logging::for_commands();
    }
    let result = runtime.block_on(async {
        match cli.command {
            Command::Serve(options) => serve::run(*options).await,
            Command::Audit(command) => audit::command::run(command).await,
            Command::Backup(options) => backup::run(*options).await,
            Command::Restore(options) => restore::run(*options).await,
            Command::Db(command) => database::run(command).await,
            Command::Config(ConfigCommand::Example) => {
                database::say(&config::example());
                Ok(())
            }
            Command::Credentials(command) => credentials::run(command).await,
            Command::Dev(command) => fill::run(command).await,
            Command::Doctor(options) => doctor::run(*options).await,
            Command::Iam(command) => iam::run(command).await,
            Command::Pools(command) => pools::run(command).await,
            Command::Keys(command) => keys::run(command).await,
            Command::MasterKey(command) => rewrap::run(command).await,
            Command::Secrets(command) => secrets::run(command).await,
            Command::Passwords(command) => passwords::run(command),
            Command::Messages(MessagesCommand::Test(options)) => delivery::test::run(options).await,
        }
    });
    // What hangs in a system call does not keep the process.
    runtime.shutdown_timeout(END);
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => exit::report(&failure),
    }
}

/// Pages of 2 MiB would more than double what an idle server holds, and make none quicker (docs/performance.md). The allocator
/// asks for none; this is for kernels that give them unasked.
#[cfg(target_os = "linux")]
fn take_small_pages() {
    // A kernel without them has nothing to forbid.
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

#[cfg(not(target_os = "linux"))]
fn take_small_pages() {}
