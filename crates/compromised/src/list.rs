//! The list of compromised passwords: a sorted file that is searched where it lies.
//!
//! | bytes | |
//! |---|---|
//! | 0–15 | `poolhouse-pass-1` |
//! | 16–23 | how many entries follow |
//! | 24– | entries of 8 bytes, the beginnings of SHA-1 hashes, ascending, none twice |
//!
//! Numbers have their highest byte first.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::{fmt, io};

use crate::fingerprint::Fingerprint;

pub(crate) const MAGIC: [u8; 16] = *b"poolhouse-pass-1";
pub(crate) const HEADER_BYTES: u64 = 24;
pub(crate) const ENTRY_BYTES: u64 = 8;

/// Entries read at once: a page.
const BLOCK: u64 = 512;

/// Guesses before the search only halves. Hashes lie evenly, so that three find their place among a thousand million.
const GUESSES: u32 = 8;

/// Why a list cannot be used.
#[derive(Debug)]
pub enum ListError {
    /// It cannot be read.
    Io(io::Error),
    /// It is no list of this form.
    Foreign,
    /// It has more or fewer entries than it says.
    CutOff,
}

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "it cannot be read: {error}"),
            Self::Foreign => {
                f.write_str("it is no list of this server: make one with `poolhouse passwords build`")
            }
            Self::CutOff => f.write_str("it is not complete: make it again with `poolhouse passwords build`"),
        }
    }
}

impl std::error::Error for ListError {}

impl From<io::Error> for ListError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A list that is open.
#[derive(Debug)]
pub(crate) struct List {
    file: File,
    entries: u64,
}

impl List {
    pub(crate) fn open(path: &Path) -> Result<Self, ListError> {
        let file = File::open(path)?;
        let mut header = [0; HEADER_BYTES as usize];
        file.read_exact_at(&mut header, 0).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => ListError::Foreign,
            _ => ListError::Io(error),
        })?;
        let (magic, entries) = header.split_at(MAGIC.len());
        if magic != MAGIC {
            return Err(ListError::Foreign);
        }
        let entries = u64::from_be_bytes(entries.try_into().map_err(|_| ListError::Foreign)?);
        let expected = entries.checked_mul(ENTRY_BYTES).and_then(|bytes| bytes.checked_add(HEADER_BYTES));
        if expected != Some(file.metadata()?.len()) {
            return Err(ListError::CutOff);
        }
        Ok(Self { file, entries })
    }

    pub(crate) fn len(&self) -> u64 {
        self.entries
    }

    /// Searches between bounds that close in: guesses from the bounds' values where `wanted` lies, reads the block
    /// around it, and takes the block's ends as new bounds.
    pub(crate) fn contains(&self, wanted: Fingerprint) -> io::Result<bool> {
        let (mut low, mut high) = (0, self.entries);
        let (mut least, mut most) = (0, u64::MAX);
        let mut made = 0;
        while low < high {
            let middle =
                if made < GUESSES { guess(wanted.0, low, high, least, most) } else { low.midpoint(high) };
            made += 1;
            let start = middle.saturating_sub(BLOCK / 2).max(low);
            let block = self.read(start, BLOCK.min(high - start))?;
            let (Some(first), Some(last)) = (block.first(), block.last()) else { break };
            if wanted < *first {
                (high, most) = (start, first.0);
            } else if wanted > *last {
                (low, least) = (start + block.len() as u64, last.0);
            } else {
                return Ok(block.binary_search(&wanted).is_ok());
            }
        }
        Ok(false)
    }

    fn read(&self, start: u64, count: u64) -> io::Result<Vec<Fingerprint>> {
        let mut bytes = vec![0; (count * ENTRY_BYTES) as usize];
        self.file.read_exact_at(&mut bytes, HEADER_BYTES + start * ENTRY_BYTES)?;
        let (entries, _) = bytes.as_chunks();
        Ok(entries.iter().copied().map(Fingerprint::from_bytes).collect())
    }
}

/// Where `wanted` lies if the values between the bounds lie evenly; always within the bounds.
fn guess(wanted: u64, low: u64, high: u64, least: u64, most: u64) -> u64 {
    let (above, width) = (wanted.saturating_sub(least), most.saturating_sub(least).max(1));
    let offset = u128::from(above) * u128::from(high - low) / u128::from(width);
    (low + u64::try_from(offset).unwrap_or(u64::MAX - low)).min(high - 1)
}
