//! The texts of messages: the pool's templates, or else Cognito's (docs/cognito/triggers-and-messages.md §9).

use std::borrow::Cow;

use poolhouse_ports::Medium;
use poolhouse_wire::user_pools::DefaultEmailOptionType;

use crate::html;
use crate::model::Pool;
use crate::triggers::custom_message::{CODE, USERNAME};

/// The blank at the end is Cognito's.
const VERIFICATION: &str = "Your verification code is {####}. ";
const VERIFICATION_SUBJECT: &str = "Your verification code";
const INVITATION: &str = "Your username is {username} and temporary password is {####}. ";
const INVITATION_SUBJECT: &str = "Your temporary password";

/// Around the words of a link.
const LINK_BEGIN: &str = "{##";
const LINK_END: &str = "##}";

/// The wording is ours; documented are the subject and the words of the link.
const LINK: &str = "Please click the link below to verify your email address. {##Verify Email##} ";
const LINK_SUBJECT: &str = "Your verification link";

const AUTHENTICATION: &str = "Your authentication code is {####}. ";
const AUTHENTICATION_SUBJECT: &str = "Your authentication code";

/// A finished message.
pub(super) struct Text {
    /// Empty for SMS.
    pub(super) subject: String,
    pub(super) body: String,
}

/// A message before its places are filled.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Template<'p> {
    medium: Medium,
    subject: &'p str,
    body: &'p str,
}

impl<'p> Template<'p> {
    fn new(
        medium: Medium,
        sms: Option<&'p String>,
        email: Option<&'p String>,
        subject: Option<&'p String>,
        [default_body, default_subject]: [&'p str; 2],
    ) -> Self {
        let (body, subject) = match medium {
            Medium::Email => (email, subject.map_or(default_subject, String::as_str)),
            Medium::Sms => (sms, ""),
        };
        Self { medium, subject, body: body.map_or(default_body, String::as_str) }
    }

    /// A template of somebody else's words.
    pub(super) fn given(medium: Medium, subject: &'p str, body: &'p str) -> Self {
        Self { medium, subject, body }
    }

    /// Whether there is a place for a link instead of one for a code.
    pub(super) fn has_link(&self) -> bool {
        !self.body.contains(CODE) && self.body.contains(LINK_BEGIN)
    }

    /// Puts code and user name into their places. `username` is for invitations.
    ///
    /// The text is walked once, so that a name which contains a place is not filled in turn.
    pub(super) fn fill(&self, code: &str, username: Option<&str>) -> Text {
        let mut body = String::with_capacity(self.body.len() + 32);
        let mut rest = self.body;
        while let Some(brace) = rest.find('{') {
            let (before, at) = rest.split_at(brace);
            body.push_str(before);
            if let Some(after) = at.strip_prefix(CODE) {
                body.push_str(&self.escape(code));
                rest = after;
            } else if let (Some(after), Some(name)) = (at.strip_prefix(USERNAME), username) {
                body.push_str(&self.escape(name));
                rest = after;
            } else {
                body.push('{');
                rest = at.get(1..).unwrap_or_default();
            }
        }
        body.push_str(rest);
        Text { subject: self.subject.to_owned(), body }
    }

    /// Puts a link to `url` into the place for it, which names the words to click: `{##Verify Email##}`.
    pub(super) fn fill_link(&self, url: &str) -> Text {
        let url = html::escape(url);
        let mut body = String::with_capacity(self.body.len() + url.len() + 32);
        let mut rest = self.body;
        while let Some((before, at)) = rest.split_once(LINK_BEGIN) {
            let Some((words, after)) = at.split_once(LINK_END) else { break };
            body.push_str(before);
            body.push_str(&format!("<a href=\"{url}\">{words}</a>"));
            rest = after;
        }
        body.push_str(rest);
        Text { subject: self.subject.to_owned(), body }
    }

    /// E-mails are HTML: what users chose must not become markup in them.
    fn escape<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.medium == Medium::Sms { Cow::Borrowed(text) } else { html::escape(text) }
    }
}

