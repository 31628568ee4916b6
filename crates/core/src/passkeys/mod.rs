//! Passkeys (docs/cognito/authentication.md §13.4).
//!
//! | file | subject |
//! |---|---|
//! | `sign_in` | the challenge WEB_AUTHN: what a browser is asked, and its proof |

mod sign_in;

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use poolhouse_crypto::webauthn::WebAuthnError;
use poolhouse_kernel::Fault;
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::{
    AuthFactorType, UserVerificationType, WebAuthnConfigurationType, WebAuthnFactorConfigurationType,
};

use crate::Cx;
use crate::model::{Pool, User};
use crate::pools::site;

pub(crate) use sign_in::{Used, claimed_owner, has_any, prove, request, request_of_anybody};

/// Passkeys of one user (protocol §9, documented).
pub(crate) const LIMIT: u32 = 20;

/// How long the browser is asked to wait, in milliseconds (documented).
pub(crate) const BROWSER_TIMEOUT: u32 = 60_000;

/// The relying party of a pool: for whom passkeys are made.
pub(crate) struct RelyingParty<'a> {
    pub(crate) id: Cow<'a, str>,
    pub(crate) verification: UserVerificationType,
    /// Whether a passkey is as good as two factors.
    multi_factor: bool,
}

impl<'a> RelyingParty<'a> {
    /// The relying party, where users may have passkeys.
    ///
    /// # Errors
    /// `WebAuthnNotEnabledException`, `WebAuthnConfigurationMissingException`.
    pub(crate) fn of(cx: &'a Cx, pool: &'a Pool) -> Result<Self, Fault> {
        let configuration = pool.settings.mfa.web_authn.as_ref();
        if !is_enabled(pool, configuration) {
            return Err(Fault::new(
                ErrorCode::WebAuthnNotEnabledException,
                "The user pool does not allow WEB_AUTHN as an authentication factor.",
            ));
        }
        let id = site(cx, pool).relying_party().ok_or_else(|| {
            Fault::new(
                ErrorCode::WebAuthnConfigurationMissingException,
                "The user pool has no RelyingPartyId. Set one with SetUserPoolMfaConfig.",
            )
        })?;
        let verification = configuration.and_then(|c| c.user_verification.clone());
        let verification = verification.unwrap_or(UserVerificationType::Preferred);
        Ok(Self { id, verification, multi_factor: is_multi_factor(configuration) })
    }

    /// Whether the authenticator must have verified its user: without that a passkey is one factor only.
    pub(crate) fn must_verify(&self) -> bool {
        self.multi_factor || self.verification == UserVerificationType::Required
    }
}

/// Passkeys are a first factor, or as good as two (authentication §13.4, documented).
fn is_enabled(pool: &Pool, configuration: Option<&WebAuthnConfigurationType>) -> bool {
    let policy = pool.settings.general.policies.as_ref().and_then(|p| p.sign_in_policy.as_ref());
    let first = policy.and_then(|p| p.allowed_first_auth_factors.as_deref()).unwrap_or_default();
    first.contains(&AuthFactorType::WebAuthn) || is_multi_factor(configuration)
}

fn is_multi_factor(configuration: Option<&WebAuthnConfigurationType>) -> bool {
    let multi = &WebAuthnFactorConfigurationType::MultiFactorWithUserVerification;
    configuration.and_then(|c| c.factor_configuration.as_ref()) == Some(multi)
}

/// Whether a passkey spares users of the pool a second factor.
pub(crate) fn stand_for_two_factors(pool: &Pool) -> bool {
    is_multi_factor(pool.settings.mfa.web_authn.as_ref())
}

/// What users are told of a passkey that cannot be registered. The codes are AWS's (authentication §13.4),
/// the texts ours.
pub(crate) fn refused(error: WebAuthnError) -> Fault {
    use WebAuthnError as E;
    match error {
        E::ForeignChallenge => challenge_not_found(),
        E::ForeignOrigin => Fault::new(
            ErrorCode::WebAuthnOriginNotAllowedException,
            "The origin of the passkey is not allowed for the relying party.",
        ),
        E::ForeignRelyingParty => Fault::new(
            ErrorCode::WebAuthnRelyingPartyMismatchException,
            "The passkey was made for another relying party.",
        ),
        E::UnsupportedKey | E::UserNotPresent | E::UserNotVerified => Fault::new(
            ErrorCode::WebAuthnCredentialNotSupportedException,
            format!("The passkey is not supported: {error}."),
        ),
        E::Malformed | E::BadSignature | E::OldCounter => malformed(),
    }
}

pub(crate) fn malformed() -> Fault {
    Fault::invalid_parameter("The credential is not what Web Authentication describes.")
}

pub(crate) fn challenge_not_found() -> Fault {
    Fault::new(
        ErrorCode::WebAuthnChallengeNotFoundException,
        "No registration of a passkey is pending. Start it again.",
    )
}

/// What authenticators know the user by.
pub(crate) fn user_handle(user: &User) -> String {
    URL_SAFE_NO_PAD.encode(user.row.sub.as_str())
}
