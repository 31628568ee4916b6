//! GetClientToken and GetDerivedToken: docs/cognito/new-operations.md §3 and §4.

use poolhouse_testkit::{TestServer, claims, on_both};
use serde_json::{Value, json};

const API_SCOPE: &str = "aws.cognito.signin.user.admin";

/// A pool with a resource server, a program's client, one that trades tokens, one for people, and alice.
struct Shop<'a> {
    server: &'a TestServer,
    pool: String,
    /// The program: id and secret.
    program: (String, String),
    trader: (String, String),
    people: String,
}

impl<'a> Shop<'a> {
    async fn open(server: &'a TestServer) -> Self {
        let pool = server.pool(json!({})).await;
        let resource = json!({
            "UserPoolId": pool, "Identifier": "shop", "Name": "Shop",
            "Scopes": [
                { "ScopeName": "read", "ScopeDescription": "r" }, { "ScopeName": "write", "ScopeDescription": "w" },
            ],
        });
        server.admin().ok("CreateResourceServer", resource).await;
        let program = confidential(
            server,
            &pool,
            json!({
                "ExplicitAuthFlows": ["ALLOW_CLIENT_TOKEN_AUTH"],
                "AllowedOAuthScopes": ["shop/read", "shop/write", "openid"],
            }),
        )
        .await;
        let trader = confidential(server, &pool, json!({
            "ExplicitAuthFlows": ["ALLOW_TOKEN_EXCHANGE_IMPERSONATION", "ALLOW_TOKEN_EXCHANGE_DELEGATION"],
            "AllowedOAuthScopes": [API_SCOPE, "shop/read"],
            "ReadAttributes": ["name"],
        })).await;
        let people = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({ "name": "Alice", "email": "alice@example.com" })).await;
        Self { server, pool, program, trader, people }
    }

    async fn sign_in(&self) -> Value {
        self.server.sign_in(&self.people, "alice").await
    }

    async fn program_token(&self) -> Value {
        let input = json!({ "ClientId": self.program.0, "Secret": self.program.1 });
        let output = self.server.public().ok("GetClientToken", input).await;
        output["ClientAuthenticationResult"]["AccessToken"].clone()
    }

    /// A request of the trader for `token`, to be changed.
    fn trade(&self, token: &Value) -> Value {
        json!({
            "ClientId": self.trader.0, "ClientSecret": self.trader.1, "SubjectToken": token,
            "SubjectTokenType": "ACCESS_TOKEN",
        })
    }

    async fn traded(&self, input: Value) -> Value {
        self.server.public().ok("GetDerivedToken", input).await
    }

    async fn refused(&self, input: Value) -> (String, String) {
        self.server.public().refused("GetDerivedToken", input).await
    }

    async fn works(&self, access: &Value) -> bool {
        self.server.public().call("GetUser", json!({ "AccessToken": access })).await.is_ok()
    }
}

async fn confidential(server: &TestServer, pool: &str, mut settings: Value) -> (String, String) {
    settings["GenerateSecret"] = json!(true);
    let record = server.client_record(pool, settings).await;
    let text = |name: &str| record[name].as_str().unwrap().to_owned();
    (text("ClientId"), text("ClientSecret"))
}

/// `input` with members of `change` instead.
fn with(mut input: Value, mut change: Value) -> Value {
    input.as_object_mut().unwrap().append(change.as_object_mut().unwrap());
    input
}

fn invalid(text: &str) -> (String, String) {
    ("InvalidParameterException".to_owned(), text.to_owned())
}

fn not_authorized(text: &str) -> (String, String) {
    ("NotAuthorizedException".to_owned(), text.to_owned())
}

