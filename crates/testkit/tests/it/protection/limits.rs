//! Request limits for each source address, client and user (docs/cognito/protocol.md §9). The numbers are
//! ours.

use poolhouse_api::{BODY_LIMIT, PUBLIC_BODY_LIMIT};
use poolhouse_kernel::limits::shares::Bounds;
use poolhouse_kernel::limits::{Kind, Limits};
use poolhouse_testkit::{Caller, TestServer};
use serde_json::{Value, json};

use super::under;

/// How many of `times` calls were let through; the others must be told of the rate.
async fn admitted(caller: Caller<'_>, operation: &str, input: &Value, times: usize) -> usize {
    let mut admitted = 0;
    for _ in 0..times {
        match caller.call(operation, input.clone()).await {
            Err(error) if error.code == "TooManyRequestsException" => {
                assert_eq!((error.status, &*error.message), (400, "Rate exceeded"));
            }
            _ => admitted += 1,
        }
    }
    admitted
}

fn refused(server: &TestServer) -> [u64; Kind::ALL.len()] {
    Kind::ALL.map(|kind| server.engine().limiter().refused(kind))
}

#[tokio::test]
async fn an_address_is_limited_before_anything_is_read() {
    under(Limits { per_address: 1, ..Limits::default() }, async |server| {
        let nonsense = json!({ "AccessToken": 1 });
        let here = server.public().at("192.0.2.1");
        assert_eq!(admitted(here, "GetUser", &nonsense, 12).await, 10);
        assert_eq!(admitted(server.public().at("192.0.2.2"), "GetUser", &nonsense, 1).await, 1);
        assert_eq!(admitted(server.public().at("::1"), "GetUser", &nonsense, 12).await, 12);
        assert_eq!(refused(server), [2, 0, 0, 0, 0, 0, 0, 0, 0]);
        server.clock().advance_seconds(2);
        assert_eq!(admitted(here, "GetUser", &nonsense, 3).await, 2);
        // What stands beside the operations is asked for by the same people.
        for path in
            ["/us-east-1_nobody/.well-known/jwks.json", "/_poolhouse/forward-auth?pool=us-east-1_nobody"]
        {
            assert_eq!(here.get(path).await.0, 429, "{path}");
        }
        let (status, page) =
            here.get("/us-east-1_nobody/confirmUser?client_id=a&user_name=b&confirmation_code=1").await;
        assert_eq!(status, 400);
        assert!(String::from_utf8(page).unwrap().contains("Rate exceeded"));
        server.clock().advance_seconds(1);
        assert_eq!(here.get("/us-east-1_nobody/.well-known/jwks.json").await.0, 404);
    })
    .await;
}

// What anybody can make the server hold before they are known.
#[tokio::test]
async fn bodies_share_memory_and_each_source_has_its_part() {
    let bodies = Bounds { all: 20, each: 4 };
    under(Limits { bodies, ..Limits::default() }, async |server| {
        let request = |length: usize| json!({ "ClientId": "c", "Username": "x".repeat(length) });
        let here = server.public().at("192.0.2.1");
        let too_large = here.call("ForgotPassword", request(5000)).await.unwrap_err();
        let told = (too_large.status, &*too_large.code, &*too_large.message);
        assert_eq!(told, (503, "TooManyRequestsException", "Rate exceeded"));
        assert_eq!(refused(server), [0, 0, 0, 0, 0, 1, 0, 0, 0]);
        // It is given back, whatever became of the request.
        for _ in 0..30 {
            assert_eq!(here.call("ForgotPassword", request(2000)).await.unwrap_err().status, 400);
        }
        assert_eq!(
            server.public().at("::1").call("ForgotPassword", request(5000)).await.unwrap_err().status,
            400
        );
        assert_eq!(server.public().call("ForgotPassword", request(25_000)).await.unwrap_err().status, 503);
        // A page has no body, and a head.
        let page = |length: usize| format!("/us-east-1_nobody/confirmUser?client_id={}", "x".repeat(length));
        assert_eq!(here.get(&page(5000)).await.0, 503);
        assert_eq!(here.get(&page(2000)).await.0, 400);
    })
    .await;
}

