//! Second factors of a user, as kept in its row, and the preferences among them
//! (docs/cognito/authentication.md §13.3).

use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{
    DeliveryMediumType, EmailMfaSettingsType, MFAOptionType, SMSMfaSettingsType,
    SoftwareTokenMfaSettingsType, WebAuthnMfaSettingsType,
};

use crate::model::factors::Factor;
use crate::model::{Pool, User};

/// What SetUserMFAPreference and AdminSetUserMFAPreference ask for; factors that are absent stay as they are
/// (authentication §13.3, observed).
#[derive(Clone, Debug, Default)]
pub struct Preferences {
    /// Codes by SMS.
    pub sms: Option<SMSMfaSettingsType>,
    /// Codes of an app.
    pub software_token: Option<SoftwareTokenMfaSettingsType>,
    /// Codes by e-mail.
    pub email: Option<EmailMfaSettingsType>,
    /// Passkeys.
    pub web_authn: Option<WebAuthnMfaSettingsType>,
}

/// What becomes of one factor; an absent member stays as it is.
struct Preference {
    factor: Factor,
    enabled: Option<bool>,
    preferred: Option<bool>,
}

impl Preferences {
    fn by_factor(&self) -> impl Iterator<Item = Preference> {
        let sms = self.sms.as_ref().map(|s| (Factor::Sms, s.enabled, s.preferred_mfa));
        let token = self.software_token.as_ref();
        let token = token.map(|s| (Factor::SoftwareToken, s.enabled, s.preferred_mfa));
        let email = self.email.as_ref().map(|s| (Factor::Email, s.enabled, s.preferred_mfa));
        let all = [sms, token, email].into_iter().flatten();
        all.map(|(factor, enabled, preferred)| Preference { factor, enabled, preferred })
    }
}

/// Turns factors on and off and sets the preferred one. To turn all off is no error where the pool
/// demands a factor: the next sign-in asks for one all the same (authentication §13.3, observed).
///
/// # Errors
/// `InvalidParameterException`; then the user is not to be stored.
pub(crate) fn set_preferences(user: &mut User, pool: &Pool, wanted: &Preferences) -> Result<(), Fault> {
    if wanted.by_factor().filter(|p| p.preferred == Some(true)).count() > 1 {
        return Err(Fault::invalid_parameter("Only one MFA method can be preferred"));
    }
    if wanted.web_authn.as_ref().is_some_and(|s| s.enabled == Some(true)) {
        return Err(cannot_turn_on("WEB_AUTHN"));
    }
    for Preference { factor, enabled, preferred } in wanted.by_factor() {
        match enabled {
            Some(true) if pool.offers_factor(factor) && user.has_means_for(factor) => {
                user.mfa.activate(factor);
            }
            Some(true) => return Err(cannot_turn_on(factor.as_str())),
            Some(false) => user.mfa.deactivate(factor),
            None => {}
        }
        match preferred {
            Some(true) if user.mfa.is_activated(factor) => user.mfa.prefer(Some(factor)),
            Some(true) => {
                let name = factor.as_str();
                return Err(Fault::invalid_parameter(format!(
                    "{name} cannot be preferred because it is not enabled. Set Enabled to true with it."
                )));
            }
            Some(false) if user.mfa.preferred() == Some(factor) => user.mfa.prefer(None),
            _ => {}
        }
    }
    Ok(())
}

/// Turns SMS codes at sign-in on or, without options, off (authentication §13.3, documented).
///
/// # Errors
/// `InvalidParameterException` for a medium other than SMS, or a user without a telephone number (texts
/// ours; the second is that of the newer preferences).
pub(crate) fn set_options(user: &mut User, options: Vec<MFAOptionType>) -> Result<(), Fault> {
    let is_sms = |option: &MFAOptionType| {
        option.delivery_medium == Some(DeliveryMediumType::Sms)
            && option.attribute_name.as_deref() == Some("phone_number")
    };
    if !options.iter().all(is_sms) {
        return Err(Fault::invalid_parameter(
            "MFAOptions can name only the delivery medium SMS with the attribute phone_number.",
        ));
    }
    if !options.is_empty() && !user.has_means_for(Factor::Sms) {
        return Err(cannot_turn_on(Factor::Sms.as_str()));
    }
    user.mfa.options = options;
    Ok(())
}

/// A factor that the pool does not offer, or that the user has no means for (authentication §13.3, observed).
pub(crate) fn cannot_turn_on(factor: &str) -> Fault {
    Fault::invalid_parameter(format!("User does not have delivery config set to turn on {factor}"))
}
