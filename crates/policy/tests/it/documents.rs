//! Documents: what is read, and in which words the rest is refused (identity-pools-and-iam §10.1).

use poolhouse_policy::{Context, LONGEST_DOCUMENT, Malformed, Policies, Policy, Request, Version};
use serde_json::{Value, json};
use std::sync::Arc;

use crate::{POOL, policy};

fn refusal(text: &str) -> String {
    Policy::parse(text).map_or_else(|error| error.to_string(), |_| "no refusal".to_owned())
}

/// Of a document with one statement, which is this one with some members replaced; `null` takes one away.
fn refusal_with(members: &Value) -> String {
    let mut statement = json!({ "Effect": "Allow", "Action": "iam:GetUser", "Resource": "*" });
    for (name, value) in members.as_object().unwrap() {
        if value.is_null() {
            statement.as_object_mut().unwrap().remove(name);
        } else {
            statement[name] = value.clone();
        }
    }
    refusal(&json!({ "Version": "2012-10-17", "Statement": statement }).to_string())
}

#[test]
fn all_forms_of_a_document_are_read() {
    let text = r#"{ "Version": "2012-10-17", "Id": "any text", "Statement": [
        { "Sid": "One1", "Effect": "Allow", "Action": "*", "Resource": "*" },
        { "Sid": "", "Effect": "Deny", "NotAction": ["iam:*", "sts:Get?aller*"], "NotResource": ["arn:aws:iam::1:user/a"],
          "Condition": { "Bool": { "aws:SecureTransport": false }, "NumericLessThan": { "a": [1, -2, 3.5, "4"] },
                         "StringLike": { "aws:PrincipalTag/x": "${aws:username}", "AWS:UserName": [] } } }
    ] }"#;
    let policy = Policy::parse(text).unwrap();
    assert_eq!(policy.version(), Version::V2012);
    assert_eq!([policy.sid(0), policy.sid(1), policy.sid(2)], [Some("One1"), Some(""), None]);
    let keys: Vec<_> = policy.context_keys().collect();
    assert_eq!(keys, ["a", "aws:principaltag/x", "aws:securetransport", "aws:username"]);
    let policy =
        Policy::parse(r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#).unwrap();
    assert_eq!(policy.version(), Version::V2008);
}

