//! Devices: the device rows of `AWSSRP`, E13, E18, issues 133, 306 and w33.

use poolhouse_client::sdk::types::DeviceConfigurationType;
use poolhouse_client::{Client, DeviceCredentials, Error, ErrorKind, SignIn, SignedIn};

use crate::world::{PASSWORD, Pool, World};

/// A pool that remembers devices: at once, or when the user says so.
async fn pool<'w>(world: &'w World, on_prompt: bool) -> Pool<'w> {
    let devices = DeviceConfigurationType::builder().device_only_remembered_on_user_prompt(on_prompt);
    let devices = devices.challenge_required_on_new_device(true).build();
    world.pool_with(|pool| pool.device_configuration(devices)).await
}

async fn sign_in_on(client: &Client, device: &DeviceCredentials) -> SignedIn {
    let sign_in = client.sign_in("alice").password(PASSWORD).device(device.clone());
    sign_in.send().await.unwrap().into_signed_in().unwrap()
}

rows! {
    async fn a_confirm_device_and_sign_in_on_it(world) {
        let pool = pool(world, false).await;
        let alice = pool.signed_in("alice").await;
        let new = alice.new_device().unwrap().clone();
        let device = alice.confirm_device("laptop").await.unwrap();
        assert_eq!((device.key(), device.group_key()), (new.key.as_str(), new.group_key.as_str()));
        assert!(!format!("{device:?}").contains(device.password()));
        let again = sign_in_on(&pool.client, &device).await;
        assert_eq!(again.new_device(), None);
        assert_eq!(again.access_claims().unwrap().device_key(), Some(device.key()));
        // w33: tokens of a device are renewed with its key.
        again.renew().await.unwrap();
        alice.renew().await.unwrap();
    }

    /// Issue 133: pycognito leaves out the secret hash.
    async fn a_device_sign_in_with_a_client_secret(world) {
        let pool = pool(world, false).await;
        pool.user("alice").await;
        let client = pool.app(|app| app.generate_secret(true)).await;
        let alice = client.sign_in("alice").password(PASSWORD).send().await.unwrap().into_signed_in().unwrap();
        let device = alice.confirm_device("laptop").await.unwrap();
        sign_in_on(&client, &device).await.renew().await.unwrap();
    }

    /// Issue 306: what was kept of a sign-in on a device is enough to go on.
    async fn a_tokens_of_a_device_that_were_kept(world) {
        let pool = pool(world, false).await;
        let alice = pool.signed_in("alice").await;
        alice.confirm_device("laptop").await.unwrap();
        let kept = alice.tokens().unwrap();
        pool.client.with_tokens(kept).await.unwrap().renew().await.unwrap();
    }

    async fn a_wrong_device_password(world) {
        let pool = pool(world, false).await;
        let alice = pool.signed_in("alice").await;
        let device = alice.confirm_device("laptop").await.unwrap();
        let stolen = DeviceCredentials::new(device.key(), device.group_key(), "wrong");
        let refused = pool.client.sign_in("alice").password(PASSWORD).device(stolen).send().await;
        assert!(matches!(refused, Err(Error::Service { kind: ErrorKind::NotAuthorized, .. })), "{refused:?}");
    }

    /// E18: these three ignore the endpoint in pycognito.
    async fn e18_update_status_list_and_forget(world) {
        let pool = pool(world, true).await;
        let alice = pool.signed_in("alice").await;
        let device = alice.confirm_device("laptop").await.unwrap();
        assert!(alice.list_devices().all().await.unwrap().is_empty());
        alice.set_device_remembered(device.key(), true).await.unwrap();
        let listed = alice.list_devices().all().await.unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!((listed[0].key.as_str(), listed[0].name()), (device.key(), Some("laptop")));
        assert_eq!(alice.get_device(device.key()).await.unwrap().key, device.key());
        assert_eq!(pool.admin.list_devices("alice").all().await.unwrap().len(), 1);
        assert_eq!(pool.admin.get_device("alice", device.key()).await.unwrap().name(), Some("laptop"));
        alice.set_device_remembered(device.key(), false).await.unwrap();
        alice.forget_device(device.key()).await.unwrap();
        let gone = alice.get_device(device.key()).await;
        assert!(matches!(gone, Err(Error::Service { kind: ErrorKind::NotFound, .. })), "{gone:?}");
    }

    /// A device that was forgotten elsewhere does not stand in the way of a sign-in.
    async fn a_a_device_that_is_gone(world) {
        let pool = pool(world, false).await;
        let alice = pool.signed_in("alice").await;
        let device = alice.confirm_device("laptop").await.unwrap();
        pool.admin.forget_device("alice", device.key()).await.unwrap();
        let step = pool.client.sign_in("alice").password(PASSWORD).device(device).send().await.unwrap();
        let SignIn::Complete(alice) = step else { panic!("{step:?}") };
        assert!(alice.new_device().is_some());
    }

    async fn a_without_devices_there_is_nothing_to_confirm(world) {
        let pool = world.pool().await;
        let alice = pool.signed_in("alice").await;
        assert_eq!(alice.new_device(), None);
        assert!(matches!(alice.confirm_device("laptop").await, Err(Error::InvalidArgument(_))));
    }
}
