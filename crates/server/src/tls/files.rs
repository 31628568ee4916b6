//! A certificate that is in files, which somebody else renews.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::digest::{Context, SHA256};
use poolhouse_ports::{Clock, Timestamp};

use super::certificate::{Unusable, Usable};
use crate::exit::Failure;
use crate::secret_file;

/// Where the certificate and its key are.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// The files as they were seen last.
#[derive(Debug)]
pub(super) struct Watched {
    files: Files,
    clock: Clock,
    /// What was read last, whether it could be used or not.
    seen: Mutex<Seen>,
}

/// A state of the files that was looked at, and when to look again although it is the same: a certificate that begins
/// later is good then.
#[derive(Debug)]
struct Seen {
    state: State,
    again: Option<Timestamp>,
}

/// What tells one state of the files from another, without keeping the key.
#[derive(Debug, PartialEq, Eq)]
enum State {
    Digest(Vec<u8>),
    Unreadable(String),
}

/// What the files hold.
struct Contents {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Watched {
    /// The files, and the certificate that they hold.
    ///
    /// # Errors
    /// Exit code 2; names the file and what is wrong with it.
    pub(super) fn open(files: Files, clock: Clock) -> Result<(Self, Usable), Failure> {
        let contents = files.read()?;
        let usable = files.usable(&contents)?;
        let seen = Seen { state: contents.state(), again: None };
        Ok((Self { seen: Mutex::new(seen), files, clock }, usable))
    }

    /// The certificate that the files hold now. `None` when it is what was seen before, and nobody `told` to look.
    ///
    /// # Errors
    /// When it cannot be used.
    pub(super) fn refresh(&self, told: bool) -> Option<Result<Usable, Failure>> {
        let read = self.files.read();
        let state = match &read {
            Ok(contents) => contents.state(),
            Err(failure) => State::Unreadable(failure.to_string()),
        };
        let now = self.clock.outside();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.state == state && !told && seen.again.is_none_or(|again| now < again) {
            return None;
        }
        let usable = read.and_then(|contents| self.files.usable(&contents));
        let begins = usable.as_ref().ok().map(|new| new.validity().start);
        *seen = Seen { state, again: begins.filter(|begins| now < *begins) };
        Some(usable.and_then(|new| self.valid(new, now)))
    }

    fn valid(&self, new: Usable, now: Timestamp) -> Result<Usable, Failure> {
        let (file, Range { start, end }) = (self.files.certificate.display(), new.validity());
        if now < *start {
            let start = start.iso8601();
            return Err(Failure::setup(format!(
                "tls-certificate: {file} begins at {start}; it is taken then, or look at the clock of this machine"
            )));
        }
        if *end <= now {
            let end = end.iso8601();
            return Err(Failure::setup(format!(
                "tls-certificate: {file} ended at {end}; give one that is still valid"
            )));
        }
        Ok(new)
    }
}

impl Files {
    fn read(&self) -> Result<Contents, Failure> {
        let read = |setting: &str, path: &Path| {
            fs::read(path).map_err(|error| {
                Failure::setup(format!("{setting}: cannot read {}: {error}", path.display()))
            })
        };
        secret_file::refuse_open("tls-key", &self.key)?;
        Ok(Contents {
            certificate: read("tls-certificate", &self.certificate)?,
            key: read("tls-key", &self.key)?,
        })
    }

    fn usable(&self, contents: &Contents) -> Result<Usable, Failure> {
        let (certificate, key) = (self.certificate.display(), self.key.display());
        Usable::read(&contents.certificate, &contents.key).map_err(|unusable| {
            Failure::setup(match unusable {
                Unusable::Certificate(wrong) => format!("tls-certificate: {certificate} {wrong}"),
                Unusable::Key(wrong) => format!("tls-key: {key} {wrong}"),
                Unusable::Apart => {
                    format!("tls-key: {key} is not the key of the first certificate in {certificate}")
                }
            })
        })
    }
}

impl Contents {
    fn state(&self) -> State {
        let mut digest = Context::new(&SHA256);
        // The lengths keep the two apart.
        digest.update(&self.certificate.len().to_be_bytes());
        digest.update(&self.certificate);
        digest.update(&self.key);
        State::Digest(digest.finish().as_ref().to_vec())
    }
}
