//! `poolhouse backup`.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use poolhouse_backup::{
    BackupError, Backups, Keys, Made, Manifest, Order, Progress, Verified, make, prune, verify,
};
use poolhouse_crypto::age::{Identity, Recipient};
use poolhouse_ports::{Clock, Entropy, PoolId};
use poolhouse_store::Access;
use serde_json::json;

use crate::audit::Act;
use crate::config::SealedOptions;
use crate::database::say;
use crate::exit::Failure;
use crate::installation::Given;
use crate::s3::{Location, S3Options};
use crate::secret_file;

/// How many parts are made between two words about it.
const PARTS_TOLD: usize = 100;

/// Options of `poolhouse backup`.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct BackupOptions {
    #[command(flatten)]
    sealed: SealedOptions,

    /// Where to: a folder, made where it is not there, or s3://bucket/prefix.
    #[arg(long, value_name = "PLACE", required = true)]
    to: Option<Location>,

    #[command(flatten)]
    s3: S3Options,

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
    /// List the backups at a place, the oldest first.
    List(PlaceOptions),
    /// Look at every part of the backups at a place, as a restore would: that nothing was changed or is missing, and that
    /// the master key opens what is sealed.
    Verify {
        #[command(flatten)]
        place: PlaceOptions,
        #[command(flatten)]
        identity: IdentityOptions,
    },
    /// Remove all backups at a place but the newest ones, of everything and of each choice of pools; and the parts that these do
    /// not have.
    Prune {
        #[command(flatten)]
        place: PlaceOptions,
        /// How many to keep.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        keep: u32,
    },
}

#[derive(Args, Debug)]
struct PlaceOptions {
    #[command(flatten)]
    sealed: SealedOptions,

    /// A folder, or s3://bucket/prefix.
    #[arg(value_name = "PLACE")]
    place: Location,

    #[command(flatten)]
    s3: S3Options,
}

#[derive(Args, Debug)]
pub(crate) struct IdentityOptions {
    /// File with the identity of age (AGE-SECRET-KEY-1…) that the backup is encrypted for. Can be given several times.
    #[arg(long = "identity", value_name = "FILE")]
    identities: Vec<PathBuf>,
}

pub(crate) fn failed(error: &BackupError) -> Failure {
    Failure::running(format!("backup: {error}"))
}

/// The pools of a command, each once.
pub(crate) fn pools_of(given: Vec<String>) -> BTreeSet<PoolId> {
    given.into_iter().map(PoolId::from).collect()
}

/// Runs `poolhouse backup`.
///
/// # Errors
/// Exit code 2 when the database or a key cannot be opened, 1 when the work failed.
pub(crate) async fn run(options: BackupOptions) -> Result<(), Failure> {
    match (options.command, options.to) {
        (Some(BackupCommand::List(place)), _) => list(place).await,
        (Some(BackupCommand::Verify { place, identity }), _) => look_through(place, &identity).await,
        (Some(BackupCommand::Prune { place, keep }), _) => remove_old(place, keep).await,
        (None, Some(to)) => {
            let to = options.s3.backups(&to)?;
            back_up(options.sealed, &to, &options.recipients, pools_of(options.pools)).await
        }
        (None, None) => Err(Failure::setup("backup: give the place to write to with --to")),
    }
}

async fn back_up(
    sealed: SealedOptions,
    to: &Backups,
    recipients: &[Recipient],
    pools: BTreeSet<PoolId>,
) -> Result<(), Failure> {
    let given = Given::read(sealed)?;
    let to_whom: Vec<String> = recipients.iter().map(Recipient::to_string).collect();
    let parameters = json!({ "to": to.place(), "pools": pools, "recipients": to_whom });
    let act = Act { name: "MakeBackup", parameters };
    given.told(act, make_one(&given, to, recipients, &pools)).await
}

async fn make_one(
    given: &Given,
    to: &Backups,
    recipients: &[Recipient],
    pools: &BTreeSet<PoolId>,
) -> Result<(), Failure> {
    let master = given.master().await?;
    let store = given.open(Access::ReadBeside).await?;
    let order = Order {
        store: &store,
        master,
        recipients,
        pools: (!pools.is_empty()).then_some(pools),
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
    let Made { manifest, unopened } = make(&order, to, tell).await.map_err(|error| failed(&error))?;
    say(&format!(
        "Made {} of {} rows: {} new parts, {} that were there.",
        manifest.name, last.rows, last.written, last.kept
    ));
    say("Keep the master key apart from it: without it, nobody can restore.");
    if unopened.is_empty() {
        return Ok(());
    }
    let which: Vec<String> = unopened.iter().map(ToString::to_string).collect();
    Err(Failure::running(format!(
        "backup: the master key does not open {}: the backup is made, but can be restored only by single pools without these",
        which.join(", ")
    )))
}

async fn list(options: PlaceOptions) -> Result<(), Failure> {
    let (given, backups) = options.open()?;
    let keys = Keys::of(given.master().await?);
    for name in backups.names().await.map_err(|error| failed(&error))? {
        say(&match backups.manifest(&keys, &name).await {
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

async fn look_through(options: PlaceOptions, identity: &IdentityOptions) -> Result<(), Failure> {
    let (given, backups) = options.open()?;
    let master = given.master().await?;
    let keys = Keys::of(master);
    let identities = identity.read(&keys)?;
    let names = backups.names().await.map_err(|error| failed(&error))?;
    let mut bad = 0;
    for name in &names {
        let verified = match backups.manifest(&keys, name).await {
            Ok(manifest) => verify(&backups, &manifest, master, &identities).await,
            Err(error) => Err(error),
        };
        match verified {
            Ok(verified) => say(&format!("{name}: {}", in_words(&verified))),
            Err(error) => {
                bad += 1;
                say(&format!("{name}: {error}"));
            }
        }
    }
    if bad > 0 {
        return Err(Failure::running(format!("backup: {bad} of {} backups are not in order", names.len())));
    }
    say("The backups are in order.");
    Ok(())
}

fn in_words(verified: &Verified) -> String {
    let looked_into = match verified.locked {
        0 => format!("{} rows read, {} keys opened", verified.rows, verified.keys),
        locked => format!("{locked} are encrypted for others: give --identity to look into them"),
    };
    format!("{} parts are what was written; {looked_into}.", verified.parts)
}

async fn remove_old(options: PlaceOptions, keep: u32) -> Result<(), Failure> {
    let (given, backups) = options.open()?;
    let act = Act { name: "PruneBackups", parameters: json!({ "place": backups.place(), "keep": keep }) };
    let pruned = given.told(act, async {
        let keys = Keys::of(given.master().await?);
        let keep = usize::try_from(keep).unwrap_or(usize::MAX);
        prune(&backups, &keys, keep).await.map_err(|error| failed(&error))
    });
    let pruned = pruned.await?;
    say(&format!("Removed {} backups and {} files of parts.", pruned.backups, pruned.parts));
    Ok(())
}

impl PlaceOptions {
    /// The installation, and the backups.
    fn open(self) -> Result<(Given, Backups), Failure> {
        Ok((Given::read(self.sealed)?, self.s3.backups(&self.place)?))
    }
}

impl IdentityOptions {
    /// The identities of the files, and that of the master key.
    ///
    /// # Errors
    /// When a file cannot be read, is open to others, or holds something else.
    pub(crate) fn read(&self, keys: &Keys) -> Result<Vec<Identity>, Failure> {
        let mut identities = keys.identities();
        for path in &self.identities {
            secret_file::refuse_open("identity", path)?;
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
