//! Bad input at every path of a domain: the modelled error or a page with status 400, never a failure of ours, and nothing of
//! it comes back as it was sent.

use poolhouse_testkit::{TestServer, on_both};
use serde_json::json;

use super::{App, HOST};

const PAGES: [&str; 9] = [
    "/login",
    "/signup",
    "/confirm",
    "/resendcode",
    "/forgotPassword",
    "/confirmforgotPassword",
    "/passkeys/add",
    "/account",
    "/error",
];

const ENDPOINTS: [&str; 6] =
    ["/oauth2/authorize", "/logout", "/confirmUser", "/oauth2/userInfo", "/oauth2/token", "/oauth2/revoke"];

/// What must not come back.
const MARK: &str = "<mark>";

async fn send(
    server: &TestServer,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> (u16, String) {
    let host = [("host", HOST.to_owned())];
    let more = headers.iter().map(|(name, value)| (*name, (*value).to_owned()));
    let headers: Vec<_> = host.into_iter().chain(more).collect();
    let (status, headers, body) = server.http(method, path, &headers, body).await;
    let location = headers.get("location").map_or("", |value| value.to_str().unwrap());
    (status, format!("{location} {}", String::from_utf8_lossy(&body)))
}

on_both! {
    async fn queries_that_are_none_are_no_failure(server) {
        let app = App::new(server).await;
        let good = app.query(&[]);
        let long = format!("{good}&login_hint={}", "x".repeat(60_000));
        let many: String = (0..200).map(|index| format!("p{index}=1&")).collect();
        for path in PAGES.into_iter().chain(ENDPOINTS) {
            for query in [
                format!("{good}&client_id={}", app.client),
                format!("{good}&x=%ff"),
                format!("{good}&login_hint=%00"),
                format!("{good}&next=%3Cmark%3E+passkey+account&errorMessage=%3Cmark%3E"),
                format!("{good}&acr_values=%3Cmark%3E&max_age=-1"),
                "client_id=%3Cmark%3E&redirect_uri=%3Cmark%3E&error=%3Cmark%3E".to_owned(),
                "client_id".to_owned(),
                "%%%=&==&".to_owned(),
                many.clone(),
                long.clone(),
            ] {
                let (status, told) = send(server, "GET", &format!("{path}?{query}"), &[], b"").await;
                assert!((200..500).contains(&status), "{path}?{query:.80} {status}");
                assert!(!told.contains(MARK), "{path}?{query:.80} {told}");
            }
        }
    }

    async fn forms_that_are_none_are_no_failure(server) {
        let app = App::new(server).await;
        let mut browser = app.browser();
        let page = app.open(&mut browser, &[]).await;
        let csrf = browser.cookie("XSRF-TOKEN").unwrap().to_owned();
        assert_eq!(page.status, 200);
        let cookie = format!("XSRF-TOKEN={csrf}; cognito=%3Cmark%3E; lang=<mark>");
        let form = "application/x-www-form-urlencoded";
        let long = "x".repeat(200 * 1024);
        for path in PAGES.into_iter().chain(ENDPOINTS) {
            let path = format!("{path}?{}", app.query(&[]));
            for (kind, body) in [
                (form, format!("_csrf={csrf}&_csrf={csrf}&username=alice")),
                (form, format!("_csrf={csrf}&username=%ff%fe")),
                (form, format!("_csrf={csrf}&username=%3Cmark%3E&password=%3Cmark%3E&code=%3Cmark%3E&email=%3Cmark%3E")),
                (form, format!("_csrf={csrf}&state=%3Cmark%3E&credential=%3Cmark%3E&do=%3Cmark%3E&of=%3Cmark%3E")),
                (form, format!("_csrf={csrf}&do=save&name=%3Cmark%3E&account=%3Cmark%3E&decision=%3Cmark%3E")),
                (form, format!("_csrf={csrf}&username={long}")),
                (form, String::new()),
                ("application/json", json!({ "_csrf": csrf, "username": MARK }).to_string()),
                ("multipart/form-data; boundary=x", "--x\r\n\r\n<mark>\r\n--x--".to_owned()),
                ("text/plain", format!("_csrf={csrf}&username=alice")),
            ] {
                let headers = [("content-type", kind), ("cookie", cookie.as_str())];
                let (status, told) = send(server, "POST", &path, &headers, body.as_bytes()).await;
                assert!((200..500).contains(&status), "{path:.40} {body:.60} {status}");
                assert!(!told.contains(MARK), "{path:.40} {body:.60} {told}");
            }
        }
    }

    async fn what_was_there_a_moment_ago_is_no_failure(server) {
        let app = App::new(server).await;
        let mut browser = app.browser();
        let page = app.open(&mut browser, &[]).await;
        let code = app.sign_in(&mut browser).await.parameter("code").unwrap();
        let client = json!({ "UserPoolId": app.pool, "ClientId": app.client });
        server.admin().ok("DeleteUserPoolClient", client).await;
        server.clock().advance_seconds(1);
        let fields = [("username", "alice"), ("password", TestServer::PASSWORD)];
        let answer = browser.fill(&page, &fields).await;
        assert!(answer.location().contains("/error?"), "{}", answer.location());
        assert_eq!(app.redeem(&code).await, (400, json!({ "error": "invalid_client" })));
        for path in PAGES {
            let (status, _) = send(server, "GET", &format!("{path}?{}", app.query(&[])), &[], b"").await;
            assert!((300..500).contains(&status), "{path} {status}");
        }
        let domain = json!({ "Domain": "shop", "UserPoolId": app.pool });
        server.admin().ok("DeleteUserPoolDomain", domain).await;
        server.clock().advance_seconds(1);
        for path in PAGES.into_iter().chain(ENDPOINTS) {
            let (status, _) = send(server, "GET", &format!("{path}?{}", app.query(&[])), &[], b"").await;
            assert_eq!(status, 404, "{path}");
        }
    }

    async fn methods_that_are_none_are_refused(server) {
        let _app = App::new(server).await;
        for path in PAGES.into_iter().chain(ENDPOINTS) {
            for method in ["PUT", "DELETE", "PATCH"] {
                let (status, _) = send(server, method, path, &[], b"").await;
                assert_eq!(status, 405, "{method} {path}");
            }
        }
    }
}
