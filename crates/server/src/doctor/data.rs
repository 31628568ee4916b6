//! The database, the time by its clock, and whether the master key opens what is in it.

use std::time::{Duration, Instant};

use poolhouse_ports::Clock;
use poolhouse_store::surroundings::{Server, surroundings};
use poolhouse_store::tables::domains::{self, Domain};
use poolhouse_store::{Access, Kind, OpenError, Options as StoreOptions, Store, StoreError};

use super::{Report, certificate};
use crate::config::Options;
use crate::master_key;

/// How far two clocks may be apart without anybody noticing, in seconds.
const APART: u64 = 2;

/// How far they may be apart before signatures and codes are refused, in seconds.
const FAR_APART: u64 = 60;

/// How long the database may take for nothing before every request feels it.
const SLOW: Duration = Duration::from_millis(20);

/// How many of the asked questions say how quick it is.
const QUESTIONS: u32 = 5;

/// Domains that are looked at.
const DOMAINS: u32 = 100;

/// Looks at the database; returns some of the pools' domains, whose DNS is looked at.
pub(super) async fn look(options: &Options, report: &mut Report) -> Vec<Domain> {
    let url = options.store.url();
    let key = options.installation.master_key_file(&options.store);
    if url
        .strip_prefix("sqlite:")
        .is_some_and(|path| path != ":memory:" && !std::path::Path::new(path).exists())
    {
        if key.exists() {
            report.wrong(
                "database",
                format!(
                    "{url} is not there, but its master key is; restore a backup, or name the right data-dir"
                ),
            );
        } else {
            report.good("database", format!("{url} is not there yet; the first start makes it"));
        }
        return Vec::new();
    }
    let database = options.store.database();
    let Some(standby) = options.read_node.database_standby.clone() else {
        return look_at(options, database, report).await;
    };
    look_at_primary(database.clone(), report).await;
    look_at(options, StoreOptions { url: standby, ..database }, report).await
}

/// Looks at the primary of a read node, which starts and goes on without it.
async fn look_at_primary(database: StoreOptions, report: &mut Report) {
    match open(database).await {
        Ok(_) => report.good("primary", "it answers"),
        Err(error) => report.doubtful(
            "primary",
            format!("{error} Without it this read node starts, and serves what needs no write"),
        ),
    }
}

/// Opens a database to look at it.
async fn open(database: StoreOptions) -> Result<Store, OpenError> {
    Store::open(StoreOptions { access: Access::ReadBeside, migrate: false, ..database }).await
}

/// Looks at the database that is read.
async fn look_at(options: &Options, database: StoreOptions, report: &mut Report) -> Vec<Domain> {
    let is_read_node = options.read_node.database_standby.is_some();
    let store = match open(database).await {
        Ok(store) => store,
        Err(error @ (OpenError::Pending(_) | OpenError::Blank(_))) if is_read_node => {
            report.wrong(
                "standby",
                format!("{error} A read node migrates nothing: start a server of the first region of this release first"),
            );
            return Vec::new();
        }
        Err(OpenError::Pending(names)) => {
            let names = names.join(", ");
            report.doubtful(
                "database",
                format!("migrations wait: {names}; make a backup, the next start or `poolhouse db migrate` applies them"),
            );
            return Vec::new();
        }
        Err(OpenError::Blank(_)) => {
            report.good("database", "it is empty; the first start makes its tables");
            return Vec::new();
        }
        Err(error) => {
            report.wrong("database", error.to_string());
            return Vec::new();
        }
    };
    match look_inside(options, &store, report).await {
        Ok(domains) => domains,
        Err(error) => {
            report.wrong("database", error.to_string());
            Vec::new()
        }
    }
}

async fn look_inside(
    options: &Options,
    store: &Store,
    report: &mut Report,
) -> Result<Vec<Domain>, StoreError> {
    let asked = Instant::now();
    let found = surroundings(store).await?;
    let now = Clock::system().now();
    let name = match store.kind() {
        Kind::Sqlite => "SQLite",
        Kind::Postgres => "PostgreSQL",
    };
    for _ in 1..QUESTIONS {
        surroundings(store).await?;
    }
    let took = asked.elapsed() / QUESTIONS;
    let text = format!("{name} {} answers within {:.1} ms", found.version, took.as_secs_f64() * 1000.0);
    if took > SLOW {
        report.doubtful(
            "database",
            format!("{text}; a request asks several times: bring it nearer, or look what slows it"),
        );
    } else {
        report.good("database", text);
    }
    if let Some(server) = found.server {
        look_at_server(options, &server, report);
        compare_clocks("the database's machine", now.millis_since(server.clock), report);
    }
    look_at_key(options, store, report).await?;
    certificate::look_at_kept(options, store, report).await?;
    domains::list_after(&mut store.read().await?, "", DOMAINS).await
}

fn look_at_server(options: &Options, server: &Server, report: &mut Report) {
    for setting in &server.off {
        report.wrong(
            "database",
            format!("{setting} is off: what was acknowledged is lost when its machine fails; set it to on in postgresql.conf"),
        );
    }
    let ours = i64::try_from(options.store.database().connections).unwrap_or(i64::MAX);
    let all = server.max_connections;
    if ours.saturating_mul(2) > all {
        report.doubtful(
            "database",
            format!(
                "it takes {all} connections, and one of these servers up to {ours}: with others beside it, lower database-connections or raise max_connections"
            ),
        );
    }
}

/// Tells how far another's clock is from this machine's, which is `behind` milliseconds later.
pub(super) fn compare_clocks(whose: &str, behind: i64, report: &mut Report) {
    let seconds = behind.unsigned_abs() / 1000;
    let side = if behind < 0 { "behind" } else { "ahead of" };
    let text = format!("this machine's is {seconds} s {side} that of {whose}");
    let cure = "let both follow a time server (chrony, systemd-timesyncd)";
    if seconds <= APART {
        report.good("clock", format!("it agrees with that of {whose}"));
    } else if seconds <= FAR_APART {
        report.doubtful("clock", format!("{text}; {cure}"));
    } else {
        report.wrong("clock", format!("{text}; {cure}: codes, tokens and signatures go by it"));
    }
}

async fn look_at_key(options: &Options, store: &Store, report: &mut Report) -> Result<(), StoreError> {
    let about = "master key";
    let key = match master_key::in_use_if_any(&options.installation, &options.store).await {
        Ok(key) => key,
        Err(failure) => {
            report.wrong(about, failure.to_string());
            return Ok(());
        }
    };
    let sealed = "this database was sealed under a master key";
    match key {
        Some(key) => match key.opens(store).await? {
            Some(true) => report.good(about, "it opens the secrets"),
            Some(false) => {
                report.wrong(about, format!("{sealed}, and it is another; give the one that was in use"));
            }
            None => report.good(about, "there are no secrets yet"),
        },
        None => report.wrong(
            about,
            format!(
                "{} is missing, and {sealed}; bring it back: without it its secrets cannot be opened",
                options.installation.master_key_file(&options.store).display()
            ),
        ),
    }
    Ok(())
}
