//! How often one source address, client or user may ask, and the account in a category (docs/cognito/protocol.md §9).
//!
//! Each has a bucket, of ten seconds' worth of requests in most cases, that fills at the rate of its kind. A bucket is a single number,
//! the time at which it will be full (the generic cell rate algorithm). Buckets live in the memory of this node, in a
//! table of fixed size: nobody can fill the memory by coming under many names, or wash a bucket out of it.
//!
//! Who asks is hashed to two cells of the table, and let in while either has room. One who shares both cells with
//! sources that are at their limit would be refused in their place: with a thousand of those, one in 4,000.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use poolhouse_ports::{ClientId, PoolId, Sub, Timestamp};
use poolhouse_wire::ErrorCode;

use super::shares::Bounds;
use super::source::network;
use crate::Fault;
use crate::lazy_table::LazyTable;

/// Cells in each half of the table; both halves take up to 1 MiB.
const CELLS: usize = 1 << 16;

/// How many seconds' worth of requests may come at once.
const BURST_SECONDS: i64 = 10;

const MICROS: i64 = 1_000_000;

/// What may be asked, as the operator sets it. The default is no limit at all.
///
/// Rates are requests a second for each source of a kind, on each node; above a million they count as one million. 0
/// is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// For a source address, but this machine's own: unsigned requests, and apart from these handshakes of TLS.
    pub per_address: u32,
    /// For a source address, of requests that come with a signature.
    pub per_signed_address: u32,
    /// For an app client, over all its users.
    pub per_client: u32,
    /// For a user: as named with a client, as the account that the name means, or as proven by a token.
    pub per_user: u32,
    /// How many codes of each factor a user may be sent within an hour to sign in with.
    pub sign_in_codes: u32,
    /// How many clients a source address, but this machine's own, may register without a token within an hour, and metadata
    /// documents of clients have fetched.
    pub strangers: u32,
    /// How many times its default the limit of a category of requests may be set to; 0 if categories are not limited.
    pub category_factor: u32,
    /// Memory for the bodies of requests that are being read and answered, in KiB.
    pub bodies: Bounds,
}

/// How many may come within a time, and at once.
#[derive(Clone, Copy, Debug)]
struct Rate {
    /// 0 is no limit.
    most: u32,
    seconds: i64,
}

impl Rate {
    /// So many a second, with ten seconds' worth at once.
    fn a_second(rate: u32) -> Self {
        Self { most: rate.saturating_mul(10), seconds: BURST_SECONDS }
    }
}

/// Metadata documents of clients that are fetched for one pool, and how often one of them (docs/cognito/new-operations.md
/// §16.3, ours).
const DOCUMENTS: Rate = Rate { most: 60, seconds: 60 };
const DOCUMENT: Rate = Rate { most: 6, seconds: 60 };

/// Tokens about which a social provider is asked (ours): for one identity pool, and for one source address.
const TOKEN_CHECKS: Rate = Rate { most: 1200, seconds: 60 };
const TOKEN_CHECK: Rate = Rate { most: 60, seconds: 60 };

