//! The files of one chain: a new one whenever the last is long enough, and each record on the disk before it counts.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use poolhouse_crypto::seal::Key;

use super::chain::{self, Head};

/// How names of files end.
const EXTENSION: &str = ".jsonl";

/// The files of a chain that grows.
pub(super) struct Files {
    folder: PathBuf,
    /// No file grows beyond it, but by one batch.
    longest: u64,
    id: String,
    key: Key,
    head: Head,
    /// Records that could not be kept since the last one that could.
    lost: u64,
    open: Option<Open>,
}

/// The file that is written to, and how much of it counts.
struct Open {
    file: File,
    length: u64,
}

impl Files {
    /// A new chain in a folder.
    pub(super) fn new(folder: &Path, longest: u64, id: String, key: Key) -> Self {
        let (folder, head) = (folder.to_owned(), Head::of_nothing());
        Self { folder, longest, id, key, head, lost: 0, open: None }
    }

    /// Appends records, all of them or none, and brings them to the disk.
    ///
    /// # Errors
    /// The system's. The records are counted as lost, and the next one says how many were.
    pub(super) fn append<'a>(&mut self, records: impl Iterator<Item = &'a str> + Clone) -> io::Result<Head> {
        let count = records.clone().count() as u64;
        let written = self.try_append(records);
        match &written {
            Ok(head) => (self.head, self.lost) = (head.clone(), 0),
            Err(_) => self.lost += count,
        }
        written
    }

    fn try_append<'a>(&mut self, records: impl Iterator<Item = &'a str>) -> io::Result<Head> {
        let (mut head, mut lost, mut text) = (self.head.clone(), self.lost, String::new());
        for record in records {
            let (line, next) = chain::link(&self.key, &self.id, &head, lost, record);
            text.push_str(&line);
            text.push('\n');
            (head, lost) = (next, 0);
        }
        let open = self.room()?;
        let written =
            open.file.write_all_at(text.as_bytes(), open.length).and_then(|()| open.file.sync_data());
        match written {
            Ok(()) => open.length += text.len() as u64,
            Err(error) => {
                // Half a record is none. Where this fails as well, the next one is written over it.
                let _ = open.file.set_len(open.length);
                return Err(error);
            }
        }
        Ok(head)
    }

    /// The file to write to.
    fn room(&mut self) -> io::Result<&mut Open> {
        if self.open.as_ref().is_some_and(|open| open.length >= self.longest) {
            self.open = None;
        }
        let open = match self.open.take() {
            Some(open) => open,
            None => {
                let name = format!("{}.{:012}{EXTENSION}", self.id, self.head.sequence + 1);
                Open { file: create(&self.folder, &name)?, length: 0 }
            }
        };
        Ok(self.open.insert(open))
    }
}

/// Makes a file for its owner alone, whose name outlives a power cut. One of that name may be there since an attempt that
/// failed; it holds nothing that counts.
fn create(folder: &Path, name: &str) -> io::Result<File> {
    let file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(folder.join(name))?;
    File::open(folder)?.sync_all()?;
    Ok(file)
}

/// The files of a folder, by chain, each chain's in their order.
///
/// # Errors
/// The system's.
pub(super) fn list(folder: &Path) -> io::Result<Vec<(String, Vec<PathBuf>)>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let name = name.to_str().ok_or(ErrorKind::InvalidData)?.to_owned();
        if let Some((id, _)) = name.strip_suffix(EXTENSION).and_then(|stem| stem.split_once('.')) {
            names.push((id.to_owned(), name));
        }
    }
    names.sort_unstable();
    let mut chains: Vec<(String, Vec<PathBuf>)> = Vec::new();
    for (id, name) in names {
        match chains.last_mut().filter(|(last, _)| *last == id) {
            Some((_, files)) => files.push(folder.join(name)),
            None => chains.push((id, vec![folder.join(name)])),
        }
    }
    Ok(chains)
}
