//! The end of a sign-in: tokens or a login of the browser, and everything that is written with them in one transaction.

use poolhouse_kernel::Fault;
use poolhouse_store::Tx;
use poolhouse_wire::user_pools::{AuthenticationResultType, EventResponseType, UserStatusType};

use super::Step;
use super::attempt::Attempt;
use super::goal::Goal;
use super::next::FirstFactor;
use crate::model::factors::Factor;
use crate::model::{Method, Methods};
use crate::sessions::{browser, record};
use crate::tokens::issue::{self, Issue};
use crate::tokens::refresh;
use crate::tokens::sign_in::SignIn;
use crate::triggers::authentication;
use crate::triggers::pre_token_generation::TriggerSource;
use crate::{Cx, devices, passkeys};

/// What a sign-in ends in, before it is written.
enum End {
    Tokens(SignIn, Box<AuthenticationResultType>),
    Login(Box<browser::New>),
}

/// Signs the user in; what comes of it tells of what the last step changed.
///
/// # Errors
/// `NotAuthorizedException` when what was redeemed was used up in the meantime; those of PostAuthentication and
/// PreTokenGeneration, before which the step is written.
pub(super) async fn sign_in(cx: &Cx, mut attempt: Attempt) -> Result<Step, Fault> {
    let end = match End::of(cx, &attempt).await {
        Ok(end) => end,
        Err(fault) => {
            // The proof was right; that nothing comes of it does not make it good for another time.
            attempt.record_step(cx, None, EventResponseType::Fail).await?;
            return Err(fault);
        }
    };
    if !attempt.writes() && !end.writes(&attempt) {
        return Ok(end.step());
    }
    let mut tx = cx.write().await?;
    attempt.check_unchanged(&mut tx).await?;
    attempt.write(cx, &mut tx, EventResponseType::Pass).await?;
    if let Some(device) = &attempt.device {
        device.signed_in(&mut tx, attempt.progress.device, cx.now).await?;
    }
    end.write(cx, &mut tx, &attempt).await?;
    tx.commit().await?;
    attempt.send_notice(cx);
    Ok(end.step())
}

impl End {
    async fn of(cx: &Cx, attempt: &Attempt) -> Result<Self, Fault> {
        match Goal::of(cx) {
            Goal::Tokens => tokens(cx, attempt).await,
            Goal::Login => login(cx, attempt).await,
        }
    }

    fn writes(&self, attempt: &Attempt) -> bool {
        match self {
            Self::Tokens(..) => record::is_on(&attempt.pool),
            Self::Login(_) => true,
        }
    }

    async fn write(&self, cx: &Cx, tx: &mut Tx, attempt: &Attempt) -> Result<(), Fault> {
        let Attempt { pool, client, stored, .. } = attempt;
        match self {
            Self::Tokens(sign_in, _) => sign_in.track(tx, cx, pool, client, &stored.row.sub, None).await,
            Self::Login(new) => new.write(tx).await,
        }
    }

    fn step(self) -> Step {
        match self {
            Self::Tokens(_, result) => Step::Tokens(result),
            Self::Login(new) => Step::LoggedIn { login: Box::new(new.login), cookie: new.cookie },
        }
    }
}

/// The tokens, once the pool's triggers have had their say.
async fn tokens(cx: &Cx, attempt: &Attempt) -> Result<End, Fault> {
    let Attempt { pool, client, stored, groups, .. } = attempt;
    // The functions alone lead to no device (authentication §12.3, observed).
    let gets_device = attempt.device.is_none() && attempt.progress.first != FirstFactor::Custom;
    let new_device = if gets_device { devices::issue(cx, pool) } else { None };
    let issued = new_device.as_ref().and_then(|new| new.device_key.clone());
    let device_key = attempt.device.as_ref().map(|device| device.key().to_owned()).or(issued);
    let sign_in = SignIn { device_key, ..SignIn::now(cx) };
    authentication::run_post_authentication(cx, pool, client, attempt.user(), new_device.is_some()).await?;
    let source = match stored.status {
        UserStatusType::ForceChangePassword => TriggerSource::NewPasswordChallenge,
        _ if attempt.progress.device => TriggerSource::AuthenticateDevice,
        _ => TriggerSource::Authentication,
    };
    let user = attempt.user();
    let issue = Issue { client, user, groups, sign_in: &sign_in, source, nonce: None };
    let mut result = issue::tokens(cx, pool, issue).await?;
    result.new_device_metadata = new_device;
    result.refresh_token = Some(refresh::seal(cx, pool, client, attempt.user(), &sign_in)?.into());
    Ok(End::Tokens(sign_in, Box::new(result)))
}

/// The login: what the tokens of its clients will say is asked when they are granted.
async fn login(cx: &Cx, attempt: &Attempt) -> Result<End, Fault> {
    let Attempt { pool, client, came, .. } = attempt;
    // A first sign-in at a provider is a sign-up (federation §7, documented).
    if came.as_ref().is_none_or(|came| !came.first) {
        authentication::run_post_authentication(cx, pool, client, attempt.user(), false).await?;
    }
    let federation = came.as_ref().map(|came| &came.federation);
    let new = browser::begin(cx, pool, client, attempt.user(), methods(attempt), federation).await?;
    Ok(End::Login(Box::new(new)))
}

/// What the user proved. What the pool's functions asked for is nothing that has a name, and what a provider asked for the
/// provider tells.
fn methods(attempt: &Attempt) -> Methods {
    let first = match attempt.progress.first {
        FirstFactor::Password => Some(Method::Password),
        FirstFactor::EmailOtp => Some(Method::Email),
        FirstFactor::SmsOtp => Some(Method::Sms),
        FirstFactor::WebAuthn if attempt.passkey.as_ref().is_some_and(passkeys::Used::is_of_device) => {
            Some(Method::DevicePasskey)
        }
        FirstFactor::WebAuthn => Some(Method::RoamingPasskey),
        FirstFactor::Custom | FirstFactor::Federated => None,
    };
    let second = attempt.progress.second.map(|factor| match factor {
        Factor::Sms => Method::Sms,
        Factor::Email => Method::Email,
        Factor::SoftwareToken => Method::SoftwareToken,
    });
    Methods::new(first.into_iter().chain(second))
}
