use poolhouse_ports::Timestamp;
use poolhouse_testkit::{Database, TestServer};
use serde_json::{Value, json};

use super::authority::{Authority, RENEWAL};
use super::{NAME, audit, change, pem, soon};
use crate::acme::desk::Desk;
use crate::acme::renewal::InUse;
use crate::tls::Usable;

/// Who looks after a certificate that lives for 90 days from now on.
struct Renewing<'a> {
    server: &'a TestServer,
    began: Timestamp,
    desk: Desk,
    in_use: InUse,
}

impl<'a> Renewing<'a> {
    async fn begin(server: &'a TestServer, authority: &Authority) -> Self {
        let (desk, began) = (Desk::new(authority.settings(&[NAME]), server.engine(), audit()), server.now());
        let validity = began..day(began, 90);
        let pem = authority.certificate_for(NAME, &validity);
        desk.kept.want().await.unwrap();
        assert!(desk.kept.lease("order", soon(server), soon(server)).await.unwrap());
        assert!(desk.kept.issue("order", &pem, &validity, day(began, 60)).await.unwrap());
        let sealed = desk.kept.look().await.unwrap().certificate.unwrap().pem.unwrap();
        let in_use = InUse::of(&desk.kept.open_certificate(&sealed).unwrap()).unwrap();
        Self { server, began, desk, in_use }
    }

    /// Asks the authority; returns the hour in which the next order is due then.
    async fn hour(&self) -> i64 {
        self.desk.heed(1, &self.in_use).await;
        let row = self.desk.kept.look().await.unwrap().certificate.unwrap();
        row.due_at.millis_since(self.began) / 3_600_000
    }

    fn window(&self, from: i64, to: i64) -> Value {
        json!({ "start": day(self.began, from).iso8601(), "end": day(self.began, to).iso8601() })
    }
}

fn day(began: Timestamp, day: i64) -> Timestamp {
    began.plus_seconds(day * 24 * 60 * 60)
}

#[tokio::test]
async fn a_certificate_is_renewed_when_the_authority_suggests() {
    let (server, authority) = (TestServer::start(Database::Sqlite).await, Authority::start().await);
    let renewing = Renewing::begin(&server, &authority).await;
    assert_eq!(renewing.hour().await, 60 * 24, "it suggests nothing");
    for (from, to) in [(59, 61), (65, 66), (30, 31)] {
        authority.suggest(renewing.window(from, to));
        let hour = renewing.hour().await;
        assert!((from * 24..to * 24).contains(&hour), "{from} {to}: {hour}");
        assert_eq!(renewing.hour().await, hour, "the same for all servers");
    }
    // Something has happened to it. Who asks again does not have it later.
    authority.suggest(renewing.window(-1, 1));
    assert_eq!(renewing.hour().await, 2 * 24);
    renewing.server.clock().advance_seconds(24 * 60 * 60);
    assert_eq!(renewing.hour().await, 2 * 24);
    assert_eq!(authority.asked(RENEWAL), 8);
}

#[tokio::test]
async fn what_an_authority_cannot_mean_changes_nothing() {
    let (server, authority) = (TestServer::start(Database::Sqlite).await, Authority::start().await);
    let renewing = Renewing::begin(&server, &authority).await;
    let end = day(renewing.began, 61).iso8601();
    for window in [
        renewing.window(-20, -10),
        renewing.window(90, 92),
        renewing.window(4000, 5000),
        renewing.window(31, 30),
        json!({ "start": "soon", "end": end }),
        json!({ "start": 59, "end": end }),
        json!({ "end": end }),
        json!([]),
    ] {
        authority.suggest(window.clone());
        assert_eq!(renewing.hour().await, 60 * 24, "{window}");
    }
    authority.suggest(renewing.window(30, 31));
    authority.refuse(RENEWAL, Some("malformed"));
    assert_eq!(renewing.hour().await, 60 * 24);
    authority.refuse(RENEWAL, None);
    // Orders that have failed have their pauses.
    change(&server, "UPDATE acme_certificates SET failures = 1").await;
    assert_eq!(renewing.hour().await, 60 * 24);
}

#[tokio::test]
async fn a_certificate_has_a_name_if_it_tells_who_has_signed_it() {
    let (authority, validity) = (Authority::start().await, Timestamp::from_seconds(0)..super::LATER);
    let read = |pem: &[u8]| Usable::read(pem, pem).unwrap().der().unwrap().to_vec();
    let der = read(&authority.certificate_for(NAME, &validity));
    assert_eq!(poolhouse_saml::signed_as(&der), Some((&[0xc0, 0xff, 0xee][..], &[0, 0xca, 0xfe][..])));
    assert_eq!(poolhouse_saml::signed_as(&read(&pem(validity).0)), None);
    for length in 0..der.len() {
        assert_eq!(poolhouse_saml::signed_as(&der[..length]), None);
        let mut spoilt = der.clone();
        spoilt[length] ^= 0x7f;
        let _ = poolhouse_saml::signed_as(&spoilt);
    }
}
