//! Shows what the database has, and has ordered what is due.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use poolhouse_core::Engine;
use poolhouse_kernel::Fault;
use poolhouse_ports::Timestamp;
use prometheus_client::collector::Collector;
use tokio::sync::watch;
use tokio::time::sleep;

use super::challenge;
use super::desk::{Desk, UnderWay, tell};
use super::kept::Found;
use super::renewal::InUse;
use super::schedule::INTERVAL;
use super::settings::Settings;
use crate::audit::Log;
use crate::tls::{Pending, Tls, Usable};

/// The pause after a failure of the database.
const PAUSE: Duration = Duration::from_secs(5);

/// How often the authority is asked when it suggests to renew, as RFC 9773 §4.3 recommends.
const ASKED_AGAIN: Duration = Duration::from_secs(6 * 60 * 60);

/// Keeps the certificate of TLS.
pub(crate) struct Keeper {
    tls: Tls,
    desk: Arc<Desk>,
    /// Whether this server may order: a read node only shows.
    orders: bool,
    /// The certificate that was found last, sealed.
    seen: Option<Vec<u8>>,
    /// What is to be shown next, where that begins later.
    next: Option<Usable>,
    /// The number of the certificate that was read last, and as what the authority is asked about it.
    in_use: Option<(i64, InUse)>,
    /// When it was asked.
    asked: Option<Instant>,
    /// What is to be proven, as it was found last, and how that is shown.
    challenges: BTreeMap<String, Vec<u8>>,
    shown: Pending,
    under_way: Option<UnderWay>,
}

impl Keeper {
    /// Begins with what the database has: a server that is started again has its certificate before the first connection.
    pub(crate) async fn begin(settings: Settings, tls: Tls, engine: &Engine, audit: &Log) -> Self {
        let mut keeper = Self {
            tls,
            desk: Arc::new(Desk::new(settings, engine, audit.clone())),
            orders: !engine.store().is_read_node(),
            seen: None,
            next: None,
            in_use: None,
            asked: None,
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

    /// Shows and orders until `stop` changes; an order under way then is given back.
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
        if let Some(under_way) = self.under_way {
            self.desk.give_back(under_way).await;
        }
    }

    async fn step(&mut self) -> Result<(), Fault> {
        if let Some(ended) = self.under_way.take_if(|under_way| !under_way.goes_on()) {
            self.desk.settle(ended).await;
        }
        let due = self.look().await?;
        if self.orders && self.under_way.is_none() {
            match due {
                Some(failures) => self.under_way = self.desk.begin(failures).await?,
                None => self.ask_again(),
            }
        }
        Ok(())
    }

    /// Asks the authority when it suggests to renew, from time to time. Nobody waits for the answer.
    fn ask_again(&mut self) {
        if self.asked.is_some_and(|asked| asked.elapsed() < ASKED_AGAIN) {
            return;
        }
        self.asked = Some(Instant::now());
        if let Some((version, certificate)) = self.in_use.clone() {
            let desk = Arc::clone(&self.desk);
            tokio::spawn(async move { desk.heed(version, &certificate).await });
        }
    }

    /// Shows what the database has; where an order is due, tells how many have failed before it.
    pub(super) async fn look(&mut self) -> Result<Option<u32>, Fault> {
        let Found { certificate, challenges } = self.desk.kept.look().await?;
        if challenges != self.challenges {
            self.shown = self.answers(&challenges);
            self.tls.answer_challenges(self.shown.clone());
            self.challenges = challenges;
        }
        let now = self.desk.engine.clock().outside();
        let Some(certificate) = certificate else { return Ok(Some(0)) };
        self.desk.figures.note(certificate.due_at, certificate.failures);
        // By what it is, and not by its number: a row may be removed, and made again.
        if let Some(sealed) = certificate.pem.as_ref().filter(|sealed| self.seen.as_ref() != Some(*sealed)) {
            self.read(sealed, certificate.version, now).await?;
        }
        self.show(now);
        Ok(certificate.is_due(now).then_some(certificate.failures))
    }

    /// Reads a certificate that is new here. In the place of one that cannot be used the next one comes when it is due; where there
    /// is none at all, at once, but once: others may have no trouble with it.
    async fn read(&mut self, sealed: &[u8], version: i64, now: Timestamp) -> Result<(), Fault> {
        match self.desk.kept.open_certificate(sealed) {
            Ok(given) => {
                (self.in_use, self.asked) = (InUse::of(&given).map(|in_use| (version, in_use)), None);
                let usable = given.usable;
                if now < usable.validity().start {
                    let valid_from = usable.validity().start.iso8601();
                    tracing::error!(
                        valid_from,
                        "a certificate of TLS begins later: look at the clock of this machine"
                    );
                }
                self.next = Some(usable);
            }
            Err(why) => {
                if self.orders && self.seen.is_none() && self.tls.valid().is_none() {
                    let _ = self.desk.kept.plan(version, now).await?;
                }
                tracing::error!("the certificate of TLS in the database cannot be used: {why}");
            }
        }
        self.seen = Some(sealed.to_vec());
        Ok(())
    }

    /// Shows what was read when it begins, and before where that is no worse than what is in use.
    fn show(&mut self, now: Timestamp) {
        let has_good = self.tls.valid().is_some_and(|valid| valid.contains(&now));
        if let Some(usable) = self.next.take_if(|next| !has_good || next.validity().start <= now) {
            let valid_until = usable.validity().end.iso8601();
            self.tls.show(usable);
            tracing::info!(valid_until, "a certificate of TLS is in use from now on");
        }
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
}
