use serde_json::{Map, json};

use super::*;
use crate::check::examples::full;
use crate::{Operation, Protocol, check, iam, sts};

/// An element of a document that was just written: its name, its text, and what is in it.
#[derive(Debug, Default, PartialEq)]
struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

/// Reads as much XML as is written here.
fn parse(text: &str) -> Element {
    let (mut open, mut rest) = (vec![Element::default()], text);
    while let Some((before, tag)) = rest.split_once('<') {
        open.last_mut().unwrap().text.push_str(&unescaped(before));
        let (tag, after) = tag.split_once('>').unwrap();
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            let closed = open.pop().unwrap();
            assert_eq!(closed.name, name);
            open.last_mut().unwrap().children.push(closed);
        } else {
            let name = tag.split(' ').next().unwrap().to_owned();
            open.push(Element { name, ..Element::default() });
        }
    }
    let mut document = open.pop().unwrap();
    assert!(open.is_empty() && rest.is_empty() && document.children.len() == 1);
    document.children.remove(0)
}

fn unescaped(text: &str) -> String {
    let escapes = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#xD;", "\r"), ("&amp;", "&")];
    escapes.iter().fold(text.to_owned(), |text, (escape, c)| text.replace(escape, c))
}

/// The value that an element stands for, as a client reads it along its model.
fn value(shape: &Shape, element: &Element) -> Value {
    match &shape.kind {
        Kind::Structure(of) => members(of, element),
        Kind::List(of) => element.children.iter().map(|child| value(of, child)).collect(),
        Kind::Map(_, of) => {
            let entry = |child: &Element| (child.children[0].text.clone(), value(of, &child.children[1]));
            Value::Object(element.children.iter().map(entry).collect::<Map<_, _>>())
        }
        Kind::Timestamp => json!(Timestamp::from_iso8601(&element.text).unwrap().seconds()),
        Kind::Boolean | Kind::Integer | Kind::Long => serde_json::from_str(&element.text).unwrap(),
        Kind::String | Kind::Blob | Kind::Document => element.text.clone().into(),
    }
}

fn members(of: &Structure, element: &Element) -> Value {
    let member = |child: &Element| {
        let member = of.members.iter().find(|member| member.name == child.name).unwrap();
        (child.name.clone(), value(member.shape, child))
    };
    Value::Object(element.children.iter().map(member).collect())
}

// identity-pools-and-iam §8.1
#[test]
fn an_answer_in_full() {
    let output = json!({ "Arn": "arn:aws:iam::1:root", "Account": "1", "UserId": "1", "Other": 1 });
    assert_eq!(
        success(
            "https://sts.amazonaws.com/doc/2011-06-15/",
            sts::Operation::GetCallerIdentity.facts(),
            &output,
            "id"
        ),
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <UserId>1</UserId><Account>1</Account><Arn>arn:aws:iam::1:root</Arn></GetCallerIdentityResult>\
         <ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
    );
}

// identity-pools-and-iam §10.4: no output, no result; UpdateRole has an empty one
#[test]
fn an_operation_without_output_has_no_result() {
    let answer = |operation: iam::Operation| parse(&success("n", operation.facts(), &Value::Null, "id"));
    let names =
        |element: &Element| -> Vec<String> { element.children.iter().map(|c| c.name.clone()).collect() };
    assert_eq!(names(&answer(iam::Operation::DeleteUser)), ["ResponseMetadata"]);
    assert_eq!(names(&answer(iam::Operation::UpdateRole)), ["UpdateRoleResult", "ResponseMetadata"]);
}

#[test]
fn an_error_in_full() {
    let failure = |namespace, is_of_service, message| {
        failure(namespace, &Failure { is_of_service, code: "NoSuchEntity", message }, "id")
    };
    assert_eq!(
        failure(Some("https://iam.amazonaws.com/doc/2010-05-08/"), false, Some("<a & \"b\">")),
        "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender</Type>\
         <Code>NoSuchEntity</Code><Message>&lt;a &amp; &quot;b&quot;&gt;</Message></Error>\
         <RequestId>id</RequestId></ErrorResponse>"
    );
    let bare = failure(None, true, None);
    assert!(
        bare.contains(FAULT) && bare.contains("<Type>Receiver</Type>") && !bare.contains("Message"),
        "{bare}"
    );
}

#[test]
fn a_full_answer_of_every_operation_is_read_as_it_was_written() {
    let mut count = 0;
    for operation in Operation::all() {
        let Protocol::Query { namespace, .. } = operation.service().protocol else { continue };
        let facts = operation.facts();
        let OutputForm::Elements(of) = facts.output else { continue };
        let mut output = full(of);
        check(of, &mut output).unwrap();
        let text = success(namespace, facts, &output, "id");
        let result = &parse(&text).children[0];
        assert_eq!(result.name, format!("{}Result", facts.name));
        let order: Vec<&str> = result.children.iter().map(|child| &*child.name).collect();
        assert_eq!(order, of.members.iter().map(|member| member.name).collect::<Vec<_>>(), "{}", facts.name);
        // Whole seconds are what an answer has.
        let read = members(of, result).to_string();
        assert_eq!(read, output.to_string().replace(":1.5", ":1"), "{}", facts.name);
        count += 1;
    }
    assert!(count > 40, "{count}");
}

// identity-pools-and-iam §10.4: documents are percent-encoded, in answers and nowhere else
#[test]
fn documents_are_percent_encoded() {
    let document = r#"{"Sid":"é ~-._/"}"#;
    let output = json!({ "UserName": "a b", "PolicyName": "p", "PolicyDocument": document });
    let text = success("n", iam::Operation::GetUserPolicy.facts(), &output, "id");
    assert!(text.contains("<UserName>a b</UserName>"), "{text}");
    assert!(
        text.contains("<PolicyDocument>%7B%22Sid%22%3A%22%C3%A9%20~-._%2F%22%7D</PolicyDocument>"),
        "{text}"
    );
}

#[test]
fn what_xml_cannot_hold_is_replaced() {
    let mut xml = Xml(String::new());
    xml.text("a\0\u{1}\u{b}\u{fffe}\u{ffff}\u{1f600}\t\n\r");
    assert_eq!(xml.0, "a\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{1f600}\t\n&#xD;");
}

#[test]
fn members_that_are_absent_or_null_are_no_elements() {
    let output = json!({ "Users": [], "IsTruncated": false, "Marker": null });
    let text = success("n", iam::Operation::ListUsers.facts(), &output, "id");
    assert!(
        text.contains("<ListUsersResult><Users></Users><IsTruncated>false</IsTruncated></ListUsersResult>"),
        "{text}"
    );
}
