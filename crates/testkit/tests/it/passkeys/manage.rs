//! ListWebAuthnCredentials and DeleteWebAuthnCredential.

use poolhouse_testkit::{Passkey, on_both};
use serde_json::{Value, json};

use super::{Alice, RP, ids};

on_both! {
    async fn passkeys_are_listed_oldest_first_and_at_most_twenty(server) {
        let alice = Alice::new(server).await;
        let mut made = Vec::new();
        for number in 0..20 {
            server.clock().advance_seconds(1);
            made.push(alice.passkey(&format!("{}", 99 - number)).await.id());
        }
        let more = Passkey::new("one more", RP).create(&alice.options().await);
        assert_eq!(alice.code(more).await, "LimitExceededException");
        assert_eq!(ids(&alice.ok("ListWebAuthnCredentials", json!({})).await), made);
        let mut found = Vec::new();
        let mut token = Value::Null;
        loop {
            let mut input = json!({ "MaxResults": 8 });
            if !token.is_null() {
                input["NextToken"] = token;
            }
            let page = alice.ok("ListWebAuthnCredentials", input).await;
            found.extend(ids(&page).into_iter().map(str::to_owned));
            token = page["NextToken"].clone();
            if token.is_null() {
                break;
            }
        }
        assert_eq!(found, made);
        for bad in [json!({ "MaxResults": 21 }), json!({ "NextToken": "abc" })] {
            assert_eq!(alice.refused("ListWebAuthnCredentials", bad).await.0, "InvalidParameterException");
        }
    }

    async fn a_deleted_passkey_is_gone_and_only_ones_own(server) {
        let alice = Alice::new(server).await;
        let passkey = alice.passkey("first").await;
        server.user(&alice.pool, "bob", json!({})).await;
        let bob = server.sign_in(&alice.client, "bob").await["AccessToken"].clone();
        let input = json!({ "AccessToken": bob, "CredentialId": passkey.id() });
        let code = server.public().refused("DeleteWebAuthnCredential", input).await.0;
        assert_eq!(code, "ResourceNotFoundException");
        let input = json!({ "CredentialId": passkey.id() });
        assert_eq!(alice.ok("DeleteWebAuthnCredential", input.clone()).await, json!({}));
        assert_eq!(alice.refused("DeleteWebAuthnCredential", input).await.0, "ResourceNotFoundException");
        assert_eq!(alice.ok("ListWebAuthnCredentials", json!({})).await, json!({ "Credentials": [] }));
    }
}
