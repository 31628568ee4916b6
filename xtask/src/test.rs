//! Every test there is, against the real things: `cargo xtask test`.

mod count;
mod foreign;
pub(crate) mod postgres;
mod process;
mod rust;
mod scratch;
mod server;

use std::fmt;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::{Barrier, Mutex, OnceLock, PoisonError};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use self::count::Tally;
use self::postgres::Postgres;
use crate::Result;
use crate::workspace::{FEATURES, command, root};

/// One part of the tests.
struct Part {
    name: &'static str,
    /// Further names that choose it.
    groups: &'static [&'static str],
    run: fn(&'static str, &Setting) -> Outcome,
}

/// Bytes from strangers, beside all others from the start: a processor's work for as long as was asked.
const FUZZ: Part = Part { name: "fuzz", groups: &[], run: rust::fuzz };

/// The tests in Rust, before those of foreign clients: they keep every processor busy by themselves.
const RUST: Part = Part { name: "rust", groups: &["postgres"], run: rust::run };

/// The others spend much of their time waiting, and run side by side; the longest begin first.
const CONFORMANCE: &[Part] = &[
    Part { name: "python", groups: &["conformance"], run: foreign::python },
    Part { name: "javascript", groups: &["conformance"], run: foreign::javascript },
    Part { name: "aws-facts", groups: &["conformance"], run: foreign::aws_facts },
    Part {
        name: "aws-facts-postgres",
        groups: &["conformance", "postgres"],
        run: foreign::aws_facts_postgres,
    },
    Part { name: "newest-postgres", groups: &["postgres"], run: rust::newest_postgres },
    Part { name: "client", groups: &["conformance"], run: rust::client },
];

/// How many parts run at a time.
const SIDE_BY_SIDE: usize = 2;

/// What a part came to.
type Outcome = std::result::Result<Tally, Obstacle>;

/// Why a part has no count.
#[derive(Clone)]
pub(crate) enum Obstacle {
    /// Something is not installed; says what, and which package has it.
    Missing(String),
    /// It could not run for another reason.
    Broken(String),
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(what) | Self::Broken(what) => f.write_str(what),
        }
    }
}

impl From<String> for Obstacle {
    fn from(message: String) -> Self {
        Self::Broken(message)
    }
}

/// What the parts share; made when the first part asks for it.
struct Setting {
    /// In CI nothing may be skipped.
    ci: bool,
    /// Whether the tests in Rust are built anyway, the binary with them.
    with_rust: bool,
    /// For how many seconds the part `fuzz` runs.
    fuzz: u32,
    binary: OnceLock<std::result::Result<PathBuf, Obstacle>>,
    postgres: OnceLock<std::result::Result<Postgres, Obstacle>>,
    python: OnceLock<std::result::Result<PathBuf, Obstacle>>,
    node: OnceLock<std::result::Result<PathBuf, Obstacle>>,
}

impl Setting {
    fn new(with_rust: bool, fuzz: u32) -> Self {
        let ci = std::env::var("CI").is_ok_and(|value| value == "true");
        let (binary, postgres, python, node) =
            (OnceLock::new(), OnceLock::new(), OnceLock::new(), OnceLock::new());
        Self { ci, with_rust, fuzz, binary, postgres, python, node }
    }

    /// The server's binary, freshly built.
    fn binary(&self) -> std::result::Result<&Path, Obstacle> {
        let built = self.binary.get_or_init(|| build(self.with_rust).map_err(Obstacle::from));
        built.as_deref().map_err(Clone::clone)
    }

    /// A PostgreSQL server of our own.
    fn postgres(&self) -> std::result::Result<&Postgres, Obstacle> {
        self.postgres.get_or_init(Postgres::start).as_ref().map_err(Clone::clone)
    }

    /// A Python that has the packages of the conformance tests.
    fn python(&self) -> std::result::Result<&Path, Obstacle> {
        self.python.get_or_init(foreign::environment).as_deref().map_err(Clone::clone)
    }

    /// A Node.js, beside which the packages of the conformance tests are installed.
    fn node(&self) -> std::result::Result<&Path, Obstacle> {
        self.node.get_or_init(foreign::packages).as_deref().map_err(Clone::clone)
    }
}

