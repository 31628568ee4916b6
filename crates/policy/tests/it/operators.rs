//! The operators of conditions (identity-pools-and-iam §10.2).

use poolhouse_policy::Context;
use serde_json::json;

use crate::holds;

/// Each line: operator, value of the document, value of the request, and whether they pass.
fn check(cases: &[(&str, &str, &str, bool)]) {
    for (operator, value, request, expected) in cases {
        let context = Context::new().with("test:key", *request);
        let held = holds(&json!({ (*operator): { "test:key": value } }), &context);
        assert_eq!(held, *expected, "{request:?} {operator} {value:?}");
    }
}

#[test]
fn texts() {
    check(&[
        ("StringEquals", "alice", "alice", true),
        ("StringEquals", "alice", "Alice", false),
        ("StringEquals", "al*", "alice", false),
        ("StringEquals", "al*", "al*", true),
        ("StringEquals", "", "", true),
        ("StringNotEquals", "alice", "alice", false),
        ("StringNotEquals", "alice", "bob", true),
        ("StringLike", "al*", "alice", true),
        ("StringLike", "AL*", "alice", false),
        ("StringLike", "a?ice", "alice", true),
        ("StringLike", "a${*}", "alice", false),
        ("StringLike", "a${*}", "a*", true),
        ("StringLike", "*", "", true),
        ("StringNotLike", "al*", "alice", false),
        ("StringNotLike", "al*", "bob", true),
    ]);
}

#[test]
fn texts_without_regard_to_case() {
    check(&[
        ("StringEqualsIgnoreCase", "Alice", "aLICE", true),
        ("StringEqualsIgnoreCase", "al*", "alice", false),
        ("StringEqualsIgnoreCase", "\u{212a}", "k", true),
        ("StringEqualsIgnoreCase", "\u{1e9e}", "\u{df}", true),
        ("StringEqualsIgnoreCase", "\u{df}", "SS", false),
        ("StringEqualsIgnoreCase", "\u{131}", "I", false),
        ("StringEqualsIgnoreCase", "\u{130}", "i", false),
        ("StringEqualsIgnoreCase", "\u{17f}", "s", false),
        ("StringEqualsIgnoreCase", "\u{39f}\u{3a3}", "\u{3bf}\u{3c2}", true),
        ("StringEqualsIgnoreCase", "\u{39f}\u{3a3}", "\u{3bf}\u{3c3}", false),
        ("StringNotEqualsIgnoreCase", "Alice", "alice", false),
        ("StringNotEqualsIgnoreCase", "Alice", "bob", true),
    ]);
}

#[test]
fn numbers() {
    for form in ["1", "01", "+1", "1.0", "1e0", "10e-1"] {
        check(&[
            ("NumericEquals", form, "1", true),
            ("NumericEquals", "1", form, true),
            ("NumericNotEquals", form, "1", false),
        ]);
    }
    for none in ["NaN", "Infinity", "inf", "", "x", "1,0", "0x1", "1e999", " 1"] {
        check(&[
            ("NumericEquals", "1", none, false),
            ("NumericLessThan", "1", none, false),
            ("NumericGreaterThanEquals", "1", none, false),
            ("NumericNotEquals", "1", none, true),
            ("NumericEquals", none, none, false),
            ("NumericNotEquals", none, "1", true),
        ]);
    }
    check(&[
        ("NumericLessThan", "5", "4.9", true),
        ("NumericLessThan", "5", "5", false),
        ("NumericLessThanEquals", "5", "5", true),
        ("NumericGreaterThan", "5", "10", true),
        ("NumericGreaterThan", "-5", "-10", false),
        ("NumericGreaterThanEquals", "5", "5.0", true),
        ("NumericEquals", "0", "-0", true),
    ]);
}

#[test]
fn dates() {
    for form in ["1893456000", "2030-01-01", "2030-01-01T00:00:00Z", "2030-01-01T01:00:00+01:00"] {
        check(&[
            ("DateEquals", "2030-01-01T00:00:00Z", form, true),
            ("DateEquals", form, "1893456000", true),
            ("DateNotEquals", form, "2030-01-01", false),
            ("DateLessThanEquals", form, "2030-01-01", true),
            ("DateGreaterThanEquals", form, "2030-01-01", true),
            ("DateLessThan", form, "2029-12-31T23:59:59.999Z", true),
            ("DateLessThan", form, "2030-01-01", false),
            ("DateGreaterThan", form, "2030-01-01T00:00:00.001Z", true),
        ]);
    }
    check(&[("DateEquals", "2030-01-01", "soon", false), ("DateNotEquals", "2030-01-01", "soon", true)]);
}

