//! Checks the JSON of a request against the constraint table.
//!
//! Types first: one wrong JSON type anywhere refuses the whole body (protocol §3.1). Constraints are
//! collected and answered together (protocol §4). Cost is linear in the body, and the depth of the
//! recursion is that of the table, not of the body.

mod constraint;
#[cfg(test)]
pub(crate) mod examples;
mod print;
mod types;

#[cfg(test)]
mod tests;

use std::fmt;

use serde_json::{Map, Value};

use crate::Structure;
use crate::constraints::{Kind, Member, Shape};
use constraint::{Entries, Measured, constraints};
use types::measure;

/// Most violations that one message lists. The sibling services stop at ten as well, and without a
/// bound a small body could make a message many times its size.
const MAX_VIOLATIONS: usize = 10;

/// Why a request is refused before its operation runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckError {
    /// A member has the wrong JSON type: `SerializationException`, with its message if it has one.
    Serialization(Option<String>),
    /// Members violate constraints: `InvalidParameterException`, with a message that lists them.
    Violations(String),
}

impl fmt::Display for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serialization(message) => f.write_str(message.as_deref().unwrap_or("wrong JSON type")),
            Self::Violations(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for CheckError {}

/// Checks a request, so that it will decode into the operation's type.
///
/// `null` counts as absent. In `body`, members that the model does not know and entries of maps that are `null` are dropped, whole numbers
/// written as `5.0` become integers, and empty strings that mean absence become `null`.
///
/// # Errors
/// A wrong JSON type, or else all constraints that are violated, in the order of the model.
pub fn check(input: &'static Structure, body: &mut Value) -> Result<(), CheckError> {
    run(input, body, false)
}

/// What [`check`] refuses in words that repeat no value, for who must not see secrets.
///
/// # Errors
/// As [`check`].
pub fn check_discreetly(input: &'static Structure, body: &mut Value) -> Result<(), CheckError> {
    run(input, body, true)
}

fn run(input: &'static Structure, body: &mut Value, hidden: bool) -> Result<(), CheckError> {
    let mut checker = Checker { violations: Vec::new() };
    checker.structure(input, body, &Path::Root, hidden)?;
    let detected = match checker.violations.len() {
        0 => return Ok(()),
        1 => "1 validation error".to_owned(),
        n => format!("{n} validation errors"),
    };
    Err(CheckError::Violations(format!("{detected} detected: {}", checker.violations.join("; "))))
}

struct Checker {
    violations: Vec<String>,
}

impl Checker {
    fn structure(
        &mut self,
        structure: &'static Structure,
        value: &mut Value,
        path: &Path,
        hidden: bool,
    ) -> Result<(), CheckError> {
        let Value::Object(object) = value else {
            return Err(types::unexpected(&Kind::Structure(structure), value));
        };
        let mut known = 0;
        for member in structure.members {
            let path = Path::Member(path, member);
            let value = object.get_mut(member.name);
            known += usize::from(value.is_some());
            let mut value = value.filter(|value| !value.is_null());
            if member.empty_is_absent
                && let Some(empty) = value.take_if(|value| **value == "")
            {
                *empty = Value::Null;
            }
            match value {
                Some(value) => self.value(member.shape, value, &path, hidden)?,
                None if member.required => self.missing(&path),
                None => {}
            }
        }
        if object.len() > known {
            forget_unknown(structure, object);
        }
        Ok(())
    }

    /// A value that is present.
    fn value(
        &mut self,
        shape: &'static Shape,
        value: &mut Value,
        path: &Path,
        hidden: bool,
    ) -> Result<(), CheckError> {
        let hidden = hidden || shape.sensitive;
        types::normalise(&shape.kind, value);
        let measured = measure(&shape.kind, value)?;
        for constraint in constraints(shape).filter(|constraint| !constraint.holds(&measured)) {
            self.violated(shape, value, path, hidden, constraint);
        }
        match &shape.kind {
            Kind::Structure(structure) => self.structure(structure, value, path, hidden),
            Kind::List(of) => self.list(shape, of, value, path, hidden),
            Kind::Map(keys, values) => self.map(shape, (keys, values), value, path, hidden),
            _ => Ok(()),
        }
    }

    fn list(
        &mut self,
        shape: &'static Shape,
        of: &'static Shape,
        value: &mut Value,
        path: &Path,
        hidden: bool,
    ) -> Result<(), CheckError> {
        if shape.nulls_are_absent
            && let Value::Array(elements) = value
        {
            elements.retain(|element| !element.is_null());
        }
        let mut broken = false;
        for (index, element) in value.as_array_mut().into_iter().flatten().enumerate() {
            broken |= !self.entry(of, element, &Path::Element(path, index + 1), hidden)?;
        }
        if broken {
            self.violated(shape, value, path, hidden, Entries("Member", of));
        }
        Ok(())
    }

    fn map(
        &mut self,
        shape: &'static Shape,
        (of_keys, of_values): (&'static Shape, &'static Shape),
        value: &mut Value,
        path: &Path,
        hidden: bool,
    ) -> Result<(), CheckError> {
        let (mut broken_keys, mut broken_values) = (false, false);
        for (key, value) in value.as_object_mut().into_iter().flatten() {
            let measured = Measured::text(key);
            broken_keys |= !constraints(of_keys).all(|constraint| constraint.holds(&measured));
            broken_values |= !self.entry(of_values, value, &Path::Entry(path, key), hidden)?;
        }
        // One item for all keys and one for all values, as Cognito's identity pools are known to word it.
        if broken_keys {
            self.violated(shape, value, path, hidden, Entries("Map keys", of_keys));
        }
        if broken_values {
            self.violated(shape, value, path, hidden, Entries("Map value", of_values));
        }
        Ok(())
    }

    /// Checks an entry of a list or map, and says whether it satisfies its constraints. Violations
    /// inside an entry that is a structure have paths and messages of their own.
    fn entry(
        &mut self,
        shape: &'static Shape,
        value: &mut Value,
        path: &Path,
        hidden: bool,
    ) -> Result<bool, CheckError> {
        if value.is_null() {
            self.missing(path);
            return Ok(true);
        }
        if matches!(shape.kind, Kind::Structure(_) | Kind::List(_) | Kind::Map(..)) {
            self.value(shape, value, path, hidden)?;
            return Ok(true);
        }
        types::normalise(&shape.kind, value);
        let measured = measure(&shape.kind, value)?;
        Ok(constraints(shape).all(|constraint| constraint.holds(&measured)))
    }

    fn missing(&mut self, path: &Path) {
        if self.violations.len() < MAX_VIOLATIONS {
            let text = "failed to satisfy constraint: Member must not be null";
            self.violations.push(format!("Value null at '{path}' {text}"));
        }
    }

    fn violated(
        &mut self,
        shape: &'static Shape,
        value: &Value,
        path: &Path,
        hidden: bool,
        constraint: impl fmt::Display,
    ) {
        if self.violations.len() < MAX_VIOLATIONS {
            let value = if hidden {
                String::new()
            } else {
                format!("'{}' ", print::cut(print::Printed(shape, value)))
            };
            let item = format!("Value {value}at '{path}' failed to satisfy constraint: {constraint}");
            self.violations.push(item);
        }
    }
}

/// Drops the members that the model does not know. A request is held while it is answered, and anybody can write many.
fn forget_unknown(structure: &Structure, object: &mut Map<String, Value>) {
    let mut known = Map::new();
    for member in structure.members {
        if let Some(value) = object.get_mut(member.name) {
            known.insert(member.name.to_owned(), value.take());
        }
    }
    *object = known;
}

/// Where a value is; printed only for a message.
enum Path<'a> {
    Root,
    Member(&'a Path<'a>, &'static Member),
    /// Counted from 1.
    Element(&'a Path<'a>, usize),
    Entry(&'a Path<'a>, &'a str),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Member(parent, member) => {
                if !matches!(parent, Self::Root) {
                    write!(f, "{parent}.")?;
                }
                member.print_name(f)
            }
            Self::Element(list, index) => write!(f, "{list}.{index}.member"),
            Self::Entry(map, key) => write!(f, "{map}.{}.member", print::cut(key)),
        }
    }
}
