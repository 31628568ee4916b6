//! Names that the service gives to things, as enums of this library: a major version of the SDK is none of it.

use std::fmt;

use aws_sdk_cognitoidentityprovider::types as sdk;

/// An enum of the service's names. Names that are not known here are kept as they are, in `Other`.
macro_rules! names {
    ($(#[$meta:meta])* $name:ident as $sdk:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)+
            /// A name that this library does not know. Compare [`as_str`](Self::as_str): a later version may know it.
            Other(String),
        }

        impl $name {
            /// The service's own name for it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl From<sdk::$sdk> for $name {
            fn from(name: sdk::$sdk) -> Self {
                name.as_str().into()
            }
        }

        impl From<$name> for sdk::$sdk {
            fn from(name: $name) -> Self {
                name.as_str().into()
            }
        }
    };
}

names! {
    /// What a sign-in asks for.
    ///
    /// ```
    /// use poolhouse_client::Challenge;
    /// use poolhouse_client::sdk::types::ChallengeNameType;
    ///
    /// assert_eq!(Challenge::from("WEB_AUTHN"), Challenge::WebAuthn);
    /// assert_eq!(Challenge::EmailOtp.as_str(), "EMAIL_OTP");
    /// assert_eq!(ChallengeNameType::from(Challenge::SmsMfa), ChallengeNameType::SmsMfa);
    /// ```
    Challenge as ChallengeNameType {
        /// A new password, for the old one was temporary.
        NewPasswordRequired = "NEW_PASSWORD_REQUIRED",
        /// The code of an authenticator.
        SoftwareTokenMfa = "SOFTWARE_TOKEN_MFA",
        /// A code by SMS, as second factor.
        SmsMfa = "SMS_MFA",
        /// A code by e-mail, as first or second factor.
        EmailOtp = "EMAIL_OTP",
        /// A code by SMS, as first factor.
        SmsOtp = "SMS_OTP",
        /// A second factor is to be set up.
        MfaSetup = "MFA_SETUP",
        /// One of several second factors is to be chosen.
        SelectMfaType = "SELECT_MFA_TYPE",
        /// One of several first factors is to be chosen.
        SelectChallenge = "SELECT_CHALLENGE",
        /// The password, sent.
        Password = "PASSWORD",
        /// The password, proven by SRP.
        PasswordSrp = "PASSWORD_SRP",
        /// A passkey.
        WebAuthn = "WEB_AUTHN",
        /// Whatever the pool's triggers ask.
        Custom = "CUSTOM_CHALLENGE",
        /// The proof of a password by SRP. This library gives it by itself.
        PasswordVerifier = "PASSWORD_VERIFIER",
        /// The first half of a device's proof. This library gives it by itself.
        DeviceSrpAuth = "DEVICE_SRP_AUTH",
        /// The second half of a device's proof. This library gives it by itself.
        DevicePasswordVerifier = "DEVICE_PASSWORD_VERIFIER",
    }
}

names! {
    /// Where a user stands.
    ///
    /// ```
    /// use poolhouse_client::{User, UserStatus};
    ///
    /// fn must_change(user: &User) -> bool {
    ///     user.status == Some(UserStatus::ForceChangePassword)
    /// }
    /// ```
    UserStatus as UserStatusType {
        /// Signed up, and not confirmed yet.
        Unconfirmed = "UNCONFIRMED",
        /// May sign in.
        Confirmed = "CONFIRMED",
        /// Must choose a new password at the next sign-in.
        ForceChangePassword = "FORCE_CHANGE_PASSWORD",
        /// Must set a new password with a code before the next sign-in.
        ResetRequired = "RESET_REQUIRED",
        /// Signs in by an identity provider.
        ExternalProvider = "EXTERNAL_PROVIDER",
        /// No longer active.
        Archived = "ARCHIVED",
        /// Disabled because of a threat.
        Compromised = "COMPROMISED",
        /// The service does not know.
        Unknown = "UNKNOWN",
    }
}

names! {
    /// How a code or an invitation is sent.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// use poolhouse_client::DeliveryMedium;
    ///
    /// let new = admin.create_user("alice").attribute("email", "alice@example.com");
    /// new.delivery_mediums([DeliveryMedium::Email]).send().await?;
    /// # Ok(()) }
    /// ```
    DeliveryMedium as DeliveryMediumType {
        /// By e-mail.
        Email = "EMAIL",
        /// By SMS.
        Sms = "SMS",
    }
}

names! {
    /// What kind of identity provider one is.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// use poolhouse_client::ProviderKind;
    ///
    /// let google = admin.create_identity_provider("Google", ProviderKind::Google);
    /// google.detail("client_id", "…").detail("client_secret", "…").send().await?;
    /// # Ok(()) }
    /// ```
    ProviderKind as IdentityProviderTypeType {
        /// Any that speaks OpenID Connect.
        Oidc = "OIDC",
        /// Any that speaks SAML 2.0.
        Saml = "SAML",
        /// Google.
        Google = "Google",
        /// Facebook.
        Facebook = "Facebook",
        /// Sign in with Apple.
        SignInWithApple = "SignInWithApple",
        /// Login with Amazon.
        LoginWithAmazon = "LoginWithAmazon",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every name that the SDK knows is known here, but for the flow that stands among its challenges.
    #[test]
    fn the_sdks_names_are_known() {
        for name in sdk::ChallengeNameType::values().iter().filter(|name| **name != "ADMIN_NO_SRP_AUTH") {
            assert!(!matches!(Challenge::from(*name), Challenge::Other(_)), "{name}");
        }
        for name in sdk::UserStatusType::values() {
            assert!(!matches!(UserStatus::from(*name), UserStatus::Other(_)), "{name}");
        }
        for name in sdk::DeliveryMediumType::values() {
            assert!(!matches!(DeliveryMedium::from(*name), DeliveryMedium::Other(_)), "{name}");
        }
        for name in sdk::IdentityProviderTypeType::values() {
            assert!(!matches!(ProviderKind::from(*name), ProviderKind::Other(_)), "{name}");
        }
    }

    #[test]
    fn a_name_that_is_not_known_is_kept() {
        let name = Challenge::from("SMOKE_SIGNAL");
        assert_eq!(name, Challenge::Other("SMOKE_SIGNAL".to_owned()));
        assert_eq!(sdk::ChallengeNameType::from(name).as_str(), "SMOKE_SIGNAL");
    }
}
