//! CustomMessage: words a message before it is sent (triggers-and-messages §8.10).

use poolhouse_kernel::Fault;
use poolhouse_kernel::request::Door;
use poolhouse_ports::ClientId;
use poolhouse_wire::ErrorCode;
use serde::Deserialize;
use serde_json::json;

use super::Trigger;
use super::event::{self, Event};
use crate::Cx;
use crate::model::{Pool, User};

/// The place of the code or of the temporary password, in templates and as functions are told of it and give it back.
pub(crate) const CODE: &str = "{####}";

/// The place of the user name, in invitations only.
pub(crate) const USERNAME: &str = "{username}";

/// The longest texts, in characters (documented).
const LONGEST_SMS: usize = 140;
const LONGEST_EMAIL: usize = 20_000;
const LONGEST_SUBJECT: usize = 140;

/// The words of the function; what is absent stays as the pool's template has it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Words {
    pub(crate) sms_message: Option<String>,
    pub(crate) email_message: Option<String>,
    pub(crate) email_subject: Option<String>,
}

/// Whether the pool has such a function.
pub(crate) fn is_configured(pool: &Pool) -> bool {
    Trigger::CustomMessage.of(pool).is_some()
}

/// Asks for the words of a message about `user`. `is_invitation`: it carries the user name, too.
///
/// # Errors
/// The trigger's; `InvalidLambdaResponseException` for words without the code, or too many of them.
pub(crate) async fn words(
    cx: &Cx,
    pool: &Pool,
    client_id: Option<&ClientId>,
    user: &User,
    source: &'static str,
    is_invitation: bool,
) -> Result<Words, Fault> {
    let Some(function) = Trigger::CustomMessage.of(pool) else { return Ok(Words::default()) };
    let mut request = event::request(event::user_attributes(pool, user));
    request.insert("codeParameter".to_owned(), json!(CODE));
    request.insert("linkParameter".to_owned(), json!("{##Click Here##}"));
    request.insert("usernameParameter".to_owned(), json!(is_invitation.then_some(USERNAME)));
    // AdminCreateUser's metadata is for PreSignUp alone; that of a challenge's answer comes here only through
    // the administrators' door (triggers-and-messages §7, documented).
    let is_public_sign_in = source == "CustomMessage_Authentication" && cx.door() != Door::Admin;
    if !is_invitation && !is_public_sign_in {
        event::add_client_metadata(&mut request, cx);
    }
    let response = json!({ "smsMessage": null, "emailMessage": null, "emailSubject": null });
    let username = &user.row.username;
    let event = Event { source, version: "1", username, client_id, request, response };
    let words: Words = function.call(cx, pool, &event).await?;
    words.check(is_invitation)?;
    Ok(words)
}

impl Words {
    fn check(&self, is_invitation: bool) -> Result<(), Fault> {
        let limits = [
            ("smsMessage", &self.sms_message, LONGEST_SMS, true),
            ("emailMessage", &self.email_message, LONGEST_EMAIL, true),
            ("emailSubject", &self.email_subject, LONGEST_SUBJECT, false),
        ];
        for (name, text, longest, carries) in limits {
            let Some(text) = text else { continue };
            let has_code = text.contains(CODE) || (text.contains("{##") && text.contains("##}"));
            let objection = if text.chars().count() > longest {
                format!("{name} is longer than {longest} characters.")
            } else if carries && !has_code {
                format!("{name} does not contain {CODE}.")
            } else if carries && is_invitation && !text.contains(USERNAME) {
                format!("{name} does not contain {USERNAME}.")
            } else {
                continue;
            };
            // The code as documented, the texts ours (triggers-and-messages §3, open).
            return Err(Fault::new(
                ErrorCode::InvalidLambdaResponseException,
                format!("CustomMessage: {objection}"),
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sms(text: &str) -> Words {
        Words { sms_message: Some(text.to_owned()), ..Words::default() }
    }

    #[test]
    fn words_carry_what_the_message_is_for() {
        assert!(Words::default().check(true).is_ok());
        assert!(sms("code {####}").check(false).is_ok());
        assert!(sms("no code").check(false).is_err());
        assert!(sms("code {####}").check(true).is_err(), "an invitation names the user");
        assert!(sms("{username}: {####}").check(true).is_ok());
        assert!(sms(&format!("{{####}}{}", "x".repeat(LONGEST_SMS))).check(false).is_err());
        let subject = |length| Words { email_subject: Some("x".repeat(length)), ..Words::default() };
        assert!(subject(LONGEST_SUBJECT).check(false).is_ok());
        assert!(subject(LONGEST_SUBJECT + 1).check(false).is_err());
    }
}
