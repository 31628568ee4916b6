use std::fs;
use std::future::{pending, ready};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use poolhouse_kernel::limits::{Kind, Limits};
use poolhouse_ports::{Entropy, Timestamp};
use poolhouse_testkit::tls::{pem, trusting};
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, SupportedProtocolVersion};
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
        self.renew_from(1975, last_year);
    }

    fn renew_from(&mut self, first_year: i32, last_year: i32) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.not_before = date_time_ymd(first_year, 1, 1);
        params.not_after = date_time_ymd(last_year, 1, 1);
        self.certificate = params.self_signed(&key).unwrap().der().clone();
        write(&self.files.certificate, &pem("CERTIFICATE", &self.certificate));
        write(&self.files.key, &pem("PRIVATE KEY", &key.serialize_der()));
    }

    fn open(&self) -> Tls {
        Tls::open(self.files.clone(), Clock::system()).unwrap()
    }

    fn open_at(&self, clock: &Clock) -> Tls {
        Tls::open(self.files.clone(), clock.clone()).unwrap()
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

fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// Settings of a client that trusts one certificate alone.
fn config(
    trusted: &CertificateDer<'static>,
    version: &'static SupportedProtocolVersion,
    protocols: &[&[u8]],
) -> Arc<ClientConfig> {
    let mut config = trusting(trusted, &[version]);
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    Arc::new(config)
}

fn localhost() -> ServerName<'static> {
    ServerName::try_from("localhost").unwrap()
}

/// Such a client.
async fn client(
    stream: DuplexStream,
    trusted: &CertificateDer<'static>,
    version: &'static SupportedProtocolVersion,
    protocols: &[&[u8]],
) -> io::Result<tokio_rustls::client::TlsStream<DuplexStream>> {
    TlsConnector::from(config(trusted, version, protocols)).connect(localhost(), stream).await
}

/// Whether a client that trusts this certificate gets through.
async fn is_shown(tls: &Tls, trusted: &CertificateDer<'static>) -> bool {
    let (near, far) = duplex(65_536);
    let (shown, _) = tokio::join!(client(far, trusted, &TLS13, &[]), handshake(tls, near, None));
    shown.is_ok()
}

fn limiter(per_address: u32) -> Limiter {
    Limiter::new(Limits { per_address, ..Limits::default() })
}

/// A handshake that may take as long as it likes.
async fn handshake(
    tls: &Tls,
    stream: DuplexStream,
    source: Option<IpAddr>,
) -> Result<TlsStream<DuplexStream>, NoHandshake> {
    tls.handshake(stream, source, &limiter(0), |_| pending()).await
}

/// What a client says first, and nothing more.
fn hello(folder: &Folder) -> Vec<u8> {
    let config = config(&folder.certificate, &TLS13, &[]);
    let mut said = Vec::new();
    let mut client = ClientConnection::new(config, localhost()).unwrap();
    client.write_tls(&mut said).unwrap();
    said
}

/// Whether something waits, after it was looked at once.
async fn waits(work: impl Future + Unpin) -> bool {
    tokio::select! {
        biased;
        _ = work => false,
        () = ready(()) => true,
    }
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
            let (client, server) =
                tokio::join!(client(far, &folder.certificate, version, offered), handshake(&tls, near, None));
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
    let plain = handshake(&tls, near, None).await;
    assert!(matches!(plain, Err(NoHandshake::Failed(_))));
    // Half a record, and nothing more.
    let (near, mut far) = duplex(65_536);
    far.write_all(&[22, 3, 1, 1, 0, 1]).await.unwrap();
    let slow = tls.handshake(near, None, &limiter(0), |_| ready(())).await;
    assert!(matches!(slow, Err(NoHandshake::Late)));
    // A first message that is endless.
    let (near, mut far) = duplex(65_536);
    for _ in 0..3 {
        far.write_all(&[22, 3, 1, 32, 0, 1, 0, 255, 255]).await.unwrap();
        far.write_all(&[0; 8188]).await.unwrap();
    }
    assert!(!waits(Box::pin(handshake(&tls, near, None))).await);
    let text = figures(&tls);
    for (outcome, count) in [("failed", 2), ("late", 1), ("done", 0), ("too_many", 0)] {
        assert!(text.contains(&format!("tls_handshakes_total{{outcome=\"{outcome}\"}} {count}")), "{text}");
    }
}

#[tokio::test]
async fn one_source_has_so_many_handshakes_at_once_and_others_go_on() {
    let folder = Folder::new();
    let tls = folder.open();
    let source = |text: &str| Some(text.parse().unwrap());
    let mut slow = Vec::new();
    for _ in 0..HANDSHAKES.each {
        let (near, mut far) = duplex(65_536);
        far.write_all(&hello(&folder)).await.unwrap();
        let mut handshake = Box::pin(handshake(&tls, near, source("192.0.2.1")));
        // It has its place once it waits for the client's second message.
        assert!(waits(&mut handshake).await);
        slow.push((handshake, far));
    }
    let (near, mut far) = duplex(65_536);
    far.write_all(&hello(&folder)).await.unwrap();
    let more = handshake(&tls, near, source("192.0.2.1")).await;
    assert!(matches!(more, Err(NoHandshake::TooMany(Full::Each))));
    let (near, far) = duplex(65_536);
    let (client, server) = tokio::join!(
        client(far, &folder.certificate, &TLS13, &[]),
        handshake(&tls, near, source("198.51.100.1"))
    );
    assert!(client.is_ok() && server.is_ok());
    drop(slow);
    assert_eq!(tls.handshakes.in_use(), 0);
}

