//! Second factors of a user, as kept in its row (docs/cognito/authentication.md §13.3).

use poolhouse_ports::Medium;
use poolhouse_wire::user_pools::MFAOptionType;
use serde::{Deserialize, Serialize};

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

    /// Sets the factor that the user would rather be asked for.
    pub(crate) fn prefer(&mut self, factor: Option<Factor>) {
        self.preferred = factor;
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

    pub(crate) fn activate(&mut self, factor: Factor) {
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

    /// What of it lasts: without a token that is not registered yet, and whatever codes were used.
    pub(crate) fn lasting(&self) -> Self {
        let token = self.token.clone().map(|token| SoftwareToken { last_step: 0, ..token });
        Self { token, pending_token: None, ..self.clone() }
    }

    /// Forgets the software token, a pending one too (new-operations §5.1).
    pub(crate) fn remove_software_token(&mut self) {
        self.deactivate(Factor::SoftwareToken);
        self.token = None;
        self.pending_token = None;
    }
}

/// A registered software token. Its `Debug` form shows only what is sealed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SoftwareToken {
    /// Sealed.
    pub(crate) secret: String,
    /// `FriendlyDeviceName`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// The step of the last code that was accepted.
    pub(crate) last_step: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_can_be_read() {
        crate::model::stored::check::<Mfa>("second_factors");
    }
}
