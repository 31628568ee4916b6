//! A message from its writing to its handing over.

use poolhouse_kernel::Fault;
use poolhouse_kernel::request::{Door, Metadata};
use poolhouse_ports::{Medium, Message, Timestamp};
use poolhouse_store::Tx;
use poolhouse_store::tables::outbox::{self as table, OutboxMessage};
use poolhouse_wire::ErrorCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

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
    /// Sealed, on its way to the outbox.
    Outbox(Medium, OutboxMessage),
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
        let content = content_of(&message);
        Self(Way::Outbox(medium, row(cx, pool, user, message.id, medium, &content, expires_at)))
    }

    /// What a function of the pool is to send, for which there are no words of ours.
    ///
    /// # Errors
    /// When it cannot be written down.
    pub(super) fn errand(
        cx: &Cx,
        pool: &Pool,
        user: &User,
        medium: Medium,
        errand: &Errand,
        expires_at: Timestamp,
    ) -> Result<Self, Fault> {
        if let Err(fault) = check(cx, pool, medium) {
            return Ok(Self(Way::None(fault)));
        }
        let content = serde_json::to_value(errand).map_err(Fault::internal)?;
        let id = cx.entropy().uuid().to_string();
        Ok(Self(Way::Outbox(medium, row(cx, pool, user, id, medium, &content, expires_at))))
    }

    /// Lets the pool's functions have it: CustomMessage chooses the words, CustomEmailSender and
    /// CustomSMSSender send the message themselves and find their own (triggers-and-messages §6, open). To be
    /// called before the transaction, so that the message is kept by the same commit as what it belongs to;
    /// when the words fail, the caller is told after the commit, as of a message that has no way
    /// (triggers-and-messages §6, open).
    pub(crate) async fn worded(self, cx: &Cx, pool: &Pool, user: &User, client_id: Option<&str>) -> Self {
        if let Way::Outbox(medium, row) = &self.0
            && custom_sender::is_configured(pool, *medium)
        {
            let given = errand(cx, pool, user, client_id, row);
            return Self(given.map_or_else(Way::None, |row| Way::Outbox(*medium, row)));
        }
        if !custom_message::is_configured(pool) {
            return self;
        }
        let opened = match self.0 {
            Way::Mailbox(message, expires_at) => Ok((message, expires_at)),
            Way::Outbox(_, row) => open_message(pool, &row).map(|message| (message, row.expires_at)),
            Way::None(fault) => Err(fault),
        };
        let worded = match opened {
            Ok((message, expires_at)) => {
                let message = words::reword(cx, pool, user, client_id, message).await;
                message.map(|message| (message, expires_at))
            }
            Err(fault) => Err(fault),
        };
        match worded {
            Ok((message, expires_at)) => Self::new(cx, pool, user, message, expires_at),
            Err(fault) => Self(Way::None(fault)),
        }
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
            Way::Outbox(medium, row) if !custom_sender::is_configured(pool, medium) => {
                match open_message(pool, &row) {
                    Ok(message) => (message, row.expires_at),
                    Err(fault) => return Self(Way::None(fault)),
                }
            }
            way => return Self(way).worded(cx, pool, user, Some(&client.id)).await,
        };
        let mut content = content_of(&message);
        content["unworded"] = json!(Unworded { client_id: client.id.clone(), metadata: cx.metadata.clone() });
        let medium = message.medium;
        Self(Way::Outbox(medium, row(cx, pool, user, message.id, medium, &content, expires_at)))
    }

    /// Keeps the message in the outbox, where it is to go there.
    pub(crate) async fn store(&self, tx: &mut Tx) -> Result<(), Fault> {
        match &self.0 {
            Way::Outbox(_, row) => Ok(table::insert(tx, row).await?),
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
            Way::Outbox(medium, _) => cx.state().outbox.wake(medium),
            Way::None(fault) => {
                tracing::warn!(%fault, "a message could not be sent");
                return Err(fault);
            }
        }
        Ok(())
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
#[derive(Serialize, Deserialize)]
pub(super) struct Unworded {
    pub(super) client_id: String,
    pub(super) metadata: Metadata,
}

/// What waits in the outbox.
pub(super) enum Waiting {
    /// A message for a relay or gateway, and who is to find its words before, if it has none yet.
    Message(Message, Option<Box<Unworded>>),
    /// What a function of the pool is to send.
    Errand(Medium, Errand),
}

/// What is sealed of either; the rest is in the row.
#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Message(MessageContent),
    Errand(Errand),
}

#[derive(Deserialize)]
struct MessageContent {
    username: String,
    destination: String,
    kind: String,
    code: String,
    subject: String,
    body: String,
    from: Option<String>,
    reply_to: Option<String>,
    unworded: Option<Box<Unworded>>,
}

fn content_of(message: &Message) -> Value {
    json!({
        "username": message.username,
        "destination": message.destination,
        "kind": message.kind,
        "code": message.code,
        "subject": message.subject,
        "body": message.body,
        "from": message.from,
        "reply_to": message.reply_to,
    })
}

/// A row of the outbox that is due at once.
fn row(
    cx: &Cx,
    pool: &Pool,
    user: &User,
    id: String,
    medium: Medium,
    content: &Value,
    expires_at: Timestamp,
) -> OutboxMessage {
    OutboxMessage {
        content: seal(pool, &id, content),
        id,
        pool_id: pool.id.clone(),
        sub: user.row.sub.clone(),
        medium: medium.as_str().to_owned(),
        created_at: cx.now,
        due_at: cx.now,
        expires_at,
        attempts: 0,
    }
}

fn seal(pool: &Pool, id: &str, content: &Value) -> Vec<u8> {
    pool.keys.seal(&place(id), content.to_string().as_bytes())
}

/// The same row for the function that sends the pool's messages.
fn errand(
    cx: &Cx,
    pool: &Pool,
    user: &User,
    client_id: Option<&str>,
    row: &OutboxMessage,
) -> Result<OutboxMessage, Fault> {
    let errand = Errand::new(cx, pool, user, client_id, &open_message(pool, row)?);
    let content = serde_json::to_value(errand).map_err(Fault::internal)?;
    Ok(OutboxMessage { content: seal(pool, &row.id, &content), ..row.clone() })
}

/// What waits in a row.
///
/// # Errors
/// When the row was not sealed by this pool for this message.
pub(super) fn open(pool: &Pool, row: &OutboxMessage) -> Result<Waiting, Fault> {
    let content = pool.keys.open(&place(&row.id), &row.content)?;
    let unknown = || Fault::internal("a message in the outbox is of an unknown kind or medium");
    let medium = Medium::ALL.into_iter().find(|medium| medium.as_str() == row.medium).ok_or_else(unknown)?;
    let content = match serde_json::from_slice(&content).map_err(Fault::internal)? {
        Content::Message(content) => content,
        Content::Errand(errand) => return Ok(Waiting::Errand(medium, errand)),
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
    Ok(Waiting::Message(message, content.unworded))
}

/// The message of a row that no function has yet.
fn open_message(pool: &Pool, row: &OutboxMessage) -> Result<Message, Fault> {
    match open(pool, row)? {
        Waiting::Message(message, _) => Ok(message),
        Waiting::Errand(..) => Err(Fault::internal("a message went to a function twice")),
    }
}

/// The place in the database to which the content of a message is sealed.
fn place(id: &str) -> String {
    format!("outbox/{id}")
}
