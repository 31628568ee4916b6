//! What holds of all policies and requests.

use std::sync::Arc;

use poolhouse_policy::{Context, Decision, Policies, Policy, Request};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use crate::{POOL, policy};

/// A statement that has a chance to meet the others' requests.
fn statement() -> impl Strategy<Value = Value> {
    let action = select(vec!["*", "cognito-idp:*", "cognito-idp:CreateGroup", "cognito-idp:List*", "iam:*"]);
    let resource = select(vec![
        "*",
        POOL,
        "arn:aws:cognito-idp:*",
        "arn:aws:cognito-idp:us-east-1:123456789012:userpool/${aws:username}",
        "arn:aws:iam::*:role/*",
    ]);
    let condition = select(vec![
        json!({}),
        json!({ "StringEquals": { "aws:username": "us-east-1_abc" } }),
        json!({ "StringNotLike": { "aws:username": "us*" } }),
        json!({ "ForAnyValue:StringEquals": { "aws:TagKeys": ["a", "b"] } }),
        json!({ "Null": { "aws:TagKeys": true } }),
    ]);
    let members = (select(vec!["Action", "NotAction"]), select(vec!["Resource", "NotResource"]));
    (any::<bool>(), members, action, resource, condition).prop_map(
        |(allow, members, action, resource, condition)| {
            let effect = if allow { "Allow" } else { "Deny" };
            json!({ "Effect": effect, (members.0): action, (members.1): resource, "Condition": condition })
        },
    )
}

fn documents() -> impl Strategy<Value = Vec<Vec<Value>>> {
    proptest::collection::vec(proptest::collection::vec(statement(), 1..4), 0..4)
}

fn context() -> impl Strategy<Value = Context> {
    let name = select(vec![None, Some("us-east-1_abc"), Some("*"), Some("alice")]);
    (name, subsequence(vec!["a", "c"], 0..=2)).prop_map(|(name, tags)| {
        let context = Context::new().with_many("aws:TagKeys", tags);
        name.into_iter().fold(context, |context, name| context.with("aws:username", name))
    })
}

fn compiled(documents: &[Vec<Value>]) -> Vec<Arc<Policy>> {
    documents.iter().map(|statements| policy(&json!(statements))).collect()
}

/// The decision without the numbers of policy and statement.
fn outcome(identity: &[Arc<Policy>], limits: &[Arc<Policy>], context: &Context) -> String {
    let policies = Policies { identity, boundary: limits.first(), session: limits.get(1..) };
    match policies.decide(&Request::new("cognito-idp:CreateGroup", POOL, context)) {
        Decision::Allow(ground) => format!("allow {:?}", ground.layer),
        Decision::ExplicitDeny(ground) => format!("deny {:?}", ground.layer),
        Decision::ImplicitDeny(layer) => format!("none {layer:?}"),
    }
}

proptest! {
    #[test]
    fn one_more_denial_never_allows(
        documents in documents(), limits in documents(), context in context(), more in statement(), place: prop::sample::Index,
    ) {
        let before = outcome(&compiled(&documents), &compiled(&limits), &context);
        let mut more = more;
        more["Effect"] = json!("Deny");
        for added_to_identity in [true, false] {
            let (mut documents, mut limits) = (documents.clone(), limits.clone());
            let changed = if added_to_identity { &mut documents } else { &mut limits };
            if changed.is_empty() {
                continue;
            }
            let place = place.index(changed.len());
            changed[place].insert(0, more.clone());
            let after = outcome(&compiled(&documents), &compiled(&limits), &context);
            prop_assert!(!after.starts_with("allow") || before.starts_with("allow"), "{} {}", before, after);
        }
    }

    #[test]
    fn the_order_of_statements_and_policies_does_not_matter(
        (documents, shuffled) in documents().prop_flat_map(|documents| {
            let each: Vec<_> = documents.iter().map(|statements| Just(statements.clone()).prop_shuffle()).collect();
            (Just(documents), each.prop_flat_map(|documents| Just(documents).prop_shuffle()))
        }),
        limits in documents(),
        context in context(),
    ) {
        let limits = compiled(&limits);
        prop_assert_eq!(
            outcome(&compiled(&documents), &limits, &context),
            outcome(&compiled(&shuffled), &limits, &context)
        );
    }

    #[test]
    fn any_text_is_no_document_or_one(text in "\\PC{0,60}") {
        let _ = Policy::parse(&text);
        let document = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": "*",
            "Resource": format!("arn:aws:cognito-idp:us-east-1:123456789012:{text}"),
            "Condition": { "StringLikeIfExists": { "k": text }, "DateLessThanIfExists": { "k": text },
                           "IpAddressIfExists": { "k": text }, "ArnLikeIfExists": { "k": text } } } });
        let policy = [Arc::new(Policy::parse(&document.to_string()).unwrap())];
        for context in [Context::new(), Context::new().with("k", text.as_str())] {
            let _ = Policies::of(&policy).decide(&Request::new(&text, &text, &context));
        }
    }
}
