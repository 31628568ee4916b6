//! The copy that is kept of an SQLite database before a migration changes it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use poolhouse_ports::Timestamp;

use crate::backup::BackupError;
use crate::driver::sqlite;

/// How many of them are kept: the last one, and the one before, of an upgrade that was taken back perhaps.
const KEPT: usize = 2;

/// Copies the database with this version of the schema into a file beside it, and removes those of long before.
pub(super) fn keep(database: &Path, version: i64, now: Timestamp) -> Result<PathBuf, BackupError> {
    let time = now.iso8601().replace(['-', ':'], "");
    let (folder, prefix) = place(database);
    let copy = folder.join(format!("{prefix}{version:04}-{time}"));
    match sqlite::backup(database, &copy) {
        // Within one second nothing but a migration that failed has come in between.
        Ok(()) | Err(BackupError::Exists(_)) => {}
        Err(error) => return Err(error),
    }
    if let Err(error) = prune(folder, &prefix, &copy) {
        tracing::warn!(%error, folder = %folder.display(), "copies of before earlier migrations cannot be removed");
    }
    Ok(copy)
}

/// The folder of the copies, and what their names begin with.
fn place(database: &Path) -> (&Path, String) {
    let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = database.file_name().unwrap_or_default().to_string_lossy();
    (folder, format!("{name}.schema-"))
}

/// Removes all but the newest, and this one, whatever the clock said when the others were made.
fn prune(folder: &Path, prefix: &str, copy: &Path) -> io::Result<()> {
    let mut copies = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // `0024-20300101T000000Z`, of which the time says which is the newest.
        if let Some((_, time)) = name.strip_prefix(prefix).and_then(|rest| rest.split_once('-'))
            && time.len() == "20300101T000000Z".len()
            && path != copy
        {
            copies.push((time.to_owned(), path));
        }
    }
    copies.sort();
    let surplus = (copies.len() + 1).saturating_sub(KEPT);
    copies.into_iter().take(surplus).try_for_each(|(_, path)| fs::remove_file(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_copy_that_was_just_made_stays() {
        let folder = std::env::temp_dir().join(format!("poolhouse-keep-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let file = |year: u32| folder.join(format!("db.schema-0024-{year}0101T000000Z"));
        // The clock was ahead when the others were made.
        for year in [2030, 2040, 2041] {
            fs::write(file(year), "").unwrap();
        }
        prune(&folder, "db.schema-", &file(2030)).unwrap();
        assert!(file(2030).exists() && !file(2040).exists() && file(2041).exists());
        fs::remove_dir_all(folder).unwrap();
    }
}
