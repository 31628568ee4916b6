//! Nothing that lets somebody in, and no user's address, is ever in the log, however much is logged.

use std::fs;
use std::process::Command;

use poolhouse_testkit::Database;
use serde_json::{Value, json};

use crate::common::{Folder, PASSWORD, ROOT_SECRET, Sender, Server, serve};

/// Everything secret that the test meets, with what it is.
#[derive(Default)]
struct Secrets(Vec<(&'static str, String)>);

impl Secrets {
    fn note(&mut self, what: &'static str, value: &Value) -> String {
        let value = value.as_str().unwrap_or_else(|| panic!("{what}: {value}")).to_owned();
        assert!(value.len() >= 6, "{what} {value:?} is too short to be searched for");
        self.0.push((what, value.clone()));
        value
    }

    /// Notes the parts of an answer that are secret.
    fn note_result(&mut self, answer: &Value) {
        for token in ["IdToken", "AccessToken", "RefreshToken"] {
            if answer["AuthenticationResult"].get(token).is_some() {
                self.note(token, &answer["AuthenticationResult"][token]);
            }
        }
        if let Some(session) = answer.get("Session") {
            // Before the hyphen is the id of the client, which the log may name.
            let sealed = session.as_str().and_then(|session| Some(session.split_once('-')?.1));
            self.note("Session", &json!(sealed));
        }
    }
}

#[test]
fn no_secret_in_the_log_at_any_level() {
    let folder = Folder::new();
    assert_discreet(&folder, &mut serve(folder.path()));
}

/// The driver of PostgreSQL logs for itself.
#[tokio::test]
async fn no_secret_in_the_log_with_postgresql() {
    let Some(database) = Database::postgres().await else { return };
    let folder = Folder::new();
    assert_discreet(&folder, serve(folder.path()).args(["--database", database.url()]));
    database.drop_database().await;
}

fn assert_discreet(folder: &Folder, server: &mut Command) {
    let server = Server::start(server.args(["--log", "trace", "--dev"]));
    let mut secrets = Secrets::default();
    use_everything(&server, &mut secrets);
    secrets.note("master key", &json!(fs::read_to_string(folder.join("master.key")).unwrap().trim()));
    secrets.note("root secret", &json!(ROOT_SECRET));
    let log = server.stop();
    assert!(log.contains("\"level\":\"DEBUG\""), "not everything is logged");
    for (what, secret) in &secrets.0 {
        // Nor a part of it.
        let head = &secret[..secret.len().min(24)];
        assert!(!log.contains(head), "{what} in the log: {}", line_with(&log, head));
    }
}

fn line_with<'a>(log: &'a str, text: &str) -> &'a str {
    log.lines().find(|line| line.contains(text)).unwrap_or_default()
}

fn use_everything(server: &Server, secrets: &mut Secrets) {
    let pool =
        server.ok("CreateUserPool", &json!({ "PoolName": "test", "AutoVerifiedAttributes": ["email"] }));
    let pool = pool["UserPool"]["Id"].as_str().unwrap().to_owned();
    let client = client(server, &pool, secrets);
    sign_up(server, &pool, &client, secrets);
    sign_in(server, &client, secrets);
    recover(server, &pool, &client, secrets);
    temporary_password(server, &pool, &client, secrets);
}

fn client(server: &Server, pool: &str, secrets: &mut Secrets) -> String {
    let flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"];
    let input = json!({ "UserPoolId": pool, "ClientName": "app", "ExplicitAuthFlows": flows });
    let made = server.ok("CreateUserPoolClient", &input);
    let secret = json!({ "UserPoolId": pool, "ClientName": "secret", "GenerateSecret": true });
    let other = server.ok("CreateUserPoolClient", &secret);
    secrets.note("client secret", &other["UserPoolClient"]["ClientSecret"]);
    made["UserPoolClient"]["ClientId"].as_str().unwrap().to_owned()
}

fn public(server: &Server, operation: &str, input: &Value) -> Value {
    server.connect().call(Sender::Public, operation, input).unwrap().ok(operation)
}

/// The code in the newest message to a user.
fn code(server: &Server, pool: &str, user: &str, secrets: &mut Secrets) -> String {
    let path = format!("/_poolhouse/dev/messages?pool={pool}&username={user}");
    let messages = server.connect().get(&path).unwrap().ok("messages");
    secrets.note("code", &messages[0]["code"])
}

