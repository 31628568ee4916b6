//! The risk of sign-ins, and what is done about it (operations-and-protection §9.3, docs/protection.md).

use poolhouse_core::findings::Finding;
use poolhouse_testkit::{TestServer, on_both, refusal};
use serde_json::{Value, json};

use super::protected;
use super::user::{AWAY, Alice, CHROME, FIREFOX, HOME};

/// The same action for every level.
fn always(action: &str, notify: bool) -> Value {
    let action = json!({ "Notify": notify, "EventAction": action });
    let mut takeover =
        json!({ "Actions": { "LowAction": action, "MediumAction": action, "HighAction": action } });
    if notify {
        takeover["NotifyConfiguration"] = json!({
            "From": "guard@example.com", "ReplyTo": "help@example.com",
            "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/example.com",
        });
    }
    json!({ "AccountTakeoverRiskConfiguration": takeover })
}

fn refused_for_risk() -> (String, String) {
    // The text is open.
    refusal("NotAuthorizedException", "Unable to login because of security reasons.")
}

fn incorrect() -> (String, String) {
    refusal("NotAuthorizedException", "Incorrect username or password.")
}

/// Decision and level of an event.
fn found(event: &Value) -> (&str, Option<&str>) {
    (event["EventRisk"]["RiskDecision"].as_str().unwrap(), event["EventRisk"]["RiskLevel"].as_str())
}

/// How often risks were found: of account takeover, of blocked addresses, any, none.
fn findings(server: &TestServer) -> Vec<u64> {
    Finding::ALL.into_iter().map(|finding| server.engine().state().findings().of(finding)).collect()
}

