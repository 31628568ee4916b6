//! Which challenge follows (docs/cognito/authentication.md §9). A pure function: what the pool demands, what the user
//! is and has, and what is proven so far, in; the next step out.
//!
//! ```text
//! first factor proven
//!   ├─ temporary password ─────────────────────────► NEW_PASSWORD_REQUIRED
//!   ├─ pool's functions let the user in ───────────► tokens
//!   ├─ risk that is refused ───────────────────────► refusal
//!   ├─ remembered device that stands in for a second factor ─► DEVICE_SRP_AUTH ─► tokens
//!   ├─ second factor proven, or the pool asks none, or no password but a code was the first ─► tokens
//!   ├─ factors that the user turned on ┐  preferred, or the only one ─► SMS_MFA, SOFTWARE_TOKEN_MFA, EMAIL_OTP
//!   │                                  ┘  several ────────────────────► SELECT_MFA_TYPE
//!   └─ none: OPTIONAL ─► tokens
//!            ON ──────► a factor that needs no turning on, else MFA_SETUP
//! ```
//!
//! Where the risk of the sign-in asks for a second factor, no device stands in for it; where it demands one, who has
//! none is refused.
//!
//! Where a level of assurance is to be reached (`target`), the factor that is missing for it is asked for, whatever the
//! pool would ask.
//!
//! Before the tokens, a remembered device that stands in for nothing proves itself all the same.

use poolhouse_ports::Medium;
use poolhouse_wire::user_pools::{AuthFactorType, RecoveryOptionNameType, UserPoolMfaType, UserStatusType};
use serde::{Deserialize, Serialize};

use super::target::Target;
use crate::devices::{Known, Part};
use crate::messages::Address;
use crate::model::factors::Factor;
use crate::model::{Method, Methods, Pool, User};
use crate::threat::assessment::Caution;

/// What a sign-in began with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum FirstFactor {
    /// Plain, or proven by SRP.
    Password,
    EmailOtp,
    SmsOtp,
    WebAuthn,
    /// What the pool's functions asked for.
    Custom,
    /// What an identity provider asked for.
    Federated,
}

impl FirstFactor {
    /// The code that was sent through `medium`.
    pub(super) const fn code(medium: Medium) -> Self {
        match medium {
            Medium::Email => Self::EmailOtp,
            Medium::Sms => Self::SmsOtp,
        }
    }
}

/// What a sign-in has proven; sessions carry it from step to step. Without a first factor there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Progress {
    pub(super) first: FirstFactor,
    /// The second factor that was answered, or set up in this sign-in.
    pub(super) second: Option<Factor>,
    /// Whether a remembered device proved itself.
    #[serde(default)]
    pub(super) device: bool,
    /// What the risk of this sign-in asks for.
    #[serde(default)]
    pub(super) caution: Caution,
}

/// `MfaConfiguration` of the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Demand {
    Off,
    Optional,
    On,
}

/// What the next step depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) temporary_password: bool,
    pub(super) demand: Demand,
    /// The factors that the pool has switched on.
    pub(super) offered: Vec<Factor>,
    /// The factors that the user can answer: an address for one that is offered, a registered token
    /// whatever the pool says now (authentication §9.1, documented).
    pub(super) possible: Vec<Factor>,
    /// Those of them that the user turned on.
    pub(super) activated: Vec<Factor>,
    pub(super) preferred: Option<Factor>,
    /// The factor that goes where a forgotten password's code would go first.
    pub(super) recovery: Option<Factor>,
    /// What the device counts for that the client names.
    pub(super) device: Part,
    /// The level that is to be reached.
    pub(super) target: Option<Target>,
    /// The factors that the user could answer for it, whether the pool asks for second factors or not.
    pub(super) provable: Vec<Factor>,
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// NEW_PASSWORD_REQUIRED.
    NewPassword,
    /// The challenge of this factor.
    Second(Factor),
    /// SELECT_MFA_TYPE among these.
    SelectMfaType(Vec<Factor>),
    /// MFA_SETUP; these are the pool's factors.
    MfaSetup(Vec<Factor>),
    /// A factor is demanded that the user neither has nor can set up while signing in.
    NoMeans,
    /// The level that is to be reached is none that the user can reach.
    Unmet,
    /// The risk is too high.
    Refused,
    /// DEVICE_SRP_AUTH.
    Device,
    Tokens,
}