on_both! {
    async fn a_program_gets_a_token_of_its_own(server) {
        let shop = Shop::open(server).await;
        let (id, secret) = &shop.program;
        let input = json!({ "ClientId": id, "Secret": secret });
        // A signature is neither needed nor looked at (documented).
        for caller in [server.public(), server.admin()] {
            let result = caller.ok("GetClientToken", input.clone()).await["ClientAuthenticationResult"].clone();
            assert_eq!((&result["ExpiresIn"], &result["TokenType"]), (&json!(3600), &json!("Bearer")));
            assert_eq!(result.as_object().unwrap().len(), 3);
            let token = claims(&result["AccessToken"]);
            let now = server.now().seconds();
            // tokens §5; scopes about users mean nothing here
            assert_eq!(token, json!({
                "sub": id, "client_id": id, "token_use": "access", "scope": "shop/read shop/write",
                "auth_time": now, "iat": now, "exp": now + 3600, "version": 2, "jti": token["jti"],
                "iss": format!("http://127.0.0.1:7665/{}", shop.pool),
            }));
            assert!(!shop.works(&result["AccessToken"]).await);
        }
        let narrow = with(input.clone(), json!({ "Scopes": ["shop/write", "shop/write"] }));
        let output = server.public().ok("GetClientToken", narrow).await;
        assert_eq!(claims(&output["ClientAuthenticationResult"]["AccessToken"])["scope"], "shop/write");
        for scope in ["shop/delete", "openid", "nowhere/read", API_SCOPE] {
            let input = with(input.clone(), json!({ "Scopes": [scope] }));
            let refused = server.public().refused("GetClientToken", input).await;
            assert_eq!(refused, invalid(&format!("Invalid scope requested: {scope}")));
        }
    }

    async fn a_programs_client_must_prove_itself_and_do_nothing_else(server) {
        let shop = Shop::open(server).await;
        let (id, secret) = &shop.program;
        let wrong = json!({ "ClientId": id, "Secret": "w".repeat(30) });
        let text = format!("Unable to verify secret hash for client {id}");
        assert_eq!(server.public().refused("GetClientToken", wrong).await, not_authorized(&text));
        let unknown = json!({ "ClientId": "absentclient", "Secret": secret });
        let text = "User pool client absentclient does not exist.".to_owned();
        let missing = ("ResourceNotFoundException".to_owned(), text);
        assert_eq!(server.public().refused("GetClientToken", unknown).await, missing);
        let (trader, trader_secret) = &shop.trader;
        let other = json!({ "ClientId": trader, "Secret": trader_secret });
        let text = "CLIENT_TOKEN_AUTH flow not enabled for this client";
        assert_eq!(server.public().refused("GetClientToken", other).await, invalid(text));
        // A public client has no secret that could be right.
        let public = json!({ "ClientId": shop.people, "Secret": "w".repeat(30) });
        assert_eq!(server.public().refused("GetClientToken", public).await.0, "NotAuthorizedException");
        // The second secret is as good as the first.
        let added = json!({ "UserPoolId": shop.pool, "ClientId": id });
        let added = server.admin().ok("AddUserPoolClientSecret", added).await;
        let second = &added["ClientSecretDescriptor"]["ClientSecretValue"];
        server.public().ok("GetClientToken", json!({ "ClientId": id, "Secret": second })).await;

        let create = |settings: Value| with(json!({ "UserPoolId": shop.pool, "ClientName": "x" }), settings);
        let both = create(json!({
            "ExplicitAuthFlows": ["ALLOW_CLIENT_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"], "GenerateSecret": true,
        }));
        let text = "ALLOW_CLIENT_TOKEN_AUTH cannot be used with other auth flows.";
        assert_eq!(server.admin().refused("CreateUserPoolClient", both).await, invalid(text));
        let open = create(json!({ "ExplicitAuthFlows": ["ALLOW_CLIENT_TOKEN_AUTH"] }));
        let text = "Client Secret is required to set ALLOW_CLIENT_TOKEN_AUTH.";
        assert_eq!(server.admin().refused("CreateUserPoolClient", open).await, invalid(text));
    }

    async fn impersonation_narrows_a_users_token(server) {
        let shop = Shop::open(server).await;
        let result = shop.sign_in().await;
        let subject = claims(&result["AccessToken"]);
        server.clock().advance_seconds(600);
        let output = shop.traded(with(shop.trade(&result["AccessToken"]), json!({ "Audiences": ["shop"] }))).await;
        let kinds = (&output["IssuedTokenType"], &output["TokenType"], &output["ExpiresIn"], &output["Scopes"]);
        // Never past the end of the subject's token.
        assert_eq!(kinds, (&json!("ACCESS_TOKEN"), &json!("Bearer"), &json!(3000), &json!([API_SCOPE])));
        let token = claims(&output["IssuedToken"]);
        for same in ["sub", "username", "origin_jti", "event_id", "auth_time", "exp", "scope"] {
            assert_eq!(token[same], subject[same], "{same}");
        }
        assert_eq!((&token["client_id"], &token["aud"]), (&json!(shop.trader.0), &json!("shop")));
        assert_eq!((token.get("act"), &token["iat"]), (None, &json!(server.now().seconds())));
        assert_ne!(token["jti"], subject["jti"]);
        assert!(shop.works(&output["IssuedToken"]).await);
        // It is revoked with the sign-in.
        let revoke = json!({ "ClientId": shop.people, "Token": result["RefreshToken"] });
        server.public().ok("RevokeToken", revoke).await;
        assert!(!shop.works(&output["IssuedToken"]).await);
        let refused = shop.refused(shop.trade(&output["IssuedToken"])).await;
        assert_eq!(refused, not_authorized("Access Token has been revoked"));
    }

    async fn an_id_token_is_made_for_the_client_or_the_audience(server) {
        let shop = Shop::open(server).await;
        let result = shop.sign_in().await;
        let input = with(shop.trade(&result["AccessToken"]), json!({ "RequestedTokenType": "ID_TOKEN" }));
        let output = shop.traded(input.clone()).await;
        assert_eq!((&output["IssuedTokenType"], &output["TokenType"]), (&json!("ID_TOKEN"), &json!("N_A")));
        let token = claims(&output["IssuedToken"]);
        // What the client may read.
        assert_eq!((&token["name"], token.get("email")), (&json!("Alice"), None));
        assert_eq!((&token["token_use"], &token["aud"]), (&json!("id"), &json!(shop.trader.0)));
        for audience in [shop.trader.0.as_str(), "shop"] {
            let output = shop.traded(with(input.clone(), json!({ "Audiences": [audience] }))).await;
            assert_eq!(claims(&output["IssuedToken"])["aud"], audience);
        }
        // And an ID token is a subject as well; it has no scopes of its own and so the client's about services.
        let input = with(shop.trade(&result["IdToken"]), json!({ "SubjectTokenType": "ID_TOKEN" }));
        let output = shop.traded(input).await;
        assert_eq!(output["Scopes"], json!(["shop/read"]));
        assert!(!shop.works(&output["IssuedToken"]).await);
    }

    // new-operations §4, ours: whoever takes a token goes by its audience
    async fn no_client_gets_a_token_for_another(server) {
        let shop = Shop::open(server).await;
        let access = &shop.sign_in().await["AccessToken"];
        for name in ["billing", shop.people.as_str()] {
            let resource = json!({
                "UserPoolId": shop.pool, "Identifier": name, "Name": name,
                "Scopes": [{ "ScopeName": "read", "ScopeDescription": "r" }],
            });
            server.admin().ok("CreateResourceServer", resource).await;
        }
        // Not even where a resource server is called as the client is.
        let scopes = json!(["shop/read", format!("{}/read", shop.people), API_SCOPE]);
        let record = confidential(server, &shop.pool, json!({
            "ExplicitAuthFlows": ["ALLOW_TOKEN_EXCHANGE_IMPERSONATION", "ALLOW_TOKEN_EXCHANGE_DELEGATION"],
            "AllowedOAuthScopes": scopes,
        })).await;
        let other_pool = server.pool(json!({})).await;
        let foreign = server.client(&other_pool, json!({})).await;
        let program = shop.program_token().await;
        let delegation = json!({ "ActorToken": program, "ActorTokenType": "ACCESS_TOKEN" });
        for (who, secret) in [&shop.trader, &record] {
            for wanted in [shop.people.as_str(), &shop.program.0, &foreign, "billing", "https://a.example", "*"] {
                for target in ["Audiences", "Resources"] {
                    for kind in ["ID_TOKEN", "ACCESS_TOKEN"] {
                        for more in [json!({}), delegation.clone()] {
                            let input = with(shop.trade(access), more);
                            let input = with(input, json!({
                                "ClientId": who, "ClientSecret": secret, "RequestedTokenType": kind, target: [wanted],
                            }));
                            let (code, _) = shop.refused(input).await;
                            let unknown = code == "ResourceNotFoundException" && target == "Resources";
                            assert!(code == "InvalidParameterException" || unknown, "{wanted} {target}: {code}");
                        }
                    }
                }
            }
        }
    }

    async fn delegation_names_who_acts_and_who_acted_before(server) {
        let shop = Shop::open(server).await;
        let (result, program) = (shop.sign_in().await, shop.program_token().await);
        let input = with(shop.trade(&result["AccessToken"]), json!({
            "ActorToken": program, "ActorTokenType": "ACCESS_TOKEN", "Resources": ["shop"],
        }));
        let output = shop.traded(input).await;
        let token = claims(&output["IssuedToken"]);
        let iss = format!("http://127.0.0.1:7665/{}", shop.pool);
        let act = json!({ "sub": shop.program.0, "iss": iss, "client_id": shop.program.0 });
        assert_eq!((&token["act"], &token["aud"]), (&act, &json!("shop")));
        // A user as the second actor: the first stands within.
        let bob = server.user(&shop.pool, "bob", json!({})).await;
        let bobs = server.sign_in(&shop.people, "bob").await;
        let actor = json!({ "ActorToken": bobs["AccessToken"], "ActorTokenType": "ACCESS_TOKEN" });
        let output = shop.traded(with(shop.trade(&output["IssuedToken"]), actor)).await;
        let token = claims(&output["IssuedToken"]);
        assert_eq!(token["act"], json!({ "sub": bob, "iss": iss, "client_id": shop.people, "act": act }));
        // Impersonation does not wash an actor off.
        let output = shop.traded(shop.trade(&output["IssuedToken"])).await;
        assert_eq!(claims(&output["IssuedToken"])["act"], token["act"]);
    }

    async fn scopes_are_those_of_subject_and_client(server) {
        let shop = Shop::open(server).await;
        let access = shop.sign_in().await["AccessToken"].clone();
        let none = invalid("Invalid scope requested.");
        for scopes in [json!(["shop/read"]), json!(["nonsense"])] {
            assert_eq!(shop.refused(with(shop.trade(&access), json!({ "Scopes": scopes }))).await, none);
        }
        let input = with(shop.trade(&access), json!({ "Scopes": ["shop/read", API_SCOPE] }));
        assert_eq!(shop.traded(input).await["Scopes"], json!([API_SCOPE]));
        let update = json!({
            "UserPoolId": shop.pool, "ClientId": shop.trader.0, "AllowedOAuthScopes": ["shop/read"],
            "ExplicitAuthFlows": ["ALLOW_TOKEN_EXCHANGE_IMPERSONATION"],
        });
        server.admin().ok("UpdateUserPoolClient", update).await;
        assert_eq!(shop.refused(shop.trade(&access)).await, none);
    }

    async fn the_caller_is_an_administrator_or_proves_the_client(server) {
        let shop = Shop::open(server).await;
        let access = shop.sign_in().await["AccessToken"].clone();
        let id = &shop.trader.0;
        let mut bare = shop.trade(&access);
        bare.as_object_mut().unwrap().remove("ClientSecret");
        server.admin().ok("GetDerivedToken", bare.clone()).await;
        let text = format!("Client {id} is configured for secret but secret was not received");
        assert_eq!(shop.refused(bare).await, not_authorized(&text));
        let wrong = with(shop.trade(&access), json!({ "ClientSecret": "w".repeat(30) }));
        let text = format!("Unable to verify secret hash for client {id}");
        assert_eq!(shop.refused(wrong).await, not_authorized(&text));
        let text = "Client is not enabled for token exchange.";
        let other = with(shop.trade(&access), json!({ "ClientId": shop.people }));
        assert_eq!(shop.refused(other).await, not_authorized(text));
        // Each of the two forms has its own flow.
        let update = json!({
            "UserPoolId": shop.pool, "ClientId": id, "AllowedOAuthScopes": [API_SCOPE],
            "ExplicitAuthFlows": ["ALLOW_TOKEN_EXCHANGE_IMPERSONATION"],
        });
        server.admin().ok("UpdateUserPoolClient", update).await;
        shop.traded(shop.trade(&access)).await;
        let actor = json!({ "ActorToken": shop.program_token().await, "ActorTokenType": "ACCESS_TOKEN" });
        assert_eq!(shop.refused(with(shop.trade(&access), actor)).await, not_authorized(text));
        let unknown = with(shop.trade(&access), json!({ "ClientId": "absentclient" }));
        assert_eq!(shop.refused(unknown).await.0, "ResourceNotFoundException");
    }

    async fn bad_tokens_and_targets_are_refused(server) {
        let shop = Shop::open(server).await;
        let result = shop.sign_in().await;
        let access = &result["AccessToken"];
        let invalid_token = not_authorized("Invalid Access Token");
        let program = shop.program_token().await;
        let foreign = Shop::open(server).await.sign_in().await;
        for subject in [&program, &result["IdToken"], &result["RefreshToken"], &foreign["AccessToken"]] {
            assert_eq!(shop.refused(shop.trade(subject)).await, invalid_token);
            let actor = json!({ "ActorToken": subject, "ActorTokenType": "ACCESS_TOKEN" });
            if *subject != program {
                assert_eq!(shop.refused(with(shop.trade(access), actor)).await, invalid_token);
            }
        }
        let id = with(shop.trade(access), json!({ "SubjectTokenType": "ID_TOKEN" }));
        assert_eq!(shop.refused(id).await, not_authorized("Invalid ID Token"));
        let both = with(shop.trade(access), json!({ "Audiences": ["a"], "Resources": ["shop"] }));
        let text = "Only one of Audiences and Resources can be specified.";
        assert_eq!(shop.refused(both).await, invalid(text));
        let unknown = with(shop.trade(access), json!({ "Resources": ["nowhere"] }));
        assert_eq!(shop.refused(unknown).await.0, "ResourceNotFoundException");
        let untyped = with(shop.trade(access), json!({ "ActorToken": program }));
        assert_eq!(shop.refused(untyped).await, invalid("Missing required parameter ActorTokenType"));
        let saml = with(shop.trade(access), json!({ "SubjectTokenType": "SAML2" }));
        assert_eq!(shop.refused(saml).await, invalid("Missing required parameter SubjectTokenProviderName"));
        let provider = with(shop.trade(access), json!({ "SubjectTokenProviderName": "Corp" }));
        assert_eq!(shop.refused(provider).await.0, "ResourceNotFoundException");
        server.clock().advance_seconds(3600);
        assert_eq!(shop.refused(shop.trade(access)).await, not_authorized("Access Token has expired"));
        let access = &shop.sign_in().await["AccessToken"];
        let name = json!({ "UserPoolId": shop.pool, "Username": "alice" });
        server.admin().ok("AdminDisableUser", name.clone()).await;
        assert_eq!(shop.refused(shop.trade(access)).await, not_authorized("User is disabled."));
        server.admin().ok("AdminDeleteUser", name).await;
        assert_eq!(shop.refused(shop.trade(access)).await.0, "UserNotFoundException");
    }
}