on_both! {
    async fn the_level_grows_with_what_is_new(server) {
        let alice = Alice::new(server, "AUDIT").await;
        for (caller, expected) in [
            (alice.away(), ("NoRisk", None)), // the first one
            (alice.away(), ("NoRisk", None)),
            (server.public().at(AWAY).with(FIREFOX), ("AccountTakeover", Some("Low"))),
            (server.public().at(HOME).with("curl/8"), ("AccountTakeover", Some("Medium"))),
            (alice.home(), ("NoRisk", None)), // both are known by now
        ] {
            alice.sign_in(caller).await;
            assert_eq!(found(&alice.newest().await), expected, "{caller:?}");
        }
        for _ in 0..3 {
            alice.refused(alice.home(), "wrong").await;
        }
        alice.sign_in(server.public().at("203.0.113.1").with("app/1")).await;
        assert_eq!(found(&alice.newest().await), ("AccountTakeover", Some("High")));
        assert_eq!(findings(server), [3, 0, 0, 3, 3]);
    }

    async fn feedback_teaches(server) {
        let alice = Alice::new(server, "AUDIT").await;
        alice.sign_in(alice.home()).await;
        alice.sign_in(alice.away()).await;
        let input = json!({ "EventId": alice.newest().await["EventId"], "FeedbackValue": "Invalid" });
        alice.admin("AdminUpdateAuthEventFeedback", input).await;
        alice.sign_in(alice.away()).await;
        assert_eq!(found(&alice.newest().await), ("AccountTakeover", Some("Medium")));
    }

    // documented: AUDIT has no effect
    async fn an_audit_changes_nothing(server) {
        let alice = Alice::new(server, "AUDIT").await;
        let mut blocks = always("BLOCK", true);
        blocks["RiskExceptionConfiguration"] = json!({ "BlockedIPRangeList": ["198.51.100.0/24"] });
        alice.configure(blocks).await;
        alice.sign_in(alice.home()).await;
        let output = alice.sign_in(alice.away()).await;
        assert!(output["AuthenticationResult"]["AccessToken"].is_string());
        assert_eq!(found(&alice.newest().await), ("AccountTakeover", Some("Medium")));
        assert!(server.messages("alice").is_empty());
    }

    async fn a_risky_sign_in_is_blocked_and_told(server) {
        let alice = Alice::new(server, "ENFORCED").await;
        alice.configure(always("BLOCK", true)).await;
        alice.sign_in(alice.home()).await;
        assert_eq!(alice.refused(alice.away(), TestServer::PASSWORD).await, refused_for_risk());
        let event = alice.newest().await;
        assert_eq!((&event["EventResponse"], found(&event)), (&json!("Fail"), ("AccountTakeover", Some("Medium"))));
        assert_eq!(event["EventContextData"], json!({ "IpAddress": AWAY, "DeviceName": "Chrome, Windows" }));
        let mails = server.messages("alice");
        assert_eq!(mails.len(), 1);
        let mail = &mails[0];
        // documented
        assert_eq!((&*mail.subject, &*mail.destination), ("Blocked sign-in attempt", "alice@example.com"));
        assert_eq!((mail.from.as_deref(), mail.reply_to.as_deref()), (Some("guard@example.com"), Some("help@example.com")));
        for told in ["Tue Jan 1 00:00:02 UTC 2030", "Chrome, Windows", AWAY, "authEventFeedback"] {
            assert!(mail.body.contains(told), "{told}: {}", mail.body);
        }
        // A wrong password is told as such; nobody else is told anything.
        assert_eq!(alice.refused(alice.away(), "wrong").await, incorrect());
        assert_eq!(server.messages("alice").len(), 1);
        alice.sign_in(alice.home()).await;
    }

    async fn each_level_has_its_action(server) {
        let alice = Alice::new(server, "ENFORCED").await;
        let action = |action: &str| json!({ "Notify": false, "EventAction": action });
        alice.configure(json!({ "AccountTakeoverRiskConfiguration": { "Actions": {
            "LowAction": action("NO_ACTION"), "HighAction": action("BLOCK"),
        } } })).await;
        alice.sign_in(alice.home()).await;
        alice.sign_in(server.public().at(AWAY).with(FIREFOX)).await;
        assert_eq!(found(&alice.newest().await), ("AccountTakeover", Some("Low")));
        alice.sign_in(server.public().at("203.0.113.1").with(CHROME)).await; // no action is given
        assert_eq!(found(&alice.newest().await), ("AccountTakeover", Some("Medium")));
        for _ in 0..3 {
            alice.refused(alice.home(), "wrong").await;
        }
        let stranger = server.public().at("233.252.0.1").with("curl/8");
        assert_eq!(alice.refused(stranger, TestServer::PASSWORD).await, refused_for_risk());
        assert_eq!(found(&alice.newest().await), ("AccountTakeover", Some("High")));
    }

    // documented
    async fn a_second_factor_is_demanded_of_everybody_or_of_who_has_one(server) {
        for (action, is_let_in) in [("MFA_IF_CONFIGURED", true), ("MFA_REQUIRED", false)] {
            let alice = Alice::new(server, "ENFORCED").await;
            alice.configure(always(action, false)).await;
            alice.sign_in(alice.home()).await;
            let first = alice.password(TestServer::PASSWORD);
            server.clock().advance_seconds(1);
            match alice.away().call("InitiateAuth", first).await {
                Ok(output) => assert!(is_let_in && output["AuthenticationResult"].is_object(), "{action}"),
                Err(error) => {
                    assert_eq!((is_let_in, (error.code, error.message)), (false, refused_for_risk()), "{action}");
                    assert_eq!(alice.newest().await["EventResponse"], "Fail");
                }
            }
            alice.turn_on_codes().await;
            let stranger = server.public().at("203.0.113.1").with("curl/8");
            let challenge = alice.sign_in(stranger).await;
            assert_eq!(challenge["ChallengeName"], "SMS_MFA", "{action}");
            stranger.ok("RespondToAuthChallenge", alice.code(&challenge, &server.code("alice"))).await;
            let event = alice.newest().await;
            assert_eq!((&event["EventResponse"], found(&event)), (&json!("Pass"), ("AccountTakeover", Some("Medium"))));
        }
    }

    // A new password is no way round it.
    async fn who_must_have_a_second_factor_must_have_it_after_a_new_password_too(server) {
        let alice = Alice::new(server, "ENFORCED").await;
        alice.configure(always("MFA_REQUIRED", false)).await;
        alice.sign_in(alice.home()).await;
        let input = json!({ "Password": "Temp0rary!Pass", "Permanent": false });
        alice.admin("AdminSetUserPassword", input).await;
        server.clock().advance_seconds(1);
        let challenge = alice.away().ok("InitiateAuth", alice.password("Temp0rary!Pass")).await;
        assert_eq!(challenge["ChallengeName"], "NEW_PASSWORD_REQUIRED");
        let input = json!({
            "ClientId": alice.client, "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": challenge["Session"],
            "ChallengeResponses": { "USERNAME": "alice", "NEW_PASSWORD": "Another-Horse-8" },
        });
        assert_eq!(alice.away().refused("RespondToAuthChallenge", input).await, refused_for_risk());
        assert_eq!(alice.newest().await["EventResponse"], "Fail");
    }

    async fn mails_are_in_the_pools_words(server) {
        let alice = Alice::new(server, "ENFORCED").await;
        let mut blocks = always("NO_ACTION", true);
        let notify = &mut blocks["AccountTakeoverRiskConfiguration"]["NotifyConfiguration"];
        notify["NoActionEmail"] = json!({
            "Subject": "Hello", "TextBody": "<{device-name}> at {ip-address}\n{city} {country} {other} {event-id}",
        });
        notify["MfaEmail"] = json!({ "Subject": "Code asked", "HtmlBody": "<p>{one-click-link-valid}</p>" });
        alice.configure(blocks).await;
        alice.sign_in(alice.home()).await;
        alice.sign_in(server.public().at(AWAY).with("<b>/1")).await;
        let mail = server.messages("alice").remove(0);
        let id = alice.newest().await["EventId"].as_str().unwrap().to_owned();
        assert_eq!(mail.kind, "CustomMessage_AccountTakeOverNotification");
        let body = format!("&lt;&lt;b&gt;&gt; at {AWAY}<br>\nunknown unknown {{other}} {id}");
        assert_eq!((&*mail.subject, mail.body), ("Hello", body));
    }

    async fn nobody_signs_in_from_a_blocked_address(server) {
        let alice = Alice::new(server, "ENFORCED").await;
        let begun = {
            alice.turn_on_codes().await;
            alice.sign_in(alice.home()).await
        };
        alice.configure(json!({ "RiskExceptionConfiguration": {
            "BlockedIPRangeList": ["198.51.100.0/24", "2001:db8::/32"], "SkippedIPRangeList": ["198.51.100.0/24"],
        } })).await;
        for password in [TestServer::PASSWORD, "wrong"] {
            assert_eq!(alice.refused(alice.away(), password).await, refused_for_risk());
            let event = alice.newest().await;
            assert_eq!((&event["EventResponse"], found(&event)), (&json!("Fail"), ("Block", None)));
            assert_eq!(event["ChallengeResponses"], json!([]));
        }
        let mut unknown = alice.password("wrong");
        unknown["AuthParameters"]["USERNAME"] = json!("nobody");
        assert_eq!(alice.away().refused("InitiateAuth", unknown).await, refused_for_risk());
        // nor goes on with what was begun elsewhere
        let input = alice.code(&begun, &server.code("alice"));
        let inside = server.public().at("2001:db8::1").with(FIREFOX);
        assert_eq!(inside.refused("RespondToAuthChallenge", input.clone()).await, refused_for_risk());
        let tokens = alice.home().ok("RespondToAuthChallenge", input).await["AuthenticationResult"].clone();
        // Who is signed in stays so.
        let refresh = json!({
            "AuthFlow": "REFRESH_TOKEN_AUTH", "ClientId": alice.client,
            "AuthParameters": { "REFRESH_TOKEN": tokens["RefreshToken"] },
        });
        alice.away().ok("InitiateAuth", refresh).await;
        assert_eq!(findings(server), [0, 0, 4, 4, 1]);
    }

    async fn a_blocked_address_does_not_fill_the_table(server) {
        let alice = Alice::new(server, "ENFORCED").await;
        alice.configure(json!({ "RiskExceptionConfiguration": { "BlockedIPRangeList": ["198.51.100.0/24"] } })).await;
        for _ in 0..70 {
            assert_eq!(alice.refused(alice.away(), "wrong").await, refused_for_risk());
        }
        let first = alice.admin("AdminListUserAuthEvents", json!({})).await;
        assert_eq!(first["AuthEvents"].as_array().unwrap().len(), 60);
        assert!(first.get("NextToken").is_none());
    }

    async fn of_a_skipped_address_no_risk_is_looked_for(server) {
        let alice = Alice::new(server, "ENFORCED").await;
        let mut blocks = always("BLOCK", false);
        blocks["RiskExceptionConfiguration"] = json!({ "SkippedIPRangeList": ["198.51.100.0/24"] });
        alice.configure(blocks).await;
        alice.sign_in(alice.home()).await;
        alice.sign_in(alice.away()).await;
        assert_eq!(found(&alice.newest().await), ("NoRisk", None));
    }

    async fn a_client_has_its_own_rules(server) {
        let alice = Alice::new(server, "ENFORCED").await;
        alice.configure(always("BLOCK", false)).await;
        let lenient = Alice { server, pool: alice.pool.clone(), client: server.client(&alice.pool, json!({})).await };
        let mut blocks = always("NO_ACTION", false);
        blocks["ClientId"] = json!(lenient.client);
        lenient.configure(blocks).await;
        alice.sign_in(alice.home()).await;
        assert_eq!(alice.refused(alice.away(), TestServer::PASSWORD).await, refused_for_risk());
        lenient.sign_in(lenient.away()).await;
    }

    // the model: functions have a mode of their own; operations-and-protection §14: they ask for what they
    // want themselves
    async fn functions_that_lead_a_sign_in_have_a_mode_of_their_own(server) {
        let define = server.function("define", |event| event["response"]["issueTokens"] = json!(true));
        for (mode, action, is_let_in, decision) in [
            (Value::Null, "BLOCK", true, "NoRisk"),
            (json!("AUDIT"), "BLOCK", true, "AccountTakeover"),
            (json!("ENFORCED"), "BLOCK", false, "AccountTakeover"),
            (json!("ENFORCED"), "MFA_REQUIRED", true, "AccountTakeover"),
        ] {
            let mut settings = protected("ENFORCED");
            settings["LambdaConfig"] = json!({ "DefineAuthChallenge": define });
            if !mode.is_null() {
                settings["UserPoolAddOns"]["AdvancedSecurityAdditionalFlows"] = json!({ "CustomAuthMode": mode });
            }
            let mut alice = Alice::with(server, settings).await;
            alice.configure(always(action, false)).await;
            alice.sign_in(alice.home()).await;
            let flows = json!({ "ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"] });
            alice.client = server.client(&alice.pool, flows).await;
            server.clock().advance_seconds(1);
            let input = json!({
                "AuthFlow": "CUSTOM_AUTH", "ClientId": alice.client, "AuthParameters": { "USERNAME": "alice" },
            });
            let output = alice.away().call("InitiateAuth", input).await;
            assert_eq!(output.is_ok(), is_let_in, "{mode} {action}: {output:?}");
            assert_eq!(found(&alice.newest().await).0, decision, "{mode} {action}");
        }
    }
}
