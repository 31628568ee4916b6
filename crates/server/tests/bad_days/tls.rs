//! The server speaks TLS itself: what is not TLS goes away, and a certificate changes under open connections.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use poolhouse_testkit::tls::{self, pem};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConnection, StreamOwned};

use crate::common::{Folder, Server, refused, serve};

type Connection = StreamOwned<ClientConnection, TcpStream>;

fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// Makes the files of a certificate of `localhost`.
fn renew(folder: &Folder) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    write(&folder.join("certificate.pem"), &pem("CERTIFICATE", made.cert.der()));
    write(&folder.join("key.pem"), &pem("PRIVATE KEY", &made.signing_key.serialize_der()));
    made.cert.der().clone()
}

fn serve_tls(folder: &Folder) -> std::process::Command {
    let mut command = serve(&folder.join("data"));
    command.arg("--tls-certificate").arg(folder.join("certificate.pem"));
    command.arg("--tls-key").arg(folder.join("key.pem"));
    command
}

/// A connection of somebody who trusts this certificate alone.
fn connect(server: &Server, trusted: &CertificateDer<'static>) -> Connection {
    tls::connect(server.address(), "localhost", trusted).unwrap()
}

/// The beginning of an answer, as far as `wanted` stands in it.
fn get(connection: &mut Connection, path: &str, wanted: &str) -> io::Result<()> {
    write!(connection, "GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n")?;
    let (mut answer, mut byte) = (Vec::new(), [0]);
    while !answer.ends_with(wanted.as_bytes()) {
        connection.read_exact(&mut byte)?;
        answer.extend(byte);
    }
    Ok(())
}

#[test]
fn a_certificate_changes_and_nobody_is_cut_off() {
    let folder = Folder::new();
    let first = renew(&folder);
    let server = Server::start(&mut serve_tls(&folder));
    let mut early = connect(&server, &first);
    get(&mut early, "/_poolhouse/health", "ok\n").unwrap();
    // What speaks no TLS is told so in TLS, and gets no answer of HTTP.
    let mut plain = TcpStream::connect(server.address()).unwrap();
    plain.write_all(b"GET /_poolhouse/health HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    let mut heard = Vec::new();
    let _ = plain.read_to_end(&mut heard);
    assert!(!heard.starts_with(b"HTTP"), "{heard:?}");
    let second = renew(&folder);
    server.signal("HUP");
    server.wait_for("read the certificate of TLS again");
    get(&mut early, "/_poolhouse/health", "ok\n").unwrap();
    let mut late = connect(&server, &second);
    get(&mut late, "/_poolhouse/health", "ok\n").unwrap();
    assert!(get(&mut connect(&server, &first), "/_poolhouse/health", "ok\n").is_err());
    write(&folder.join("certificate.pem"), "no certificate\n");
    server.signal("HUP");
    server.wait_for("the certificate of TLS stays as it is");
    let mut later = connect(&server, &second);
    get(&mut later, "/_poolhouse/metrics", "tls_certificate_reloads_total{outcome=\"refused\"} 1").unwrap();
    drop((early, late, later));
    let log = server.stop();
    assert!(log.contains("\"public_url\":\"https://127.0.0.1:"), "{log}");
}

/// Nobody has to send anything before they are let go.
/// docs/operating.md, *Watching*: where no proxy keeps strangers out, readiness is shown to whom `--watch-from` names.
#[test]
fn readiness_beside_health_is_shown_to_whom_it_is_meant_for() {
    let folder = Folder::new();
    let trusted = renew(&folder);
    for (watch_from, wanted) in [(None, "404"), (Some("192.0.2.1"), "200")] {
        let mut command = serve_tls(&folder);
        command.args(["--watch-listen", "127.0.0.1:0", "--trusted-proxies", "127.0.0.1"]);
        command.args(watch_from.iter().flat_map(|from| ["--watch-from", from]));
        let server = Server::start(&mut command);
        for (path, wanted) in [("/_poolhouse/ready", wanted), ("/_poolhouse/health", "200")] {
            let mut balancer = connect(&server, &trusted);
            let head =
                format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nx-forwarded-for: 192.0.2.1\r\n\r\n");
            balancer.write_all(head.as_bytes()).unwrap();
            let mut status = [0; 12];
            balancer.read_exact(&mut status).unwrap();
            assert_eq!(str::from_utf8(&status[9..]), Ok(wanted), "{path} {watch_from:?}");
        }
        server.stop();
    }
}

#[test]
fn a_handshake_that_does_not_go_on_keeps_no_server_from_its_end() {
    let folder = Folder::new();
    let certificate = renew(&folder);
    let server = Server::start(serve_tls(&folder).args(["--log", "debug"]));
    let silent = TcpStream::connect(server.address()).unwrap();
    // Who comes later is served: the silent one was taken before.
    get(&mut connect(&server, &certificate), "/_poolhouse/health", "ok\n").unwrap();
    let log = server.stop();
    assert!(log.contains("all requests finished") && !log.contains("its handshake took too long"), "{log}");
    drop(silent);
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    let folder = Folder::new();
    renew(&folder);
    fs::set_permissions(folder.join("key.pem"), fs::Permissions::from_mode(0o644)).unwrap();
    let said = refused(&mut serve_tls(&folder));
    assert!(said.contains("tls-key") && said.contains("chmod 600"), "{said}");
}
