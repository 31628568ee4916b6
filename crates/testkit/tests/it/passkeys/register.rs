//! StartWebAuthnRegistration and CompleteWebAuthnRegistration.

use poolhouse_testkit::{Passkey, on_both};
use serde_json::{Value, json};

use super::{Alice, RP, ids};

const NOT_FOUND: &str = "WebAuthnChallengeNotFoundException";

on_both! {
    async fn the_options_are_what_browsers_take(server) {
        let alice = Alice::new(server).await;
        let first = alice.passkey("first").await;
        let mut options = alice.options().await;
        let challenge = options["challenge"].take();
        let user = options["user"]["id"].take();
        // authentication §13.4, documented
        let expected = json!({
            "rp": { "id": RP, "name": RP },
            "user": { "id": null, "name": "alice", "displayName": "alice" },
            "challenge": null,
            "pubKeyCredParams": [{ "type": "public-key", "alg": -7 }, { "type": "public-key", "alg": -257 }],
            "timeout": 60000,
            "excludeCredentials": [{ "type": "public-key", "id": first.id() }],
            "authenticatorSelection": {
                "requireResidentKey": true, "residentKey": "required", "userVerification": "preferred",
            },
        });
        assert_eq!(options, expected);
        let base64url = |text: &Value| text.as_str().unwrap().bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        assert!(base64url(&challenge) && base64url(&user));
        assert_ne!(alice.options().await["challenge"], challenge);
    }

    async fn a_passkey_is_registered(server) {
        let alice = Alice::new(server).await;
        let passkey = alice.passkey("first").await;
        let list = alice.ok("ListWebAuthnCredentials", json!({})).await;
        let expected = json!({ "Credentials": [{
            "CredentialId": passkey.id(),
            "FriendlyCredentialName": "Passkey of this device",
            "RelyingPartyId": RP,
            "AuthenticatorAttachment": "platform",
            "AuthenticatorTransports": ["hybrid", "internal"],
            "CreatedAt": f64::from(i32::try_from(server.now().seconds()).unwrap()),
        }] });
        assert_eq!(list, expected);
    }

    async fn a_challenge_is_answered_once_in_time_and_by_its_user(server) {
        let alice = Alice::new(server).await;
        let mut passkey = Passkey::new("first", RP);
        let credential = passkey.create(&alice.options().await);
        alice.ok("CompleteWebAuthnRegistration", json!({ "Credential": credential })).await;
        assert_eq!(alice.code(credential).await, NOT_FOUND);
        let other = Alice::new(server).await;
        assert_eq!(alice.code(Passkey::new("x", RP).create(&other.options().await)).await, NOT_FOUND);
        server.user(&alice.pool, "bob", json!({})).await;
        let bob = server.sign_in(&alice.client, "bob").await;
        let credential = Passkey::new("x", RP).create(&alice.options().await);
        let input = json!({ "AccessToken": bob["AccessToken"], "Credential": credential });
        assert_eq!(server.public().refused("CompleteWebAuthnRegistration", input).await.0, NOT_FOUND);
        let made_up = Passkey::new("x", RP).create(&json!({ "challenge": "AAAAAAAAAAAAAAAAAAAAAA" }));
        assert_eq!(alice.code(made_up).await, NOT_FOUND);
        let options = alice.options().await;
        server.clock().advance_seconds(299);
        let in_time = Passkey::new("second", RP).create(&options);
        server.clock().advance_seconds(1);
        assert_eq!(alice.code(in_time).await, NOT_FOUND);
        let list = alice.ok("ListWebAuthnCredentials", json!({})).await;
        assert_eq!(ids(&list), [passkey.id()]);
    }

    async fn what_was_started_with_one_client_is_not_completed_with_another(server) {
        let alice = Alice::new(server).await;
        let other = server.client(&alice.pool, json!({})).await;
        let token = server.sign_in(&other, "alice").await["AccessToken"].clone();
        let credential = Passkey::new("first", RP).create(&alice.options().await);
        let input = json!({ "AccessToken": token, "Credential": credential });
        let code = server.public().refused("CompleteWebAuthnRegistration", input).await.0;
        assert_eq!(code, "WebAuthnClientMismatchException");
        alice.ok("CompleteWebAuthnRegistration", json!({ "Credential": credential })).await;
    }

    async fn foreign_pages_and_relying_parties_are_refused(server) {
        let alice = Alice::new(server).await;
        for (origin, rp_id, expected) in [
            ("https://evil.test", RP, "WebAuthnOriginNotAllowedException"),
            ("http://example.com", RP, "WebAuthnOriginNotAllowedException"),
            ("https://example.com", "evil.test", "WebAuthnRelyingPartyMismatchException"),
        ] {
            let mut passkey = Passkey::new("first", rp_id);
            origin.clone_into(&mut passkey.origin);
            assert_eq!(alice.code(passkey.create(&alice.options().await)).await, expected);
        }
        let mut below = Passkey::new("first", RP);
        "https://login.example.com".clone_into(&mut below.origin);
        let credential = below.create(&alice.options().await);
        alice.ok("CompleteWebAuthnRegistration", json!({ "Credential": credential })).await;
    }

    async fn users_are_verified_where_the_pool_says_so(server) {
        let required = json!({ "RelyingPartyId": RP, "UserVerification": "required" });
        let alice = Alice::with(server, required).await;
        let options = alice.options().await;
        assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
        let mut passkey = Passkey::new("first", RP);
        passkey.verifies = false;
        assert_eq!(alice.code(passkey.create(&options)).await, "WebAuthnCredentialNotSupportedException");
        passkey.verifies = true;
        let credential = passkey.create(&options);
        alice.ok("CompleteWebAuthnRegistration", json!({ "Credential": credential })).await;
    }

    async fn broken_credentials_are_refused(server) {
        let alice = Alice::new(server).await;
        let good = Passkey::new("first", RP).create(&alice.options().await);
        for (pointer, value) in [
            ("/id", json!("b3RoZXI")),
            ("/rawId", json!("b3RoZXI")),
            ("/type", json!("password")),
            ("/response/attestationObject", json!("AAAA")),
            ("/response/attestationObject", json!("!")),
            ("/response/clientDataJSON", json!("AAAA")),
            ("/response/clientDataJSON", json!(7)),
            ("/response", json!(null)),
        ] {
            let mut broken = good.clone();
            *broken.pointer_mut(pointer).unwrap() = value;
            assert_eq!(alice.code(broken).await, "InvalidParameterException", "{pointer}");
        }
        for broken in [json!({}), json!([]), json!("text")] {
            assert_eq!(alice.code(broken).await, "InvalidParameterException");
        }
        alice.ok("CompleteWebAuthnRegistration", json!({ "Credential": good })).await;
    }

    async fn a_passkey_belongs_to_one_user(server) {
        let alice = Alice::new(server).await;
        let mut passkey = alice.passkey("first").await;
        let again = passkey.create(&alice.options().await);
        assert_eq!(alice.code(again).await, "InvalidParameterException");
    }

    async fn passkeys_are_switched_on_first(server) {
        // A pool where only passwords begin a sign-in, and one without a relying party.
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        let token = server.sign_in(&client, "alice").await["AccessToken"].clone();
        for (operation, input) in [
            ("StartWebAuthnRegistration", json!({ "AccessToken": token })),
            ("CompleteWebAuthnRegistration", json!({ "AccessToken": token, "Credential": {} })),
        ] {
            assert_eq!(server.public().refused(operation, input).await.0, "WebAuthnNotEnabledException");
        }
        let alice = Alice::with(server, json!({})).await;
        let code = alice.refused("StartWebAuthnRegistration", json!({})).await.0;
        assert_eq!(code, "WebAuthnConfigurationMissingException");
    }
}
