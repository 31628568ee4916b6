//! The outbox: messages wait in the database until a relay or gateway has taken them
//! (docs/decisions/0012-an-outbox-in-the-database.md).
//!
//! Any number of nodes send. [`take`] gives a node some messages that are due and puts them off for the time of a
//! lease, so that no other node takes them; [`Taken::send`] hands one over and deletes its row. A node that dies in
//! between leaves the row, and another takes it when the lease has ended: nothing is lost, and a message is doubled
//! only if its node died between the relay's word and the commit of the deletion.

use std::sync::Arc;
use std::time::Duration;

use poolhouse_kernel::Fault;
use poolhouse_ports::{DeliveryError, Entropy, Medium, Message, Timestamp};
use poolhouse_store::StoreError;
use poolhouse_store::tables::outbox::{self as table, OutboxMessage};

use super::outgoing::{self, Unworded, Waiting};
use super::words;
use crate::directory::record;
use crate::model::Pool;
use crate::{Cx, Engine, logs, nobody, pools};

/// How long one attempt may take.
pub const ATTEMPT: Duration = Duration::from_secs(30);

/// How long a message that was taken is nobody else's, in seconds: longer than an attempt takes, with its writes.
const LEASE: i64 = 90;

/// The pause after the first failure, in milliseconds; each further one is twice as long.
const FIRST_PAUSE: i64 = 5_000;

/// The longest pause, in milliseconds.
const LONGEST_PAUSE: i64 = 10 * 60 * 1000;

/// How many messages may wait; more are refused. Of all nodes and pools together, and about: nodes count now and
/// then.
const CAPACITY: u32 = 100_000;

/// How often CustomMessage is asked for the words of a message before it is given up.
const WORDINGS: u32 = 3;

/// Done when this node has written a message of this medium since the last time.
pub async fn written(engine: &Engine, medium: Medium) {
    engine.state().outbox.written(medium).notified().await;
}

/// How much is waiting, of all nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Depth {
    /// How many messages, counted up to the capacity of the outbox.
    pub messages: u32,
    /// How long the oldest of them has waited, in seconds.
    pub oldest_seconds: i64,
}

/// Measures the outbox, and closes or opens it to new messages by what it finds.
///
/// # Errors
/// When the database cannot be read.
pub async fn measure(engine: &Engine) -> Result<Depth, Fault> {
    let now = engine.clock().now();
    let depth = table::depth(&mut engine.store().read().await?, CAPACITY).await?;
    engine.state().outbox.set_full(depth.messages >= CAPACITY);
    let oldest_seconds = depth.oldest.map_or(0, |oldest| now.millis_since(oldest).max(0) / 1000);
    Ok(Depth { messages: depth.messages, oldest_seconds })
}

/// Takes at most `most` messages of one medium that are due, to be sent by this node. A gateway that hangs so holds up
/// no e-mail.
///
/// # Errors
/// When the database cannot be written.
pub async fn take(engine: &Engine, medium: Medium, most: u32) -> Result<Vec<Taken>, Fault> {
    let now = engine.clock().now();
    // Mostly there is nothing, and no writer has to wait for that.
    if !table::is_due(&mut engine.store().read().await?, medium.as_str(), now).await? {
        return Ok(Vec::new());
    }
    let mut tx = engine.store().write().await?;
    let rows = table::take(&mut tx, medium.as_str(), now, now.plus_seconds(LEASE), most).await?;
    tx.commit().await?;
    Ok(rows.into_iter().map(Taken).collect())
}

/// A message that this node has taken.
#[must_use]
#[derive(Debug)]
pub struct Taken(OutboxMessage);

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The message was handed over.
    Sent,
    /// It could not be, and will be tried again.
    Postponed,
    /// It never can be: the other side refused it for good.
    Refused,
    /// What it carries is of no use any more.
    Expired,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Sent, Self::Postponed, Self::Refused, Self::Expired];

    /// Its name in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Postponed => "postponed",
            Self::Refused => "refused",
            Self::Expired => "expired",
        }
    }
}

impl Taken {
    /// Hands the message over and writes down what came of it.
    ///
    /// # Errors
    /// When the message cannot be opened, or the outcome not be written; then it is tried again when the lease ends.
    pub async fn send(self, engine: &Engine) -> Result<Outcome, Fault> {
        let cx = Cx::job(engine);
        let pool = pools::get(&cx, &self.0.pool_id).await?;
        if self.0.expires_at <= cx.now {
            self.tell(&cx, &pool, Outcome::Expired, None);
            return self.finish(&cx, Outcome::Expired, None).await;
        }
        let (seen, waiting) = outgoing::open(&pool, &self.0)?;
        let handed_over = tokio::time::timeout(ATTEMPT, self.hand_over(&cx, seen, waiting)).await;
        let late = || Err(DeliveryError::passing(format!("no answer within {} seconds", ATTEMPT.as_secs())));
        let (outcome, error) = match handed_over.unwrap_or_else(|_| late()) {
            Ok(()) => (Outcome::Sent, None),
            Err(error) if error.permanent => (Outcome::Refused, Some(error)),
            Err(error) => (Outcome::Postponed, Some(error)),
        };
        let due_at = match outcome {
            Outcome::Postponed => Some(self.next_attempt(engine.clock().now(), engine.entropy())),
            Outcome::Sent | Outcome::Refused | Outcome::Expired => None,
        };
        self.tell(&cx, &pool, outcome, error.as_ref());
        self.finish(&cx, outcome, due_at).await
    }

