//! Sign-ups confirmed by a link (triggers-and-messages §11, docs/messages.md).

use poolhouse_testkit::{TestServer, on_both};
use serde_json::{Value, json};

/// A pool that confirms by link, with a client.
async fn pool(server: &TestServer, template: Value) -> (String, String) {
    let mut all = json!({ "DefaultEmailOption": "CONFIRM_WITH_LINK" });
    all.as_object_mut().unwrap().extend(template.as_object().unwrap().clone());
    let settings = json!({ "AutoVerifiedAttributes": ["email"], "VerificationMessageTemplate": all });
    let pool = server.pool(settings).await;
    let client = server.client(&pool, json!({})).await;
    (pool, client)
}

/// Signs a user up, and returns the path of the link in the e-mail.
async fn sign_up(server: &TestServer, client: &str, username: &str) -> String {
    let input = json!({
        "ClientId": client, "Username": username, "Password": TestServer::PASSWORD,
        "UserAttributes": [{ "Name": "email", "Value": "alice@example.com" }],
    });
    server.public().ok("SignUp", input).await;
    link(server, username)
}

/// The path of the link in the newest e-mail.
fn link(server: &TestServer, username: &str) -> String {
    let body = server.messages(username).remove(0).body;
    let (_, rest) = body.split_once("<a href=\"http://127.0.0.1:7665").unwrap();
    rest.split_once('"').unwrap().0.replace("&amp;", "&")
}

async fn open(server: &TestServer, method: &str, path: &str) -> (u16, String) {
    let (status, headers, body) = server.http(method, path, &[], b"").await;
    if method == "GET" {
        assert_eq!(headers["content-type"], "text/html; charset=utf-8");
        assert_eq!(headers["referrer-policy"], "no-referrer");
        assert_eq!(headers["cache-control"], "no-store");
    }
    (status, String::from_utf8(body).unwrap())
}

async fn user(server: &TestServer, pool: &str, username: &str) -> Value {
    server.admin().ok("AdminGetUser", json!({ "UserPoolId": pool, "Username": username })).await
}

on_both! {
    // triggers-and-messages §11
    async fn opening_the_link_confirms_and_verifies(server) {
        let (pool, client) = pool(server, json!({})).await;
        let path = sign_up(server, &client, "alice").await;
        let code = server.code("alice");
        let expected = format!("/{pool}/confirmUser?client_id={client}&user_name=alice&confirmation_code={code}");
        assert_eq!(path, expected);
        let message = server.messages("alice").remove(0);
        assert_eq!(message.subject, "Your verification link");
        assert!(message.body.ends_with(">Verify Email</a> "), "{}", message.body);

        // Whoever only asks what is there confirms nothing.
        assert_eq!(open(server, "HEAD", &path).await.0, 404);
        assert_eq!(user(server, &pool, "alice").await["UserStatus"], "UNCONFIRMED");

        let (status, page) = open(server, "GET", &path).await;
        assert!(status == 200 && page.contains("Your registration has been confirmed!"), "{status} {page}");
        let confirmed = user(server, &pool, "alice").await;
        assert_eq!(confirmed["UserStatus"], "CONFIRMED");
        let verified = json!({ "Name": "email_verified", "Value": "true" });
        assert!(confirmed["UserAttributes"].as_array().unwrap().contains(&verified), "{confirmed}");
        server.sign_in(&client, "alice").await;

        let (status, page) = open(server, "GET", &path).await;
        assert!(status == 400 && page.contains("User cannot be confirmed."), "{status} {page}");
    }

    async fn the_pool_words_its_link_and_aws_ends_its_path_with_a_slash(server) {
        let template = json!({
            "EmailMessageByLink": "<h1>Hello</h1> {##Yes, it is me##}", "EmailSubjectByLink": "Is it you?",
        });
        let (pool, client) = pool(server, template).await;
        let path = sign_up(server, &client, "alice").await;
        let message = server.messages("alice").remove(0);
        assert_eq!(message.subject, "Is it you?");
        assert!(message.body.starts_with("<h1>Hello</h1> <a href=\"http"), "{}", message.body);
        assert!(message.body.ends_with(">Yes, it is me</a>"), "{}", message.body);
        let (status, _) = open(server, "GET", &path.replace("confirmUser?", "confirmUser/?")).await;
        assert_eq!(status, 200);
        assert_eq!(user(server, &pool, "alice").await["UserStatus"], "CONFIRMED");
    }

    async fn a_link_sent_again_replaces_the_first(server) {
        let (pool, client) = pool(server, json!({})).await;
        let first = sign_up(server, &client, "alice").await;
        let resend = json!({ "ClientId": client, "Username": "alice" });
        server.public().ok("ResendConfirmationCode", resend).await;
        let (status, page) = open(server, "GET", &first).await;
        let text = "Invalid code provided, please request a code again.";
        assert!(status == 400 && page.contains(text), "{status} {page}");
        assert_eq!(open(server, "GET", &link(server, "alice")).await.0, 200);
        assert_eq!(user(server, &pool, "alice").await["UserStatus"], "CONFIRMED");
    }

    async fn names_and_texts_are_escaped(server) {
        let (pool, client) = pool(server, json!({})).await;
        let name = "a&b=<i>'+ü";
        let path = sign_up(server, &client, name).await;
        assert!(path.contains("&user_name=a%26b%3D%3Ci%3E%27%2B%C3%BC&"), "{path}");
        assert_eq!(open(server, "GET", &path).await.0, 200);
        assert_eq!(user(server, &pool, name).await["UserStatus"], "CONFIRMED");
        let foreign = format!("/{pool}/confirmUser?client_id=%3Cscript%3E&user_name=a&confirmation_code=1");
        let (status, page) = open(server, "GET", &foreign).await;
        assert!(status == 400 && page.contains("&lt;script&gt;") && !page.contains("<script>"), "{status} {page}");
    }

    async fn a_bad_link_confirms_nobody(server) {
        let (pool, client) = pool(server, json!({})).await;
        let path = sign_up(server, &client, "alice").await;
        let code = server.code("alice");
        let other = server.pool(json!({})).await;
        let wrong = if code == "000000" { "000001" } else { "000000" };
        for bad in [
            path.replace(&code, wrong),
            path.replace(&pool, &other),
            path.replace("user_name=alice", "user_name=bob"),
            path.replace(&client, "1h57kf5cpq17m0eml12EXAMPLE"),
            format!("/{pool}/confirmUser"),
            format!("/{pool}/confirmUser?client_id={client}&user_name=alice"),
        ] {
            let (status, page) = open(server, "GET", &bad).await;
            assert!(status == 400 && !page.contains("confirmed!"), "{bad}: {status} {page}");
        }
        assert_eq!(open(server, "POST", &path).await.0, 404);
        assert_eq!(user(server, &pool, "alice").await["UserStatus"], "UNCONFIRMED");
    }

    // triggers-and-messages §9: a link only for the e-mail of a sign-up
    async fn everything_else_stays_a_code(server) {
        let (pool, client) = pool(server, json!({})).await;
        let path = sign_up(server, &client, "alice").await;
        open(server, "GET", &path).await;
        server.public().ok("ForgotPassword", json!({ "ClientId": client, "Username": "alice" })).await;
        let message = server.messages("alice").remove(0);
        assert_eq!(message.body, format!("Your verification code is {}. ", message.code));
        assert_eq!(user(server, &pool, "alice").await["UserStatus"], "CONFIRMED");
    }
}