/// The next step of a sign-in whose first factor is proven.
pub(super) fn next(facts: &Facts, progress: Progress) -> Next {
    if progress.caution == Caution::Refusal {
        return Next::Refused;
    }
    let is_led_elsewhere = matches!(progress.first, FirstFactor::Custom | FirstFactor::Federated);
    if facts.temporary_password && !is_led_elsewhere {
        return Next::NewPassword;
    }
    // A code or a passkey as the first factor is not followed by a second one (authentication §9.1,
    // documented), and functions and providers ask for what they want themselves (§14, documented).
    let device_suffices = facts.device == Part::InsteadOfSecondFactor && progress.caution == Caution::None;
    let spared = device_suffices || progress.second.is_some() || progress.first != FirstFactor::Password;
    let step = if spared { Next::Tokens } else { facts.second_factor() };
    let step = facts.toward_target(progress, step);
    let lacks_second = progress.caution == Caution::SecondFactor && progress.second.is_none();
    if lacks_second && matches!(step, Next::Tokens | Next::MfaSetup(_) | Next::NoMeans) {
        return Next::Refused;
    }
    let unproven = facts.device != Part::None && !progress.device;
    if step == Next::Tokens && unproven { Next::Device } else { step }
}

impl Progress {
    /// A password, and nothing else yet.
    pub(super) const PASSWORD: Self =
        Self { first: FirstFactor::Password, second: None, device: false, caution: Caution::None };

    /// What is proven. Which kind of passkey it was makes no difference to a level.
    pub(super) fn methods(self) -> Methods {
        let first = match self.first {
            FirstFactor::Password => Some(Method::Password),
            FirstFactor::EmailOtp => Some(Method::Email),
            FirstFactor::SmsOtp => Some(Method::Sms),
            FirstFactor::WebAuthn => Some(Method::RoamingPasskey),
            // What the pool's functions asked for has no name, and what a provider asked for the provider tells.
            FirstFactor::Custom | FirstFactor::Federated => None,
        };
        Methods::new(first.into_iter().chain(self.second.map(Method::from)))
    }
}

impl Facts {
    /// What the pool's settings and the user's record say.
    pub(super) fn of(pool: &Pool, user: &User, device: Option<&Known>) -> Self {
        let demand = match &pool.settings.general.mfa_configuration {
            None | Some(UserPoolMfaType::Off) => Demand::Off,
            Some(UserPoolMfaType::Optional) => Demand::Optional,
            Some(_) => Demand::On,
        };
        let factors: &[Factor] = if demand == Demand::Off { &[] } else { &Factor::ALL };
        let those = |of: &dyn Fn(Factor) -> bool| factors.iter().copied().filter(|f| of(*f)).collect();
        let is_possible = |factor: Factor| {
            user.has_means_for(factor) && (factor == Factor::SoftwareToken || pool.offers_factor(factor))
        };
        Self {
            temporary_password: user.status == UserStatusType::ForceChangePassword,
            demand,
            offered: those(&|factor| pool.offers_factor(factor)),
            possible: those(&is_possible),
            activated: those(&|factor| user.mfa.is_activated(factor) && is_possible(factor)),
            preferred: user.mfa.preferred(),
            recovery: recovery(pool),
            device: device.map(|device| device.part(pool)).unwrap_or_default(),
            target: None,
            provable: Factor::ALL.into_iter().filter(|factor| is_provable(pool, user, *factor)).collect(),
        }
    }

    /// The same facts where a level is to be reached.
    pub(super) fn toward(self, target: Option<&Target>) -> Self {
        Self { target: target.cloned(), ..self }
    }

