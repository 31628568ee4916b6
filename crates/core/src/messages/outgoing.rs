//! A message from its writing to its handing over.

use std::sync::Arc;

use poolhouse_kernel::Fault;
use poolhouse_kernel::request::{Door, Metadata};
use poolhouse_ports::{ClientId, Medium, Message, Sub, Timestamp, Username};
use poolhouse_store::Tx;
use poolhouse_store::tables::outbox::{self as table, OutboxMessage};
use poolhouse_wire::ErrorCode;
use serde::{Deserialize, Serialize};

use super::about::Occasion;
use super::address::Address;
use super::words;
use crate::Cx;
use crate::model::{Client, Pool, User};
use crate::triggers::custom_message;
use crate::triggers::custom_sender::{self, Errand};

/// A message that is written and on no way yet.
///
/// 1. [`Outgoing::store`], in the transaction of what the message belongs to, keeps it in the outbox: from the
///    commit on it is not lost.
/// 2. [`Outgoing::deliver`], after the commit, sends it on its way and tells the caller when there is none.
#[must_use]
pub(crate) struct Outgoing(Way);

enum Way {
    /// Kept in memory to be read back, until it is of no use any more.
    Mailbox(Message, Timestamp),
    /// Through the outbox.
    Outbox(Draft),
    /// None: what the caller is told.
    None(Fault),
}

impl Outgoing {
    /// `expires_at` is when the message is of no use any more.
    pub(super) fn new(cx: &Cx, pool: &Pool, user: &User, message: Message, expires_at: Timestamp) -> Self {
        let medium = message.medium;
        if let Err(fault) = check(cx, pool, medium) {
            return Self(Way::None(fault));
        }
        if !Address::new(medium, &message.destination).can_be_sent_to() {
            return Self(Way::None(failed(
                "The user's address is not one that messages can go to. Correct it, then request the message again.",
            )));
        }
        if cx.courier().is_mailbox() && !custom_sender::is_configured(pool, medium) {
            return Self(Way::Mailbox(message, expires_at));
        }
        Self(Way::Outbox(Draft::of_message(user, message, None, expires_at)))
    }

    /// What a function of the pool is to send, for which there are no words of ours.
    pub(super) fn errand(
        cx: &Cx,
        pool: &Pool,
        user: &User,
        medium: Medium,
        errand: Errand,
        expires_at: Timestamp,
    ) -> Self {
        if let Err(fault) = check(cx, pool, medium) {
            return Self(Way::None(fault));
        }
        Self(Way::Outbox(Draft {
            id: cx.entropy().uuid().to_string(),
            sub: user.row.sub.clone(),
            written_at: cx.now,
            expires_at,
            waiting: Waiting::Errand(medium, errand),
        }))
    }

    /// Lets the pool's functions have it: CustomMessage chooses the words, CustomEmailSender and
    /// CustomSMSSender send the message themselves and find their own (triggers-and-messages §6, open). To be
    /// called before the transaction, so that the message is kept by the same commit as what it belongs to;
    /// when the words fail, the caller is told after the commit, as of a message that has no way
    /// (triggers-and-messages §6, open).
    pub(crate) async fn worded(
        self,
        cx: &Cx,
        pool: &Pool,
        user: &User,
        client_id: Option<&ClientId>,
    ) -> Self {
        let way = match self.0 {
            Way::Mailbox(message, expires_at) => {
                let worded = words::reword(cx, pool, user, client_id, message).await;
                worded.map(|message| Way::Mailbox(message, expires_at))
            }
            Way::Outbox(draft) => draft.worded(cx, pool, user, client_id).await.map(Way::Outbox),
            Way::None(fault) => Err(fault),
        };
        Self(way.unwrap_or_else(Way::None))
    }

