//! A backup of a database that is in use.
//!
//! It is made beside the lock that keeps other servers out: SQLite's own locks are enough for who only reads.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::open::beside;
use super::statement::store_error;
use crate::backup::BackupError;
use crate::error::StoreError;
use crate::private;

/// Copies the database at `from`, as it is at one moment, into the new file `to`, and looks whether the copy is sound.
pub(crate) fn backup(from: &Path, to: &Path) -> Result<(), BackupError> {
    if to.exists() {
        return Err(BackupError::Exists(to.to_path_buf()));
    }
    // Under its own name only when it is complete.
    let unfinished = beside(to, ".unfinished");
    let made = copy(from, &unfinished).and_then(|()| name(&unfinished, to).map_err(|e| not_written(to, &e)));
    if made.is_err() {
        // The error that came first is the one to tell.
        let _ = fs::remove_file(&unfinished);
    }
    made
}

fn copy(from: &Path, to: &Path) -> Result<(), BackupError> {
    let failed = |error: rusqlite::Error| BackupError::Store(store_error(&error));
    // Without CREATE: a name that is mistyped makes no database.
    let source = Connection::open_with_flags(
        from,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_EXRESCODE,
    )
    .map_err(|error| BackupError::Source(from.to_path_buf(), error.to_string()))?;
    let own = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'";
    let tables: i64 = source
        .query_row(own, [], |row| row.get(0))
        .map_err(|error| BackupError::Source(from.to_path_buf(), error.to_string()))?;
    if tables == 0 {
        return Err(BackupError::Source(
            from.to_path_buf(),
            "it is not a database of this program".to_owned(),
        ));
    }
    let file = private::create_anew(to).map_err(|error| not_written(to, &error))?;
    let mut target = Connection::open(to).map_err(failed)?;
    // All pages in one step, which is one read transaction: writers go on meanwhile.
    let step = Backup::new(&source, &mut target).and_then(|backup| backup.step(-1)).map_err(failed)?;
    if step != StepResult::Done {
        return Err(BackupError::InUse(from.to_path_buf()));
    }
    // One file, without a log beside it.
    target.pragma_update(None, "journal_mode", "DELETE").map_err(failed)?;
    let problem: String =
        target.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(failed)?;
    if problem != "ok" {
        return Err(BackupError::Store(StoreError::Damaged(problem)));
    }
    drop(target);
    file.sync_all().map_err(|error| not_written(to, &error))
}

/// Gives the copy its name, and returns when that is on the disk.
fn name(unfinished: &Path, to: &Path) -> io::Result<()> {
    fs::rename(unfinished, to)?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn not_written(path: &Path, error: &io::Error) -> BackupError {
    BackupError::NotWritten(path.to_path_buf(), error.to_string())
}
