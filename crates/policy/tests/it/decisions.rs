//! Decisions (identity-pools-and-iam §10.3): what statements apply to, the order of the layers, and the words.

use std::sync::Arc;

use poolhouse_policy::{Context, Decision, Ground, Layer, Policies, Policy, Request};
use serde_json::{Value, json};

use crate::{POOL, allows, policy};

const ACTION: &str = "cognito-idp:CreateGroup";

fn decide(policies: &Policies<'_>) -> Decision {
    policies.decide(&Request::new(ACTION, POOL, &Context::new()))
}

fn allow() -> Arc<Policy> {
    policy(&json!({ "Effect": "Allow", "Action": "*", "Resource": "*" }))
}

fn deny() -> Arc<Policy> {
    policy(&json!({ "Effect": "Deny", "Action": ACTION, "Resource": POOL }))
}

fn elsewhere() -> Arc<Policy> {
    policy(&json!({ "Effect": "Allow", "Action": "s3:*", "Resource": "*" }))
}

fn statement(members: &Value) -> Value {
    let mut statement = json!({ "Effect": "Allow" });
    statement.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    statement
}

#[test]
fn actions_are_compared_without_regard_to_case() {
    for (action, expected) in [
        ("*", true),
        ("cognito-idp:*", true),
        ("COGNITO-IDP:creategroup", true),
        ("cognito-idp:Create*", true),
        ("cognito-idp:create?roup", true),
        ("cognito-idp:Create", false),
        ("cognito-idp:CreateGroup?", false),
        ("cognito-identity:*", false),
        ("*:CreateGroup", true),
        ("*:*", true),
        ("cognito-idp:${*}", false),
    ] {
        let held = allows(&statement(&json!({ "Action": action, "Resource": "*" })), &Context::new());
        assert_eq!(held, expected, "{action}");
        let held = allows(&statement(&json!({ "NotAction": action, "Resource": "*" })), &Context::new());
        assert_eq!(held, !expected, "not {action}");
    }
}

#[test]
fn resources_are_compared_part_by_part() {
    for (resource, expected) in [
        ("*", true),
        (POOL, true),
        ("arn:aws:cognito-idp:*", true),
        ("arn:aws:cognito-idp", true),
        ("arn:aws:cognito-idp:us-east-1:123456789012:userpool/*", true),
        ("arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_???", true),
        ("arn:aws:cognito-idp:us-east-1:123456789012:userpool/US-east-1_abc", false),
        ("arn:aws:cognito-idp:*:userpool/us-east-1_abc", false),
        ("arn:aws:cognito-idp:us-east-?:*:userpool/*", true),
        ("arn:aws:cognito-identity:*:*:*", false),
        ("arn:*:cognito-idp:*:*:*", true),
    ] {
        let held = allows(&statement(&json!({ "Action": "*", "Resource": resource })), &Context::new());
        assert_eq!(held, expected, "{resource}");
        let held = allows(&statement(&json!({ "Action": "*", "NotResource": resource })), &Context::new());
        assert_eq!(held, !expected, "not {resource}");
    }
    let several = json!({ "Action": "*", "NotResource": ["arn:aws:s3:::b", POOL] });
    assert!(!allows(&statement(&several), &Context::new()));
}

#[test]
fn an_action_without_a_resource_is_met_by_the_star_alone() {
    let context = Context::new();
    let request = Request::new("cognito-idp:ListUserPools", "*", &context);
    for (member, resource, expected) in [
        ("Resource", "*", true),
        ("Resource", "arn:aws:cognito-idp:*:*:userpool/*", false),
        ("Resource", "arn:aws:cognito-idp:*", false),
        ("NotResource", POOL, true),
        ("NotResource", "*", false),
    ] {
        let policies = [policy(&json!({ "Effect": "Allow", "Action": "*", member: resource }))];
        assert_eq!(Policies::of(&policies).decide(&request).is_allowed(), expected, "{member} {resource}");
    }
}

#[test]
fn what_a_variable_brings_in_is_no_wildcard() {
    let resource = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/${aws:username}";
    for (name, expected) in [("us-east-1_abc", true), ("*", false), ("us-east-1_ab?", false), ("", false)] {
        let context = Context::new().with("aws:username", name);
        assert_eq!(
            allows(&statement(&json!({ "Action": "*", "Resource": resource })), &context),
            expected,
            "{name}"
        );
        // Nor does it widen what is excepted.
        let except = statement(&json!({ "Action": "*", "NotResource": resource }));
        assert_eq!(allows(&except, &context), !expected, "{name}");
    }
}

