//! What is written down: a table in Markdown for people, and the same in JSON.

use std::fs;
use std::path::Path;

use poolhouse_ports::Clock;
use serde_json::{Value, json};

use super::site::Site;

/// The file for programs, from the repository's folder.
const FILE: &str = "target/peers/report.json";

/// What came of it.
#[derive(Default)]
pub(super) struct Report {
    skipped: Vec<(&'static str, String)>,
    rows: Vec<Row>,
}

/// What each server needs for one workload.
pub(super) struct Row {
    pub(super) name: &'static str,
    /// The CPU time of an RSA-2048 signature beside it, in seconds.
    pub(super) signature: f64,
    pub(super) cells: Vec<Cell>,
}

pub(super) enum Cell {
    Cost {
        seconds: f64,
        signatures: f64,
        /// What it takes that it must refuse.
        omits: Option<&'static str>,
    },
    /// Why there is no figure.
    None(String),
}

impl Report {
    /// Says that a server is not measured.
    pub(super) fn skip(&mut self, name: &'static str, why: String) {
        eprintln!("without {name}: {why}");
        self.skipped.push((name, why));
    }

    pub(super) fn put(&mut self, row: Row) {
        eprintln!("{}", line(&row));
        self.rows.push(row);
    }

    /// Prints the table, and writes the file.
    pub(super) fn write(&self, sites: &[Site]) {
        print!("{}", self.table(sites));
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(FILE);
        fs::write(file, format!("{:#}\n", self.json(sites))).unwrap();
        eprintln!("the same in JSON: {FILE}");
    }

    fn table(&self, sites: &[Site]) -> String {
        let about = |what: &str, of: fn(&Site) -> String| {
            format!("| {what} | {} |\n", sites.iter().map(of).collect::<Vec<_>>().join(" | "))
        };
        let mut table =
            about("CPU of a request", |site| format!("{} {}", site.subject.name, site.subject.version));
        table.push_str(&format!("|---{}|\n", "|---".repeat(sites.len())));
        table.push_str(&about("Data", |site| site.subject.storage.to_owned()));
        table.push_str(&about("Signatures of requests", |site| checked(site.checks_signatures).to_owned()));
        table.push_str(&about("Users", |site| site.users.to_string()));
        for row in &self.rows {
            table.push_str(&line(row));
            table.push('\n');
        }
        for (name, why) in &self.skipped {
            table.push_str(&format!("\nWithout {name}: {why}\n"));
        }
        table
    }

    fn json(&self, sites: &[Site]) -> Value {
        let servers = sites.iter().map(|site| {
            json!({
                "name": site.subject.name, "version": site.subject.version, "data": site.subject.storage,
                "checks_signatures": site.checks_signatures, "users": site.users,
            })
        });
        let skipped = self.skipped.iter().map(|(name, why)| json!({ "name": name, "why": why }));
        let rows = self.rows.iter().map(|row| {
            let cells: Vec<Value> = row.cells.iter().map(Cell::json).collect();
            json!({ "name": row.name, "signature_us": micros(row.signature), "servers": cells })
        });
        json!({
            "at": Clock::system().now().seconds(),
            "processor": processor(),
            "processors": std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            "servers": servers.collect::<Vec<_>>(),
            "skipped": skipped.collect::<Vec<_>>(),
            "rows": rows.collect::<Vec<_>>(),
        })
    }
}

impl Cell {
    fn text(&self) -> String {
        match self {
            Self::Cost { seconds, signatures, omits } => {
                let omits = omits.map(|word| format!("; {word}")).unwrap_or_default();
                format!("{:.0} µs ({signatures:.2}){omits}", seconds * 1e6)
            }
            Self::None(word) => word.clone(),
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::Cost { seconds, signatures, omits } => {
                json!({ "us": micros(*seconds), "signatures": signatures, "omits": omits })
            }
            Self::None(word) => json!({ "none": word }),
        }
    }
}

fn line(row: &Row) -> String {
    let cells: Vec<String> = row.cells.iter().map(Cell::text).collect();
    format!("| {} | {} |", row.name, cells.join(" | "))
}

fn checked(signatures: bool) -> &'static str {
    if signatures { "checked" } else { "not checked" }
}

fn micros(seconds: f64) -> f64 {
    (seconds * 1e7).round() / 10.0
}

/// What this machine's processor calls itself.
fn processor() -> Option<String> {
    let told = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = told.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
