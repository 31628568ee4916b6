//! The steps of a sign-in that pycognito does not know: choosing the first factor, passkeys, what a pool's own
//! functions ask, second factors that are set up or chosen on the way, devices in place of them.

use poolhouse_client::sdk::types::{
    AuthFactorType, DeviceConfigurationType, EmailConfigurationType, EmailMfaConfigType,
    EmailSendingAccountType, ExplicitAuthFlowsType as AuthFlows, LambdaConfigType, SignInPolicyType,
    SoftwareTokenMfaConfigType, UserPoolMfaType, UserPoolPolicyType, WebAuthnConfigurationType,
};
use poolhouse_client::{
    Attributes, Challenge, Client, DeliveryMedium, Error, ErrorKind, Flow, Invitation, MfaMethod,
    MfaPreference, PendingSignIn, SignIn, SignedIn,
};
use poolhouse_testkit::Passkey;
use serde_json::{Value, json};

use crate::mfa::{code, sms_role};
use crate::world::{PASSWORD, Pool, World};

/// The domain of the passkeys.
const DOMAIN: &str = "example.com";

/// A pool whose users choose among first factors, with a client that lets them.
async fn choice<'w>(world: &'w World, factors: &[AuthFactorType]) -> (Pool<'w>, Client) {
    let policy = SignInPolicyType::builder().set_allowed_first_auth_factors(Some(factors.to_vec())).build();
    let policies = UserPoolPolicyType::builder().sign_in_policy(policy).build();
    // Only Poolhouse takes a role that does not exist.
    let sms = factors.contains(&AuthFactorType::SmsOtp).then(sms_role);
    let pool = world.pool_with(|pool| pool.policies(policies).set_sms_configuration(sms)).await;
    let client = pool.app(|app| app.explicit_auth_flows(AuthFlows::AllowUserAuth)).await;
    (pool, client)
}

async fn begin(client: &Client) -> SignIn {
    client.sign_in("alice").flow(Flow::Choice).send().await.unwrap()
}

/// A step that was stored and read again, as by another process.
fn carried(client: &Client, step: SignIn) -> SignIn {
    let stored = serde_json::to_string(&step.into_pending().unwrap()).unwrap();
    client.resume_sign_in(serde_json::from_str::<PendingSignIn>(&stored).unwrap())
}

/// What the pool's own functions ask: the word is "tea". With a password, it is proven first.
fn functions(world: &World) -> Option<LambdaConfigType> {
    let define = world.function("define", |event| {
        let session = event["request"]["session"].as_array().unwrap();
        let last =
            session.last().map(|entry| (entry["challengeName"].as_str().unwrap(), &entry["challengeResult"]));
        event["response"] = match last {
            Some(("SRP_A", _)) => json!({ "challengeName": "PASSWORD_VERIFIER" }),
            Some(("CUSTOM_CHALLENGE", Value::Bool(true))) => json!({ "issueTokens": true }),
            _ if session.len() < 3 => json!({ "challengeName": "CUSTOM_CHALLENGE" }),
            _ => json!({ "failAuthentication": true }),
        };
    })?;
    let create = world.function("create", |event| {
        event["response"] = json!({
            "publicChallengeParameters": { "question": "What do you drink?" },
            "privateChallengeParameters": { "answer": "tea" },
        });
    })?;
    let verify = world.function("verify", |event| {
        let metadata = &event["request"]["clientMetadata"];
        let right = event["request"]["challengeAnswer"] == "tea" && metadata["page"] == "home";
        event["response"]["answerCorrect"] = json!(right);
    })?;
    let config = LambdaConfigType::builder().define_auth_challenge(define).create_auth_challenge(create);
    Some(config.verify_auth_challenge_response(verify).build())
}

/// A pool whose functions lead the sign-in.
async fn custom<'w>(world: &'w World) -> Option<(Pool<'w>, Client)> {
    let functions = functions(world)?;
    let pool = world.pool_with(|pool| pool.lambda_config(functions)).await;
    pool.user("alice").await;
    let client = pool.app(|app| app.explicit_auth_flows(AuthFlows::AllowCustomAuth)).await;
    Some((pool, client.with_client_metadata("page", "home")))
}

