//! The mail that tells a user of a risky sign-in (docs/cognito/operations-and-protection.md §9.2,
//! triggers-and-messages §9).

use poolhouse_crypto::timestamp;
use poolhouse_kernel::Fault;
use poolhouse_ports::Medium;
use poolhouse_wire::user_pools::{
    AccountTakeoverEventActionType, FeedbackValueType, NotifyConfigurationType, NotifyEmailType,
};
use serde_json::{Map, Value, json};

use super::context::Context;
use super::events::Event;
use super::history;
use super::risk::Risk;
use crate::messages::{self, Address, Notice, Outgoing};
use crate::model::{Client, Pool, User};
use crate::triggers::custom_sender;
use crate::{Cx, html};

/// Documented.
const BLOCKED: &str = "Blocked sign-in attempt";

/// Documented.
const NEW: &str = "New sign-in attempt";

/// What follows the first sentence; the wording is ours, what it names is documented.
const DETAILS: &str = "<p>Time: {login-time}<br>Device: {device-name}<br>Address: {ip-address}<br>Location: {city}, {country}</p>\
    <p>Was it you? <a href=\"{one-click-link-valid}\">Yes, it was me</a><br>\
    <a href=\"{one-click-link-invalid}\">No, it was somebody else</a></p>";

/// What stands for something that is not known.
const UNKNOWN: &str = "unknown";

/// Whose sign-in it is.
pub(super) struct Who<'a> {
    pub(super) pool: &'a Pool,
    pub(super) client: &'a Client,
    pub(super) user: &'a User,
}

/// The mail; None where the user has no verified address or the pool says nothing of how to write.
///
/// # Errors
/// When the token for the answer cannot be sealed.
pub(super) fn write(
    cx: &Cx,
    who: &Who<'_>,
    risk: &Risk<'_>,
    action: &AccountTakeoverEventActionType,
    event: &Event,
    context: &Context,
) -> Result<Option<Outgoing>, Fault> {
    let Who { pool, client, user } = *who;
    let notify = risk.takeover.and_then(|takeover| takeover.notify_configuration.as_ref());
    let address = Address::verified_of(user, Medium::Email);
    let (Some(notify), Some(address)) = (notify, address) else { return Ok(None) };
    let token = history::feedback_token(pool, &user.row.sub, event.id())?;
    let link = |value: FeedbackValueType| {
        messages::link_to_feedback(cx, pool, &user.row.username, event.id(), &token, value.as_str())
    };
    let places = [
        ("{ip-address}", context.address.map_or_else(|| UNKNOWN.to_owned(), |address| address.to_string())),
        ("{city}", UNKNOWN.to_owned()),
        ("{country}", UNKNOWN.to_owned()),
        ("{login-time}", timestamp::format(cx.now.seconds())),
        ("{device-name}", context.device.clone().unwrap_or_else(|| UNKNOWN.to_owned())),
        ("{one-click-link-valid}", link(FeedbackValueType::Valid)),
        ("{one-click-link-invalid}", link(FeedbackValueType::Invalid)),
        ("{event-id}", event.id().to_owned()),
        ("{feedback-token}", token.clone()),
    ];
    if custom_sender::is_configured(pool, Medium::Email) {
        let figures = figures(user, action, &places);
        return Ok(messages::notice_by_function(cx, pool, user, &client.id, figures));
    }
    let (given, subject, sentence) = match action {
        AccountTakeoverEventActionType::Block => {
            (&notify.block_email, BLOCKED, "We blocked an attempt to sign in to your account.")
        }
        AccountTakeoverEventActionType::MfaIfConfigured | AccountTakeoverEventActionType::MfaRequired => {
            (&notify.mfa_email, NEW, "Somebody has begun to sign in to your account.")
        }
        _ => (&notify.no_action_email, NEW, "Somebody has signed in to your account."),
    };
    let subject = given.as_ref().map_or(subject, |given| &given.subject);
    let body = given.as_ref().and_then(body).unwrap_or_else(|| format!("<p>{sentence}</p>{DETAILS}"));
    Ok(Some(messages::notice(
        cx,
        pool,
        user,
        &address,
        Notice {
            subject: subject.to_owned(),
            body: fill(&body, &places),
            code: token,
            from: sender(who, notify),
            reply_to: notify.reply_to.clone(),
        },
    )))
}

/// As whom the mail is sent: a client's own configuration may name somebody else at the pool's other region. The pool's
/// is seen from there already.
fn sender(who: &Who<'_>, notify: &NotifyConfigurationType) -> Option<String> {
    let replica =
        who.pool.settings.replica.as_ref().filter(|_| who.pool.is_secondary && who.client.risk.is_some());
    match replica.and_then(|replica| replica.notifiers.get(&who.client.id)) {
        Some(notifier) => notifier.from.clone(),
        None => notify.from.clone(),
    }
}

/// What a function is told that sends the pool's mails: the places under other names, but for what is not
/// known (triggers-and-messages §8.12, observed).
fn figures(
    user: &User,
    action: &AccountTakeoverEventActionType,
    places: &[(&str, String)],
) -> Map<String, Value> {
    let named = places.iter().filter(|(_, value)| value != UNKNOWN).map(|(name, value)| {
        let name = name.trim_matches(['{', '}']).replace('-', "_").to_uppercase();
        (name, json!(value))
    });
    let others = [("USER_NAME", &*user.row.username), ("ACCOUNT_TAKE_OVER_ACTION", action.as_str())];
    named.chain(others.map(|(name, value)| (name.to_owned(), json!(value)))).collect()
}

/// The pool's own text. Mails are HTML: one that is given as plain text becomes so.
fn body(given: &NotifyEmailType) -> Option<String> {
    let plain = || given.text_body.as_ref().map(|text| html::escape(text).replace('\n', "<br>\n"));
    given.html_body.clone().or_else(plain)
}

/// Puts what is known into its places. The text is walked once, so that nothing that was put in is filled in turn.
fn fill(template: &str, places: &[(&str, String)]) -> String {
    let mut filled = String::with_capacity(template.len() + 512);
    let mut rest = template;
    while let Some(brace) = rest.find('{') {
        let (before, at) = rest.split_at(brace);
        filled.push_str(before);
        let place = places.iter().find_map(|(name, value)| Some((at.strip_prefix(name)?, value)));
        rest = match place {
            Some((after, value)) => {
                filled.push_str(&html::escape(value));
                after
            }
            None => {
                filled.push('{');
                at.get(1..).unwrap_or_default()
            }
        };
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_once_and_hold_no_markup() {
        let places = [("{device-name}", "<b>{city}</b>".to_owned()), ("{city}", "Rome".to_owned())];
        assert_eq!(
            fill("{device-name}, {city} {other} {", &places),
            "&lt;b&gt;{city}&lt;/b&gt;, Rome {other} {"
        );
    }

    #[test]
    fn plain_text_becomes_html() {
        let given = |html: Option<&str>, text: Option<&str>| NotifyEmailType {
            subject: "s".to_owned(),
            html_body: html.map(ToOwned::to_owned),
            text_body: text.map(ToOwned::to_owned),
        };
        assert_eq!(body(&given(None, Some("a < b\n{city}"))).as_deref(), Some("a &lt; b<br>\n{city}"));
        assert_eq!(body(&given(Some("<p>"), Some("a"))).as_deref(), Some("<p>"));
        assert_eq!(body(&given(None, None)), None);
    }
}
