//! Orders, from their lease to what is kept of them.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use poolhouse_api::audit::Command;
use poolhouse_core::Engine;
use poolhouse_kernel::Fault;
use poolhouse_ports::Timestamp;
use serde_json::json;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::authority::Authority;
use super::figures::Figures;
use super::kept::Kept;
use super::order::{Clerk, ORDER_TIME, Progress, Refused, described};
use super::renewal::InUse;
use super::schedule;
use super::settings::Settings;
use crate::audit::Log;
use crate::tls::Usable;

/// How long no other order begins beside one, in seconds.
const LEASE: i64 = 300;

/// What an order needs.
pub(super) struct Desk {
    pub(super) engine: Engine,
    settings: Settings,
    pub(super) kept: Kept,
    pub(super) figures: Figures,
    audit: Log,
}

/// An order under way.
pub(super) struct UnderWay {
    id: String,
    /// How many have failed before it.
    failures: u32,
    progress: Arc<Progress>,
    work: JoinHandle<()>,
}

impl UnderWay {
    pub(super) fn goes_on(&self) -> bool {
        !self.work.is_finished()
    }
}

impl Desk {
    pub(super) fn new(settings: Settings, engine: &Engine, audit: Log) -> Self {
        let kept = Kept::new(engine.clone(), settings.id.clone(), settings.directory.clone());
        Self { engine: engine.clone(), settings, kept, figures: Figures::new(), audit }
    }

    /// Begins an order after so many failures, unless another server has.
    pub(super) async fn begin(self: &Arc<Self>, failures: u32) -> Result<Option<UnderWay>, Fault> {
        self.kept.want().await?;
        let (id, now) = (self.engine.entropy().uuid().to_string(), self.engine.clock().outside());
        let until = now.plus_seconds(LEASE);
        if !self.kept.lease(&id, until, schedule::retry(failures, None, self.chance(), now)).await? {
            return Ok(None);
        }
        let (desk, order, progress) = (Arc::clone(self), id.clone(), Arc::<Progress>::default());
        let told = Arc::clone(&progress);
        let work = tokio::spawn(async move { desk.order(&order, failures, until, &told).await });
        Ok(Some(UnderWay { id, failures, progress, work }))
    }

    /// Notes the end of an order that could not do so itself, for something in it has panicked.
    pub(super) async fn settle(&self, ended: UnderWay) {
        if let Err(error) = ended.work.await {
            self.refuse(&ended.id, ended.failures, None, &Refused::Here(error.to_string())).await;
        }
    }

    /// Breaks an order off, and leaves it to another server, or to the next start. What the authority has looked at counts as failed.
    pub(super) async fn give_back(&self, broken_off: UnderWay) {
        let UnderWay { id, failures, progress, work } = broken_off;
        let making = progress.making.lock().await;
        work.abort();
        let is_broken_off = work.await.is_err_and(|error| error.is_cancelled());
        drop(making);
        if !is_broken_off || progress.looked.load(Ordering::Relaxed) {
            return;
        }
        let due_at = schedule::again(failures, self.engine.clock().outside());
        if let Err(fault) = self.kept.release(&id, due_at).await {
            tell(&fault);
        }
    }

    /// Orders a certificate, and keeps it or why there is none.
    async fn order(&self, id: &str, failures: u32, until: Timestamp, progress: &Progress) {
        let (names, directory) = (self.settings.names.join(" "), &self.settings.directory);
        tracing::info!(names, directory, "ordering a certificate");
        let authority = Authority::new(self.settings.client.clone(), self.engine.clock().clone());
        let (settings, kept) = (&self.settings, &self.kept);
        let clerk = Clerk { settings, kept, authority: &authority, until, progress };
        let ordered = match timeout(ORDER_TIME, clerk.order()).await {
            Ok(ordered) => ordered.and_then(|pem| self.valid(&pem).map(|validity| (pem, validity))),
            Err(_) => Err(Refused::Here(format!("it took longer than {} s", ORDER_TIME.as_secs()))),
        };
        let (pem, validity) = match ordered {
            Ok(given) => given,
            Err(refused) => return self.refuse(id, failures, Some(&authority), &refused).await,
        };
        let now = self.engine.clock().outside();
        let due = schedule::renewal(&validity, now);
        let (valid_until, next) = (validity.end.iso8601(), due.iso8601());
        tracing::info!(valid_until, next, "the authority has given a certificate");
        if now < validity.start {
            let valid_from = validity.start.iso8601();
            tracing::error!(valid_from, "it begins later: look at the clock of this machine");
        }
        self.figures.ordered(true);
        self.end(self.kept.issue(id, pem.as_bytes(), &validity, due).await).await;
        self.record(None).await;
    }

    /// Has a certificate renewed when the authority suggests, if it does.
    pub(super) async fn heed(&self, version: i64, certificate: &InUse) {
        let (clock, directory) = (self.engine.clock(), &self.settings.directory);
        let authority = Authority::new(self.settings.client.clone(), clock.clone());
        let due = match certificate.suggested(&authority, directory, clock.outside()).await {
            Ok(Some(due)) => due,
            Ok(None) => return,
            Err(why) => {
                let why = described(&why);
                return tracing::info!("the authority does not say when to renew the certificate: {why}");
            }
        };
        match self.kept.plan(version, due).await {
            Ok(true) => {
                let next = due.iso8601();
                tracing::info!(next, "the certificate is renewed when the authority suggests");
            }
            Ok(false) => {}
            Err(fault) => tell(&fault),
        }
    }

