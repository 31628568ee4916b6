//! What the buttons of the account do.

use axum::body::Body;
use axum::http::{Response, StatusCode};
use poolhouse_core::profile::devices::{self, Whose};
use poolhouse_core::profile::{self, Owner, passkeys, sessions};
use poolhouse_core::sessions::browser;
use poolhouse_core::users::mfa::Preferences;
use poolhouse_kernel::Fault;
use poolhouse_pages::{Factor, Href, Page as _, SignedOut};
use poolhouse_wire::user_pools::{
    AttributeType, EmailMfaSettingsType, SMSMfaSettingsType, SoftwareTokenMfaSettingsType,
};

use super::view::{self, Section};
use super::{failed, step};
use crate::cookies;
use crate::pages::front::{Front, Outcome};
use crate::parameters::Parameters;

/// What a button does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Save,
    Verify,
    ChangePassword,
    TurnOn,
    TurnOff,
    UseFirst,
    RemovePasskey,
    ForgetDevice,
    EndSession,
    SignOutElsewhere,
    SignOut,
}

impl Action {
    const ALL: [Self; 11] = [
        Self::Save,
        Self::Verify,
        Self::ChangePassword,
        Self::TurnOn,
        Self::TurnOff,
        Self::UseFirst,
        Self::RemovePasskey,
        Self::ForgetDevice,
        Self::EndSession,
        Self::SignOutElsewhere,
        Self::SignOut,
    ];

    /// As forms name it.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Save => "save",
            Self::Verify => "verify",
            Self::ChangePassword => "change-password",
            Self::TurnOn => "turn-on",
            Self::TurnOff => "turn-off",
            Self::UseFirst => "use-first",
            Self::RemovePasskey => "remove-passkey",
            Self::ForgetDevice => "forget-device",
            Self::EndSession => "end-session",
            Self::SignOutElsewhere => "sign-out-elsewhere",
            Self::SignOut => "sign-out",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == name)
    }

    /// Does it, to what the form names.
    pub(super) async fn take(self, front: Front<'_>, of: &str, given: &Parameters) -> Outcome {
        let cx = &front.visit.cx;
        let owner = front.owner();
        let done = match self {
            Self::Save => return save(front, given).await,
            Self::Verify => return step::send_code(front, of).await,
            Self::ChangePassword => return change_password(front, given).await,
            Self::SignOut => return sign_out(front).await,
            Self::TurnOn if of == Factor::SoftwareTokenMfa.api_name() => return step::associate(front).await,
            Self::TurnOn => prefer(&front, of, Some(true), None).await,
            Self::TurnOff => prefer(&front, of, Some(false), None).await,
            Self::UseFirst => prefer(&front, of, None, Some(true)).await,
            Self::RemovePasskey => cx.repeat(|| passkeys::delete(cx, owner, of)).await,
            Self::ForgetDevice => cx.repeat(|| devices::forget(cx, Whose::Own(owner), of)).await,
            Self::EndSession => end_session(&front, owner, of).await,
            Self::SignOutElsewhere => cx.repeat(|| sessions::sign_out_elsewhere(cx, owner)).await,
        };
        view::after(front, done, Section::None).await
    }
}

/// Saves what changed of the attributes that may be written. An empty field takes a value away.
async fn save(front: Front<'_>, given: &Parameters) -> Outcome {
    let cx = &front.visit.cx;
    let own = match profile::overview(cx, front.owner()).await {
        Ok(overview) => overview.attributes,
        Err(fault) => return failed(front, fault),
    };
    let (mut changed, mut removed) = (Vec::new(), Vec::new());
    for attribute in own.iter().filter(|attribute| attribute.writable) {
        match (given.get(&attribute.name), attribute.value.as_deref()) {
            (None, Some(_)) if attribute.required => {
                return view::missing(front, &attribute.name, given).await;
            }
            (None, Some(_)) => removed.push(attribute.name.clone()),
            (Some(value), own) if own != Some(value) => {
                changed.push(AttributeType { name: attribute.name.clone(), value: Some(value.into()) });
            }
            _ => {}
        }
    }
    let owner = front.owner();
    let mut sent = Vec::new();
    if !changed.is_empty() {
        match cx.repeat(|| profile::update_attributes(cx, owner, changed.clone())).await {
            Ok(codes) => sent = codes,
            Err(fault) => return view::after(front, Err(fault), Section::Profile(given)).await,
        }
    }
    if !removed.is_empty() {
        let done = cx.repeat(|| profile::delete_attributes(cx, owner, &removed)).await;
        if done.is_err() {
            return view::after(front, done, Section::Profile(given)).await;
        }
    }
    match sent.into_iter().next() {
        Some(code) => step::code_page(&front, code, None, &[]).await,
        None => view::after(front, Ok(()), Section::None).await,
    }
}

async fn change_password(front: Front<'_>, given: &Parameters) -> Outcome {
    let Some(proposed) = given.get("password") else {
        return view::missing(front, "password", given).await;
    };
    let (cx, owner, previous) = (&front.visit.cx, front.owner(), given.get("current_password"));
    let done = profile::change_password(cx, owner, previous, proposed).await;
    view::after(front, done, Section::Password).await
}

/// Turns a factor on or off, or has it come first.
pub(super) async fn prefer(
    front: &Front<'_>,
    factor: &str,
    enabled: Option<bool>,
    preferred_mfa: Option<bool>,
) -> Result<(), Fault> {
    let mut wanted = Preferences::default();
    match super::super::challenge::factor(factor) {
        Some(Factor::SmsMfa) => wanted.sms = Some(SMSMfaSettingsType { enabled, preferred_mfa }),
        Some(Factor::EmailOtp) => wanted.email = Some(EmailMfaSettingsType { enabled, preferred_mfa }),
        Some(Factor::SoftwareTokenMfa) => {
            wanted.software_token = Some(SoftwareTokenMfaSettingsType { enabled, preferred_mfa });
        }
        _ => return Err(Fault::invalid_parameter("There is no such second factor.")),
    }
    let (cx, owner) = (&front.visit.cx, front.owner());
    cx.repeat(|| profile::set_mfa_preference(cx, owner, &wanted)).await
}

/// Ends a session: a browser's with the tokens that came through it.
async fn end_session(front: &Front<'_>, owner: Owner<'_>, id: &str) -> Result<(), Fault> {
    let cx = &front.visit.cx;
    cx.repeat(|| sessions::revoke_own(cx, owner, id, id.starts_with("sso"))).await
}

async fn sign_out(front: Front<'_>) -> Outcome {
    let (cx, place) = (&front.visit.cx, &front.visit.place);
    if let Some(cookie) = front.visit.cookies.get(cookies::SESSION) {
        cx.repeat(|| browser::end(cx, &place.pool_id, cookie)).await?;
    }
    let sign_in = front.link("/account");
    let mut response: Response<Body> =
        front.show(StatusCode::OK, |shell| SignedOut { shell, sign_in: Some(Href::new(&sign_in)) }.html());
    cookies::forget_session(response.headers_mut(), place);
    Ok(response)
}
