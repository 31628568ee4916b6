//! The public surface as its users see it: what is shared between threads, matched, and shown.

use std::path::Path;

use poolhouse_client::http::{
    AccessToken, Authorization, Authorized, Guarded, IdToken, Rejection, RequireToken,
};
use poolhouse_client::{
    Admin, AttributeMap, Attributes, AuthorizationRequest, Challenge, Claims, Client, ClientBuilder,
    CodeDelivery, CodeStep, ConfirmSignUpRequest, CreateUserRequest, CustomStep, DeliveryMedium, Device,
    DeviceCredentials, Error, ErrorKind, Flow, Group, GroupRequest, IdentityPoolCredentials,
    IdentityProvider, Invitation, KeySource, ListUsers, Listing, LoopbackListener, MembershipChange,
    MembershipError, MfaMethod, MfaPreference, MfaSetupStep, NewDevice, NewPasswordStep, OtherStep, Page,
    PasswordStep, PendingAuthorization, PendingSignIn, ProviderKind, ProviderRequest, RedirectError,
    SelectChallengeStep, SelectMfaTypeStep, ServiceError, SignIn, SignInRequest, SignUpRequest, SignedIn,
    SignedUp, SoftwareTokenSetup, TokenError, TokenKind, Tokens, TotpSecret, TransportError, User,
    UserStatus, Verifier, VerifierBuilder, WebAuthnCredential, WebAuthnStep,
};

/// Handles, steps, requests, records and errors go wherever a program sends them.
#[test]
fn everything_is_clone_send_and_sync() {
    macro_rules! shared {
        ($($name:ty),+ $(,)?) => { $(assert_shared::<$name>();)+ };
    }
    fn assert_shared<T: Clone + Send + Sync + 'static>() {}
    shared!(Client, ClientBuilder, Admin, SignedIn, Verifier, VerifierBuilder, Authorization, RequireToken);
    shared!(SignIn, NewPasswordStep, CodeStep, MfaSetupStep, SoftwareTokenSetup, SelectMfaTypeStep);
    shared!(SelectChallengeStep, PasswordStep, WebAuthnStep, CustomStep, OtherStep, PendingSignIn);
    shared!(AuthorizationRequest, IdentityPoolCredentials, PendingAuthorization, RedirectError);
    shared!(SignInRequest, SignUpRequest, ConfirmSignUpRequest, CreateUserRequest, GroupRequest, ListUsers);
    shared!(ProviderRequest, Attributes, AttributeMap, User, Group, Device, IdentityProvider, CodeDelivery);
    shared!(Claims, Tokens, TotpSecret, DeviceCredentials, NewDevice, SignedUp, MfaPreference, Page<User>);
    shared!(Error, ServiceError, TokenError, TransportError, MembershipError, MembershipChange, Rejection);
    shared!(WebAuthnCredential, Flow, KeySource, MfaMethod, TokenKind, AccessToken, IdToken);
    shared!(
        Authorized<()>,
        Guarded<()>,
        Challenge,
        DeliveryMedium,
        ErrorKind,
        Invitation,
        ProviderKind,
        UserStatus
    );

    fn sent<T: Send + Unpin + 'static>() {}
    sent::<Listing<User>>();

    fn error<E: std::error::Error + Send + Sync + 'static>() {}
    error::<Error>();
    error::<TokenError>();
    error::<RedirectError>();
    error::<TransportError>();
    error::<MembershipError>();
    error::<Rejection>();
}

/// Calls can be spawned as tasks.
#[test]
fn futures_can_be_sent() {
    fn sent<F: Future + Send>(_: F) {}
    let (client, admin) = clients();
    sent(client.sign_in("alice").password("x").send());
    sent(client.sign_up("alice").send());
    sent(client.with_tokens(Tokens::new("a", "i", None)));
    sent(client.verifier().verify_access("a"));
    sent(LoopbackListener::bind());
    sent(client.guest_credentials("us-east-1:x").unwrap().get());
    sent(client.complete_authorization(authorization(), ""));
    sent(async { LoopbackListener::bind().await?.complete(&client, authorization()).await });
    sent(admin.get_user("alice"));
    sent(admin.list_groups().all());
    sent(admin.update_user_pool_client("id", |update| update));
    sent(Authorization::by_password(client, "alice", "x").value());
}

/// What may grow is matched with a wildcard: these would not compile without one, and that is the point.
#[test]
fn enums_may_grow() {
    fn sign_in(step: &SignIn) -> &'static str {
        match step {
            SignIn::Complete(_) => "tokens",
            SignIn::NewPasswordRequired(_) => "new password",
            SignIn::SoftwareTokenMfa(_) | SignIn::SmsMfa(_) | SignIn::EmailOtp(_) | SignIn::SmsOtp(_) => {
                "code"
            }
            SignIn::MfaSetup(_) => "set-up",
            SignIn::SelectMfaType(_) | SignIn::SelectChallenge(_) => "choice",
            SignIn::Password(_) | SignIn::WebAuthn(_) | SignIn::Custom(_) | SignIn::Other(_) => "proof",
            _ => "new",
        }
    }
    let (client, _) = clients();
    assert_eq!(sign_in(&client.resume_sign_in(pending("SOFTWARE_TOKEN_MFA"))), "code");
    assert_eq!(sign_in(&client.resume_sign_in(pending("NEVER_HEARD_OF"))), "proof");
    let is_wrong_password = |error: &Error| match error {
        Error::Service { kind: ErrorKind::NotAuthorized, source, .. } => source.status == 400,
        _ => false,
    };
    assert!(!is_wrong_password(&Error::SignedOut));
    let advice = |error: &TokenError| match error {
        TokenError::Expired => "renew it",
        TokenError::UnknownKey | TokenError::KeysUnavailable => "try later",
        _ => "sign in",
    };
    assert_eq!(advice(&TokenError::UnknownKey), "try later");
}