/// Runs the parts that `only` names, or all, and for so many seconds `fuzz`; fails unless every test passed.
pub(crate) fn run(only: &[String], fuzz: Option<u32>) -> Result {
    let chosen = chosen(only)?;
    let with_rust = chosen.first().is_some_and(|part| part.name == RUST.name);
    let (alone, beside) = chosen.split_at(usize::from(with_rust));
    let setting = Setting::new(with_rust, fuzz.unwrap_or_default());
    let reports: Vec<Report> = thread::scope(|scope| {
        let fuzz = fuzz.map(|_| scope.spawn(|| report(&FUZZ, &setting)));
        let mut reports: Vec<Report> = alone.iter().map(|part| report(part, &setting)).collect();
        reports.extend(side_by_side(beside, &setting));
        reports.extend(fuzz.map(joined));
        reports
    });
    let ci = setting.ci;
    // PostgreSQL goes before the summary, so that the summary is the last to be said.
    drop(setting);
    println!();
    let mut total = Tally::default();
    for report in reports {
        println!("{report}");
        total += report.tally;
    }
    println!("{total}");
    match total {
        Tally { failed: 1.., .. } => Err("not every test passed".to_owned()),
        Tally { passed: 0, .. } => Err("no test ran".to_owned()),
        Tally { skipped: 1.., .. } if ci => Err("in CI no test may be skipped".to_owned()),
        _ => Ok(()),
    }
}

/// What a part came to, and how long it took.
struct Report {
    part: &'static str,
    tally: Tally,
    /// What there is to say instead of a count.
    remark: Option<String>,
    took: Duration,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { part, tally, remark, took } = self;
        write!(f, "{part:20} {:5} s  ", took.as_secs())?;
        match remark {
            Some(remark) => f.write_str(remark),
            None => write!(f, "{tally}"),
        }
    }
}

/// Runs one part.
fn report(part: &Part, setting: &Setting) -> Report {
    println!("\n== {}", part.name);
    let begin = Instant::now();
    let (tally, remark) = match (part.run)(part.name, setting) {
        Ok(tally) => (tally, None),
        Err(Obstacle::Missing(what)) if !setting.ci => (Tally::default(), Some(format!("skipped: {what}"))),
        Err(Obstacle::Missing(what) | Obstacle::Broken(what)) => {
            (Tally { failed: 1, ..Tally::default() }, Some(format!("failed: {what}")))
        }
    };
    Report { part: part.name, tally, remark, took: begin.elapsed() }
}

/// Runs parts, a few at a time.
fn side_by_side(parts: &[&'static Part], setting: &Setting) -> Vec<Report> {
    let workers = SIDE_BY_SIDE.min(parts.len());
    let next = Mutex::new(parts.iter());
    let reports = Mutex::new(Vec::new());
    // The kernel ends a process with the thread that started it, and PostgreSQL is there for all: so nobody leaves
    // before everybody is done.
    let end = Barrier::new(workers);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                // Taken by itself: in the head of a loop the lock would be held for as long as the part runs.
                let take = || lock(&next).next();
                while let Some(part) = take() {
                    let report = report(part, setting);
                    lock(&reports).push(report);
                }
                end.wait();
            });
        }
    });
    reports.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// What a thread ended with; its panic goes on here.
fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The parts that `only` names, or all, in the order in which they run.
fn chosen(only: &[String]) -> Result<Vec<&'static Part>> {
    let all = || std::iter::once(&RUST).chain(CONFORMANCE);
    let names = |part: &Part, name: &str| part.name == name || part.groups.contains(&name);
    if let Some(unknown) = only.iter().find(|name| !all().any(|part| names(part, name))) {
        let known: Vec<_> = all().map(|part| part.name).collect();
        return Err(format!(
            "there is no part `{unknown}`; the parts are {}, and the groups conformance and postgres",
            known.join(", ")
        ));
    }
    let wanted = |part: &&Part| only.is_empty() || only.iter().any(|name| names(part, name));
    Ok(all().filter(wanted).collect())
}

/// Builds the binary that the conformance tests drive. The tests in Rust bring it with them: to build it by itself
/// would compile much of the workspace once more, for its dependencies have other features then.
fn build(with_rust: bool) -> Result<PathBuf> {
    let arguments: &[&str] = if with_rust {
        &["test", "--quiet", "--workspace", "--no-run"]
    } else {
        &["build", "--quiet", "--package", "poolhouse-server"]
    };
    let status =
        command("cargo", arguments).args(FEATURES).status().map_err(|e| format!("cannot run cargo: {e}"))?;
    if !status.success() {
        return Err(format!("the server does not build: cargo ended with {status}"));
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    Ok(root().join(target).join("debug/poolhouse"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(only: &[&str]) -> Result<Vec<&'static str>> {
        let only: Vec<_> = only.iter().map(ToString::to_string).collect();
        Ok(chosen(&only)?.into_iter().map(|part| part.name).collect())
    }

    #[test]
    fn parts_are_chosen_by_name_or_group() {
        assert_eq!(names(&[]).unwrap().len(), 1 + CONFORMANCE.len());
        assert_eq!(names(&[]).unwrap()[0], "rust");
        assert_eq!(names(&["javascript", "rust"]).unwrap(), ["rust", "javascript"]);
        assert_eq!(names(&["postgres"]).unwrap(), ["rust", "aws-facts-postgres", "newest-postgres"]);
        assert!(names(&["rust", "ruby"]).unwrap_err().contains("no part `ruby`"));
    }
}
