//! Forward-auth (docs/cognito/identity-pools-and-iam.md §15).

use axum::http::HeaderMap;
use poolhouse_kernel::limits::{Kind, Limits};
use poolhouse_testkit::{Database, TestServer, on_both};
use serde_json::{Value, json};

/// A pool with a client and alice, who is in groups.
struct House<'a> {
    server: &'a TestServer,
    pool: String,
    client: String,
    sub: String,
}

impl<'a> House<'a> {
    async fn build(server: &'a TestServer, groups: &[&str]) -> Self {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        let sub = server.user(&pool, "alice", json!({})).await;
        for group in groups {
            server.group(&pool, group, json!({})).await;
            server.member(&pool, "alice", group).await;
        }
        Self { server, pool, client, sub }
    }

    async fn tokens(&self) -> [String; 2] {
        let result = self.server.sign_in(&self.client, "alice").await;
        ["AccessToken", "IdToken"].map(|name| result[name].as_str().unwrap().to_owned())
    }

    /// Status and headers for a token; `demand` follows the pool.
    async fn ask(&self, token: &str, demand: &str) -> (u16, HeaderMap) {
        self.ask_with(&[("authorization", format!("Bearer {token}"))], demand).await
    }

    async fn ask_with(&self, headers: &[(&str, String)], demand: &str) -> (u16, HeaderMap) {
        ask(self.server, &format!("pool={}{demand}", self.pool), headers).await
    }

    async fn admin(&self, operation: &str, mut input: Value) {
        input["UserPoolId"] = json!(self.pool);
        self.server.admin().ok(operation, input).await;
    }

    /// What a refused token is answered with.
    fn invalid(&self) -> (u16, String) {
        (401, format!("Bearer realm=\"{}\", error=\"invalid_token\"", self.pool))
    }

    async fn challenge(&self, token: &str, demand: &str) -> (u16, String) {
        let (status, headers) = self.ask(token, demand).await;
        (status, text(&headers, "www-authenticate"))
    }
}

async fn ask(server: &TestServer, query: &str, headers: &[(&str, String)]) -> (u16, HeaderMap) {
    let path = format!("/_poolhouse/forward-auth?{query}");
    let (status, answer, body) = server.http("GET", &path, headers, b"").await;
    assert_eq!(answer["cache-control"], "no-store", "{query}");
    assert_eq!(answer["x-amzn-requestid"].len(), 36, "{query}");
    assert_eq!(body.is_empty(), matches!(status, 200 | 401 | 403), "{query}: {status}");
    (status, answer)
}

