//! What the pages say, in each language.
//!
//! A language is one constant of [`Texts`], so that a text that is missing does not compile, and a text with a blank
//! is a [`Phrase`], which cannot be shown without what belongs there. Style: say what will happen, what went wrong and
//! what to do next; sentence case; no "please"; the words of people, not ours.

pub(crate) mod de;
pub(crate) mod en;
pub(crate) mod es;
pub(crate) mod fr;
pub(crate) mod id;
pub(crate) mod it;
pub(crate) mod ja;
pub(crate) mod ko;
pub(crate) mod pt_br;
pub(crate) mod zh_cn;
pub(crate) mod zh_tw;

/// A text that is complete.
type Text = &'static str;

/// A text with one blank, `{}`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Phrase(&'static str);

impl Phrase {
    /// The phrase with its blank filled.
    pub(crate) fn with(&self, value: &str) -> String {
        match self.0.split_once("{}") {
            Some((before, after)) => [before, value, after].concat(),
            None => self.0.to_owned(),
        }
    }
}

macro_rules! texts {
    ($($name:ident: $kind:ty,)*) => {
        /// Every text of the pages in one language.
        #[derive(Debug)]
        pub struct Texts {
            $(pub(crate) $name: $kind,)*
        }

        #[cfg(test)]
        impl Texts {
            /// Name, text and number of blanks that the type demands, of each.
            fn walk(&self) -> Vec<(&'static str, &'static str, usize)> {
                vec![$((stringify!($name), tests::Walked::text(&self.$name), <$kind as tests::Walked>::BLANKS),)*]
            }
        }
    };
}