#[test]
fn a_variable_without_a_value_makes_no_element_match() {
    let resource = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/${aws:username}";
    for context in [Context::new(), Context::new().with_many("aws:username", ["us-east-1_abc"])] {
        assert!(!allows(&statement(&json!({ "Action": "*", "Resource": resource })), &context));
        assert!(!allows(&statement(&json!({ "Action": "*", "NotResource": resource })), &context));
        // In Deny too.
        for member in ["Resource", "NotResource"] {
            let policies = [allow(), policy(&json!({ "Effect": "Deny", "Action": "*", member: resource }))];
            let request = Request::new(ACTION, POOL, &context);
            assert!(Policies::of(&policies).decide(&request).is_allowed(), "{member}");
        }
        // Another part rules it out all the same.
        let other = resource.replace("us-east-1:", "eu-west-1:");
        assert!(allows(&statement(&json!({ "Action": "*", "NotResource": other })), &context));
    }
}

#[test]
fn an_explicit_deny_counts_wherever_it_stands() {
    let allow_then_deny =
        |deny: Value| policy(&json!([{ "Effect": "Allow", "Action": "*", "Resource": "*" }, deny]));
    for deny in [
        json!({ "Effect": "Deny", "Action": ACTION, "Resource": "*" }),
        json!({ "Effect": "Deny", "NotAction": "s3:*", "Resource": "*" }),
        json!({ "Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::*" }),
    ] {
        let policies = [allow_then_deny(deny)];
        let ground = Ground { layer: Layer::Identity, policy: 0, statement: 1 };
        assert_eq!(decide(&Policies::of(&policies)), Decision::ExplicitDeny(ground));
    }
    let identity = [elsewhere(), allow()];
    let (boundary, session) = (deny(), [allow(), deny()]);
    let policies = Policies { boundary: Some(&boundary), ..Policies::of(&identity) };
    assert_eq!(
        decide(&policies),
        Decision::ExplicitDeny(Ground { layer: Layer::Boundary, policy: 0, statement: 0 })
    );
    let policies = Policies { session: Some(&session), ..Policies::of(&identity) };
    assert_eq!(
        decide(&policies),
        Decision::ExplicitDeny(Ground { layer: Layer::Session, policy: 1, statement: 0 })
    );
}

#[test]
fn every_layer_that_is_there_has_to_allow() {
    let (yes, no) = ([elsewhere(), allow()], [elsewhere()]);
    let (boundary_yes, boundary_no) = (allow(), elsewhere());
    let allowed = Decision::Allow(Ground { layer: Layer::Identity, policy: 1, statement: 0 });
    let lacks = Decision::ImplicitDeny;
    for (identity, boundary, session, expected) in [
        (&yes[..], None, None, allowed),
        (&yes, Some(&boundary_yes), Some(&yes[..]), allowed),
        (&no, None, None, lacks(Layer::Identity)),
        (&[], None, None, lacks(Layer::Identity)),
        (&no, Some(&boundary_yes), Some(&yes), lacks(Layer::Identity)),
        (&yes, Some(&boundary_no), None, lacks(Layer::Boundary)),
        (&yes, Some(&boundary_no), Some(&yes), lacks(Layer::Boundary)),
        (&yes, None, Some(&no), lacks(Layer::Session)),
        (&yes, None, Some(&[]), lacks(Layer::Session)),
        (&no, Some(&boundary_no), Some(&no), lacks(Layer::Session)),
    ] {
        assert_eq!(decide(&Policies { identity, boundary, session }), expected);
    }
}

#[test]
fn refusals_are_worded_as_by_aws() {
    let ground = |layer| Ground { layer, policy: 0, statement: 0 };
    for (decision, expected) in [
        (Decision::Allow(ground(Layer::Identity)), None),
        (
            Decision::ImplicitDeny(Layer::Identity),
            Some(" because no identity-based policy allows the cognito-idp:CreateGroup action"),
        ),
        (
            Decision::ImplicitDeny(Layer::Boundary),
            Some(" because no permissions boundary allows the cognito-idp:CreateGroup action"),
        ),
        (
            Decision::ImplicitDeny(Layer::Session),
            Some(" because no session policy allows the cognito-idp:CreateGroup action"),
        ),
        (
            Decision::ImplicitDeny(Layer::Trust),
            Some(" because no role trust policy allows the cognito-idp:CreateGroup action"),
        ),
        (
            Decision::ExplicitDeny(ground(Layer::Identity)),
            Some(" with an explicit deny in an identity-based policy"),
        ),
        (
            Decision::ExplicitDeny(ground(Layer::Boundary)),
            Some(" with an explicit deny in a permissions boundary"),
        ),
        (Decision::ExplicitDeny(ground(Layer::Session)), Some(" with an explicit deny in a session policy")),
        (
            Decision::ExplicitDeny(ground(Layer::Trust)),
            Some(" with an explicit deny in the role trust policy"),
        ),
    ] {
        assert_eq!(decision.reason(ACTION).as_deref(), expected);
    }
}