fn clients() -> (Client, Admin) {
    let client = Client::builder("us-east-1_x").client_id("app").client_secret("hidden-secret");
    let client = client.access_key("id", "hidden-key").build().unwrap();
    let admin = client.admin().unwrap();
    (client, admin)
}

/// A step that waits.
fn pending(challenge: &str) -> PendingSignIn {
    serde_json::from_value(kept(challenge, 1)).unwrap()
}

/// A sign-in by a browser that waits.
fn authorization() -> PendingAuthorization {
    let stored = serde_json::json!({
        "v": 1, "url": "https://x/?state=hidden", "redirect_uri": "http://127.0.0.1/callback",
        "state": "hidden", "nonce": "hidden", "verifier": "hidden",
    });
    serde_json::from_value(stored).unwrap()
}

/// A step as it is stored.
fn kept(challenge: &str, version: u32) -> serde_json::Value {
    serde_json::json!({
        "v": version,
        "challenge": challenge,
        "session": "hidden-session",
        "parameters": { "USERNAME": "hidden-name" },
        "available": [],
        "username": "hidden-name",
        "admin": false,
        "metadata": { "code": "hidden-metadata" },
        "device": { "key": "key", "group_key": "group", "password": "hidden-device" },
    })
}

/// What is stored has a version: another one is refused, not misread.
#[test]
fn a_step_is_kept_in_a_form_with_a_version() {
    let again = serde_json::to_value(pending("SMS_MFA")).unwrap();
    assert_eq!(again, kept("SMS_MFA", 1));
    let newer = serde_json::from_value::<PendingSignIn>(kept("SMS_MFA", 2)).unwrap_err();
    assert!(newer.to_string().contains("begin it anew"), "{newer}");
}

/// No password, token, session, code or secret stands in any `Debug` output.
#[test]
fn nothing_secret_is_shown() {
    let (client, admin) = clients();
    let client = client.with_client_metadata("code", "hidden-metadata");
    let device = DeviceCredentials::new("key", "group", "hidden-device");
    let shown = [
        format!("{client:?} {admin:?} {:?}", client.verifier()),
        format!("{:?}", Client::builder("us-east-1_x").client_secret("hidden-secret")),
        format!(
            "{:?}",
            client.sign_in("alice").password("hidden").session("hidden").client_metadata("a", "hidden")
        ),
        format!("{:?}", client.sign_in("alice").device(device.clone())),
        format!("{:?}", client.sign_up("alice").password("hidden").validation_data("captcha", "hidden")),
        format!("{:?}", client.confirm_sign_up("alice", "hidden").session("hidden")),
        format!(
            "{:?}",
            admin.create_user("alice").temporary_password("hidden").client_metadata("a", "hidden")
        ),
        format!("{:?}", admin.update_identity_provider("Google").detail("client_secret", "hidden")),
        format!("{:?}", Authorization::by_password(client.clone(), "alice", "hidden")),
        format!("{:?} {device:?}", Tokens::new("hidden", "hidden", Some("hidden".to_owned()))),
        format!("{:?}", pending("SMS_MFA")),
        format!("{:?}", authorization()),
        format!("{:?}", client.resume_sign_in(pending("SMS_MFA"))),
        format!("{:?}", client.resume_sign_in(pending("NEVER_HEARD_OF"))),
    ];
    for text in shown {
        assert!(!text.contains("hidden"), "{text}");
    }
}

/// Every public type has an example in its documentation; rustdoc's own lint for it is not stable.
#[test]
fn every_public_type_has_an_example() {
    const ITEMS: [&str; 5] = ["pub struct ", "pub enum ", "pub trait ", "pub type ", "pub mod "];
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut missing, mut count) = (vec![source.clone()], Vec::new(), 0);
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let mut has_example = false;
            for line in text.lines().map(str::trim) {
                if line.starts_with("///") {
                    has_example |= line.contains("```");
                } else if !line.starts_with("#[") {
                    // A macro's item gets its documentation where the macro is used.
                    if ITEMS.iter().any(|item| line.starts_with(item)) && !line.contains('$') {
                        count += 1;
                        let module = line.strip_prefix("pub mod ").map(|name| name.trim_end_matches(';'));
                        has_example |= module.is_some_and(|name| begins_with_an_example(&source, name));
                        if !has_example {
                            missing.push(format!("{}: {line}", path.display()));
                        }
                    }
                    has_example = false;
                }
            }
        }
    }
    assert!(count > 50, "the items are not where they are looked for");
    assert!(missing.is_empty(), "without an example:\n{}", missing.join("\n"));
    assert!(begins_with_an_example(&source, "lib"));
}

/// Whether the documentation of a module has an example.
fn begins_with_an_example(source: &Path, module: &str) -> bool {
    let text = std::fs::read_to_string(source.join(module).with_extension("rs")).unwrap();
    text.lines().take_while(|line| line.starts_with("//!")).any(|line| line.contains("```"))
}

/// No page of the guide is left out of those whose examples are compiled, and no example of theirs is passed over.
#[test]
fn every_page_of_the_guide_is_compiled() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let compiled = std::fs::read_to_string(root.join("src/lib.rs")).unwrap();
    for page in std::fs::read_dir(root.join("../../docs/client")).unwrap().map(|entry| entry.unwrap().path())
    {
        let (name, text) = (page.file_name().unwrap(), std::fs::read_to_string(&page).unwrap());
        let here = format!("docs/client/{}\"", name.to_str().unwrap());
        assert!(compiled.contains(&here) || !text.contains("```rust"), "{name:?} is not compiled");
        assert!(!text.contains("ignore"), "{name:?} has an example that is not compiled");
    }
}
