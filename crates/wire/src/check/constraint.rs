//! The constraints of a shape: whether they hold, and how messages word them.

use std::fmt;

use crate::constraints::{Kind, Pattern, Shape};

/// What constraints look at in a value.
pub(super) struct Measured<'a> {
    /// An integer's value, or the length of anything else.
    size: i64,
    /// The text of a string; empty for anything else.
    text: &'a str,
}

impl<'a> Measured<'a> {
    /// A number or a length.
    pub(super) fn size(size: i64) -> Self {
        Self { size, text: "" }
    }

    /// A number of entries or bytes.
    pub(super) fn length(length: usize) -> Self {
        Self::size(i64::try_from(length).unwrap_or(i64::MAX))
    }

    /// A string, whose length is in UTF-16 units (protocol §4).
    pub(super) fn text(text: &'a str) -> Self {
        let length = if text.is_ascii() { text.len() } else { text.encode_utf16().count() };
        Self { text, ..Self::length(length) }
    }
}

/// One constraint.
pub(super) enum Constraint {
    /// The noun is `length` or `value`.
    Most(&'static str, i64),
    Least(&'static str, i64),
    Pattern(&'static Pattern),
    /// The listed values and the unlisted ones.
    Values(&'static [&'static str], &'static [&'static str]),
}

/// The constraints of a shape in the order in which messages list them: length before pattern.
pub(super) fn constraints(shape: &'static Shape) -> impl Iterator<Item = Constraint> {
    let noun = if matches!(shape.kind, Kind::Integer | Kind::Long) { "value" } else { "length" };
    let values =
        (!shape.values.is_empty()).then_some(Constraint::Values(shape.values, shape.unlisted_values));
    let most = shape.max.map(|max| Constraint::Most(noun, max));
    let least = shape.min.map(|min| Constraint::Least(noun, min));
    most.into_iter().chain(least).chain(shape.pattern.map(Constraint::Pattern)).chain(values)
}

impl Constraint {
    /// Whether a value satisfies it.
    pub(super) fn holds(&self, value: &Measured) -> bool {
        match self {
            Self::Most(_, max) => value.size <= *max,
            Self::Least(_, min) => value.size >= *min,
            Self::Pattern(pattern) => pattern.matches(value.text),
            Self::Values(values, unlisted) => values.contains(&value.text) || unlisted.contains(&value.text),
        }
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Most(noun, max) => write!(f, "Member must have {noun} less than or equal to {max}"),
            Self::Least(noun, min) => write!(f, "Member must have {noun} greater than or equal to {min}"),
            Self::Pattern(pattern) => {
                write!(f, "Member must satisfy regular expression pattern: {}", pattern.printed)
            }
            Self::Values(values, _) => {
                write!(f, "Member must satisfy enum value set: [{}]", values.join(", "))
            }
        }
    }
}

/// What the entries of a list or map must be: which entries, and their shape. Messages list all
/// constraints of the shape, also those that hold.
pub(super) struct Entries(pub(super) &'static str, pub(super) &'static Shape);

impl fmt::Display for Entries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} must satisfy constraint: [", self.0)?;
        for (i, constraint) in constraints(self.1).enumerate() {
            write!(f, "{}{constraint}", if i == 0 { "" } else { ", " })?;
        }
        f.write_str("]")
    }
}