    /// To a relay or gateway, or to the function that sends the pool's messages.
    async fn hand_over(&self, cx: &Cx, pool: Arc<Pool>, waiting: Waiting) -> Result<(), DeliveryError> {
        let OutboxMessage { id, attempts, .. } = &self.0;
        match waiting {
            Waiting::Message(message, None) => cx.courier().hand_over(message).await,
            Waiting::Message(message, Some(unworded)) => {
                let message = self.word(cx.engine(), &pool, message, unworded).await?;
                cx.courier().hand_over(message).await
            }
            Waiting::Errand(medium, errand) => errand.send(cx, pool, medium, id, *attempts).await,
        }
    }

    /// The message in the words of CustomMessage, which is asked as in the request that the message is of.
    async fn word(
        &self,
        engine: &Engine,
        pool: &Pool,
        message: Message,
        unworded: Box<Unworded>,
    ) -> Result<Message, DeliveryError> {
        let Unworded { client_id, metadata } = *unworded;
        let mut cx = Cx::job(engine);
        cx.metadata = metadata;
        let failed = |fault: Fault| DeliveryError {
            permanent: nobody::is_refusal(&fault) && self.0.attempts >= WORDINGS,
            reason: format!("CustomMessage found no words: {fault}"),
            answer: None,
        };
        let user = match cx.read().await {
            Ok(mut tx) => record::by_sub(&mut tx, pool, &self.0.sub).await.map_err(failed)?,
            Err(fault) => return Err(failed(fault)),
        };
        let user = user.ok_or_else(|| DeliveryError::permanent("its user is gone"))?;
        words::reword(&cx, pool, &user, Some(&client_id), message).await.map_err(failed)
    }

    /// Twice as long after each failure, up to a limit, and never the same: relays that come back are not met by
    /// everything at once. The last attempt is the one that finds the message expired.
    fn next_attempt(&self, now: Timestamp, entropy: &Entropy) -> Timestamp {
        let doublings = self.0.attempts.saturating_sub(1).min(16);
        let pause = (FIRST_PAUSE << doublings).min(LONGEST_PAUSE);
        let jitter = i64::from(u16::from_be_bytes(entropy.bytes())) * (pause / 2) / i64::from(u16::MAX);
        Timestamp(now.millis() + pause / 2 + jitter).min(self.0.expires_at)
    }

    /// Deletes the row, or makes it due at `due_at`. That alone is repeated: the message is out.
    async fn finish(&self, cx: &Cx, outcome: Outcome, due_at: Option<Timestamp>) -> Result<Outcome, Fault> {
        cx.repeat(async || Ok(self.write(cx.engine(), due_at).await?)).await?;
        Ok(outcome)
    }

    async fn write(&self, engine: &Engine, due_at: Option<Timestamp>) -> Result<(), StoreError> {
        let mut tx = engine.store().write().await?;
        match due_at {
            Some(due_at) => table::postpone(&mut tx, &self.0.id, due_at).await?,
            None => table::delete(&mut tx, &self.0.id).await?,
        };
        tx.commit().await
    }

    /// A line in the log, and in that of the pool, without address, code or text. The pool's has it the first time that a message
    /// fails, this server's each reason once a minute: a relay that is down would fill either.
    fn tell(&self, cx: &Cx, pool: &Pool, outcome: Outcome, error: Option<&DeliveryError>) {
        let OutboxMessage { id, pool_id, medium, attempts, .. } = &self.0;
        let reason = error.map(|error| error.reason.as_str());
        let (for_pool, text) = match outcome {
            Outcome::Sent => (false, "sent a message"),
            Outcome::Postponed => (*attempts <= 1, "a message could not be sent and will be tried again"),
            Outcome::Refused => (true, "a message was refused and is given up"),
            Outcome::Expired => (true, "a message expired before it could be sent and is given up"),
        };
        let loud = match outcome {
            Outcome::Sent => false,
            Outcome::Postponed => {
                cx.state().outbox.is_news(reason.unwrap_or_default(), cx.engine().clock().now())
            }
            Outcome::Refused | Outcome::Expired => true,
        };
        if loud {
            tracing::warn!(message_id = id, pool = %pool_id, medium, attempts, reason, "{text}");
        } else {
            tracing::debug!(message_id = id, pool = %pool_id, medium, attempts, reason, "{text}");
        }
        if for_pool {
            let (sub, reason) = (&self.0.sub, reason.unwrap_or("it came to nothing within its time"));
            logs::notification(cx, pool, &format!("{text}: {medium} to the user {sub}: {reason}"));
        }
    }
}
