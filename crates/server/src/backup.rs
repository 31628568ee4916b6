//! `poolhouse backup` and `poolhouse restore`.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use poolhouse_backup::{
    BackupError, Existing, Folder, Keys, Manifest, Order, Progress, Restore, make, prune, verify,
};
use poolhouse_crypto::age::{Identity, Recipient};
use poolhouse_kernel::sealing::MasterKey;
use poolhouse_ports::{Clock, Entropy, PoolId};
use poolhouse_store::{Access, Options, Store};

use crate::config::{SealedOptions, StoreOptions, for_commands};
use crate::database::{self, say};
use crate::exit::Failure;
use crate::master_key;

/// How many parts are made between two words about it.
const PARTS_TOLD: usize = 100;

/// Options of `poolhouse backup`.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct BackupOptions {
    #[command(flatten)]
    sealed: SealedOptions,

    /// The folder to write into; made where it is not there.
    #[arg(long, value_name = "FOLDER", required = true)]
    to: Option<PathBuf>,

    /// Encrypt for this public key of age (age1…), whose identity then restores it. Can be given several times. Without
    /// it, whoever has the master key can restore.
    #[arg(long = "recipient", value_name = "AGE1…")]
    recipients: Vec<Recipient>,

    /// Back up this pool alone. Can be given several times.
    #[arg(long = "pool", value_name = "ID")]
    pools: Vec<String>,

    #[command(subcommand)]
    command: Option<BackupCommand>,
}

#[derive(Debug, Subcommand)]
enum BackupCommand {
    /// List the backups of a folder, the oldest first.
    List(FolderOptions),
    /// Look at every part of the backups of a folder, as a restore would: that nothing was changed or is missing, and that
    /// the master key opens what is sealed.
    Verify {
        #[command(flatten)]
        folder: FolderOptions,
        #[command(flatten)]
        identity: IdentityOptions,
    },
    /// Remove all backups of a folder but the newest ones, and the parts that these do not have.
    Prune {
        #[command(flatten)]
        folder: FolderOptions,
        /// How many to keep.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        keep: u32,
    },
}

#[derive(Args, Debug)]
struct FolderOptions {
    #[command(flatten)]
    sealed: SealedOptions,

    /// The folder.
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

#[derive(Args, Debug)]
struct IdentityOptions {
    /// File with the identity of age (AGE-SECRET-KEY-1…) that the backup is encrypted for. Can be given several times.
    #[arg(long = "identity", value_name = "FILE")]
    identities: Vec<PathBuf>,
}

/// Options of `poolhouse restore`.
#[derive(Args, Debug)]
pub(crate) struct RestoreOptions {
    #[command(flatten)]
    sealed: SealedOptions,

    /// The folder of the backup.
    #[arg(long, value_name = "FOLDER")]
    from: PathBuf,

    /// Which of its backups, as `backup list` names them [default: the newest].
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

    /// Put the pools in the place of those that are there, which are deleted with all that is in them.
    #[arg(long, requires = "pools")]
    replace: bool,

