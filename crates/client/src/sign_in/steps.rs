//! What a sign-in came to: tokens, or a step with the method that continues it.

use std::collections::HashMap;
use std::fmt;

use aws_sdk_cognitoidentityprovider::types::ChallengeNameType as Challenge;

use super::exchange::{Exchange, Reply};
use super::pending::PendingSignIn;
use super::srp;
use crate::attributes::Attributes;
use crate::error::{Error, Result};
use crate::mfa::TotpSecret;
use crate::records::CodeDelivery;
use crate::secret::Secret;
use crate::signed_in::SignedIn;

/// What a sign-in came to.
///
/// Every step can be answered again after a mistake, such as a wrong code, as long as the service keeps the session.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SignIn {
    /// The user is signed in.
    Tokens(SignedIn),
    /// The password was temporary: the user chooses a new one.
    NewPasswordRequired(NewPasswordRequired),
    /// The code of an authenticator is needed.
    SoftwareTokenMfa(CodeStep),
    /// A code was sent by SMS, as second factor.
    SmsMfa(CodeStep),
    /// A code was sent by e-mail, as first or second factor.
    EmailOtp(CodeStep),
    /// A code was sent by SMS, as first factor.
    SmsOtp(CodeStep),
    /// The pool demands a second factor, and the user has none yet.
    MfaSetup(MfaSetup),
    /// The user chooses among the second factors.
    SelectMfaType(SelectStep),
    /// The user chooses among the first factors.
    SelectChallenge(SelectStep),
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
            Challenge::NewPasswordRequired => Self::NewPasswordRequired(NewPasswordRequired(step)),
            Challenge::SoftwareTokenMfa => Self::SoftwareTokenMfa(CodeStep(step)),
            Challenge::SmsMfa => Self::SmsMfa(CodeStep(step)),
            Challenge::EmailOtp => Self::EmailOtp(CodeStep(step)),
            Challenge::SmsOtp => Self::SmsOtp(CodeStep(step)),
            Challenge::MfaSetup => Self::MfaSetup(MfaSetup(step)),
            Challenge::SelectMfaType => Self::SelectMfaType(SelectStep(step)),
            Challenge::SelectChallenge => Self::SelectChallenge(SelectStep(step)),
            Challenge::Password | Challenge::PasswordSrp => Self::Password(PasswordStep(step)),
            Challenge::WebAuthn => Self::WebAuthn(WebAuthnStep(step)),
            Challenge::CustomChallenge => Self::Custom(CustomStep(step)),
            _ => Self::Other(OtherStep(step)),
        }
    }

    /// The signed-in user, for programs that expect no further step.
    ///
    /// # Errors
    /// [`Error::ChallengeRequired`] with the challenge's name.
    pub fn tokens(self) -> Result<SignedIn> {
        match self {
            Self::Tokens(user) => Ok(user),
            other => Err(Error::ChallengeRequired(
                other.challenge().map(|name| name.as_str().to_owned()).unwrap_or_default(),
            )),
        }
    }

    /// What is asked for; `None` if the user is signed in.
    #[must_use]
    pub fn challenge(&self) -> Option<&Challenge> {
        self.as_step().map(|step| &step.challenge)
    }

    /// The step, to be stored and continued with [`Client::resume_sign_in`](crate::Client::resume_sign_in); `None` if
    /// the user is signed in.
    #[must_use]
    pub fn into_pending(self) -> Option<PendingSignIn> {
        let Step { challenge, exchange, reply } = self.as_step()?.clone();
        Some(PendingSignIn::new(&challenge, exchange, reply))
    }

    fn as_step(&self) -> Option<&Step> {
        Some(match self {
            Self::Tokens(_) => return None,
            Self::NewPasswordRequired(NewPasswordRequired(step))
            | Self::SoftwareTokenMfa(CodeStep(step))
            | Self::SmsMfa(CodeStep(step))
            | Self::EmailOtp(CodeStep(step))
            | Self::SmsOtp(CodeStep(step))
            | Self::MfaSetup(MfaSetup(step))
            | Self::SelectMfaType(SelectStep(step))
            | Self::SelectChallenge(SelectStep(step))
            | Self::Password(PasswordStep(step))
            | Self::WebAuthn(WebAuthnStep(step))
            | Self::Custom(CustomStep(step))
            | Self::Other(OtherStep(step)) => step,
        })
    }
}

/// What all steps hold.
#[derive(Clone)]
struct Step {
    challenge: Challenge,
    exchange: Exchange,
    reply: Reply,
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Session and parameters are as good as the proven password.
        f.write_str(self.challenge.as_str())
    }
}

impl Step {
    async fn answer<const N: usize>(&self, responses: [(&str, &str); N]) -> Result<SignIn> {
        self.answer_map(responses.map(|(name, value)| (name.to_owned(), value.to_owned())).into()).await
    }