/// The text that carries a code. The members outside of VerificationMessageTemplate are older names of
/// the same settings (triggers-and-messages §9).
pub(super) fn verification(pool: &Pool, medium: Medium) -> Template<'_> {
    let settings = &pool.settings.general;
    let template = settings.verification_message_template.as_ref();
    Template::new(
        medium,
        template.and_then(|t| t.sms_message.as_ref()).or(settings.sms_verification_message.as_ref()),
        template.and_then(|t| t.email_message.as_ref()).or(settings.email_verification_message.as_ref()),
        template.and_then(|t| t.email_subject.as_ref()).or(settings.email_verification_subject.as_ref()),
        [VERIFICATION, VERIFICATION_SUBJECT],
    )
}

/// The text that carries a code to sign in with; by e-mail that of the second factor serves first factors too
/// (triggers-and-messages §9).
pub(super) fn authentication(pool: &Pool, medium: Medium) -> Template<'_> {
    let email = pool.settings.mfa.email.as_ref();
    Template::new(
        medium,
        pool.settings.general.sms_authentication_message.as_ref(),
        email.and_then(|e| e.message.as_ref()),
        email.and_then(|e| e.subject.as_ref()),
        [AUTHENTICATION, AUTHENTICATION_SUBJECT],
    )
}

/// The e-mail that carries a link, where the pool wants addresses confirmed by one.
pub(super) fn link(pool: &Pool) -> Option<Template<'_>> {
    let template = pool.settings.general.verification_message_template.as_ref()?;
    if template.default_email_option != Some(DefaultEmailOptionType::ConfirmWithLink) {
        return None;
    }
    let (body, subject) = (template.email_message_by_link.as_ref(), template.email_subject_by_link.as_ref());
    Some(Template::new(Medium::Email, None, body, subject, [LINK, LINK_SUBJECT]))
}

/// The text that carries a temporary password.
pub(super) fn invitation(pool: &Pool, medium: Medium) -> Template<'_> {
    let config = pool.settings.general.admin_create_user_config.as_ref();
    let template = config.and_then(|c| c.invite_message_template.as_ref());
    Template::new(
        medium,
        template.and_then(|t| t.sms_message.as_ref()),
        template.and_then(|t| t.email_message.as_ref()),
        template.and_then(|t| t.email_subject.as_ref()),
        [INVITATION, INVITATION_SUBJECT],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(medium: Medium, body: &str) -> Template<'_> {
        Template { medium, subject: "s", body }
    }

    #[test]
    fn every_place_is_filled_and_nothing_else() {
        let text =
            template(Medium::Sms, "{username}: {####}, again {####} {other} {").fill("42", Some("{####}"));
        assert_eq!(text.body, "{####}: 42, again 42 {other} {");
    }

    #[test]
    fn a_link_is_put_where_its_words_are() {
        let text = template(Medium::Email, "<p>{##Click <b>here##}, or {##there##}</p> {##")
            .fill_link("http://h/?a=1&b=\"");
        let url = "http://h/?a=1&amp;b=&quot;";
        let expected =
            format!("<p><a href=\"{url}\">Click <b>here</a>, or <a href=\"{url}\">there</a></p> {{##");
        assert_eq!(text.body, expected);
    }

    #[test]
    fn a_verification_has_no_place_for_the_name() {
        assert_eq!(template(Medium::Email, "{username} {####}").fill("42", None).body, "{username} 42");
    }

    #[test]
    fn what_users_chose_is_no_markup_in_an_email() {
        let body = "<b>{username}</b> {####}";
        let fill = |medium| template(medium, body).fill("a&\"'", Some("<i>x</i>")).body;
        assert_eq!(fill(Medium::Email), "<b>&lt;i&gt;x&lt;/i&gt;</b> a&amp;&quot;&#39;");
        assert_eq!(fill(Medium::Sms), "<b><i>x</i></b> a&\"'");
    }
}
