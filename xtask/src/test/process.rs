//! Processes that end when the tests end, however they end.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::count::{Count, Tally};
use crate::Result;
use crate::workspace::root;

/// How long a server may take to come up; a loaded machine needs much of it.
const START_LIMIT: Duration = Duration::from_secs(60);

/// The file of a program, searched for in PATH.
pub(super) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// A command in the workspace's root that the kernel ends together with this process, where
/// `setpriv` is there to ask for it: even SIGKILL then leaves nothing behind.
pub(super) fn tied(program: impl AsRef<OsStr>) -> Command {
    let mut command = match find("setpriv") {
        Some(setpriv) => {
            let mut command = Command::new(setpriv);
            command.args(["--pdeathsig", "TERM", "--"]).arg(program);
            command
        }
        None => Command::new(program),
    };
    command.current_dir(root()).stdin(Stdio::null());
    command
}

/// A background process, killed when dropped.
pub(super) struct Background(Child);

impl Background {
    /// Starts a command and waits until `ready` says so.
    ///
    /// # Errors
    /// With what is in `log` when the process ends early or does not become ready.
    pub(super) fn start(command: &mut Command, log: &Path, ready: impl Fn() -> bool) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let mut started = Self(command.spawn().map_err(|e| format!("cannot run {name}: {e}"))?);
        let begin = Instant::now();
        while !ready() {
            let ended = !matches!(started.0.try_wait(), Ok(None));
            if ended || begin.elapsed() > START_LIMIT {
                let said = std::fs::read_to_string(log).unwrap_or_default();
                return Err(format!("{name} did not start; it said:\n{said}"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(started)
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // An error means that it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs a command to its end; an error names it.
pub(super) fn run(command: &mut Command) -> Result {
    let status = command.status().map_err(|e| format!("cannot run {command:?}: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} failed")) }
}

/// Runs a part's test runner, shows what it prints, and counts its tests. Each line begins with the part's name, for parts
/// run side by side.
///
/// # Errors
/// When it cannot be run, or succeeds without having run any test.
pub(super) fn run_counted(part: &str, command: &mut Command, count: Count) -> Result<Tally> {
    let mut child =
        command.stdout(Stdio::piped()).spawn().map_err(|e| format!("cannot run {command:?}: {e}"))?;
    let output = child.stdout.take();
    let mut runner = Background(child);
    let mut tally = Tally::default();
    for line in output.into_iter().flat_map(|output| BufReader::new(output).lines()) {
        let line = line.map_err(|e| format!("cannot read what the tests print: {e}"))?;
        println!("{part:>18} | {line}");
        tally += count(&line);
    }
    let status = runner.0.wait().map_err(|e| format!("the tests got lost: {e}"))?;
    match tally {
        _ if !status.success() => Ok(Tally { failed: tally.failed.max(1), ..tally }),
        Tally { passed: 0, failed: 0, skipped: 0 } => Err("no test ran".to_owned()),
        _ => Ok(tally),
    }
}
