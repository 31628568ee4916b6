//! What a sign-in came to: tokens, or a step with the method that continues it.

use std::collections::HashMap;
use std::fmt;

use super::choices::{SelectChallengeStep, SelectMfaTypeStep};
use super::custom::{CustomStep, OtherStep};
use super::exchange::{Exchange, Reply};
use super::factors::{CodeStep, WebAuthnStep};
use super::passwords::{NewPasswordStep, PasswordStep};
use super::pending::PendingSignIn;
use super::setup::MfaSetupStep;
use super::srp;
use crate::error::{Error, Result};
use crate::names::Challenge;
use crate::secret::Secret;
use crate::signed_in::SignedIn;

/// What a [`SignIn`] holds.
enum Held<U, S> {
    User(U),
    Step(S),
}

/// What a [`SignIn`] holds, by value or by reference, as it is given.
macro_rules! held {
    ($sign_in:expr) => {
        match $sign_in {
            SignIn::Complete(user) => Held::User(user),
            SignIn::NewPasswordRequired(NewPasswordStep(step))
            | SignIn::SoftwareTokenMfa(CodeStep(step))
            | SignIn::SmsMfa(CodeStep(step))
            | SignIn::EmailOtp(CodeStep(step))
            | SignIn::SmsOtp(CodeStep(step))
            | SignIn::MfaSetup(MfaSetupStep(step))
            | SignIn::SelectMfaType(SelectMfaTypeStep(step))
            | SignIn::SelectChallenge(SelectChallengeStep(step))
            | SignIn::Password(PasswordStep(step))
            | SignIn::WebAuthn(WebAuthnStep(step))
            | SignIn::Custom(CustomStep(step))
            | SignIn::Other(OtherStep(step)) => Held::Step(step),
        }
    };
}

/// What a sign-in came to.
///
/// Every step can be answered again after a mistake, such as a wrong code, as long as the service keeps the session.
/// One whose answer was on its way when the caller gave up may be spent: the sign-in begins anew.
///
/// ```no_run
/// # async fn show(client: poolhouse_client::Client) -> poolhouse_client::Result<()> {
/// use poolhouse_client::SignIn;
///
/// let alice = match client.sign_in("alice").password("Correct-Horse-7").send().await? {
///     SignIn::NewPasswordRequired(step) => step.respond("Better-Horse-8").await?.into_signed_in()?,
///     SignIn::SoftwareTokenMfa(step) => step.respond("123456").await?.into_signed_in()?,
///     other => other.into_signed_in()?, // an error that names the step, if there is one
/// };
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SignIn {
    /// The user is signed in: no step is left.
    Complete(SignedIn),
    /// The password was temporary: the user chooses a new one.
    NewPasswordRequired(NewPasswordStep),
    /// The code of an authenticator is needed.
    SoftwareTokenMfa(CodeStep),
    /// A code was sent by SMS, as second factor.
    SmsMfa(CodeStep),
    /// A code was sent by e-mail, as first or second factor.
    EmailOtp(CodeStep),
    /// A code was sent by SMS, as first factor.
    SmsOtp(CodeStep),
    /// The pool demands a second factor, and the user has none yet.
    MfaSetup(MfaSetupStep),
    /// The user chooses among the second factors.
    SelectMfaType(SelectMfaTypeStep),
    /// The user chooses among the first factors.
    SelectChallenge(SelectChallengeStep),
    /// The password is needed.
    Password(PasswordStep),
    /// A passkey is needed.
    WebAuthn(WebAuthnStep),
    /// The pool's triggers ask something.
    Custom(CustomStep),
    /// A challenge that this library has no words for.
    Other(OtherStep),
}

impl SignIn {
    pub(super) fn step(challenge: Challenge, exchange: Exchange, reply: Reply) -> Self {
        let step = Step { challenge, exchange, reply };
        match step.challenge {
            Challenge::NewPasswordRequired => Self::NewPasswordRequired(NewPasswordStep(step)),
            Challenge::SoftwareTokenMfa => Self::SoftwareTokenMfa(CodeStep(step)),
            Challenge::SmsMfa => Self::SmsMfa(CodeStep(step)),
            Challenge::EmailOtp => Self::EmailOtp(CodeStep(step)),
            Challenge::SmsOtp => Self::SmsOtp(CodeStep(step)),
            Challenge::MfaSetup => Self::MfaSetup(MfaSetupStep(step)),
            Challenge::SelectMfaType => Self::SelectMfaType(SelectMfaTypeStep(step)),
            Challenge::SelectChallenge => Self::SelectChallenge(SelectChallengeStep(step)),
            Challenge::Password | Challenge::PasswordSrp => Self::Password(PasswordStep(step)),
            Challenge::WebAuthn => Self::WebAuthn(WebAuthnStep(step)),
            Challenge::Custom => Self::Custom(CustomStep(step)),
            _ => Self::Other(OtherStep(step)),
        }
    }

