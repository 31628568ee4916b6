//! Backups: what is in a database, as encrypted files in a folder or in a bucket, that restore into a database of either kind.
//!
//! A [`Place`] holds any number of backups. Each is a manifest (`<time>-<random>.json`), which names its parts
//! (`parts/<SHA-256>.age`): stretches of a table in the order of its key. A manifest has a keyed hash of what is in each part,
//! so that a later backup writes only those that are new; it writes none over another. A manifest is written last, and
//! authenticated by a key of the master key's; it has the hash of each part's file, so that nothing of a backup can be
//! changed, exchanged or left out unnoticed (decision 57).

mod backups;
mod bucket_fault;
mod choice;
mod error;
mod folder;
mod keys;
mod make;
mod manifest;
mod part;
mod place;
mod prune;
mod restore;
mod sealed;
mod verify;

pub use backups::Backups;
pub use bucket_fault::BucketFault;
pub use error::{BackupError, Wrong};
pub use folder::Folder;
pub use keys::Keys;
pub use make::{Made, Order, Progress, make};
pub use manifest::Manifest;
pub use place::{Answer, Hold, Lock, Place};
pub use prune::{Pruned, prune};
pub use restore::{Existing, Restore, Restored};
pub use verify::{Verified, verify};
