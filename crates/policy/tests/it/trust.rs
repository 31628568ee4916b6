//! Trust policies (identity-pools-and-iam §9.1).

use poolhouse_policy::{Context, Decision, Layer, Policies, Principal, Request, TrustPolicy};
use serde_json::{Value, json};

use crate::policy;

const ROLE: &str = "arn:aws:iam::1:role/admins";
const USER: &str = "arn:aws:iam::1:user/alice";
const SESSION: &str = "arn:aws:sts::1:assumed-role/staff/s";
const STAFF: &str = "arn:aws:iam::1:role/path/staff";
const COGNITO: Principal<'_> = Principal::Federated("cognito-identity.amazonaws.com");

fn text(statement: &Value) -> String {
    json!({ "Version": "2012-10-17", "Statement": statement }).to_string()
}

fn trust(statement: &Value) -> TrustPolicy {
    let text = text(statement);
    TrustPolicy::parse(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refusal(text: &str) -> String {
    TrustPolicy::parse(text).map_or_else(|error| error.to_string(), |_| "no refusal".to_owned())
}

fn to(principal: &Value) -> Value {
    json!({ "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole" })
}

/// A statement that lets in an identity pool.
fn to_cognito(condition: Option<Value>) -> Value {
    let mut statement = json!({ "Effect": "Allow", "Principal": { "Federated": "cognito-identity.amazonaws.com" },
        "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"] });
    if let Some(condition) = condition {
        statement["Condition"] = condition;
    }
    statement
}

#[test]
fn refusals_have_words_of_their_own() {
    assert_eq!(refusal("{"), "This policy contains invalid Json");
    assert_eq!(refusal("{}"), "Syntax errors in policy.");
    let good = to(&json!({ "AWS": USER }));
    for (member, value, message) in [
        ("Resource", json!("*"), "Has prohibited field Resource"),
        ("NotResource", json!("*"), "Has prohibited field NotResource"),
        ("Principal", json!(null), "Missing required field Principal"),
        ("Action", json!(null), "Missing required field Action"),
        ("Effect", json!(null), "Missing required field Effect"),
        ("Principal", json!("alice"), "Syntax errors in policy."),
        ("Principal", json!([USER]), "Syntax errors in policy."),
        ("Principal", json!({ "Everybody": "*" }), "Syntax errors in policy."),
        ("NotPrincipal", json!("*"), "Syntax errors in policy."),
        ("Action", json!([]), "Policy statement must contain actions."),
        ("Action", json!("s3:GetObject"), "AssumeRole policy may only specify STS AssumeRole actions."),
        (
            "Action",
            json!(["sts:AssumeRole", "sts:GetCallerIdentity"]),
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ),
        ("Action", json!("*"), "AssumeRole policy may only specify STS AssumeRole actions."),
    ] {
        let mut statement = good.clone();
        if value.is_null() {
            statement.as_object_mut().unwrap().remove(member);
        } else {
            statement[member] = value;
        }
        assert_eq!(refusal(&text(&statement)), message, "{statement}");
    }
    let twice =
        r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"1","AWS":"2"},"Action":"sts:AssumeRole"}}"#;
    assert_eq!(refusal(twice), "Syntax errors in policy.");
    // What denies may name anything.
    assert_eq!(
        refusal(&text(&json!({ "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject" }))),
        "no refusal"
    );
}

#[test]
fn identity_pools_are_let_in_by_name() {
    assert_eq!(
        refusal(&text(&to_cognito(None))),
        "A condition block must be present for the Cognito provider"
    );
    let audience = "cognito-identity.amazonaws.com:aud";
    for (condition, good) in [
        (json!({ "StringEquals": { audience: "us-east-1:a" } }), true),
        (json!({ "StringLike": { audience: ["us-east-1:*"] } }), true),
        (json!({ "StringEqualsIgnoreCase": { audience.to_uppercase(): "x" } }), true),
        (json!({ "ForAnyValue:StringEquals": { audience: "x" } }), true),
        (json!({ "ForAllValues:StringLike": { audience: "x" } }), true),
        (json!({ "StringLike": { audience: "?" } }), true),
        (json!({ "StringLike": { audience: "**" } }), true),
        (json!({ "StringLike": { audience: "" } }), true),
        (json!({ "StringLike": { audience: [] } }), true),
        (json!({}), false),
        (json!({ "StringLike": { audience: "*" } }), false),
        (json!({ "StringEquals": { audience: ["x", "*"] } }), false),
        (json!({ "StringEqualsIfExists": { audience: "x" } }), false),
        (json!({ "StringNotEquals": { audience: "x" } }), false),
        (json!({ "ArnLike": { audience: "x" } }), false),
        (json!({ "StringEquals": { "cognito-identity.amazonaws.com:sub": "x" } }), false),
    ] {
        let message = "Trust policy with trusted principal cognito-identity.amazonaws.com must evaluate, using StringEquals, StringLike or StringEqualsIgnoreCase, cognito-identity.amazonaws.com:aud which is not scoped to all.";
        let expected = if good { "no refusal" } else { message };
        assert_eq!(refusal(&text(&to_cognito(Some(condition.clone())))), expected, "{condition}");
    }
    // Each Allow statement by itself; neither Deny nor TagSession alone is asked.
    let tag = json!({ "Effect": "Allow", "Principal": { "Federated": "cognito-identity.amazonaws.com" }, "Action": "sts:TagSession" });
    let mut deny = to_cognito(None);
    deny["Effect"] = json!("Deny");
    assert_eq!(refusal(&text(&json!([tag, deny]))), "no refusal");
    // Whoever lets in everyone lets in identity pools.
    let everyone = json!({ "Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole*" });
    assert_eq!(refusal(&text(&everyone)), "A condition block must be present for the Cognito provider");
}

