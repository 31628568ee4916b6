//! The account, with everything and with next to nothing.

use poolhouse_pages::{
    AccountPage, Attribute, ChangePassword, Factor, FactorState, Item, Moment, Notice, Page, Passkeys,
    Problem, Profile, ProfileAttribute, Usage,
};

use super::{Kit, Sample, rules};

pub(super) fn samples(kit: &Kit<'_>) -> Vec<Sample> {
    let attributes = attributes(kit);
    let factors = factors(kit);
    let items = [item(kit, "Laptop", true), item(kit, "Telephone", false)];
    let full = AccountPage {
        shell: &kit.shell,
        username: kit.w("ada@example.com"),
        notice: Some(Notice::Saved),
        problem: None,
        profile: Some(Profile { form: kit.again(&[]), attributes: &attributes }),
        password: Some(ChangePassword { form: kit.form(), has_password: true, rules: rules() }),
        factors: &factors,
        passkeys: Some(Passkeys { list: &items, add: Some(kit.href("/passkeys/add")) }),
        devices: Some(&[]),
        sessions: Some(&items),
        sign_out_elsewhere: Some(kit.form()),
        sign_out: kit.form(),
    };
    let bare = AccountPage {
        notice: None,
        problem: Some(Problem::Said(kit.w("The function says no."))),
        profile: None,
        password: None,
        factors: &[],
        passkeys: Some(Passkeys { list: &[], add: None }),
        devices: None,
        sessions: None,
        sign_out_elsewhere: None,
        ..full.clone()
    };
    vec![("account", full.html()), ("account-bare", bare.html())]
}

fn attributes<'a>(kit: &'a Kit<'a>) -> [ProfileAttribute<'a>; 4] {
    let attribute = |name, writable, verified: Option<bool>| ProfileAttribute {
        attribute: Attribute { name, required: name == "email", number: false },
        writable,
        verified,
        verify: (verified == Some(false)).then(|| kit.form()),
    };
    [
        attribute("name", true, None),
        attribute("email", true, Some(true)),
        attribute("phone_number", true, Some(false)),
        attribute(kit.w("custom:team"), false, None),
    ]
}

fn factors<'a>(kit: &'a Kit<'a>) -> [FactorState<'a>; 3] {
    let state = |factor, usage| FactorState {
        factor,
        detail: kit.choice(factor).destination,
        usage,
        turn_on: (usage == Usage::Off).then(|| kit.form()),
        turn_off: (usage != Usage::Off).then(|| kit.form()),
        use_first: (usage == Usage::On).then(|| kit.form()),
    };
    [
        state(Factor::SoftwareTokenMfa, Usage::First),
        state(Factor::SmsMfa, Usage::On),
        state(Factor::EmailOtp, Usage::Off),
    ]
}

fn item<'a>(kit: &'a Kit<'a>, name: &'a str, is_here: bool) -> Item<'a> {
    Item {
        name: kit.w(name),
        detail: Some(kit.w("Firefox on Debian, 192.0.2.7")),
        since: Some(Moment(1_795_900_000)),
        last_used: Some(Moment(1_796_000_000)),
        is_here,
        remove: (!is_here).then(|| kit.form()),
    }
}