/// Who asks.
#[derive(Clone, Copy, Debug, Hash)]
pub enum Asker<'a> {
    /// A source address without a signature.
    Address(IpAddr),
    /// A source address with a signature, be it good or not.
    SignedAddress(IpAddr),
    /// A source address that calls a host name, which is looked up before it is known what is asked.
    Lookup(IpAddr),
    /// A source address that begins TLS, which costs a signature.
    Handshake(IpAddr),
    /// An app client, by its id.
    Client(&'a ClientId),
    /// A user of a client, by the name that was sent.
    Named(&'a ClientId, &'a str),
    /// A user of a pool.
    User(&'a PoolId, &'a Sub),
    /// The account that a name was found to mean: whatever the name, and through any client. Apart from the user's
    /// tokens, so that who only knows a name uses up nothing of theirs.
    Account(&'a PoolId, &'a Sub),
    /// Who registers a client without a token, or has a metadata document fetched.
    Stranger(IpAddr),
    /// Whoever has metadata documents fetched for clients of a pool.
    Documents(&'a PoolId),
    /// The same of one document.
    Document(&'a PoolId, &'a str),
    /// Whoever has a social provider asked about tokens of users of an identity pool.
    TokenChecks(&'a str, &'a str),
    /// A source address that does.
    TokenCheck(IpAddr),
    /// The whole account in a region, for a category of requests that has this rate.
    Category {
        /// The region.
        region: &'a str,
        /// The category.
        category: &'a str,
        /// Requests a second on this node.
        rate: u32,
    },
}

/// What was limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Unsigned requests of an address.
    Address,
    /// Signed requests of an address.
    SignedAddress,
    /// Requests for a client.
    Client,
    /// Requests for a user.
    User,
    /// Codes to sign in with.
    SignInCode,
    /// Memory for bodies.
    Body,
    /// Clients that register themselves, documents that are fetched, and tokens about which others are asked.
    Stranger,
    /// Requests of a category.
    Category,
    /// Handshakes of TLS of an address.
    Handshake,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Address,
        Self::SignedAddress,
        Self::Client,
        Self::User,
        Self::SignInCode,
        Self::Body,
        Self::Stranger,
        Self::Category,
        Self::Handshake,
    ];

    /// As metrics name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::SignedAddress => "signed_address",
            Self::Client => "client",
            Self::User => "user",
            Self::SignInCode => "sign_in_code",
            Self::Body => "body",
            Self::Stranger => "stranger",
            Self::Category => "category",
            Self::Handshake => "handshake",
        }
    }
}

/// Holds askers to the limits of the installation, as far as this node sees them.
pub struct Limiter {
    limits: Limits,
    /// Keyed at random, so that nobody can choose whose bucket they share.
    hasher: RandomState,
    halves: [LazyTable<Bucket>; 2],
    refused: [AtomicU64; Kind::ALL.len()],
}

impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limiter").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Limiter {
    /// Nobody has asked yet.
    pub fn new(limits: Limits) -> Self {
        let half = || LazyTable::new(CELLS, Bucket::default);
        Self { limits, hasher: RandomState::new(), halves: [half(), half()], refused: Default::default() }
    }

    /// The limits that are held.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Takes one request of `asker` out of their bucket.
    ///
    /// # Errors
    /// `TooManyRequestsException` when the bucket is empty.
    pub fn admit(&self, asker: Asker<'_>, now: Timestamp) -> Result<(), Fault> {
        let (kind, rate, asker) = match asker {
            // This machine's own address says nothing about who asks: a proxy may stand before us.
            Asker::Address(address)
            | Asker::SignedAddress(address)
            | Asker::Lookup(address)
            | Asker::Handshake(address)
            | Asker::Stranger(address)
            | Asker::TokenCheck(address)
                if address.to_canonical().is_loopback() =>
            {
                return Ok(());
            }
            Asker::Address(address) => {
                (Kind::Address, Rate::a_second(self.limits.per_address), Asker::Address(network(address)))
            }
            Asker::SignedAddress(address) => {
                let rate = Rate::a_second(self.limits.per_signed_address);
                (Kind::SignedAddress, rate, Asker::SignedAddress(network(address)))
            }
            Asker::Lookup(address) => {
                (Kind::Address, Rate::a_second(self.limits.per_address), Asker::Lookup(network(address)))
            }
            Asker::Handshake(address) => {
                (Kind::Handshake, Rate::a_second(self.limits.per_address), Asker::Handshake(network(address)))
            }
            Asker::Client(_) => (Kind::Client, Rate::a_second(self.limits.per_client), asker),
            Asker::Named(..) | Asker::User(..) | Asker::Account(..) => {
                (Kind::User, Rate::a_second(self.limits.per_user), asker)
            }
            Asker::Stranger(address) => {
                let rate = Rate { most: self.limits.strangers, seconds: 3600 };
                (Kind::Stranger, rate, Asker::Stranger(network(address)))
            }
            Asker::Documents(_) => (Kind::Stranger, DOCUMENTS, asker),
            Asker::Document(..) => (Kind::Stranger, DOCUMENT, asker),
            Asker::TokenChecks(..) => (Kind::Stranger, TOKEN_CHECKS, asker),
            Asker::TokenCheck(address) => (Kind::Stranger, TOKEN_CHECK, Asker::TokenCheck(network(address))),
            // Whoever sets another limit goes on with the same bucket.
            Asker::Category { region, category, rate } => {
                (Kind::Category, Rate::a_second(rate), Asker::Category { region, category, rate: 0 })
            }
        };
        if rate.most == 0 || self.take(self.hasher.hash_one(asker), rate, now) {
            return Ok(());
        }
        self.count_refused(kind);
        // protocol §9, observed
        Err(Fault::new(ErrorCode::TooManyRequestsException, "Rate exceeded"))
    }

    /// How many requests were refused so far, of this kind.
    pub fn refused(&self, kind: Kind) -> u64 {
        self.counter(kind).map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// Counts one that was refused elsewhere.
    pub fn count_refused(&self, kind: Kind) {
        if let Some(count) = self.counter(kind) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn counter(&self, kind: Kind) -> Option<&AtomicU64> {
        self.refused.get(kind as usize)
    }

    #[expect(clippy::cast_possible_truncation, reason = "any part of a hash is as good as another")]
    fn take(&self, hash: u64, rate: Rate, now: Timestamp) -> bool {
        let now = now.millis().saturating_mul(1000);
        let depth = rate.seconds * MICROS;
        let cost = (depth / i64::from(rate.most)).max(1);
        let [first, second] = &self.halves;
        // Both give what they have: the emptier of the two is the one that is shared.
        let taken = [(first, hash), (second, hash >> 32)]
            .map(|(half, part)| half.at(part as usize).take(cost, depth, now));
        taken.contains(&true)
    }
}

/// The time at which it will be full, in microseconds since 1970.
#[derive(Default)]
struct Bucket(AtomicI64);

impl Bucket {
    /// Takes as much as flows in within `cost` microseconds, if there is so much; a full one holds as much as `depth` gives.
    fn take(&self, cost: i64, depth: i64, now: i64) -> bool {
        let taken = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |full_at| {
            // Further off than for an empty bucket: the clock was set back.
            let full_at = if full_at > now + depth { now } else { full_at.max(now) };
            (full_at + cost <= now + depth).then_some(full_at + cost)
        });
        taken.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(1_000_000_000);

    fn limiter(per_user: u32) -> Limiter {
        Limiter::new(Limits { per_address: 1, per_client: 1, per_user, ..Limits::default() })
    }

    fn admitted(limiter: &Limiter, asker: Asker<'_>, now: Timestamp, times: usize) -> usize {
        (0..times).filter(|_| limiter.admit(asker, now).is_ok()).count()
    }

    fn at(text: &str) -> Asker<'static> {
        Asker::Address(text.parse().unwrap())
    }

    #[test]
    fn ten_seconds_worth_come_at_once_and_then_the_rate() {
        let limiter = limiter(20);
        let client = ClientId::from("client");
        let alice = Asker::Named(&client, "alice");
        assert_eq!(admitted(&limiter, alice, START, 300), 200);
        assert_eq!(admitted(&limiter, alice, Timestamp(START.0 + 49), 1), 0);
        assert_eq!(admitted(&limiter, alice, Timestamp(START.0 + 50), 2), 1);
        assert_eq!(admitted(&limiter, alice, Timestamp(START.0 + 1050), 50), 20);
        assert_eq!(admitted(&limiter, alice, Timestamp(START.0 + 60_000), 300), 200);
        let refused = 100 + 1 + 1 + 30 + 100;
        assert_eq!(Kind::ALL.map(|kind| limiter.refused(kind)), [0, 0, 0, refused, 0, 0, 0, 0, 0]);
        let fault = limiter.admit(alice, Timestamp(START.0 + 60_000)).unwrap_err();
        assert_eq!(
            (fault.code(), fault.message()),
            (ErrorCode::TooManyRequestsException, Some("Rate exceeded"))
        );
    }

    #[test]
    fn each_asker_has_a_bucket_of_their_own() {
        let limiter = limiter(1);
        let [client, other, alice] = ["client", "other", "alice"].map(ClientId::from);
        for asker in [
            Asker::Named(&client, "alice"),
            Asker::Named(&client, "bob"),
            Asker::Named(&other, "alice"),
            Asker::Client(&alice),
        ] {
            assert_eq!(admitted(&limiter, asker, START, 11), 10, "{asker:?}");
        }
    }

    #[test]
    fn an_address_is_a_network_and_this_machine_is_none() {
        let limiter = limiter(0);
        assert_eq!(admitted(&limiter, at("192.0.2.1"), START, 11), 10);
        assert_eq!(admitted(&limiter, at("::ffff:192.0.2.1"), START, 1), 0);
        assert_eq!(admitted(&limiter, at("192.0.2.2"), START, 11), 10);
        assert_eq!(admitted(&limiter, at("2001:db8::1"), START, 11), 10);
        assert_eq!(admitted(&limiter, at("2001:db8::2"), START, 1), 0);
        assert_eq!(admitted(&limiter, at("2001:db8:0:1::1"), START, 1), 1);
        for own in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(admitted(&limiter, at(own), START, 50), 50, "{own}");
        }
        // A rate of 0 is no limit.
        assert_eq!(admitted(&limiter, Asker::Named(&"client".into(), "alice"), START, 50), 50);
        assert_eq!(admitted(&limiter, Asker::SignedAddress("192.0.2.1".parse().unwrap()), START, 50), 50);
    }

    #[test]
    fn who_is_at_the_limit_stays_there_whoever_else_comes() {
        let limiter = limiter(20);
        let client = ClientId::from("client");
        let alice = Asker::Named(&client, "alice");
        assert_eq!(admitted(&limiter, alice, START, 201), 200);
        let names: Vec<String> = (0..200_000).map(|n| n.to_string()).collect();
        for name in &names {
            let _ = limiter.admit(Asker::Named(&client, name), START);
        }
        assert_eq!(admitted(&limiter, alice, START, 1), 0);
        // Nor do they shut out others: each took a twentieth of a second's worth.
        assert_eq!(admitted(&limiter, Asker::Named(&client, "bob"), START, 20), 20);
    }

    #[test]
    fn strangers_have_an_hour_and_documents_a_minute() {
        let limiter = Limiter::new(Limits { strangers: 10, ..Limits::default() });
        let (pool, there) = (PoolId::from("pool"), "192.0.2.1".parse().unwrap());
        for (asker, most, seconds) in [
            (Asker::Stranger(there), 10, 3600),
            (Asker::Document(&pool, "https://a.example/c"), 6, 60),
            (Asker::Documents(&pool), 60, 60),
            (Asker::TokenCheck(there), 60, 60),
        ] {
            assert_eq!(admitted(&limiter, asker, START, 100), most, "{asker:?}");
            assert_eq!(
                admitted(&limiter, asker, START.plus_seconds(seconds - 1), 100),
                most - 1,
                "{asker:?}"
            );
        }
        for identity_pool in ["one", "other"] {
            let checks = Asker::TokenChecks("graph.facebook.com", identity_pool);
            assert_eq!(admitted(&limiter, checks, START, 2000), 1200, "{identity_pool}");
        }
        let here = Asker::Stranger("127.0.0.1".parse().unwrap());
        assert_eq!(admitted(&limiter, here, START, 50), 50);
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let limiter = limiter(1);
        let client = ClientId::from("client");
        let alice = Asker::Named(&client, "alice");
        assert_eq!(admitted(&limiter, alice, START, 11), 10);
        assert_eq!(admitted(&limiter, alice, Timestamp(START.0 - 3_600_000), 11), 10);
    }

    #[test]
    fn requests_at_the_same_time_are_all_counted() {
        let limiter = limiter(100);
        let client = ClientId::from("client");
        let alice = Asker::Named(&client, "alice");
        let sum: usize = std::thread::scope(|scope| {
            let workers: Vec<_> =
                (0..4).map(|_| scope.spawn(|| admitted(&limiter, alice, START, 1000))).collect();
            workers.into_iter().map(|worker| worker.join().unwrap()).sum()
        });
        // Two that meet may each find room in another cell.
        assert!((1000..=1004).contains(&sum), "{sum}");
    }
}
