use std::fs;
use std::future::{pending, ready};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poolhouse_ports::Entropy;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio_rustls::TlsConnector;

use super::*;

/// Files of a certificate of `localhost` in a folder that goes when the test ends.
struct Folder {
    files: Files,
    certificate: CertificateDer<'static>,
}

impl Folder {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("poolhouse-tls-{}", Entropy::system().uuid()));
        fs::create_dir(&folder).unwrap();
        let files = Files { certificate: folder.join("certificate.pem"), key: folder.join("key.pem") };
        let mut folder = Self { files, certificate: CertificateDer::from(Vec::new()) };
        folder.renew(2100);
        folder
    }

    /// Puts another certificate in the place of the one that is there, with a key of its own.
    fn renew(&mut self, last_year: i32) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.not_after = date_time_ymd(last_year, 1, 1);
        self.certificate = params.self_signed(&key).unwrap().der().clone();
        write(&self.files.certificate, &pem("CERTIFICATE", &self.certificate));
        write(&self.files.key, &pem("PRIVATE KEY", &key.serialize_der()));
    }

    fn open(&self) -> Tls {
        Tls::open(self.files.clone(), Clock::system()).unwrap()
    }

    fn refusal(&self) -> String {
        Tls::open(self.files.clone(), Clock::system()).map(drop).unwrap_err().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(self.files.key.parent().unwrap());
    }
}

fn pem(kind: &str, der: &[u8]) -> String {
    format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", STANDARD.encode(der))
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// A client that trusts one certificate alone.
async fn client(
    stream: DuplexStream,
    trusted: &CertificateDer<'static>,
    version: &'static SupportedProtocolVersion,
    protocols: &[&[u8]],
) -> io::Result<tokio_rustls::client::TlsStream<DuplexStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost").unwrap(), stream).await
}

/// Whether a client that trusts this certificate gets through.
async fn is_shown(tls: &Tls, trusted: &CertificateDer<'static>) -> bool {
    let (near, far) = duplex(65_536);
    let (shown, _) = tokio::join!(client(far, trusted, &TLS13, &[]), tls.handshake(near, None, pending()));
    shown.is_ok()
}

fn figures(tls: &Tls) -> String {
    let mut registry = Registry::with_prefix("poolhouse");
    registry.register_collector(Box::new(tls.figures()));
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    text
}

#[tokio::test]
async fn both_versions_speak_both_protocols() {
    let folder = Folder::new();
    let tls = folder.open();
    for version in [&TLS12, &TLS13] {
        for (offered, chosen) in [
            (&[b"http/1.1".as_slice(), b"h2"][..], Some(b"h2".as_slice())),
            (&[b"http/1.1"], Some(b"http/1.1")),
            (&[], None),
        ] {
            let (near, far) = duplex(65_536);
            let (client, server) = tokio::join!(
                client(far, &folder.certificate, version, offered),
                tls.handshake(near, None, pending())
            );
            let (mut client, mut server) = (client.unwrap(), server.unwrap());
            assert_eq!(client.get_ref().1.alpn_protocol(), chosen);
            assert_eq!(client.get_ref().1.protocol_version(), Some(version.version));
            client.write_all(b"question").await.unwrap();
            client.flush().await.unwrap();
            let mut heard = [0; 8];
            server.read_exact(&mut heard).await.unwrap();
            assert_eq!(&heard, b"question");
        }
    }
    assert!(figures(&tls).contains("poolhouse_tls_handshakes_total{outcome=\"done\"} 6"));
}

#[tokio::test]
async fn what_is_no_handshake_ends_within_its_bounds() {
    let folder = Folder::new();
    let tls = folder.open();
    let (near, mut far) = duplex(65_536);
    far.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    let plain = tls.handshake(near, None, pending()).await;
    assert!(matches!(plain, Err(NoHandshake::Failed(_))));
    // Half a record, and nothing more.
    let (near, mut far) = duplex(65_536);
    far.write_all(&[22, 3, 1, 1, 0, 1]).await.unwrap();
    assert!(matches!(tls.handshake(near, None, ready(())).await, Err(NoHandshake::Late)));
    let text = figures(&tls);
    for outcome in ["failed", "late"] {
        assert!(text.contains(&format!("tls_handshakes_total{{outcome=\"{outcome}\"}} 1")), "{text}");
    }
}

