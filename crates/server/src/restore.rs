//! `poolhouse restore`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use poolhouse_backup::{BackupError, Backups, Existing, Keys, Manifest, Restore, Restored};
use poolhouse_core::as_new::AsNew;
use poolhouse_core::{Cx, Engine};
use poolhouse_kernel::Fault;
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
use crate::s3::{Location, S3Options};

/// Options of `poolhouse restore`.
#[derive(Args, Debug)]
pub(crate) struct RestoreOptions {
    #[command(flatten)]
    sealed: SealedOptions,

    /// Where the backup is: a folder, or s3://bucket/prefix.
    #[arg(long, value_name = "PLACE")]
    from: Location,

    #[command(flatten)]
    s3: S3Options,

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

    /// Restore the one pool as a new one of this name, beside the one that there is. Users sign in to it with their passwords;
    /// its id, the ids of its clients and its keys are new.
    #[arg(long, value_name = "NAME", requires = "pools", conflicts_with = "replace")]
    as_new: Option<String>,

    /// Do so without another question.
    #[arg(long)]
    yes: bool,
}

/// Runs `poolhouse restore`.
///
/// # Errors
/// Exit code 2 when the database or a key cannot be opened, 1 when the work failed; nothing is restored then.
pub(crate) async fn run(options: RestoreOptions) -> Result<(), Failure> {
    let RestoreOptions {
        sealed,
        from,
        s3,
        backup,
        identity,
        source_master_key_file,
        pools,
        replace,
        as_new,
        yes,
    } = options;
    let given = Given::read(sealed)?;
    let to = given.master().await?;
    let source = source_master_key_file.as_deref().map(master_key::existing).transpose()?;
    let source = source.as_ref().unwrap_or(to);
    let (keys, backups, pools) = (Keys::of(source), s3.backups(&from)?, pools_of(pools));
    let manifest = match &backup {
        Some(name) => backups.manifest(&keys, name).await,
        None => backups.newest(&keys, &pools).await,
    };
    let manifest = manifest.map_err(|error| failed(&error))?;
    say(&format!("{} has the state of {}.", manifest.name, manifest.made_at));
    if !yes {
        ask(&backups, &manifest, &pools, replace).await?;
    }
    let identities = identity.read(&keys)?;
    let restore = Restore {
        backups: &backups,
        manifest: &manifest,
        from: source,
        to,
        identities: &identities,
        entropy: &Entropy::system(),
        now: Clock::system().now(),
    };
    let mut parameters = json!({
        "from": backups.place(), "backup": manifest.name, "pools": pools, "replace": replace, "asNew": as_new,
    });
    let beside = match as_new {
        Some(name) => Some(Beside::begin(&given, &restore, &pools, name).await?),
        None => None,
    };
    if let Some(beside) = &beside {
        parameters["newUserPoolId"] = json!(beside.new.id());
    }
    let restored = given.told(Act { name: "RestoreBackup", parameters }, async {
        if let Some(beside) = beside {
            return beside.restore(&restore).await;
        }
        let store = given.open(Access::Fill).await?;
        let restored = if pools.is_empty() {
            restore.whole(&store).await
        } else {
            let existing = if replace { Existing::Replace } else { Existing::Refuse };
            restore.pools(&store, &pools, existing).await
        };
        restored.map_err(|error| refused(&error))
    });
    let restored = restored.await?;
    say(&format!(
        "Restored {} rows of {}, {} pools among them.",
        restored.rows, manifest.name, restored.pools
    ));
    Ok(())
}

/// A pool that is restored beside itself.
struct Beside {
    engine: Engine,
    old: PoolId,
    new: AsNew,
}

impl Beside {
    async fn begin(
        given: &Given,
        restore: &Restore<'_>,
        pools: &BTreeSet<PoolId>,
        name: String,
    ) -> Result<Self, Failure> {
        let Some(old) = pools.first().filter(|_| pools.len() == 1).cloned() else {
            return Err(Failure::setup("restore: --as-new takes one --pool; restore one after the other"));
        };
        let engine = given.engine().await?;
        let new = AsNew::begin(&Cx::job(&engine), name, restore.from).await;
        let new = new.map_err(|fault| broken(&fault))?;
        Ok(Self { engine, old, new })
    }

    async fn restore(self, restore: &Restore<'_>) -> Result<Restored, Failure> {
        let Self { engine, old, mut new } = self;
        let restored = restore.as_new(engine.store(), &old, |shape, rows| new.take(shape, rows)).await;
        let (mut fill, restored) = restored.map_err(|error| refused(&error))?;
        new.finish(fill.tx()).await.map_err(|fault| broken(&fault))?;
        fill.finish().await.map_err(|error| refused(&BackupError::from(error)))?;
        say(&format!("{old} of then is {} now.", new.id()));
        for (old, client) in new.clients() {
            say(&format!("Its client {old} is {client}."));
        }
        Ok(restored)
    }
}

fn broken(fault: &Fault) -> Failure {
    Failure::of_fault("restore: nothing was restored", fault)
}

fn refused(error: &BackupError) -> Failure {
    Failure::running(format!("restore: {error}. Nothing was restored"))
}

/// Says what would be lost, and refuses that.
async fn ask(
    backups: &Backups,
    manifest: &Manifest,
    pools: &BTreeSet<PoolId>,
    replace: bool,
) -> Result<(), Failure> {
    let names = backups.names().await.map_err(|error| failed(&error))?;
    let newer = names.last().filter(|name| **name != manifest.name);
    if replace {
        let names = pools.iter().map(PoolId::as_str).collect::<Vec<_>>().join(", ");
        return Err(Failure::setup(format!(
            "restore: {names} would be deleted, with all users, groups and clients, and what {} has put in the place; what came \
             after {} is lost. Users have the passwords and devices of then, and who was disabled since is enabled again; all \
             are signed out, and keys and client secrets that were ended stay so. Clients that were deleted since are there \
             again, with their secrets of then. If that is meant, give --yes",
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
