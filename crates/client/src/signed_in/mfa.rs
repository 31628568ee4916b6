//! The user's own second factors.

use aws_sdk_cognitoidentityprovider::Client as SdkClient;
use aws_sdk_cognitoidentityprovider::types::VerifySoftwareTokenResponseType;

use super::SignedIn;
use crate::error::{Error, Result};
use crate::mfa::{MfaPreference, TotpSecret};

impl SignedIn {
    /// Begins to set up an authenticator: the user types or scans the secret, then
    /// [`verify_software_token`](SignedIn::verify_software_token) proves it.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
    /// let secret = alice.associate_software_token().await?;
    /// println!("{}", secret.otpauth_uri("My App", "alice")); // as a QR code
    /// alice.verify_software_token("123456", "phone").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::MfaMethodNotFound`](crate::ErrorKind::MfaMethodNotFound) if the pool does not offer it.
    pub async fn associate_software_token(&self) -> Result<TotpSecret> {
        let out = self.call(|sdk, token| sdk.associate_software_token().access_token(token).send()).await?;
        out.secret_code.map(TotpSecret::new).ok_or_else(|| Error::Protocol("no SecretCode".to_owned()))
    }

    /// Proves that the authenticator is set up; `device_name` is the user's name for it and may be empty.
    ///
    /// It is not asked for before [`set_mfa_preference`](SignedIn::set_mfa_preference) activates it.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
    /// alice.verify_software_token("123456", "phone").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::SoftwareTokenMismatch`](crate::ErrorKind::SoftwareTokenMismatch) for a wrong code.
    pub async fn verify_software_token(&self, code: &str, device_name: &str) -> Result<()> {
        let verify = |sdk: &SdkClient, token: &str| {
            let call = sdk.verify_software_token().access_token(token);
            call.user_code(code).friendly_device_name(device_name).send()
        };
        match self.call(verify).await?.status {
            Some(VerifySoftwareTokenResponseType::Success) => Ok(()),
            other => Err(Error::Protocol(format!("the software token's status is {other:?}"))),
        }
    }

    /// Activates second factors, and says which is asked for first.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
    /// use poolhouse_client::{MfaMethod, MfaPreference};
    ///
    /// alice.set_mfa_preference(MfaPreference::new().prefer(MfaMethod::SoftwareToken)).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::InvalidParameter`](crate::ErrorKind::InvalidParameter) for a factor that is not set up.
    pub async fn set_mfa_preference(&self, preference: MfaPreference) -> Result<()> {
        let set = |sdk: &SdkClient, token: &str| {
            let (sms, software_token, email) = preference.to_sdk();
            let call = sdk.set_user_mfa_preference().access_token(token);
            let call = call.set_sms_mfa_settings(sms).set_software_token_mfa_settings(software_token);
            call.set_email_mfa_settings(email).send()
        };
        self.call(set).await?;
        Ok(())
    }
}
