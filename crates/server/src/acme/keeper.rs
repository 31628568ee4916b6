//! Shows what the database has, and orders what is due.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use poolhouse_core::Engine;
use poolhouse_kernel::Fault;
use poolhouse_ports::Timestamp;
use prometheus_client::collector::Collector;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::authority::Authority;
use super::figures::Figures;
use super::kept::{Found, Kept};
use super::order::{Refused, order};
use super::settings::Settings;
use super::{challenge, schedule};
use crate::tls::{Pending, Tls, Usable};

/// How often the database is looked at: an order waits thrice as long before the authority may look.
const INTERVAL: Duration = Duration::from_secs(1);

/// The pause after a failure of the database.
const PAUSE: Duration = Duration::from_secs(5);

/// How long after the end of a server the next one orders in its place, in seconds.
const AGAIN: i64 = 15;

/// How long an order may take, and how long no other one begins beside it.
const ORDER_TIME: Duration = Duration::from_secs(240);
const LEASE: i64 = 300;

/// Keeps the certificate of TLS.
pub(crate) struct Keeper {
    tls: Tls,
    desk: Arc<Desk>,
    /// Whether this server may order: a read node only shows.
    orders: bool,
    /// Which certificate is shown; 0 while there is none.
    version: i64,
    /// What is to be proven, as it was found last, and how that is shown.
    challenges: BTreeMap<String, Vec<u8>>,
    shown: Pending,
    under_way: Option<UnderWay>,
}

/// An order under way.
struct UnderWay {
    id: String,
    /// Whether the authority was asked to look.
    looked: Arc<AtomicBool>,
    work: JoinHandle<()>,
}

/// What an order needs.
struct Desk {
    engine: Engine,
    settings: Settings,
    kept: Kept,
    figures: Figures,
}

impl Keeper {
    /// Begins with what the database has: a server that is started again has its certificate before the first connection.
    pub(crate) async fn begin(settings: Settings, tls: Tls, engine: &Engine) -> Self {
        let kept = Kept::new(engine.clone(), settings.id.clone(), settings.directory.clone());
        let desk = Arc::new(Desk { engine: engine.clone(), settings, kept, figures: Figures::new() });
        let mut keeper = Self {
            tls,
            desk,
            orders: !engine.store().is_read_node(),
            version: 0,
            challenges: BTreeMap::new(),
            shown: Pending::new(),
            under_way: None,
        };
        if let Err(fault) = keeper.look().await {
            tell(&fault);
        }
        keeper
    }

    /// What became of orders, for the metrics.
    pub(crate) fn figures(&self) -> Box<dyn Collector> {
        Box::new(self.desk.figures.clone())
    }

    /// Shows and orders until `stop` changes; an order under way then is left to another server, or to the next start.
    pub(crate) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        loop {
            let wait = match self.step().await {
                Ok(()) => INTERVAL,
                Err(fault) => {
                    tell(&fault);
                    PAUSE
                }
            };
            self.tls.tell_daily();
            tokio::select! {
                () = sleep(wait) => {}
                _ = stop.changed() => break,
            }
        }
        if let Some(UnderWay { id, looked, work }) = self.under_way.filter(UnderWay::goes_on) {
            work.abort();
            // What the authority has looked at counts as failed.
            if !looked.load(Ordering::Relaxed) {
                let due_at = self.desk.engine.clock().outside().plus_seconds(AGAIN);
                if let Err(fault) = self.desk.kept.release(&id, due_at).await {
                    tell(&fault);
                }
            }
        }
    }

    async fn step(&mut self) -> Result<(), Fault> {
        let due = self.look().await?;
        let is_idle = !self.under_way.as_ref().is_some_and(UnderWay::goes_on);
        if let Some(failures) = due.filter(|_| self.orders && is_idle) {
            self.begin_order(failures).await?;
        }
        Ok(())
    }

    /// Shows what the database has; where an order is due, tells how many have failed before it.
    pub(super) async fn look(&mut self) -> Result<Option<u32>, Fault> {
        let Found { certificate, challenges } = self.desk.kept.look().await?;
        if challenges != self.challenges {
            self.shown = self.answers(&challenges);
            self.tls.answer_challenges(self.shown.clone());
            self.challenges = challenges;
        }
        let Some(certificate) = certificate else { return Ok(Some(0)) };
        self.desk.figures.note(certificate.due_at, certificate.failures);
        if let Some(sealed) = certificate.pem.filter(|_| certificate.version != self.version) {
            let pem = self.desk.kept.open_certificate(&sealed)?;
            let usable = Usable::read(&pem, &pem)
                .map_err(|unusable| Fault::internal(std::io::Error::other(format!("{unusable:?}"))))?;
            let valid_until = usable.validity().end.iso8601();
            self.tls.show(usable);
            self.version = certificate.version;
            tracing::info!(valid_until, "a certificate of TLS is in use from now on");
        }
        let now = self.desk.engine.clock().outside();
        let is_due = certificate.due_at <= now && certificate.leased_until <= now;
        Ok(is_due.then_some(certificate.failures))
    }

    /// How these challenges are shown; those that were there before keep what they had.
    fn answers(&self, challenges: &BTreeMap<String, Vec<u8>>) -> Pending {
        let mut pending = Pending::new();
        for (name, sealed) in challenges {
            let known = self.challenges.get(name).filter(|known| *known == sealed);
            if let Some(config) = known.and_then(|_| self.shown.get(name)) {
                pending.insert(name.clone(), Arc::clone(config));
                continue;
            }
            let digest = self.desk.kept.open_challenge(name, sealed);
            match digest.map(|digest| challenge::config(name, &digest)) {
                Some(Ok(config)) => drop(pending.insert(name.clone(), config)),
                Some(Err(error)) => tracing::error!(name, "a challenge cannot be shown: {error}"),
                None => tracing::error!(name, "a challenge cannot be opened: is the master key another one?"),
            }
        }
        pending
    }

    async fn begin_order(&mut self, failures: u32) -> Result<(), Fault> {
        let desk = Arc::clone(&self.desk);
        desk.kept.want().await?;
        let (id, now) = (desk.engine.entropy().uuid().to_string(), desk.engine.clock().outside());
        let until = now.plus_seconds(LEASE);
        if desk.kept.lease(&id, until, schedule::retry(failures, None, now)).await? {
            let (order, looked) = (id.clone(), Arc::new(AtomicBool::new(false)));
            let told = Arc::clone(&looked);
            let work = tokio::spawn(async move { desk.order(&order, failures, until, &told).await });
            self.under_way = Some(UnderWay { id, looked, work });
        }
        Ok(())
    }
}

