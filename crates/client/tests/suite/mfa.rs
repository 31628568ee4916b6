//! Second factors: C39 to C43, and those that pycognito does not know.

use poolhouse_client::sdk::types::{
    SmsConfigurationType, SmsMfaConfigType, SoftwareTokenMfaConfigType, UserPoolMfaType,
};
use poolhouse_client::{
    Attributes, Challenge, Error, ErrorKind, MfaMethod, MfaPreference, PendingSignIn, SignIn, SignedIn,
    TotpSecret,
};
use poolhouse_crypto::totp;

use crate::world::{PASSWORD, Pool, World};

/// A pool that offers second factors.
async fn pool<'w>(world: &'w World, mfa: UserPoolMfaType) -> Pool<'w> {
    let pool = world.pool().await;
    let token = SoftwareTokenMfaConfigType::builder().enabled(true).build();
    let sms = SmsMfaConfigType::builder().sms_configuration(sms_role()).build();
    let call = world.sdk().set_user_pool_mfa_config().user_pool_id(&pool.id).mfa_configuration(mfa);
    let call = call.software_token_mfa_configuration(token);
    // At AWS a real role is needed for SMS.
    let call = if world.sends_sms() { call.sms_mfa_configuration(sms) } else { call };
    call.send().await.unwrap();
    pool
}

/// A role that sends text messages.
pub(crate) fn sms_role() -> SmsConfigurationType {
    let role = SmsConfigurationType::builder().sns_caller_arn("arn:aws:iam::123456789012:role/sms");
    role.external_id("x").build()
}

/// The authenticator's code now.
pub(crate) fn code(world: &World, secret: &TotpSecret) -> String {
    totp::code(&totp::secret_from_text(secret.text()).unwrap(), totp::step_at(world.seconds()))
}

/// A code that is not the authenticator's.
fn wrong(world: &World, secret: &TotpSecret) -> String {
    let number: u32 = code(world, secret).parse().unwrap();
    format!("{:06}", (number + 1) % 1_000_000)
}

/// A user with an authenticator that is asked for.
async fn with_authenticator(world: &World, pool: &Pool<'_>) -> (SignedIn, TotpSecret) {
    let alice = pool.signed_in("alice").await;
    let secret = alice.associate_software_token().await.unwrap();
    alice.verify_software_token(&code(world, &secret), "phone").await.unwrap();
    alice.set_mfa_preference(MfaPreference::new().prefer(MfaMethod::SoftwareToken)).await.unwrap();
    (alice, secret)
}

