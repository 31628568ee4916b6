//! The form of the generated table of shapes.

use std::fmt;
use std::sync::OnceLock;

use regex::Regex;

/// The members of a structure.
#[derive(Debug)]
pub struct Structure {
    /// As the model has it and messages print it.
    pub(crate) name: &'static str,
    /// In the model's order.
    pub(crate) members: &'static [Member],
}

/// One member of a structure.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: &'static str,
    pub(crate) shape: &'static Shape,
    pub(crate) required: bool,
    /// Whether an empty string means the same as no member.
    pub(crate) empty_is_absent: bool,
    /// The name in messages, where it does not follow from `name`.
    printed: Option<&'static str>,
}

/// What a value must be.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) kind: Kind,
    /// Bounds of an integer's value, a string's length in UTF-16 units, a blob's in bytes, or the
    /// number of a list's or map's entries.
    pub(crate) min: Option<i64>,
    pub(crate) max: Option<i64>,
    pub(crate) pattern: Option<&'static Pattern>,
    /// The values of an enumeration; empty where any string will do.
    pub(crate) values: &'static [&'static str],
    /// Values that are taken too, though the model does not list them and messages do not print them.
    pub(crate) unlisted_values: &'static [&'static str],
    /// Whether messages leave the value out.
    pub(crate) sensitive: bool,
    /// Whether records of an audit leave the value out, though messages do not.
    pub(crate) secret: bool,
    /// Whether answers in XML hold the value percent-encoded.
    pub(crate) percent_encoded: bool,
    /// Whether entries of a list that are null count as absent.
    pub(crate) nulls_are_absent: bool,
}

/// The type of a shape.
#[derive(Debug)]
pub(crate) enum Kind {
    String,
    /// 32 bits, signed.
    Integer,
    /// 64 bits, signed.
    Long,
    Boolean,
    /// Seconds since 1970.
    Timestamp,
    /// Base64 in JSON.
    Blob,
    /// Any JSON.
    Document,
    List(&'static Shape),
    /// Key and value.
    Map(&'static Shape, &'static Shape),
    Structure(&'static Structure),
}

/// A pattern that a whole string must match.
#[derive(Debug)]
pub(crate) struct Pattern {
    /// As the model has it and messages print it.
    pub(crate) printed: &'static str,
    regex: &'static str,
    /// Compiled when first used; `None` inside is a pattern that does not compile.
    compiled: OnceLock<Option<Regex>>,
}

impl Member {
    pub(crate) const fn new(name: &'static str, shape: &'static Shape) -> Self {
        Self { name, shape, required: false, empty_is_absent: false, printed: None }
    }

    pub(crate) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub(crate) const fn empty_is_absent(mut self) -> Self {
        self.empty_is_absent = true;
        self
    }

    pub(crate) const fn printed(mut self, name: &'static str) -> Self {
        self.printed = Some(name);
        self
    }

    /// Writes the name as messages have it: but for a few, only the first letter is made small (`mFAOptions`), as
    /// all AWS services print it.
    pub(crate) fn print_name(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(printed) = self.printed {
            return f.write_str(printed);
        }
        let (first, rest) = self.name.split_at(1);
        write!(f, "{}{rest}", first.to_ascii_lowercase())
    }
}

impl Shape {
    pub(crate) const fn new(kind: Kind) -> Self {
        Self {
            kind,
            min: None,
            max: None,
            pattern: None,
            values: &[],
            unlisted_values: &[],
            sensitive: false,
            secret: false,
            percent_encoded: false,
            nulls_are_absent: false,
        }
    }

    pub(crate) const fn min(mut self, min: i64) -> Self {
        self.min = Some(min);
        self
    }

    pub(crate) const fn max(mut self, max: i64) -> Self {
        self.max = Some(max);
        self
    }

    pub(crate) const fn pattern(mut self, pattern: &'static Pattern) -> Self {
        self.pattern = Some(pattern);
        self
    }

    pub(crate) const fn values(mut self, values: &'static [&'static str]) -> Self {
        self.values = values;
        self
    }

    pub(crate) const fn unlisted_values(mut self, values: &'static [&'static str]) -> Self {
        self.unlisted_values = values;
        self
    }

    pub(crate) const fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    pub(crate) const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    pub(crate) const fn nulls_are_absent(mut self) -> Self {
        self.nulls_are_absent = true;
        self
    }

    pub(crate) const fn percent_encoded(mut self) -> Self {
        self.percent_encoded = true;
        self
    }
}

impl Pattern {
    pub(crate) const fn new(printed: &'static str, regex: &'static str) -> Self {
        Self { printed, regex, compiled: OnceLock::new() }
    }

    /// Whether the whole of `value` matches.
    pub(crate) fn matches(&self, value: &str) -> bool {
        // The generator has compiled every pattern, so none is missing here; were one, it would refuse.
        let compiled = self.compiled.get_or_init(|| Regex::new(self.regex).ok());
        compiled.as_ref().is_some_and(|regex| regex.is_match(value))
    }
}
