//! The words that a pool's CustomMessage has for a message.

use poolhouse_kernel::Fault;
use poolhouse_ports::{ClientId, Medium, Message};

use super::about::{About, Occasion, name_to_sign_in};
use super::address::Address;
use super::{link, texts};
use crate::Cx;
use crate::model::{Pool, User};
use crate::triggers::custom_message;

/// The message in the words of the pool's CustomMessage, as far as it has any for this medium.
///
/// # Errors
/// The trigger's.
pub(super) async fn reword(
    cx: &Cx,
    pool: &Pool,
    user: &User,
    client_id: Option<&ClientId>,
    message: Message,
) -> Result<Message, Fault> {
    let medium = message.medium;
    let is_invitation = message.kind == Occasion::AdminCreateUser.as_str();
    let words = custom_message::words(cx, pool, client_id, user, message.kind, is_invitation).await?;
    let (subject, body) = match medium {
        Medium::Email => (words.email_subject, words.email_message),
        Medium::Sms => (None, words.sms_message),
    };
    let subject = subject.unwrap_or_else(|| message.subject.clone());
    let Some(body) = body else { return Ok(Message { subject, ..message }) };
    let template = texts::Template::given(medium, &subject, &body);
    let text = match client_id.filter(|_| template.has_link()) {
        Some(client_id) => {
            let address = Address::new(medium, &message.destination);
            let about = About { pool, user, address: &address, code: &message.code, expires_at: cx.now };
            template.fill_link(&link::to_confirm(cx, &about, client_id))
        }
        None => template.fill(&message.code, is_invitation.then(|| name_to_sign_in(pool, user))),
    };
    Ok(Message { subject: text.subject, body: text.body, ..message })
}
