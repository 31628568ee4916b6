//! Files and folders for their owner alone.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// Writes a file. When this returns it is on the disk, and whole: under its own name only when it is complete, so that
/// a start that is killed here can be repeated.
///
/// # Errors
/// The system's; nothing is left behind then.
pub fn write(path: &Path, content: impl AsRef<[u8]>) -> io::Result<()> {
    let unfinished = path.with_extension("unfinished");
    let written = write_all(&unfinished, content.as_ref()).and_then(|()| fs::rename(&unfinished, path));
    if written.is_err() {
        // Nothing secret is left behind.
        let _ = fs::remove_file(&unfinished);
    }
    written?;
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

fn write_all(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = create_anew(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Makes an empty file: what somebody laid there, or a process that was killed left, has a mode of its own.
pub(crate) fn create_anew(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => options().create_new(true).open(path),
    }
}

/// Makes a file where there is none; what is there stays as it is.
pub(crate) fn create(path: &Path) -> io::Result<()> {
    options().create(true).truncate(false).open(path).map(drop)
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes a folder where there is none; what is there stays as it is.
///
/// # Errors
/// The system's.
pub fn create_folder(path: &Path) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    match create_folder_anew(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        result => result,
    }
}

/// Makes a folder, in one that is there.
pub(crate) fn create_folder_anew(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
