//! Second factors: which are active, and the secret of an authenticator.

use std::fmt;

use aws_sdk_cognitoidentityprovider::types::{
    EmailMfaSettingsType, SmsMfaSettingsType, SoftwareTokenMfaSettingsType,
};

use crate::secret::Secret;

/// The secret that a user types or scans into an authenticator. `Debug` does not show it.
///
/// ```no_run
/// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
/// let secret = alice.associate_software_token().await?;
/// println!("type {} or scan {}", secret.text(), secret.otpauth_uri("My App", "alice"));
/// # Ok(()) }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct TotpSecret(Secret);

impl TotpSecret {
    pub(crate) fn new(secret: String) -> Self {
        Self(Secret::new(secret))
    }

    /// The secret as text, base32.
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.expose()
    }

    /// The address that authenticators read from a QR code.
    ///
    /// `issuer` is the application's name, `account` the user's; both are shown to the user.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
    /// let secret = alice.associate_software_token().await?;
    /// let qr_code = secret.otpauth_uri("My App", "alice@example.com");
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn otpauth_uri(&self, issuer: &str, account: &str) -> String {
        let (issuer, account) = (percent(issuer), percent(account));
        format!("otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}", self.text())
    }
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret(..)")
    }
}

/// Everything but RFC 3986's unreserved characters, encoded.
fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut all, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => all.push(char::from(byte)),
            _ => all.push_str(&format!("%{byte:02X}")),
        }
        all
    })
}

/// A second factor, in a [`MfaPreference`].
///
/// ```
/// use poolhouse_client::{MfaMethod, MfaPreference};
///
/// let preference = MfaPreference::new().prefer(MfaMethod::SoftwareToken);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MfaMethod {
    /// A code by SMS.
    Sms,
    /// A code of an authenticator.
    SoftwareToken,
    /// A code by e-mail.
    Email,
}

/// Which second factors are active. Those that are not named stay as they are; at most one is asked for first.
///
/// ```
/// use poolhouse_client::{MfaMethod, MfaPreference};
///
/// let preference = MfaPreference::new().enable(MfaMethod::Sms).prefer(MfaMethod::SoftwareToken);
/// let off = MfaPreference::new().disable(MfaMethod::SoftwareToken);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MfaPreference {
    sms: Option<bool>,
    software_token: Option<bool>,
    email: Option<bool>,
    preferred: Option<MfaMethod>,
}

impl MfaPreference {
    /// Changes nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Activates a factor; it is not asked for first unless the user chooses it.
    #[must_use]
    pub fn enable(self, method: MfaMethod) -> Self {
        self.with(method, true)
    }

    /// Activates a factor, and asks for it first.
    #[must_use]
    pub fn prefer(self, method: MfaMethod) -> Self {
        Self { preferred: Some(method), ..self.with(method, true) }
    }

    /// Takes a factor out.
    #[must_use]
    pub fn disable(self, method: MfaMethod) -> Self {
        self.with(method, false)
    }

    fn with(mut self, method: MfaMethod, enabled: bool) -> Self {
        if self.preferred == Some(method) {
            self.preferred = None;
        }
        let slot = match method {
            MfaMethod::Sms => &mut self.sms,
            MfaMethod::SoftwareToken => &mut self.software_token,
            MfaMethod::Email => &mut self.email,
        };
        *slot = Some(enabled);
        self
    }

    pub(crate) fn to_sdk(
        self,
    ) -> (Option<SmsMfaSettingsType>, Option<SoftwareTokenMfaSettingsType>, Option<EmailMfaSettingsType>)
    {
        let preferred = |method| self.preferred == Some(method);
        let sms =
            |on| SmsMfaSettingsType::builder().enabled(on).preferred_mfa(preferred(MfaMethod::Sms)).build();
        let token = |on| {
            let settings = SoftwareTokenMfaSettingsType::builder().enabled(on);
            settings.preferred_mfa(preferred(MfaMethod::SoftwareToken)).build()
        };
        let email = |on| {
            EmailMfaSettingsType::builder().enabled(on).preferred_mfa(preferred(MfaMethod::Email)).build()
        };
        (self.sms.map(sms), self.software_token.map(token), self.email.map(email))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authenticators_address_is_encoded() {
        let secret = TotpSecret::new("JBSWY3DP".to_owned());
        assert_eq!(
            secret.otpauth_uri("My App", "alice@example.com"),
            "otpauth://totp/My%20App:alice%40example.com?secret=JBSWY3DP&issuer=My%20App"
        );
        assert_eq!(format!("{secret:?}"), "TotpSecret(..)");
    }

    /// C41: what pycognito refuses with a `ValueError` cannot be written.
    #[test]
    fn c41_only_an_active_factor_is_preferred_and_only_one() {
        let preference = MfaPreference::new().prefer(MfaMethod::Sms).prefer(MfaMethod::SoftwareToken);
        let (sms, token, email) = preference.to_sdk();
        assert!(!sms.unwrap().preferred_mfa);
        assert!(token.unwrap().preferred_mfa);
        assert!(email.is_none());
        let (sms, ..) = MfaPreference::new().prefer(MfaMethod::Sms).disable(MfaMethod::Sms).to_sdk();
        let sms = sms.unwrap();
        assert!(!sms.enabled && !sms.preferred_mfa);
    }
}
