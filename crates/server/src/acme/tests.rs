mod authority;
mod orders;
mod renewal;

use std::collections::BTreeMap;
use std::future::pending;
use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use poolhouse_api::audit::Place;
use poolhouse_kernel::limits::{Limiter, Limits};
use poolhouse_ports::{Clock, Entropy, Timestamp};
use poolhouse_testkit::tls::{looking, pem as written};
use poolhouse_testkit::{Database, TestServer};
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncReadExt as _, duplex};
use tokio_rustls::TlsConnector;

use super::challenge::{self, DIGEST};
use super::keeper::Keeper;
use super::kept::Kept;
use super::settings::Settings;
use crate::audit::Log;
use crate::http_client::HttpClient;
use crate::tls::{NoHandshake, PROTOCOL, Pending, Tls};

pub(super) const NAME: &str = "id.example.com";

/// What somebody is shown who asks for a name by these protocols, and what the server makes of it.
async fn shown(
    tls: &Tls,
    name: &str,
    protocols: &[&[u8]],
) -> (io::Result<CertificateDer<'static>>, Option<NoHandshake>) {
    let mut config = looking();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    let (near, far) = duplex(65_536);
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let client = async {
        let mut stream = TlsConnector::from(Arc::new(config)).connect(name, far).await?;
        let shown = stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned();
        if protocols == [PROTOCOL] {
            // There is nothing behind the handshake.
            assert_eq!(stream.read(&mut [0]).await?, 0);
        }
        Ok(shown)
    };
    let limiter = Limiter::new(Limits::default());
    let server = async { tls.handshake(near, None, &limiter, |_| pending()).await.err() };
    tokio::join!(client, server)
}

fn holds(certificate: &CertificateDer<'_>, bytes: &[u8]) -> bool {
    certificate.windows(bytes.len()).any(|window| window == bytes)
}

fn figures(tls: &Tls) -> String {
    let mut registry = Registry::with_prefix("poolhouse");
    registry.register_collector(Box::new(tls.figures()));
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    text
}

#[tokio::test]
async fn a_challenge_is_shown_for_its_name_and_to_nobody_else() {
    let tls = Tls::without_certificate(Clock::system()).unwrap();
    let digest = [7; DIGEST];
    let config = challenge::config(NAME, &digest).unwrap();
    tls.answer_challenges(Pending::from([(NAME.to_owned(), config)]));
    let (seen, end) = shown(&tls, NAME, &[PROTOCOL]).await;
    let seen = seen.unwrap();
    assert!(matches!(end, Some(NoHandshake::Challenge)), "{end:?}");
    // id-pe-acmeIdentifier, critical (RFC 8737 §3).
    let identifier = [6, 8, 0x2b, 6, 1, 5, 5, 7, 1, 31, 1, 1, 0xff];
    assert!(holds(&seen, &digest) && holds(&seen, &identifier) && holds(&seen, NAME.as_bytes()));
    // In names the case of letters does not count.
    assert!(shown(&tls, "ID.Example.com", &[PROTOCOL]).await.0.is_ok());
    for (name, protocols) in [
        ("other.example.com", &[PROTOCOL][..]),
        ("192.0.2.1", &[PROTOCOL]),
        // Of everybody's handshakes there is none yet.
        (NAME, &[PROTOCOL, b"http/1.1"]),
        (NAME, &[b"h2"]),
        (NAME, &[]),
    ] {
        let (seen, end) = shown(&tls, name, protocols).await;
        assert!(seen.is_err() && matches!(end, Some(NoHandshake::Failed(_))), "{name} {end:?}");
    }
    tls.answer_challenges(Pending::new());
    assert!(shown(&tls, NAME, &[PROTOCOL]).await.0.is_err());
    let text = figures(&tls);
    for (outcome, count) in [("challenge", 2), ("failed", 6), ("done", 0)] {
        assert!(text.contains(&format!("tls_handshakes_total{{outcome=\"{outcome}\"}} {count}")), "{text}");
    }
}

/// What a certificate for a name is made of that is valid then.
fn params(name: &str, validity: &Range<Timestamp>) -> CertificateParams {
    let at = |at: Timestamp| date_time_ymd(1970, 1, 1) + Duration::from_secs(at.seconds().unsigned_abs());
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    (params.not_before, params.not_after) = (at(validity.start), at(validity.end));
    params
}

