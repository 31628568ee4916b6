//! What the grants give: docs/cognito/oauth-and-managed-login.md §4.3, §4.7, §6 to §8, docs/cognito/tokens.md §3 to §5.

use poolhouse_core::grants::authorize::{self, Asked, Refused};
use poolhouse_core::grants::{Refusal, revoke, token, user_info};
use poolhouse_crypto::digest;
use poolhouse_testkit::on_both;
use poolhouse_wire::Sensitive;
use serde_json::{Value, json};

use super::{App, claims, error, proof};

fn scope(scope: &str) -> Option<String> {
    Some(scope.to_owned())
}

/// The scopes of an access token, in order.
fn scopes(token: &Sensitive) -> Vec<String> {
    let mut scopes: Vec<String> =
        claims(token)["scope"].as_str().unwrap().split(' ').map(ToOwned::to_owned).collect();
    scopes.sort_unstable();
    scopes
}

async fn user_info(app: &App<'_>, token: &Sensitive) -> Result<Value, user_info::Refused> {
    user_info::of(&app.page(), &app.pool, token).await.map(Value::Object)
}

on_both! {
    async fn tokens_of_a_domain_say_so(server) {
        let app = App::new(server).await;
        let (login, _) = app.log_in().await;
        server.clock().advance_seconds(30);
        let asked = Asked { nonce: Some("n-1".to_owned()), ..app.asked() };
        let code = app.granted(&asked, &login, "code").await;
        let tokens = app.redeem(&code).await.unwrap();
        assert_eq!(tokens.expires_in, 3600);
        let (id, access) = (claims(tokens.id_token.as_ref().unwrap()), claims(&tokens.access_token));
        assert_eq!(scopes(&tokens.access_token), ["api/read", "email", "openid"]);
        assert_eq!((&access["version"], &access["username"]), (&json!(2), &json!("alice")));
        assert_eq!((access.get("aud"), access.get("device_key")), (None, None));
        assert_eq!((id.get("acr"), id.get("amr"), access.get("amr")), (None, None, None));
        let began = login.auth_time.seconds();
        assert_eq!((&id["auth_time"], &access["auth_time"]), (&json!(began), &json!(began)));
        assert_eq!(id["iat"], began + 30);
        assert_eq!((&id["nonce"], &id["aud"]), (&json!("n-1"), &json!(app.client.as_str())));
        let hash = digest::sha256(&[tokens.access_token.as_bytes()]);
        assert_eq!(digest::from_base64url(id["at_hash"].as_str().unwrap()).unwrap(), &hash[..16]);
        // By scope (tokens §3): the pair of `email`, and no name.
        assert_eq!((&id["email"], &id["email_verified"]), (&json!("alice@example.com"), &json!(true)));
        assert_eq!(id.get("name"), None);

        server.clock().advance_seconds(30);
        let again = app.refresh(tokens.refresh_token.as_ref().unwrap()).await.unwrap();
        assert!(again.refresh_token.is_none());
        let (new_id, new_access) = (claims(again.id_token.as_ref().unwrap()), claims(&again.access_token));
        for name in ["auth_time", "origin_jti", "event_id", "scope", "version"] {
            assert_eq!(new_access[name], access[name], "{name}");
        }
        assert_eq!(new_id.get("nonce"), None);
        assert!(new_id.get("at_hash").is_some() && new_access["jti"] != access["jti"]);
    }

    async fn without_openid_there_is_no_id_token(server) {
        let app = App::new(server).await;
        let asked = Asked { scope: scope("api/read"), ..app.asked() };
        let tokens = app.tokens(&asked).await;
        assert!(tokens.id_token.is_none());
        let again = app.refresh(tokens.refresh_token.as_ref().unwrap()).await.unwrap();
        assert!(again.id_token.is_none());
        assert!(matches!(user_info(&app, &tokens.access_token).await, Err(user_info::Refused::NoOpenid)));
    }

    // oauth-and-managed-login §7
    async fn user_info_tells_what_the_scopes_do(server) {
        let all = json!({ "AllowedOAuthScopes": ["openid", "email", "phone", "profile", "aws.cognito.signin.user.admin"] });
        let app = App::with(server, all).await;
        let cases = [
            ("openid", json!({ "name": "Alice", "email": "alice@example.com", "email_verified": "true" })),
            ("openid profile", json!({ "name": "Alice" })),
            ("openid email", json!({ "email": "alice@example.com", "email_verified": "true" })),
            ("openid phone", json!({})),
        ];
        for (asked, expected) in cases {
            let tokens = app.tokens(&Asked { scope: scope(asked), ..app.asked() }).await;
            let mut info = user_info(&app, &tokens.access_token).await.unwrap();
            assert_eq!(info["username"], "alice");
            assert!(info["sub"].is_string());
            let info = info.as_object_mut().unwrap();
            info.retain(|name, _| name != "sub" && name != "username");
            assert_eq!(Value::Object(info.clone()), expected, "{asked}");
        }
        // A token of the API has no openid.
        let result = server.sign_in(&app.client, "alice").await;
        let api: Sensitive = result["AccessToken"].as_str().unwrap().into();
        assert!(matches!(user_info(&app, &api).await, Err(user_info::Refused::NoOpenid)));
        let tokens = app.tokens(&app.asked()).await;
        // With its scope, a token of the domain opens the API (oauth-and-managed-login §4.3).
        let get = json!({ "AccessToken": tokens.access_token.as_str() });
        assert_eq!(server.public().ok("GetUser", get).await["Username"], "alice");
        let other = App::new(server).await;
        let foreign = user_info(&other, &tokens.access_token).await;
        assert!(matches!(foreign, Err(user_info::Refused::InvalidToken)));
        for token in ["", "x.y.z", tokens.id_token.as_ref().unwrap()] {
            assert!(matches!(user_info(&app, &token.into()).await, Err(user_info::Refused::InvalidToken)));
        }
        server.clock().advance_seconds(3600);
        let expired = user_info(&app, &tokens.access_token).await;
        assert!(matches!(expired, Err(user_info::Refused::InvalidToken)));
    }

    // oauth-and-managed-login §4.7
    async fn a_resource_is_the_audience_of_access_tokens(server) {
        let app = App::new(server).await;
        let resource = "https://api.example.com/mcp";
        let asked = Asked { resource: Some(resource.to_owned()), ..app.asked() };
        let redeem = async |resource| {
            let code = app.code(&asked).await;
            token::authorization_code(&app.page(), &app.pool, &app.credentials(), &code, &proof(), resource).await
        };
        assert_eq!(error(redeem(Some("https://other.example.com")).await), "invalid_target");
        redeem(None).await.unwrap();
        let tokens = redeem(Some(resource)).await.unwrap();
        assert_eq!(claims(&tokens.access_token)["aud"], resource);
        assert_eq!(claims(tokens.id_token.as_ref().unwrap())["aud"], app.client.as_str());
        let refresh = tokens.refresh_token.unwrap();
        let again = app.refresh(&refresh).await.unwrap();
        assert_eq!(claims(&again.access_token)["aud"], resource);
        let other = Some("https://other.example.com");
        let refused = token::refresh_token(&app.page(), &app.pool, &app.credentials(), &refresh, other).await;
        assert_eq!(error(refused), "invalid_target");
    }

    // new-operations §9, tokens §13
    async fn levels_are_told_where_they_were_asked_for(server) {
        let app = App::new(server).await;
        let asked = Asked { acr_values: Some("urn:cognito:loa:1".to_owned()), ..app.asked() };
        let tokens = app.tokens(&asked).await;
        let again = app.refresh(tokens.refresh_token.as_ref().unwrap()).await.unwrap();
        for tokens in [tokens, again] {
            for token in [tokens.id_token.unwrap(), tokens.access_token] {
                let claims = claims(&token);
                assert_eq!((&claims["acr"], &claims["amr"]), (&json!("urn:cognito:loa:1"), &json!(["pwd"])));
            }
        }
    }

    // oauth-and-managed-login §4.4
    async fn the_implicit_flow_gives_tokens_at_once(server) {
        let app = App::with(server, json!({ "AllowedOAuthFlows": ["implicit"] })).await;
        let (login, _) = app.log_in().await;
        let asked = Asked {
            response_type: Some("token".to_owned()), state: Some("s".to_owned()), nonce: Some("n".to_owned()),
            code_challenge: None, code_challenge_method: None, ..app.asked()
        };
        let request = app.check(&asked).await.unwrap();
        let redirect = authorize::grant(&app.page(), &request, &login).await.unwrap();
        assert!(redirect.url().starts_with("https://app.example.com/cb#id_token="), "{}", redirect.url());
        assert_eq!(redirect.parameter("token_type"), Some("Bearer"));
        assert_eq!(redirect.parameter("expires_in"), Some("3600"));
        assert_eq!((redirect.parameter("state"), redirect.parameter("refresh_token")), (Some("s"), None));
        let id = claims(&redirect.parameter("id_token").unwrap().into());
        assert_eq!(id["nonce"], "n");
        user_info(&app, &redirect.parameter("access_token").unwrap().into()).await.unwrap();
        assert_eq!(error(app.redeem("x").await), "unauthorized_client");

        let function = server.failing_function("refuse", "No tokens for you");
        let lambda = json!({ "UserPoolId": app.pool, "LambdaConfig": { "PreTokenGeneration": function } });
        server.admin().ok("UpdateUserPool", lambda).await;
        let refused = authorize::grant(&app.page(), &request_again(&app, &asked).await, &login).await;
        let Err(Refused::Redirect(redirect)) = refused else { panic!("{refused:?}") };
        assert_eq!(redirect.parameter("error"), Some("invalid_request"));
        assert!(redirect.parameter("error_description").unwrap().contains("No tokens for you"));
    }

    async fn functions_know_that_a_page_was_used(server) {
        let app = App::new(server).await;
        let function = server.function("tokens", |_| {});
        let lambda = json!({ "UserPoolId": app.pool, "LambdaConfig": {
            "PreTokenGeneration": function, "PostAuthentication": function, "PreAuthentication": function,
        } });
        server.admin().ok("UpdateUserPool", lambda).await;
        let code = app.code(&app.asked()).await;
        assert_eq!(server.take_sources(), ["PreAuthentication_Authentication", "PostAuthentication_Authentication"]);
        let tokens = app.redeem(&code).await.unwrap();
        assert_eq!(server.take_sources(), ["TokenGeneration_HostedAuth"]);
        app.refresh(tokens.refresh_token.as_ref().unwrap()).await.unwrap();
        assert_eq!(server.take_sources(), ["TokenGeneration_RefreshTokens"]);
    }

    // oauth-and-managed-login §6.4
    async fn refresh_tokens_work_at_both_doors(server) {
        let app = App::new(server).await;
        let result = server.sign_in(&app.client, "alice").await;
        let api: Sensitive = result["RefreshToken"].as_str().unwrap().into();
        let tokens = app.refresh(&api).await.unwrap();
        let id = claims(tokens.id_token.as_ref().unwrap());
        assert_eq!((id.get("at_hash"), id.get("name").is_some()), (None, true));
        let access = claims(&tokens.access_token);
        assert_eq!((access.get("version"), &access["scope"]), (None, &json!("aws.cognito.signin.user.admin")));

        let hosted = app.tokens(&app.asked()).await.refresh_token.unwrap();
        let input = json!({
            "AuthFlow": "REFRESH_TOKEN_AUTH", "ClientId": app.client.as_str(),
            "AuthParameters": { "REFRESH_TOKEN": hosted.as_str() },
        });
        let result = server.public().ok("InitiateAuth", input).await["AuthenticationResult"].clone();
        let access = poolhouse_testkit::claims(&result["AccessToken"]);
        assert_eq!((&access["version"], &access["username"]), (&json!(2), &json!("alice")));

        let other = App::in_pool(server, &app.pool, json!({})).await;
        assert_eq!(error(other.refresh(&hosted).await), "invalid_grant");
        assert_eq!(error(app.refresh(&"garbage".into()).await), "invalid_grant");
        let plain = App::in_pool(server, &app.pool, json!({ "AllowedOAuthFlowsUserPoolClient": false })).await;
        let result = server.sign_in(&plain.client, "alice").await;
        let of_plain: Sensitive = result["RefreshToken"].as_str().unwrap().into();
        assert_eq!(error(plain.refresh(&of_plain).await), "invalid_grant");
        server.clock().advance_seconds(30 * 24 * 3600);
        assert_eq!(error(app.refresh(&hosted).await), "invalid_grant");
    }

    // tokens §9.3
    async fn refresh_tokens_rotate(server) {
        let rotation = json!({
            "RefreshTokenRotation": { "Feature": "ENABLED", "RetryGracePeriodSeconds": 0 },
            "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
        });
        let app = App::with(server, rotation).await;
        let first = app.tokens(&app.asked()).await.refresh_token.unwrap();
        let second = app.refresh(&first).await.unwrap().refresh_token.unwrap();
        assert_eq!(error(app.refresh(&first).await), "invalid_grant");
        let third = app.refresh(&second).await.unwrap().refresh_token.unwrap();
        assert_ne!(second, third);
    }

    // oauth-and-managed-login §6.5
    async fn a_client_gets_tokens_for_itself(server) {
        let settings = json!({
            "GenerateSecret": true, "AllowedOAuthFlows": ["client_credentials"],
            "AllowedOAuthScopes": ["api/read", "api/write"], "CallbackURLs": [],
        });
        let app = App::with(server, settings).await;
        let get = async |scope: Option<&str>| {
            token::client_credentials(&app.page(), &app.pool, &app.credentials(), scope, None).await
        };
        let tokens = get(None).await.unwrap();
        assert!(tokens.id_token.is_none() && tokens.refresh_token.is_none());
        let access = claims(&tokens.access_token);
        assert_eq!(scopes(&tokens.access_token), ["api/read", "api/write"]);
        assert_eq!((&access["sub"], &access["version"]), (&json!(app.client.as_str()), &json!(2)));
        assert_eq!(access.get("username"), None);
        assert_eq!(scopes(&get(Some("api/read")).await.unwrap().access_token), ["api/read"]);
        for scope in ["api/none", "openid"] {
            assert_eq!(error(get(Some(scope)).await), "invalid_scope");
        }
        let code = App::in_pool(server, &app.pool, json!({ "GenerateSecret": true })).await;
        let refused = token::client_credentials(&code.page(), &code.pool, &code.credentials(), None, None).await;
        assert_eq!(error(refused), "unauthorized_client");
        assert_eq!(error(app.redeem("x").await), "unauthorized_client");
        assert!(!app.works(&tokens).await);
    }

    // oauth-and-managed-login §8.1
    async fn revocation_ends_a_sign_in(server) {
        let app = App::with(server, json!({ "GenerateSecret": true })).await;
        let revoke = async |app: &App<'_>, token: &str| {
            revoke::token(&app.page(), &app.pool, &app.credentials(), token).await
        };
        let (tokens, kept) = (app.tokens(&app.asked()).await, app.tokens(&app.asked()).await);
        let refresh = tokens.refresh_token.clone().unwrap();
        let other = App::in_pool(server, &app.pool, json!({})).await;
        for quiet in [revoke(&app, "garbage").await, revoke(&other, &refresh).await] {
            quiet.unwrap();
        }
        assert!(app.works(&tokens).await);
        for token in [&tokens.access_token, tokens.id_token.as_ref().unwrap()] {
            assert!(matches!(revoke(&app, token).await, Err(Refusal::UnsupportedTokenType)));
        }
        let mut stranger = app.credentials();
        stranger.client_secret = Some("wrong".into());
        assert_eq!(error(revoke::token(&app.page(), &app.pool, &stranger, &refresh).await), "invalid_client");
        for _ in 0..2 {
            revoke(&app, &refresh).await.unwrap();
            assert!(!app.works(&tokens).await && app.works(&kept).await);
            assert_eq!(error(app.refresh(&refresh).await), "invalid_grant");
        }
        let off = App::in_pool(server, &app.pool, json!({ "EnableTokenRevocation": false })).await;
        assert_eq!(error(revoke(&off, "garbage").await), "invalid_request");
    }
}

async fn request_again(app: &App<'_>, asked: &Asked) -> authorize::Request {
    app.check(asked).await.unwrap()
}