    /// Notes why there is none, and when to try again.
    async fn refuse(&self, id: &str, failures: u32, authority: Option<&Authority>, refused: &Refused) {
        let (asked, now) = (authority.and_then(Authority::pause), self.engine.clock().outside());
        let again = schedule::retry(failures, asked, self.chance(), now);
        let (why, failures, next) = (refused.describe(), failures.saturating_add(1), again.iso8601());
        tracing::error!(failures, next, "no certificate was given; what is in use stays: {why}");
        self.figures.ordered(false);
        self.end(self.kept.fail(id, &why, again).await).await;
        self.record(Some(&why)).await;
    }

    /// Forgets an order that has ended: it is not to be taken up again, unless another one has taken its place.
    async fn end(&self, kept: Result<bool, Fault>) {
        let ended = match kept {
            Ok(true) => self.kept.end_order().await,
            Ok(false) => {
                tracing::warn!("another order has taken the place of this one, which took too long");
                Ok(())
            }
            Err(fault) => Err(fault),
        };
        if let Err(fault) = ended {
            tell(&fault);
        }
    }

    /// Tells the audit of an order that has ended.
    async fn record(&self, error: Option<&str>) {
        let Settings { names, directory, .. } = &self.settings;
        let parameters = json!({ "due": true, "names": names, "directory": directory });
        // The log says itself when it cannot be written.
        let _ = self.audit.told(Command { name: "OrderCertificate", parameters, error }).await;
    }

    /// When what was given is valid. It may begin later by a clock that is behind: there is none better to be had.
    fn valid(&self, pem: &str) -> Result<Range<Timestamp>, Refused> {
        let usable = Usable::read(pem.as_bytes(), pem.as_bytes()).map_err(|unusable| {
            Refused::Here(format!("what the authority gave cannot be used: {unusable:?}"))
        })?;
        if let Some(name) = self.settings.names.iter().find(|name| !usable.is_for(name)) {
            return Err(Refused::Here(format!("what the authority gave is not for {name}")));
        }
        let validity = usable.validity();
        if self.engine.clock().outside() < validity.end {
            return Ok(validity.clone());
        }
        let end = validity.end.iso8601();
        Err(Refused::Here(format!(
            "what the authority gave has ended at {end}: look at the clock of this machine"
        )))
    }

    /// What keeps servers apart that would do the same at the same time.
    fn chance(&self) -> u8 {
        let [chance] = self.engine.entropy().bytes();
        chance
    }
}

/// Says what is wrong with the database.
pub(super) fn tell(fault: &Fault) {
    tracing::warn!(
        cause = fault.cause().map(tracing::field::display),
        "the certificate of TLS cannot be looked after; trying again"
    );
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use poolhouse_store::tables::acme_certificates::AcmeCertificate;
    use poolhouse_testkit::{Database, TestServer};

    use super::*;
    use crate::acme::tests::{NAME, audit, pem, settings};

    const DAY: i64 = 24 * 60 * 60;

    #[tokio::test]
    async fn what_is_given_is_held_against_the_names_and_the_clock() {
        let server = TestServer::start(Database::Sqlite).await;
        let now = server.now();
        let valid = |names: &[&str], from, to| {
            let names = names.iter().map(ToString::to_string).collect();
            let desk = Desk::new(Settings { names, ..settings() }, server.engine(), audit());
            let (pem, _) = pem(now.plus_seconds(from * DAY)..now.plus_seconds(to * DAY));
            desk.valid(&String::from_utf8(pem).unwrap()).map_err(|refused| refused.describe())
        };
        assert_eq!(valid(&[NAME], -1, 9).unwrap().end, now.plus_seconds(9 * DAY));
        // The clock of this machine is behind.
        assert!(valid(&[NAME], 30, 90).is_ok());
        assert!(valid(&[NAME], -9, -1).unwrap_err().contains("has ended"));
        let other = "other.example.com";
        assert!(valid(&[NAME, other], -1, 9).unwrap_err().contains("is not for other.example.com"));
    }

    /// An order of which there is nothing but its lease, and this work.
    async fn under_way(desk: &Desk, work: JoinHandle<()>) -> UnderWay {
        let soon = desk.engine.clock().outside().plus_seconds(LEASE);
        desk.kept.want().await.unwrap();
        assert!(desk.kept.lease("order", soon, soon).await.unwrap());
        UnderWay { id: "order".to_owned(), failures: 0, progress: Arc::default(), work }
    }

    async fn row(desk: &Desk) -> AcmeCertificate {
        desk.kept.look().await.unwrap().certificate.unwrap()
    }

    #[tokio::test]
    async fn an_order_that_panics_has_failed() {
        let server = TestServer::start(Database::Sqlite).await;
        let desk = Desk::new(settings(), server.engine(), audit());
        let order = under_way(&desk, tokio::spawn(async { panic!("on the way") })).await;
        desk.settle(order).await;
        let row = row(&desk).await;
        assert!(row.failure.unwrap().contains("on the way"));
        assert_eq!((row.failures, row.leased_until), (1, Timestamp::default()));
    }

    #[tokio::test]
    async fn an_order_is_given_back_unless_the_authority_has_looked() {
        let server = TestServer::start(Database::Sqlite).await;
        let desk = Desk::new(settings(), server.engine(), audit());
        let order = under_way(&desk, tokio::spawn(pending())).await;
        desk.give_back(order).await;
        assert_eq!(row(&desk).await.due_at, server.now().plus_seconds(15));
        server.clock().advance_seconds(15);
        let order = under_way(&desk, tokio::spawn(pending())).await;
        order.progress.looked.store(true, Ordering::Relaxed);
        desk.give_back(order).await;
        let row = row(&desk).await;
        assert_eq!((row.failures, row.due_at), (2, server.now().plus_seconds(LEASE)));
    }
}
