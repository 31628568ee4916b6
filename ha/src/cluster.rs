//! Two PostgreSQL servers, one a synchronous standby of the other: Patroni says which, by what three etcd agree on.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::Result;
use crate::folder::Folder;
use crate::machine::{BALANCER, DATABASES, Machine, kill, start};
use crate::needs::Programs;
use crate::probe::{says_yes, wait_until};

pub(crate) const POSTGRES_PORT: u16 = 5432;
pub(crate) const PATRONI_PORT: u16 = 8008;
const ETCD_PORT: u16 = 2379;
const ETCD_PEER_PORT: u16 = 2380;

/// The role that Poolhouse connects as, and its database.
pub(crate) const NAME: &str = "poolhouse";

/// Etcd's machines: with any one of them gone, two agree.
const VOTERS: [&Machine; 3] = [DATABASES[0], DATABASES[1], BALANCER];

/// The databases' servers.
pub(crate) struct Cluster {
    programs: Programs,
    /// Each database machine's own, in their order.
    folders: [PathBuf; 2],
    /// Of the etcd beside HAProxy.
    third: PathBuf,
}

impl Cluster {
    /// Makes and starts everything, with an empty database.
    pub(crate) fn start(programs: &Programs, folder: &Folder) -> Result<Self> {
        let [one, two] = DATABASES.map(|machine| folder.of(machine.name));
        let cluster = Self { programs: programs.clone(), folders: [one?, two?], third: folder.of("etcd")? };
        for voter in VOTERS {
            cluster.start_etcd(voter)?;
        }
        let first = DATABASES[0];
        cluster.start_patroni(first)?;
        wait_until("the first database server is the primary", || cluster.primary())?;
        cluster.start_patroni(DATABASES[1])?;
        for arguments in [
            vec!["createuser", NAME],
            vec!["createdb", "--owner", NAME, "--encoding=UTF8", "--template=template0", NAME],
        ] {
            cluster.client(first, &arguments)?;
        }
        cluster.wait_until_whole()?;
        Ok(cluster)
    }

    /// Starts what runs on a database's machine.
    pub(crate) fn boot(&self, machine: &Machine) -> Result {
        self.start_etcd(machine)?;
        self.start_patroni(machine)
    }

