//! Signing in: C7 to C9, A (the class `AWSSRP`), E12 to E19, issues 10, 18 and 193.

use poolhouse_client::sdk::types::{AliasAttributeType, UsernameAttributeType};
use poolhouse_client::{Attributes, Challenge, Error, ErrorKind, Flow, Invitation, PendingSignIn, SignIn};

use crate::world::PASSWORD;

rows! {
    async fn c7_authenticate(world) {
        let pool = world.pool().await;
        pool.user("alice").await;
        let sign_in = pool.client.sign_in("alice").password(PASSWORD).client_metadata("page", "home");
        let alice = sign_in.send().await.unwrap().into_signed_in().unwrap();
        let (id, access) = (alice.id_claims().unwrap(), alice.access_claims().unwrap());
        assert_eq!((id.username(), access.username()), (Some("alice"), Some("alice")));
        assert_eq!((id.text("token_use"), access.text("token_use")), (Some("id"), Some("access")));
        assert_eq!(id.client_id(), pool.client.client_id());
        assert!(alice.tokens().unwrap().refresh_token().is_some());
        assert!(!alice.is_expired().unwrap());
    }

    async fn c7_wrong_password_and_unknown_user(world) {
        let pool = world.pool().await;
        pool.user("alice").await;
        let wrong = pool.client.sign_in("alice").password("Wrong-Horse-7").send().await.unwrap_err();
        let refusal = wrong.service().unwrap();
        assert_eq!(wrong.kind(), Some(ErrorKind::NotAuthorized));
        assert!(refusal.message == "Incorrect username or password." && refusal.request_id.is_some(), "{wrong:?}");
        let unknown = pool.client.sign_in("nobody").password(PASSWORD).send().await;
        assert!(matches!(unknown, Err(Error::Service { kind: ErrorKind::UserNotFound, .. })), "{unknown:?}");
        let without = pool.client.sign_in("alice").send().await;
        assert!(matches!(without, Err(Error::InvalidArgument(_))), "{without:?}");
    }

    async fn c7_with_a_client_secret(world) {
        let pool = world.pool().await;
        pool.user("alice").await;
        let client = pool.app(|app| app.generate_secret(true)).await;
        let alice = client.sign_in("alice").password(PASSWORD).send().await.unwrap().into_signed_in().unwrap();
        alice.renew().await.unwrap();
    }

    /// Names and passwords take part in SRP as they are.
    async fn a_srp_with_names_and_passwords_of_other_alphabets(world) {
        let pool = world.pool().await;
        pool.admin.create_user("ålice-密").message(Invitation::Suppress).send().await.unwrap();
        pool.admin.set_password("ålice-密", "Пароль-Horse-7").await.unwrap();
        let sign_in = pool.client.sign_in("ålice-密").password("Пароль-Horse-7");
        sign_in.send().await.unwrap().into_signed_in().unwrap();
    }

    /// E14, issues 18 and 193: the hash is over the typed name first, over the real one afterwards, and renewal
    /// works too.
    async fn e14_alias_with_a_client_secret(world) {
        let pool = world.pool_with(|pool| pool.alias_attributes(AliasAttributeType::Email)).await;
        pool.user("alice").await;
        let client = pool.app(|app| app.generate_secret(true)).await;
        let alice = client.sign_in("alice@example.com").password(PASSWORD).send().await.unwrap().into_signed_in().unwrap();
        assert_eq!(alice.id_claims().unwrap().username(), Some("alice"));
        alice.renew().await.unwrap();
    }

    async fn e14_pool_of_e_mail_addresses(world) {
        let pool = world.pool_with(|pool| pool.username_attributes(UsernameAttributeType::Email)).await;
        pool.admin.create_user("alice@example.com").message(Invitation::Suppress).send().await.unwrap();
        pool.admin.set_password("alice@example.com", PASSWORD).await.unwrap();
        let client = pool.app(|app| app.generate_secret(true)).await;
        let alice = client.sign_in("alice@example.com").password(PASSWORD).send().await.unwrap().into_signed_in().unwrap();
        let claims = alice.id_claims().unwrap();
        assert_eq!(claims.username(), claims.sub());
        alice.renew().await.unwrap();
    }

    async fn c7_password_flow(world) {
        let pool = world.pool().await;
        pool.user("alice").await;
        let sign_in = pool.client.sign_in("alice").password(PASSWORD).flow(Flow::Password);
        sign_in.send().await.unwrap().into_signed_in().unwrap();
    }

    async fn c8_admin_authenticate(world) {
        let pool = world.pool().await;
        pool.user("alice").await;
        let admin = pool.client.admin().unwrap();
        let alice = admin.sign_in("alice").password(PASSWORD).send().await.unwrap().into_signed_in().unwrap();
        assert_eq!(alice.user().await.unwrap().username, "alice");
        let srp = admin.sign_in("alice").password(PASSWORD).flow(Flow::Srp).send().await.unwrap();
        srp.into_signed_in().unwrap();
    }

    /// Issue 10: a challenge of the admin flow is a `KeyError` in pycognito.
    async fn c8_admin_authenticate_with_a_challenge(world) {
        let pool = world.pool().await;
        pool.admin.create_user("alice").temporary_password("Temp0rary!Pass").message(Invitation::Suppress).send().await.unwrap();
        let admin = pool.client.admin().unwrap();
        let step = admin.sign_in("alice").password("Temp0rary!Pass").send().await.unwrap();
        let SignIn::NewPasswordRequired(step) = step else { panic!("{step:?}") };
        step.respond(PASSWORD).await.unwrap().into_signed_in().unwrap();
    }

    async fn c9_new_password_challenge(world) {
        let pool = world.pool().await;
        let new = pool.admin.create_user("alice").temporary_password("Temp0rary!Pass").message(Invitation::Suppress);
        new.attribute("email", "alice@example.com").send().await.unwrap();
        let step = pool.client.sign_in("alice").password("Temp0rary!Pass").send().await.unwrap();
        let SignIn::NewPasswordRequired(step) = step else { panic!("{step:?}") };
        assert!(step.required_attributes().is_empty());
        assert_eq!(step.attributes().email(), Some("alice@example.com"));
        let weak = step.respond("short").await;
        assert!(matches!(weak, Err(Error::Service { kind: ErrorKind::InvalidPassword, .. })), "{weak:?}");
        // A refused password does not end the step.
        step.respond(PASSWORD).await.unwrap().into_signed_in().unwrap();
        pool.sign_in("alice").await;
    }

    /// Issue w51: attributes at the first sign-in.
    async fn c9_new_password_with_attributes(world) {
        let pool = world.pool().await;
        pool.admin.create_user("alice").temporary_password("Temp0rary!Pass").message(Invitation::Suppress).send().await.unwrap();
        let step = pool.client.sign_in("alice").password("Temp0rary!Pass").send().await.unwrap();
        let SignIn::NewPasswordRequired(step) = step else { panic!("{step:?}") };
        let attributes = Attributes::new().with("given_name", "Alice").with_custom("department", "Sales");
        let alice = step.respond_with(PASSWORD, &attributes).await.unwrap().into_signed_in().unwrap();
        assert_eq!(alice.user().await.unwrap().attributes.get("given_name"), Some("Alice"));
    }

    /// `ForceChangePasswordException` carries nothing, so that the flow restarts; the step carries everything.
    async fn x_force_change_password_is_a_step_not_an_error(world) {
        let pool = world.pool().await;
        pool.admin.create_user("alice").temporary_password("Temp0rary!Pass").message(Invitation::Suppress).send().await.unwrap();
        let step = pool.client.sign_in("alice").password("Temp0rary!Pass").send().await.unwrap();
        let asked = step.clone().into_signed_in();
        assert!(matches!(asked, Err(Error::ChallengeRequired(Challenge::NewPasswordRequired))));
        assert!(format!("{step:?}").len() < 80, "a step shows no session: {step:?}");
    }

    /// The step is stored and answered by another process: pycognito's recreated instance.
    async fn x_a_step_is_resumed_elsewhere(world) {
        let pool = world.pool().await;
        pool.admin.create_user("alice").temporary_password("Temp0rary!Pass").message(Invitation::Suppress).send().await.unwrap();
        let step = pool.client.sign_in("alice").password("Temp0rary!Pass").send().await.unwrap();
        let stored = serde_json::to_string(&step.into_pending().unwrap()).unwrap();
        let pending: PendingSignIn = serde_json::from_str(&stored).unwrap();
        assert_eq!(format!("{pending:?}"), "PendingSignIn { challenge: \"NEW_PASSWORD_REQUIRED\", .. }");
        let step = pool.client.resume_sign_in(pending);
        let SignIn::NewPasswordRequired(step) = step else { panic!("{step:?}") };
        step.respond(PASSWORD).await.unwrap().into_signed_in().unwrap();
    }

    /// E17: users need no AWS credentials.
    async fn e17_users_need_no_credentials(world) {
        let pool = world.pool().await;
        pool.user("alice").await;
        let client = world.builder(&pool.id).client_id(pool.client.client_id().unwrap()).build().unwrap();
        let alice = client.sign_in("alice").password(PASSWORD).send().await.unwrap().into_signed_in().unwrap();
        alice.user().await.unwrap();
        alice.global_sign_out().await.unwrap();
    }

    /// A client for administration alone has no app client.
    async fn x_a_client_without_an_app_client_says_so(world) {
        let pool = world.pool().await;
        let error = pool.admin.client().sign_in("alice").password(PASSWORD).send().await.unwrap_err();
        assert!(matches!(error, Error::Configuration(what) if what.contains("client_id")));
    }
}