    async fn answer_map(&self, responses: HashMap<String, String>) -> Result<SignIn> {
        let mut exchange = self.exchange.clone();
        let reply = exchange.respond(&self.challenge, self.reply.session.as_deref(), responses).await?;
        exchange.advance(reply).await
    }

    /// Proves a password by SRP; `choice` says that it is chosen among the first factors.
    async fn prove(&self, password: &str, choice: bool) -> Result<SignIn> {
        let mut exchange = self.exchange.clone();
        let start = srp::begin(&exchange.client)?;
        let mut responses = HashMap::from([("SRP_A".to_owned(), start.srp_a())]);
        if choice {
            responses.insert("ANSWER".to_owned(), "PASSWORD_SRP".to_owned());
        }
        let reply = exchange.respond(&self.challenge, self.reply.session.as_deref(), responses).await?;
        srp::verify_password(exchange, reply, &start, &Secret::new(password)).await
    }

    /// A parameter that holds a list as JSON text.
    fn list(&self, name: &str) -> Vec<String> {
        let text = self.reply.optional(name).unwrap_or("[]");
        serde_json::from_str(text).unwrap_or_default()
    }
}

/// The user chooses a new password.
#[derive(Clone, Debug)]
pub struct NewPasswordRequired(Step);

impl NewPasswordRequired {
    /// The attributes that must be given with the password.
    #[must_use]
    pub fn required_attributes(&self) -> Vec<String> {
        let names = self.0.list("requiredAttributes").into_iter();
        names.map(|name| name.trim_start_matches("userAttributes.").to_owned()).collect()
    }

    /// The attributes that the user has.
    #[must_use]
    pub fn attributes(&self) -> Attributes {
        let text = self.0.reply.optional("userAttributes").unwrap_or("{}");
        serde_json::from_str::<HashMap<String, String>>(text).unwrap_or_default().into_iter().collect()
    }

    /// Sets the new password.
    ///
    /// # Errors
    /// [`Error::InvalidPassword`] and [`Error::PasswordUsedBefore`], after which the step can be answered again.
    pub async fn respond(&self, new_password: &str) -> Result<SignIn> {
        self.respond_with(new_password, &Attributes::new()).await
    }

    /// Sets the new password together with attributes.
    ///
    /// # Errors
    /// As [`NewPasswordRequired::respond`]; [`Error::InvalidParameter`] if a required attribute is missing.
    pub async fn respond_with(&self, new_password: &str, attributes: &Attributes) -> Result<SignIn> {
        let mut responses: HashMap<_, _> = attributes
            .iter()
            .map(|(name, value)| (format!("userAttributes.{name}"), value.to_owned()))
            .collect();
        responses.insert("NEW_PASSWORD".to_owned(), new_password.to_owned());
        self.0.answer_map(responses).await
    }
}

/// The user types a code.
#[derive(Clone, Debug)]
pub struct CodeStep(Step);

impl CodeStep {
    /// Where the code was sent; `None` for an authenticator's.
    #[must_use]
    pub fn delivery(&self) -> Option<CodeDelivery> {
        let destination = self.0.reply.optional("CODE_DELIVERY_DESTINATION")?.to_owned();
        let medium = self.0.reply.optional("CODE_DELIVERY_DELIVERY_MEDIUM").unwrap_or_default().to_owned();
        Some(CodeDelivery { destination, medium, attribute: None })
    }

    /// The name that the user gave the authenticator.
    #[must_use]
    pub fn device_name(&self) -> Option<&str> {
        self.0.reply.optional("FRIENDLY_DEVICE_NAME")
    }

    /// Answers with the code.
    ///
    /// # Errors
    /// [`Error::CodeMismatch`], after which the step can be answered again; [`Error::CodeExpired`] for a code that
    /// is too old or was used.
    pub async fn respond(&self, code: &str) -> Result<SignIn> {
        let name = match self.0.challenge {
            Challenge::SmsMfa => "SMS_MFA_CODE",
            Challenge::EmailOtp => "EMAIL_OTP_CODE",
            Challenge::SmsOtp => "SMS_OTP_CODE",
            _ => "SOFTWARE_TOKEN_MFA_CODE",
        };
        self.0.answer([(name, code)]).await
    }
}

/// The user chooses how to go on.
#[derive(Clone, Debug)]
pub struct SelectStep(Step);

impl SelectStep {
    /// What there is to choose from.
    #[must_use]
    pub fn choices(&self) -> Vec<Challenge> {
        match self.0.challenge {
            Challenge::SelectChallenge => self.0.reply.available.clone(),
            _ => self.0.list("MFAS_CAN_CHOOSE").iter().map(|name| name.as_str().into()).collect(),
        }
    }

    /// Chooses.
    ///
    /// # Errors
    /// [`Error::InvalidParameter`] for what is not among the choices.
    pub async fn choose(&self, choice: Challenge) -> Result<SignIn> {
        self.0.answer([("ANSWER", choice.as_str())]).await
    }

    /// Chooses the password, and proves it by SRP.
    ///
    /// # Errors
    /// [`Error::NotAuthorized`] for a wrong one.
    pub async fn password(&self, password: &str) -> Result<SignIn> {
        self.0.prove(password, true).await
    }
}

