//! `poolhouse restore`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use poolhouse_backup::{Existing, Folder, Keys, Manifest, Restore};
use poolhouse_ports::{Clock, Entropy, PoolId};
use poolhouse_store::Access;
use serde_json::json;

use crate::audit::Act;
use crate::backup::{IdentityOptions, failed, pools_of};
use crate::config::SealedOptions;
use crate::database::say;
use crate::exit::Failure;
use crate::installation::Given;
use crate::master_key;

/// Options of `poolhouse restore`.
#[derive(Args, Debug)]
pub(crate) struct RestoreOptions {
    #[command(flatten)]
    sealed: SealedOptions,

    /// The folder of the backup.
    #[arg(long, value_name = "FOLDER")]
    from: PathBuf,

    /// Which of its backups, as `backup list` names them [default: the newest of everything, or that has the pools].
    #[arg(long, value_name = "NAME")]
    backup: Option<String>,

    #[command(flatten)]
    identity: IdentityOptions,

    /// File with the master key of the server that made the backup, where this one has another: what is sealed is sealed
    /// anew.
    #[arg(long, value_name = "FILE")]
    source_master_key_file: Option<PathBuf>,

    /// Restore this pool alone, under its id, into a database that is in use. Can be given several times.
    #[arg(long = "pool", value_name = "ID")]
    pools: Vec<String>,

    /// Put the pools in the place of those that are there, which are deleted with all that is in them. Everybody is signed out;
    /// the keys that sign tokens stay those that there are.
    #[arg(long, requires = "pools")]
    replace: bool,

    /// Do so without another question.
    #[arg(long)]
    yes: bool,
}

/// Runs `poolhouse restore`.
///
/// # Errors
/// Exit code 2 when the database or a key cannot be opened, 1 when the work failed; nothing is restored then.
pub(crate) async fn run(options: RestoreOptions) -> Result<(), Failure> {
    let RestoreOptions { sealed, from, backup, identity, source_master_key_file, pools, replace, yes } =
        options;
    let given = Given::read(sealed)?;
    let to = given.master().await?;
    let source = source_master_key_file.as_deref().map(master_key::existing).transpose()?;
    let source = source.as_ref().unwrap_or(to);
    let (keys, folder, pools) = (Keys::of(source), Folder::at(from), pools_of(pools));
    let manifest = match &backup {
        Some(name) => folder.manifest(&keys, name),
        None => folder.newest(&keys, &pools),
    };
    let manifest = manifest.map_err(|error| failed(&error))?;
    say(&format!("{} has the state of {}.", manifest.name, manifest.made_at));
    if !yes {
        ask(&folder, &manifest, &pools, replace)?;
    }
    let identities = identity.read(&keys)?;
    let restore = Restore {
        folder: &folder,
        manifest: &manifest,
        from: source,
        to,
        identities: &identities,
        entropy: &Entropy::system(),
        now: Clock::system().now(),
    };
    let parameters = json!({
        "from": folder.path().display().to_string(), "backup": manifest.name, "pools": pools, "replace": replace,
    });
    let restored = given.told(Act { name: "RestoreBackup", parameters }, async {
        let store = given.open(Access::Fill).await?;
        let restored = if pools.is_empty() {
            restore.whole(&store).await
        } else {
            let existing = if replace { Existing::Replace } else { Existing::Refuse };
            restore.pools(&store, &pools, existing).await
        };
        restored.map_err(|error| Failure::running(format!("restore: {error}. Nothing was restored")))
    });
    let restored = restored.await?;
    say(&format!(
        "Restored {} rows of {}, {} pools among them.",
        restored.rows, manifest.name, restored.pools
    ));
    Ok(())
}

/// Says what would be lost, and refuses that.
fn ask(folder: &Folder, manifest: &Manifest, pools: &BTreeSet<PoolId>, replace: bool) -> Result<(), Failure> {
    let names = folder.names().map_err(|error| failed(&error))?;
    let newer = names.last().filter(|name| **name != manifest.name);
    if replace {
        let names = pools.iter().map(PoolId::as_str).collect::<Vec<_>>().join(", ");
        return Err(Failure::setup(format!(
            "restore: {names} would be deleted, with all users, groups and clients, and what {} has put in the place; what came \
             after {} is lost. Users have the passwords and devices of then, and who was disabled since is enabled again; all \
             are signed out, and keys that were ended stay so. If that is meant, give --yes",
            manifest.name, manifest.made_at
        )));
    }
    if let Some(newer) = newer.filter(|_| pools.is_empty()) {
        return Err(Failure::setup(format!(
            "restore: {} is not the newest backup there, {newer} is; what came after {} is lost. If that is meant, give --yes",
            manifest.name, manifest.made_at
        )));
    }
    Ok(())
}
