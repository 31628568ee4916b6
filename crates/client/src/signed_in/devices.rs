//! The user's own devices.

use aws_sdk_cognitoidentityprovider::Client as SdkClient;
use aws_sdk_cognitoidentityprovider::types::DeviceRememberedStatusType;

use super::SignedIn;
use crate::devices::{Device, DeviceCredentials, NewDevice};
use crate::error::{Error, Result};
use crate::page::{Listing, Page};

impl SignedIn {
    /// The device that the service named at this sign-in, if the pool keeps devices and it was new. Until it is
    /// [confirmed](SignedIn::confirm_device) the service renews no tokens of this sign-in.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
    /// if alice.new_device().is_some() {
    ///     let device = alice.confirm_device("laptop").await?;
    /// }
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn new_device(&self) -> Option<&NewDevice> {
        self.0.new_device.as_ref()
    }

    /// Confirms the device of this sign-in under a name that is shown to the user. Keep the credentials and give them
    /// to the next sign-in.
    ///
    /// In pools where the user decides, the device is remembered only after
    /// [`set_device_remembered`](SignedIn::set_device_remembered).
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
    /// let device = alice.confirm_device("laptop").await?;
    /// let kept = (device.key(), device.group_key(), device.password());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if this sign-in named no device;
    /// [`ErrorKind::InvalidParameter`](crate::ErrorKind::InvalidParameter) if the service does not take it.
    pub async fn confirm_device(&self, name: &str) -> Result<DeviceCredentials> {
        let device = self.new_device().ok_or(Error::InvalidArgument(
            "this sign-in named no device: the pool keeps none, or the device is known",
        ))?;
        let (credentials, config) = DeviceCredentials::generate(device)?;
        let confirm = |sdk: &SdkClient, token: &str| {
            let call = sdk.confirm_device().access_token(token).device_key(&device.key);
            call.device_name(name).device_secret_verifier_config(config.clone()).send()
        };
        self.call(confirm).await?;
        self.set_device(Some(credentials.clone()));
        Ok(credentials)
    }

    /// Says whether a device is remembered.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn, device_key: &str) -> poolhouse_client::Result<()> {
    /// alice.set_device_remembered(device_key, true).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) for a device that is not the user's.
    pub async fn set_device_remembered(&self, device_key: &str, remembered: bool) -> Result<()> {
        let status = match remembered {
            true => DeviceRememberedStatusType::Remembered,
            false => DeviceRememberedStatusType::NotRemembered,
        };
        let update = |sdk: &SdkClient, token: &str| {
            let call = sdk.update_device_status().access_token(token).device_key(device_key);
            call.device_remembered_status(status.clone()).send()
        };
        self.call(update).await?;
        Ok(())
    }

    /// Forgets a device: its credentials and the refresh tokens of its sign-ins are dead.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn, device_key: &str) -> poolhouse_client::Result<()> {
    /// alice.forget_device(device_key).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) for a device that is not the user's.
    pub async fn forget_device(&self, device_key: &str) -> Result<()> {
        self.call(|sdk, token| sdk.forget_device().access_token(token).device_key(device_key).send()).await?;
        if self.device().is_some_and(|device| device.key() == device_key) {
            self.set_device(None);
        }
        Ok(())
    }

    /// A device of the user.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn, device_key: &str) -> poolhouse_client::Result<()> {
    /// println!("{:?}", alice.get_device(device_key).await?.last_authenticated);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) for a device that is not the user's.
    pub async fn get_device(&self, device_key: &str) -> Result<Device> {
        let get =
            |sdk: &SdkClient, token: &str| sdk.get_device().access_token(token).device_key(device_key).send();
        let out = self.call(get).await?;
        out.device.map(Device::from_sdk).ok_or_else(|| Error::Protocol("no Device".to_owned()))
    }

    /// The user's devices.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
    /// for device in alice.list_devices().all().await? {
    ///     println!("{:?} {:?}", device.name(), device.last_authenticated);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn list_devices(&self) -> Listing<Device> {
        let user = self.clone();
        Listing::new(move |limit, token| {
            let user = user.clone();
            async move {
                let list = |sdk: &SdkClient, access: &str| {
                    let call = sdk.list_devices().access_token(access);
                    call.set_limit(limit).set_pagination_token(token.clone()).send()
                };
                let out = user.call(list).await?;
                let items = out.devices.unwrap_or_default().into_iter().map(Device::from_sdk).collect();
                Ok(Page { items, next_token: out.pagination_token })
            }
        })
    }
}
