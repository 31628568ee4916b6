//! Folders and files with their owners and modes, the room on the disk, and the limits of the process.

use std::fs::{self, Metadata};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use rlimit::Resource;
use rustix::fs::statvfs;
use rustix::process::geteuid;

use super::Report;
use crate::config::Options;
use crate::{credentials, secret_file};

const MIB: u64 = 1024 * 1024;

/// Room below which somebody should be told, in MiB: SQLite's backups and migrations copy what they change.
const LITTLE: u64 = 1024;

/// Room below which the next busy hour may end in refusals, in MiB.
const TOO_LITTLE: u64 = 128;

/// Open files of the process beside its connections.
const OWN_FILES: u64 = 200;

pub(super) fn look(options: &Options, report: &mut Report) {
    let folder = options.store.data_dir();
    if folder.exists() {
        look_at_folder(&folder, report);
        look_at_files(options, report);
        look_at_room(&folder, report);
    } else {
        report
            .good("data folder", format!("{} is not there yet; the first start makes it", folder.display()));
    }
    if let Some(folder) = options.audit.audit_log.as_deref().filter(|folder| folder.exists()) {
        look_at_room(folder, report);
    }
    look_at_limits(options, report);
}

fn look_at_folder(folder: &Path, report: &mut Report) {
    let about = "data folder";
    let metadata = match fs::metadata(folder) {
        Ok(metadata) if metadata.is_dir() => metadata,
        Ok(_) => {
            return report.wrong(about, format!("{} is no folder; name one with data-dir", folder.display()));
        }
        Err(error) => {
            return report.wrong(about, format!("{} cannot be looked at: {error}", folder.display()));
        }
    };
    let shown = folder.display();
    if let Some(other) = other_owner(&metadata) {
        report
            .doubtful(about, format!("{shown} belongs to user {other}; run doctor and server as that user"));
    } else if metadata.permissions().mode() & 0o077 != 0 {
        report.doubtful(
            about,
            format!("others can look into {shown}; unless they must, run: chmod 700 {shown}"),
        );
    } else {
        report.good(about, format!("{shown} is its owner's alone"));
    }
}

/// The files that must be their owner's alone.
fn look_at_files(options: &Options, report: &mut Report) {
    let folder = options.store.data_dir();
    let url = options.store.url();
    let database = url.strip_prefix("sqlite:").map(Into::into);
    let made = folder.join(credentials::FILE);
    if made.exists() {
        report.doubtful(
            "credentials",
            format!(
                "{} still holds the first root credentials; keep them elsewhere and remove the file",
                made.display()
            ),
        );
    }
    let master_key = options.installation.master_key_file(&options.store);
    let files = [database, Some(master_key.clone()), Some(made)];
    for file in files.into_iter().flatten() {
        let Ok(metadata) = fs::metadata(&file) else { continue };
        let shown = file.display();
        if file == master_key && metadata.uid() == 0 && secret_file::is_closed(&metadata) {
            report.good("files", format!("{shown} is root's, and for a group at most"));
        } else if let Some(other) = other_owner(&metadata) {
            report.wrong(
                "files",
                format!("{shown} belongs to user {other}; run: chown {} {shown}", geteuid().as_raw()),
            );
        } else if metadata.permissions().mode() & 0o077 != 0 {
            report.wrong("files", format!("{shown} can be read by others; run: chmod 600 {shown}"));
        } else {
            report.good("files", format!("{shown} is its owner's alone"));
        }
    }
}

/// Whose it is, if it is not this user's.
fn other_owner(metadata: &Metadata) -> Option<u32> {
    Some(metadata.uid()).filter(|owner| *owner != geteuid().as_raw())
}

fn look_at_room(folder: &Path, report: &mut Report) {
    let shown = folder.display();
    let Ok(disk) = statvfs(folder) else {
        return report.doubtful("disk", format!("the room at {shown} cannot be seen"));
    };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize) / MIB;
    let text = format!("{free} MiB are free at {shown}");
    match free {
        ..TOO_LITTLE => report.wrong("disk", format!("{text}; make room: a full disk refuses every change")),
        TOO_LITTLE..LITTLE => {
            report.doubtful("disk", format!("{text}; make room before a full disk refuses changes"));
        }
        LITTLE.. => report.good("disk", text),
    }
}

/// `serve` raises the soft limit to the hard one.
fn look_at_limits(options: &Options, report: &mut Report) {
    let Ok(files) = Resource::NOFILE.get_hard() else { return };
    let connections = options.protection.connections(options.dev).all;
    let wanted = u64::from(connections).saturating_add(OWN_FILES);
    if files < wanted {
        report.doubtful(
            "open files",
            format!(
                "{files} at most, for up to {connections} connections; raise the hard limit to {wanted} (LimitNOFILE= in a unit), or lower limit-connections"
            ),
        );
    } else {
        report.good("open files", format!("{files} at most"));
    }
}
