//! From the fields of a form to an input.
//!
//! A name is a way through the input: `Tags.member.2.Key`. Fields go one step together; how many steps there are is up to
//! the table, not to the names. So cost is in proportion to the form but for the order of the steps.

use std::collections::BTreeMap;

use poolhouse_ports::Timestamp;
use serde_json::{Map, Value};

use crate::constraints::{Kind, Shape};
use crate::{CheckError, Structure};

/// What is left of a field's name, and its text.
type Field<'a> = (&'a str, &'a str);

/// A wrong form has no text in its answer; that of a number is recorded without one (identity-pools-and-iam §8.2).
const MALFORMED: CheckError = CheckError::Serialization(None);

/// The input whose members the fields are.
pub(super) fn read<'a>(of: &Structure, fields: impl Iterator<Item = Field<'a>>) -> Result<Value, CheckError> {
    structure(of, &mut step(fields))
}

/// The fields that go the same way next, by the name of the step.
fn step<'a>(fields: impl IntoIterator<Item = Field<'a>>) -> BTreeMap<&'a str, Vec<Field<'a>>> {
    let mut steps: BTreeMap<&str, Vec<Field<'_>>> = BTreeMap::new();
    for (name, text) in fields {
        let (first, rest) = name.split_once('.').unwrap_or((name, ""));
        steps.entry(first).or_default().push((rest, text));
    }
    steps
}

/// The next step of fields that must go further. A name that ends here stands for nothing in it, with no text: so SDKs
/// write empty lists.
fn further(fields: Vec<Field<'_>>) -> Result<BTreeMap<&str, Vec<Field<'_>>>, CheckError> {
    let mut steps = step(fields);
    match steps.remove("") {
        Some(ends) if ends.iter().any(|(rest, text)| !(rest.is_empty() && text.is_empty())) => Err(MALFORMED),
        _ => Ok(steps),
    }
}

fn structure(of: &Structure, steps: &mut BTreeMap<&str, Vec<Field<'_>>>) -> Result<Value, CheckError> {
    let mut object = Map::new();
    for member in of.members {
        if let Some(fields) = steps.remove(member.name) {
            object.insert(member.name.to_owned(), value(member.shape, fields)?);
        }
    }
    Ok(Value::Object(object))
}

fn value(shape: &Shape, fields: Vec<Field<'_>>) -> Result<Value, CheckError> {
    match &shape.kind {
        Kind::Structure(of) => structure(of, &mut further(fields)?),
        Kind::List(of) => {
            let elements = numbered(further(fields)?.remove("member"))?;
            elements.into_iter().map(|fields| value(of, fields)).collect()
        }
        Kind::Map(_, of) => {
            let entry = |fields| {
                let mut entry = further(fields)?;
                let (key, fields) = (entry.remove("key"), entry.remove("value"));
                let key = key.and_then(text).ok_or(MALFORMED)?;
                Ok((key.to_owned(), value(of, fields.ok_or(MALFORMED)?)?))
            };
            let entries = numbered(further(fields)?.remove("entry"))?;
            entries.into_iter().map(entry).collect::<Result<_, _>>().map(Value::Object)
        }
        kind => text(fields).and_then(|text| scalar(kind, text)).ok_or(MALFORMED),
    }
}

/// The elements of a list in the order of their numbers. Gaps between these are nothing: a number costs no more than its
/// digits.
fn numbered(fields: Option<Vec<Field<'_>>>) -> Result<Vec<Vec<Field<'_>>>, CheckError> {
    let mut elements: BTreeMap<u32, Vec<Field<'_>>> = BTreeMap::new();
    for (number, fields) in step(fields.unwrap_or_default()) {
        elements.entry(number.parse().map_err(|_| MALFORMED)?).or_default().extend(fields);
    }
    Ok(elements.into_values().collect())
}

/// The text of a name that ends here.
fn text(fields: Vec<Field<'_>>) -> Option<&str> {
    let (rest, text) = fields.into_iter().next()?;
    rest.is_empty().then_some(text)
}

/// Numbers as Java reads them, `+900` and `0900` too (identity-pools-and-iam §8.2, recorded).
fn scalar(kind: &Kind, text: &str) -> Option<Value> {
    match kind {
        Kind::String | Kind::Blob => Some(text.into()),
        Kind::Integer => text.parse::<i32>().ok().map(Value::from),
        Kind::Long => text.parse::<i64>().ok().map(Value::from),
        Kind::Boolean if text.eq_ignore_ascii_case("true") => Some(true.into()),
        Kind::Boolean if text.eq_ignore_ascii_case("false") => Some(false.into()),
        Kind::Timestamp => Timestamp::from_iso8601(text).map(|at| (at.millis() as f64 / 1000.0).into()),
        Kind::Boolean | Kind::Document | Kind::List(_) | Kind::Map(..) | Kind::Structure(_) => None,
    }
}

#[cfg(test)]
mod tests;
