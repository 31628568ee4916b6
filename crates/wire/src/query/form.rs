//! The form of a request.

use std::fmt;

use serde_json::Value;

use super::input;
use crate::{CheckError, Operation, Protocol, SERVICES, Structure};

/// The fields of a form, in its order.
#[derive(Debug)]
pub struct Form(Vec<(String, String)>);

/// The text is no form: an escape is broken, or what is escaped is not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body is not an URL-encoded form")
    }
}

impl std::error::Error for Malformed {}

impl Form {
    /// Reads a body.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        let pairs = body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
        let field = |pair: &[u8]| {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let mut half = || decode(halves.next().unwrap_or_default());
            Ok((half()?, half()?))
        };
        pairs.map(field).collect::<Result<_, _>>().map(Self)
    }

    /// How many values a body can become, at the most: each field, and each step into what its name leads to.
    pub fn values(body: &[u8]) -> usize {
        let mut bytes = body.iter();
        let mut values = 1;
        while let Some(byte) = bytes.next() {
            match byte {
                b'&' | b'.' => values += 1,
                // An escaped point.
                b'%' if matches!(bytes.as_slice(), [b'2', b'e' | b'E', ..]) => values += 1,
                _ => {}
            }
        }
        values
    }

    /// The operation asked for: `Action`, of the service with that `Version`.
    pub fn operation(&self) -> Option<Operation> {
        let of_version = self.version()?;
        let service = SERVICES.into_iter().find(
            |service| matches!(service.protocol, Protocol::Query { version, .. } if version == of_version),
        );
        service?.operation(self.action()?)
    }

    /// What `Action` says.
    pub fn action(&self) -> Option<&str> {
        self.first("Action")
    }

    /// What `Version` says.
    pub fn version(&self) -> Option<&str> {
        self.first("Version")
    }

    /// The input of an operation, shaped as in JSON. Fields that the model does not know are left out; of those that
    /// come twice the first counts.
    ///
    /// # Errors
    /// [`CheckError::Serialization`] where a name leads to a text that should lead further or the other way round, or the
    /// text is not of the member's type.
    pub fn input(&self, of: &Structure) -> Result<Value, CheckError> {
        input::read(of, self.0.iter().map(|(name, value)| (&**name, &**value)))
    }

    fn first(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(found, _)| found == name).map(|(_, value)| &**value)
    }
}

/// Takes back the encoding of a name or value.
fn decode(text: &[u8]) -> Result<String, Malformed> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(*bytes.next()?).to_digit(16);
                let byte = digit().zip(digit()).and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
                byte.ok_or(Malformed)?
            }
            byte => *byte,
        });
    }
    String::from_utf8(decoded).map_err(|_| Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{iam, sts};

    fn fields(body: &str) -> Result<Vec<(String, String)>, Malformed> {
        Form::parse(body.as_bytes()).map(|form| form.0)
    }

    #[test]
    fn names_and_values_are_decoded() {
        let pairs = |list: &[(&str, &str)]| {
            Ok(list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
        };
        for (body, expected) in [
            ("", pairs(&[])),
            ("&&", pairs(&[])),
            ("a=1&b=2", pairs(&[("a", "1"), ("b", "2")])),
            ("a=b=c&d&=e", pairs(&[("a", "b=c"), ("d", ""), ("", "e")])),
            ("a+b=%2b%2B+%26", pairs(&[("a b", "++ &")])),
            ("a%2Eb=%C3%A9%00", pairs(&[("a.b", "\u{e9}\0")])),
        ] {
            assert_eq!(fields(body), expected, "{body}");
        }
    }

    #[test]
    fn what_cannot_be_decoded_is_malformed() {
        for body in ["a=%", "a=%4", "a=%4g", "a=%+1", "%zz=1", "a=%ff", "a=%C3", "a=%ed%a0%80"] {
            assert_eq!(fields(body), Err(Malformed), "{body}");
        }
        assert!(Form::parse(b"a=\xff").is_err());
    }

    #[test]
    fn action_and_version_name_the_operation() {
        let of = |body: &str| Form::parse(body.as_bytes()).unwrap().operation();
        assert_eq!(of("Action=GetUser&Version=2010-05-08"), Some(iam::Operation::GetUser.into()));
        assert_eq!(
            of("Version=2011-06-15&Action=GetCallerIdentity"),
            Some(sts::Operation::GetCallerIdentity.into())
        );
        for none in [
            "",
            "Action=GetUser",
            "Version=2010-05-08",
            "Action=GetUser&Version=2011-06-15",
            "Action=getUser&Version=2010-05-08",
            "Action=GetUser&Version=2010-05-09",
            "Action=Decrypt&Version=2014-11-01",
            "Action=GetId&Version=",
        ] {
            assert_eq!(of(none), None, "{none}");
        }
    }

    #[test]
    fn values_are_counted_before_anything_is_made_of_them() {
        for (body, count) in [("", 1), ("a=1&b=2", 2), ("a.member.1=x.y", 4), ("a%2eb%2Ec=%20", 3), ("%2", 1)]
        {
            assert_eq!(Form::values(body.as_bytes()), count, "{body}");
        }
    }
}
