//! Where the files of backups lie.

use std::fmt::Debug;
use std::pin::Pin;

use crate::BackupError;

/// What a place answers in its time.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, BackupError>> + Send + 'a>>;

/// A folder, or a bucket of a store: it has files with names such as `parts/<SHA-256>.age`, each of which is there whole or
/// not at all.
pub trait Place: Debug + Send + Sync {
    /// What people call it, or a file in it.
    fn locate(&self, file: &str) -> String;

    /// Keeps others from writing and removing; makes the place where that can be.
    fn hold(&self, lock: Lock) -> Answer<'_, Box<dyn Hold + '_>>;

    /// The names of the files of one of its folders; of the place itself, when it is "".
    fn list<'a>(&'a self, folder: &'static str) -> Answer<'a, Vec<String>>;

    /// Reads a file that has `most` bytes at most.
    fn read<'a>(&'a self, file: &'a str, most: u64) -> Answer<'a, Vec<u8>>;

    /// Whether a file has this length and SHA-256, as far as that is known without carrying it over a network.
    fn has<'a>(&'a self, file: &'a str, bytes: u64, sha256: &'a str) -> Answer<'a, bool>;

    /// Writes a file. When this returns it is there, and what was given.
    fn write<'a>(&'a self, file: &'a str, bytes: &'a [u8]) -> Answer<'a, ()>;

    /// Removes a file, if it is there.
    fn remove<'a>(&'a self, file: &'a str) -> Answer<'a, ()>;
}

/// How much a lock is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// Where the place can.
    Wanted,
    /// Or else nothing is done: something is to be removed.
    Needed,
}

/// A lock that is held; dropped without [`Hold::release`] it ends by itself, if not at once.
pub trait Hold: Debug + Send {
    /// Says that its holder lives, when it is time for that; `surely` at any time. It fails when the lock was lost.
    fn renew(&mut self, surely: bool) -> Answer<'_, ()>;

    /// Lets it go. Where that fails, it ends by itself.
    fn release<'a>(self: Box<Self>) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>
    where
        Self: 'a;
}