// 70 attributes of 2,048 characters, and tokens that name a hundred groups, are legal.
#[tokio::test]
async fn who_proves_nothing_and_has_little_to_say_is_cut_short() {
    under(Limits::default(), async |server| {
        let body = |length: usize| format!("{{\"ClientId\":\"{}\"}}", "x".repeat(length - 15)).into_bytes();
        for (operation, limit) in [
            ("InitiateAuth", PUBLIC_BODY_LIMIT),
            ("ForgotPassword", PUBLIC_BODY_LIMIT),
            ("SignUp", BODY_LIMIT),
            ("RespondToAuthChallenge", BODY_LIMIT),
            ("GetUser", BODY_LIMIT),
            ("GetDerivedToken", BODY_LIMIT),
        ] {
            assert_eq!(server.public().raw(operation, &body(limit)).await.0, 400, "{operation}");
            assert_eq!(server.public().raw(operation, &body(limit + 1)).await.0, 413, "{operation}");
        }
    })
    .await;
}

#[tokio::test]
async fn administrators_are_limited_where_it_is_wanted() {
    let list = json!({ "MaxResults": 1 });
    under(Limits { per_address: 1, ..Limits::default() }, async |server| {
        assert_eq!(admitted(server.admin().at("192.0.2.1"), "ListUserPools", &list, 12).await, 12);
        // Without a signature they are anybody.
        assert_eq!(admitted(server.public().at("192.0.2.1"), "ListUserPools", &list, 12).await, 10);
        assert_eq!(admitted(server.admin().at("192.0.2.1"), "ListUserPools", &list, 1).await, 1);
    })
    .await;
    under(Limits { per_signed_address: 1, ..Limits::default() }, async |server| {
        assert_eq!(admitted(server.admin().at("192.0.2.1"), "ListUserPools", &list, 12).await, 10);
        assert_eq!(admitted(server.public().at("192.0.2.1"), "ListUserPools", &list, 12).await, 12);
        assert_eq!(refused(server), [0, 2, 0, 0, 0, 0, 0, 0, 0]);
    })
    .await;
}

#[tokio::test]
async fn a_client_is_limited_over_all_its_users() {
    under(Limits { per_client: 1, ..Limits::default() }, async |server| {
        let pool = server.pool(json!({})).await;
        let (client, other) = (server.client(&pool, json!({})).await, server.client(&pool, json!({})).await);
        server.user(&pool, "alice", json!({})).await;
        let alice = server.sign_in(&other, "alice").await;
        let sign_in = |client: &str, name: &str| {
            json!({
                "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": client,
                "AuthParameters": { "USERNAME": name, "PASSWORD": "wrong" },
            })
        };
        let mut sum = 0;
        for number in 0..12 {
            let input = sign_in(&client, &format!("user{number}"));
            sum += admitted(server.public(), "InitiateAuth", &input, 1).await;
        }
        assert_eq!(sum, 10);
        assert_eq!(admitted(server.public(), "InitiateAuth", &sign_in(&other, "user1"), 1).await, 1);
        assert_eq!(refused(server), [0, 0, 2, 0, 0, 0, 0, 0, 0]);
        // A token counts for the client that it was given to.
        let access = json!({ "AccessToken": alice["AccessToken"] });
        assert_eq!(admitted(server.public(), "GetUser", &access, 10).await, 8);
        // Administrators count for none.
        let mut input = sign_in(&client, "alice");
        input["UserPoolId"] = json!(pool);
        input["AuthFlow"] = json!("ADMIN_USER_PASSWORD_AUTH");
        assert_eq!(admitted(server.admin(), "AdminInitiateAuth", &input, 3).await, 3);
    })
    .await;
}

