//! USER_AUTH with WEB_AUTHN.

use poolhouse_testkit::{Passkey, claims, on_both};
use serde_json::{Value, json};

use super::{Alice, RP};

fn incorrect() -> (String, String) {
    ("NotAuthorizedException".to_owned(), "Incorrect username or password.".to_owned())
}

impl Alice<'_> {
    /// The challenge WEB_AUTHN of a sign-in.
    async fn challenge(&self) -> Value {
        let answer = self.begin("alice").await;
        assert_eq!(answer["ChallengeName"], "WEB_AUTHN", "{answer}");
        answer
    }

    async fn begin(&self, username: &str) -> Value {
        let input = json!({
            "AuthFlow": "USER_AUTH",
            "ClientId": self.client,
            "AuthParameters": { "USERNAME": username, "PREFERRED_CHALLENGE": "WEB_AUTHN" },
        });
        self.server.public().ok("InitiateAuth", input).await
    }

    fn proof(&self, challenge: &Value, passkey: &Passkey) -> Value {
        let options = challenge["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"].as_str().unwrap();
        let credential = passkey.get(&serde_json::from_str(options).unwrap());
        json!({
            "ClientId": self.client,
            "ChallengeName": "WEB_AUTHN",
            "Session": challenge["Session"],
            "ChallengeResponses": { "USERNAME": "alice", "CREDENTIAL": credential.to_string() },
        })
    }

    /// Signs in with a passkey: "in", or the error.
    pub(crate) async fn sign_in(&self, passkey: &Passkey) -> String {
        let proof = self.proof(&self.challenge().await, passkey);
        match self.server.public().call("RespondToAuthChallenge", proof).await {
            Ok(_) => "in".to_owned(),
            Err(error) => error.code,
        }
    }

    async fn respond(&self, input: Value) -> Value {
        self.server.public().ok("RespondToAuthChallenge", input).await
    }

    async fn respond_refused(&self, input: Value) -> (String, String) {
        self.server.public().refused("RespondToAuthChallenge", input).await
    }
}

