//! A PostgreSQL server of a test's own, that speaks TLS or does not.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poolhouse_store::testing::skip;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

/// The password of the user `postgres`.
pub(crate) const PASSWORD: &str = "correct-horse";

/// Who may not be root: PostgreSQL refuses to run so.
const NOBODY: u32 = 65_534;

/// A running server, gone when dropped.
pub(crate) struct Cluster {
    process: Child,
    folder: PathBuf,
    port: u16,
}

impl Cluster {
    /// A server that asks for a password; with TLS, its certificate is for `localhost` and comes from the authority in
    /// [`Cluster::authority`]. `None` where PostgreSQL is not installed: the test that asks is skipped.
    pub(crate) fn start(with_tls: bool) -> Option<Self> {
        let Some(programs) = programs() else {
            skip("a PostgreSQL server of its own", "install the package postgresql");
            return None;
        };
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("poolhouse-cluster-{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        let root = fs::metadata("/proc/self").unwrap().uid() == 0;
        let (password, data) = (folder.join("password"), folder.join("data"));
        fs::write(&password, PASSWORD).unwrap();
        if with_tls {
            make_certificates(&folder);
        }
        if root {
            for file in fs::read_dir(&folder).unwrap() {
                chown(file.unwrap().path(), Some(NOBODY), Some(NOBODY)).unwrap();
            }
            chown(&folder, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let mut initdb = command(root, &programs.join("initdb"), &folder);
        initdb.args(["--auth=scram-sha-256", "--username=postgres", "--encoding=UTF8", "--locale=C"]);
        initdb.args(["--no-sync", "--pwfile"]).arg(&password).arg("--pgdata").arg(&data);
        let made = initdb.stdout(Stdio::null()).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));

        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut postgres = command(root, &programs.join("postgres"), &folder);
        postgres.arg("-D").arg(&data).args(["-p", &port.to_string(), "-c", "fsync=off"]);
        postgres.args(["-c", "listen_addresses=localhost", "-c", "unix_socket_directories="]);
        if with_tls {
            postgres.args(["-c", "ssl=on", "-c", "ssl_cert_file=../server.pem"]);
            postgres.args(["-c", "ssl_key_file=../server.key"]);
        }
        let mut process = postgres.stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(process.stderr.take().unwrap());
        let mut said = String::new();
        while !said.contains("ready to accept connections") {
            assert!(log.read_line(&mut said).unwrap() > 0, "PostgreSQL ended: {said}");
        }
        // Whoever closes the pipe ends the server with its next line.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Some(Self { process, folder, port })
    }

    /// A URL of the server by this name of its host, with this query.
    pub(crate) fn url(&self, host: &str, query: &str) -> String {
        format!("postgres://postgres:{PASSWORD}@{host}:{}/postgres?{query}", self.port)
    }

    /// The file with the certificate of the authority that the server's certificate comes from.
    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.join("authority.pem")
    }

    /// The file with the certificate of another one.
    pub(crate) fn stranger(&self) -> PathBuf {
        self.folder.join("stranger.pem")
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

fn command(root: bool, program: &Path, folder: &Path) -> Command {
    let mut command = if root {
        let mut command = Command::new("setpriv");
        command.args([format!("--reuid={NOBODY}"), format!("--regid={NOBODY}")]);
        command.args(["--clear-groups", "--pdeathsig", "INT", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir(folder).stdin(Stdio::null());
    command
}

/// The folder of `initdb` and `postgres`: that of PATH, else the newest of Debian's.
fn programs() -> Option<PathBuf> {
    let has_both = |folder: &PathBuf| folder.join("initdb").is_file() && folder.join("postgres").is_file();
    let path = std::env::var_os("PATH").unwrap_or_default();
    if let Some(folder) = std::env::split_paths(&path).find(has_both) {
        return Some(folder);
    }
    let installed = fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let version = |folder: &PathBuf| folder.parent()?.file_name()?.to_str()?.parse::<u32>().ok();
    installed.map(|entry| entry.path().join("bin")).filter(has_both).max_by_key(version)
}

/// An authority, a stranger, and the server's certificate and key.
fn make_certificates(folder: &Path) {
    let authority = |name: &str| {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        fs::write(folder.join(name), pem("CERTIFICATE", certificate.der())).unwrap();
        Issuer::new(params, key)
    };
    authority("stranger.pem");
    let authority = authority("authority.pem");
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = certificate.signed_by(&key, &authority).unwrap();
    fs::write(folder.join("server.pem"), pem("CERTIFICATE", certificate.der())).unwrap();
    let key_file = folder.join("server.key");
    fs::write(&key_file, pem("PRIVATE KEY", &key.serialize_der())).unwrap();
    fs::set_permissions(key_file, fs::Permissions::from_mode(0o600)).unwrap();
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}
