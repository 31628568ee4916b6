//! Users: C16 to C22, C44, U6 to U20.

use poolhouse_client::{AttributeMap, Attributes, DeliveryMedium, Error, ErrorKind, Invitation, UserStatus};

rows! {
    /// In pycognito the name is `None` when only tokens are given (pull request 278).
    async fn c16_u6_get_user(world) {
        let pool = world.pool().await;
        let alice = pool.signed_in("alice").await;
        let by_tokens = pool.client.with_tokens(alice.tokens().unwrap()).await.unwrap();
        let user = by_tokens.user().await.unwrap();
        assert_eq!(user.username, "alice");
        assert_eq!(user.sub(), alice.id_claims().unwrap().sub());
        assert_eq!(user.email(), Some("alice@example.com"));
        assert_eq!(user.attributes.get_bool("email_verified"), Some(true));
        assert_eq!(user.status, None);
    }

    async fn c16_attr_map(world) {
        let pool = world.pool().await;
        let alice = pool.signed_in("alice").await;
        let map = AttributeMap::new([("email", "mail")]);
        let own = map.to_own(&alice.user().await.unwrap().attributes);
        assert_eq!(own["mail"], "alice@example.com");
        assert!(!own.contains_key("email"));
    }

    async fn c17_u7_admin_get_user(world) {
        let pool = world.pool().await;
        pool.user("alice").await;
        let user = pool.admin.get_user("alice").await.unwrap();
        assert_eq!((user.enabled, user.status.clone()), (Some(true), Some(UserStatus::Confirmed)));
        assert!(user.created.unwrap() <= user.modified.unwrap());
        assert!(user.mfa_methods.is_empty() && user.preferred_mfa.is_none());
        let unknown = pool.admin.get_user("nobody").await;
        assert!(matches!(unknown, Err(Error::Service { kind: ErrorKind::UserNotFound, .. })));
    }

    /// Status and times, which pycognito loses, and pages, which it keeps in memory all at once.
    async fn c18_u8_get_users(world) {
        let pool = world.pool().await;
        assert!(pool.admin.list_users().send().all().await.unwrap().is_empty());
        for name in ["alice", "bob", "carol"] {
            pool.user(name).await;
        }
        let users = pool.admin.list_users().send().page_size(2).all().await.unwrap();
        let mut names: Vec<_> = users.iter().map(|user| user.username.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["alice", "bob", "carol"]);
        assert!(users.iter().all(|user| user.status == Some(UserStatus::Confirmed) && user.created.is_some()));
    }

    /// Pull request 267 and issue w113: filter, limit, and a page's token.
    async fn c18_filter_and_pages(world) {
        let pool = world.pool().await;
        for name in ["alice", "adam", "bob"] {
            pool.user(name).await;
        }
        let filtered = pool.admin.list_users().filter(r#"username ^= "a""#).attributes(["sub"]).send();
        let filtered = filtered.all().await.unwrap();
        assert_eq!(filtered.len(), 2);
        assert!(filtered.iter().all(|user| user.email().is_none() && user.sub().is_some()));
        let first = pool.admin.list_users().send().page_size(2).next_page().await.unwrap().unwrap();
        assert_eq!(first.items.len(), 2);
        let rest = pool.admin.list_users().send().page_size(2).start_at(first.next_token.unwrap());
        assert_eq!(rest.all().await.unwrap().len(), 1);
        let mut bad = pool.admin.list_users().filter("no = filter").send();
        assert!(matches!(bad.next().await, Some(Err(Error::Service { kind: ErrorKind::InvalidParameter, .. }))));
        assert!(bad.next().await.is_none());
    }

    async fn u9_a_user_without_e_mail(world) {
        let pool = world.pool().await;
        pool.admin.create_user("alice").message(Invitation::Suppress).send().await.unwrap();
        assert_eq!(pool.admin.get_user("alice").await.unwrap().email(), None);
    }

    async fn c19_u10_update_profile(world) {
        let pool = world.pool().await;
        let alice = pool.signed_in("alice").await;
        let change = Attributes::new().with("given_name", "Alice").with("phone_number", "+12025550123");
        assert!(alice.update_attributes(&change).await.unwrap().is_empty());
        let sent = alice.update_attributes(&Attributes::new().with("email", "new@example.com")).await.unwrap();
        assert_eq!(sent[0].destination, "n***@e***");
        let user = alice.user().await.unwrap();
        assert_eq!(user.attributes.get_bool("phone_number_verified"), Some(false));
        assert_eq!(user.attributes.get_bool("email_verified"), Some(false));
        alice.delete_attributes(["given_name"]).await.unwrap();
        assert_eq!(alice.user().await.unwrap().attributes.get("given_name"), None);
    }

    /// Every call names its user (pull request 270).
    async fn c20_u11_admin_update_profile(world) {
        let pool = world.pool().await;
        pool.user("alice").await;
        let change = Attributes::new().with("email", "new@example.com").with_bool("email_verified", true);
        pool.admin.update_attributes("alice", &change).await.unwrap();
        let user = pool.admin.get_user("alice").await.unwrap();
        assert_eq!(user.email(), Some("new@example.com"));
        assert_eq!(user.attributes.get_bool("email_verified"), Some(true));
    }

    async fn c21_u12_admin_create_user(world) {
        let pool = world.pool().await;
        let new = pool.admin.create_user("alice").temporary_password("Temp0rary!Pass").message(Invitation::Suppress);
        let new = new.attribute("email", "alice@example.com").custom_attribute("department", "Sales");
        let user = new.send().await.unwrap();
        assert_eq!(user.username, "alice");
        assert_eq!(user.status, Some(UserStatus::ForceChangePassword));
        assert_eq!(user.attributes.custom("department"), Some("Sales"));
        let again = pool.admin.create_user("alice").message(Invitation::Suppress).send().await;
        assert!(matches!(again, Err(Error::Service { kind: ErrorKind::UsernameExists, .. })));
    }

    async fn u13_without_a_temporary_password_the_service_makes_one(world) {
        let pool = world.pool().await;
        let new = pool.admin.create_user("alice").attribute("email", "alice@example.com");
        new.delivery_mediums([DeliveryMedium::Email]).send().await.unwrap();
        let Some(password) = world.code("alice").await else { return };
        let step = pool.client.sign_in("alice").password(password).send().await.unwrap();
        assert_eq!(step.challenge().unwrap().as_str(), "NEW_PASSWORD_REQUIRED");
    }

    async fn c22_u14_delete_user(world) {
        let pool = world.pool().await;
        let alice = pool.signed_in("alice").await;
        let clone = alice.clone();
        alice.delete().await.unwrap();
        assert!(matches!(clone.user().await, Err(Error::SignedOut)));
        assert!(matches!(pool.admin.get_user("alice").await, Err(Error::Service { kind: ErrorKind::UserNotFound, .. })));
        pool.user("bob").await;
        pool.admin.delete_user("bob").await.unwrap();
        assert!(matches!(pool.admin.delete_user("bob").await, Err(Error::Service { kind: ErrorKind::UserNotFound, .. })));
    }

    /// `UserObj.save` sends everything; here only the difference goes.
    async fn u15_save_sends_the_difference(world) {
        let pool = world.pool().await;
        let alice = pool.signed_in("alice").await;
        let mut user = alice.user().await.unwrap();
        assert!(alice.save(&mut user).await.unwrap().is_empty());
        user.attributes.set("given_name", "Alice");
        assert!(alice.save(&mut user).await.unwrap().is_empty());
        let saved = alice.user().await.unwrap();
        assert_eq!(saved.attributes.get("given_name"), Some("Alice"));
        assert_eq!(saved.attributes.get_bool("email_verified"), Some(true));
        user.attributes.remove("given_name");
        alice.save(&mut user).await.unwrap();
        assert_eq!(alice.user().await.unwrap().attributes.get("given_name"), None);

        let mut user = pool.admin.get_user("alice").await.unwrap();
        user.attributes = user.attributes.with_custom("department", "Sales");
        pool.admin.save(&mut user).await.unwrap();
        assert_eq!(pool.admin.get_user("alice").await.unwrap().attributes.custom("department"), Some("Sales"));
    }

    /// A record says whose it is: somebody else's is not saved as one's own.
    async fn u15_somebody_elses_record_is_not_saved(world) {
        let pool = world.pool().await;
        let alice = pool.signed_in("alice").await;
        pool.user("bob").await;
        let mut bob = pool.admin.get_user("bob").await.unwrap();
        bob.attributes.set("given_name", "Bob");
        let refused = alice.save(&mut bob).await;
        assert!(matches!(refused, Err(Error::InvalidArgument(_))), "{refused:?}");
        assert_eq!(alice.user().await.unwrap().attributes.get("given_name"), None);
        let mut own = pool.admin.get_user("alice").await.unwrap();
        own.attributes.set("given_name", "Alice");
        alice.save(&mut own).await.unwrap();
        assert_eq!(alice.user().await.unwrap().attributes.get("given_name"), Some("Alice"));
    }

    /// pycognito deletes `Cognito.username`, not the user of the object.
    async fn u16_the_listed_user_is_deleted(world) {
        let pool = world.pool().await;
        pool.user("alice").await;
        pool.user("bob").await;
        let users = pool.admin.list_users().send().all().await.unwrap();
        let bob = users.iter().find(|user| user.username == "bob").unwrap();
        pool.admin.delete_user(&bob.username).await.unwrap();
        assert!(pool.admin.get_user("alice").await.is_ok());
        assert!(pool.admin.get_user("bob").await.is_err());
    }

    /// The guide's pattern, whose `department` must be `custom:department`.
    async fn u18_admin_flow(world) {
        let pool = world.pool().await;
        pool.user("alice").await;
        let wrong = pool.admin.update_attributes("alice", &Attributes::new().with("department", "Sales")).await;
        assert!(matches!(wrong, Err(Error::Service { kind: ErrorKind::InvalidParameter, .. })), "{wrong:?}");
        let change = Attributes::new().with_custom("department", "Sales");
        pool.admin.update_attributes("alice", &change).await.unwrap();
        pool.admin.delete_attributes("alice", ["custom:department"]).await.unwrap();
        assert_eq!(pool.admin.get_user("alice").await.unwrap().attributes.custom("department"), None);
    }

    async fn u19_profile_flow(world) {
        let pool = world.pool().await;
        let alice = pool.signed_in("alice").await;
        assert_eq!(alice.user().await.unwrap().attributes.get("nickname"), None);
        alice.update_attributes(&Attributes::new().with("nickname", "Al")).await.unwrap();
        assert_eq!(alice.user().await.unwrap().attributes.get("nickname"), Some("Al"));
    }

    /// C44: there is no object to be mistaken for a user; the one type comes from the server.
    async fn c44_users_come_from_the_server(world) {
        let pool = world.pool().await;
        pool.user("alice").await;
        let own = pool.sign_in("alice").await.user().await.unwrap();
        let seen = pool.admin.get_user("alice").await.unwrap();
        assert_eq!((own.username.as_str(), own.sub()), (seen.username.as_str(), seen.sub()));
    }
}
