//! The account from the command line and from a file, without a server.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use serde_json::json;

use crate::common::{BINARY, Folder, Sender, Server, command, refused, serve};

/// Runs `poolhouse iam`; returns its exit code and what it printed.
fn iam(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = command(BINARY);
    command.arg("iam").args(arguments).arg("--data-dir").arg(folder).stdout(Stdio::piped());
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

fn done(folder: &Path, arguments: &[&str]) -> String {
    let (code, said) = iam(folder, arguments);
    assert_eq!(code, Some(0), "{said}");
    said
}

/// A folder that a server has used.
fn used() -> Folder {
    let folder = Folder::new();
    Server::start(&mut serve(folder.path())).stop();
    folder
}

/// The key pair in what `add-user` and `add-key` print.
fn pair(said: &str) -> (String, String) {
    let value = |name: &str| said.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
    (value("AWS_ACCESS_KEY_ID="), value("AWS_SECRET_ACCESS_KEY="))
}

const LIST: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"cognito-idp:List*","Resource":"*"}}"#;

#[test]
fn a_user_is_made_signs_and_is_locked_out() {
    let folder = used();
    let policy = folder.join("lists.json");
    fs::write(&policy, LIST).unwrap();
    let said = done(folder.path(), &["add-user", "ann", "--policy", policy.to_str().unwrap()]);
    let (id, secret) = pair(&said);
    let (second, _) = pair(&done(folder.path(), &["add-key", "ann"]));
    let listed = done(folder.path(), &["list"]);
    assert!(listed.starts_with("ann  policies: lists  groups: none\n"), "{listed}");
    assert!(
        listed.contains(&format!("{id}  Active")) && listed.contains(&second) && !listed.contains(&secret),
        "{listed}"
    );

    let asks = |server: &Server, operation: &str, input: &serde_json::Value| {
        server.connect().call(Sender::Key(&id, &secret), operation, input).unwrap().json()
    };
    let server = Server::start(&mut serve(folder.path()));
    let pools = json!({ "MaxResults": 1 });
    assert!(asks(&server, "ListUserPools", &pools)["UserPools"].is_array());
    let denied = asks(&server, "CreateUserPool", &json!({ "PoolName": "p" }));
    assert_eq!(denied["__type"], "AccessDeniedException");
    // The database is the server's while it runs.
    let (code, said) = iam(folder.path(), &["list"]);
    assert_eq!(code, Some(2), "{said}");
    server.stop();

    let said = done(folder.path(), &["lock-out", "ann"]);
    assert!(said.contains(&format!("{id} is inactive.")) && said.contains(&second), "{said}");
    let server = Server::start(&mut serve(folder.path()));
    assert_eq!(asks(&server, "ListUserPools", &pools)["__type"], "UnrecognizedClientException");
    server.stop();
}

#[test]
fn mistakes_say_what_to_do() {
    let folder = used();
    let failed = |arguments: &[&str], code: i32, words: &str| {
        let (got, said) = iam(folder.path(), arguments);
        assert_eq!(got, Some(code), "{said}");
        assert!(said.contains(words), "{said}");
    };
    failed(&["add-key", "ann"], 1, "The user with name ann cannot be found.");
    failed(&["add-user", "a b"], 1, "failed to satisfy constraint");
    failed(
        &["add-user", "bob", "--policy", "NoSuch"],
        1,
        "policy NoSuch: NoSuchEntityException: Policy arn:aws:iam::aws:policy/NoSuch was not found.",
    );
    failed(&["lock-out", "eve"], 1, "cannot be found");
    failed(&["drift", "no-such-file.toml"], 2, "no-such-file.toml");
    let empty = Folder::new();
    let (code, said) = iam(empty.path(), &["list"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("master.key is missing"), "{said}");
}

const ACCOUNT: &str = r#"
[policies.lists]
document = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"cognito-idp:List*","Resource":"*"}}"""

[groups.readers]
policies = ["lists"]

[users.ann]
groups = ["readers"]
tags = { team = "blue" }
boundary = "AmazonCognitoReadOnly"

[users.ann.inline]
own = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:GetUser","Resource":"*"}}"""

[roles.editors]
trust = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:user/ann"},"Action":"sts:AssumeRole"}}"""
longest-session = 7200
policies = ["AmazonCognitoPowerUser"]
"#;

