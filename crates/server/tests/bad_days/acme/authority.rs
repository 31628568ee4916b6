//! An authority for tests: pebble, with a DNS that leads every name to this machine, and a door that leads to a server.

use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use poolhouse_store::testing::skip;
use poolhouse_testkit::tls::pem;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};

use super::client::get;
use crate::common::Folder;

/// Where the servers' ports are to the authority: it connects here, and is led on.
pub(super) struct Door {
    port: u16,
    to: Arc<(Mutex<Option<SocketAddr>>, Condvar)>,
}

impl Door {
    /// A door behind which connections wait until it leads somewhere.
    pub(super) fn new() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let to = Arc::new((Mutex::new(None), Condvar::new()));
        let shared = Arc::clone(&to);
        thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&shared);
                thread::spawn(move || {
                    let (to, changed) = &*shared;
                    let mut to = to.lock().unwrap();
                    while to.is_none() {
                        to = changed.wait(to).unwrap();
                    }
                    let far = to.and_then(|to| TcpStream::connect(to).ok());
                    drop(to);
                    far.map(|far| join(&near, &far))
                });
            }
        });
        Self { port, to }
    }

    pub(super) fn lead_to(&self, address: SocketAddr) {
        *self.to.0.lock().unwrap() = Some(address);
        self.to.1.notify_all();
    }

    pub(super) fn close(&self) {
        *self.to.0.lock().unwrap() = None;
    }
}

/// Carries bytes in both directions until either side ends.
fn join(near: &TcpStream, far: &TcpStream) {
    let carry = |mut from: TcpStream, mut to: TcpStream| {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(std::net::Shutdown::Write);
    };
    let (back_from, back_to) = (far.try_clone().unwrap(), near.try_clone().unwrap());
    let back = thread::spawn(move || carry(back_from, back_to));
    carry(near.try_clone().unwrap(), far.try_clone().unwrap());
    let _ = back.join();
}

/// A running authority; gone when dropped.
pub(super) struct Authority {
    processes: Vec<Child>,
    address: SocketAddr,
    dns: SocketAddr,
    dns_management: SocketAddr,
    log: File,
    config: PathBuf,
    pub(super) directory: String,
    /// The file by which it is believed.
    pub(super) roots: PathBuf,
    management: SocketAddr,
    trusted: CertificateDer<'static>,
}

impl Authority {
    /// Starts one that looks through this door; `None` where pebble is not installed: the test is skipped.
    pub(super) fn start(folder: &Folder, door: &Door, settings: &Value) -> Option<Self> {
        if !is_installed("pebble") || !is_installed("pebble-challtestsrv") {
            skip("pebble", "an authority for tests is not installed; install the package pebble");
            return None;
        }
        let [address, management, dns, dns_management] = free_addresses();
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let write = |name: &str, kind: &str, der: &[u8]| {
            let file = folder.join(name);
            fs::write(&file, pem(kind, der)).unwrap();
            file
        };
        let roots = write("ca.pem", "CERTIFICATE", made.cert.der());
        let key = write("ca.key", "PRIVATE KEY", &made.signing_key.serialize_der());
        let mut pebble = json!({
            "listenAddress": address, "managementListenAddress": management,
            "certificate": roots, "privateKey": key, "httpPort": 1, "tlsPort": door.port,
        });
        pebble.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        let config = folder.join("ca.json");
        fs::write(&config, json!({ "pebble": pebble }).to_string()).unwrap();
        let mut authority = Self {
            processes: Vec::new(),
            address,
            dns,
            dns_management,
            log: File::create(folder.join("ca.log")).unwrap(),
            config,
            directory: format!("https://{address}/dir"),
            roots,
            management,
            trusted: made.cert.der().clone(),
        };
        authority.begin();
        Some(authority)
    }

    /// Begins where it has stopped, and has forgotten all that was.
    pub(super) fn begin(&mut self) {
        let mut names = Command::new("pebble-challtestsrv");
        names.args(["-dns01", &self.dns.to_string(), "-management", &self.dns_management.to_string()]);
        names.args(["-http01", "", "-https01", "", "-tlsalpn01", "", "-defaultIPv6", ""]);
        let mut pebble = Command::new("pebble");
        pebble.arg("-config").arg(&self.config).args(["-dnsserver", &self.dns.to_string()]);
        // Whatever was proven is to be proven again.
        pebble.env("PEBBLE_VA_NOSLEEP", "1").env("PEBBLE_AUTHZREUSE", "0");
        for mut command in [names, pebble] {
            let (out, err) = (self.log.try_clone().unwrap(), self.log.try_clone().unwrap());
            let started = command.stdin(Stdio::null()).stdout(out).stderr(err).spawn();
            self.processes.push(started.unwrap());
        }
        self.wait_for(self.address);
        self.wait_for(self.management);
    }

    /// Stops it.
    pub(super) fn stop(&mut self) {
        for mut process in self.processes.drain(..) {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    fn wait_for(&mut self, address: SocketAddr) {
        while TcpStream::connect(address).is_err() {
            for process in &mut self.processes {
                assert!(process.try_wait().unwrap().is_none(), "the authority has ended: see ca.log");
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// What its certificates are believed by: another one each time that it is started.
    pub(super) fn root(&self) -> CertificateDer<'static> {
        let answer = get(self.management, &self.trusted, "127.0.0.1", "/roots/0").unwrap();
        CertificateDer::from_pem_slice(answer.text.as_bytes()).unwrap()
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        self.stop();
    }
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Addresses on which nobody listened a moment ago.
fn free_addresses<const N: usize>() -> [SocketAddr; N] {
    // All at once, so that they differ.
    let listeners = [(); N].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
    listeners.map(|listener| listener.local_addr().unwrap())
}