    /// The machine whose server takes writes, as its Patroni says.
    pub(crate) fn primary(&self) -> Option<&'static Machine> {
        DATABASES.into_iter().find(|machine| says_yes(machine.at(PATRONI_PORT), "/primary"))
    }

    /// Waits until one is the primary, and the other confirms what it writes.
    pub(crate) fn wait_until_whole(&self) -> Result<&'static Machine> {
        wait_until("one database server is the primary and the other its synchronous standby", || {
            let primary = self.primary()?;
            says_yes(beside(primary).at(PATRONI_PORT), "/synchronous").then_some(primary)
        })
    }

    /// Kills PostgreSQL on a machine, every process of it at once, and nothing else.
    pub(crate) fn kill_postgres(&self, machine: &Machine) -> Result {
        let file = self.folder(machine).join("data/postmaster.pid");
        let text = fs::read_to_string(&file).map_err(|e| format!("cannot read {}: {e}", file.display()))?;
        let postmaster = text.lines().next().unwrap_or_default().to_owned();
        let children = Command::new("ps").args(["-o", "pid=", "--ppid", &postmaster]).output();
        let children = children.map_err(|e| format!("cannot run ps: {e}"))?;
        let children = String::from_utf8_lossy(&children.stdout).into_owned();
        kill([&*postmaster].into_iter().chain(children.split_whitespace()))
    }

    fn folder(&self, machine: &Machine) -> &Path {
        let [one, two] = &self.folders;
        if machine == DATABASES[0] {
            one
        } else if machine == DATABASES[1] {
            two
        } else {
            &self.third
        }
    }

    fn start_etcd(&self, machine: &Machine) -> Result {
        let folder = self.folder(machine);
        let url = |machine: &Machine, port| format!("http://{}", machine.at(port));
        let peers = VOTERS.map(|voter| format!("{}={}", voter.name, url(voter, ETCD_PEER_PORT)));
        let (clients, peer) = (url(machine, ETCD_PORT), url(machine, ETCD_PEER_PORT));
        let mut command = machine.command(&self.programs.etcd);
        command.args(["--name", machine.name, "--data-dir"]).arg(folder.join("etcd-data"));
        command.args(["--listen-client-urls", &clients, "--advertise-client-urls", &clients]);
        command.args(["--listen-peer-urls", &peer, "--initial-advertise-peer-urls", &peer]);
        command.args(["--initial-cluster", &peers.join(","), "--enable-v2=true"]);
        command.args(["--log-level", "warn", "--logger", "zap"]);
        start(&mut command, &folder.join("etcd.log"))
    }

    fn start_patroni(&self, machine: &Machine) -> Result {
        let folder = self.folder(machine);
        let file = folder.join("patroni.json");
        let text = self.configuration(machine, folder).to_string();
        fs::write(&file, text).map_err(|e| format!("cannot write {}: {e}", file.display()))?;
        let mut command = machine.command(&self.programs.patroni);
        command.arg(&file).env("HOME", folder).current_dir(folder);
        start(&mut command, &folder.join("patroni.log"))
    }

    /// Patroni's configuration, which is YAML: JSON is a part of that.
    fn configuration(&self, machine: &Machine, folder: &Path) -> Value {
        let (postgres, patroni) = (machine.at(POSTGRES_PORT), machine.at(PATRONI_PORT));
        let network = format!("{}/24", machine.address());
        json!({
            "scope": "poolhouse",
            "name": machine.name,
            "restapi": { "listen": patroni, "connect_address": patroni },
            // By version 2 of its protocol: by version 3, Patroni before 3.0.3 takes the lead from the new primary when the old
            // one is back, and what was acknowledged meanwhile is lost.
            "etcd": { "hosts": VOTERS.map(|voter| voter.at(ETCD_PORT)) },
            "bootstrap": {
                "dcs": {
                    // Who does not say for so long that he is the primary is none any more; and how often it is looked.
                    "ttl": 7, "loop_wait": 1, "retry_timeout": 3,
                    // A primary whose server ended makes room instead of starting it again.
                    "primary_start_timeout": 0,
                    "synchronous_mode": true,
                    "postgresql": {
                        "use_pg_rewind": true,
                        "parameters": {
                            // How long a standby that is silent holds up commits.
                            "wal_sender_timeout": "5s", "wal_receiver_timeout": "5s",
                            "wal_log_hints": "on",
                        },
                    },
                },
                "initdb": [{ "encoding": "UTF8" }, { "locale": "C" }],
            },
            "postgresql": {
                "listen": postgres, "connect_address": postgres,
                "data_dir": folder.join("data"),
                "bin_dir": self.programs.postgres,
                "pgpass": folder.join("pgpass"),
                "authentication": {
                    "superuser": { "username": "postgres" }, "replication": { "username": "standby" },
                },
                "parameters": { "unix_socket_directories": folder },
                "pg_hba": [
                    "local all all trust",
                    format!("host all all {network} trust"),
                    format!("host replication all {network} trust"),
                ],
            },
        })
    }

    /// Runs one of PostgreSQL's own clients against a server.
    fn client(&self, machine: &Machine, arguments: &[&str]) -> Result {
        let [program, arguments @ ..] = arguments else { return Ok(()) };
        let mut command = Command::new(self.programs.postgres.join(program));
        command.args(["--username=postgres", "--host", &machine.address().to_string()]).args(arguments);
        let output = command.output().map_err(|e| format!("cannot run {program}: {e}"))?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!("{program} failed: {}", String::from_utf8_lossy(&output.stderr).trim()))
    }
}

/// The other of the two.
pub(crate) fn beside(machine: &Machine) -> &'static Machine {
    let [one, two] = DATABASES;
    if machine == one { two } else { one }
}
