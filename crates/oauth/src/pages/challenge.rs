//! The page of each step of a sign-in.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Response, StatusCode};
use poolhouse_core::signin;
use poolhouse_kernel::Fault;
use poolhouse_pages::{
    Attribute, Choice, ChooseFactor, Code, CodeSource, CustomChallenge, Factor, Form, Href, Identity,
    NewPassword, Notice, Page as _, Passkey, Password, Problem, Purpose, SetUpApp, SetUpEmail, UsePasskey,
};
use poolhouse_ports::Timestamp;
use poolhouse_wire::Sensitive;
use poolhouse_wire::user_pools::ChallengeNameType as Name;

use super::answer;
use super::front::{Front, Outcome, form};
use super::state::{Challenge, Step};

/// A challenge as the sign-in gives it.
pub(super) struct Given {
    pub(super) name: Name,
    pub(super) session: Option<Sensitive>,
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) available: Vec<Name>,
}

/// Meets a challenge: what leaves nothing to choose is answered at once, everything else has a page.
pub(super) async fn meet(front: &Front<'_>, username: &str, began_at: Timestamp, given: Given) -> Outcome {
    let Given { name, session, mut parameters, available } = given;
    let session = session.ok_or_else(|| Fault::internal("a challenge at a page has no session"))?;
    let is_first = !available.is_empty();
    if name == Name::SelectChallenge {
        let passkeys = front.has_passkeys().await?;
        let is_offered = |name: &&Name| match name {
            // Pages speak no SRP.
            Name::PasswordSrp => false,
            // Browsers use no passkey of another name's (oauth-and-managed-login §8).
            Name::WebAuthn => passkeys,
            _ => true,
        };
        let names: Vec<&str> = available.iter().filter(is_offered).map(Name::as_str).collect();
        parameters.insert(CHOICES.to_owned(), list_of(&names)?);
    }
    let mut challenge = Challenge {
        username: username.to_owned(),
        name: name.as_str().to_owned(),
        session: session.into_string(),
        parameters,
        is_first,
        key: None,
        began_at,
    };
    if name == Name::SelectChallenge && choices(&challenge).len() == 1 {
        let only = choices(&challenge).remove(0);
        return Box::pin(answer::give(front, challenge, &[("ANSWER", &only)], "factor")).await;
    }
    if name == Name::MfaSetup && choices(&challenge) == [Factor::SoftwareTokenMfa.api_name()] {
        challenge = associate(front, challenge).await?;
    }
    page(front, &challenge, &[], None, StatusCode::OK).await
}

/// The parameter in which what can be chosen is kept for the page.
const CHOICES: &str = "AVAILABLE";

fn list_of(names: &[&str]) -> Result<String, Fault> {
    serde_json::to_string(names).map_err(Fault::internal)
}

/// What can be chosen at a challenge: a list in JSON.
pub(super) fn choices(challenge: &Challenge) -> Vec<String> {
    let parameter = match Name::from(&*challenge.name) {
        Name::SelectChallenge => CHOICES,
        Name::SelectMfaType => "MFAS_CAN_CHOOSE",
        Name::MfaSetup => "MFAS_CAN_SETUP",
        _ => return Vec::new(),
    };
    list(challenge, parameter)
}

