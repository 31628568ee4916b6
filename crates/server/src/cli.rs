//! The command line.

use std::path::PathBuf;

use clap::builder::Resettable;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, Command as ClapCommand, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::backup::BackupOptions;
use crate::config::{DbOptions, Options, SealedOptions, TestMessageOptions};
use crate::restore::RestoreOptions;

const AFTER_HELP: &str = "\
First steps:
  poolhouse serve --dev
  AWS_ACCESS_KEY_ID=poolhouse AWS_SECRET_ACCESS_KEY=poolhouse-dev aws --region us-east-1 \\
    --endpoint-url http://127.0.0.1:7665 cognito-idp create-user-pool --pool-name demo

Beside the API the server answers at:
  /_poolhouse/health    the process lives
  /_poolhouse/ready     the database answers
  /_poolhouse/metrics   figures for Prometheus
  /_poolhouse/forward-auth?pool=<pool id>   whether a request may pass, for reverse proxies
  /<pool id>/.well-known/jwks.json and openid-configuration
  /_poolhouse/dev/messages and clock   with --dev: what would have been sent; the time, which can be moved

Exit codes:
  0  done, or stopped by SIGTERM or Ctrl-C
  1  failed while running; `doctor`, `db verify` or `audit verify` found problems, `passwords check` a password
  2  wrong usage or configuration, or surroundings in which it cannot begin";