impl UnderWay {
    fn goes_on(&self) -> bool {
        !self.work.is_finished()
    }
}

impl Desk {
    /// Orders a certificate after so many failures, and keeps it or why there is none.
    async fn order(&self, id: &str, failures: u32, until: Timestamp, looked: &AtomicBool) {
        let (names, directory) = (self.settings.names.join(" "), &self.settings.directory);
        tracing::info!(names, directory, "ordering a certificate");
        let authority = Authority::new(self.settings.client.clone(), self.engine.clock().clone());
        let ordered = order(&self.settings, &self.kept, &authority, until, looked);
        let ordered = match timeout(ORDER_TIME, ordered).await {
            Ok(ordered) => ordered.and_then(|pem| self.valid(&pem).map(|validity| (pem, validity))),
            Err(_) => Err(Refused::Here(format!("it took longer than {} s", ORDER_TIME.as_secs()))),
        };
        let now = self.engine.clock().outside();
        let kept = match &ordered {
            Ok((pem, validity)) => {
                let due = schedule::renewal(validity, now);
                let (valid_until, next) = (validity.end.iso8601(), due.iso8601());
                tracing::info!(valid_until, next, "the authority has given a certificate");
                self.kept.issue(id, pem.as_bytes(), validity.end, due).await
            }
            Err(refused) => {
                let again = schedule::retry(failures, authority.pause(), now);
                let (why, failures, next) = (refused.describe(), failures.saturating_add(1), again.iso8601());
                tracing::error!(failures, next, "no certificate was given; what is in use stays: {why}");
                self.kept.fail(id, &why, again).await
            }
        };
        self.figures.ordered(ordered.is_ok());
        match kept {
            Ok(true) => {}
            Ok(false) => tracing::warn!("another order has taken the place of this one, which took too long"),
            Err(fault) => tell(&fault),
        }
    }

    /// When what was given is valid: it has begun, and not ended.
    fn valid(&self, pem: &str) -> Result<Range<Timestamp>, Refused> {
        let usable = Usable::read(pem.as_bytes(), pem.as_bytes()).map_err(|unusable| {
            Refused::Here(format!("what the authority gave cannot be used: {unusable:?}"))
        })?;
        let (validity, now) = (usable.validity(), self.engine.clock().outside());
        if validity.contains(&now) {
            return Ok(validity.clone());
        }
        let (start, end) = (validity.start.iso8601(), validity.end.iso8601());
        Err(Refused::Here(format!(
            "what the authority gave is valid from {start} to {end}: look at the clock of this machine"
        )))
    }
}

fn tell(fault: &Fault) {
    tracing::warn!(
        cause = fault.cause().map(tracing::field::display),
        "the certificate of TLS cannot be looked after; trying again"
    );
}
