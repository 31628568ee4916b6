//! PostgreSQL servers of a test's own, and standbys of them.

#![expect(clippy::unwrap_used, reason = "tests need no better report")]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use super::{command, skip};

/// The password of the user `postgres`.
const PASSWORD: &str = "correct-horse";

/// Who may not be root: PostgreSQL refuses to run so.
const NOBODY: u32 = 65_534;

/// A running server, gone when dropped.
#[derive(Debug)]
pub struct Cluster {
    process: Child,
    folder: PathBuf,
    port: u16,
}

impl Cluster {
    /// A server that asks for a password, with these settings, in whose folder is what `prepare` puts there. `None` where
    /// PostgreSQL is not installed: the test that asks is to end, and is on record as skipped.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start(prepare: impl FnOnce(&Path), settings: &[&str]) -> Option<Self> {
        let Some(programs) = programs() else {
            skip("a PostgreSQL server of its own", "install the package postgresql");
            return None;
        };
        let place = Place::make(programs, |folder| {
            fs::write(folder.join("password"), PASSWORD).unwrap();
            prepare(folder);
        });
        let mut initdb = place.command("initdb");
        initdb.args(["--auth=scram-sha-256", "--username=postgres", "--encoding=UTF8", "--locale=C"]);
        initdb.args(["--no-sync", "--pwfile=password", "--pgdata=data"]);
        run(initdb);
        Some(place.serve(settings))
    }

    /// A streaming standby of it, with all that it has now.
    ///
    /// # Panics
    /// When it does not start.
    pub fn standby(&self) -> Self {
        let place = Place::make(programs().unwrap(), |_| {});
        let mut copy = place.command("pg_basebackup");
        copy.args(["--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync"]);
        copy.args(["--pgdata=data", "--dbname", &self.url("127.0.0.1")]);
        run(copy);
        place.serve(&[])
    }

    /// Holds a standby back: what it gets from now on is not seen there.
    ///
    /// # Panics
    /// When it is none.
    pub async fn hold_back(&self) {
        let paused = "SELECT pg_wal_replay_pause(); DO $$ BEGIN \
            WHILE pg_get_wal_replay_pause_state() <> 'paused' LOOP PERFORM pg_sleep(0.005); END LOOP; END $$";
        command(&self.url("127.0.0.1"), paused).await;
    }

    /// Lets a standby go on that was held back.
    ///
    /// # Panics
    /// When it is none.
    pub async fn let_go(&self) {
        command(&self.url("127.0.0.1"), "SELECT pg_wal_replay_resume()").await;
    }

    /// A URL of its database by this name of its host.
    pub fn url(&self, host: &str) -> String {
        format!("postgres://postgres:{PASSWORD}@{host}:{}/postgres", self.port)
    }

    /// Where it keeps what it has.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // SIGINT: without waiting for connections, and nothing is left behind.
        let _ = Command::new("kill").args(["-s", "INT", &self.process.id().to_string()]).status();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Where a server is to be.
struct Place {
    programs: PathBuf,
    folder: PathBuf,
    is_root: bool,
}

impl Place {
    /// A new folder with what `prepare` puts there.
    fn make(programs: PathBuf, prepare: impl FnOnce(&Path)) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("poolhouse-cluster-{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        prepare(&folder);
        let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
        if is_root {
            for file in fs::read_dir(&folder).unwrap() {
                chown(file.unwrap().path(), Some(NOBODY), Some(NOBODY)).unwrap();
            }
            chown(&folder, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        Self { programs, folder, is_root }
    }

    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let mut command = if self.is_root {
            let mut setpriv = Command::new("setpriv");
            setpriv.args([format!("--reuid={NOBODY}"), format!("--regid={NOBODY}")]);
            setpriv.args(["--clear-groups", "--pdeathsig", "INT", "--"]).arg(program);
            setpriv
        } else {
            Command::new(program)
        };
        command.current_dir(&self.folder).stdin(Stdio::null());
        command
    }

    /// Starts the server of the folder `data`.
    fn serve(self, settings: &[&str]) -> Cluster {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut postgres = self.command("postgres");
        postgres.args(["-D", "data", "-p", &port.to_string()]);
        for setting in ["fsync=off", "listen_addresses=localhost", "unix_socket_directories="] {
            postgres.args(["-c", setting]);
        }
        for setting in settings {
            postgres.args(["-c", setting]);
        }
        let mut process = postgres.stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(process.stderr.take().unwrap());
        let mut said = String::new();
        while !said.contains("ready to accept") {
            assert!(log.read_line(&mut said).unwrap() > 0, "PostgreSQL ended: {said}");
        }
        // Whoever closes the pipe ends the server with its next line.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Cluster { process, folder: self.folder, port }
    }
}

fn run(mut command: Command) {
    let done = command.stdout(Stdio::null()).output().unwrap();
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// The folder of PostgreSQL's programs: that of PATH, else the newest of Debian's.
fn programs() -> Option<PathBuf> {
    let has_all = |folder: &PathBuf| {
        ["initdb", "postgres", "pg_basebackup"].iter().all(|name| folder.join(name).is_file())
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    if let Some(folder) = std::env::split_paths(&path).find(has_all) {
        return Some(folder);
    }
    let installed = fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let version = |folder: &PathBuf| folder.parent()?.file_name()?.to_str()?.parse::<u32>().ok();
    installed.map(|entry| entry.path().join("bin")).filter(has_all).max_by_key(version)
}
