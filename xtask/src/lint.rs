//! Every check of the sources, one after the other.

use crate::workspace::{FEATURES, command};
use crate::{Result, cites, codegen, envelopes, graph, layers, sizes, status, transactions};

/// Runs all; stops at the first that fails.
pub(crate) fn run() -> Result {
    cargo(&["fmt", "--all", "--check"])?;
    for apart in ["fuzz/Cargo.toml", "bench/peers/fakecloud/Cargo.toml"] {
        cargo(&["fmt", "--manifest-path", apart, "--check"])?;
    }
    // With nothing that can be left out, and as it is tested.
    for features in [&["--no-default-features"][..], &FEATURES] {
        let clippy = ["clippy", "--quiet", "--workspace", "--all-targets"];
        cargo(&[&clippy[..], features, &["--", "--deny", "warnings"]].concat())?;
    }
    codegen::run(true)?;
    layers::run(true)?;
    envelopes::run()?;
    graph::run(true)?;
    cites::run(true)?;
    sizes::run()?;
    transactions::run()?;
    status::run(false, true)
}

fn cargo(arguments: &[&str]) -> Result {
    let line = format!("cargo {}", arguments.join(" "));
    println!("{line}");
    match command("cargo", arguments).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(format!("`{line}` failed")),
        Err(e) => Err(format!("cannot run `{line}`: {e}")),
    }
}
