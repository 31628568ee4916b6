//! Ways to prove who one is.

use crate::texts::Texts;

/// A factor of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the API's")]
pub enum Factor {
    Password,
    PasswordSrp,
    EmailOtp,
    SmsOtp,
    WebAuthn,
    SmsMfa,
    SoftwareTokenMfa,
}

/// A factor that is offered, and where its code would go: masked, as the API says it.
#[derive(Clone, Copy, Debug)]
pub struct Choice<'a> {
    /// The factor.
    pub factor: Factor,
    /// The masked address or number.
    pub destination: Option<&'a str>,
}

impl Factor {
    /// The name in the API, which is what choosing it sends.
    pub const fn api_name(self) -> &'static str {
        match self {
            Self::Password => "PASSWORD",
            Self::PasswordSrp => "PASSWORD_SRP",
            Self::EmailOtp => "EMAIL_OTP",
            Self::SmsOtp => "SMS_OTP",
            Self::WebAuthn => "WEB_AUTHN",
            Self::SmsMfa => "SMS_MFA",
            Self::SoftwareTokenMfa => "SOFTWARE_TOKEN_MFA",
        }
    }

    pub(crate) const fn label(self, t: &Texts) -> &'static str {
        match self {
            Self::Password | Self::PasswordSrp => t.by_password,
            Self::EmailOtp => t.by_email,
            Self::SmsOtp | Self::SmsMfa => t.by_sms,
            Self::WebAuthn => t.by_passkey,
            Self::SoftwareTokenMfa => t.by_app,
        }
    }
}
