//! Second factors of a user, as kept in its row, and the preferences among them
//! (docs/cognito/authentication.md §13.3).

use poolhouse_ports::Medium;
use poolhouse_wire::user_pools::{
    DeliveryMediumType, EmailMfaSettingsType, MFAOptionType, SMSMfaSettingsType,
    SoftwareTokenMfaSettingsType, WebAuthnMfaSettingsType,
};
use serde::{Deserialize, Serialize};

use super::User;
use super::software_token::SoftwareToken;
use crate::Fault;
use crate::pools::Pool;

/// A second factor, in the order in which answers list them (authentication §13.3, observed).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Factor {
    #[serde(rename = "SMS_MFA")]
    Sms,
    #[serde(rename = "SOFTWARE_TOKEN_MFA")]
    SoftwareToken,
    #[serde(rename = "EMAIL_OTP")]
    Email,
}

impl Factor {
    pub(crate) const ALL: [Self; 3] = [Self::Sms, Self::SoftwareToken, Self::Email];

    /// The factor whose codes are sent through `medium`.
    pub(crate) const fn of(medium: Medium) -> Self {
        match medium {
            Medium::Sms => Self::Sms,
            Medium::Email => Self::Email,
        }
    }

    /// The name of the factor, which is that of its challenge too.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "SMS_MFA",
            Self::SoftwareToken => "SOFTWARE_TOKEN_MFA",
            Self::Email => "EMAIL_OTP",
        }
    }
}

/// Which second factors a user has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Mfa {
    /// What SetUserSettings and AdminSetUserSettings set, the old way to turn on SMS codes; shown as
    /// `MFAOptions` (authentication §13.3).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) options: Vec<MFAOptionType>,
    /// `UserMFASettingList`: what the user turned on, ascending.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    activated: Vec<Factor>,
    /// `PreferredMfaSetting`: one of those that are on.
    #[serde(skip_serializing_if = "Option::is_none")]
    preferred: Option<Factor>,
    /// The registered software token; it may be registered and not turned on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<SoftwareToken>,
    /// The sealed secret of a software token whose first code has not been given yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pending_token: Option<String>,
}

impl Mfa {
    /// Whether the user turned the factor on, in the old way or the new one.
    pub(crate) fn is_activated(&self, factor: Factor) -> bool {
        self.activated.contains(&factor) || (factor == Factor::Sms && !self.options.is_empty())
    }

    /// The factor that the user would rather be asked for.
    pub(crate) fn preferred(&self) -> Option<Factor> {
        self.preferred
    }

    /// `UserMFASettingList`; absent when empty (authentication §13.3, observed).
    pub(crate) fn setting_list(&self) -> Option<Vec<String>> {
        let names = self.activated.iter().map(|factor| factor.as_str().to_owned());
        (!self.activated.is_empty()).then(|| names.collect())
    }

    /// `PreferredMfaSetting`.
    pub(crate) fn preferred_setting(&self) -> Option<String> {
        self.preferred.map(|factor| factor.as_str().to_owned())
    }

    fn activate(&mut self, factor: Factor) {
        if !self.activated.contains(&factor) {
            self.activated.push(factor);
            self.activated.sort_unstable();
        }
    }

    /// Turns a factor off; a preference for it goes with it (authentication §13.3, observed).
    pub(crate) fn deactivate(&mut self, factor: Factor) {
        self.activated.retain(|other| *other != factor);
        if self.preferred == Some(factor) {
            self.preferred = None;
        }
        if factor == Factor::Sms {
            self.options.clear();
        }
    }

    /// Forgets the software token, a pending one too (new-operations §5.1).
    pub(crate) fn remove_software_token(&mut self) {
        self.deactivate(Factor::SoftwareToken);
        self.token = None;
        self.pending_token = None;
    }
}

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

impl User {
    /// Whether the user has what the factor needs: an address, verified or not, or a registered token.
    pub(crate) fn has_means_for(&self, factor: Factor) -> bool {
        match factor {
            Factor::Sms => self.attributes.contains_key("phone_number"),
            Factor::Email => self.attributes.contains_key("email"),
            Factor::SoftwareToken => self.mfa.token.is_some(),
        }
    }

    /// Turns off factors whose address is gone (authentication §13.3, inferred).
    pub(crate) fn drop_factors_without_means(&mut self) {
        for factor in Factor::ALL {
            if !self.has_means_for(factor) {
                self.mfa.deactivate(factor);
            }
        }
    }

    /// Turns factors on and off and sets the preferred one. To turn all off is no error where the pool
    /// demands a factor: the next sign-in asks for one all the same (authentication §13.3, observed).
    ///
    /// # Errors
    /// `InvalidParameterException`; then the user is not to be stored.
    pub(crate) fn set_preferences(&mut self, pool: &Pool, wanted: &Preferences) -> Result<(), Fault> {
        if wanted.by_factor().filter(|p| p.preferred == Some(true)).count() > 1 {
            return Err(Fault::invalid_parameter("Only one MFA method can be preferred"));
        }
        if wanted.web_authn.as_ref().is_some_and(|s| s.enabled == Some(true)) {
            return Err(cannot_turn_on("WEB_AUTHN"));
        }
        for Preference { factor, enabled, preferred } in wanted.by_factor() {
            match enabled {
                Some(true) if pool.offers_factor(factor) && self.has_means_for(factor) => {
                    self.mfa.activate(factor);
                }
                Some(true) => return Err(cannot_turn_on(factor.as_str())),
                Some(false) => self.mfa.deactivate(factor),
                None => {}
            }
            match preferred {
                Some(true) if self.mfa.is_activated(factor) => self.mfa.preferred = Some(factor),
                Some(true) => {
                    let name = factor.as_str();
                    return Err(Fault::invalid_parameter(format!(
                        "{name} cannot be preferred because it is not enabled. Set Enabled to true with it."
                    )));
                }
                Some(false) if self.mfa.preferred == Some(factor) => self.mfa.preferred = None,
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
    pub(crate) fn set_mfa_options(&mut self, options: Vec<MFAOptionType>) -> Result<(), Fault> {
        let is_sms = |option: &MFAOptionType| {
            option.delivery_medium == Some(DeliveryMediumType::Sms)
                && option.attribute_name.as_deref() == Some("phone_number")
        };
        if !options.iter().all(is_sms) {
            return Err(Fault::invalid_parameter(
                "MFAOptions can name only the delivery medium SMS with the attribute phone_number.",
            ));
        }
        if !options.is_empty() && !self.has_means_for(Factor::Sms) {
            return Err(cannot_turn_on(Factor::Sms.as_str()));
        }
        self.mfa.options = options;
        Ok(())
    }
}

/// A factor that the pool does not offer, or that the user has no means for (authentication §13.3, observed).
pub(crate) fn cannot_turn_on(factor: &str) -> Fault {
    Fault::invalid_parameter(format!("User does not have delivery config set to turn on {factor}"))
}