/// A certificate of the test's own that is valid then, with its key, in PEM.
pub(super) fn pem(validity: Range<Timestamp>) -> (Vec<u8>, CertificateDer<'static>) {
    let signing_key = KeyPair::generate().unwrap();
    let cert = params(NAME, &validity).self_signed(&signing_key).unwrap();
    let key = written("PRIVATE KEY", &signing_key.serialize_der());
    ((key + &written("CERTIFICATE", cert.der())).into_bytes(), cert.der().clone())
}

pub(super) fn settings() -> Settings {
    Settings {
        id: "one".to_owned(),
        names: vec![NAME.to_owned()],
        directory: "https://ca.example.com/directory".to_owned(),
        contact: None,
        binding: None,
        client: HttpClient::believing(RootCertStore::empty()).unwrap(),
    }
}

/// Nobody is told of orders.
pub(super) fn audit() -> Log {
    let (clock, entropy) = (Clock::system(), Entropy::system());
    Log::none(Place { account_id: String::new(), region: String::new(), clock, entropy })
}

async fn begun(tls: &Tls, server: &TestServer) -> Keeper {
    Keeper::begin(settings(), tls.clone(), server.engine(), &audit()).await
}

fn kept(server: &TestServer) -> Kept {
    Kept::new(server.engine().clone(), settings().id, settings().directory)
}

const LATER: Timestamp = Timestamp::from_seconds(5_000_000_000);

/// When an order ends that begins now.
fn soon(server: &TestServer) -> Timestamp {
    server.now().plus_seconds(300)
}

#[tokio::test]
async fn every_server_shows_what_the_database_has() {
    let server = TestServer::start(Database::Sqlite).await;
    let tls = Tls::without_certificate(Clock::system()).unwrap();
    let mut keeper = begun(&tls, &server).await;
    assert_eq!(keeper.look().await.unwrap(), Some(0), "there is none, so that one is due");
    // Another server orders.
    let kept = kept(&server);
    let soon = soon(&server);
    kept.want().await.unwrap();
    assert!(kept.lease("first", soon, soon).await.unwrap());
    assert!(!kept.lease("second", soon, soon).await.unwrap());
    assert_eq!(keeper.look().await.unwrap(), None, "an order is under way");
    let digest = [9; DIGEST];
    let digests = BTreeMap::from([(NAME.to_owned(), digest)]);
    let challenges = kept.put_challenges(&digests, soon).await.unwrap().unwrap();
    keeper.look().await.unwrap();
    let first = shown(&tls, NAME, &[PROTOCOL]).await.0.unwrap();
    assert!(holds(&first, &digest));
    keeper.look().await.unwrap();
    let again = shown(&tls, NAME, &[PROTOCOL]).await.0.unwrap();
    assert_eq!(first, again, "what is known is not made again");
    let of_others = Kept::new(server.engine().clone(), "two".to_owned(), settings().directory);
    assert_eq!(of_others.put_challenges(&digests, soon).await.unwrap(), None);
    kept.remove_challenges(&challenges).await.unwrap();
    assert!(of_others.put_challenges(&digests, soon).await.unwrap().is_some());
    kept.remove_challenges(&challenges).await.unwrap();
    assert_eq!(kept.look().await.unwrap().challenges.len(), 1, "it is another one's by now");
    server.clock().advance_seconds(300);
    let (pem, certificate) = pem(server.now()..LATER);
    let validity = server.now()..LATER;
    assert!(!kept.issue("second", &pem, &validity, LATER).await.unwrap(), "it has no lease");
    assert!(kept.issue("first", &pem, &validity, LATER).await.unwrap());
    assert_eq!(keeper.look().await.unwrap(), None, "the next one is due later");
    assert!(shown(&tls, NAME, &[PROTOCOL]).await.0.is_err());
    assert_eq!(shown(&tls, NAME, &[b"h2"]).await.0.unwrap(), certificate);
}

#[tokio::test]
async fn what_is_kept_is_sealed_and_opens_in_its_place_alone() {
    let server = TestServer::start(Database::Sqlite).await;
    let kept = kept(&server);
    let now = server.now();
    issue(&kept, &server, now..LATER).await;
    let digest = [3; DIGEST];
    let names = BTreeMap::from([("a.example.com".to_owned(), digest), ("b.example.com".to_owned(), digest)]);
    let _ = kept.put_challenges(&names, soon(&server)).await.unwrap();
    let found = kept.look().await.unwrap();
    let sealed = found.certificate.unwrap().pem.unwrap();
    assert!(!sealed.windows(5).any(|window| window == b"BEGIN"));
    let given = kept.open_certificate(&sealed).unwrap();
    assert_eq!((given.usable.validity(), given.given_at), (&(now..LATER), now));
    assert!(kept.open_certificate(b"no seal").is_err());
    let sealed = &found.challenges["a.example.com"];
    assert_eq!(kept.open_challenge("a.example.com", sealed), Some(digest));
    assert_eq!(kept.open_challenge("b.example.com", sealed), None);
    assert_eq!(kept.open_challenge("a.example.com", &digest), None);
}

