//! What has to be installed, and allowed.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Result;
use crate::network;

/// Programs, the Debian packages that have them, and what they say their version with.
const PROGRAMS: [(&str, &str, &str); 5] = [
    ("ip", "iproute2", "-V"),
    ("setpriv", "util-linux", "--version"),
    ("etcd", "etcd-server", "--version"),
    ("patroni", "patroni", "--version"),
    ("haproxy", "haproxy", "-v"),
];

/// Where PATH may not lead: Debian has some programs where only root looks.
const BESIDE_PATH: [&str; 2] = ["/usr/sbin", "/sbin"];

/// What is started.
#[derive(Clone)]
pub(crate) struct Programs {
    /// The folder with PostgreSQL's programs.
    pub(crate) postgres: PathBuf,
    pub(crate) etcd: PathBuf,
    pub(crate) patroni: PathBuf,
    pub(crate) haproxy: PathBuf,
}

impl Programs {
    /// Finds them.
    ///
    /// # Errors
    /// Says in a sentence what is missing, and what has it.
    pub(crate) fn find() -> Result<Self> {
        for (program, package, _) in PROGRAMS {
            found(program)
                .ok_or_else(|| format!("{program} is not installed; install the package {package}"))?;
        }
        let postgres =
            postgres().ok_or("PostgreSQL's server is not installed; install the package postgresql")?;
        let is_root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
        if !is_root {
            return Err("network namespaces are for root alone; run it as root".to_owned());
        }
        network::is_allowed().map_err(|error| format!("no network namespace may be made here: {error}"))?;
        let program = |name: &str| found(name).unwrap_or_else(|| name.into());
        Ok(Self { postgres, etcd: program("etcd"), patroni: program("patroni"), haproxy: program("haproxy") })
    }

    /// What is tried out, by its versions.
    pub(crate) fn versions(&self) -> Vec<String> {
        let postgres = self.postgres.join("postgres");
        let programs = [
            (&*postgres, "--version"),
            (&*self.patroni, "--version"),
            (&*self.etcd, "--version"),
            (&*self.haproxy, "-v"),
        ];
        programs.into_iter().filter_map(|(program, option)| first_line(program, option)).collect()
    }
}

/// The file of a program.
fn found(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(BESIDE_PATH.map(PathBuf::from));
    folders.map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// The folder of PostgreSQL's programs: the newest of Debian's.
fn postgres() -> Option<PathBuf> {
    let installed = fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let version = |folder: &PathBuf| folder.parent()?.file_name()?.to_str()?.parse::<u32>().ok();
    installed
        .map(|entry| entry.path().join("bin"))
        .filter(|folder| folder.join("postgres").is_file())
        .max_by_key(version)
}

fn first_line(program: &Path, option: &str) -> Option<String> {
    let output = Command::new(program).arg(option).stderr(Stdio::null()).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).lines().next()?.to_owned())
}