#[test]
fn booleans_bytes_and_addresses() {
    check(&[
        ("Bool", "true", "true", true),
        ("Bool", "true", "false", false),
        ("Bool", "false", "false", true),
        ("Bool", "false", "", false),
        ("Bool", "yes", "yes", false),
        ("BinaryEquals", "QUJD", "QUJD", true),
        ("BinaryEquals", "QUJD", "QUJE", false),
        ("BinaryEquals", "!", "!", false),
        ("IpAddress", "192.0.2.0/24", "192.0.2.7", true),
        ("IpAddress", "192.0.2.5/24", "192.0.2.7", true),
        ("IpAddress", "192.0.2.0/24", "203.0.113.1", false),
        ("IpAddress", "2001:db8::/32", "2001:db8::7", true),
        ("IpAddress", "0.0.0.0/0", "2001:db8::7", false),
        ("IpAddress", "0.0.0.0/0", "192.0.2.7", true),
        ("IpAddress", "0.0.0.0/0", "nowhere", false),
        ("NotIpAddress", "192.0.2.0/24", "192.0.2.7", false),
        ("NotIpAddress", "192.0.2.0/24", "203.0.113.1", true),
        ("NotIpAddress", "0.0.0.0/0", "2001:db8::7", true),
    ]);
}

#[test]
fn arns() {
    let user = "arn:aws:iam::123456789012:user/div/alice";
    for operator in ["ArnEquals", "ArnLike"] {
        let negated = operator.replace("Arn", "ArnNot");
        for (value, expected) in [
            (user, true),
            ("arn:aws:iam::*:user/*", true),
            ("arn:aws:iam::123456789012:user/div/a?ice", true),
            ("arn:*:*:*:*:*", true),
            ("arn:aws:iam::123456789012:User/*", false),
            ("arn:aws:iam::*", false),
            ("arn:aws:iam:*/alice", false),
            ("*", false),
        ] {
            check(&[(operator, value, user, expected), (&negated, value, user, !expected)]);
        }
        check(&[(operator, "arn:*:*:*:*:*", "no ARN", false), (&negated, "arn:*:*:*:*:*", "no ARN", true)]);
    }
}

#[test]
fn variables_in_values() {
    let context = Context::new()
        .with("aws:username", "*")
        .with("aws:RequestTag/owner", "*")
        .with("a", "arn:aws:iam::1:user/*");
    let missing = "${aws:PrincipalTag/none}";
    for (condition, expected) in [
        (json!({ "StringEquals": { "aws:RequestTag/owner": "${aws:username}" } }), true),
        (json!({ "StringLike": { "aws:RequestTag/owner": "${aws:username}" } }), true),
        (json!({ "StringLike": { "a": "${aws:username}" } }), false),
        (json!({ "StringEqualsIgnoreCase": { "a": "ARN:aws:iam::1:user/${aws:username}" } }), true),
        (json!({ "ArnLike": { "a": "arn:aws:iam::1:user/${aws:username}" } }), true),
        (json!({ "StringEquals": { "aws:username": missing } }), false),
        (json!({ "StringEquals": { "aws:username": "${aws:PrincipalTag/none, '*'}" } }), true),
        (json!({ "StringLike": { "a": "${aws:PrincipalTag/none, '*'}" } }), false),
        // No value is equal to one that is not there.
        (json!({ "StringNotEquals": { "aws:username": missing } }), true),
        (json!({ "StringNotEqualsIgnoreCase": { "aws:username": missing } }), true),
        (json!({ "ArnNotLike": { "a": format!("arn:aws:iam::1:user/{missing}") } }), true),
    ] {
        assert_eq!(holds(&condition, &context), expected, "{condition}");
    }
}

#[test]
fn one_of_many_values_is_enough_and_of_a_negated_operator_none_may_be() {
    let context = Context::new().with("test:key", "b").with("n", "2");
    for (condition, expected) in [
        (json!({ "StringEquals": { "test:key": ["a", "b"] } }), true),
        (json!({ "StringEquals": { "test:key": ["a", "c"] } }), false),
        (json!({ "StringEquals": { "test:key": [] } }), false),
        (json!({ "StringNotEquals": { "test:key": ["a", "b"] } }), false),
        (json!({ "StringNotEquals": { "test:key": ["a", "c"] } }), true),
        (json!({ "NumericNotEquals": { "n": [1, 2] } }), false),
        (json!({ "NumericEquals": { "n": [1, 2.0] } }), true),
        // Operators and keys are all asked for.
        (json!({ "StringEquals": { "test:key": "b", "n": "2" }, "NumericLessThan": { "n": 3 } }), true),
        (json!({ "StringEquals": { "test:key": "b", "n": "3" } }), false),
        (json!({ "StringEquals": { "test:key": "b" }, "NumericLessThan": { "n": 2 } }), false),
        (json!({}), true),
        (json!({ "StringEquals": {} }), true),
        // Names of keys are compared without regard to case.
        (json!({ "StringEquals": { "TEST:Key": "b" } }), true),
    ] {
        assert_eq!(holds(&condition, &context), expected, "{condition}");
    }
}