#[tokio::test]
async fn who_says_nothing_has_no_place() {
    let folder = Folder::new();
    let tls = folder.open();
    let mut silent = Vec::new();
    for _ in 0..2 * HANDSHAKES.each {
        let (near, far) = duplex(64);
        let mut handshake = Box::pin(handshake(&tls, near, Some("192.0.2.1".parse().unwrap())));
        assert!(waits(&mut handshake).await);
        silent.push((handshake, far));
    }
    assert_eq!(tls.handshakes.in_use(), 0);
    assert!(is_shown(&tls, &folder.certificate).await);
}

#[tokio::test]
async fn who_begins_too_often_gets_no_signature() {
    let folder = Folder::new();
    let tls = folder.open();
    let limiter = limiter(1);
    let source = Some("192.0.2.1".parse().unwrap());
    for number in 1..=11 {
        let (near, mut far) = duplex(65_536);
        far.write_all(&hello(&folder)).await.unwrap();
        let mut handshake = Box::pin(tls.handshake(near, source, &limiter, |_| pending()));
        let refused = !waits(&mut handshake).await;
        drop(handshake);
        let mut heard = Vec::new();
        far.read_to_end(&mut heard).await.unwrap();
        assert_eq!((refused, heard.is_empty()), (number > 10, number > 10), "{number}");
    }
    assert_eq!(limiter.refused(Kind::Handshake), 1);
    assert!(figures(&tls).contains("tls_handshakes_total{outcome=\"too_many\"} 1"));
}

#[tokio::test]
async fn a_new_certificate_is_taken_and_a_broken_one_is_not() {
    let mut folder = Folder::new();
    let tls = folder.open();
    let first = folder.certificate.clone();
    tls.refresh(false);
    assert!(figures(&tls).contains("{outcome=\"loaded\"} 0"), "nothing has changed");
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

/// The first of January 2040.
const YEAR_2040: Timestamp = Timestamp::from_seconds(2_208_988_800);

#[tokio::test]
async fn a_certificate_that_begins_later_is_taken_then() {
    let mut folder = Folder::new();
    let clock = Clock::manual(YEAR_2040.plus_seconds(-10));
    let tls = folder.open_at(&clock);
    let first = folder.certificate.clone();
    folder.renew_from(2040, 2050);
    tls.refresh(false);
    tls.refresh(false);
    assert!(is_shown(&tls, &first).await);
    assert!(figures(&tls).contains("{outcome=\"refused\"} 1"));
    assert_eq!(folder.open_at(&clock).validity(), Validity::Later);
    clock.advance_seconds(10);
    tls.refresh(false);
    assert!(figures(&tls).contains("{outcome=\"loaded\"} 1"));
    assert!(!is_shown(&tls, &first).await);
}

#[tokio::test]
async fn the_end_of_a_certificate_is_told_once_a_day() {
    use Validity::{Ended, EndsSoon, Good};
    let mut folder = Folder::new();
    folder.renew(2040);
    let clock = Clock::manual(YEAR_2040.plus_seconds(-14 * DAY - 1));
    let tls = folder.open_at(&clock);
    let mut told = Vec::new();
    assert!(tls.is_another_day());
    for hours in [0, 1, 24, 1, 13 * 24, 24] {
        clock.advance_seconds(hours * 3600);
        told.push((tls.is_another_day(), tls.validity()));
    }
    let expected =
        [(false, Good), (true, EndsSoon), (true, EndsSoon), (false, EndsSoon), (true, Ended), (true, Ended)];
    assert_eq!(told, expected);
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
    fs::set_permissions(&folder.files.key, fs::Permissions::from_mode(0o604)).unwrap();
    assert!(folder.refusal().contains("chmod 600"), "{}", folder.refusal());
    // The key is good, and the certificate says that it is of version 1.
    folder.renew(2100);
    let mut broken = folder.certificate.to_vec();
    let version_3 = [0xa0, 3, 2, 1, 2];
    let at = broken.windows(5).position(|bytes| bytes == version_3).unwrap();
    broken[at + 4] = 0;
    write(&folder.files.certificate, &pem("CERTIFICATE", &broken));
    assert!(folder.refusal().starts_with("tls-certificate: "), "{}", folder.refusal());
    folder.renew(2100);
    write(&folder.files.certificate, "none");
    assert!(folder.refusal().contains("holds no certificate"), "{}", folder.refusal());
    fs::remove_file(&folder.files.certificate).unwrap();
    assert!(folder.refusal().contains("tls-certificate: cannot read"), "{}", folder.refusal());
}