#[test]
fn a_web_identity_is_judged_by_the_trust_policy_alone() {
    let trust = trust(&to_cognito(Some(json!({
        "StringEquals": { "cognito-identity.amazonaws.com:aud": "us-east-1:pool" },
        "ForAnyValue:StringLike": { "cognito-identity.amazonaws.com:amr": "authenticated" },
    }))));
    for (audience, means, expected) in [
        ("us-east-1:pool", "authenticated", true),
        ("us-east-1:pool", "unauthenticated", false),
        ("us-east-1:other", "authenticated", false),
    ] {
        let context = Context::new()
            .with("cognito-identity.amazonaws.com:aud", audience)
            .with_many("cognito-identity.amazonaws.com:amr", [means, "provider"]);
        let request = Request::new("sts:AssumeRoleWithWebIdentity", ROLE, &context);
        assert_eq!(trust.admits(&COGNITO, &request).is_allowed(), expected, "{audience} {means}");
        let other = Principal::Federated("accounts.google.com");
        assert_eq!(trust.admits(&other, &request), Decision::ImplicitDeny(Layer::Trust));
    }
}

#[test]
fn who_is_meant() {
    let user = Principal::User(USER);
    let session = Principal::Session { arn: SESSION, role: STAFF };
    let service = Principal::Service("lambda.amazonaws.com");
    let web = Principal::Federated("arn:aws:iam::1:oidc-provider/x");
    let principals = [user, session, service, web];
    for (principal, expected) in [
        (json!("*"), [true, true, true, true]),
        // Lets no web identity in (identity-pools-and-iam §8.1, recorded).
        (json!({ "AWS": "*" }), [true, true, false, false]),
        (json!({ "AWS": "1" }), [true, true, false, false]),
        (json!({ "AWS": "arn:aws:iam::1:root" }), [true, true, false, false]),
        (json!({ "AWS": "arn:aws:iam::2:root" }), [false; 4]),
        (json!({ "AWS": USER }), [true, false, false, false]),
        (json!({ "AWS": "arn:aws:iam::1:user/*" }), [false; 4]),
        (json!({ "AWS": STAFF }), [false, true, false, false]),
        (json!({ "AWS": [SESSION, USER] }), [true, true, false, false]),
        (json!({ "Service": "lambda.amazonaws.com" }), [false, false, true, false]),
        (json!({ "Federated": "arn:aws:iam::1:oidc-provider/x", "AWS": USER }), [true, false, false, true]),
        (json!({ "Federated": "*" }), [false; 4]),
        (json!({ "CanonicalUser": USER }), [false; 4]),
    ] {
        let statement = json!({ "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole" });
        let excepted = json!({ "Effect": "Allow", "NotPrincipal": principal, "Action": "sts:AssumeRole" });
        let context = Context::new();
        let request = Request::new("sts:AssumeRole", ROLE, &context);
        let admitted =
            principals.map(|principal| trust(&statement).admits(&principal, &request).is_allowed());
        assert_eq!(admitted, expected, "{principal}");
        let admitted = principals.map(|principal| trust(&excepted).admits(&principal, &request).is_allowed());
        assert_eq!(admitted, expected.map(|expected| !expected), "all but {principal}");
    }
}

#[test]
fn assuming_a_role_takes_both_sides_or_a_trust_that_names_the_caller() {
    let context = Context::new();
    let request = Request::new("sts:AssumeRole", ROLE, &context);
    let (yes, no) = (
        [policy(&json!({ "Effect": "Allow", "Action": "sts:*", "Resource": "*" }))],
        [policy(&json!({ "Effect": "Allow", "Action": "s3:*", "Resource": "*" }))],
    );
    let user = Principal::User(USER);
    let session = Principal::Session { arn: SESSION, role: STAFF };
    let by = |name: &str| trust(&to(&json!({ "AWS": name })));
    let (account, itself, role) = (by("1"), by(USER), by(STAFF));
    let plain = |identity| Policies { identity, boundary: None, session: None };
    let limited = |identity, session| Policies { identity, boundary: None, session: Some(session) };
    for (policies, trust, principal, refused_by) in [
        (plain(&yes[..]), &account, user, None),
        (plain(&no), &account, user, Some(Layer::Identity)),
        (plain(&no), &itself, user, None),
        (plain(&yes), &role, user, Some(Layer::Trust)),
        (plain(&no), &role, session, None),
        (limited(&yes[..], &no[..]), &role, session, Some(Layer::Session)),
        (limited(&no, &yes), &role, session, None),
        (limited(&yes, &no), &account, session, Some(Layer::Session)),
    ] {
        let decision = policies.decide_assuming(trust, &principal, &request);
        assert_eq!(decision.is_allowed(), refused_by.is_none(), "{decision:?}");
        if let Some(layer) = refused_by {
            assert_eq!(decision, Decision::ImplicitDeny(layer));
        }
    }
    // Denials on either side come first.
    let denied = [policy(&json!({ "Effect": "Deny", "Action": "sts:*", "Resource": "*" }))];
    assert!(matches!(
        plain(&denied).decide_assuming(&itself, &user, &request),
        Decision::ExplicitDeny(ground) if ground.layer == Layer::Identity
    ));
    let mut deny = to(&json!({ "AWS": USER }));
    deny["Effect"] = json!("Deny");
    let both = trust(&json!([to(&json!({ "AWS": USER })), deny]));
    assert!(matches!(
        plain(&yes).decide_assuming(&both, &user, &request),
        Decision::ExplicitDeny(ground) if ground.layer == Layer::Trust && ground.statement == 1
    ));
}