rows! {
    async fn c39_c40_associate_and_verify_software_token(world) {
        let pool = pool(world, UserPoolMfaType::Optional).await;
        let alice = pool.signed_in("alice").await;
        let secret = alice.associate_software_token().await.unwrap();
        assert!(secret.text().len() >= 32);
        let refused = alice.verify_software_token(&wrong(world, &secret), "phone").await;
        assert!(matches!(refused, Err(Error::Service { kind: ErrorKind::SoftwareTokenMismatch, .. })), "{refused:?}");
        // E21: an empty name, pycognito's default.
        alice.verify_software_token(&code(world, &secret), "").await.unwrap();
        let none = World::pool(world).await.signed_in("bob").await.associate_software_token().await;
        assert!(matches!(none, Err(Error::Service { kind: ErrorKind::MfaMethodNotFound, .. })), "{none:?}");
    }

    async fn c41_set_user_mfa_preference(world) {
        let pool = pool(world, UserPoolMfaType::Optional).await;
        let (alice, _) = with_authenticator(world, &pool).await;
        let user = alice.user().await.unwrap();
        let token = Challenge::SoftwareTokenMfa;
        assert_eq!((user.mfa_methods, user.preferred_mfa), (vec![token.clone()], Some(token)));
        // Active without being preferred: what pycognito refuses.
        alice.set_mfa_preference(MfaPreference::new().enable(MfaMethod::SoftwareToken)).await.unwrap();
        assert_eq!(alice.user().await.unwrap().preferred_mfa, None);
        let off = MfaPreference::new().disable(MfaMethod::SoftwareToken);
        pool.admin.set_mfa_preference("alice", off).await.unwrap();
        assert!(pool.admin.get_user("alice").await.unwrap().mfa_methods.is_empty());
        let not_set_up = alice.set_mfa_preference(MfaPreference::new().prefer(MfaMethod::Sms)).await;
        assert!(matches!(not_set_up, Err(Error::Service { kind: ErrorKind::InvalidParameter, .. })), "{not_set_up:?}");
    }

    async fn c42_respond_to_software_token_mfa_challenge(world) {
        let pool = pool(world, UserPoolMfaType::Optional).await;
        let (_, secret) = with_authenticator(world, &pool).await;
        if !world.advance(60) {
            return;
        }
        let step = pool.client.sign_in("alice").password(PASSWORD).send().await.unwrap();
        let SignIn::SoftwareTokenMfa(step) = step else { panic!("{step:?}") };
        assert_eq!(step.device_name(), Some("phone"));
        let refused = step.respond(&wrong(world, &secret)).await;
        assert!(matches!(refused, Err(Error::Service { kind: ErrorKind::CodeMismatch, .. })), "{refused:?}");
        // A wrong code does not end the step.
        step.respond(&code(world, &secret)).await.unwrap().into_signed_in().unwrap();
        let admin = pool.client.admin().unwrap();
        let step = admin.sign_in("alice").password(PASSWORD).send().await.unwrap();
        let SignIn::SoftwareTokenMfa(step) = step else { panic!("{step:?}") };
        let used = step.respond(&code(world, &secret)).await;
        assert!(matches!(used, Err(Error::Service { kind: ErrorKind::CodeExpired, .. })), "{used:?}");
    }

    /// pycognito's `mfa_tokens`, for an instance that was made anew.
    async fn c42_in_another_process(world) {
        let pool = pool(world, UserPoolMfaType::Optional).await;
        let (_, secret) = with_authenticator(world, &pool).await;
        if !world.advance(60) {
            return;
        }
        let step = pool.client.sign_in("alice").password(PASSWORD).send().await.unwrap();
        let stored = serde_json::to_string(&step.into_pending().unwrap()).unwrap();
        let pending: PendingSignIn = serde_json::from_str(&stored).unwrap();
        let SignIn::SoftwareTokenMfa(step) = pool.client.resume_sign_in(pending) else { panic!() };
        step.respond(&code(world, &secret)).await.unwrap().into_signed_in().unwrap();
    }

    /// With a client secret, under an alias: issue 193.
    async fn c43_respond_to_sms_mfa_challenge(world) {
        if !world.sends_sms() {
            return;
        }
        let pool = pool(world, UserPoolMfaType::Optional).await;
        let alice = pool.signed_in("alice").await;
        let phone = Attributes::new().with("phone_number", "+12025550123").with("phone_number_verified", "true");
        pool.admin.update_attributes("alice", &phone).await.unwrap();
        alice.set_mfa_preference(MfaPreference::new().prefer(MfaMethod::Sms)).await.unwrap();
        let client = pool.app(|app| app.generate_secret(true)).await;
        let step = client.sign_in("alice").password(PASSWORD).send().await.unwrap();
        let SignIn::SmsMfa(step) = step else { panic!("{step:?}") };
        let delivery = step.delivery().unwrap();
        assert_eq!((delivery.medium.as_str(), delivery.destination.as_str()), ("SMS", "+*******0123"));
        let Some(code) = world.code("alice").await else { return };
        let other = if code == "000000" { "000001" } else { "000000" };
        let refused = step.respond(other).await;
        assert!(matches!(refused, Err(Error::Service { kind: ErrorKind::CodeMismatch, .. })), "{refused:?}");
        step.respond(&code).await.unwrap().into_signed_in().unwrap();
    }

    /// Not in pycognito: a pool that demands a second factor of a user who has none.
    async fn x_mfa_setup(world) {
        let pool = pool(world, UserPoolMfaType::On).await;
        pool.user("alice").await;
        let step = pool.client.sign_in("alice").password(PASSWORD).send().await.unwrap();
        let SignIn::MfaSetup(step) = step else { panic!("{step:?}") };
        assert!(step.choices().contains(&Challenge::SoftwareTokenMfa));
        let setup = step.software_token().await.unwrap();
        let refused = setup.verify(&wrong(world, setup.secret()), "phone").await;
        assert!(matches!(refused, Err(Error::Service { kind: ErrorKind::SoftwareTokenMismatch, .. })), "{refused:?}");
        setup.verify(&code(world, setup.secret()), "phone").await.unwrap().into_signed_in().unwrap();
    }

    /// Not in pycognito: several factors, none preferred.
    async fn x_select_mfa_type(world) {
        if !world.sends_sms() {
            return;
        }
        let pool = pool(world, UserPoolMfaType::Optional).await;
        let (alice, secret) = with_authenticator(world, &pool).await;
        let phone = Attributes::new().with("phone_number", "+12025550123").with("phone_number_verified", "true");
        pool.admin.update_attributes("alice", &phone).await.unwrap();
        let both = MfaPreference::new().enable(MfaMethod::SoftwareToken).enable(MfaMethod::Sms);
        alice.set_mfa_preference(both).await.unwrap();
        if !world.advance(60) {
            return;
        }
        let step = pool.client.sign_in("alice").password(PASSWORD).send().await.unwrap();
        let SignIn::SelectMfaType(step) = step else { panic!("{step:?}") };
        let choices = step.choices();
        assert_eq!(choices.len(), 2);
        let token = choices.into_iter().find(|choice| *choice == Challenge::SoftwareTokenMfa).unwrap();
        let step = step.choose(token).await.unwrap();
        let SignIn::SoftwareTokenMfa(step) = step else { panic!("{step:?}") };
        step.respond(&code(world, &secret)).await.unwrap().into_signed_in().unwrap();
    }
}
