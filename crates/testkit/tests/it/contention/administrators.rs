//! What administrators do to users.

use poolhouse_testkit::TestServer;
use serde_json::{Value, json};

use super::alice::{ATTRIBUTES, Alice, crowd};
use super::world::{CALLERS, World, each, same, with};

kinds! {
    AdminCreateUser => create,
    AdminDeleteUser => delete,
    AdminUpdateUserAttributes => update_attributes,
    AdminDeleteUserAttributes => delete_attributes,
    AdminDisableUser => disable,
    AdminEnableUser => enable,
    AdminSetUserPassword => set_password,
    AdminSetUserSettings => set_settings,
    AdminSetUserMFAPreference => set_mfa_preference,
    AdminDeleteSoftwareToken => delete_software_token,
    AdminUserGlobalSignOut => sign_out,
    AdminConfirmSignUp => confirm_sign_up,
    AdminResetUserPassword => reset_password,
}

async fn create(world: &World) {
    let factors = json!({ "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] });
    let settings = json!({ "Policies": { "SignInPolicy": factors }, "AliasAttributes": ["email"] });
    let pool = world.server().pool(settings).await;
    let email = |address: String| json!([
        { "Name": "email", "Value": address }, { "Name": "email_verified", "Value": "true" },
    ]);
    let user = |name: String, address: String| {
        json!({
            "UserPoolId": pool, "Username": name, "MessageAction": "SUPPRESS", "UserAttributes": email(address),
        })
    };
    let own = |n| user(format!("u{n}"), format!("u{n}@example.com"));
    world.storm((0..CALLERS).map(own)).await.all();
    let name = user("bob".to_owned(), "bob@example.com".to_owned());
    world.storm(same(&name)).await.only(1, &["UsernameExistsException"]);
    // One address, which is a name too.
    let address = |n| user(format!("v{n}"), "carol@example.com".to_owned());
    world.storm((0..CALLERS).map(address)).await.only(1, &["AliasExistsException"]);
    assert_eq!(world.count("ListUsers", "Users", json!({ "UserPoolId": pool })).await, CALLERS + 2);
}

async fn delete(world: &World) {
    let pool = json!({ "UserPoolId": crowd(world).await });
    world.storm(same(&with(&pool, json!({ "Username": "u7" })))).await.only(1, &["UserNotFoundException"]);
    world.storm(each(&pool, "Username", "u")).await.only(CALLERS - 1, &["UserNotFoundException"]);
    assert_eq!(world.count("ListUsers", "Users", pool).await, 0);
}

async fn update_attributes(world: &World) {
    let alice = Alice::new(world).await;
    let one = |n: usize| {
        let attribute = json!({ "Name": ATTRIBUTES[n / 2 % ATTRIBUTES.len()], "Value": n.to_string() });
        alice.named(json!({ "UserAttributes": [attribute] }))
    };
    world.storm((0..CALLERS).map(one)).await.all();
    alice.assert_attributes(true).await;
}

async fn delete_attributes(world: &World) {
    let alice = Alice::new(world).await;
    alice.give_attributes().await;
    let one = |n: usize| {
        alice.named(json!({ "UserAttributeNames": [ATTRIBUTES[n / 2 % ATTRIBUTES.len()]] }))
    };
    world.storm((0..CALLERS).map(one)).await.all();
    alice.assert_attributes(false).await;
}

async fn disable(world: &World) {
    let alice = Alice::new(world).await;
    world.storm(same(&alice.named(json!({})))).await.all();
    assert_eq!(alice.shown().await["Enabled"], false);
}

async fn enable(world: &World) {
    let alice = Alice::new(world).await;
    alice.server.admin().ok("AdminDisableUser", alice.named(json!({}))).await;
    world.storm(same(&alice.named(json!({})))).await.all();
    assert_eq!(alice.shown().await["Enabled"], true);
    alice.sign_in().await;
}

async fn set_password(world: &World) {
    let alice = Alice::new(world).await;
    let password = json!({ "Password": TestServer::PASSWORD, "Permanent": true });
    world.storm(same(&alice.named(password))).await.all();
    alice.sign_in().await;
}

async fn set_settings(world: &World) {
    let alice = Alice::new(world).await;
    let options = json!([{ "DeliveryMedium": "SMS", "AttributeName": "phone_number" }]);
    world.storm(same(&alice.named(json!({ "MFAOptions": options })))).await.all();
    assert_eq!(alice.shown().await["MFAOptions"], options);
}

/// A pool with SMS as a second factor.
pub(crate) fn sms() -> Value {
    json!({
        "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::000000000000:role/sms", "ExternalId": "x" },
        "MfaConfiguration": "OPTIONAL",
    })
}

async fn set_mfa_preference(world: &World) {
    let alice = Alice::with(world, sms(), json!({})).await;
    let on = json!({ "SMSMfaSettings": { "Enabled": true, "PreferredMfa": true } });
    world.storm(same(&alice.named(on))).await.all();
    assert_eq!(alice.shown().await["PreferredMfaSetting"], "SMS_MFA");
}

async fn delete_software_token(world: &World) {
    let alice = Alice::new(world).await;
    world.storm(same(&alice.named(json!({})))).await.all();
}

async fn sign_out(world: &World) {
    let alice = Alice::new(world).await;
    let token = alice.own(json!({})).await;
    world.storm(same(&alice.named(json!({})))).await.all();
    let (code, _) = alice.server.public().refused("GetUser", token).await;
    assert_eq!(code, "NotAuthorizedException");
}

async fn confirm_sign_up(world: &World) {
    let alice = Alice::new(world).await;
    let bob = json!({ "ClientId": alice.client, "Username": "bob", "Password": TestServer::PASSWORD });
    alice.server.public().ok("SignUp", bob).await;
    let input = json!({ "UserPoolId": alice.pool, "Username": "bob" });
    world.storm(same(&input)).await.only(1, &["NotAuthorizedException"]);
    alice.server.sign_in(&alice.client, "bob").await;
}

async fn reset_password(world: &World) {
    let alice = Alice::new(world).await;
    world.storm(same(&alice.named(json!({})))).await.all();
    assert_eq!(alice.shown().await["UserStatus"], "RESET_REQUIRED");
}
