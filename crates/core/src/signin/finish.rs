//! The end of a sign-in: tokens or a login of the browser, and everything that is written with them in one transaction.

use poolhouse_kernel::Fault;
use poolhouse_store::Tx;
use poolhouse_wire::user_pools::{AuthenticationResultType, EventResponseType, UserStatusType};

use super::Step;
use super::attempt::Attempt;
use super::goal::Goal;
use super::next::FirstFactor;
use super::target;
use crate::model::{Method, Methods};
use crate::sessions::{browser, record};
use crate::tokens::issue::{self, Issue};
use crate::tokens::refresh;
use crate::tokens::sign_in::{Assurance, SignIn};
use crate::triggers::authentication;
use crate::triggers::pre_token_generation::TriggerSource;
use crate::{Cx, devices};

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
        let methods = proven(attempt)?;
        match Goal::of(cx) {
            Goal::Tokens => tokens(cx, attempt, methods).await,
            Goal::Login => login(cx, attempt, methods).await,
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
async fn tokens(cx: &Cx, attempt: &Attempt, methods: Methods) -> Result<End, Fault> {
    let Attempt { pool, client, stored, groups, .. } = attempt;
    // The functions alone lead to no device (authentication §12.3, observed).
    let gets_device = attempt.device.is_none() && attempt.progress.first != FirstFactor::Custom;
    let new_device = if gets_device { devices::issue(cx, pool) } else { None };
    let issued = new_device.as_ref().and_then(|new| new.device_key.clone());
    let device_key = attempt.device.as_ref().map(|device| device.key().to_owned()).or(issued);
    let mut sign_in = SignIn { device_key, ..SignIn::now(cx) };
    if let Some(target) = &attempt.target {
        sign_in.assurance = Assurance::of(pool, methods);
        if let Some(credit) = &target.credit {
            sign_in.auth_time = credit.auth_time.seconds();
        }
    }
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
async fn login(cx: &Cx, attempt: &Attempt, methods: Methods) -> Result<End, Fault> {
    let Attempt { pool, client, came, .. } = attempt;
    // A first sign-in at a provider is a sign-up (federation §7, documented).
    if came.as_ref().is_none_or(|came| !came.first) {
        authentication::run_post_authentication(cx, pool, client, attempt.user(), false).await?;
    }
    let federation = came.as_ref().map(|came| &came.federation);
    let credit = attempt.target.as_ref().and_then(|target| target.credit.as_ref());
    let new = match credit.and_then(|credit| credit.browser_session.as_deref()) {
        Some(session_id) => browser::raise(cx, pool, attempt.user(), session_id, methods).await?,
        None => browser::begin(cx, pool, client, attempt.user(), methods, federation).await?,
    };
    Ok(End::Login(Box::new(new)))
}

/// What the user proved, with what counts from an earlier sign-in.
///
/// # Errors
/// `NotAuthorizedException` where a level was to be reached and is not: no way here leads past it.
fn proven(attempt: &Attempt) -> Result<Methods, Fault> {
    let Attempt { progress, passkey, target, .. } = attempt;
    let proven = match passkey {
        Some(used) if used.is_of_device() => Methods::new([Method::DevicePasskey]),
        Some(_) => Methods::new([Method::RoamingPasskey]),
        None => progress.methods(),
    };
    match target {
        None => Ok(proven),
        Some(target) if target.is_reached_by(proven) => Ok(target.with_credit(proven)),
        Some(_) => Err(target::unmet()),
    }
}