on_both! {
    async fn a_passkey_signs_in(server) {
        let alice = Alice::new(server).await;
        let passkey = alice.passkey("first").await;
        let challenge = alice.challenge().await;
        let options = challenge["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"].as_str().unwrap();
        let mut options: Value = serde_json::from_str(options).unwrap();
        assert!(options["challenge"].take().is_string());
        // authentication §13.4, documented
        let expected = json!({
            "challenge": null,
            "timeout": 60000,
            "rpId": RP,
            "allowCredentials": [{
                "id": passkey.id(), "type": "public-key", "transports": ["hybrid", "internal"],
            }],
            "userVerification": "preferred",
        });
        assert_eq!(options, expected);
        let answer = alice.respond(alice.proof(&challenge, &passkey)).await;
        assert_eq!(claims(&answer["AuthenticationResult"]["AccessToken"])["username"], "alice");
    }

    async fn a_passkey_can_be_chosen(server) {
        let alice = Alice::new(server).await;
        let passkey = alice.passkey("first").await;
        let input = json!({
            "AuthFlow": "USER_AUTH", "ClientId": alice.client, "AuthParameters": { "USERNAME": "alice" },
        });
        let choice = server.public().ok("InitiateAuth", input).await;
        assert_eq!(choice["AvailableChallenges"], json!(["PASSWORD_SRP", "PASSWORD", "WEB_AUTHN"]));
        let challenge = alice.respond(json!({
            "ClientId": alice.client,
            "ChallengeName": "SELECT_CHALLENGE",
            "Session": choice["Session"],
            "ChallengeResponses": { "USERNAME": "alice", "ANSWER": "WEB_AUTHN" },
        })).await;
        let answer = alice.respond(alice.proof(&challenge, &passkey)).await;
        assert!(answer["AuthenticationResult"].is_object());
    }

    async fn a_passkey_is_among_the_factors_of_its_user(server) {
        let alice = Alice::new(server).await;
        let factors = async || {
            let own = alice.ok("GetUserAuthFactors", json!({})).await["ConfiguredUserAuthFactors"].clone();
            let input = json!({ "UserPoolId": alice.pool, "Username": "alice" });
            let shown = server.admin().ok("AdminGetUserAuthFactors", input).await;
            assert_eq!(shown["ConfiguredUserAuthFactors"], own);
            own
        };
        assert_eq!(factors().await, json!(["PASSWORD"]));
        alice.passkey("first").await;
        assert_eq!(factors().await, json!(["PASSWORD", "WEB_AUTHN"]));
    }

    async fn without_a_passkey_there_is_no_such_choice(server) {
        let alice = Alice::new(server).await;
        let answer = alice.begin("alice").await;
        assert_eq!(answer["ChallengeName"], "SELECT_CHALLENGE");
        assert_eq!(answer["AvailableChallenges"], json!(["PASSWORD_SRP", "PASSWORD"]));
        let passkey = alice.passkey("first").await;
        let challenge = alice.challenge().await;
        let proof = alice.proof(&challenge, &passkey);
        alice.ok("DeleteWebAuthnCredential", json!({ "CredentialId": passkey.id() })).await;
        assert!(alice.server.public().call("RespondToAuthChallenge", proof).await.is_err());
    }

    async fn a_proof_counts_once_and_for_its_session(server) {
        let alice = Alice::new(server).await;
        let passkey = alice.passkey("first").await;
        let first = alice.challenge().await;
        let second = alice.challenge().await;
        let proof = alice.proof(&first, &passkey);
        let mut mixed = proof.clone();
        mixed["Session"] = second["Session"].clone();
        assert_eq!(alice.respond_refused(mixed).await, incorrect());
        alice.respond(proof.clone()).await;
        let used = "Invalid session for the user, session can only be used once.";
        assert_eq!(alice.respond_refused(proof).await.1, used);
    }

    async fn a_counter_that_does_not_move_on_is_refused(server) {
        let alice = Alice::new(server).await;
        let mut passkey = alice.passkey("first").await;
        passkey.count = 7;
        alice.respond(alice.proof(&alice.challenge().await, &passkey)).await;
        for count in [7, 6, 0] {
            passkey.count = count;
            let proof = alice.proof(&alice.challenge().await, &passkey);
            assert_eq!(alice.respond_refused(proof).await, incorrect(), "{count}");
        }
        passkey.count = 8;
        alice.respond(alice.proof(&alice.challenge().await, &passkey)).await;
    }

    async fn foreign_proofs_are_refused(server) {
        let alice = Alice::new(server).await;
        let mut passkey = alice.passkey("first").await;
        let stranger = Passkey::new("stranger", RP);
        assert_eq!(alice.respond_refused(alice.proof(&alice.challenge().await, &stranger)).await, incorrect());
        // The right identifier with another key.
        let forged = Passkey::new("first", RP);
        assert_eq!(alice.respond_refused(alice.proof(&alice.challenge().await, &forged)).await, incorrect());
        "https://evil.test".clone_into(&mut passkey.origin);
        assert_eq!(alice.respond_refused(alice.proof(&alice.challenge().await, &passkey)).await, incorrect());
        "https://example.com".clone_into(&mut passkey.origin);
        // Nothing can be guessed at a signature: wrong ones lock nobody out, whoever sends them.
        for credential in [json!("no json"), json!("{}"), json!("[]")] {
            let mut proof = alice.proof(&alice.challenge().await, &passkey);
            proof["ChallengeResponses"]["CREDENTIAL"] = credential;
            assert_eq!(alice.respond_refused(proof).await, incorrect());
        }
    }

    // Who only knows a name must not lock anybody out, of this or of another factor; and nothing is written.
    async fn wrong_proofs_lock_nobody_out(server) {
        let alice = Alice::new(server).await;
        let passkey = alice.passkey("first").await;
        let challenge = alice.challenge().await;
        let commits = server.engine().store().transactions();
        for credential in ["{}", "no json"].iter().cycle().take(20) {
            let mut proof = alice.proof(&challenge, &passkey);
            proof["ChallengeResponses"]["CREDENTIAL"] = json!(credential);
            assert_eq!(alice.respond_refused(proof).await, incorrect());
        }
        assert_eq!(server.engine().store().transactions(), commits);
        server.sign_in(&alice.client, "alice").await;
        alice.respond(alice.proof(&challenge, &passkey)).await;
    }

    async fn users_are_verified_where_a_passkey_is_as_good_as_two_factors(server) {
        let multi = json!({
            "RelyingPartyId": RP, "FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION",
        });
        let alice = Alice::with(server, multi).await;
        let mut passkey = alice.passkey("first").await;
        passkey.verifies = false;
        assert_eq!(alice.respond_refused(alice.proof(&alice.challenge().await, &passkey)).await, incorrect());
        passkey.verifies = true;
        alice.respond(alice.proof(&alice.challenge().await, &passkey)).await;
    }
}
