//! Authorization codes: docs/cognito/oauth-and-managed-login.md §4.4, §6.3.

use poolhouse_core::grants::authorize::Asked;
use poolhouse_core::grants::token::{self, Proof};
use poolhouse_core::grants::{Credentials, Refusal};
use poolhouse_testkit::on_both;
use poolhouse_wire::Sensitive;
use serde_json::json;
use tokio::join;

use super::{App, CALLBACK, CHALLENGE, claims, error, proof};

on_both! {
    async fn a_code_gives_tokens_once_and_takes_them_back_when_it_comes_again(server) {
        let app = App::new(server).await;
        let code = app.code(&app.asked()).await;
        let tokens = app.redeem(&code).await.unwrap();
        assert!(app.works(&tokens).await);
        assert_eq!(error(app.redeem(&code).await), "invalid_grant");
        assert!(!app.works(&tokens).await);
        assert_eq!(error(app.refresh(tokens.refresh_token.as_ref().unwrap()).await), "invalid_grant");
        // Another code of the same login is another sign-in.
        let (login, _) = app.log_in().await;
        let [first, second] = [
            app.granted(&app.asked(), &login, "code").await,
            app.granted(&app.asked(), &login, "code").await,
        ];
        let (first, kept) = (app.redeem(&first).await.unwrap(), app.redeem(&second).await.unwrap());
        assert_ne!(claims(&first.access_token)["origin_jti"], claims(&kept.access_token)["origin_jti"]);
        assert_eq!(error(app.redeem(&second).await), "invalid_grant");
        assert!(app.works(&first).await && !app.works(&kept).await);
    }

    async fn of_many_uses_at_once_one_gives_tokens(server) {
        let app = App::new(server).await;
        for _ in 0..5 {
            let code = app.code(&app.asked()).await;
            let use_it = || app.redeem(&code);
            let results = join!(use_it(), use_it(), use_it(), use_it(), use_it(), use_it());
            let results = [results.0, results.1, results.2, results.3, results.4, results.5];
            let given: Vec<_> = results.into_iter().filter_map(Result::ok).collect();
            assert_eq!(given.len(), 1);
            assert!(!app.works(&given[0]).await, "another use of the code was seen");
        }
    }

    async fn a_code_lives_five_minutes(server) {
        let app = App::new(server).await;
        let (young, old) = (app.code(&app.asked()).await, app.code(&app.asked()).await);
        server.clock().advance_seconds(5 * 60 - 1);
        app.redeem(&young).await.unwrap();
        server.clock().advance_seconds(1);
        assert_eq!(error(app.redeem(&old).await), "invalid_grant");
    }

    async fn what_a_code_was_made_for_must_be_shown_and_a_failure_uses_it_up(server) {
        let app = App::new(server).await;
        let other = App::in_pool(server, &app.pool, json!({})).await;
        let wrong = [
            Proof { code_verifier: None, ..proof() },
            Proof { code_verifier: Some("wrong".into()), ..proof() },
            Proof { code_verifier: Some(CHALLENGE.into()), ..proof() },
            Proof { redirect_uri: Some(format!("{CALLBACK}/")), ..proof() },
        ];
        for proof in wrong {
            let code = app.code(&app.asked()).await;
            assert_eq!(error(app.redeem_with(&code, &proof).await), "invalid_grant", "{proof:?}");
            assert_eq!(error(app.redeem(&code).await), "invalid_grant");
        }
        let code = app.code(&app.asked()).await;
        assert_eq!(error(other.redeem(&code).await), "invalid_grant");
        assert_eq!(error(app.redeem(&code).await), "invalid_grant");
        // A request that is not whole is none at all.
        let code = app.code(&app.asked()).await;
        let without = Proof { redirect_uri: None, ..proof() };
        assert_eq!(error(app.redeem_with(&code, &without).await), "invalid_request");
        app.redeem(&code).await.unwrap();
        for garbage in ["", "x", "18949a73-a41f-4950-8c5e-bfea15023a0c"] {
            assert_eq!(error(app.redeem(garbage).await), "invalid_grant");
        }
    }

    // Who took the challenge out of the request would have the code of somebody else redeemed.
    async fn a_verifier_without_a_challenge_proves_nothing(server) {
        let app = App::new(server).await;
        let asked = Asked { code_challenge: None, code_challenge_method: None, ..app.asked() };
        let code = app.code(&asked).await;
        assert_eq!(error(app.redeem(&code).await), "invalid_grant");
        let code = app.code(&asked).await;
        app.redeem_with(&code, &Proof { code_verifier: None, ..proof() }).await.unwrap();
    }

    async fn codes_of_another_pool_are_noise(server) {
        let (app, other) = (App::new(server).await, App::new(server).await);
        let code = other.code(&other.asked()).await;
        assert_eq!(error(app.redeem(&code).await), "invalid_grant");
        // It was not used up.
        other.redeem(&code).await.unwrap();
        // A client of another pool is not known at this domain.
        let code = app.code(&app.asked()).await;
        let foreign =
            token::authorization_code(&other.page(), &other.pool, &app.credentials(), &code, &proof(), None).await;
        assert_eq!(error(foreign), "invalid_client");
    }

    async fn what_became_of_the_user_since_counts(server) {
        let app = App::new(server).await;
        let of_alice = json!({ "UserPoolId": app.pool, "Username": "alice" });
        for operation in ["AdminUserGlobalSignOut", "AdminDisableUser", "AdminResetUserPassword"] {
            let code = app.code(&app.asked()).await;
            server.admin().ok(operation, of_alice.clone()).await;
            assert_eq!(error(app.redeem(&code).await), "invalid_grant", "{operation}");
            server.admin().ok("AdminEnableUser", of_alice.clone()).await;
        }
        let password = json!({
            "UserPoolId": app.pool, "Username": "alice", "Password": "Correct-Horse-7", "Permanent": true,
        });
        server.admin().ok("AdminSetUserPassword", password).await;
        let code = app.code(&app.asked()).await;
        server.admin().ok("AdminDeleteUser", of_alice).await;
        assert_eq!(error(app.redeem(&code).await), "invalid_grant");
        assert_eq!(error(app.redeem(&code).await), "invalid_grant");
    }

    async fn a_client_proves_itself_in_the_way_it_has(server) {
        let app = App::with(server, json!({ "GenerateSecret": true })).await;
        let secret = app.secret.clone().unwrap();
        let id = app.client.to_string();
        let basic = |id: &str, secret: &str| Credentials { basic: Some((id.to_owned(), secret.into())), ..Credentials::default() };
        let body = |secret: Option<&str>| Credentials {
            client_id: Some(id.clone()), client_secret: secret.map(Sensitive::from), ..Credentials::default()
        };
        let redeem = async |credentials: &Credentials| {
            let code = app.code(&app.asked()).await;
            token::authorization_code(&app.page(), &app.pool, credentials, &code, &proof(), None).await
        };
        let added = json!({ "UserPoolId": app.pool, "ClientId": id, "ClientSecret": "aSecondSecret+12345678901" });
        server.admin().ok("AddUserPoolClientSecret", added).await;
        let good = [
            basic(&id, &secret),
            Credentials { client_id: Some(id.clone()), ..basic(&id, &secret) },
            body(Some(&secret)),
            basic(&id, "aSecondSecret+12345678901"),
            basic(&id, "aSecondSecret%2B12345678901"),
        ];
        for credentials in good {
            assert!(redeem(&credentials).await.is_ok(), "{credentials:?}");
        }
        for credentials in [body(None), body(Some("wrong")), basic(&id, "wrong"), basic(&id, "")] {
            let refusal = redeem(&credentials).await.unwrap_err();
            assert_eq!(refusal.error(), (Some("invalid_client"), Some("invalid_client_secret")), "{credentials:?}");
        }
        for credentials in [
            basic("absent", &secret),
            Credentials { client_id: Some("other".to_owned()), ..basic(&id, &secret) },
        ] {
            let refusal = redeem(&credentials).await.unwrap_err();
            assert_eq!(refusal.error(), (Some("invalid_client"), None), "{credentials:?}");
        }
        let twice = Credentials { client_secret: Some(secret.clone()), ..basic(&id, &secret) };
        assert_eq!(error(redeem(&twice).await), "invalid_request");
        assert_eq!(error(redeem(&Credentials::default()).await), "invalid_request");

        let public = App::in_pool(server, &app.pool, json!({})).await;
        let code = public.code(&public.asked()).await;
        let with_secret = Credentials { client_secret: Some("any".into()), ..public.credentials() };
        let refused =
            token::authorization_code(&public.page(), &public.pool, &with_secret, &code, &proof(), None).await;
        assert!(matches!(refused, Err(Refusal::InvalidClient(None))), "{refused:?}");
        let empty = Credentials { client_secret: Some("".into()), ..public.credentials() };
        token::authorization_code(&public.page(), &public.pool, &empty, &code, &proof(), None).await.unwrap();
    }

    async fn a_deleted_client_is_none(server) {
        let app = App::new(server).await;
        let (code, tokens) = (app.code(&app.asked()).await, app.tokens(&app.asked()).await);
        let client = json!({ "UserPoolId": app.pool, "ClientId": app.client.as_str() });
        server.admin().ok("DeleteUserPoolClient", client).await;
        assert_eq!(error(app.redeem(&code).await), "invalid_client");
        assert_eq!(error(app.refresh(tokens.refresh_token.as_ref().unwrap()).await), "invalid_client");
        assert!(!app.works(&tokens).await);
    }

    async fn a_scope_that_cannot_be_read_gives_nothing(server) {
        let app = App::with(server, json!({ "ReadAttributes": ["email", "name"] })).await;
        assert_eq!(error(app.redeem(&app.code(&app.asked()).await).await), "invalid_grant");
        let asked = Asked { scope: Some("openid".to_owned()), ..app.asked() };
        app.tokens(&asked).await;
    }

    async fn a_function_that_refuses_is_quoted_and_the_code_is_used_up(server) {
        let app = App::new(server).await;
        let function = server.failing_function("refuse", "No tokens for you");
        let lambda = json!({ "UserPoolId": app.pool, "LambdaConfig": { "PreTokenGeneration": function } });
        let code = app.code(&app.asked()).await;
        server.admin().ok("UpdateUserPool", lambda).await;
        let refusal = app.redeem(&code).await.unwrap_err();
        let (error_code, description) = refusal.error();
        assert_eq!(error_code, Some("invalid_grant"));
        assert!(description.unwrap().contains("No tokens for you"), "{description:?}");
        server.admin().ok("UpdateUserPool", json!({ "UserPoolId": app.pool })).await;
        assert_eq!(error(app.redeem(&code).await), "invalid_grant");
    }
}
