//! Every test there is, against the real things: `cargo xtask test`.

mod count;
mod foreign;
mod postgres;
mod process;
mod rust;
mod scratch;
mod server;

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use self::count::Tally;
use self::postgres::Postgres;
use crate::Result;
use crate::workspace::{command, root};

/// One part of the tests.
struct Part {
    name: &'static str,
    /// Further names that choose it.
    groups: &'static [&'static str],
    run: fn(&Setting) -> Outcome,
}

const PARTS: &[Part] = &[
    Part { name: "rust", groups: &["postgres"], run: rust::run },
    Part { name: "client", groups: &["conformance"], run: rust::client },
    Part { name: "python", groups: &["conformance"], run: foreign::python },
    Part { name: "javascript", groups: &["conformance"], run: foreign::javascript },
    Part { name: "aws-facts", groups: &["conformance"], run: foreign::aws_facts },
    Part {
        name: "aws-facts-postgres",
        groups: &["conformance", "postgres"],
        run: foreign::aws_facts_postgres,
    },
];

/// What a part came to.
type Outcome = std::result::Result<Tally, Obstacle>;

/// Why a part has no count.
#[derive(Clone)]
enum Obstacle {
    /// Something is not installed; says what, and which package has it.
    Missing(String),
    /// It could not run for another reason.
    Broken(String),
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
    binary: OnceCell<std::result::Result<PathBuf, Obstacle>>,
    postgres: OnceCell<std::result::Result<Postgres, Obstacle>>,
    python: OnceCell<std::result::Result<PathBuf, Obstacle>>,
}

impl Setting {
    fn new() -> Self {
        let ci = std::env::var("CI").is_ok_and(|value| value == "true");
        Self { ci, binary: OnceCell::new(), postgres: OnceCell::new(), python: OnceCell::new() }
    }

    /// The server's binary, freshly built.
    fn binary(&self) -> std::result::Result<&Path, Obstacle> {
        let built = self.binary.get_or_init(|| build().map_err(Obstacle::from));
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
}

/// Runs the parts that `only` names, or all; fails unless every test passed.
pub(crate) fn run(only: &[String]) -> Result {
    let parts = chosen(only)?;
    let setting = Setting::new();
    let mut lines = Vec::new();
    let mut total = Tally::default();
    for part in parts {
        println!("\n== {}", part.name);
        let line = match (part.run)(&setting) {
            Ok(tally) => {
                total += tally;
                tally.to_string()
            }
            Err(Obstacle::Missing(what)) if !setting.ci => format!("skipped: {what}"),
            Err(Obstacle::Missing(what) | Obstacle::Broken(what)) => {
                total.failed += 1;
                format!("failed: {what}")
            }
        };
        lines.push(format!("{:20} {line}", part.name));
    }
    // PostgreSQL goes before the summary, so that the summary is the last to be said.
    drop(setting);
    println!("\n{}\n{total}", lines.join("\n"));
    match total {
        Tally { passed: 1.., failed: 0 } => Ok(()),
        Tally { passed: 0, failed: 0 } => Err("no test ran".to_owned()),
        _ => Err("not every test passed".to_owned()),
    }
}

fn chosen(only: &[String]) -> Result<Vec<&'static Part>> {
    let names = |part: &Part, name: &str| part.name == name || part.groups.contains(&name);
    if let Some(unknown) = only.iter().find(|name| !PARTS.iter().any(|part| names(part, name))) {
        let known: Vec<_> = PARTS.iter().map(|part| part.name).collect();
        return Err(format!(
            "there is no part `{unknown}`; the parts are {}, and the groups conformance and postgres",
            known.join(", ")
        ));
    }
    let wanted = |part: &&Part| only.is_empty() || only.iter().any(|name| names(part, name));
    Ok(PARTS.iter().filter(wanted).collect())
}

/// Builds the binary that the conformance tests drive.
fn build() -> Result<PathBuf> {
    let status = command("cargo", &["build", "--quiet", "--package", "poolhouse-server"])
        .status()
        .map_err(|e| format!("cannot run cargo: {e}"))?;
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
        assert_eq!(names(&[]).unwrap().len(), PARTS.len());
        assert_eq!(names(&["javascript", "rust"]).unwrap(), ["rust", "javascript"]);
        assert_eq!(names(&["postgres"]).unwrap(), ["rust", "aws-facts-postgres"]);
        assert!(names(&["rust", "ruby"]).unwrap_err().contains("no part `ruby`"));
    }
}