    /// What follows for the level that is to be reached, where `step` would.
    fn toward_target(&self, progress: Progress, step: Next) -> Next {
        let Some(target) = &self.target else { return step };
        let proven = progress.methods();
        if target.is_reached_by(proven) {
            return step;
        }
        if let Next::MfaSetup(factors) = step {
            let factors = target.factors(proven, &factors);
            return if factors.is_empty() { Next::Unmet } else { Next::MfaSetup(factors) };
        }
        let factors = target.factors(proven, &self.provable);
        match target.chosen.filter(|chosen| factors.contains(chosen)) {
            Some(chosen) => Next::Second(chosen),
            None => self.ask(factors).unwrap_or(Next::Unmet),
        }
    }

    /// The same facts where a new password has been given, `held` until more is proven.
    pub(super) fn with_new_password(self, held: bool) -> Self {
        Self { temporary_password: self.temporary_password && !held, ..self }
    }

    /// The step that asks for a second factor, or the tokens where none is asked for.
    fn second_factor(&self) -> Next {
        match self.demand {
            Demand::Off => Next::Tokens,
            // A token that is registered and not turned on is not asked for (authentication §9.1, open).
            Demand::Optional => self.ask(self.activated.clone()).unwrap_or(Next::Tokens),
            Demand::On => self
                .ask(self.activated.clone())
                .or_else(|| self.ask(self.automatic()))
                .unwrap_or_else(|| self.set_up()),
        }
    }

    /// The challenge for one of `factors`; none of them is left to choose from when there is only one.
    fn ask(&self, factors: Vec<Factor>) -> Option<Next> {
        match (self.preferred.filter(|preferred| factors.contains(preferred)), &*factors) {
            (Some(preferred), _) => Some(Next::Second(preferred)),
            (None, []) => None,
            (None, [only]) => Some(Next::Second(*only)),
            (None, _) => Some(Next::SelectMfaType(factors)),
        }
    }

    /// The factors that need no turning on where one is demanded. The address that a forgotten password's
    /// code would go to first is none of them (documented), unless nobody could sign in otherwise.
    fn automatic(&self) -> Vec<Factor> {
        let apart: Vec<_> = self.possible.iter().copied().filter(|f| Some(*f) != self.recovery).collect();
        if apart.is_empty() && !self.can_set_up() { self.possible.clone() } else { apart }
    }

    /// SMS cannot be set up while signing in: the user needs a telephone number before (authentication §11.4,
    /// model).
    fn can_set_up(&self) -> bool {
        self.offered.iter().any(|factor| *factor != Factor::Sms)
    }

    fn set_up(&self) -> Next {
        if self.can_set_up() { Next::MfaSetup(self.offered.clone()) } else { Next::NoMeans }
    }
}

/// Whether a user can prove a factor toward a level: by a token, or a code to an address that the pool sends codes to.
fn is_provable(pool: &Pool, user: &User, factor: Factor) -> bool {
    let is_sent = |medium, first| {
        let offered = pool.offers_factor(factor) || pool.allows_first_factor(&first);
        offered && Address::verified_of(user, medium).is_some()
    };
    match factor {
        Factor::SoftwareToken => user.has_means_for(factor),
        Factor::Email => is_sent(Medium::Email, AuthFactorType::EmailOtp),
        Factor::Sms => is_sent(Medium::Sms, AuthFactorType::SmsOtp),
    }
}

/// The factor of the pool's first recovery option.
fn recovery(pool: &Pool) -> Option<Factor> {
    let setting = pool.settings.general.account_recovery_setting.as_ref()?;
    let first = setting.recovery_mechanisms.as_ref()?.iter().min_by_key(|option| option.priority)?;
    match first.name {
        RecoveryOptionNameType::VerifiedEmail => Some(Factor::of(Medium::Email)),
        RecoveryOptionNameType::VerifiedPhoneNumber => Some(Factor::of(Medium::Sms)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