fn list(challenge: &Challenge, parameter: &str) -> Vec<String> {
    let text = challenge.parameters.get(parameter);
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// The names of attributes that a new password's form asks for.
pub(super) fn missing_attributes(challenge: &Challenge) -> Vec<String> {
    let prefixed = list(challenge, "requiredAttributes");
    let bare = |name: String| name.strip_prefix("userAttributes.").map(ToOwned::to_owned).unwrap_or(name);
    prefixed.into_iter().map(bare).collect()
}

/// Draws the key of a software token, which the page shows.
pub(super) async fn associate(front: &Front<'_>, challenge: Challenge) -> Result<Challenge, Fault> {
    let cx = &front.visit.cx;
    let drawn = cx.repeat(|| signin::associate_software_token(cx, &challenge.session)).await?;
    let (key, session) = drawn;
    Ok(Challenge { key: Some(key), session: session.into_string(), ..challenge })
}

/// The page of a challenge.
pub(super) async fn page(
    front: &Front<'_>,
    challenge: &Challenge,
    problems: &[(&str, Problem<'_>)],
    notice: Option<Notice>,
    status: StatusCode,
) -> Outcome {
    let hidden = front.hidden_with(Step::Challenge(challenge.clone())).await?;
    let again = match resend(challenge) {
        Some(step) => Some(front.hidden_with(step).await?),
        None => None,
    };
    let (hidden, again) = (hidden.pairs(), again.as_ref().map(super::front::Hidden::pairs));
    let (action, change) = (front.visit.place.path("/login"), front.link("/login"));
    let form = Form { notice, ..form(&action, &hidden, &[], problems) };
    let resend = again.as_ref().map(|hidden| Form::to(Href::new(&action), hidden));
    let identity = Identity { username: &challenge.username, change: Href::new(&change) };
    let parts = Parts { front, challenge, form, resend, identity, status };
    Ok(parts.show())
}

/// What posting for another code does: of several first factors the same is begun again. Behind a first factor there is
/// no way back but the beginning.
fn resend(challenge: &Challenge) -> Option<Step> {
    let is_code = matches!(Name::from(&*challenge.name), Name::EmailOtp | Name::SmsOtp);
    (challenge.is_first && is_code)
        .then(|| Step::Begin { username: challenge.username.clone(), factor: challenge.name.clone() })
}

/// What the pages of challenges are made of.
struct Parts<'p> {
    front: &'p Front<'p>,
    challenge: &'p Challenge,
    form: Form<'p>,
    resend: Option<Form<'p>>,
    identity: Identity<'p>,
    status: StatusCode,
}

impl Parts<'_> {
    fn show(self) -> Response<Body> {
        match Name::from(&*self.challenge.name) {
            Name::SelectChallenge => self.choose(Purpose::First),
            Name::SelectMfaType => self.choose(Purpose::Second),
            Name::MfaSetup => self.set_up(),
            Name::Password => self.password(),
            Name::WebAuthn => self.passkey(),
            Name::NewPasswordRequired => self.new_password(),
            Name::SoftwareTokenMfa => self.code(CodeSource::App),
            Name::EmailOtp | Name::SmsOtp | Name::SmsMfa => {
                let sent_to = self.challenge.parameters.get("CODE_DELIVERY_DESTINATION");
                let source = sent_to.map_or(CodeSource::Sent, |to| CodeSource::SentTo(to));
                self.code(source)
            }
            // Whatever else there is, the pool's functions ask it.
            _ => self.custom(),
        }
    }

    fn choose(self, purpose: Purpose) -> Response<Body> {
        let names = choices(self.challenge);
        let factors = names.iter().filter_map(|name| factor(name));
        let choices: Vec<_> = factors.map(|factor| Choice { factor, destination: None }).collect();
        let Self { front, form, identity, status, .. } = self;
        front.show(status, |shell| {
            let identity = Some(identity);
            ChooseFactor { shell, form, identity, purpose, choices: &choices }.html()
        })
    }

    fn set_up(self) -> Response<Body> {
        let names = choices(self.challenge);
        let Self { front, challenge, form, status, .. } = self;
        if let Some(key) = &challenge.key {
            let (issuer, account) = (&front.facts.pool_name, &challenge.username);
            return front.show(status, |shell| {
                SetUpApp { shell, form, key, issuer, account, other_way: None }.html()
            });
        }
        if names == [EMAIL] {
            return front.show(status, |shell| SetUpEmail { shell, form, other_way: None }.html());
        }
        Self { front, challenge, form, status, ..self }.choose(Purpose::SetUp)
    }

    fn password(self) -> Response<Body> {
        let Self { front, form, identity, status, .. } = self;
        let forgot = front.link("/forgotPassword");
        front.show(status, |shell| {
            let forgot = front.facts.may_recover.then(|| Href::new(&forgot));
            Password { shell, form, identity, forgot, other_way: None }.html()
        })
    }

    fn passkey(self) -> Response<Body> {
        let Self { front, challenge, form, identity, status, .. } = self;
        let options = challenge.parameters.get("CREDENTIAL_REQUEST_OPTIONS").map_or("{}", String::as_str);
        front.show(status, |shell| {
            let passkey = Passkey { form, options };
            UsePasskey { shell, identity, passkey, other_way: Some(identity.change) }.html()
        })
    }

    fn new_password(self) -> Response<Body> {
        let names = missing_attributes(self.challenge);
        let attributes: Vec<_> = names.iter().map(|name| attribute(self.front, name)).collect();
        let Self { front, challenge, form, status, .. } = self;
        front.show(status, |shell| {
            let (username, rules) = (&*challenge.username, front.rules());
            NewPassword { shell, form, username, rules, attributes: &attributes }.html()
        })
    }

    fn code(self, source: CodeSource<'_>) -> Response<Body> {
        let Self { front, form, resend, identity, status, challenge } = self;
        front.show(status, |shell| {
            let other_way = challenge.is_first.then_some(identity.change);
            Code { shell, form, identity: Some(identity), source, resend, other_way }.html()
        })
    }

    fn custom(self) -> Response<Body> {
        let Self { front, challenge, form, status, .. } = self;
        // What the function calls so, where it does.
        let question = challenge.parameters.get("question").map(String::as_str);
        front.show(status, |shell| CustomChallenge { shell, form, question }.html())
    }
}

/// An attribute that must be given.
fn attribute<'a>(front: &Front<'_>, name: &'a str) -> Attribute<'a> {
    let known = front.facts.attributes.iter().find(|attribute| attribute.name == name);
    Attribute { name, required: true, number: known.is_some_and(|attribute| attribute.number) }
}

/// An address that is to be set up, as MFA_SETUP names it.
const EMAIL: &str = "EMAIL_OTP";

/// The factor of this name in the API.
pub(super) fn factor(name: &str) -> Option<Factor> {
    let all = [
        Factor::Password,
        Factor::EmailOtp,
        Factor::SmsOtp,
        Factor::WebAuthn,
        Factor::SmsMfa,
        Factor::SoftwareTokenMfa,
    ];
    all.into_iter().find(|factor| factor.api_name() == name)
}