#[tokio::test]
async fn a_user_is_limited_whatever_the_name() {
    under(Limits { per_user: 1, ..Limits::default() }, async |server| {
        let settings = json!({ "AliasAttributes": ["email", "phone_number", "preferred_username"] });
        let pool = server.pool(settings).await;
        let (client, other) = (server.client(&pool, json!({})).await, server.client(&pool, json!({})).await);
        let attributes = json!({
            "email": "alice@example.com", "email_verified": "true", "preferred_username": "al",
            "phone_number": "+12065550100", "phone_number_verified": "true",
        });
        server.user(&pool, "alice", attributes).await;
        let sign_in = |client: &str, name: &str| {
            json!({
                "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": client,
                "AuthParameters": { "USERNAME": name, "PASSWORD": TestServer::PASSWORD },
            })
        };
        let forgot = |client: &str, name: &str| json!({ "ClientId": client, "Username": name });
        let mut sum = 0;
        for name in ["alice", "alice@example.com", "+12065550100", "al"] {
            for client in [&client, &other] {
                sum += admitted(server.public(), "InitiateAuth", &sign_in(client, name), 2).await;
                sum += admitted(server.public(), "ForgotPassword", &forgot(client, name), 1).await;
            }
        }
        assert_eq!(sum, 10);
        // So it is with a name that nobody has; and administrators ask as often as they like.
        let hiding = server.client(&pool, json!({ "PreventUserExistenceErrors": "ENABLED" })).await;
        let mut sum = 0;
        for client in [&hiding, &other, &client] {
            sum += admitted(server.public(), "InitiateAuth", &sign_in(client, "nobody"), 6).await;
        }
        assert_eq!(sum, 10);
        let mut admin = sign_in(&client, "alice");
        admin["UserPoolId"] = json!(pool);
        admin["AuthFlow"] = json!("ADMIN_USER_PASSWORD_AUTH");
        assert_eq!(admitted(server.admin(), "AdminInitiateAuth", &admin, 12).await, 12);
    })
    .await;
}

#[tokio::test]
async fn a_user_is_limited_by_name_and_by_token() {
    under(Limits { per_user: 1, ..Limits::default() }, async |server| {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "alice", json!({})).await;
        server.user(&pool, "bob", json!({})).await;
        let (alice, bob) = (server.sign_in(&client, "alice").await, server.sign_in(&client, "bob").await);
        // By name, in every place where operations name the user; the case of letters makes no other user of them.
        let forgot = json!({ "ClientId": client, "Username": "Alice" });
        assert_eq!(admitted(server.public(), "ForgotPassword", &forgot, 5).await, 5);
        let answer = json!({
            "ClientId": client, "ChallengeName": "PASSWORD_VERIFIER", "ChallengeResponses": { "USERNAME": "alice" },
        });
        assert_eq!(admitted(server.public(), "RespondToAuthChallenge", &answer, 6).await, 4);
        // By token, and only one that is good: a forged one must not use up what is another's.
        let access = |result: &Value| json!({ "AccessToken": result["AccessToken"] });
        let mut forged = access(&alice);
        let text = forged["AccessToken"].as_str().unwrap().to_owned();
        let (signed, _) = text.rsplit_once('.').unwrap();
        forged["AccessToken"] = json!(format!("{signed}.AAAA"));
        assert_eq!(admitted(server.public(), "GetUser", &forged, 20).await, 20);
        assert_eq!(admitted(server.public(), "GetUser", &access(&alice), 6).await, 6);
        let refresh = json!({ "ClientId": client, "RefreshToken": alice["RefreshToken"] });
        assert_eq!(admitted(server.public(), "GetTokensFromRefreshToken", &refresh, 6).await, 4);
        assert_eq!(admitted(server.public(), "GetUser", &access(&bob), 1).await, 1);
        server.clock().advance_seconds(1);
        assert_eq!(admitted(server.public(), "GetUser", &access(&alice), 2).await, 1);
    })
    .await;
}