#[test]
fn an_account_is_made_as_a_file_says_and_brought_back_to_it() {
    let folder = used();
    let file = folder.join("account.toml");
    fs::write(&file, ACCOUNT).unwrap();
    let name = file.to_str().unwrap();
    let (code, said) = iam(folder.path(), &["drift", name]);
    assert_eq!(code, Some(1));
    assert!(said.contains("would change: user ann is made"), "{said}");
    let start = || Server::start(serve(folder.path()).arg("--iam-file").arg(&file)).stop();
    let log = start();
    assert!(log.contains("role editors is made") && !log.contains("was not as the iam-file says"), "{log}");
    assert_eq!(done(folder.path(), &["drift", name]), "The account is as the file says.\n");
    assert!(!start().contains("as the iam-file says"));

    // Somebody gives ann more than the file does, and the role too.
    let mut changed = ACCOUNT.replace("groups = [\"readers\"]", "policies = [\"AdministratorAccess\"]");
    changed = changed.replace("blue", "red").replace("7200", "3600").replace("List*", "Get*");
    changed = changed.replace("boundary = \"AmazonCognitoReadOnly\"", "path = \"/team/\"");
    let other = folder.join("other.toml");
    fs::write(&other, format!("{changed}\n[users.eve]\n")).unwrap();
    let log = Server::start(serve(folder.path()).arg("--iam-file").arg(&other)).stop();
    assert!(log.contains("policy lists: document") && log.contains("was not as the iam-file says"), "{log}");
    let (code, said) = iam(folder.path(), &["drift", name]);
    assert_eq!(code, Some(1));
    for line in [
        "would change: policy lists: document",
        "would change: user ann: path",
        "would change: user ann: permissions boundary",
        "would change: user ann: tags",
        "would change: user ann: arn:aws:iam::aws:policy/AdministratorAccess is detached",
        "would change: user ann joins group readers",
        "would change: role editors: description or longest session",
        "not in the file: user eve",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    let log = start();
    assert!(log.contains("AdministratorAccess is detached"), "{log}");
    let (_, said) = iam(folder.path(), &["drift", name]);
    assert!(said.starts_with("not in the file: user eve\n"), "{said}");
}

#[test]
fn a_file_that_cannot_come_true_keeps_the_server_from_starting() {
    let folder = used();
    let file = folder.join("account.toml");
    let try_start = |text: &str| {
        fs::write(&file, text).unwrap();
        refused(serve(folder.path()).arg("--iam-file").arg(&file))
    };
    assert!(try_start("[people.ann]").contains("unknown field `people`"));
    let said = try_start("[users.ann.inline]\np = '{}'");
    assert!(
        said.contains("user ann: inline policy p: ") && said.contains(": Syntax errors in policy."),
        "{said}"
    );
    let said = try_start("[users.ann]\ngroups = ['none']");
    assert!(said.contains("The group with name none cannot be found."), "{said}");
}

/// Names are changed while a server runs; it starts again all the same.
#[test]
fn a_trusted_user_who_was_renamed_keeps_no_server_from_starting() {
    let folder = used();
    let file = folder.join("account.toml");
    let trust = |name: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::000000000000:user/{name}"}},"Action":"sts:AssumeRole"}}}}"#
        )
    };
    fs::write(&file, format!("[roles.work]\ntrust = '{}'\n", trust("ops"))).unwrap();
    done(folder.path(), &["add-user", "ops"]);
    let (id, secret) = pair(&done(folder.path(), &["add-user", "root", "--policy", "AdministratorAccess"]));
    let start = || Server::start(serve(folder.path()).arg("--iam-file").arg(&file));
    let ask = |server: &Server, form: &str| {
        let answer = server.connect().query(Sender::Key(&id, &secret), form).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    };
    let server = start();
    ask(&server, "Action=UpdateUser&Version=2010-05-08&UserName=ops&NewUserName=operators");
    server.stop();
    let server = start();
    let role = ask(&server, "Action=GetRole&Version=2010-05-08&RoleName=work");
    assert!(role.contains("user%2Foperators"), "it trusts whom it trusted: {role}");
    let log = server.stop();
    assert!(log.contains("role work: trust") && log.contains("stays as it is"), "{log}");
    let (code, said) = iam(folder.path(), &["drift", file.to_str().unwrap()]);
    assert_eq!(code, Some(1));
    assert!(said.contains("would change: role work: trust"), "{said}");
    // A role that is yet to be made trusts nobody who is not there.
    fs::write(&file, format!("[roles.other]\ntrust = '{}'\n", trust("ops"))).unwrap();
    let said = refused(serve(folder.path()).arg("--iam-file").arg(&file));
    assert!(said.contains("Invalid principal in policy"), "{said}");
}
