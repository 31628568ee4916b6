//! Passwords and second factors of others.

use std::collections::HashMap;

use super::Admin;
use crate::devices::Device;
use crate::error::{Error, Result};
use crate::mfa::MfaPreference;
use crate::page::{Listing, Page};
use crate::sign_up::given_map;

impl Admin {
    /// Resets a user's password: the old one is dead at once, and the user is sent a code for a new one.
    ///
    /// # Errors
    /// [`Error::UserNotFound`]; [`Error::InvalidParameter`] if the user has no verified address.
    pub async fn reset_password(&self, username: &str) -> Result<()> {
        self.reset_password_with(username, HashMap::new()).await
    }

    /// As [`Admin::reset_password`], with entries for the pool's triggers.
    ///
    /// # Errors
    /// As [`Admin::reset_password`].
    pub async fn reset_password_with(
        &self,
        username: &str,
        client_metadata: HashMap<String, String>,
    ) -> Result<()> {
        let call = self.sdk().admin_reset_user_password().user_pool_id(self.pool()).username(username);
        call.set_client_metadata(given_map(client_metadata)).send().await?;
        Ok(())
    }

    /// Sets a user's password; one that is not permanent must be changed at the next sign-in.
    ///
    /// # Errors
    /// [`Error::UserNotFound`], [`Error::InvalidPassword`], [`Error::PasswordUsedBefore`].
    pub async fn set_password(&self, username: &str, password: &str, permanent: bool) -> Result<()> {
        let call = self.sdk().admin_set_user_password().user_pool_id(self.pool()).username(username);
        call.password(password).permanent(permanent).send().await?;
        Ok(())
    }

    /// Activates second factors of a user, and says which is asked for first.
    ///
    /// # Errors
    /// [`Error::UserNotFound`]; [`Error::InvalidParameter`] for a factor that is not set up.
    pub async fn set_mfa_preference(&self, username: &str, preference: MfaPreference) -> Result<()> {
        let (sms, software_token, email) = preference.to_sdk();
        let call = self.sdk().admin_set_user_mfa_preference().user_pool_id(self.pool()).username(username);
        let call = call.set_sms_mfa_settings(sms).set_software_token_mfa_settings(software_token);
        call.set_email_mfa_settings(email).send().await?;
        Ok(())
    }

    /// A user's devices.
    #[must_use]
    pub fn devices_of_user(&self, username: &str) -> Listing<Device> {
        let (admin, username) = (self.clone(), username.to_owned());
        Listing::new(None, move |token| {
            let call = admin.sdk().admin_list_devices().user_pool_id(admin.pool()).username(&username);
            let call = call.set_pagination_token(token);
            async move {
                let out = call.send().await?;
                let items = out.devices.unwrap_or_default().into_iter().map(Device::from_sdk).collect();
                Ok(Page { items, next_token: out.pagination_token })
            }
        })
    }

    /// A device of a user.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a device that is not the user's.
    pub async fn get_device(&self, username: &str, device_key: &str) -> Result<Device> {
        let call = self.sdk().admin_get_device().user_pool_id(self.pool()).username(username);
        let out = call.device_key(device_key).send().await?;
        out.device.map(Device::from_sdk).ok_or_else(|| Error::Protocol("no Device".to_owned()))
    }

    /// Forgets a device of a user.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a device that is not the user's.
    pub async fn forget_device(&self, username: &str, device_key: &str) -> Result<()> {
        let call = self.sdk().admin_forget_device().user_pool_id(self.pool()).username(username);
        call.device_key(device_key).send().await?;
        Ok(())
    }
}
