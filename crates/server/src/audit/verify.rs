//! Whether the records of a folder are all there, unchanged and in their order.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use poolhouse_crypto::seal::Key;
use poolhouse_kernel::sealing::MasterKey;

use super::chain::{self, Head, Link, NOTHING};
use super::files;

/// What was found in a folder.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) chains: usize,
    pub(super) records: u64,
    /// Records that servers could not keep, as they say themselves.
    pub(super) lost: u64,
    /// Files whose last record was not finished: nobody was told that its call was done.
    pub(super) unfinished: Vec<PathBuf>,
    pub(super) problems: Vec<Problem>,
}

/// Something that is not as it was written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// A chain that no key fits.
    WrongKey { chain: String },
    /// A line that no server wrote so.
    Changed { file: PathBuf, line: usize },
    /// A record that stands behind a later one, or once more.
    OutOfOrder { file: PathBuf, line: usize, sequence: i64 },
    /// A record that does not follow what stands before it.
    Forked { file: PathBuf, line: usize, sequence: i64 },
    /// Records that are not there, before the line or at the end.
    Missing { chain: String, from: i64, to: i64 },
    /// A last record that is another than the database remembers.
    Replaced { chain: String, sequence: i64 },
}

/// What is held against the files beside the keys.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Where each chain stood when a server last noted it.
    pub(super) heads: BTreeMap<String, Head>,
    /// Whether older files have been moved elsewhere: the beginnings of chains, and whole ones, may be missing.
    pub(super) archived: bool,
}

/// Reads all files of a folder.
///
/// # Errors
/// The system's.
pub(super) fn verify(folder: &Path, keys: &[MasterKey], known: &Known) -> io::Result<Report> {
    let mut report = Report::default();
    let chains = files::list(folder)?;
    for (id, files) in &chains {
        let keys: Vec<Key> = keys.iter().map(|key| key.audit_key(id)).collect();
        let Some(key) = fitting(&keys, files)? else {
            report.problems.push(Problem::WrongKey { chain: id.clone() });
            continue;
        };
        let mut walk = Walk { id, key, known, report: &mut report, last: Head::of_nothing(), is_sure: true };
        walk.run(files)?;
    }
    report.chains = chains.len();
    let is_here = |id: &String| chains.iter().any(|(here, _)| here == id);
    for (id, head) in known.heads.iter().filter(|(id, _)| !known.archived && !is_here(id)) {
        report.problems.push(Problem::Missing { chain: id.clone(), from: 1, to: head.sequence });
    }
    Ok(report)
}

/// The key that proves any line of a chain.
fn fitting<'a>(keys: &'a [Key], files: &[PathBuf]) -> io::Result<Option<&'a Key>> {
    let mut is_empty = true;
    for file in files {
        for line in lines(file)? {
            let line = line?;
            is_empty = false;
            if let Some(key) = keys.iter().find(|key| chain::proven(key, &line.text).is_some()) {
                return Ok(Some(key));
            }
        }
    }
    Ok(keys.first().filter(|_| is_empty))
}

/// A line, and whether it has an end.
struct Line {
    text: String,
    has_end: bool,
}

/// Lines as they are; bytes that are no text are no record's.
fn lines(file: &Path) -> io::Result<impl Iterator<Item = io::Result<Line>>> {
    let mut reader = BufReader::new(File::open(file)?);
    let next = move || {
        let mut bytes = Vec::new();
        match reader.read_until(b'\n', &mut bytes) {
            Ok(0) => None,
            Ok(_) => {
                let has_end = bytes.pop_if(|last| *last == b'\n').is_some();
                Some(Ok(Line { text: String::from_utf8_lossy(&bytes).into_owned(), has_end }))
            }
            Err(error) => Some(Err(error)),
        }
    };
    Ok(std::iter::from_fn(next))
}

/// One chain, from its first file to its last.
struct Walk<'a> {
    id: &'a str,
    key: &'a Key,
    known: &'a Known,
    report: &'a mut Report,
    /// The last record that was proven.
    last: Head,
    /// Whether what follows must name that record: not behind a line that nobody can read.
    is_sure: bool,
}

impl Walk<'_> {
    fn run(&mut self, files: &[PathBuf]) -> io::Result<()> {
        let mut is_first = true;
        for file in files {
            let is_last = files.last() == Some(file);
            for (number, line) in lines(file)?.enumerate() {
                let (line, place) = (line?, (file, number + 1));
                match chain::proven(self.key, &line.text).filter(|link| link.id == self.id) {
                    Some(link) => self.step(place, &link, is_first),
                    None if is_last && !line.has_end => self.report.unfinished.push(file.clone()),
                    None => {
                        self.report.problems.push(Problem::Changed { file: file.clone(), line: place.1 });
                        self.is_sure = false;
                    }
                }
                is_first = false;
            }
        }
        self.end();
        Ok(())
    }

    fn step(&mut self, (file, line): (&PathBuf, usize), link: &Link, is_first: bool) {
        let (file, sequence, expected) = (file.clone(), link.sequence, self.last.sequence + 1);
        self.report.records += 1;
        self.report.lost += link.lost;
        if sequence < expected {
            self.report.problems.push(Problem::OutOfOrder { file, line, sequence });
            return;
        }
        if sequence > expected && !(is_first && self.known.archived) {
            let chain = self.id.to_owned();
            self.report.problems.push(Problem::Missing { chain, from: expected, to: sequence - 1 });
        } else if sequence == expected && self.is_sure && link.previous != self.last.mac {
            self.report.problems.push(Problem::Forked { file, line, sequence });
        }
        self.remembered(sequence, &link.mac);
        (self.last, self.is_sure) = (Head { sequence, mac: link.mac.clone() }, true);
    }

    fn remembered(&mut self, sequence: i64, mac: &str) {
        let head = self.known.heads.get(self.id).filter(|head| head.sequence == sequence);
        if head.is_some_and(|head| head.mac != mac && head.mac != NOTHING) {
            self.report.problems.push(Problem::Replaced { chain: self.id.to_owned(), sequence });
        }
    }

    fn end(&mut self) {
        let head = self.known.heads.get(self.id);
        if let Some(head) = head.filter(|head| head.sequence > self.last.sequence) {
            let (from, to) = (self.last.sequence + 1, head.sequence);
            self.report.problems.push(Problem::Missing { chain: self.id.to_owned(), from, to });
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongKey { chain } => write!(
                f,
                "{chain}: the master key is not the one of these records; give that of their time with --previous-master-key-file"
            ),
            Self::Changed { file, line } => {
                write!(f, "{}:{line}: changed, or put there by somebody else", file.display())
            }
            Self::OutOfOrder { file, line, sequence } => {
                write!(f, "{}:{line}: record {sequence} stands behind a later one, or twice", file.display())
            }
            Self::Forked { file, line, sequence } => {
                write!(f, "{}:{line}: record {sequence} does not follow the one before it", file.display())
            }
            Self::Missing { chain, from, to } if from == to => write!(f, "{chain}: record {from} is missing"),
            Self::Missing { chain, from, to } => write!(f, "{chain}: records {from} to {to} are missing"),
            Self::Replaced { chain, sequence } => {
                write!(f, "{chain}: record {sequence} is another than the database remembers")
            }
        }
    }
}