/// The user types the password.
#[derive(Clone, Debug)]
pub struct PasswordStep(Step);

impl PasswordStep {
    /// Answers with the password, by SRP if that is what the service asks for.
    ///
    /// # Errors
    /// [`Error::NotAuthorized`] for a wrong one.
    pub async fn respond(&self, password: &str) -> Result<SignIn> {
        match self.0.challenge {
            Challenge::PasswordSrp => self.0.prove(password, false).await,
            _ => self.0.answer([("PASSWORD", password)]).await,
        }
    }
}

/// The user shows a passkey.
#[derive(Clone, Debug)]
pub struct WebAuthnStep(Step);

impl WebAuthnStep {
    /// What the browser's `navigator.credentials.get` takes, as JSON text.
    ///
    /// # Errors
    /// [`Error::Protocol`] if the service sent none.
    pub fn options(&self) -> Result<&str> {
        self.0.reply.parameter("CREDENTIAL_REQUEST_OPTIONS")
    }

    /// Answers with the browser's credential, as JSON text.
    ///
    /// # Errors
    /// [`Error::NotAuthorized`] for one that does not fit.
    pub async fn respond(&self, credential: &str) -> Result<SignIn> {
        self.0.answer([("CREDENTIAL", credential)]).await
    }
}

/// The pool's triggers ask something.
#[derive(Clone, Debug)]
pub struct CustomStep(Step);

impl CustomStep {
    /// What the triggers show.
    #[must_use]
    pub fn parameters(&self) -> &HashMap<String, String> {
        &self.0.reply.parameters
    }

    /// Answers.
    ///
    /// # Errors
    /// [`Error::NotAuthorized`] if the triggers give up; [`Error::Trigger`] if one fails.
    pub async fn respond(&self, answer: &str) -> Result<SignIn> {
        self.0.answer([("ANSWER", answer)]).await
    }
}

/// A challenge that this library has no words for.
#[derive(Clone, Debug)]
pub struct OtherStep(Step);

impl OtherStep {
    /// Its parameters.
    #[must_use]
    pub fn parameters(&self) -> &HashMap<String, String> {
        &self.0.reply.parameters
    }

    /// Answers; the user's name, the secret hash and the device are added.
    ///
    /// # Errors
    /// Whatever the service refuses.
    pub async fn respond(&self, responses: HashMap<String, String>) -> Result<SignIn> {
        self.0.answer_map(responses).await
    }
}

/// The user sets up a second factor, because the pool demands one.
#[derive(Clone, Debug)]
pub struct MfaSetup(Step);

impl MfaSetup {
    /// The factors that can be set up here.
    #[must_use]
    pub fn choices(&self) -> Vec<Challenge> {
        self.0.list("MFAS_CAN_SETUP").iter().map(|name| name.as_str().into()).collect()
    }

    /// Begins to set up an authenticator.
    ///
    /// # Errors
    /// [`Error::MfaMethodNotFound`] if the pool does not offer it.
    pub async fn software_token(&self) -> Result<SoftwareTokenSetup> {
        let sdk = self.0.exchange.client.sdk();
        let call = sdk.associate_software_token().set_session(self.0.reply.session.clone());
        let out = call.send().await?;
        let secret = out.secret_code.ok_or_else(|| Error::Protocol("no SecretCode".to_owned()))?;
        Ok(SoftwareTokenSetup { step: self.0.clone(), secret: TotpSecret::new(secret), session: out.session })
    }

    /// Gives an e-mail address; the answer is the step for the code that is sent there.
    ///
    /// # Errors
    /// [`Error::InvalidParameter`] if the pool does not offer it.
    pub async fn email(&self, address: &str) -> Result<SignIn> {
        self.0.answer([("EMAIL", address)]).await
    }
}

/// An authenticator that is being set up.
#[derive(Clone)]
pub struct SoftwareTokenSetup {
    step: Step,
    secret: TotpSecret,
    session: Option<String>,
}

impl fmt::Debug for SoftwareTokenSetup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SoftwareTokenSetup(..)")
    }
}

impl SoftwareTokenSetup {
    /// What the user types or scans into the authenticator.
    #[must_use]
    pub fn secret(&self) -> &TotpSecret {
        &self.secret
    }

    /// Proves that the authenticator is set up, and goes on with the sign-in.
    ///
    /// # Errors
    /// [`Error::SoftwareTokenMismatch`] for a wrong code, after which it can be tried again.
    pub async fn verify(&self, code: &str, device_name: &str) -> Result<SignIn> {
        let mut exchange = self.step.exchange.clone();
        let call = exchange.client.sdk().verify_software_token().set_session(self.session.clone());
        let out = call.user_code(code).friendly_device_name(device_name).send().await?;
        let reply = exchange.respond(&Challenge::MfaSetup, out.session(), HashMap::new()).await?;
        exchange.advance(reply).await
    }
}