/// An identity server that speaks the Amazon Cognito user pools API.
///
/// Applications written for Cognito (boto3, the AWS CLI, pycognito, Amplify, AWS SDKs) work against it by
/// changing the endpoint URL. To begin: `poolhouse serve --dev`.
#[derive(Debug, Parser)]
#[command(name = "poolhouse", version, arg_required_else_help = true, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start the server.
    ///
    /// Without any option it listens on 127.0.0.1:7665 and keeps its data in ./poolhouse-data. Every option can
    /// also be given by the environment variable shown with it, or in a TOML file under its own name
    /// (`listen = "127.0.0.1:7665"`); an option beats the environment, the environment beats the file.
    ///
    /// Without root credentials the first start makes a pair: it shows it on the terminal, once, or writes it to the file
    /// root-credentials in the data folder where there is no terminal. Root credentials that are given end such a pair.
    Serve(Box<Options>),
    /// Look after the audit log.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Make an encrypted backup of everything, or of single pools, while servers run.
    ///
    /// It is the state of one moment, in a folder that may hold many backups: a later one writes only what is new. It restores
    /// into SQLite and PostgreSQL alike. Neither the database nor the master key is enough without the other: keep the key
    /// apart.
    Backup(Box<BackupOptions>),
    /// Restore a backup into an empty database, or single pools of it into one that is in use.
    ///
    /// Everything is restored, or nothing. With SQLite stop the server first; with PostgreSQL servers may run when single pools
    /// are restored, and take notice within a second.
    Restore(Box<RestoreOptions>),
    /// Look after the database.
    #[command(subcommand)]
    Db(DbCommand),
    /// Look what is wrong with an installation and its surroundings, and say how to mend it; exit code 1 when something is wrong.
    ///
    /// Give it what `serve` is given, as the same user, on the same machine, whether the server runs or not: it makes and changes
    /// nothing, and sends no message. It looks at the configuration, folders and files, the disk, the clock, the database, the
    /// master key, the public URL, TLS, the mail relay, the SMS gateway and the DNS of pools' domains.
    Doctor(Box<Options>),
    /// Look after the configuration file.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Look after the access keys that servers made themselves.
    #[command(subcommand)]
    Credentials(CredentialsCommand),
    /// Try things out.
    #[command(subcommand)]
    Dev(DevCommand),
    /// Look after users of the account without a server: the first steps, and the last resort.
    ///
    /// With SQLite stop the server first; with PostgreSQL a server may run, and takes notice within two seconds.
    #[command(subcommand)]
    Iam(IamCommand),
    /// Look after the keys that sign tokens.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Look after the master key.
    #[command(subcommand)]
    MasterKey(MasterKeyCommand),
    /// Look after the secrets of app clients that are published.
    #[command(subcommand)]
    Secrets(SecretsCommand),
    /// Take the users and groups of pools back to an earlier moment.
    #[command(subcommand)]
    Pools(PoolsCommand),
    /// Look after the delivery of messages.
    #[command(subcommand)]
    Messages(MessagesCommand),
    /// Look after the list of compromised passwords.
    #[command(subcommand)]
    Passwords(PasswordsCommand),
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Look whether all records of a folder are there, unchanged and in their order; exit code 1 when they are not.
    ///
    /// The database says where chains end; a server may use it meanwhile.
    Verify {
        #[command(flatten)]
        options: SealedOptions,
        /// Do not ask the database: what was cut off at the end of a chain is not seen.
        #[arg(long)]
        without_database: bool,
        /// The folder.
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
    },
    /// Forget chains that have ended, so that their files may be moved elsewhere: verifies the folder first, and names the files.
    ///
    /// A chain ends with its server: restart it to begin another one. With SQLite stop the server first.
    Archive {
        #[command(flatten)]
        options: SealedOptions,
        /// Chains that were last written before this day, which is yesterday or earlier (2030-01-31).
        #[arg(long, value_name = "DAY")]
        before: String,
        /// The folder.
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum DbCommand {
    /// Bring the schema up to date, and say which migrations were applied.
    ///
    /// `serve` does the same when it starts. An SQLite database is copied first, into a file beside it.
    Migrate {
        #[command(flatten)]
        options: Box<SealedOptions>,
        /// Change nothing, also beside servers: say which migrations would be applied, what each does, and which tables are held.
        #[arg(long)]
        plan: bool,
    },
    /// Look for damage and for records that contradict each other, and whether the master key opens the secrets; exit code 1
    /// when something is wrong. A server may run meanwhile.
    Verify(Box<SealedOptions>),
    /// Copy an SQLite database into a file, also while the server runs, and look whether the copy is sound.
    ///
    /// The file is made for its owner alone. To restore it, stop the server and put the file in the place of the
    /// database, without the files -wal and -shm beside that. A copy made by cp lacks what is in them. For PostgreSQL
    /// there is pg_dump.
    Backup {
        #[command(flatten)]
        options: Box<SealedOptions>,
        /// The file to make.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Copy everything into another, empty database, for instance from SQLite to PostgreSQL.
    ///
    /// Stop the server first. The master key stays what it is: take it along.
    Copy {
        #[command(flatten)]
        options: Box<SealedOptions>,
        /// The database to read: sqlite:PATH or postgres://…, better given by the environment if it has a password.
        #[arg(long, env = "POOLHOUSE_COPY_FROM", value_name = "URL", hide_env_values = true)]
        from: String,
        /// The empty database to fill.
        #[arg(long, env = "POOLHOUSE_COPY_TO", value_name = "URL", hide_env_values = true)]
        to: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print a configuration file for `serve --config` that explains every setting and changes none.
    Example,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CredentialsCommand {
    /// List the ids of the stored access keys. Those that settings give are not stored.
    List(DbOptions),
    /// Remove a stored access key: whoever has it is no administrator any more.
    ///
    /// With SQLite stop the server first. When none is left and settings give none, the next start makes a new pair.
    Remove {
        #[command(flatten)]
        options: Box<SealedOptions>,
        /// The id, as `credentials list` shows it.
        #[arg(value_name = "ID")]
        access_key_id: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum DevCommand {
    /// Fill a pool with made-up users in groups, a million in minutes, and print its id.
    ///
    /// They are user-000000 and so on, confirmed, with addresses at example.com; those that are there already stay as they are.
    /// With SQLite stop the server first. Without a master key file a server must have been started once.
    Fill {
        #[command(flatten)]
        options: Box<SealedOptions>,
        /// The pool to fill [default: a new one].
        #[arg(long, value_name = "ID")]
        pool: Option<String>,
        /// How many users.
        #[arg(long, value_name = "COUNT", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
        users: u32,
        /// How many groups: group-0000 and so on.
        #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = clap::value_parser!(u32).range(0..=10_000))]
        groups: u32,
        /// In how many of them each user is.
        #[arg(long, value_name = "COUNT", default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=100))]
        groups_of_user: u32,
        /// One more group, `everybody`, with all users.
        #[arg(long)]
        everybody: bool,
        /// The password of all of them; without one nobody can sign in, and it is quicker.
        #[arg(long)]
        password: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum IamCommand {
    /// Make a user with an access key, which is shown once.
    AddUser {
        #[command(flatten)]
        options: SealedOptions,
        /// The user's name.
        #[arg(value_name = "NAME")]
        name: String,
        /// What the user may do: a file with a policy, the ARN of a managed one, or the name of one of AWS's
        /// (AdministratorAccess). Can be given several times.
        #[arg(long = "policy", value_name = "POLICY")]
        policies: Vec<String>,
    },
    /// Make another access key of a user, which is shown once.
    AddKey {
        #[command(flatten)]
        options: SealedOptions,
        /// The user's name.
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// List the users with their policies, groups and access keys.
    List(SealedOptions),
    /// Make all access keys of a user inactive: they, and the sessions that were begun with them, end.
    LockOut {
        #[command(flatten)]
        options: SealedOptions,
        /// The user's name.
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Say in what the account differs from a file for `serve --iam-file`; exit code 1 when it does.
    Drift {
        #[command(flatten)]
        options: SealedOptions,
        /// The file.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Make new keys: they are published now and sign in a day, when everybody knows them; those of before verify until the
    /// last token that they signed has ended.
    ///
    /// With SQLite stop the server first.
    Rotate {
        #[command(flatten)]
        options: Box<SealedOptions>,
        #[command(flatten)]
        whose: Whose,
        /// The keys of before go now, because somebody else may have them: all tokens that they signed end.
        #[arg(long)]
        at_once: bool,
    },
}

/// Whose keys.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(crate) struct Whose {
    /// A user pool's, by its id.
    #[arg(long, value_name = "ID")]
    pub(crate) pool: Option<String>,
    /// Those of all identity pools.
    #[arg(long)]
    pub(crate) identity_pools: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum MasterKeyCommand {
    /// Make a file with a new master key.
    Make {
        /// The file.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Seal everything under the master key that the previous one sealed; can be broken off and run again.
    ///
    /// Servers that have both keys do the same when they start. With SQLite stop the server first.
    Rotate {
        #[command(flatten)]
        options: Box<SealedOptions>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum SecretsCommand {
    /// Rotate the published secrets of a client now: the older one ends, and a new one is current.
    Rotate {
        #[command(flatten)]
        options: SealedOptions,
        /// The client's id.
        #[arg(long, value_name = "ID")]
        client: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum PoolsCommand {
    /// Take the users and groups of a pool back to an earlier moment, by three steps.
    ///
    /// With `--to` it counts what would change, and holds the users still for a day at most; with `--start` it carries that
    /// out; with `--cancel` it leaves everything as it is. Without any of them it shows the recoveries of the pool. Users sign
    /// in all the while, and nobody can change them. A factor that somebody removed since, such as a lost telephone, is back
    /// afterwards.
    ///
    /// With SQLite stop the server first; with PostgreSQL a server may run, and shares the work.
    Recover {
        #[command(flatten)]
        options: SealedOptions,
        /// The pool's id.
        #[arg(long, value_name = "ID")]
        pool: String,
        /// The moment, in seconds since 1970 (`date +%s -d …`): at least 15 minutes ago.
        #[arg(long, value_name = "SECONDS", conflicts_with_all = ["start", "cancel"])]
        to: Option<i64>,
        /// The recovery to carry out.
        #[arg(long, value_name = "ID", conflicts_with = "cancel")]
        start: Option<String>,
        /// The recovery to leave, which was not started.
        #[arg(long, value_name = "ID")]
        cancel: Option<String>,
        /// The recovery to give up, which was started and cannot go on: the pool stays as far as it came.
        #[arg(long, value_name = "ID", conflicts_with_all = ["to", "start", "cancel"])]
        abort: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum MessagesCommand {
    /// Send one test message with the settings of the server, and say plainly what came of it.
    ///
    /// It goes straight to the mail relay or SMS gateway, whether a server runs or not. Exit code 1 when it is not
    /// taken.
    Test(TestMessageOptions),
}

#[derive(Debug, Subcommand)]
pub(crate) enum PasswordsCommand {
    /// Make a list for `serve --compromised-passwords`.
    ///
    /// Inputs have a password in each line, or a SHA-1 as Have I Been Pwned publishes them (`SHA1:count`), in any order;
    /// `-` is standard input. The list takes 8 bytes for each, and the work as much again on the same disk.
    Build {
        /// Files to read.
        #[arg(required = true, value_name = "INPUT")]
        inputs: Vec<PathBuf>,
        /// The list to make, or to replace.
        #[arg(long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Say which of the passwords in the lines of standard input are known: those of the list, and those that are built in.
    ///
    /// Exit code 1 when one is.
    Check {
        /// The list of the server.
        #[arg(long, env = "POOLHOUSE_COMPROMISED_PASSWORDS", value_name = "FILE")]
        compromised_passwords: Option<PathBuf>,
    },
}

impl Cli {
    /// Reads the command line and the environment; ends the process where that cannot be done, or help is asked for.
    pub(crate) fn read() -> Self {
        let mut command = without_empty_variables(Self::command());
        let read = command.try_get_matches_from_mut(std::env::args_os());
        let read = read.and_then(|mut matches| Self::from_arg_matches_mut(&mut matches));
        read.unwrap_or_else(|error| end(&error))
    }
}

/// A variable that is set to nothing says nothing: what starts this program (Docker Compose, say) may pass on what it was not
/// given.
fn without_empty_variables(command: ClapCommand) -> ClapCommand {
    command
        .mut_args(|arg| match arg.get_env().and_then(std::env::var_os) {
            Some(value) if value.is_empty() => arg.env(Resettable::Reset),
            _ => arg,
        })
        .mut_subcommands(without_empty_variables)
}

/// Says what is wrong, and where the value comes from when it is not on the command line.
#[expect(clippy::print_stderr, reason = "the last word of the process, for the person who started it")]
fn end(error: &clap::Error) -> ! {
    let _ = error.print();
    if let (ErrorKind::ValueValidation | ErrorKind::InvalidValue, Some(ContextValue::String(argument))) =
        (error.kind(), error.get(ContextKind::InvalidArg))
    {
        let option = argument.split([' ', '=']).next().unwrap_or_default();
        let is_typed = std::env::args().any(|typed| typed.split('=').next() == Some(option));
        if !is_typed && let Some(name) = option.strip_prefix("--") {
            let variable = name.replace('-', "_").to_uppercase();
            eprintln!("poolhouse: it comes from the environment variable POOLHOUSE_{variable}");
        }
    }
    std::process::exit(error.exit_code())
}
