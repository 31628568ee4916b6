//! What signed-in users do to themselves.

use poolhouse_crypto::totp;
use poolhouse_testkit::{Passkey, TestServer};
use serde_json::{Value, json};

use super::administrators::sms;
use super::alice::{ATTRIBUTES, Alice};
use super::world::{CALLERS, World, same, with};

kinds! {
    UpdateUserAttributes => update_attributes,
    DeleteUserAttributes => delete_attributes,
    DeleteUser => delete,
    ChangePassword => change_password,
    GetUserAttributeVerificationCode => request_code,
    VerifyUserAttribute => verify_attribute,
    SetUserSettings => set_settings,
    SetUserMFAPreference => set_mfa_preference,
    AssociateSoftwareToken => associate_software_token,
    VerifySoftwareToken => verify_software_token,
    StartWebAuthnRegistration => start_passkey,
    CompleteWebAuthnRegistration => complete_passkey,
    DeleteWebAuthnCredential => delete_passkey,
}

async fn update_attributes(world: &World) {
    let alice = Alice::new(world).await;
    let own = alice.own(json!({})).await;
    let one = |n: usize| {
        let attribute = json!({ "Name": ATTRIBUTES[n / 2 % ATTRIBUTES.len()], "Value": n.to_string() });
        with(&own, json!({ "UserAttributes": [attribute] }))
    };
    world.storm((0..CALLERS).map(one)).await.all();
    alice.assert_attributes(true).await;
}

async fn delete_attributes(world: &World) {
    let alice = Alice::new(world).await;
    alice.give_attributes().await;
    let own = alice.own(json!({})).await;
    let one = |n: usize| with(&own, json!({ "UserAttributeNames": [ATTRIBUTES[n / 2 % ATTRIBUTES.len()]] }));
    world.storm((0..CALLERS).map(one)).await.all();
    alice.assert_attributes(false).await;
}

async fn delete(world: &World) {
    let alice = Alice::new(world).await;
    world.storm(same(&alice.own(json!({})).await)).await.only(1, &["UserNotFoundException"]);
}

async fn change_password(world: &World) {
    let alice = Alice::new(world).await;
    let password = TestServer::PASSWORD;
    let input = alice.own(json!({ "PreviousPassword": password, "ProposedPassword": password })).await;
    world.storm(same(&input)).await.only(5, &["LimitExceededException"]);
    alice.sign_in().await;
}

async fn request_code(world: &World) {
    let alice = Alice::new(world).await;
    let input = alice.own(json!({ "AttributeName": "email" })).await;
    let before = alice.server.messages("alice").len();
    world.storm(same(&input)).await.only(5, &["LimitExceededException"]);
    assert_eq!(alice.server.messages("alice").len() - before, 5);
}

async fn verify_attribute(world: &World) {
    let alice = Alice::new(world).await;
    let unverified = json!([{ "Name": "email", "Value": "other@example.com" }]);
    let change = alice.named(json!({ "UserAttributes": unverified }));
    alice.server.admin().ok("AdminUpdateUserAttributes", change).await;
    let own = alice.own(json!({ "AttributeName": "email" })).await;
    alice.server.public().ok("GetUserAttributeVerificationCode", own.clone()).await;
    let input = with(&own, json!({ "Code": alice.server.code("alice") }));
    world.storm(same(&input)).await.only(1, &["ExpiredCodeException", "LimitExceededException"]);
    let verified = json!({ "Name": "email_verified", "Value": "true" });
    assert!(alice.shown().await["UserAttributes"].as_array().unwrap().contains(&verified));
}

async fn set_settings(world: &World) {
    let alice = Alice::new(world).await;
    let options = json!([{ "DeliveryMedium": "SMS", "AttributeName": "phone_number" }]);
    world.storm(same(&alice.own(json!({ "MFAOptions": options })).await)).await.all();
    assert_eq!(alice.shown().await["MFAOptions"], options);
}

async fn set_mfa_preference(world: &World) {
    let alice = Alice::with(world, sms(), json!({})).await;
    let on = json!({ "SMSMfaSettings": { "Enabled": true, "PreferredMfa": true } });
    world.storm(same(&alice.own(on).await)).await.all();
    assert_eq!(alice.shown().await["PreferredMfaSetting"], "SMS_MFA");
}

async fn with_software_tokens(world: &World) -> Alice<'_> {
    let alice = Alice::new(world).await;
    let factor = json!({
        "UserPoolId": alice.pool, "MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": { "Enabled": true },
    });
    alice.server.admin().ok("SetUserPoolMfaConfig", factor).await;
    alice
}

async fn associate_software_token(world: &World) {
    let alice = with_software_tokens(world).await;
    let answers = world.storm(same(&alice.own(json!({})).await)).await.all();
    assert!(answers.iter().all(|answer| answer["SecretCode"].is_string()));
}

async fn verify_software_token(world: &World) {
    let alice = with_software_tokens(world).await;
    let own = alice.own(json!({})).await;
    let secret = alice.server.public().ok("AssociateSoftwareToken", own.clone()).await;
    let secret = totp::secret_from_text(secret["SecretCode"].as_str().unwrap()).unwrap();
    let code = totp::code(&secret, totp::step_at(alice.server.clock().outside().seconds()));
    // Where it is registered already, there is none to be registered.
    world.storm(same(&with(&own, json!({ "UserCode": code })))).await.only(1, &["InvalidParameterException"]);
}

/// Alice, in a pool with passkeys, and an input with her token.
async fn with_passkeys(world: &World) -> (Alice<'_>, Value) {
    let policy = json!({ "AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"] });
    let alice = Alice::with(world, json!({ "Policies": { "SignInPolicy": policy } }), json!({})).await;
    let rp = json!({ "UserPoolId": alice.pool, "WebAuthnConfiguration": { "RelyingPartyId": "example.com" } });
    alice.server.admin().ok("SetUserPoolMfaConfig", rp).await;
    let own = alice.own(json!({})).await;
    (alice, own)
}

async fn credential(alice: &Alice<'_>, own: &Value) -> Value {
    let options = alice.server.public().ok("StartWebAuthnRegistration", own.clone()).await;
    Passkey::new("first", "example.com").create(&options["CredentialCreationOptions"])
}

async fn start_passkey(world: &World) {
    let (_, own) = with_passkeys(world).await;
    world.storm(same(&own)).await.all();
}

async fn complete_passkey(world: &World) {
    let (alice, own) = with_passkeys(world).await;
    let input = with(&own, json!({ "Credential": credential(&alice, &own).await }));
    world.storm(same(&input)).await.only(1, &["WebAuthnChallengeNotFoundException"]);
}

async fn delete_passkey(world: &World) {
    let (alice, own) = with_passkeys(world).await;
    let credential = credential(&alice, &own).await;
    let input = with(&own, json!({ "Credential": credential }));
    alice.server.public().ok("CompleteWebAuthnRegistration", input).await;
    let input = with(&own, json!({ "CredentialId": credential["id"] }));
    world.storm(same(&input)).await.only(1, &["ResourceNotFoundException"]);
}
