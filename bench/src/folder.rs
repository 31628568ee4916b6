//! Folders for databases.

use std::fs;
use std::path::{Path, PathBuf};

/// A new folder, removed when this is dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Makes it beside what was built, which is on a disk more surely than a temporary folder.
    pub(crate) fn new(name: &str) -> Self {
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
        let folder = target.join(format!("bench-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The address of the database that the server keeps here.
    pub(crate) fn database(&self) -> String {
        format!("sqlite:{}", self.0.join("poolhouse.db").display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