#[test]
fn what_is_no_document_has_syntax_errors() {
    let statement = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    for text in [
        "",
        "{",
        "null",
        "[]",
        "\"\"",
        "{}",
        r#"{"Statement":[]}"#,
        r#"{"Statement":null}"#,
        r#"{"Statement":"x"}"#,
        r#"{"Statement":[[]]}"#,
        // What the library would read as a struct's members in their order.
        r#"{"Statement":[["a","Allow",null,null,["*"],null,["*"],null,null]]}"#,
        r#"["2012-10-17","id",[]]"#,
    ] {
        assert_eq!(refusal(text), "Syntax errors in policy.", "{text}");
    }
    for (begin, end) in [
        (r#"{"Version":"2012-10-18","Statement":"#, "}"),
        (r#"{"Version":{"2012-10-17":null},"Statement":"#, "}"),
        (r#"{"version":"2012-10-17","Statement":"#, "}"),
        (r#"{"Version":"2012-10-17","Version":"2012-10-17","Statement":"#, "}"),
        (r#"{"Version":null,"Statement":"#, "}"),
        (r#"{"Id":5,"Statement":"#, "}"),
        (r#"{"Extra":5,"Statement":"#, "}"),
        (r#"{"Statement":"#, "} x"),
        (r#"{"Statement":"#, r#","Statement":[]}"#),
    ] {
        let text = format!("{begin}{statement}{end}");
        assert_eq!(refusal(&text), "Syntax errors in policy.", "{text}");
    }
}

#[test]
fn a_statement_of_another_form_has_syntax_errors() {
    for members in [
        json!({ "Effect": null }),
        json!({ "Effect": "allow" }),
        json!({ "Effect": { "Allow": [] } }),
        json!({ "Effect": ["Allow"] }),
        json!({ "Action": 5 }),
        json!({ "Action": [["iam:GetUser"]] }),
        json!({ "Action": { "iam": 1 } }),
        json!({ "NotAction": "iam:GetRole" }),
        json!({ "NotResource": "*" }),
        json!({ "Resource": true }),
        json!({ "Sid": 5 }),
        json!({ "Condition": [] }),
        json!({ "Condition": "x" }),
        json!({ "Condition": { "StringEquals": "x" } }),
        json!({ "Condition": { "StringEquals": { "k": { "x": 1 } } } }),
        json!({ "Condition": { "StringEquals": { "k": [null] } } }),
        json!({ "Condition": { "StringEquals": { "k": [["x"]] } } }),
        json!({ "Condition": { "StringMatches": { "k": "x" } } }),
        json!({ "Condition": { "stringequals": { "k": "x" } } }),
        json!({ "Condition": { "NullIfExists": { "k": "true" } } }),
        json!({ "Condition": { "ForAnyValue:Null": { "k": "true" } } }),
        json!({ "Condition": { "ForSomeValues:StringEquals": { "k": "x" } } }),
        json!({ "Condition": { "NumericLike": { "k": "x" } } }),
        json!({ "Unknown": "x" }),
    ] {
        assert_eq!(refusal_with(&members), "Syntax errors in policy.", "{members}");
    }
    for condition in [r#"{"Bool":{"k":"true"},"Bool":{"l":"true"}}"#, r#"{"Bool":{"k":"true","k":"false"}}"#]
    {
        let text = format!(
            r#"{{"Statement":{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{condition}}}}}"#
        );
        assert_eq!(refusal(&text), "Syntax errors in policy.", "{text}");
    }
}

#[test]
fn refusals_have_words_of_their_own() {
    for (members, message) in [
        (json!({ "Action": null }), "Policy statement must contain actions."),
        (json!({ "Action": [] }), "Policy statement must contain actions."),
        (json!({ "Resource": null }), "Policy statement must contain resources."),
        (json!({ "Resource": [] }), "Policy statement must contain resources."),
        (
            json!({ "Action": ["iam:GetUser", "GetUser"] }),
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        (json!({ "Action": "iam:Get:User" }), "Actions/Condition can contain only one colon."),
        (json!({ "Action": "i am:GetUser" }), "Vendor i am is not valid"),
        (json!({ "NotAction": "iam*:GetUser", "Action": null }), "Vendor iam* is not valid"),
        (json!({ "Resource": "user/a" }), "Resource user/a must be in ARN format or \"*\"."),
        (json!({ "Resource": "arn" }), "Resource arn must be in ARN format or \"*\"."),
        (json!({ "Resource": ["*", "**"] }), "Resource ** must be in ARN format or \"*\"."),
        (
            json!({ "Resource": "arn:aws:i*:::x" }),
            "Resource vendor must be fully qualified and cannot contain regexes.",
        ),
        (
            json!({ "Resource": "arn:aws" }),
            "Resource vendor must be fully qualified and cannot contain regexes.",
        ),
        (json!({ "Principal": "*" }), "Policy document should not specify a principal."),
        (json!({ "NotPrincipal": { "AWS": "1" } }), "Policy document should not specify a principal."),
        (
            json!({ "Sid": "a b" }),
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
        ),
    ] {
        assert_eq!(refusal_with(&members), message, "{members}");
    }
    let twice = json!({ "Sid": "A", "Effect": "Allow", "Action": "*", "Resource": "*" });
    let text = json!({ "Statement": [twice, twice] }).to_string();
    assert_eq!(Policy::parse(&text).unwrap_err(), Malformed::RepeatedSid);
    assert_eq!(refusal(&text), "Statement IDs (SID) in a single policy must be unique.");
}

#[test]
fn a_document_has_a_bound() {
    let statement = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    let of = |length: usize| format!("{statement}{}}}", " ".repeat(length - statement.len() - 1));
    assert!(Policy::parse(&of(LONGEST_DOCUMENT)).is_ok());
    assert_eq!(Policy::parse(&of(LONGEST_DOCUMENT + 1)).unwrap_err(), Malformed::Syntax);
}

#[test]
fn an_old_document_has_no_variables() {
    let context = Context::new().with("aws:username", "us-east-1_abc");
    for (version, expected) in
        [(Some("2012-10-17"), [true, false]), (Some("2008-10-17"), [false, true]), (None, [false, true])]
    {
        let mut document = json!({ "Statement": { "Effect": "Allow", "Action": "*",
            "Resource": "arn:aws:cognito-idp:us-east-1:123456789012:userpool/${aws:username}" } });
        if let Some(version) = version {
            document["Version"] = json!(version);
        }
        let policies = [Arc::new(Policy::parse(&document.to_string()).unwrap())];
        let literal = POOL.replace("us-east-1_abc", "${aws:username}");
        let answers = [POOL, literal.as_str()].map(|resource| {
            Policies::of(&policies).decide(&Request::new("a:b", resource, &context)).is_allowed()
        });
        assert_eq!(answers, expected, "{version:?}");
    }
}

#[test]
fn escapes_in_json_are_read() {
    let text = r#"{"Statement":{"Effect":"\u0041llow","Action":"\u002a","Resource":"\u002a"},"Version":"2012-10-1\u0037"}"#;
    assert!(Policy::parse(text).is_ok());
    assert!(
        Policies::of(&[policy(&json!({ "Effect": "Allow", "Action": "*", "Resource": "*" }))])
            .decide(&Request::new("a:b", "*", &Context::new()))
            .is_allowed()
    );
}
