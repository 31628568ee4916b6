//! The page of the account.

use axum::body::Body;
use axum::http::{Response, StatusCode};
use poolhouse_core::profile::{self, Overview, OwnFactor};
use poolhouse_kernel::Fault;
use poolhouse_pages::{
    AccountPage, Attribute, ChangePassword, FactorState, Form, Href, Notice, Page as _, Passkeys, Problem,
    Profile, ProfileAttribute, Usage,
};

use super::action::Action;
use super::failed;
use super::rows::{Pairs, Row, items, listed, own_devices, own_passkeys, own_sessions, pairs};
use crate::pages::challenge::factor;
use crate::pages::front::{Front, Hidden, Outcome, form};
use crate::pages::next::{NEXT, Next};
use crate::pages::problem::{Verdict, judge};
use crate::parameters::Parameters;

/// Which form a problem is about, and what was typed there.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Section<'a> {
    #[default]
    None,
    Profile(&'a Parameters),
    Password,
}

/// What the last post led to.
#[derive(Debug, Default)]
pub(super) struct Told<'a> {
    notice: Option<Notice>,
    section: Section<'a>,
    problem: Option<(&'a str, Problem<'a>)>,
}

/// The page after something was done, or not.
pub(super) async fn after(front: Front<'_>, done: Result<(), Fault>, section: Section<'_>) -> Outcome {
    let Err(fault) = done else {
        return page(front, Told { notice: Some(Notice::Saved), ..Told::default() }).await;
    };
    let field = if matches!(section, Section::Password) { "current_password" } else { "" };
    match judge(&fault, field) {
        Verdict::Again(field, problem) => {
            // An alias that another has: the account has no field of that name.
            let field = if field == "username" { "" } else { field };
            page(front, Told { notice: None, section, problem: Some((field, problem)) }).await
        }
        Verdict::Expired | Verdict::Failed => failed(front, fault),
    }
}

/// The page where a field was left empty.
pub(super) async fn missing(front: Front<'_>, field: &str, given: &Parameters) -> Outcome {
    let section = if field == "password" { Section::Password } else { Section::Profile(given) };
    let told = Told { notice: None, section, problem: Some((field, Problem::Required)) };
    page(front, told).await
}

/// Everything that the page shows.
struct Account {
    overview: Overview,
    passkeys: Option<Vec<Row>>,
    devices: Option<Vec<Row>>,
    sessions: Option<Vec<Row>>,
}

/// The account, or where to sign in.
pub(super) async fn page(front: Front<'_>, told: Told<'_>) -> Outcome {
    let account = match read(&front).await {
        Ok(account) => account,
        Err(fault) => return failed(front, fault),
    };
    let add = match account.passkeys {
        Some(_) if front.has_passkeys().await? => Some(add_link(&front)),
        _ => None,
    };
    Ok(show(&front, &account, add.as_deref(), &told))
}

async fn read(front: &Front<'_>) -> Result<Account, Fault> {
    let overview = profile::overview(&front.visit.cx, front.owner()).await?;
    Ok(Account {
        passkeys: if overview.has_passkeys { Some(own_passkeys(front).await?) } else { None },
        devices: if overview.has_devices { Some(own_devices(front).await?) } else { None },
        sessions: if overview.has_sessions { Some(own_sessions(front).await?) } else { None },
        overview,
    })
}

/// The page that adds a passkey, and leads back here.
fn add_link(front: &Front<'_>) -> String {
    let mut query = front.parameters.clone();
    query.set(NEXT, Next::Account.word());
    front.visit.place.path(&format!("/passkeys/add?{}", crate::parameters::query(query.iter())))
}

/// The hidden fields of the buttons of a factor: on, off, first.
struct Buttons([Option<Hidden>; 3]);

impl Buttons {
    fn of(front: &Front<'_>, factor: &OwnFactor) -> Self {
        let is_app = factor.name == poolhouse_pages::Factor::SoftwareTokenMfa.api_name();
        // An app is set up anew at any time.
        let turn_on = is_app || !factor.is_on && factor.has_means;
        let first = factor.is_on && !factor.is_preferred;
        let wanted = [(turn_on, Action::TurnOn), (factor.is_on, Action::TurnOff), (first, Action::UseFirst)];
        Self(
            wanted.map(|(is_shown, action)| is_shown.then(|| front.hidden_for(action.as_str(), factor.name))),
        )
    }
}

