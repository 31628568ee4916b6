//! `poolhouse messages test` with relays that are none, or not as they should be: it says what to do.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::Arc;
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection};

use crate::common::{BINARY, command};

/// Sends a message by a relay on this port; returns the exit code and what was said.
fn send(to: &str, port: u16, more: &[&str]) -> (Option<i32>, String) {
    let mut command = command(BINARY);
    command.args([
        "messages",
        "test",
        "--to",
        to,
        "--smtp-host",
        "localhost",
        "--smtp-port",
        &port.to_string(),
    ]);
    command.args(["--email-from", "id@example.org"]).args(more).stdout(Stdio::piped());
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

/// The port of a relay that does so with each connection.
fn relay(answer: impl Fn(TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("localhost:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || listener.incoming().flatten().for_each(answer));
    port
}

/// A relay that speaks plain text, and offers no more.
fn plain(mut client: TcpStream) {
    let _ = client.write_all(b"220 relay\r\n");
    let mut said = [0; 512];
    while client.read(&mut said).is_ok_and(|read| read > 0) && client.write_all(b"250 relay\r\n").is_ok() {}
}

/// A relay that speaks TLS, with a certificate that it has signed itself, as an authority perhaps.
fn with_tls(is_ca: IsCa) -> u16 {
    let key = KeyPair::generate().unwrap();
    let mut parameters = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    parameters.is_ca = is_ca;
    let certificate = parameters.self_signed(&key).unwrap().der().clone();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    let config = Arc::new(config);
    relay(move |mut client| {
        let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
        // The other side does not want it.
        let _ = connection.complete_io(&mut client);
    })
}

#[test]
fn what_is_wrong_with_a_relay_is_told_with_its_cure() {
    let nobody = TcpListener::bind("localhost:0").unwrap().local_addr().unwrap().port();
    let plain = relay(plain);
    let authority = IsCa::Ca(BasicConstraints::Unconstrained);
    let (stranger, authority) = (with_tls(IsCa::NoCa), with_tls(authority));
    let cases: [(u16, &[&str], &str); 5] = [
        (nobody, &[], "nothing listens there: check smtp-host and smtp-port"),
        (plain, &[], "it offers no STARTTLS on this port: try port 587, or smtp-tls tls"),
        (plain, &["--smtp-tls", "tls"], "it does not begin with TLS on this port: try smtp-tls starttls"),
        (stranger, &["--smtp-tls", "tls"], "give that with smtp-ca-file"),
        (authority, &["--smtp-tls", "tls"], "its certificate is an authority's own"),
    ];
    for (port, more, cure) in cases {
        let (code, said) = send("ann@example.com", port, more);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains(cure), "{cure:?} is missing in: {said}");
    }
}

#[test]
fn a_destination_that_is_none_is_told() {
    let (code, said) = send("nonsense", 25, &[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("\"nonsense\" is neither an e-mail address nor a telephone number"), "{said}");
}
