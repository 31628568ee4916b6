//! Addresses and passwords: C23 to C28.

use poolhouse_client::{Attributes, Error, ErrorKind, UserStatus};

use crate::world::PASSWORD;

const NEW: &str = "Another-Horse-8";

rows! {
    async fn c23_c24_send_and_validate_verification(world) {
        let pool = world.pool().await;
        let alice = pool.signed_in("alice").await;
        alice.update_attributes(&Attributes::new().with("email", "new@example.com")).await.unwrap();
        let delivery = alice.send_verification("email").await.unwrap().unwrap();
        assert_eq!((delivery.destination.as_str(), delivery.attribute.as_deref()), ("n***@e***", Some("email")));
        let Some(code) = world.code("alice").await else { return };
        let other = if code == "000000" { "000001" } else { "000000" };
        let wrong = alice.verify_attribute("email", other).await;
        assert!(matches!(wrong, Err(Error::Service { kind: ErrorKind::CodeMismatch, .. })), "{wrong:?}");
        alice.verify_attribute("email", &code).await.unwrap();
        assert_eq!(alice.user().await.unwrap().attributes.get_bool("email_verified"), Some(true));
        let none = alice.send_verification("phone_number").await;
        assert!(matches!(none, Err(Error::Service { kind: ErrorKind::InvalidParameter, .. })), "{none:?}");
    }

    async fn c25_c26_forgot_password(world) {
        let pool = world.pool().await;
        pool.user("alice").await;
        let delivery = pool.client.forgot_password("alice").await.unwrap().unwrap();
        assert_eq!(delivery.destination, "a***@e***");
        let Some(code) = world.code("alice").await else { return };
        let weak = pool.client.confirm_forgot_password("alice", &code, "short").await;
        assert!(matches!(weak, Err(Error::Service { kind: ErrorKind::InvalidPassword, .. })), "{weak:?}");
        pool.client.confirm_forgot_password("alice", &code, NEW).await.unwrap();
        pool.client.sign_in("alice").password(NEW).send().await.unwrap().into_signed_in().unwrap();
        let old = pool.client.sign_in("alice").password(PASSWORD).send().await;
        assert!(matches!(old, Err(Error::Service { kind: ErrorKind::NotAuthorized, .. })));
        let used = pool.client.confirm_forgot_password("alice", &code, PASSWORD).await;
        assert!(matches!(used, Err(Error::Service { kind: ErrorKind::CodeExpired, .. })), "{used:?}");
    }

    async fn c25_c26_forgot_password_with_a_client_secret(world) {
        let pool = world.pool().await;
        pool.user("alice").await;
        let client = pool.app(|app| app.generate_secret(true)).await;
        client.forgot_password("alice").await.unwrap();
        let Some(code) = world.code("alice").await else { return };
        client.confirm_forgot_password("alice", &code, NEW).await.unwrap();
        client.sign_in("alice").password(NEW).send().await.unwrap().into_signed_in().unwrap();
    }

    async fn c27_admin_reset_password(world) {
        let pool = world.pool().await;
        pool.user("alice").await;
        let admin = pool.client.with_client_metadata("reason", "lost").admin().unwrap();
        admin.reset_password("alice").await.unwrap();
        let status = pool.admin.get_user("alice").await.unwrap().status;
        assert_eq!(status, Some(UserStatus::ResetRequired));
        let reset = pool.client.sign_in("alice").password(PASSWORD).send().await;
        assert!(matches!(reset, Err(Error::Service { kind: ErrorKind::PasswordResetRequired, .. })), "{reset:?}");
        let Some(code) = world.code("alice").await else { return };
        pool.client.confirm_forgot_password("alice", &code, NEW).await.unwrap();
        pool.client.sign_in("alice").password(NEW).send().await.unwrap().into_signed_in().unwrap();
        assert!(matches!(pool.admin.reset_password("nobody").await, Err(Error::Service { kind: ErrorKind::UserNotFound, .. })));
    }

    async fn c28_change_password(world) {
        let pool = world.pool().await;
        let alice = pool.signed_in("alice").await;
        let wrong = alice.change_password("Wrong-Horse-7", NEW).await;
        assert!(matches!(wrong, Err(Error::Service { kind: ErrorKind::NotAuthorized, .. })), "{wrong:?}");
        let weak = alice.change_password(PASSWORD, "short").await;
        assert!(matches!(weak, Err(Error::Service { kind: ErrorKind::InvalidPassword, .. })), "{weak:?}");
        alice.change_password(PASSWORD, NEW).await.unwrap();
        pool.client.sign_in("alice").password(NEW).send().await.unwrap().into_signed_in().unwrap();
    }

    /// Not in pycognito.
    async fn x_admin_set_password(world) {
        let pool = world.pool().await;
        pool.user("alice").await;
        pool.admin.set_temporary_password("alice", NEW).await.unwrap();
        let step = pool.client.sign_in("alice").password(NEW).send().await.unwrap();
        assert_eq!(step.challenge().unwrap().as_str(), "NEW_PASSWORD_REQUIRED");
        let weak = pool.admin.set_password("alice", "short").await;
        assert!(matches!(weak, Err(Error::Service { kind: ErrorKind::InvalidPassword, .. })), "{weak:?}");
    }
}