#[test]
fn an_absent_key() {
    let positive = [
        "StringEquals",
        "StringEqualsIgnoreCase",
        "StringLike",
        "NumericEquals",
        "NumericLessThan",
        "NumericLessThanEquals",
        "NumericGreaterThan",
        "NumericGreaterThanEquals",
        "DateEquals",
        "DateLessThan",
        "DateLessThanEquals",
        "DateGreaterThan",
        "DateGreaterThanEquals",
        "Bool",
        "BinaryEquals",
        "IpAddress",
        "ArnEquals",
        "ArnLike",
    ];
    let negated = [
        "StringNotEquals",
        "StringNotEqualsIgnoreCase",
        "StringNotLike",
        "NumericNotEquals",
        "DateNotEquals",
        "NotIpAddress",
        "ArnNotEquals",
        "ArnNotLike",
    ];
    let context = Context::new();
    let holds = |operator: &str| holds(&json!({ operator: { "test:key": "x" } }), &context);
    for (operators, plain) in [(&positive[..], false), (&negated[..], true)] {
        for operator in operators {
            assert_eq!(holds(operator), plain, "{operator}");
            assert!(holds(&format!("{operator}IfExists")), "{operator}");
            assert!(!holds(&format!("ForAnyValue:{operator}")), "{operator}");
            assert!(holds(&format!("ForAnyValue:{operator}IfExists")), "{operator}");
            assert!(holds(&format!("ForAllValues:{operator}")), "{operator}");
        }
    }
}

#[test]
fn if_exists_asks_a_key_that_is_there() {
    let context = Context::new().with("test:key", "a");
    assert!(holds(&json!({ "StringEqualsIfExists": { "test:key": "a" } }), &context));
    assert!(!holds(&json!({ "StringEqualsIfExists": { "test:key": "b" } }), &context));
}

#[test]
fn null_asks_whether_a_key_is_there() {
    let context = Context::new()
        .with("aws:RequestTag/empty", "")
        .with_many("aws:TagKeys", ["a"])
        .with_many("none", [""; 0]);
    for (condition, expected) in [
        (json!({ "Null": { "aws:RequestTag/empty": "false" } }), true),
        (json!({ "Null": { "aws:RequestTag/empty": true } }), false),
        (json!({ "Null": { "aws:TagKeys": false } }), true),
        (json!({ "Null": { "absent": "true" } }), true),
        (json!({ "Null": { "absent": "false" } }), false),
        (json!({ "Null": { "absent": ["false", "true"] } }), true),
        (json!({ "Null": { "absent": "maybe" } }), false),
        (json!({ "Null": { "none": "true" } }), true),
    ] {
        assert_eq!(holds(&condition, &context), expected, "{condition}");
    }
}

#[test]
fn a_key_of_many_values() {
    let two = Context::new().with_many("aws:TagKeys", ["team", "cost"]);
    let one = Context::new().with_many("aws:TagKeys", ["team"]);
    for (operator, values, of_two, of_one) in [
        ("ForAllValues:StringEquals", json!(["team", "cost", "x"]), true, true),
        ("ForAllValues:StringEquals", json!("team"), false, true),
        ("ForAnyValue:StringEquals", json!("team"), true, true),
        ("ForAnyValue:StringEquals", json!("cost"), true, false),
        ("ForAnyValue:StringNotEquals", json!("team"), true, false),
        ("ForAllValues:StringNotEquals", json!("team"), false, false),
        ("ForAllValues:StringNotEquals", json!("x"), true, true),
        ("ForAllValues:StringLike", json!("?o*"), false, false),
        ("ForAnyValue:StringLike", json!("?o*"), true, false),
        // A plain operator never, not even with one value, negated, or with IfExists.
        ("StringEquals", json!("team"), false, false),
        ("StringLike", json!("*"), false, false),
        ("StringNotEquals", json!("x"), false, false),
        ("StringNotLike", json!("x"), false, false),
        ("StringEqualsIfExists", json!("team"), false, false),
        ("StringNotEqualsIfExists", json!("x"), false, false),
    ] {
        let condition = json!({ operator: { "aws:TagKeys": values } });
        assert_eq!([holds(&condition, &two), holds(&condition, &one)], [of_two, of_one], "{condition}");
    }
    // A key of one value under a set operator is a set of one.
    let single = Context::new().with("aws:username", "alice");
    assert!(holds(&json!({ "ForAnyValue:StringEquals": { "aws:username": "alice" } }), &single));
    assert!(!holds(&json!({ "ForAllValues:StringEquals": { "aws:username": "bob" } }), &single));
}
