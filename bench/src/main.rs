//! What the server costs, in ratios to what it cannot do without: `cargo xtask bench`.
//!
//! Every figure is CPU time of a whole process, not the time that passes, so that a busy machine does not
//! matter much. What is compared is measured in turns, round by round, and the median of the rounds' ratios
//! counts; an RSA-2048 signature, measured along with everything, tells how fast the machine was.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench talks to its terminal and fails by panicking"
)]

mod account;
mod command;
mod cost;
mod domain;
mod echo;
mod folder;
mod gateway;
mod house;
mod identity;
mod load;
mod peers;
mod populated;
mod process;
mod reads;
mod requests;
mod scale;
mod server;
mod sign_ins;
mod table;
mod writes;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use table::Table;

/// What is measured, unless parts of it are named.
const PARTS: [&str; 8] =
    ["process", "sign-ins", "domain", "forward-auth", "identity", "account", "reads", "writes"];

/// As in the server.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let Some(binary) = arguments.next().map(PathBuf::from) else {
        eprintln!(
            "usage: poolhouse-bench PATH-OF-THE-SERVER [{}]... or scale USERS [URL URL], or peers [PEER]...; or simply: cargo xtask bench, cargo xtask scale, cargo xtask bench --peers",
            PARTS.join("|")
        );
        return ExitCode::from(2);
    };
    if binary == Path::new(echo::ARGUMENT) {
        echo::serve().await;
        return ExitCode::SUCCESS;
    }
    let parts: Vec<_> = arguments.map(|part| part.into_string().unwrap()).collect();
    if parts.first().is_some_and(|part| part == "scale") {
        return shown(&tokio::spawn(async move { grow(&binary, &parts).await }).await.unwrap());
    }
    if parts.first().is_some_and(|part| part == "peers") {
        if let Some(unknown) = unknown(&parts[1..], &peers::names()) {
            return unknown;
        }
        tokio::spawn(async move { peers::measure(&binary, &parts[1..]).await }).await.unwrap();
        return ExitCode::SUCCESS;
    }
    if let Some(unknown) = unknown(&parts, &PARTS) {
        return unknown;
    }
    let wanted = move |part: &str| parts.is_empty() || parts.iter().any(|p| p == part);
    // On a worker thread, as requests are answered there.
    let table = tokio::spawn(async move {
        let mut table = Table::default();
        if wanted("process") {
            process::measure(&binary, &mut table);
        }
        if wanted("sign-ins") {
            sign_ins::measure(&mut table).await;
        }
        if wanted("domain") {
            domain::measure(&mut table).await;
        }
        if wanted("forward-auth") {
            gateway::measure(&mut table).await;
        }
        if wanted("identity") {
            identity::measure(&mut table).await;
        }
        if wanted("account") {
            account::measure(&mut table).await;
        }
        if wanted("reads") {
            reads::measure(&binary, &mut table).await;
        }
        if wanted("writes") {
            writes::measure(&binary, &mut table).await;
        }
        table
    });
    shown(&table.await.unwrap())
}

/// Refuses what is misspelled: nothing would be measured, and that kept within its bounds.
fn unknown(named: &[String], known: &[&str]) -> Option<ExitCode> {
    let unknown = named.iter().find(|name| !known.contains(&name.as_str()))?;
    eprintln!("there is no {unknown}; there are: {}", known.join(", "));
    Some(ExitCode::from(2))
}

/// `scale USERS`, and then two empty databases of PostgreSQL, if that is to be measured too.
async fn grow(binary: &Path, arguments: &[String]) -> Table {
    let users = arguments.get(1).and_then(|users| users.parse().ok()).expect("scale USERS");
    assert!(matches!(arguments.len(), 2 | 4), "scale USERS [URL URL]");
    let mut table = Table::default();
    scale::measure(binary, users, None, &mut table).await;
    if let [_, _, few, many] = arguments {
        scale::measure(binary, users, Some([few, many]), &mut table).await;
    }
    scale::measure_pools(binary, &mut table).await;
    table
}

fn shown(table: &Table) -> ExitCode {
    println!("{table}");
    if table.passed() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