fn sign_up(server: &Server, pool: &str, client: &str, secrets: &mut Secrets) {
    let password = secrets.note("password", &json!(PASSWORD));
    let address = secrets.note("address", &json!("ann@example.com"));
    let email = json!([{ "Name": "email", "Value": address }]);
    let input =
        json!({ "ClientId": client, "Username": "ann", "Password": password, "UserAttributes": email });
    public(server, "SignUp", &input);
    code(server, pool, "ann", secrets);
    let wrong = json!({ "ClientId": client, "Username": "ann", "ConfirmationCode": "wrong-code" });
    let refused = server.connect().call(Sender::Public, "ConfirmSignUp", &wrong).unwrap();
    assert_eq!(refused.status, 400);
    secrets.note("wrong code", &json!("wrong-code"));
    public(server, "ResendConfirmationCode", &json!({ "ClientId": client, "Username": "ann" }));
    let code = code(server, pool, "ann", secrets);
    let input = json!({ "ClientId": client, "Username": "ann", "ConfirmationCode": code });
    public(server, "ConfirmSignUp", &input);
}

fn sign_in(server: &Server, client: &str, secrets: &mut Secrets) {
    let start = |password: &str| {
        let parameters = json!({ "USERNAME": "ann", "PASSWORD": password });
        json!({ "ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters })
    };
    let wrong = secrets.note("wrong password", &json!("Wrong-Horse-8"));
    let refused = server.connect().call(Sender::Public, "InitiateAuth", &start(&wrong)).unwrap();
    assert_eq!(refused.status, 400);
    let result = public(server, "InitiateAuth", &start(PASSWORD));
    secrets.note_result(&result);
    let (access, refresh) =
        (&result["AuthenticationResult"]["AccessToken"], &result["AuthenticationResult"]["RefreshToken"]);
    public(server, "GetUser", &json!({ "AccessToken": access }));
    // Broken tokens are the ones that end up in messages about what is wrong with them.
    let broken = json!(format!("{}x", access.as_str().unwrap()));
    let refused =
        server.connect().call(Sender::Public, "GetUser", &json!({ "AccessToken": broken })).unwrap();
    assert_eq!(refused.status, 400);
    let input = json!({
        "ClientId": client, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": { "REFRESH_TOKEN": refresh },
    });
    secrets.note_result(&public(server, "InitiateAuth", &input));
    let proposed = secrets.note("password", &json!("Correct-Donkey-9"));
    let input = json!({ "AccessToken": access, "PreviousPassword": PASSWORD, "ProposedPassword": proposed });
    public(server, "ChangePassword", &input);
}

fn recover(server: &Server, pool: &str, client: &str, secrets: &mut Secrets) {
    public(server, "ForgotPassword", &json!({ "ClientId": client, "Username": "ann" }));
    let code = code(server, pool, "ann", secrets);
    let password = secrets.note("password", &json!("Correct-Zebra-10"));
    let input =
        json!({ "ClientId": client, "Username": "ann", "ConfirmationCode": code, "Password": password });
    public(server, "ConfirmForgotPassword", &input);
}

fn temporary_password(server: &Server, pool: &str, client: &str, secrets: &mut Secrets) {
    let password = secrets.note("temporary password", &json!("Temp0rary!Pass"));
    let input = json!({
        "UserPoolId": pool, "Username": "bob", "TemporaryPassword": password, "MessageAction": "SUPPRESS",
    });
    server.ok("AdminCreateUser", &input);
    let parameters = json!({ "USERNAME": "bob", "PASSWORD": password });
    let input = json!({ "ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters });
    let challenge = public(server, "InitiateAuth", &input);
    assert_eq!(challenge["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    secrets.note_result(&challenge);
    let password = secrets.note("password", &json!("Correct-Mule-11"));
    let input = json!({
        "ClientId": client, "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": challenge["Session"],
        "ChallengeResponses": { "USERNAME": "bob", "NEW_PASSWORD": password },
    });
    secrets.note_result(&public(server, "RespondToAuthChallenge", &input));
    let password = secrets.note("password", &json!("Correct-Camel-12"));
    let input = json!({ "UserPoolId": pool, "Username": "bob", "Password": password, "Permanent": true });
    server.ok("AdminSetUserPassword", &input);
}
