//! Files that hold secrets: they are for their owner alone, or root's and for a group that may read them. Those are what
//! Kubernetes and systemd hand out.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::exit::Failure;

/// Refuses a file that others can read; `setting` is what named it. One that cannot be looked at is left to who reads it.
///
/// # Errors
/// Exit code 2 with the cure.
pub(crate) fn refuse_open(setting: &str, path: &Path) -> Result<(), Failure> {
    let Ok(metadata) = fs::metadata(path) else { return Ok(()) };
    if is_closed(&metadata) {
        return Ok(());
    }
    Err(Failure::setup(format!("{setting}: {0} can be read by others; run: chmod 600 {0}", path.display())))
}

/// Whether nobody reads it who should not.
pub(crate) fn is_closed(metadata: &Metadata) -> bool {
    is_closed_mode(metadata.mode(), metadata.uid())
}

/// The rule of PostgreSQL for its keys.
fn is_closed_mode(mode: u32, owner: u32) -> bool {
    let forbidden = if owner == 0 { 0o037 } else { 0o077 };
    mode & forbidden == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_may_read_what_is_roots() {
        for (mode, owner, closed) in [
            (0o600, 1000, true),
            (0o400, 0, true),
            (0o440, 0, true),
            (0o640, 0, true),
            (0o440, 1000, false),
            (0o640, 1000, false),
            (0o660, 0, false),
            (0o650, 0, false),
            (0o644, 0, false),
            (0o604, 1000, false),
        ] {
            assert_eq!(is_closed_mode(0o100_000 | mode, owner), closed, "{mode:o} of {owner}");
        }
    }
}