#[tokio::test]
async fn one_source_has_so_many_handshakes_at_once_and_others_go_on() {
    let folder = Folder::new();
    let tls = folder.open();
    let source = |text: &str| Some(text.parse().unwrap());
    let mut slow = Vec::new();
    for _ in 0..HANDSHAKES.each {
        let (near, far) = duplex(64);
        let mut handshake = Box::pin(tls.handshake(near, source("192.0.2.1"), pending()));
        // It has its place once it waits for the client.
        let waits = tokio::select! {
            biased;
            _ = &mut handshake => false,
            () = ready(()) => true,
        };
        assert!(waits);
        slow.push((handshake, far));
    }
    let (near, _far) = duplex(64);
    let more = tls.handshake(near, source("192.0.2.1"), pending()).await;
    assert!(matches!(more, Err(NoHandshake::TooMany)));
    let (near, far) = duplex(65_536);
    let (client, server) = tokio::join!(
        client(far, &folder.certificate, &TLS13, &[]),
        tls.handshake(near, source("198.51.100.1"), pending())
    );
    assert!(client.is_ok() && server.is_ok());
    drop(slow);
    assert_eq!(tls.handshakes.in_use(), 0);
}

#[tokio::test]
async fn a_new_certificate_is_taken_and_a_broken_one_is_not() {
    let mut folder = Folder::new();
    let tls = folder.open();
    let first = folder.certificate.clone();
    tls.refresh(false);
    assert!(!figures(&tls).contains("reloads_total{"), "nothing has changed");
    folder.renew(2101);
    let second = folder.certificate.clone();
    assert!(is_shown(&tls, &first).await);
    tls.refresh(false);
    assert!(is_shown(&tls, &second).await && !is_shown(&tls, &first).await);
    // The key of another certificate, none at all, and one that has ended.
    let key = fs::read_to_string(&folder.files.key).unwrap();
    folder.renew(2102);
    write(&folder.files.key, &key);
    tls.refresh(false);
    fs::remove_file(&folder.files.certificate).unwrap();
    tls.refresh(false);
    tls.refresh(false);
    folder.renew(2020);
    tls.refresh(false);
    assert!(is_shown(&tls, &second).await);
    let text = figures(&tls);
    // Each state of the files is told once, unless somebody asks.
    for figure in ["{outcome=\"loaded\"} 1", "{outcome=\"refused\"} 3", "expiry_seconds 4133980800"] {
        assert!(text.contains(figure), "{figure} is missing in: {text}");
    }
    tls.refresh(true);
    assert!(figures(&tls).contains("{outcome=\"refused\"} 4"));
}

#[tokio::test]
async fn files_that_cannot_be_used_are_named() {
    let mut folder = Folder::new();
    let key = fs::read_to_string(&folder.files.key).unwrap();
    folder.renew(2100);
    write(&folder.files.key, &key);
    assert!(folder.refusal().contains("is not the key of"), "{}", folder.refusal());
    write(&folder.files.key, "none");
    assert!(folder.refusal().contains("holds no private key"), "{}", folder.refusal());
    fs::set_permissions(&folder.files.key, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(folder.refusal().contains("chmod 600"), "{}", folder.refusal());
    folder.renew(2100);
    write(&folder.files.certificate, "none");
    assert!(folder.refusal().contains("holds no certificate"), "{}", folder.refusal());
    fs::remove_file(&folder.files.certificate).unwrap();
    assert!(folder.refusal().contains("tls-certificate: cannot read"), "{}", folder.refusal());
}
