//! The users whom providers make (federation §6, §7, users-and-groups §5).

use poolhouse_testkit::idp::Answer;
use poolhouse_testkit::{START, claims, on_both};
use serde_json::{Value, json};

use super::{Shop, attribute, good, invalid, told};

/// All triggers that a sign-in may call.
fn all_triggers(function: &str) -> Value {
    json!({
        "PreSignUp": function, "PostConfirmation": function, "PreAuthentication": function,
        "PostAuthentication": function, "PreTokenGeneration": function,
        "InboundFederation": { "LambdaVersion": "V1_0", "LambdaArn": function },
    })
}

on_both! {
    async fn the_first_sign_in_makes_a_user(server) {
        let shop = Shop::new(server).await;
        let answer = shop.sign_in(json!({ "sub": "a1" })).await;
        let tokens = shop.tokens(&answer).await;
        let user = shop.user("Corp_a1").await;
        assert_eq!((&user["UserStatus"], &user["Enabled"]), (&json!("EXTERNAL_PROVIDER"), &json!(true)));
        assert_eq!(attribute(&user, "email").as_deref(), Some("ada@example.com"));
        assert_eq!(attribute(&user, "email_verified").as_deref(), Some("false"));
        let identities: Value = serde_json::from_str(&attribute(&user, "identities").unwrap()).unwrap();
        assert_eq!(identities, json!([{
            "userId": "a1", "providerName": "Corp", "providerType": "OIDC", "issuer": null, "primary": true,
            "dateCreated": START.millis(),
        }]));
        let group = format!("{}_Corp", shop.pool);
        assert_eq!(shop.groups("Corp_a1").await, [&*group]);
        // federation §11
        let id = claims(&tokens["id_token"]);
        assert_eq!(id["cognito:username"], "Corp_a1");
        assert_eq!(id["cognito:groups"], json!([group]));
        assert_eq!(id["identities"][0]["primary"], "true");
        assert!(id["nonce"].is_string() && id["at_hash"].is_string());
        assert_eq!(claims(&tokens["access_token"])["cognito:groups"], json!([group]));
        // Only a domain lets them in (federation §6).
        let sign_in = json!({
            "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": shop.client,
            "AuthParameters": { "USERNAME": "Corp_a1", "PASSWORD": "Correct-Horse-7" },
        });
        assert_eq!(server.public().refused("InitiateAuth", sign_in).await.0, "NotAuthorizedException");
    }

    async fn a_later_sign_in_is_of_the_same_user(server) {
        let shop = Shop::new(server).await;
        shop.sign_in(json!({})).await;
        let before = shop.user("Corp_1").await;
        server.clock().advance_seconds(60);
        // What is the same writes nothing.
        assert!(shop.sign_in(json!({})).await.parameter("code").is_some());
        assert_eq!(shop.user("Corp_1").await["UserLastModifiedDate"], before["UserLastModifiedDate"]);
        assert!(shop.sign_in(json!({ "name": "Ada L." })).await.parameter("code").is_some());
        let after = shop.user("Corp_1").await;
        assert_eq!(attribute(&after, "name").as_deref(), Some("Ada L."));
        assert_eq!(attribute(&after, "sub"), attribute(&before, "sub"));
        assert_eq!(shop.users().await.len(), 1);
    }

    // federation §7
    async fn triggers_are_called_in_their_order(server) {
        let shop = Shop::new(server).await;
        let function = server.function("f", |_| {});
        shop.triggers(all_triggers(&function)).await;
        let first = shop.sign_in(json!({})).await;
        let events = server.take_events();
        let sources: Vec<&str> = events.iter().map(|event| event["triggerSource"].as_str().unwrap()).collect();
        assert_eq!(sources, [
            "InboundFederation_ExternalProvider", "PreSignUp_ExternalProvider", "PostConfirmation_ConfirmSignUp",
        ]);
        assert!(events.iter().all(|event| event["userName"] == "Corp_1"));
        let request = &events[0]["request"];
        assert_eq!((&request["providerName"], &request["providerType"]), (&json!("Corp"), &json!("OIDC")));
        assert_eq!(request["attributes"]["idToken"]["email"], "ada@example.com");
        let access_token = request["attributes"]["tokenResponse"]["access_token"].as_str().unwrap();
        assert!(access_token.starts_with("at-code-"), "{access_token}");
        assert_eq!(request["attributes"]["userInfo"]["sub"], "1");
        assert_eq!(events[1]["request"]["userAttributes"]["email"], "ada@example.com");
        shop.tokens(&first).await;
        assert_eq!(server.take_sources(), ["TokenGeneration_HostedAuth"]);
        shop.sign_in(json!({})).await;
        assert_eq!(server.take_sources(), [
            "InboundFederation_ExternalProvider", "PreAuthentication_Authentication",
            "PostAuthentication_Authentication",
        ]);
    }

    // federation §12: a blank at the end
    async fn a_function_that_refuses_leads_back_to_the_application(server) {
        let shop = Shop::new(server).await;
        let no = server.failing_function("no", "not you");
        let inbound = json!({ "LambdaVersion": "V1_0", "LambdaArn": no });
        for (config, name) in [
            (json!({ "InboundFederation": inbound }), "InboundFederation"),
            (json!({ "PreSignUp": no }), "PreSignUp"),
        ] {
            shop.triggers(config).await;
            let answer = shop.sign_in(json!({})).await;
            assert_eq!(told(&answer), invalid(&format!("{name} failed with error not you. ")));
            assert!(shop.users().await.is_empty());
        }
        shop.triggers(json!({ "PostConfirmation": no })).await;
        let answer = shop.sign_in(json!({})).await;
        assert_eq!(told(&answer), invalid("PostConfirmation failed with error not you. "));
        assert_eq!(shop.users().await, ["Corp_1"], "the user is there all the same");
        for name in ["PreAuthentication", "PostAuthentication"] {
            let mut config = json!({});
            config[name] = json!(no);
            shop.triggers(config).await;
            let answer = shop.sign_in(json!({})).await;
            assert_eq!(told(&answer), invalid(&format!("{name} failed with error not you. ")));
        }
    }

    // triggers-and-messages §8.11: what is left out is dropped, nothing at all changes nothing
    async fn a_function_chooses_what_is_mapped(server) {
        let shop = Shop::new(server).await;
        let function = server.function("f", |event| {
            event["response"]["userAttributesToMap"] = json!({ "name": "Somebody" });
        });
        let inbound = json!({ "LambdaVersion": "V1_0", "LambdaArn": function });
        shop.triggers(json!({ "InboundFederation": inbound })).await;
        shop.sign_in(json!({})).await;
        let user = shop.user("Corp_1").await;
        assert_eq!(attribute(&user, "name").as_deref(), Some("Somebody"));
        assert_eq!(attribute(&user, "email"), None);
    }

    async fn a_function_may_write_the_user_while_they_sign_in(server) {
        let shop = Shop::new(server).await;
        shop.sign_in(json!({})).await;
        let state = json!({ "UserPoolId": shop.pool, "Username": "Corp_1" });
        assert!(shop.sign_in(json!({})).await.parameter("code").is_some());
        server.admin().ok("AdminDisableUser", state.clone()).await;
        let answer = shop.sign_in(json!({ "name": "changed" })).await;
        assert_eq!(told(&answer), invalid("User is not enabled"));
        assert_eq!(attribute(&shop.user("Corp_1").await, "name").as_deref(), Some("Ada"));
        server.admin().ok("AdminEnableUser", state).await;
        assert!(shop.sign_in(json!({})).await.parameter("code").is_some());
    }

    async fn two_first_sign_ins_at_once_make_one_user(server) {
        let shop = Shop::new(server).await;
        let (mut one, mut two) = (shop.browser(), shop.browser());
        let mut urls = Vec::new();
        for (browser, code) in [(&mut one, "c1"), (&mut two, "c2")] {
            let waiting = shop.go(browser, &[]).await;
            shop.idp.answers(code, Answer::of(good(&waiting.nonce, json!({}))));
            urls.push(format!("/oauth2/idpresponse?code={code}&state={}", waiting.state));
        }
        let (first, second) = tokio::join!(one.get(&urls[0]), two.get(&urls[1]));
        assert!(first.parameter("code").is_some() && second.parameter("code").is_some());
        assert_eq!(shop.users().await, ["Corp_1"]);
    }

    // users-and-groups §5: the group comes back; who was taken out of it stays out
    async fn the_group_is_made_again_where_it_is_missing(server) {
        let shop = Shop::new(server).await;
        let group = format!("{}_Corp", shop.pool);
        server.admin().ok("DeleteGroup", json!({ "UserPoolId": shop.pool, "GroupName": group })).await;
        shop.sign_in(json!({})).await;
        assert_eq!(shop.groups("Corp_1").await, [&*group]);
        let member = json!({ "UserPoolId": shop.pool, "Username": "Corp_1", "GroupName": group });
        server.admin().ok("AdminRemoveUserFromGroup", member).await;
        shop.sign_in(json!({})).await;
        assert!(shop.groups("Corp_1").await.is_empty());
        server.admin().ok("DeleteGroup", json!({ "UserPoolId": shop.pool, "GroupName": group })).await;
        shop.sign_in(json!({})).await;
        assert_eq!(shop.groups("Corp_1").await, [group]);
    }

    // federation §6, §12
    async fn a_name_that_is_somebody_elses_is_refused(server) {
        let shop = Shop::new(server).await;
        server.user(&shop.pool, "Corp_1", json!({})).await;
        let answer = shop.sign_in(json!({})).await;
        assert_eq!(told(&answer), invalid("Already found an entry for username Corp_1"));
        // Not even a user without a password is theirs.
        let own = json!({ "UserPoolId": shop.pool, "User": {
            "ProviderName": "Cognito", "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": "Corp_1",
        } });
        server.admin().ok("AdminDisableProviderForUser", own).await;
        let answer = shop.sign_in(json!({})).await;
        assert_eq!(told(&answer), invalid("Already found an entry for username Corp_1"));
        for sub in ["with blank", "tab\tbed", &"x".repeat(124)] {
            let answer = shop.sign_in(json!({ "sub": sub })).await;
            assert!(told(&answer).1.starts_with("Invalid user attributes: username:"), "{sub}");
        }
    }

    // federation §6, documented
    async fn letter_case_is_the_pools(server) {
        let pool = json!({ "UsernameConfiguration": { "CaseSensitive": false } });
        let shop = Shop::with(server, pool, json!({}), json!({})).await;
        assert!(shop.sign_in(json!({ "sub": "AbC" })).await.parameter("code").is_some());
        assert_eq!(shop.users().await, ["corp_abc"]);
        // Another subject is another user, and has no name left.
        let answer = shop.sign_in(json!({ "sub": "abc" })).await;
        assert_eq!(told(&answer), invalid("Already found an entry for username corp_abc"));
    }

    // Whoever comes by a provider alone is in nobody's way with an address.
    async fn an_address_may_be_of_several_users(server) {
        let pool = json!({ "UsernameAttributes": ["email"] });
        let shop = Shop::with(server, pool, json!({}), json!({})).await;
        server.user(&shop.pool, "ada@example.com", json!({})).await;
        for sub in ["1", "2"] {
            assert!(shop.sign_in(json!({ "sub": sub })).await.parameter("code").is_some());
        }
        assert_eq!(shop.users().await.len(), 3);
        assert_eq!(attribute(&shop.user("Corp_2").await, "email").as_deref(), Some("ada@example.com"));
    }

    async fn a_login_is_taken_up_by_clients_of_the_provider(server) {
        let shop = Shop::new(server).await;
        let mut browser = shop.browser();
        shop.sign_in_at(&mut browser, json!({})).await;
        for provider in ["Corp", ""] {
            let again = browser.get(&shop.url(&[("identity_provider", provider)])).await;
            assert!(again.parameter("code").is_some(), "{}", again.location());
        }
        // Somebody who came by Corp is nobody of the pool's own.
        let again = browser.get(&shop.url(&[("identity_provider", "COGNITO")])).await;
        assert!(again.location().contains("/login?"), "{}", again.location());
        let gone = json!({ "UserPoolId": shop.pool, "ProviderName": "Corp" });
        server.admin().ok("DeleteIdentityProvider", gone).await;
        let again = browser.get(&shop.url(&[("identity_provider", "")])).await;
        assert!(again.location().contains("/login?"), "{}", again.location());
    }
}
