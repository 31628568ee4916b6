use std::fmt::Write as _;

use serde_json::json;

use super::*;
use crate::check::examples::full;
use crate::constraints::Member;
use crate::query::Form;
use crate::{Facts, Operation, Protocol, check, iam, sts};

static TEXT: Shape = Shape::new(Kind::String);
static NUMBER: Shape = Shape::new(Kind::Integer);
static LONG: Shape = Shape::new(Kind::Long);
static FLAG: Shape = Shape::new(Kind::Boolean);
static BYTES: Shape = Shape::new(Kind::Blob);
static TIME: Shape = Shape::new(Kind::Timestamp);
static TEXTS: Shape = Shape::new(Kind::List(&TEXT));
static LISTS: Shape = Shape::new(Kind::List(&TEXTS));
static NUMBERS: Shape = Shape::new(Kind::Map(&TEXT, &NUMBER));
static INNER: Structure = Structure {
    name: "Inner",
    members: &[Member::new("Text", &TEXT), Member::new("Flag", &FLAG), Member::new("Texts", &TEXTS)],
};
static OF_INNER: Shape = Shape::new(Kind::Structure(&INNER));
static INNERS: Shape = Shape::new(Kind::List(&OF_INNER));
static BY_NAME: Shape = Shape::new(Kind::Map(&TEXT, &OF_INNER));
/// Shapes of every kind, more than requests of today's services have.
static ALL: Structure = Structure {
    name: "All",
    members: &[
        Member::new("Text", &TEXT),
        Member::new("Number", &NUMBER),
        Member::new("Long", &LONG),
        Member::new("Flag", &FLAG),
        Member::new("Bytes", &BYTES),
        Member::new("Time", &TIME),
        Member::new("Texts", &TEXTS),
        Member::new("Lists", &LISTS),
        Member::new("Numbers", &NUMBERS),
        Member::new("Inner", &OF_INNER),
        Member::new("Inners", &INNERS),
        Member::new("ByName", &BY_NAME),
    ],
};

fn all(body: &str) -> Result<Value, CheckError> {
    Form::parse(body.as_bytes()).unwrap().input(&ALL)
}

/// Writes a value as an SDK does.
fn fields(shape: &Shape, name: &str, value: &Value, to: &mut String) {
    match &shape.kind {
        Kind::Structure(of) => members(of, &format!("{name}."), value, to),
        Kind::List(of) => {
            for (n, element) in value.as_array().unwrap().iter().enumerate() {
                fields(of, &format!("{name}.member.{}", n + 1), element, to);
            }
        }
        Kind::Map(_, of) => {
            for (n, (key, value)) in value.as_object().unwrap().iter().enumerate() {
                let name = format!("{name}.entry.{}", n + 1);
                fields(&TEXT, &format!("{name}.key"), &json!(key), to);
                fields(of, &format!("{name}.value"), value, to);
            }
        }
        kind => {
            let text = match (kind, value) {
                (Kind::Timestamp, time) => Timestamp((time.as_f64().unwrap() * 1000.0) as i64)
                    .iso8601()
                    .replace('Z', &format!(".{:03}Z", (time.as_f64().unwrap() * 1000.0) as i64 % 1000)),
                (_, Value::String(text)) => text.clone(),
                (_, value) => value.to_string(),
            };
            let _ = write!(to, "&{name}=");
            text.bytes().for_each(|byte| write!(to, "%{byte:02x}").unwrap());
        }
    }
}

fn members(of: &Structure, before: &str, value: &Value, to: &mut String) {
    for member in of.members {
        if let Some(value) = value.get(member.name) {
            fields(member.shape, &format!("{before}{}", member.name), value, to);
        }
    }
}

#[test]
fn every_kind_of_shape_is_read_as_it_was_written() {
    let value = json!({
        "Text": "a&b=c+d %é\n", "Number": -7, "Long": i64::MAX, "Flag": true, "Bytes": "QUJD", "Time": 1.5,
        "Texts": ["", "b", "c"], "Lists": [["a"], ["b", "c"]], "Numbers": {"one": 1, "two.three": 23},
        "Inner": {"Text": "x", "Flag": false, "Texts": ["y"]},
        "Inners": [{"Text": "1"}, {"Texts": ["2", "3"]}], "ByName": {"n": {"Text": "m"}},
    });
    let mut body = String::new();
    members(&ALL, "", &value, &mut body);
    assert_eq!(all(&body).unwrap(), value);
}

