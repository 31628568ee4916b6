//! Second factors of a user, as kept in its row.

use poolhouse_wire::types::{DeliveryMediumType, MFAOptionType};
use serde::{Deserialize, Serialize};

use super::User;
use crate::Fault;

/// Which second factors a user has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Mfa {
    /// What SetUserSettings and AdminSetUserSettings set, the old way to turn on SMS codes; shown as
    /// `MFAOptions` (authentication §13.3).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) options: Vec<MFAOptionType>,
}

impl User {
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
        if !options.is_empty() && !self.attributes.contains_key("phone_number") {
            return Err(Fault::invalid_parameter(
                "User does not have delivery config set to turn on SMS_MFA",
            ));
        }
        self.mfa.options = options;
        Ok(())
    }
}
