//! Poolhouse beside other servers of the same interface: `cargo xtask bench --peers`.
//!
//! All are driven by the same load, and what counts is the CPU time of all their processes. Poolhouse runs as in production,
//! the others as they come. Answers are checked: who does not have an operation, or answers it wrongly, has no figure for it.

mod cognito_local;
mod fakecloud;
mod moto;
mod peer;
mod reads;
mod refusal;
mod report;
mod sign_ins;
mod site;
mod subject;
mod tree;
mod workload;
mod writes;

use std::path::Path;
use std::time::Instant;

use poolhouse_crypto::jwt::SigningKey;

use self::peer::{PEERS, Peer};
use self::refusal::Refusal;
use self::report::{Cell, Report, Row};
use self::site::Site;
use self::subject::Subject;
use self::workload::{WORKLOADS, Workload};
use crate::cost;

const ROUNDS: u32 = 7;
/// Requests with which a round tells how fast a server is.
const FEWEST: u32 = 40;
/// Requests of a round, unless they take too long.
const MOST: u32 = 1000;
/// How long a round should take at most, in seconds.
const ROUND_LIMIT: f64 = 1.5;

/// What the peers are called.
pub(crate) fn names() -> Vec<&'static str> {
    PEERS.iter().map(|peer| peer.name).collect()
}

/// Measures Poolhouse and every peer that can be had, or those alone that `only` names, and writes down what came of it.
pub(crate) async fn measure(binary: &Path, only: &[String]) {
    let mut report = Report::default();
    let mut sites = Vec::new();
    let starts = [("Poolhouse", Subject::poolhouse(binary))];
    let wanted = |peer: &&Peer| only.is_empty() || only.iter().any(|name| name == peer.name);
    let others = PEERS.iter().filter(wanted).map(|peer| (peer.name, Subject::peer(peer)));
    for (name, started) in starts.into_iter().chain(others) {
        let site = match started {
            Ok(subject) => {
                Site::build(subject).await.map_err(|Refusal(why)| format!("takes no users: {why}"))
            }
            Err(why) => Err(why),
        };
        match site {
            Ok(site) => {
                eprintln!("{name} has {} users", site.users);
                sites.push(site);
            }
            Err(why) => report.skip(name, why),
        }
    }
    let key = SigningKey::generate().unwrap();
    for workload in WORKLOADS {
        report.put(row(workload, &sites, &key).await);
    }
    report.write(&sites);
}

/// Measures all servers in turns, round by round.
async fn row(workload: &Workload, sites: &[Site], key: &SigningKey) -> Row {
    let mut runs = Vec::new();
    for site in sites {
        runs.push(Run::begin(workload, site).await);
    }
    let mut signatures = Vec::new();
    for round in 1..=ROUNDS {
        let signature = cost::of_signature(key, b"{}");
        signatures.push(signature);
        for (run, site) in runs.iter_mut().zip(sites) {
            run.round(workload, site, round, signature).await;
        }
    }
    let cells = runs.into_iter().map(Run::end).collect();
    Row { name: workload.name, signature: cost::median(signatures), cells }
}

/// What the rounds of one server have come to.
struct Run {
    count: u32,
    omits: Option<&'static str>,
    /// The cost of a request in seconds, and in signatures; or why there is none.
    rounds: Result<Vec<(f64, f64)>, Refusal>,
}

impl Run {
    /// A round that does not count: it warms caches, and tells how many requests a round can have.
    async fn begin(workload: &Workload, site: &Site) -> Self {
        let begun = Instant::now();
        let tried = workload.cost(site, 0, FEWEST).await;
        let fit = f64::from(FEWEST) * ROUND_LIMIT / begun.elapsed().as_secs_f64();
        let count = MOST.min(site.users).min(fit as u32).max(FEWEST);
        match (tried, workload.omits(site).await) {
            (Ok(_), Ok(omits)) => Self { count, omits, rounds: Ok(Vec::new()) },
            (Err(refusal), _) | (_, Err(refusal)) => Self { count, omits: None, rounds: Err(refusal) },
        }
    }

    async fn round(&mut self, workload: &Workload, site: &Site, round: u32, signature: f64) {
        let Ok(rounds) = &mut self.rounds else { return };
        match workload.cost(site, round, self.count).await {
            Ok(cost) => rounds.push((cost, cost / signature)),
            Err(refusal) => self.rounds = Err(refusal),
        }
    }

    fn end(self) -> Cell {
        let rounds = match self.rounds {
            Ok(rounds) => rounds,
            Err(Refusal(word)) => return Cell::None(word),
        };
        let median = |figure: fn(&(f64, f64)) -> f64| cost::median(rounds.iter().map(figure).collect());
        Cell::Cost { seconds: median(|r| r.0), signatures: median(|r| r.1), omits: self.omits }
    }
}