fn text(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

/// User, groups, scope and client as a gateway is told.
fn told(headers: &HeaderMap) -> [String; 4] {
    ["x-auth-user", "x-auth-groups", "x-auth-scope", "x-auth-client"].map(|name| text(headers, name))
}

on_both! {
    async fn a_good_token_passes_and_says_who_it_is(server) {
        let house = House::build(server, &["ops", "staff"]).await;
        let [access, id] = house.tokens().await;
        let (status, headers) = house.ask(&access, "").await;
        assert_eq!(status, 200);
        assert_eq!(told(&headers), ["alice", "ops,staff", "aws.cognito.signin.user.admin", &house.client]);
        assert_eq!(headers["x-auth-sub"], house.sub);
        // Scope and client are an access token's.
        let (status, headers) = house.ask(&id, "").await;
        assert_eq!((status, told(&headers)), (200, ["alice", "ops,staff", "", ""].map(str::to_owned)));
        assert_eq!(headers["x-auth-sub"], house.sub);
    }

    async fn what_is_demanded_decides(server) {
        let house = House::build(server, &["staff"]).await;
        let [access, id] = house.tokens().await;
        let other = server.client(&house.pool, json!({})).await;
        let client = &house.client;
        let (pass, invalid, insufficient) = (200, 401, 403);
        for (demand, of_access, of_id) in [
            ("&groups=staff", pass, pass),
            ("&groups=ops,staff", pass, pass),
            ("&groups=ops", insufficient, insufficient),
            ("&scope=aws.cognito.signin.user.admin", pass, insufficient),
            ("&scope=x%20aws.cognito.signin.user.admin&groups=staff", pass, insufficient),
            ("&scope=openid", insufficient, insufficient),
            ("&token_use=access", pass, invalid),
            ("&token_use=id", invalid, pass),
            (&format!("&client={client}"), pass, pass),
            (&format!("&client={other}"), invalid, invalid),
            (&format!("&client={other}&groups=ops"), invalid, invalid),
        ] {
            for (token, status) in [(&access, of_access), (&id, of_id)] {
                let (got, headers) = house.ask(token, demand).await;
                assert_eq!(got, status, "{demand}");
                let error = match status {
                    401 => ", error=\"invalid_token\"",
                    403 => ", error=\"insufficient_scope\"",
                    _ => "",
                };
                let expected = if error.is_empty() {
                    String::new()
                } else {
                    format!("Bearer realm=\"{}\"{error}", house.pool)
                };
                assert_eq!(text(&headers, "www-authenticate"), expected, "{demand}");
                assert_eq!(headers.contains_key("x-auth-sub"), status == 200, "{demand}");
            }
        }
    }

    async fn a_token_comes_in_a_header_or_in_the_cookie_that_is_named(server) {
        let house = House::build(server, &[]).await;
        let [access, id] = house.tokens().await;
        let bearer = |token: &str| ("authorization", format!("bearer {token}"));
        let cookie = |token: &str| ("cookie", format!("theme=dark; token={token}"));
        let none = (401, format!("Bearer realm=\"{}\"", house.pool));
        let (passes, refused) = ((200, String::new()), house.invalid());
        for (headers, demand, expected) in [
            (vec![], "", &none),
            (vec![cookie(&access)], "", &none),
            (vec![cookie(&access)], "&cookie=tok", &none),
            (vec![("authorization", "Basic YTpi".to_owned())], "&cookie=token", &none),
            (vec![cookie(&access)], "&cookie=token", &passes),
            (vec![bearer(&id)], "&cookie=token", &passes),
            // Whoever shows two leaves it to the reader which counts.
            (vec![bearer("nonsense"), cookie(&access)], "&cookie=token", &refused),
            (vec![bearer(&access), bearer(&id)], "", &refused),
            (vec![cookie(&access), cookie(&access)], "&cookie=token", &refused),
        ] {
            let (status, answer) = house.ask_with(&headers, demand).await;
            assert_eq!(&(status, text(&answer, "www-authenticate")), expected, "{headers:?} {demand}");
        }
    }

    async fn forged_foreign_and_expired_tokens_are_refused(server) {
        let house = House::build(server, &[]).await;
        let other = House::build(server, &[]).await;
        let [access, id] = house.tokens().await;
        let (head, signature) = access.rsplit_once('.').unwrap();
        let forged = format!("{head}.{}", signature.chars().rev().collect::<String>());
        let [foreign, _] = other.tokens().await;
        for token in [&forged, &foreign, "", "a.b.c", &"x".repeat(20_000), "%00", "ü"] {
            assert_eq!(house.challenge(token, "").await, house.invalid(), "{token}");
        }
        server.clock().advance_seconds(3599);
        for token in [&access, &id] {
            assert_eq!(house.ask(token, "").await.0, 200);
        }
        server.clock().advance_seconds(1);
        for token in [&access, &id] {
            assert_eq!(house.challenge(token, "").await, house.invalid());
        }
    }

    // tokens §10.2: at once, and on another node within the time of its caches
    async fn what_became_of_user_client_and_sign_in_counts_at_once(server) {
        for (operation, input) in [
            ("AdminUserGlobalSignOut", json!({ "Username": "alice" })),
            ("AdminDisableUser", json!({ "Username": "alice" })),
            ("AdminDeleteUser", json!({ "Username": "alice" })),
            ("AdminResetUserPassword", json!({ "Username": "alice" })),
        ] {
            let house = House::build(server, &[]).await;
            let verified = json!([
                { "Name": "email", "Value": "alice@example.com" }, { "Name": "email_verified", "Value": "true" },
            ]);
            house.admin("AdminUpdateUserAttributes", json!({ "Username": "alice", "UserAttributes": verified })).await;
            let tokens = house.tokens().await;
            for token in &tokens {
                assert_eq!(house.ask(token, "").await.0, 200, "before {operation}");
            }
            house.admin(operation, input).await;
            for token in &tokens {
                assert_eq!(house.challenge(token, "").await, house.invalid(), "{operation}");
            }
        }
        let house = House::build(server, &[]).await;
        let tokens = house.tokens().await;
        house.admin("DeleteUserPoolClient", json!({ "ClientId": house.client })).await;
        for token in &tokens {
            assert_eq!(house.challenge(token, "").await, house.invalid());
        }
    }

    async fn a_revoked_sign_in_is_refused_and_no_other(server) {
        let house = House::build(server, &[]).await;
        let revoked = server.sign_in(&house.client, "alice").await;
        let [access, id] = house.tokens().await;
        let revoke = json!({ "ClientId": house.client, "Token": revoked["RefreshToken"] });
        server.public().ok("RevokeToken", revoke).await;
        for name in ["AccessToken", "IdToken"] {
            assert_eq!(house.challenge(revoked[name].as_str().unwrap(), "").await, house.invalid(), "{name}");
        }
        for token in [&access, &id] {
            assert_eq!(house.ask(token, "").await.0, 200);
        }
    }

    // Somebody of the same name is somebody else.
    async fn a_name_that_was_given_anew_is_not_the_tokens_user(server) {
        let house = House::build(server, &[]).await;
        let tokens = house.tokens().await;
        house.admin("AdminDeleteUser", json!({ "Username": "alice" })).await;
        server.user(&house.pool, "alice", json!({})).await;
        for token in &tokens {
            assert_eq!(house.challenge(token, "").await, house.invalid());
        }
    }

    async fn a_clients_own_token_names_no_user(server) {
        let house = House::build(server, &[]).await;
        let scope = json!([{ "ScopeName": "read", "ScopeDescription": "Reading" }]);
        house.admin("CreateResourceServer", json!({ "Identifier": "api", "Name": "api", "Scopes": scope })).await;
        let settings = json!({
            "GenerateSecret": true,
            "ExplicitAuthFlows": ["ALLOW_CLIENT_TOKEN_AUTH"],
            "AllowedOAuthFlowsUserPoolClient": true,
            "AllowedOAuthFlows": ["client_credentials"],
            "AllowedOAuthScopes": ["api/read"],
        });
        let machine = server.client_record(&house.pool, settings).await;
        let input = json!({ "ClientId": machine["ClientId"], "Secret": machine["ClientSecret"] });
        let token = server.public().ok("GetClientToken", input).await;
        let token = token["ClientAuthenticationResult"]["AccessToken"].as_str().unwrap().to_owned();
        let (status, headers) = house.ask(&token, "&scope=api/read").await;
        let client = machine["ClientId"].as_str().unwrap();
        assert_eq!((status, told(&headers)), (200, ["", "", "api/read", client].map(str::to_owned)));
        assert_eq!(headers["x-auth-sub"], client);
        assert_eq!(house.ask(&token, "&groups=staff").await.0, 403);
        house.admin("DeleteUserPoolClient", json!({ "ClientId": client })).await;
        assert_eq!(house.challenge(&token, "").await, house.invalid());
    }

    async fn names_are_encoded_so_that_no_two_look_alike(server) {
        let house = House::build(server, &["Ärzte", "a,b", "100%"]).await;
        server.user(&house.pool, "Zoë", json!({})).await;
        server.member(&house.pool, "Zoë", "Ärzte").await;
        let zoe = server.sign_in(&house.client, "Zoë").await;
        let (_, headers) = house.ask(zoe["AccessToken"].as_str().unwrap(), "&groups=%C3%84rzte").await;
        assert_eq!(told(&headers)[..2], ["Zo%C3%AB", "%C3%84rzte"]);
        let [access, _] = house.tokens().await;
        let (_, headers) = house.ask(&access, "").await;
        assert_eq!(headers["x-auth-groups"], "100%25,a%2Cb,%C3%84rzte");
        // The form of the header, encoded once more for the query.
        for (groups, status) in [("a%252Cb", 200), ("a,b", 403), ("a", 403), ("100%2525", 200), ("100%25", 403)] {
            assert_eq!(house.ask(&access, &format!("&groups={groups}")).await.0, status, "{groups}");
        }
    }

    async fn what_is_asked_amiss_is_told_so(server) {
        let house = House::build(server, &["staff"]).await;
        let [access, _] = house.tokens().await;
        let bearer = [("authorization", format!("Bearer {access}"))];
        let pool = &house.pool;
        let long = "g,".repeat(4000);
        for (query, status) in [
            ("", 400),
            ("groups=staff", 400),
            ("pool=", 400),
            (&*format!("pool={pool}&pool={pool}"), 400),
            (&format!("pool={pool}&groups=staff&groups=ops"), 400),
            (&format!("pool={pool}&group=ops"), 400),
            (&format!("pool={pool}&groups="), 400),
            (&format!("pool={pool}&groups=,"), 400),
            (&format!("pool={pool}&scope=+"), 400),
            (&format!("pool={pool}&token_use=refresh"), 400),
            (&format!("pool={pool}&access_token={access}"), 400),
            ("pool=us-east-1_absent", 404),
            ("pool=%00&groups=a", 400),
            ("pool=%FF", 404),
            ("pool=..%2F..", 404),
            ("pool=a%0D%0AX-Auth-User:%20root", 404),
            (&format!("pool={pool}&groups=%0D%0AX-Auth-User:%20root"), 403),
            (&format!("pool={pool}&groups={long}"), 403),
            (&format!("pool={pool}&groups={long}staff"), 200),
            (&format!("pool={pool}&client=%00&cookie=%00"), 401),
        ] {
            let (got, headers) = ask(server, query, &bearer).await;
            assert_eq!(got, status, "{query}");
            assert_eq!(headers.contains_key("x-auth-user"), status == 200, "{query}");
            assert_eq!(headers.contains_key("www-authenticate"), matches!(status, 401 | 403), "{query}");
        }
    }
}

// Some gateways pass on the method of the request that they ask about.
#[tokio::test]
async fn every_method_is_answered_alike() {
    let server = TestServer::start(Database::Sqlite).await;
    let house = House::build(&server, &[]).await;
    let [access, _] = house.tokens().await;
    let path = format!("/_poolhouse/forward-auth?pool={}", house.pool);
    let bearer = [("authorization", format!("Bearer {access}")), ("x-auth-user", "root".to_owned())];
    for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND"] {
        let (status, headers, _) = server.http(method, &path, &bearer, b"").await;
        assert_eq!((status, text(&headers, "x-auth-user")), (200, "alice".to_owned()), "{method}");
        assert_eq!(server.http(method, &path, &[], b"").await.0, 401, "{method}");
    }
    server.finish().await;
}

// protection.md: requests that bear a token count for its client and its user, as at the API.
#[tokio::test]
async fn requests_count_for_client_and_user() {
    let limits = Limits { per_client: 3, per_user: 1, ..Limits::default() };
    let server =
        TestServer::start_with(Database::Sqlite, |parts| parts.kernel.settings.limits = limits).await;
    let house = House::build(&server, &[]).await;
    let [access, _] = house.tokens().await;
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(house.ask(&access, "").await.0);
    }
    assert_eq!(statuses, [[200; 10].as_slice(), &[429; 2]].concat());
    assert_eq!(server.engine().limiter().refused(Kind::User), 2);
    // Who proves nothing uses up nothing of theirs, and finds nothing out.
    assert_eq!(house.ask("nonsense", "").await.0, 401);
    server.finish().await;
}
