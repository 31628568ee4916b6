//! Bytes from strangers: for a time, by libFuzzer, and what the longest cost.

use std::process::Command;

use crate::Result;
use crate::workspace::{command, read, write};

/// The tests of the workspace, not of a package: nothing is compiled again with other features.
const TEST: [&str; 5] = ["test", "--quiet", "--workspace", "--test", "hostile"];

/// The test that throws mutations of seeds.
const SMOKE: [&str; 3] = ["whatever_comes_is_read_or_refused", "--exact", "--nocapture"];

/// Holds for how many seconds it does so, over all targets.
const SECONDS: &str = "POOLHOUSE_FUZZ_SECONDS";

/// What is done with the targets (`poolhouse_testkit::hostile`).
#[derive(Clone, Copy)]
pub(crate) enum Mode<'a> {
    /// Mutations of seeds, for so many seconds over all.
    Smoke(u32),
    /// Inputs that libFuzzer chooses by where they lead, for the target of that name.
    LibFuzzer(&'a str, u32),
    /// The longest inputs, against a clock.
    Measure,
}

pub(crate) fn run(mode: Mode<'_>) -> Result {
    match mode {
        Mode::Smoke(seconds) => test(&SMOKE, &[(SECONDS, &seconds.to_string())]),
        // Of our own code; what stands below is compiled as always, so that these are upper bounds.
        Mode::Measure => {
            test(&["figures", "--exact", "--ignored", "--nocapture"], &[("CARGO_PROFILE_DEV_OPT_LEVEL", "3")])
        }
        Mode::LibFuzzer(target, seconds) => {
            let corpus = format!("fuzz/corpus/{target}");
            test(&["seeds_for_libfuzzer", "--exact", "--ignored"], &[])?;
            let time = format!("-max_total_time={seconds}");
            // What is fuzzed is what the server is made of.
            write("fuzz/Cargo.lock", &read("Cargo.lock")?)?;
            // Its flags are for nightly compilers; the stable one has them and only wants to be asked so.
            let settings = [("RUSTC_BOOTSTRAP", "1"), ("POOLHOUSE_FUZZ_TARGET", target)];
            cargo(&["fuzz", "run", "hostile", &corpus, "--", &time], &settings).map_err(|error| {
                format!("{error}; it needs cargo-fuzz (`cargo install cargo-fuzz`) and a C++ compiler")
            })
        }
    }
}

/// Has cargo throw mutations of seeds for so many seconds.
pub(crate) fn smoke(cargo: &mut Command, seconds: u32) -> &mut Command {
    cargo.args(TEST).arg("--").args(SMOKE).env(SECONDS, seconds.to_string())
}

fn test(arguments: &[&str], settings: &[(&str, &str)]) -> Result {
    cargo(&[&TEST[..], &["--"], arguments].concat(), settings)
}

fn cargo(arguments: &[&str], settings: &[(&str, &str)]) -> Result {
    let line = format!("cargo {}", arguments.join(" "));
    match command("cargo", arguments).envs(settings.iter().copied()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(format!("`{line}` failed")),
        Err(e) => Err(format!("cannot run `{line}`: {e}")),
    }
}
