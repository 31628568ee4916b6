//! What opening a database does about migrations.

use std::path::{Path, PathBuf};

use poolhouse_ports::Clock;
use tokio::task::spawn_blocking;

use super::found::{found, found_of_what_is_read, lacking_of_what_is_read};
use super::{Migration, keep, newest, run, version_without};
use crate::error::OpenError;
use crate::options::{Access, Options};
use crate::store::Store;

/// What opening a store does about migrations.
pub(crate) async fn on_open(store: &Store, options: &Options) -> Result<(), OpenError> {
    match options.access {
        Access::Fill => Ok(()),
        Access::Use => to_be_used(store, options).await,
        Access::ReadAlone | Access::ReadBeside => {
            complete(lacking_of_what_is_read(&mut store.read().await?).await?)
        }
    }
}

/// Whoever uses a database goes on with one that is a little newer: so servers of two releases can be in use at a time.
async fn to_be_used(store: &Store, options: &Options) -> Result<(), OpenError> {
    let found = if store.is_read_node() {
        found_of_what_is_read(&mut store.read_lasting().await?).await?
    } else {
        found(&mut store.migration().await?, store.kind()).await?
    };
    found.is_borne()?;
    if let Some((version, _)) = found.beyond.last() {
        tracing::warn!(
            schema = version,
            known = newest(),
            "the database has been upgraded by a newer server; this one goes on without what is new, upgrade it too"
        );
    }
    if !options.migrate || store.is_read_node() {
        return complete(found.lacking);
    }
    if found.lacking.is_empty() {
        return Ok(());
    }
    // A new one needs no copy.
    let version = version_without(found.lacking);
    if let Some(file) = options.file().filter(|_| version > 0) {
        let copy = copy_before(file, version).await?;
        tracing::info!(file = %copy.display(), "copied the database, before it is migrated");
    }
    run(store).await.map(drop)
}

/// Copies an SQLite database with this version of the schema: there is no other way back.
async fn copy_before(file: &Path, version: i64) -> Result<PathBuf, OpenError> {
    let (file, now) = (file.to_path_buf(), Clock::system().now());
    let copied = spawn_blocking(move || keep::keep(&file, version, now)).await;
    let copied = copied.map_err(|error| OpenError::NotCopied(error.to_string()))?;
    copied.map_err(|error| OpenError::NotCopied(error.to_string()))
}

/// An error that names the migrations, if there are any.
fn complete(lacking: &[Migration]) -> Result<(), OpenError> {
    let names: Vec<_> = lacking.iter().map(ToString::to_string).collect();
    if names.is_empty() { Ok(()) } else { Err(OpenError::Pending(names)) }
}
