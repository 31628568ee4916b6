//! Passwords and second factors of others.

use super::Admin;
use crate::devices::Device;
use crate::error::{Error, Result};
use crate::mfa::MfaPreference;
use crate::page::{Listing, Page};

impl Admin {
    /// Resets a user's password: the old one is dead at once, and the user is sent a code for a new one.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// admin.reset_password("alice").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::UserNotFound`](crate::ErrorKind::UserNotFound); [`ErrorKind::InvalidParameter`](crate::ErrorKind::InvalidParameter) if the user has no verified address.
    pub async fn reset_password(&self, username: &str) -> Result<()> {
        let call = self.sdk().admin_reset_user_password().user_pool_id(self.pool()).username(username);
        call.set_client_metadata(self.client.metadata().to_sdk()).send().await?;
        Ok(())
    }

    /// Sets a user's password.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// admin.set_password("alice", "Correct-Horse-7").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::UserNotFound`](crate::ErrorKind::UserNotFound), [`ErrorKind::InvalidPassword`](crate::ErrorKind::InvalidPassword), [`ErrorKind::PasswordUsedBefore`](crate::ErrorKind::PasswordUsedBefore).
    pub async fn set_password(&self, username: &str, password: &str) -> Result<()> {
        self.set(username, password, true).await
    }

    /// Sets a password that the user must change at the next sign-in.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// admin.set_temporary_password("alice", "Temp0rary!Pass").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Admin::set_password`].
    pub async fn set_temporary_password(&self, username: &str, password: &str) -> Result<()> {
        self.set(username, password, false).await
    }

    async fn set(&self, username: &str, password: &str, permanent: bool) -> Result<()> {
        let call = self.sdk().admin_set_user_password().user_pool_id(self.pool()).username(username);
        call.password(password).permanent(permanent).send().await?;
        Ok(())
    }

    /// Activates second factors of a user, and says which is asked for first.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// use poolhouse_client::{MfaMethod, MfaPreference};
    ///
    /// admin.set_mfa_preference("alice", MfaPreference::new().disable(MfaMethod::Sms)).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::UserNotFound`](crate::ErrorKind::UserNotFound); [`ErrorKind::InvalidParameter`](crate::ErrorKind::InvalidParameter) for a factor that is not set up.
    pub async fn set_mfa_preference(&self, username: &str, preference: MfaPreference) -> Result<()> {
        let (sms, software_token, email) = preference.to_sdk();
        let call = self.sdk().admin_set_user_mfa_preference().user_pool_id(self.pool()).username(username);
        let call = call.set_sms_mfa_settings(sms).set_software_token_mfa_settings(software_token);
        call.set_email_mfa_settings(email).send().await?;
        Ok(())
    }

    /// A user's devices.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// for device in admin.list_devices("alice").all().await? {
    ///     println!("{:?}", device.name());
    /// }
    /// # Ok(()) }
    /// ```
    pub fn list_devices(&self, username: impl Into<String>) -> Listing<Device> {
        let (admin, username) = (self.clone(), username.into());
        Listing::new(move |limit, token| {
            let call = admin.sdk().admin_list_devices().user_pool_id(admin.pool()).username(&username);
            let call = call.set_limit(limit).set_pagination_token(token);
            async move {
                let out = call.send().await?;
                let items = out.devices.unwrap_or_default().into_iter().map(Device::from_sdk).collect();
                Ok(Page { items, next_token: out.pagination_token })
            }
        })
    }

    /// A device of a user.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin, device_key: &str) -> poolhouse_client::Result<()> {
    /// println!("{:?}", admin.get_device("alice", device_key).await?.modified);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) for a device that is not the user's.
    pub async fn get_device(&self, username: &str, device_key: &str) -> Result<Device> {
        let call = self.sdk().admin_get_device().user_pool_id(self.pool()).username(username);
        let out = call.device_key(device_key).send().await?;
        out.device.map(Device::from_sdk).ok_or_else(|| Error::Protocol("no Device".to_owned()))
    }

    /// Forgets a device of a user.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin, device_key: &str) -> poolhouse_client::Result<()> {
    /// admin.forget_device("alice", device_key).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) for a device that is not the user's.
    pub async fn forget_device(&self, username: &str, device_key: &str) -> Result<()> {
        let call = self.sdk().admin_forget_device().user_pool_id(self.pool()).username(username);
        call.device_key(device_key).send().await?;
        Ok(())
    }
}
