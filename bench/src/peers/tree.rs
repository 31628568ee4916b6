//! A process and its descendants.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

/// What Linux tells times of processes in, a second.
const TICKS: f64 = 100.0;
/// By how much a difference of such times can err, in seconds: two of them make the time of a process.
const ERROR: f64 = 2.0 / TICKS;

/// The CPU time of processes up to a moment.
pub(super) struct Spent {
    /// By thread, in seconds.
    threads: HashMap<PathBuf, f64>,
    /// All of it, in ticks.
    ticks: f64,
}

impl Spent {
    /// The CPU time from then to this moment, in seconds: that of the threads, or, when some ended on the way that had done more than
    /// ticks can err, of the processes.
    pub(super) fn since(&self, then: &Self) -> f64 {
        let of_thread = |(thread, spent): (&PathBuf, &f64)| spent - then.threads.get(thread).unwrap_or(&0.0);
        let of_threads: f64 = self.threads.iter().map(of_thread).sum();
        let of_processes = (self.ticks - then.ticks) / TICKS;
        if of_processes > of_threads + ERROR { of_processes } else { of_threads }
    }
}

/// Running processes. They are killed when this is dropped.
pub(super) struct Tree {
    root: Child,
    /// What they say.
    log: PathBuf,
}

impl Tree {
    /// Starts a command; what it says goes to a file.
    pub(super) fn start(command: &mut Command, log: &Path) -> io::Result<Self> {
        let said = File::create(log)?;
        let root = command.stdin(Stdio::null()).stdout(said.try_clone()?).stderr(said).spawn()?;
        Ok(Self { root, log: log.to_owned() })
    }

    /// Whether it has ended by itself.
    pub(super) fn ended(&mut self) -> bool {
        !matches!(self.root.try_wait(), Ok(None))
    }

    /// The last lines of what they said.
    pub(super) fn last_words(&self) -> String {
        let said = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = said.lines().collect();
        lines[lines.len().saturating_sub(5)..].join("\n")
    }

    /// What they have spent so far.
    pub(super) fn spent(&self) -> Spent {
        let processes = self.processes();
        let threads = processes.iter().flat_map(|process| threads(*process));
        let of_threads = threads.filter_map(|thread| Some((of_thread(&thread)?, thread)));
        Spent {
            threads: of_threads.map(|(seconds, thread)| (thread, seconds)).collect(),
            ticks: processes.into_iter().filter_map(ticks).sum(),
        }
    }

    fn processes(&self) -> Vec<u32> {
        let mut found = vec![self.root.id()];
        let mut next = 0;
        while let Some(&parent) = found.get(next) {
            for thread in threads(parent) {
                let children = fs::read_to_string(thread.join("children")).unwrap_or_default();
                found.extend(children.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
            }
            next += 1;
        }
        found
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        for process in self.processes() {
            if let Some(process) = i32::try_from(process).ok().and_then(Pid::from_raw) {
                // An error means that it has ended already.
                let _ = kill_process(process, Signal::KILL);
            }
        }
        let _ = self.root.wait();
    }
}

fn threads(process: u32) -> Vec<PathBuf> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten();
    threads.filter_map(|thread| Some(thread.ok()?.path())).collect()
}

/// What a thread has spent so far, in seconds, to the nanosecond.
fn of_thread(thread: &Path) -> Option<f64> {
    let figures = fs::read_to_string(thread.join("schedstat")).ok()?;
    Some(figures.split(' ').next()?.parse::<f64>().ok()? / 1e9)
}

/// `utime` and `stime` of proc_pid_stat(5), which count the threads that have ended.
fn ticks(process: u32) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // Behind the name, which may have any character in it.
    let mut figures = stat.rsplit_once(") ")?.1.split(' ').skip(11);
    let mut next = || figures.next()?.parse::<f64>().ok();
    Some(next()? + next()?)
}
