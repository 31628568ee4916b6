//! The XML of an answer.

use std::borrow::Cow;
use std::fmt::Write as _;

use poolhouse_ports::Timestamp;
use serde_json::Value;

use crate::constraints::{Kind, Shape};
use crate::{Facts, OutputForm, Structure};

/// The namespace of an error of no service.
const FAULT: &str = "http://webservices.amazon.com/AWSFault/2005-15-09";

/// The answer of an operation: its output, shaped as in JSON, in the order of the model.
pub fn success(namespace: &str, operation: &Facts, output: &Value, request_id: &str) -> String {
    let name = operation.name;
    let mut xml = Xml(String::with_capacity(512));
    xml.root(&format!("{name}Response"), namespace, |xml| {
        if let OutputForm::Elements(of) = operation.output {
            xml.element(&format!("{name}Result"), |xml| xml.members(of, output));
        }
        xml.element("ResponseMetadata", |xml| xml.text_element("RequestId", request_id));
    });
    xml.0
}

/// An error as it is answered.
#[derive(Clone, Copy, Debug)]
pub struct Failure<'a> {
    /// Whether the service itself has failed, and not the caller.
    pub is_of_service: bool,
    /// What the service calls it.
    pub code: &'a str,
    /// Its text, if it has one.
    pub message: Option<&'a str>,
}

/// The answer for an error, of the service with that namespace if it is of one.
pub fn failure(namespace: Option<&str>, failure: &Failure<'_>, request_id: &str) -> String {
    let mut xml = Xml(String::with_capacity(512));
    xml.root("ErrorResponse", namespace.unwrap_or(FAULT), |xml| {
        xml.element("Error", |xml| {
            xml.text_element("Type", if failure.is_of_service { "Receiver" } else { "Sender" });
            xml.text_element("Code", failure.code);
            if let Some(message) = failure.message {
                xml.text_element("Message", message);
            }
        });
        xml.text_element("RequestId", request_id);
    });
    xml.0
}

/// A document as far as it is written.
struct Xml(String);

impl Xml {
    fn root(&mut self, name: &str, namespace: &str, content: impl FnOnce(&mut Self)) {
        self.0.push_str(&format!("<{name} xmlns=\"{namespace}\">"));
        content(self);
        self.0.push_str(&format!("</{name}>"));
    }

    fn element(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.0.push('<');
        self.0.push_str(name);
        self.0.push('>');
        content(self);
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
    }

    fn text_element(&mut self, name: &str, text: &str) {
        self.element(name, |xml| xml.text(text));
    }

    fn members(&mut self, of: &Structure, value: &Value) {
        for member in of.members {
            if let Some(value) = value.get(member.name).filter(|value| !value.is_null()) {
                self.element(member.name, |xml| xml.value(member.shape, value));
            }
        }
    }

    fn value(&mut self, shape: &Shape, value: &Value) {
        match (&shape.kind, value) {
            (Kind::Structure(of), _) => self.members(of, value),
            (Kind::List(of), Value::Array(elements)) => {
                for element in elements {
                    self.element("member", |xml| xml.value(of, element));
                }
            }
            (Kind::Map(_, of), Value::Object(entries)) => {
                for (key, value) in entries {
                    self.element("entry", |xml| {
                        xml.text_element("key", key);
                        xml.element("value", |xml| xml.value(of, value));
                    });
                }
            }
            (Kind::Timestamp, Value::Number(seconds)) => {
                let seconds = seconds.as_f64().unwrap_or_default();
                self.text(&Timestamp::from_seconds(seconds.floor() as i64).iso8601());
            }
            (_, Value::String(text)) if shape.percent_encoded => self.text(&percent_encoded(text)),
            (_, Value::String(text)) => self.text(text),
            (_, value) => self.text(&value.to_string()),
        }
    }

    /// What has a meaning of its own is escaped, line ends included, which a parser would change. Characters that XML
    /// cannot hold become U+FFFD: a document with one of them is none.
    fn text(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\r' => self.0.push_str("&#xD;"),
                '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}' => {
                    self.0.push(c);
                }
                _ => self.0.push(char::REPLACEMENT_CHARACTER),
            }
        }
    }
}

/// All but the unreserved characters of RFC 3986 is percent-encoded.
fn percent_encoded(text: &str) -> Cow<'_, str> {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    if text.bytes().all(unreserved) {
        return text.into();
    }
    let mut encoded = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if unreserved(byte) {
            encoded.push(byte.into());
        } else {
            // Writing into a string does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded.into()
}

#[cfg(test)]
mod tests;