    /// As [`Outgoing::worded`], for a message that strangers can cause who know a name. Where the client hides who
    /// exists, CustomMessage is asked by whoever sends the message: nobody gets one, so that the time of the function
    /// would tell. The caller then learns nothing of words that fail.
    pub(crate) async fn worded_for(self, cx: &Cx, pool: &Pool, user: &User, client: &Client) -> Self {
        let is_stranger = cx.door() != Door::Admin && client.hides_missing_users();
        if !is_stranger || !custom_message::is_configured(pool) {
            return self.worded(cx, pool, user, Some(&client.id)).await;
        }
        let (message, expires_at) = match self.0 {
            Way::Mailbox(message, expires_at) => (message, expires_at),
            Way::Outbox(Draft { waiting: Waiting::Message(message, None), expires_at, .. })
                if !custom_sender::is_configured(pool, message.medium) =>
            {
                (message, expires_at)
            }
            way => return Self(way).worded(cx, pool, user, Some(&client.id)).await,
        };
        let unworded = Unworded { client_id: client.id.clone(), metadata: cx.metadata.clone() };
        Self(Way::Outbox(Draft::of_message(user, message, Some(Box::new(unworded)), expires_at)))
    }

    /// Seals the message and keeps it in the outbox, where it is to go there.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) async fn store(&self, tx: &mut Tx, pool: &Pool) -> Result<(), Fault> {
        match &self.0 {
            Way::Outbox(draft) => Ok(table::insert(tx, &draft.row(pool)?).await?),
            Way::Mailbox(..) | Way::None(_) => Ok(()),
        }
    }

    /// Sends the message on its way; to be called after the commit.
    ///
    /// # Errors
    /// `CodeDeliveryFailureException` when there is none.
    pub(crate) fn deliver(self, cx: &Cx) -> Result<(), Fault> {
        match self.0 {
            Way::Mailbox(message, _) => cx.courier().keep(message),
            Way::Outbox(draft) => cx.state().outbox.wake(draft.waiting.medium()),
            Way::None(fault) => {
                tracing::warn!(%fault, "a message could not be sent");
                return Err(fault);
            }
        }
        Ok(())
    }
}

/// What is to be a row of the outbox. It is plain until the row is made.
struct Draft {
    id: String,
    /// Whom it is for.
    sub: Sub,
    written_at: Timestamp,
    expires_at: Timestamp,
    waiting: Waiting,
}

impl Draft {
    fn of_message(
        user: &User,
        message: Message,
        unworded: Option<Box<Unworded>>,
        expires_at: Timestamp,
    ) -> Self {
        Self {
            id: message.id.clone(),
            sub: user.row.sub.clone(),
            written_at: message.sent_at,
            expires_at,
            waiting: Waiting::Message(message, unworded),
        }
    }

    /// Given to the function that sends the pool's messages, or else in the words of CustomMessage.
    async fn worded(
        self,
        cx: &Cx,
        pool: &Pool,
        user: &User,
        client_id: Option<&ClientId>,
    ) -> Result<Self, Fault> {
        let Waiting::Message(message, None) = self.waiting else { return Ok(self) };
        let waiting = match Errand::new(cx, pool, user, client_id, &message) {
            Some(errand) => Waiting::Errand(message.medium, errand),
            None => Waiting::Message(words::reword(cx, pool, user, client_id, message).await?, None),
        };
        Ok(Self { waiting, ..self })
    }

    /// The row, due at once.
    fn row(&self, pool: &Pool) -> Result<OutboxMessage, Fault> {
        let sealed = Sealed { at_secondary: pool.is_secondary, content: self.waiting.content() };
        let content = serde_json::to_vec(&sealed).map_err(Fault::internal)?;
        Ok(OutboxMessage {
            content: pool.keys.seal(&place(&self.id), &content),
            id: self.id.clone(),
            pool_id: pool.id.clone(),
            sub: self.sub.clone(),
            medium: self.waiting.medium().as_str().to_owned(),
            created_at: self.written_at,
            due_at: self.written_at,
            expires_at: self.expires_at,
            attempts: 0,
        })
    }
}

/// Whether a message could be sent on its way now.
///
/// # Errors
/// `CodeDeliveryFailureException` when no delivery is configured for the medium and no function of the pool sends,
/// or the outbox is full. It does not name the medium: that would differ between users who exist and those who do not.
pub(super) fn check(cx: &Cx, pool: &Pool, medium: Medium) -> Result<(), Fault> {
    let problem = if !cx.courier().serves(medium) && !custom_sender::is_configured(pool, medium) {
        "No delivery of messages is configured on this server. Ask its operator to configure how messages are delivered (or to start it with --dev, which keeps them readable), then request the message again."
    } else if cx.state().outbox.is_full() {
        "Too many messages are waiting to be delivered already. Request the message again later."
    } else {
        return Ok(());
    };
    Err(failed(problem))
}