    /// The signed-in user, for programs that expect no further step.
    ///
    /// ```no_run
    /// # async fn show(client: poolhouse_client::Client) -> poolhouse_client::Result<()> {
    /// let alice = client.sign_in("alice").password("Correct-Horse-7").send().await?.into_signed_in()?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::ChallengeRequired`] with the challenge's name.
    pub fn into_signed_in(self) -> Result<SignedIn> {
        match held!(self) {
            Held::User(user) => Ok(user),
            Held::Step(step) => Err(Error::ChallengeRequired(step.challenge)),
        }
    }

    /// What is asked for; `None` if the user is signed in.
    ///
    /// ```no_run
    /// # async fn show(step: poolhouse_client::SignIn) -> poolhouse_client::Result<()> {
    /// if let Some(challenge) = step.challenge() {
    ///     println!("asked for {challenge}");
    /// }
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn challenge(&self) -> Option<&Challenge> {
        match held!(self) {
            Held::User(_) => None,
            Held::Step(step) => Some(&step.challenge),
        }
    }

    /// The step, to be stored and continued with [`Client::resume_sign_in`](crate::Client::resume_sign_in); `None` if
    /// the user is signed in.
    ///
    /// ```no_run
    /// # async fn show(step: poolhouse_client::SignIn) -> Result<(), Box<dyn std::error::Error>> {
    /// if let Some(pending) = step.into_pending() {
    ///     let stored = serde_json::to_string(&pending)?;
    /// }
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn into_pending(self) -> Option<PendingSignIn> {
        match held!(self) {
            Held::User(_) => None,
            Held::Step(step) => Some(PendingSignIn::new(step)),
        }
    }
}

/// What all steps hold.
#[derive(Clone)]
pub(super) struct Step {
    pub(super) challenge: Challenge,
    pub(super) exchange: Exchange,
    pub(super) reply: Reply,
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Session and parameters are as good as the proven password.
        f.write_str(self.challenge.as_str())
    }
}

/// Every step can be kept; see [`PendingSignIn`].
macro_rules! kept {
    ($($step:ident),+) => { $(
        impl $step {
            /// The step, to be stored and continued with [`Client::resume_sign_in`](crate::Client::resume_sign_in).
            #[must_use]
            pub fn into_pending(self) -> PendingSignIn {
                PendingSignIn::new(self.0)
            }
        }
    )+ };
}

kept!(NewPasswordStep, CodeStep, MfaSetupStep, SelectMfaTypeStep, SelectChallengeStep);
kept!(PasswordStep, WebAuthnStep, CustomStep, OtherStep);

impl Step {
    pub(super) async fn answer<const N: usize>(&self, responses: [(&str, &str); N]) -> Result<SignIn> {
        self.answer_map(responses.map(|(name, value)| (name.to_owned(), value.to_owned())).into()).await
    }

    pub(super) async fn answer_map(&self, responses: HashMap<String, String>) -> Result<SignIn> {
        let mut exchange = self.exchange.clone();
        let reply = exchange.respond(&self.challenge, self.reply.session(), responses).await?;
        exchange.advance(reply).await
    }

    /// Proves a password by SRP; `choice` says that it is chosen among the first factors.
    pub(super) async fn prove(&self, password: &str, choice: bool) -> Result<SignIn> {
        let mut exchange = self.exchange.clone();
        let start = srp::begin()?;
        let mut responses = HashMap::from([("SRP_A".to_owned(), start.srp_a())]);
        if choice {
            responses.insert("ANSWER".to_owned(), "PASSWORD_SRP".to_owned());
        }
        let reply = exchange.respond(&self.challenge, self.reply.session(), responses).await?;
        srp::verify_password(exchange, reply, &start, &Secret::new(password)).await
    }

    /// A parameter that holds a list as JSON text.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let text = self.reply.optional(name).unwrap_or("[]");
        serde_json::from_str(text).unwrap_or_default()
    }

    /// A parameter that holds a list of challenges as JSON text.
    pub(super) fn challenges(&self, name: &str) -> Vec<Challenge> {
        self.list(name).iter().map(|name| name.as_str().into()).collect()
    }
}