/// Has a certificate given that is valid then; returns it.
async fn issue(kept: &Kept, server: &TestServer, validity: Range<Timestamp>) -> CertificateDer<'static> {
    let (pem, certificate) = pem(validity.clone());
    kept.want().await.unwrap();
    assert!(kept.lease("order", soon(server), soon(server)).await.unwrap());
    assert!(kept.issue("order", &pem, &validity, validity.end).await.unwrap());
    certificate
}

#[tokio::test]
async fn what_begins_later_is_shown_then_or_where_there_is_nothing_better() {
    let server = TestServer::start(Database::Sqlite).await;
    let (tls, kept) = (Tls::without_certificate(server.clock().clone()).unwrap(), kept(&server));
    let mut keeper = begun(&tls, &server).await;
    let at = |seconds| server.now().plus_seconds(seconds);
    let first = issue(&kept, &server, at(600)..at(1_000)).await;
    keeper.look().await.unwrap();
    assert_eq!(shown(&tls, NAME, &[b"h2"]).await.0.unwrap(), first, "better than nothing");
    server.clock().advance_seconds(1_000);
    let second = issue(&kept, &server, at(-1)..at(9_000)).await;
    keeper.look().await.unwrap();
    assert_eq!(shown(&tls, NAME, &[b"h2"]).await.0.unwrap(), second);
    // Nine thousand seconds, and the lease is over.
    server.clock().advance_seconds(8_990);
    assert_eq!(keeper.look().await.unwrap(), None);
    server.clock().advance_seconds(10);
    let third = issue(&kept, &server, at(60)..at(9_000)).await;
    server.clock().set_back_seconds(10);
    keeper.look().await.unwrap();
    assert_eq!(
        shown(&tls, NAME, &[b"h2"]).await.0.unwrap(),
        second,
        "it is good, and the other one is not yet"
    );
    server.clock().advance_seconds(70);
    keeper.look().await.unwrap();
    assert_eq!(shown(&tls, NAME, &[b"h2"]).await.0.unwrap(), third);
}

/// Changes what the database has, beside everybody.
async fn change(server: &TestServer, sql: &str) {
    let _ = server.engine().store().run(sql).await;
}

#[tokio::test]
async fn a_row_that_was_made_again_is_shown_and_one_that_cannot_be_used_is_renewed() {
    let server = TestServer::start(Database::Sqlite).await;
    let (tls, kept) = (Tls::without_certificate(server.clock().clone()).unwrap(), kept(&server));
    let mut keeper = begun(&tls, &server).await;
    let validity = server.now()..LATER;
    let first = issue(&kept, &server, validity.clone()).await;
    assert_eq!(keeper.look().await.unwrap(), None);
    change(&server, "DELETE FROM acme_certificates").await;
    assert_eq!(keeper.look().await.unwrap(), Some(0));
    assert_eq!(shown(&tls, NAME, &[b"h2"]).await.0.unwrap(), first, "it stays in use");
    let second = issue(&kept, &server, validity).await;
    assert_eq!(keeper.look().await.unwrap(), None);
    assert_eq!(shown(&tls, NAME, &[b"h2"]).await.0.unwrap(), second);
    change(&server, "UPDATE acme_certificates SET pem = x'00'").await;
    assert_eq!(keeper.look().await.unwrap(), None, "there is one to show until the next one is due");
    assert_eq!(shown(&tls, NAME, &[b"h2"]).await.0.unwrap(), second);
    let without = Tls::without_certificate(server.clock().clone()).unwrap();
    let mut keeper = begun(&without, &server).await;
    assert_eq!(keeper.look().await.unwrap(), Some(0), "there is none to show");
}

#[tokio::test]
async fn an_account_that_does_not_open_is_none() {
    let server = TestServer::start(Database::Sqlite).await;
    let directory = settings().directory;
    change(&server, &format!("INSERT INTO acme_accounts VALUES ('{directory}', x'00')")).await;
    assert!(kept(&server).account().await.unwrap().is_none());
}