texts! {
    // Said on many pages
    continue_: Text,
    or: Text,
    optional: Text,
    save: Text,
    confirm: Text,
    language: Text,
    terms_of_use: Text,
    privacy_policy: Text,
    show_password: Text,
    hide_password: Text,
    error: Text,
    summary: Text,
    another_account: Text,

    // Who are you
    sign_in: Text,
    new_here: Text,
    create_account: Text,
    have_account: Text,
    forgot_password: Text,
    username: Text,
    email: Text,
    phone: Text,
    username_or_email: Text,
    username_or_phone: Text,
    email_or_phone: Text,
    username_email_or_phone: Text,
    continue_with: Phrase,

    // Prove it
    enter_password: Text,
    password: Text,
    choose_first: Text,
    choose_second: Text,
    choose_second_lead: Text,
    choose_set_up: Text,
    choose_set_up_lead: Text,
    by_password: Text,
    by_email: Text,
    by_sms: Text,
    by_passkey: Text,
    by_app: Text,
    enter_code: Text,
    code: Text,
    code_sent_to: Phrase,
    code_sent: Text,
    code_from_app: Text,
    send_new_code: Text,
    new_code_sent: Text,
    other_way: Text,
    use_passkey: Text,
    use_passkey_lead: Text,
    sign_in_with_passkey: Text,
    passkey_needs_script: Text,
    passkey_unsupported: Text,
    one_more_question: Text,
    answer: Text,

    // Set up
    set_up_app: Text,
    scan_code: Text,
    qr_code: Text,
    open_app: Text,
    enter_key: Text,
    copy: Text,
    copied: Text,
    then_enter_code: Text,
    set_up_email: Text,
    set_up_email_lead: Text,
    send_code: Text,
    add_passkey: Text,
    add_passkey_lead: Text,
    create_passkey: Text,
    not_now: Text,

    // Passwords
    choose_password: Text,
    choose_password_lead: Text,
    missing_lead: Text,
    new_password: Text,
    current_password: Text,
    rules: Text,
    rule_length: Phrase,
    rule_lower: Text,
    rule_upper: Text,
    rule_number: Text,
    rule_symbol: Text,
    rule_spaces: Text,
    rule_history: Phrase,
    met: Text,
    not_met: Text,

    // Sign up and recovery
    sign_up: Text,
    confirm_account: Text,
    resend_lead: Text,
    reset_password: Text,
    reset_password_lead: Text,
    reset_code_sent: Text,
    back_to_sign_in: Text,

    // Attributes
    name: Text,
    given_name: Text,
    family_name: Text,
    middle_name: Text,
    nickname: Text,
    preferred_username: Text,
    profile_page: Text,
    picture: Text,
    website: Text,
    gender: Text,
    birthdate: Text,
    zoneinfo: Text,
    locale: Text,
    address: Text,
    phone_help: Text,

    // Before the way back to an application
    choose_account: Text,
    choose_account_lead: Phrase,
    allow_access: Text,
    wants_access: Phrase,
    signed_in_as: Phrase,
    leads_to: Phrase,
    published_by: Phrase,
    unknown_client: Text,
    asks_for: Text,
    scope_openid: Text,
    scope_email: Text,
    scope_phone: Text,
    scope_profile: Text,
    scope_admin: Text,
    allow: Text,
    deny: Text,

    // The end of something
    signed_out: Text,
    close_window: Text,
    sign_in_again: Text,
    account_confirmed: Text,
    feedback_noted: Text,
    something_wrong: Text,
    page_error: Text,
    expired: Text,
    expired_lead: Text,
    start_again: Text,
    unavailable: Text,

    // The account
    your_account: Text,
    profile: Text,
    saved: Text,
    sign_in_to_go_on: Text,
    verified: Text,
    not_verified: Text,
    verify: Text,
    change_password: Text,
    second_step: Text,
    second_step_lead: Text,
    on: Text,
    used_first: Text,
    turn_on: Text,
    turn_off: Text,
    use_first: Text,
    set_up: Text,
    passkeys: Text,
    no_passkeys: Text,
    passkey_of_device: Text,
    security_key: Text,
    added: Text,
    remove: Text,
    devices: Text,
    no_devices: Text,
    last_used: Text,
    forget: Text,
    sessions: Text,
    this_session: Text,
    since: Text,
    sign_out: Text,
    sign_out_elsewhere: Text,

    // What went wrong, and what to do
    wrong_credentials: Text,
    wrong_password: Text,
    wrong_code: Text,
    expired_code: Text,
    wrong_answer: Text,
    too_many: Text,
    username_taken: Text,
    required: Text,
    invalid: Text,
    invalid_email: Text,
    invalid_phone: Text,
    password_rules: Text,
    password_used: Text,
    password_known: Text,
    code_not_sent: Text,
    passkey_refused: Text,
    login_option: Text,
    unexpected: Text,
    link_incomplete: Text,
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{Phrase, Text};
    use crate::Language;

    /// What the walk through the texts asks of each kind.
    pub(super) trait Walked {
        const BLANKS: usize;
        fn text(&self) -> &'static str;
    }

    impl Walked for Text {
        const BLANKS: usize = 0;
        fn text(&self) -> &'static str {
            self
        }
    }

    impl Walked for Phrase {
        const BLANKS: usize = 1;
        fn text(&self) -> &'static str {
            self.0
        }
    }

    #[test]
    fn texts_are_there_with_their_blanks_in_every_language() {
        for language in Language::ALL {
            for (name, text, blanks) in language.texts().walk() {
                let place = format!("{}: {name}: {text:?}", language.tag());
                assert!(!text.trim().is_empty() && text.trim() == text, "{place}");
                assert_eq!(text.matches("{}").count(), blanks, "{place}");
                assert_eq!(text.matches(['{', '}']).count(), 2 * blanks, "{place}");
                assert!(!text.contains(['<', '>', '\n']), "{place}: texts are no markup");
                assert!(!text.contains("  "), "{place}");
                assert!(text.chars().count() <= 160, "{place}: too long for a page with one question");
            }
        }
    }

    #[test]
    fn labels_of_buttons_are_short() {
        for language in Language::ALL {
            let t = language.texts();
            for label in [
                t.continue_,
                t.save,
                t.confirm,
                t.sign_in,
                t.sign_up,
                t.copy,
                t.allow,
                t.deny,
                t.not_now,
                t.remove,
                t.forget,
                t.verify,
                t.turn_on,
                t.turn_off,
                t.use_first,
                t.set_up,
                t.sign_out,
                t.send_code,
            ] {
                assert!(label.chars().count() <= 26, "{}: {label}", language.tag());
            }
        }
    }

    /// Words of one language that stand in another are mostly texts that were forgotten.
    #[test]
    fn no_language_borrows_sentences() {
        let english: HashSet<_> = Language::En.texts().walk().into_iter().map(|(_, text, _)| text).collect();
        for language in Language::ALL.into_iter().filter(|language| *language != Language::En) {
            let texts = language.texts().walk();
            let borrowed = texts.iter().filter(|(_, text, _)| text.contains(' ') && english.contains(text));
            assert_eq!(borrowed.count(), 0, "{}", language.tag());
        }
    }

    #[test]
    fn a_blank_is_filled_once_and_as_it_is() {
        assert_eq!(Phrase("to {}.").with("{} <b>"), "to {} <b>.");
        assert_eq!(Phrase("{}").with(""), "");
    }
}