/// A pool with second factors by authenticator and by e-mail.
async fn second_factors<'w>(world: &'w World, mfa: UserPoolMfaType, on_devices: bool) -> Pool<'w> {
    let pool = world
        .pool_with(|pool| {
            let email =
                EmailConfigurationType::builder().email_sending_account(EmailSendingAccountType::Developer);
            let email = email.source_arn("arn:aws:ses:us-east-1:123456789012:identity/example.com").build();
            let devices = DeviceConfigurationType::builder().challenge_required_on_new_device(true);
            let devices = devices.device_only_remembered_on_user_prompt(false).build();
            pool.email_configuration(email).set_device_configuration(on_devices.then_some(devices))
        })
        .await;
    let token = SoftwareTokenMfaConfigType::builder().enabled(true).build();
    let call = world.sdk().set_user_pool_mfa_config().user_pool_id(&pool.id).mfa_configuration(mfa);
    let call = call.software_token_mfa_configuration(token);
    call.email_mfa_configuration(EmailMfaConfigType::builder().build()).send().await.unwrap();
    pool
}

rows! {
    /// SELECT_CHALLENGE, answered with the password in each of the ways there are.
    async fn x_choice_of_the_password(world) {
        let (pool, client) = choice(world, &[AuthFactorType::Password, AuthFactorType::EmailOtp]).await;
        pool.user("alice").await;
        let SignIn::SelectChallenge(step) = begin(&client).await else { panic!() };
        assert_eq!(step.choices(), [Challenge::PasswordSrp, Challenge::Password, Challenge::EmailOtp]);
        step.password(PASSWORD).await.unwrap().into_signed_in().unwrap();
        for way in [Challenge::Password, Challenge::PasswordSrp] {
            let SignIn::SelectChallenge(step) = begin(&client).await else { panic!() };
            let step = step.choose(way).await.unwrap();
            let SignIn::Password(step) = carried(&client, step) else { panic!() };
            step.respond(PASSWORD).await.unwrap().into_signed_in().unwrap();
        }
        let SignIn::SelectChallenge(step) = carried(&client, begin(&client).await) else { panic!() };
        assert_eq!(step.choices().len(), 3);
        let wrong = step.password("Wrong-Horse-7").await;
        assert!(matches!(wrong, Err(Error::Service { kind: ErrorKind::NotAuthorized, .. })), "{wrong:?}");
        let SignIn::SelectChallenge(step) = begin(&client).await else { panic!() };
        let none = step.choose(Challenge::WebAuthn).await;
        assert!(matches!(none, Err(Error::Service { kind: ErrorKind::InvalidParameter, .. })), "{none:?}");
    }

    /// The first factor that the program prefers, without the step that asks.
    async fn x_choice_with_a_preferred_password(world) {
        let (pool, client) = choice(world, &[AuthFactorType::Password]).await;
        pool.user("alice").await;
        for way in [Challenge::Password, Challenge::PasswordSrp] {
            let sign_in = client.sign_in("alice").flow(Flow::Choice).preferred(way).password(PASSWORD);
            sign_in.send().await.unwrap().into_signed_in().unwrap();
        }
        // What is not to be had is no error: the user is asked.
        let sign_in = client.sign_in("alice").flow(Flow::Choice).preferred(Challenge::WebAuthn);
        let step = sign_in.send().await.unwrap();
        assert!(matches!(step, SignIn::SelectChallenge(_)), "{step:?}");
    }

    /// EMAIL_OTP as first factor: chosen, and preferred.
    async fn x_choice_of_a_code_by_e_mail(world) {
        let (pool, client) = choice(world, &[AuthFactorType::Password, AuthFactorType::EmailOtp]).await;
        pool.user("alice").await;
        let SignIn::SelectChallenge(step) = begin(&client).await else { panic!() };
        let SignIn::EmailOtp(step) = step.choose(Challenge::EmailOtp).await.unwrap() else { panic!() };
        let delivery = step.delivery().unwrap();
        assert_eq!((delivery.medium, delivery.destination.as_str()), (DeliveryMedium::Email, "a***@e***"));
        let Some(code) = world.code("alice").await else { return };
        let other = if code == "00000000" { "00000001" } else { "00000000" };
        let wrong = step.respond(other).await;
        assert!(matches!(wrong, Err(Error::Service { kind: ErrorKind::CodeMismatch, .. })), "{wrong:?}");
        step.respond(&code).await.unwrap().into_signed_in().unwrap();

        let sign_in = client.sign_in("alice").flow(Flow::Choice).preferred(Challenge::EmailOtp);
        let SignIn::EmailOtp(step) = carried(&client, sign_in.send().await.unwrap()) else { panic!() };
        let code = world.code("alice").await.unwrap();
        step.respond(&code).await.unwrap().into_signed_in().unwrap();
    }

    /// SMS_OTP as first factor.
    async fn x_choice_of_a_code_by_sms(world) {
        if !world.sends_sms() {
            return;
        }
        let (pool, client) = choice(world, &[AuthFactorType::Password, AuthFactorType::SmsOtp]).await;
        pool.user("alice").await;
        let phone = Attributes::new().with("phone_number", "+12025550123").with_bool("phone_number_verified", true);
        pool.admin.update_attributes("alice", &phone).await.unwrap();
        let SignIn::SelectChallenge(step) = begin(&client).await else { panic!() };
        let SignIn::SmsOtp(step) = step.choose(Challenge::SmsOtp).await.unwrap() else { panic!() };
        assert_eq!(step.delivery().unwrap().medium, DeliveryMedium::Sms);
        let Some(code) = world.code("alice").await else { return };
        step.respond(&code).await.unwrap().into_signed_in().unwrap();
    }

    /// The code that confirmed the sign-up is good for the sign-in, too.
    async fn x_from_the_sign_up_to_tokens(world) {
        let (_pool, client) = choice(world, &[AuthFactorType::Password, AuthFactorType::EmailOtp]).await;
        let sign_up = client.sign_up("alice").password(PASSWORD).attribute("email", "alice@example.com");
        let done = sign_up.send().await.unwrap();
        let Some(code) = world.code("alice").await else { return };
        let confirmation = client.confirm_sign_up("alice", code).session(done.session().unwrap());
        let session = confirmation.send().await.unwrap().unwrap();
        let sign_in = client.sign_in("alice").flow(Flow::Choice).session(session);
        let alice = sign_in.send().await.unwrap().into_signed_in().unwrap();
        assert_eq!(alice.id_claims().unwrap().sub(), Some(done.sub.as_str()));
    }

    /// Registering a passkey, signing in with it, and deleting it.
    async fn x_passkeys(world) {
        let (pool, client) = choice(world, &[AuthFactorType::Password, AuthFactorType::WebAuthn]).await;
        let domain = WebAuthnConfigurationType::builder().relying_party_id(DOMAIN).build();
        let call = world.sdk().set_user_pool_mfa_config().user_pool_id(&pool.id);
        call.web_authn_configuration(domain).send().await.unwrap();
        pool.user("alice").await;
        let alice = client.sign_in("alice").password(PASSWORD).send().await.unwrap().into_signed_in().unwrap();

        let options = alice.start_web_authn_registration().await.unwrap();
        let options: Value = serde_json::from_str(&options).unwrap();
        let mut passkey = Passkey::new("first", DOMAIN);
        let made = passkey.create(&options).to_string();
        alice.complete_web_authn_registration(&made).await.unwrap();
        assert!(alice.complete_web_authn_registration(&made).await.is_err());
        let no_json = alice.complete_web_authn_registration("passkey").await;
        assert!(matches!(no_json, Err(Error::InvalidArgument(_))), "{no_json:?}");
        let listed = alice.list_web_authn_credentials().page_size(1).all().await.unwrap();
        assert_eq!((listed.len(), listed[0].id.as_str()), (1, passkey.id().as_str()));
        assert_eq!(listed[0].relying_party_id, DOMAIN);

        let SignIn::SelectChallenge(step) = begin(&client).await else { panic!() };
        let SignIn::WebAuthn(step) = step.choose(Challenge::WebAuthn).await.unwrap() else { panic!() };
        let foreign = Passkey::new("second", DOMAIN).get(&serde_json::from_str(step.options().unwrap()).unwrap());
        let foreign = step.respond(&foreign.to_string()).await;
        assert!(matches!(foreign, Err(Error::Service { kind: ErrorKind::NotAuthorized, .. })), "{foreign:?}");
        let sign_in = client.sign_in("alice").flow(Flow::Choice).preferred(Challenge::WebAuthn);
        let SignIn::WebAuthn(step) = carried(&client, sign_in.send().await.unwrap()) else { panic!() };
        let used = passkey.get(&serde_json::from_str(step.options().unwrap()).unwrap());
        step.respond(&used.to_string()).await.unwrap().into_signed_in().unwrap();

        alice.delete_web_authn_credential(&listed[0].id).await.unwrap();
        assert!(alice.list_web_authn_credentials().all().await.unwrap().is_empty());
        let gone = alice.delete_web_authn_credential(&listed[0].id).await;
        assert!(matches!(gone, Err(Error::Service { kind: ErrorKind::NotFound, .. })), "{gone:?}");
    }

    async fn x_passkeys_where_the_pool_has_none(world) {
        let pool = world.pool().await;
        let refused = pool.signed_in("alice").await.start_web_authn_registration().await;
        assert!(matches!(refused, Err(Error::Service { kind: ErrorKind::Unsupported, .. })), "{refused:?}");
    }

    /// CUSTOM_CHALLENGE alone: a wrong answer, then the right one.
    async fn x_custom_challenge(world) {
        let Some((_pool, client)) = custom(world).await else { return };
        let step = client.sign_in("alice").flow(Flow::Custom).send().await.unwrap();
        let SignIn::Custom(step) = carried(&client, step) else { panic!() };
        assert_eq!(step.parameters()["question"], "What do you drink?");
        let SignIn::Custom(step) = step.respond("coffee").await.unwrap() else { panic!() };
        let alice = step.respond("tea").await.unwrap().into_signed_in().unwrap();
        assert_eq!(alice.user().await.unwrap().username, "alice");

        let mut step = client.sign_in("alice").flow(Flow::Custom).send().await;
        for _ in 0..3 {
            let Ok(SignIn::Custom(custom)) = step else { panic!("{step:?}") };
            step = custom.respond("coffee").await;
        }
        assert!(matches!(step, Err(Error::Service { kind: ErrorKind::NotAuthorized, .. })), "{step:?}");
    }

    /// CUSTOM_CHALLENGE after the password, which is proven by SRP.
    async fn x_custom_challenge_after_the_password(world) {
        let Some((_pool, client)) = custom(world).await else { return };
        let sign_in = client.sign_in("alice").flow(Flow::Custom).password(PASSWORD);
        let SignIn::Custom(step) = sign_in.send().await.unwrap() else { panic!() };
        step.respond("tea").await.unwrap().into_signed_in().unwrap();
        let wrong = client.sign_in("alice").flow(Flow::Custom).password("Wrong-Horse-7").send().await;
        assert!(matches!(wrong, Err(Error::Service { kind: ErrorKind::NotAuthorized, .. })), "{wrong:?}");
    }

    /// A function that fails is an error of its own.
    async fn x_a_function_that_fails(world) {
        let Some(failing) = world.failing_function("pre", "not today") else { return };
        let lambda = LambdaConfigType::builder().pre_authentication(failing).build();
        let pool = world.pool_with(|pool| pool.lambda_config(lambda)).await;
        pool.user("alice").await;
        let refused = pool.client.sign_in("alice").password(PASSWORD).send().await;
        let refused = refused.unwrap_err();
        assert_eq!(refused.kind(), Some(ErrorKind::Trigger));
        assert!(refused.service().unwrap().message.contains("not today"), "{refused:?}");
    }

    /// MFA_SETUP with an e-mail address, and what is set up is not asked for again.
    async fn x_mfa_setup_by_e_mail(world) {
        if world.is_aws() {
            return;
        }
        let pool = second_factors(world, UserPoolMfaType::On, false).await;
        pool.admin.create_user("alice").message(Invitation::Suppress).send().await.unwrap();
        pool.admin.set_password("alice", PASSWORD).await.unwrap();
        let step = pool.client.sign_in("alice").password(PASSWORD).send().await.unwrap();
        let SignIn::MfaSetup(step) = carried(&pool.client, step) else { panic!() };
        assert_eq!(step.choices(), [Challenge::SoftwareTokenMfa, Challenge::EmailOtp]);
        let SignIn::EmailOtp(step) = step.email("alice@example.com").await.unwrap() else { panic!() };
        let code = world.code("alice").await.unwrap();
        let alice = step.respond(&code).await.unwrap().into_signed_in().unwrap();
        assert_eq!(alice.user().await.unwrap().attributes.get_bool("email_verified"), Some(true));
    }

    /// SELECT_MFA_TYPE between authenticator and e-mail, carried to another process on the way.
    async fn x_select_mfa_type_by_e_mail(world) {
        if world.is_aws() {
            return;
        }
        let pool = second_factors(world, UserPoolMfaType::Optional, false).await;
        let alice = with_both(world, &pool).await;
        drop(alice);
        let step = pool.client.sign_in("alice").password(PASSWORD).send().await.unwrap();
        let SignIn::SelectMfaType(step) = carried(&pool.client, step) else { panic!() };
        let mut choices = step.choices();
        choices.sort_unstable();
        assert_eq!(choices, [Challenge::SoftwareTokenMfa, Challenge::EmailOtp]);
        let none = step.choose(Challenge::SmsMfa).await;
        assert!(matches!(none, Err(Error::Service { kind: ErrorKind::InvalidParameter, .. })), "{none:?}");
        let SignIn::EmailOtp(step) = step.choose(Challenge::EmailOtp).await.unwrap() else { panic!() };
        let code = world.code("alice").await.unwrap();
        step.respond(&code).await.unwrap().into_signed_in().unwrap();
    }

    /// A remembered device is proven in place of the second factor, in the public flow and in the administrator's.
    async fn a_a_device_takes_the_place_of_the_second_factor(world) {
        if world.is_aws() {
            return;
        }
        let pool = second_factors(world, UserPoolMfaType::Optional, true).await;
        let alice = with_both(world, &pool).await;
        let device = alice.confirm_device("laptop").await.unwrap();
        let sign_in = pool.client.sign_in("alice").password(PASSWORD).device(device.clone());
        let known = sign_in.send().await.unwrap().into_signed_in().unwrap();
        assert_eq!(known.access_claims().unwrap().device_key(), Some(device.key()));
        let admin = pool.client.admin().unwrap();
        admin.sign_in("alice").password(PASSWORD).device(device.clone()).send().await.unwrap().into_signed_in().unwrap();
        let elsewhere = pool.client.sign_in("alice").password(PASSWORD).send().await.unwrap();
        assert!(matches!(elsewhere, SignIn::SelectMfaType(_)), "{elsewhere:?}");

        // Forgotten, it no longer does: the factor is asked for, and the step carries no device.
        alice.forget_device(device.key()).await.unwrap();
        let step = pool.client.sign_in("alice").password(PASSWORD).device(device).send().await.unwrap();
        let SignIn::SelectMfaType(step) = carried(&pool.client, step) else { panic!() };
        let SignIn::EmailOtp(step) = step.choose(Challenge::EmailOtp).await.unwrap() else { panic!() };
        let code = world.code("alice").await.unwrap();
        assert!(step.respond(&code).await.unwrap().into_signed_in().unwrap().new_device().is_some());
    }
}

/// Alice, with an authenticator and e-mail as second factors, neither preferred.
async fn with_both(world: &World, pool: &Pool<'_>) -> SignedIn {
    let alice = pool.signed_in("alice").await;
    let secret = alice.associate_software_token().await.unwrap();
    alice.verify_software_token(&code(world, &secret), "phone").await.unwrap();
    let both = MfaPreference::new().enable(MfaMethod::SoftwareToken).enable(MfaMethod::Email);
    alice.set_mfa_preference(both).await.unwrap();
    alice
}
