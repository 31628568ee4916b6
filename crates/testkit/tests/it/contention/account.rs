//! The account: 64 changes of one role, and of what hangs on a user, at once (docs/decisions/0045-policies-are-asked-in-one-place.md).

use std::sync::Arc;

use poolhouse_testkit::{ApiError, TestServer, element};
use poolhouse_wire::iam;
use tokio::task::JoinSet;

use super::world::{CALLERS, Deployment, World};

type Input = Vec<(&'static str, String)>;

const ALLOW: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"cognito-idp:List*","Resource":"*"}}"#;
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}"#;

async fn ask(server: &TestServer, operation: &str, input: &Input) -> Result<String, ApiError> {
    let input: Vec<(&str, &str)> = input.iter().map(|(name, value)| (*name, value.as_str())).collect();
    server.admin().of(&iam::SERVICE).query(operation, &input).await
}

async fn ok(world: &World, operation: &str, input: &[(&'static str, &str)]) -> String {
    let input = input.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    ask(world.server(), operation, &input).await.unwrap()
}

/// All at once, at the nodes in turn; how many succeeded, and the codes of the others.
async fn storm(world: &World, requests: Vec<(&'static str, Input)>) -> (usize, Vec<String>) {
    let nodes = world.nodes();
    let mut set = JoinSet::new();
    for (number, (operation, input)) in requests.into_iter().enumerate() {
        let node = Arc::clone(&nodes[number % nodes.len()]);
        set.spawn(async move { ask(&node, operation, &input).await });
    }
    let answers = set.join_all().await;
    let done = answers.iter().filter(|answer| answer.is_ok()).count();
    let mut codes: Vec<String> =
        answers.into_iter().filter_map(Result::err).map(|error| error.code).collect();
    codes.sort();
    codes.dedup();
    (done, codes)
}

fn each(make: impl Fn(usize) -> (&'static str, Input)) -> Vec<(&'static str, Input)> {
    (0..CALLERS).map(make).collect()
}

fn owned<const N: usize>(input: [(&'static str, &str); N]) -> Input {
    input.into_iter().map(|(name, value)| (name, value.to_owned())).collect()
}

/// All changes of one role count.
async fn one_role(world: &World) {
    ok(world, "CreateRole", &[("RoleName", "r"), ("AssumeRolePolicyDocument", TRUST)]).await;
    let made = storm(
        world,
        each(|_| ("CreateRole", owned([("RoleName", "R"), ("AssumeRolePolicyDocument", TRUST)]))),
    );
    assert_eq!(made.await, (0, vec!["EntityAlreadyExists".to_owned()]));
    let changes = storm(
        world,
        each(|n| match n / 2 % 4 {
            0 => (
                "TagRole",
                vec![
                    ("RoleName", "r".to_owned()),
                    ("Tags.member.1.Key", format!("k{n}")),
                    ("Tags.member.1.Value", "v".to_owned()),
                ],
            ),
            1 => (
                "PutRolePolicy",
                vec![
                    ("RoleName", "r".to_owned()),
                    ("PolicyName", format!("p{n}")),
                    ("PolicyDocument", ALLOW.to_owned()),
                ],
            ),
            2 => ("UpdateRoleDescription", owned([("RoleName", "r"), ("Description", "d")])),
            _ => ("UpdateAssumeRolePolicy", owned([("RoleName", "r"), ("PolicyDocument", TRUST)])),
        }),
    );
    assert_eq!(changes.await, (CALLERS, Vec::new()));
    let role = ok(world, "GetRole", &[("RoleName", "r")]).await;
    assert_eq!(
        (role.matches("<Key>k").count(), element(&role, "Description")),
        (CALLERS / 4, Some("d".to_owned()))
    );
    let policies = ok(world, "ListRolePolicies", &[("RoleName", "r"), ("MaxItems", "1000")]).await;
    assert_eq!(policies.matches("<member>p").count(), CALLERS / 4);
}

/// A policy that is attached and deleted at once is either held or gone, and a user has no more than he may.
async fn attach_and_delete(world: &World) {
    ok(world, "CreateUser", &[("UserName", "ann")]).await;
    let made = ok(world, "CreatePolicy", &[("PolicyName", "p"), ("PolicyDocument", ALLOW)]).await;
    let arn = element(&made, "Arn").unwrap();
    let attach = || ("AttachUserPolicy", owned([("UserName", "ann"), ("PolicyArn", &arn)]));
    let delete = || ("DeletePolicy", owned([("PolicyArn", &arn)]));
    let (_, codes) = storm(world, each(|n| if n / 2 % 2 == 0 { attach() } else { delete() })).await;
    assert!(codes.iter().all(|code| code == "DeleteConflict" || code == "NoSuchEntity"), "{codes:?}");
    let attached = ok(world, "ListAttachedUserPolicies", &[("UserName", "ann")]).await;
    let is_there = ask(world.server(), "GetPolicy", &owned([("PolicyArn", &arn)])).await.is_ok();
    assert_eq!(attached.contains(&arn), is_there);
    let keys = storm(world, each(|_| ("CreateAccessKey", owned([("UserName", "ann")]))));
    assert_eq!(keys.await, (2, vec!["LimitExceeded".to_owned()]));
    let users = storm(world, each(|n| ("CreateUser", vec![("UserName", format!("u{n}"))])));
    assert_eq!(users.await, (CALLERS, Vec::new()));
    ok(world, "CreateGroup", &[("GroupName", "g")]).await;
    let join = |n: usize| {
        ("AddUserToGroup", vec![("GroupName", "g".to_owned()), ("UserName", format!("u{}", n / 4))])
    };
    let (_, codes) = storm(
        world,
        each(|n| match n / 2 % 2 {
            0 => join(n),
            _ => ("DeleteUser", vec![("UserName", format!("u{}", n / 4))]),
        }),
    )
    .await;
    assert!(codes.iter().all(|code| code == "DeleteConflict" || code == "NoSuchEntity"), "{codes:?}");
    let group = ok(world, "GetGroup", &[("GroupName", "g"), ("MaxItems", "1000")]).await;
    for number in 0..CALLERS / 4 {
        let name = format!("u{number}");
        let is_there = ask(world.server(), "GetUser", &owned([("UserName", &name)])).await.is_ok();
        assert_eq!(group.contains(&format!("<UserName>{name}</UserName>")), is_there, "{name}");
    }
}

async fn run(deployment: Deployment) {
    let Some(world) = World::start(deployment).await else { return };
    one_role(&world).await;
    attach_and_delete(&world).await;
    world.finish().await;
}

on_each_deployment!();
