//! Files that hold secrets: they are for their owner alone.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::exit::Failure;

/// Refuses a file that others can read; `setting` is what named it. One that cannot be looked at is left to who reads it.
///
/// # Errors
/// Exit code 2 with the cure.
pub(crate) fn refuse_open(setting: &str, path: &Path) -> Result<(), Failure> {
    let mode = fs::metadata(path).map_or(0, |metadata| metadata.permissions().mode());
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(Failure::setup(format!("{setting}: {0} can be read by others; run: chmod 600 {0}", path.display())))
}
