//! Signing up: C1 to C6, U1 to U5, U17.

use poolhouse_client::{AttributeMap, Attributes, Error, ErrorKind, UserStatus};

use crate::world::PASSWORD;

rows! {
    /// Base and custom attributes stand in one place; none is left over for the next sign-up.
    async fn c1_c2_u1_base_and_custom_attributes(world) {
        let pool = world.pool().await;
        let sign_up = pool.client.sign_up("alice").password(PASSWORD);
        let sign_up = sign_up.attribute("email", "alice@example.com").custom_attribute("department", "Sales");
        sign_up.send().await.unwrap();
        pool.client.sign_up("bob").password(PASSWORD).send().await.unwrap();
        let alice = pool.admin.get_user("alice").await.unwrap();
        assert_eq!(alice.email(), Some("alice@example.com"));
        assert_eq!(alice.attributes.custom("department"), Some("Sales"));
        assert_eq!(pool.admin.get_user("bob").await.unwrap().attributes.custom("department"), None);
    }

    async fn c3_register(world) {
        let pool = world.pool().await;
        let sign_up = pool.client.sign_up("alice").password(PASSWORD).attribute("email", "alice@example.com");
        let sign_up = sign_up.client_metadata("campaign", "spring").validation_data("captcha", "solved");
        let done = sign_up.send().await.unwrap();
        assert!(!done.confirmed);
        let delivery = done.delivery.unwrap();
        assert_eq!((delivery.medium.as_str(), delivery.attribute.as_deref()), ("EMAIL", Some("email")));
        assert_eq!(delivery.destination, "a***@e***");
        let alice = pool.admin.get_user("alice").await.unwrap();
        assert_eq!(alice.sub(), Some(done.sub.as_str()));
        assert_eq!(alice.status, Some(UserStatus::Unconfirmed));

        let again = pool.client.sign_up("alice").password(PASSWORD).send().await;
        assert!(matches!(again, Err(Error::Service { kind: ErrorKind::UsernameExists, .. })), "{again:?}");
        let weak = pool.client.sign_up("carol").password("short").send().await;
        assert!(matches!(weak, Err(Error::Service { kind: ErrorKind::InvalidPassword, .. })), "{weak:?}");
        let unknown = pool.client.sign_up("carol").password(PASSWORD).attribute("some_random_attr", "x");
        assert!(matches!(unknown.send().await, Err(Error::Service { kind: ErrorKind::InvalidParameter, .. } | Error::Service { kind: ErrorKind::NotAuthorized, .. })));
    }

    /// pycognito hashes over the name of the object, or raises `TypeError`: here over the name that is given.
    async fn c3_c4_c6_with_a_client_secret(world) {
        let pool = world.pool().await;
        let client = pool.app(|app| app.generate_secret(true)).await;
        let sign_up = client.sign_up("alice").password(PASSWORD).attribute("email", "alice@example.com");
        sign_up.send().await.unwrap();
        client.resend_confirmation_code("alice").await.unwrap();
        let Some(code) = world.code("alice").await else { return };
        client.confirm_sign_up("alice", &code).send().await.unwrap();
        client.sign_in("alice").password(PASSWORD).send().await.unwrap().into_signed_in().unwrap();
    }

    /// `attr_map`: Cognito's name, then one's own.
    async fn c3_attr_map(world) {
        let pool = world.pool().await;
        let map = AttributeMap::new([("custom:department", "department"), ("given_name", "first_name")]);
        let attributes = map.to_cognito([("department", "Sales"), ("first_name", "Alice")]);
        pool.client.sign_up("alice").password(PASSWORD).attributes(&attributes).send().await.unwrap();
        let own = map.to_own(&pool.admin.get_user("alice").await.unwrap().attributes);
        assert_eq!((own["department"].as_str(), own["first_name"].as_str()), ("Sales", "Alice"));
    }

    async fn u2_without_verification_there_are_no_delivery_details(world) {
        let pool = world.pool_with(|pool| pool.set_auto_verified_attributes(None)).await;
        let sign_up = pool.client.sign_up("alice").password(PASSWORD).attribute("email", "alice@example.com");
        assert_eq!(sign_up.send().await.unwrap().delivery, None);
    }

    async fn c4_u3_confirm_sign_up(world) {
        let pool = world.pool().await;
        let sign_up = pool.client.sign_up("alice").password(PASSWORD).attribute("email", "alice@example.com");
        sign_up.send().await.unwrap();
        let unconfirmed = pool.client.sign_in("alice").password(PASSWORD).send().await;
        assert!(matches!(unconfirmed, Err(Error::Service { kind: ErrorKind::UserNotConfirmed, .. })), "{unconfirmed:?}");
        let Some(code) = world.code("alice").await else { return };
        let other = if code == "000000" { "000001" } else { "000000" };
        let wrong = pool.client.confirm_sign_up("alice", other).send().await;
        assert!(matches!(wrong, Err(Error::Service { kind: ErrorKind::CodeMismatch, .. })), "{wrong:?}");
        pool.client.confirm_sign_up("alice", &code).send().await.unwrap();
        let alice = pool.admin.get_user("alice").await.unwrap();
        assert_eq!(alice.status, Some(UserStatus::Confirmed));
        assert_eq!(alice.attributes.get_bool("email_verified"), Some(true));
    }

    async fn c5_u4_admin_confirm_sign_up(world) {
        let pool = world.pool().await;
        pool.client.sign_up("alice").password(PASSWORD).send().await.unwrap();
        pool.admin.confirm_sign_up("alice").await.unwrap();
        pool.sign_in("alice").await;
        let again = pool.admin.confirm_sign_up("alice").await.unwrap_err();
        let message = "User cannot be confirmed. Current status is CONFIRMED";
        assert_eq!(again.service().unwrap().message, message, "{again:?}");
    }

    async fn c6_u5_resend_confirmation_code(world) {
        let pool = world.pool().await;
        let sign_up = pool.client.sign_up("alice").password(PASSWORD).attribute("email", "alice@example.com");
        sign_up.send().await.unwrap();
        let delivery = pool.client.resend_confirmation_code("alice").await.unwrap().unwrap();
        assert_eq!(delivery.destination, "a***@e***");
        pool.admin.confirm_sign_up("alice").await.unwrap();
        let confirmed = pool.client.resend_confirmation_code("alice").await.unwrap_err();
        assert_eq!(confirmed.kind(), Some(ErrorKind::InvalidParameter));
        assert_eq!(confirmed.service().unwrap().message, "User is already confirmed.");
    }

    /// The guide's registration flow, end to end.
    async fn u17_registration_flow(world) {
        let pool = world.pool().await;
        let attributes = Attributes::new().with("email", "alice@example.com").with_custom("department", "Sales");
        let done = pool.client.sign_up("alice").password(PASSWORD).attributes(&attributes).send().await.unwrap();
        if !done.confirmed {
            let Some(code) = world.code("alice").await else { return };
            pool.client.confirm_sign_up("alice", &code).send().await.unwrap();
        }
        let user = pool.sign_in("alice").await.user().await.unwrap();
        assert_eq!(user.sub(), Some(done.sub.as_str()));
        assert_eq!(user.attributes.custom("department"), Some("Sales"));
    }
}
