//! What can be used once: secret blocks and sessions.

use poolhouse_kernel::{Fault, Kind};
use poolhouse_ports::Timestamp;
use poolhouse_store::Tx;
use poolhouse_store::tables::attempts::{self, Attempts};
use poolhouse_store::tables::{Insert, spent};

use super::session;
use crate::faults;
use crate::model::Pool;

/// Something that can be used once.
pub(super) struct Redeemed {
    mark: Mark,
    /// When it is void anyway, so that the mark need not be kept any longer.
    expires_at: Timestamp,
    replayed: fn() -> Fault,
}

/// Where it is noted that something was used.
enum Mark {
    /// In a row of its own.
    Own(String),
    /// At a place, as nobody's: strangers cause no more rows than there are places.
    Place(String, &'static str),
}

impl Redeemed {
    /// A secret block, used up by the proof that it helped to make (authentication §8.3, open).
    pub(super) fn secret_block(id: &str, expires_at: Timestamp) -> Self {
        let mark = Mark::Own(format!("secret_block/{id}"));
        Self { mark, expires_at, replayed: faults::incorrect_username_or_password }
    }

    /// A session, used up by the step that it led to (authentication §5, recorded).
    pub(super) fn session(id: &str, place: Option<String>, expires_at: Timestamp) -> Self {
        let replayed = || {
            Fault::not_authorized("Invalid session for the user, session can only be used once.")
                .of_kind(Kind::Session)
        };
        Self { mark: Mark::of("session", id, place), expires_at, replayed }
    }

    /// A request for a passkey of anybody's, used up by the proof.
    pub(super) fn passkey_request(id: &str, expires_at: Timestamp) -> Self {
        Self { mark: Mark::Own(format!("passkey_request/{id}")), expires_at, replayed: session::invalid }
    }

    /// A session that ended in failure: it is as if it had never been (authentication §5, observed).
    pub(super) fn ended_session(id: &str, place: Option<String>, expires_at: Timestamp) -> Self {
        Self { mark: Mark::of("ended", id, place), expires_at, replayed: session::invalid }
    }

    /// Refuses what was used up before.
    pub(super) async fn check_unspent(&self, tx: &mut Tx, pool: &Pool) -> Result<(), Fault> {
        let is_spent = match &self.mark {
            Mark::Own(mark) => spent::contains(tx, &pool.id, mark).await?,
            Mark::Place(place, action) => attempts::get(tx, &pool.id, place, action).await?.is_some(),
        };
        if is_spent { Err((self.replayed)()) } else { Ok(()) }
    }

    /// Uses it up; the caller commits.
    pub(super) async fn spend(&self, tx: &mut Tx, pool: &Pool) -> Result<(), Fault> {
        let inserted = match &self.mark {
            Mark::Own(mark) => spent::insert(tx, &pool.id, mark, self.expires_at).await?,
            Mark::Place(place, action) => {
                let mark = Attempts {
                    pool_id: pool.id.clone(),
                    subject: place.clone(),
                    action: (*action).to_owned(),
                    count: 1,
                    first_at: self.expires_at,
                    last_at: self.expires_at,
                    expires_at: self.expires_at,
                };
                attempts::take_over(tx, &mark).await?
            }
        };
        match inserted {
            Insert::Inserted => Ok(()),
            Insert::Exists => Err((self.replayed)()),
        }
    }
}

impl Mark {
    fn of(what: &'static str, id: &str, place: Option<String>) -> Self {
        place.map_or_else(|| Self::Own(format!("{what}/{id}")), |place| Self::Place(place, what))
    }
}