fn show(front: &Front<'_>, account: &Account, add: Option<&str>, told: &Told<'_>) -> Response<Body> {
    let Account { overview, .. } = account;
    let action = front.link("/account");
    let hidden = |action: Action, of: &str| front.hidden_for(action.as_str(), of);
    let [save, change, elsewhere, out] =
        [Action::Save, Action::ChangePassword, Action::SignOutElsewhere, Action::SignOut]
            .map(|a| hidden(a, ""));
    let [save, change, elsewhere, out] = [save.pairs(), change.pairs(), elsewhere.pairs(), out.pairs()];
    let verify: Vec<_> = overview.attributes.iter().map(|a| hidden(Action::Verify, &a.name)).collect();
    let verify: Vec<_> = verify.iter().map(Hidden::pairs).collect();
    let buttons: Vec<_> = overview.factors.iter().map(|factor| Buttons::of(front, factor)).collect();
    let buttons: Vec<_> =
        buttons.iter().map(|Buttons(all)| all.each_ref().map(|one| pairs(one.as_ref()))).collect();
    let removal = |rows: &'_ Option<Vec<Row>>| -> Vec<Option<Hidden>> {
        rows.iter().flatten().map(|row| row.remove.clone()).collect()
    };
    let removals = [&account.passkeys, &account.devices, &account.sessions].map(removal);
    let [passkeys, devices, sessions] =
        removals.each_ref().map(|rows| rows.iter().map(|hidden| pairs(hidden.as_ref())).collect::<Vec<_>>());
    let passkeys = items(listed(account.passkeys.as_ref()), &passkeys, &action);
    let devices = items(listed(account.devices.as_ref()), &devices, &action);
    let sessions = items(listed(account.sessions.as_ref()), &sessions, &action);

    let values = values(overview, told);
    let problems = told.problem.as_slice();
    let (mut of_profile, mut of_password, mut of_none) = (&[][..], &[][..], None);
    match told.section {
        Section::Profile(_) => of_profile = problems,
        Section::Password => of_password = problems,
        Section::None => of_none = told.problem.map(|(_, problem)| problem),
    }
    let attributes: Vec<_> = overview.attributes.iter().zip(&verify).map(attribute_of(&action)).collect();
    let factors: Vec<_> = overview.factors.iter().zip(&buttons).filter_map(factor_of(&action)).collect();
    front.show_at("/account", StatusCode::OK, |shell| {
        let page = AccountPage {
            shell,
            username: &overview.name,
            notice: told.notice,
            problem: of_none,
            profile: (!attributes.is_empty()).then(|| Profile {
                form: form(&action, &save, &values, of_profile),
                attributes: &attributes,
            }),
            password: overview.may_have_password.then(|| ChangePassword {
                form: form(&action, &change, &[], of_password),
                has_password: overview.has_password,
                rules: front.rules(),
            }),
            factors: &factors,
            passkeys: account
                .passkeys
                .is_some()
                .then(|| Passkeys { list: &passkeys, add: add.map(Href::new) }),
            devices: account.devices.is_some().then_some(&devices),
            sessions: account.sessions.is_some().then_some(&sessions),
            sign_out_elsewhere: Some(Form::to(Href::new(&action), &elsewhere)),
            sign_out: Form::to(Href::new(&action), &out),
        };
        page.html()
    })
}

/// An attribute, and the form that asks for a code where it is to be proven.
fn attribute_of<'a>(
    action: &'a str,
) -> impl Fn((&'a profile::OwnAttribute, &'a Pairs<'a>)) -> ProfileAttribute<'a> {
    move |(own, verify)| ProfileAttribute {
        attribute: Attribute { name: &own.name, required: own.required, number: own.number },
        writable: own.writable,
        verified: own.verified,
        verify: (own.verified == Some(false)).then(|| Form::to(Href::new(action), verify)),
    }
}

/// A factor and its buttons.
fn factor_of<'a>(
    action: &'a str,
) -> impl Fn((&'a OwnFactor, &'a [Option<Pairs<'a>>; 3])) -> Option<FactorState<'a>> {
    move |(own, buttons)| {
        let to =
            |pairs: &'a Option<Pairs<'a>>| pairs.as_deref().map(|pairs| Form::to(Href::new(action), pairs));
        let [turn_on, turn_off, use_first] = buttons.each_ref().map(to);
        Some(FactorState {
            factor: factor(own.name)?,
            detail: own.destination.as_deref(),
            usage: match (own.is_on, own.is_preferred) {
                (false, _) => Usage::Off,
                (true, false) => Usage::On,
                (true, true) => Usage::First,
            },
            turn_on,
            turn_off,
            use_first,
        })
    }
}

/// What stands in the fields of the profile: what is stored, or what was typed and is still to be mended.
fn values<'a>(overview: &'a Overview, told: &Told<'a>) -> Vec<(&'a str, &'a str)> {
    let typed = match told.section {
        Section::Profile(given) => Some(given),
        _ => None,
    };
    let value = |own: &'a profile::OwnAttribute| match typed.filter(|_| own.writable) {
        Some(given) => given.get(&own.name),
        None => own.value.as_deref(),
    };
    let pairs = overview.attributes.iter().filter_map(|own| Some((own.name.as_str(), value(own)?)));
    pairs.collect()
}
