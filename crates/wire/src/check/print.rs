//! Values as messages print them: the way Java prints strings, lists and maps, and the service its structures, with
//! every member that they could have (protocol §4, recorded).

use std::fmt::{self, Write as _};

use serde_json::Value;

use super::types::base64_length;
use crate::constraints::{Kind, Shape};

/// Most characters of a value or key that a message repeats: anybody can send a large one. AWS repeats a list of 5,400
/// characters whole (protocol §4, recorded).
const MOST: usize = 8000;

/// A text for a message; `...` stands for the end of a long one.
pub(super) fn cut(text: impl fmt::Display) -> String {
    let mut cut = Cut { text: String::new(), left: MOST };
    if write!(cut, "{text}").is_err() {
        cut.text.push_str("...");
    }
    cut.text
}

/// Takes so many characters and no more, so that a large value is not even printed whole.
struct Cut {
    text: String,
    left: usize,
}

impl fmt::Write for Cut {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        match more.char_indices().nth(self.left) {
            Some((end, _)) => {
                self.text.push_str(more.get(..end).unwrap_or_default());
                self.left = 0;
                Err(fmt::Error)
            }
            None => {
                self.text.push_str(more);
                self.left -= more.chars().count();
                Ok(())
            }
        }
    }
}

/// A value that is printed by its shape, sensitive parts left out.
pub(super) struct Printed<'a>(pub(super) &'static Shape, pub(super) &'a Value);

impl fmt::Display for Printed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(shape, value) = self;
        match (&shape.kind, value) {
            (_, Value::Null) => f.write_str("null"),
            _ if shape.sensitive => f.write_str("***"),
            (Kind::Blob, Value::String(text)) => {
                let bytes = base64_length(text.as_bytes()).unwrap_or_default();
                write!(f, "java.nio.HeapByteBuffer[pos=0 lim={bytes} cap={bytes}]")
            }
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
                write!(f, "{}(", structure.name)?;
                separated(f, structure.members, |f, member| {
                    member.print_name(f)?;
                    let value = object.get(member.name).unwrap_or(&Value::Null);
                    write!(f, "={}", Printed(member.shape, value))
                })?;
                f.write_str(")")
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
