//! Messages to nobody (docs/protection.md, *Who exists*).

use poolhouse_kernel::Fault;
use poolhouse_ports::Medium;
use poolhouse_wire::user_pools::CodeDeliveryDetailsType;

use super::address::{self, Address};
use super::outgoing;
use crate::limits::hourly::{self, Limit};
use crate::model::Pool;
use crate::{Cx, nobody, turns};

/// A message to nobody: the caller learns as much as of one to a user, also where no message can be delivered
/// (users-and-groups §15).
pub(crate) struct Pretended(Address);

impl Pretended {
    /// `media` are those that reach users of the pool, the preferred one first.
    pub(crate) fn new(pool: &Pool, username: &str, media: &[Medium]) -> Self {
        Self(address::simulated(pool, username, media))
    }

    /// What the caller is told of it.
    pub(crate) fn details(&self) -> CodeDeliveryDetailsType {
        self.0.details()
    }

    /// How many rows the same message to a user is.
    pub(crate) fn rows(&self, cx: &Cx, pool: &Pool) -> usize {
        usize::from(outgoing::leaves_row(cx, pool, self.0.medium))
    }

    /// As of a message on its way; to be called after the commit, too.
    ///
    /// # Errors
    /// `CodeDeliveryFailureException`.
    pub(crate) fn deliver(self, cx: &Cx, pool: &Pool) -> Result<CodeDeliveryDetailsType, Fault> {
        outgoing::check(cx, pool, self.0.medium)?;
        Ok(self.details())
    }
}
/// Sends no code to nobody: what is counted, left and answered is what it is when a user is sent one.
///
/// # Errors
/// `LimitExceededException`, `CodeDeliveryFailureException`; `TooManyRequestsException` when its turn does not come.
pub(crate) async fn send_code(
    cx: &Cx,
    pool: &Pool,
    username: &str,
    message: Pretended,
    limit: Limit,
) -> Result<CodeDeliveryDetailsType, Fault> {
    let subject = nobody::subject(pool, username);
    // As a user's request does before it writes: many at once are to meet alike.
    turns::at_name(cx, pool, username).await?;
    let mut tx = cx.write().await?;
    hourly::count(&mut tx, cx, &pool.id, &subject, limit).await?;
    // The code, the message and the event.
    nobody::leave(&mut tx, cx, pool, &subject, 1 + message.rows(cx, pool) + nobody::event_rows(pool)).await?;
    tx.commit().await?;
    message.deliver(cx, pool)
}
