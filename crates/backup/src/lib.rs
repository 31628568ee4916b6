//! Backups: what is in a database, in a folder of encrypted files that restore into a database of either kind.
//!
//! A folder holds any number of backups. Each is a manifest (`<time>-<random>.json`), which names its parts
//! (`parts/<content>.age`): stretches of a table in the order of its key. A part's name is a keyed hash of what is in it,
//! so that a later backup writes only those that are new. A manifest is written last, and authenticated by a key of the master
//! key's; it has the hash of each part, so that nothing in the folder can be changed, exchanged or left out unnoticed
//! (decision 57).

mod error;
mod folder;
mod keys;
mod make;
mod manifest;
mod part;
mod prune;
mod restore;
mod verify;

pub use error::BackupError;
pub use folder::Folder;
pub use keys::Keys;
pub use make::{Order, Progress, make};
pub use manifest::Manifest;
pub use prune::{Pruned, prune};
pub use restore::{Existing, Restore, Restored};
pub use verify::{Verified, verify};
