//! What can be used once: secret blocks and sessions.

use poolhouse_kernel::Fault;
use poolhouse_ports::Timestamp;
use poolhouse_store::Tx;
use poolhouse_store::tables::{Insert, spent};

use super::session;
use crate::faults;
use crate::model::Pool;

/// Something that can be used once.
pub(super) struct Redeemed {
    mark: String,
    /// When it is void anyway, so that the mark need not be kept any longer.
    expires_at: Timestamp,
    replayed: fn() -> Fault,
}

impl Redeemed {
    /// A secret block, used up by the proof that it helped to make (authentication §8.3, open).
    pub(super) fn secret_block(id: &str, expires_at: Timestamp) -> Self {
        Self {
            mark: format!("secret_block/{id}"),
            expires_at,
            replayed: faults::incorrect_username_or_password,
        }
    }

    /// A session, used up by the step that it led to (authentication §5, recorded).
    pub(super) fn session(id: &str, expires_at: Timestamp) -> Self {
        let replayed =
            || Fault::not_authorized("Invalid session for the user, session can only be used once.");
        Self { mark: format!("session/{id}"), expires_at, replayed }
    }

    /// A session that ended in failure: it is as if it had never been (authentication §5, observed).
    pub(super) fn ended_session(id: &str, expires_at: Timestamp) -> Self {
        Self { mark: format!("ended/{id}"), expires_at, replayed: session::invalid }
    }

    /// Refuses what was used up before.
    pub(super) async fn check_unspent(&self, tx: &mut Tx, pool: &Pool) -> Result<(), Fault> {
        if spent::contains(tx, &pool.id, &self.mark).await? { Err((self.replayed)()) } else { Ok(()) }
    }

    /// Uses it up; the caller commits.
    pub(super) async fn spend(&self, tx: &mut Tx, pool: &Pool) -> Result<(), Fault> {
        match spent::insert(tx, &pool.id, &self.mark, self.expires_at).await? {
            Insert::Inserted => Ok(()),
            Insert::Exists => Err((self.replayed)()),
        }
    }
}
