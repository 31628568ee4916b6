//! The folder with everybody's data and logs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;

/// Where files are in memory: what is killed here is processes, never a disk, and that of a busy machine is no measure.
const IN_MEMORY: &str = "/dev/shm";

/// A temporary folder.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Result<Self> {
        let memory = Path::new(IN_MEMORY);
        let place = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let path = place.join(format!("poolhouse-ha-{}", std::process::id()));
        // One of the same name can only be left over from an earlier process of the same number.
        let _ = fs::remove_dir_all(&path);
        make(&path)?;
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// A folder in it.
    pub(crate) fn of(&self, name: &str) -> Result<PathBuf> {
        let path = self.0.join(name);
        make(&path)?;
        Ok(path)
    }

    /// Removes it, when everything went well.
    pub(crate) fn remove(self) {
        // What remains in the temporary folder harms nobody.
        let _ = fs::remove_dir_all(self.0);
    }
}

/// Makes a folder that is the servers'.
fn make(path: &Path) -> Result {
    let told = |error: String| format!("cannot make {}: {error}", path.display());
    fs::create_dir(path).map_err(|e| told(e.to_string()))?;
    let given = Command::new("chown").arg("nobody").arg(path).status().map_err(|e| told(e.to_string()))?;
    if given.success() { Ok(()) } else { Err(told("it cannot be given to nobody".to_owned())) }
}