fn failed(problem: &str) -> Fault {
    let text = format!("The message could not be handed over: {problem}");
    Fault::new(ErrorCode::CodeDeliveryFailureException, text)
}

/// Whether a message that strangers can cause is a row of the outbox when a user gets it.
pub(super) fn leaves_row(cx: &Cx, pool: &Pool, medium: Medium) -> bool {
    let is_kept_in_memory = cx.courier().is_mailbox()
        && !custom_sender::is_configured(pool, medium)
        && !custom_message::is_configured(pool);
    check(cx, pool, medium).is_ok() && !is_kept_in_memory
}

/// For whom CustomMessage is to find the words when the message is sent.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Unworded {
    pub(super) client_id: ClientId,
    pub(super) metadata: Metadata,
}

/// What waits in the outbox.
pub(super) enum Waiting {
    /// A message for a relay or gateway, and who is to find its words before, if it has none yet.
    Message(Message, Option<Box<Unworded>>),
    /// What a function of the pool is to send.
    Errand(Medium, Errand),
}

impl Waiting {
    fn medium(&self) -> Medium {
        match self {
            Self::Message(message, _) => message.medium,
            Self::Errand(medium, _) => *medium,
        }
    }

    /// What is sealed of it.
    fn content(&self) -> Content {
        let (message, unworded) = match self {
            Self::Message(message, unworded) => (message, unworded),
            Self::Errand(_, errand) => return Content::Errand(errand.clone()),
        };
        Content::Message(MessageContent {
            username: message.username.clone(),
            destination: message.destination.clone(),
            kind: message.kind.to_owned(),
            code: message.code.clone(),
            subject: message.subject.clone(),
            body: message.body.clone(),
            from: message.from.clone(),
            reply_to: message.reply_to.clone(),
            unworded: unworded.clone(),
        })
    }
}

/// What is sealed of what waits; the rest is in the row.
#[derive(Serialize, Deserialize)]
struct Sealed {
    /// Whether it was written for a request at the pool's other region, which has functions of its own (new-operations §7).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    at_secondary: bool,
    #[serde(flatten)]
    content: Content,
}

/// Of either. They are told apart by their members.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Content {
    Message(MessageContent),
    Errand(Errand),
}

#[derive(Serialize, Deserialize)]
struct MessageContent {
    username: Username,
    destination: String,
    kind: String,
    code: String,
    subject: String,
    body: String,
    from: Option<String>,
    reply_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unworded: Option<Box<Unworded>>,
}

/// What waits in a row, and the pool as it was seen when that was written. Of a replica that is gone since, the pool itself sends.
///
/// # Errors
/// When the row was not sealed by this pool for this message.
pub(super) fn open(pool: &Arc<Pool>, row: &OutboxMessage) -> Result<(Arc<Pool>, Waiting), Fault> {
    let content = pool.keys.open(&place(&row.id), &row.content)?;
    let unknown = || Fault::internal("a message in the outbox is of an unknown kind or medium");
    let medium = Medium::ALL.into_iter().find(|medium| medium.as_str() == row.medium).ok_or_else(unknown)?;
    let Sealed { at_secondary, content } = serde_json::from_slice(&content).map_err(Fault::internal)?;
    let seen = Arc::clone(pool.secondary.as_ref().filter(|_| at_secondary).unwrap_or(pool));
    let content = match content {
        Content::Message(content) => content,
        Content::Errand(errand) => return Ok((seen, Waiting::Errand(medium, errand))),
    };
    let kind = Occasion::named(&content.kind).ok_or_else(unknown)?;
    let message = Message {
        id: row.id.clone(),
        pool: row.pool_id.clone(),
        username: content.username,
        destination: content.destination,
        medium,
        kind: kind.as_str(),
        code: content.code,
        subject: content.subject,
        body: content.body,
        from: content.from,
        reply_to: content.reply_to,
        sent_at: row.created_at,
    };
    Ok((seen, Waiting::Message(message, content.unworded)))
}

/// The place in the database to which the content of a message is sealed.
fn place(id: &str) -> String {
    format!("outbox/{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_can_be_read() {
        crate::model::stored::check::<Sealed>("outbox");
    }
}