// What an SDK sends for any operation is read as a client of JSON would have sent it, and found good.
#[test]
fn a_full_request_of_every_operation_is_read_as_it_was_written() {
    let mut count = 0;
    for operation in Operation::all() {
        let Protocol::Query { version, .. } = operation.service().protocol else { continue };
        let Facts { name, input, .. } = operation.facts();
        let value = full(input);
        let mut body = format!("Action={name}&Version={version}");
        members(input, "", &value, &mut body);
        let form = Form::parse(body.as_bytes()).unwrap();
        assert_eq!(form.operation(), Some(operation));
        let mut read = form.input(input).unwrap();
        assert_eq!(read, value, "{name}");
        check(input, &mut read).unwrap_or_else(|error| panic!("{name}: {error}"));
        count += 1;
    }
    assert_eq!(count, iam::Operation::ALL.len() + sts::Operation::ALL.len());
}

#[test]
fn elements_stand_in_the_order_of_their_numbers_whatever_these_are() {
    let body = "Texts.member.10=c&Texts.member.2=b&Texts.member.4294967295=d&Texts.member.0=a";
    assert_eq!(all(body).unwrap(), json!({ "Texts": ["a", "b", "c", "d"] }));
    assert_eq!(all("Texts=").unwrap(), json!({ "Texts": [] }));
    assert_eq!(
        all("Inners.member.01.Text=a&Inners.member.1.Flag=true").unwrap(),
        json!({ "Inners": [{ "Text": "a", "Flag": true }] })
    );
}

#[test]
fn what_is_not_known_is_left_out_and_of_two_the_first_counts() {
    let body =
        "Text=1&Text=2&Other=3&text=4&Text2.member.1=5&=6&.=7&Inner.Other.member.1=8&Texts.entry.1.key=9";
    assert_eq!(all(body).unwrap(), json!({ "Text": "1", "Inner": {}, "Texts": [] }));
}

// identity-pools-and-iam §8.2, recorded
#[test]
fn numbers_are_those_of_java() {
    for (text, number) in [("900", 900), ("0900", 900), ("%2B900", 900), ("-1", -1), ("0", 0)] {
        assert_eq!(all(&format!("Number={text}")).unwrap(), json!({ "Number": number }));
    }
    for text in ["+900+", "900.0", "9e2", "2147483648", "", "0x1", "%D9%A3"] {
        assert_eq!(all(&format!("Number={text}")), Err(MALFORMED), "{text}");
    }
    assert_eq!(all("Flag=TRUE").unwrap(), json!({ "Flag": true }));
    assert_eq!(all("Long=2147483648").unwrap(), json!({ "Long": 2_147_483_648_i64 }));
}

#[test]
fn what_leads_elsewhere_than_the_table_is_malformed() {
    for body in [
        "Text.member.1=a",
        "Text.=a&Text.x=b",
        "Texts=a",
        "Texts.member=a",
        "Texts.member.=a",
        "Texts.member.x=a",
        "Texts.member.-1=a",
        "Texts.member.4294967296=a",
        "Texts.member.1.x=a",
        "Inner=a",
        "Inners.member.1=a",
        "Numbers.entry.1.key=a",
        "Numbers.entry.1.value=1",
        "Numbers.entry.1.key=a&Numbers.entry.1.value=b",
        "Flag=yes",
        "Time=1970",
    ] {
        // `Text.` ends where `Text` does.
        if body.starts_with("Text.=") {
            assert_eq!(all(body).unwrap(), json!({ "Text": "a" }));
        } else {
            assert_eq!(all(body), Err(MALFORMED), "{body}");
        }
    }
}

#[test]
fn steps_that_the_table_does_not_have_cost_nothing() {
    let deep = format!("Inner{}=1", ".Inner".repeat(20_000));
    assert_eq!(all(&deep).unwrap(), json!({ "Inner": {} }));
    let deep = format!("Lists.member.1{}=1", ".member.1".repeat(20_000));
    assert_eq!(all(&deep), Err(MALFORMED));
}