    /// Do so without another question.
    #[arg(long)]
    yes: bool,
}

fn failed(error: &BackupError) -> Failure {
    Failure::running(format!("backup: {error}"))
}

/// Runs `poolhouse backup`.
///
/// # Errors
/// Exit code 2 when the database or a key cannot be opened, 1 when the work failed.
pub(crate) async fn run(options: BackupOptions) -> Result<(), Failure> {
    match (options.command, options.to) {
        (Some(BackupCommand::List(folder)), _) => list(folder).await,
        (Some(BackupCommand::Verify { folder, identity }), _) => look_through(folder, &identity).await,
        (Some(BackupCommand::Prune { folder, keep }), _) => remove_old(folder, keep).await,
        (None, Some(to)) => back_up(options.sealed, &to, &options.recipients, options.pools).await,
        (None, None) => Err(Failure::setup("backup: give the folder to write into with --to")),
    }
}

async fn back_up(
    sealed: SealedOptions,
    to: &Path,
    recipients: &[Recipient],
    pools: Vec<String>,
) -> Result<(), Failure> {
    let (options, installation, _) = sealed.complete()?;
    let master = master_key::in_use(&installation, &options).await?;
    let store = open(&options, Access::ReadBeside).await?;
    let pools: Vec<PoolId> = pools.into_iter().map(PoolId::from).collect();
    let order = Order {
        store: &store,
        master: &master,
        recipients,
        pools: (!pools.is_empty()).then_some(pools.as_slice()),
        entropy: &Entropy::system(),
        now: Clock::system().now(),
    };
    let mut last = Progress::default();
    let tell = |progress: &Progress| {
        last = *progress;
        if (progress.written + progress.kept).is_multiple_of(PARTS_TOLD) {
            say(&format!("{} rows", progress.rows));
        }
    };
    let manifest = make(&order, &Folder::at(to), tell).await.map_err(|e| failed(&e))?;
    say(&format!(
        "Made {} of {} rows: {} new parts, {} that were there.",
        manifest.name, last.rows, last.written, last.kept
    ));
    say("Keep the master key apart from it: without it, nobody can restore.");
    Ok(())
}

async fn list(options: FolderOptions) -> Result<(), Failure> {
    let (master, folder) = options.open().await?;
    let keys = Keys::of(&master);
    for name in folder.names().map_err(|e| failed(&e))? {
        say(&match folder.manifest(&keys, Some(&name)) {
            Ok(manifest) => describe(&manifest),
            Err(error) => format!("{name}  {error}"),
        });
    }
    Ok(())
}

fn describe(manifest: &Manifest) -> String {
    let of = match &manifest.pools {
        None => "everything".to_owned(),
        Some(pools) => pools.iter().map(PoolId::as_str).collect::<Vec<_>>().join(", "),
    };
    let (rows, bytes) = (manifest.rows(), manifest.bytes());
    format!("{}  {of}: {rows} rows in {} parts, {bytes} bytes", manifest.name, manifest.parts.len())
}

async fn look_through(options: FolderOptions, identity: &IdentityOptions) -> Result<(), Failure> {
    let (master, folder) = options.open().await?;
    let keys = Keys::of(&master);
    let identities = identity.read(&keys)?;
    for name in folder.names().map_err(|e| failed(&e))? {
        let manifest = folder.manifest(&keys, Some(&name)).map_err(|e| failed(&e))?;
        let verified = verify(&folder, &manifest, &master, &identities).map_err(|e| failed(&e))?;
        let looked_into = match verified.locked {
            0 => format!("{} rows read, {} keys opened", verified.rows, verified.keys),
            locked => format!("{locked} are encrypted for others: give --identity to look into them"),
        };
        say(&format!("{name}: {} parts are what was written; {looked_into}.", verified.parts));
    }
    say("The backups are in order.");
    Ok(())
}

async fn remove_old(options: FolderOptions, keep: u32) -> Result<(), Failure> {
    let (master, folder) = options.open().await?;
    let keys = Keys::of(&master);
    let keep = usize::try_from(keep).unwrap_or(usize::MAX);
    let pruned = prune(&folder, &keys, keep).map_err(|e| failed(&e))?;
    say(&format!("Removed {} backups and {} files of parts.", pruned.backups, pruned.parts));
    Ok(())
}

/// Runs `poolhouse restore`.
///
/// # Errors
/// Exit code 2 when the database or a key cannot be opened, 1 when the work failed; nothing is restored then.
pub(crate) async fn restore(options: RestoreOptions) -> Result<(), Failure> {
    let (place, installation, _) = options.sealed.complete()?;
    let to = master_key::in_use(&installation, &place).await?;
    let source = options.source_master_key_file.as_deref().map(master_key::existing).transpose()?;
    let from = source.as_ref().unwrap_or(&to);
    let (keys, folder) = (Keys::of(from), Folder::at(options.from));
    let manifest = folder.manifest(&keys, options.backup.as_deref()).map_err(|e| failed(&e))?;
    let identities = options.identity.read(&keys)?;
    let pools: Vec<PoolId> = options.pools.into_iter().map(PoolId::from).collect();
    if options.replace && !options.yes {
        let names = pools.iter().map(PoolId::as_str).collect::<Vec<_>>().join(", ");
        return Err(Failure::setup(format!(
            "restore: {names} would be deleted, with all users, groups and clients, and what {} has put in the place; \
             what came after {} is lost. If that is meant, give --yes",
            manifest.name, manifest.made_at
        )));
    }
    let restore = Restore {
        folder: &folder,
        manifest: &manifest,
        from,
        to: &to,
        identities: &identities,
        entropy: &Entropy::system(),
    };
    let restored = if pools.is_empty() {
        restore.whole(&open(&place, Access::Fill).await?).await
    } else {
        let existing = if options.replace { Existing::Replace } else { Existing::Refuse };
        restore.pools(&open(&place, Access::Fill).await?, &pools, existing).await
    };
    let restored =
        restored.map_err(|error| Failure::running(format!("restore: {error}. Nothing was restored")))?;
    say(&format!(
        "Restored {} rows of {}, {} pools among them.",
        restored.rows, manifest.name, restored.pools
    ));
    Ok(())
}

async fn open(options: &StoreOptions, access: Access) -> Result<Store, Failure> {
    database::open(for_commands(Options { access, ..options.database() })).await
}

impl FolderOptions {
    /// The master key of the installation, and the folder.
    async fn open(self) -> Result<(MasterKey, Folder), Failure> {
        let (options, installation, _) = self.sealed.complete()?;
        Ok((master_key::in_use(&installation, &options).await?, Folder::at(self.folder)))
    }
}

impl IdentityOptions {
    /// The identities of the files, and that of the master key.
    fn read(&self, keys: &Keys) -> Result<Vec<Identity>, Failure> {
        let mut identities = vec![keys.identity()];
        for path in &self.identities {
            let text = fs::read_to_string(path).map_err(|error| {
                Failure::setup(format!("identity: cannot read {}: {error}", path.display()))
            })?;
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
            let found: Result<Vec<Identity>, _> = lines.map(str::parse).collect();
            match found {
                Ok(found) if !found.is_empty() => identities.extend(found),
                _ => {
                    return Err(Failure::setup(format!(
                        "identity: {} has no identity of age; it is a line AGE-SECRET-KEY-1…, as age-keygen writes it",
                        path.display()
                    )));
                }
            }
        }
        Ok(identities)
    }
}
