//! Values as messages print them: the way Java prints strings, lists and maps.

use std::fmt;

use serde_json::Value;

use crate::constraints::{Kind, Shape};

/// A value that is printed by its shape, sensitive parts left out.
pub(super) struct Printed<'a>(pub(super) &'static Shape, pub(super) &'a Value);

impl fmt::Display for Printed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(shape, value) = self;
        match (&shape.kind, value) {
            _ if shape.sensitive => f.write_str("***"),
            (_, Value::String(text)) => f.write_str(text),
            (Kind::List(of), Value::Array(list)) => {
                f.write_str("[")?;
                separated(f, list, |f, element| write!(f, "{}", Printed(of, element)))?;
                f.write_str("]")
            }
            (Kind::Map(_, of), Value::Object(map)) => {
                f.write_str("{")?;
                separated(f, map, |f, (key, value)| write!(f, "{key}={}", Printed(of, value)))?;
                f.write_str("}")
            }
            (Kind::Structure(structure), Value::Object(object)) => {
                let members = structure.members.iter().filter_map(|m| Some((m, object.get(m.name)?)));
                f.write_str("{")?;
                separated(f, members, |f, (member, value)| {
                    write!(f, "{}={}", member.name, Printed(member.shape, value))
                })?;
                f.write_str("}")
            }
            (_, value) => write!(f, "{value}"),
        }
    }
}

fn separated<T>(
    f: &mut fmt::Formatter<'_>,
    items: impl IntoIterator<Item = T>,
    mut print: impl FnMut(&mut fmt::Formatter<'_>, T) -> fmt::Result,
) -> fmt::Result {
    for (i, item) in items.into_iter().enumerate() {
        if i > 0 {
            f.write_str(", ")?;
        }
        print(f, item)?;
    }
    Ok(())
}
