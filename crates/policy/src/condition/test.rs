//! What each operator does with one value of a request.

use std::cmp::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::moment::{self, Moment};
use super::network::{Address, Network};
use crate::arn::{ArnPattern, parts};
use crate::context::Context;
use crate::json::Scalar;
use crate::pattern::{Pattern, Variables, Wildcards};

/// An operator with the values of a document. One of them is enough; of a negated operator none may be.
#[derive(Debug)]
pub(super) struct Test {
    values: Values,
    negated: bool,
}

/// The values, in the form in which they are compared. Those of another form are equal to nothing, and left out.
#[derive(Debug)]
enum Values {
    Texts(Box<[Pattern]>),
    TextsIgnoringCase(Box<[Pattern]>),
    Arns(Box<[ArnPattern]>),
    Numbers(Relation, Box<[f64]>),
    Dates(Relation, Box<[Moment]>),
    Bools(Box<[bool]>),
    Bytes(Box<[Vec<u8>]>),
    Networks(Box<[Network]>),
}

/// How a value of the request stands to one of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    Equals,
    LessThan,
    LessThanEquals,
    GreaterThan,
    GreaterThanEquals,
}

impl Test {
    /// An operator without what may stand before and behind its name. `None` of an unknown one.
    pub(super) fn new(operator: &str, values: &[Scalar], variables: Variables) -> Option<Self> {
        let (name, negated) = match operator {
            "StringNotEquals" => ("StringEquals", true),
            "StringNotEqualsIgnoreCase" => ("StringEqualsIgnoreCase", true),
            "StringNotLike" => ("StringLike", true),
            "NumericNotEquals" => ("NumericEquals", true),
            "DateNotEquals" => ("DateEquals", true),
            "NotIpAddress" => ("IpAddress", true),
            "ArnNotEquals" | "ArnNotLike" => ("ArnLike", true),
            name => (name, false),
        };
        let texts = || values.iter().map(|value| value.0.as_str());
        let patterns = |wildcards| texts().map(|text| Pattern::new(text, wildcards, variables)).collect();
        let values = match name {
            "StringEquals" => Values::Texts(patterns(Wildcards::Literal)),
            "StringEqualsIgnoreCase" => Values::TextsIgnoringCase(patterns(Wildcards::Literal)),
            "StringLike" => Values::Texts(patterns(Wildcards::Active)),
            "ArnEquals" | "ArnLike" => {
                let arns = texts().map(|text| ArnPattern::new(text, variables));
                Values::Arns(arns.filter(ArnPattern::is_whole).collect())
            }
            "Bool" => Values::Bools(texts().filter_map(bool_of).collect()),
            "BinaryEquals" => Values::Bytes(texts().filter_map(bytes_of).collect()),
            "IpAddress" => Values::Networks(texts().filter_map(Network::read).collect()),
            _ => match name.strip_prefix("Numeric") {
                Some(relation) => {
                    Values::Numbers(Relation::named(relation)?, texts().filter_map(number_of).collect())
                }
                None => {
                    let relation = Relation::named(name.strip_prefix("Date")?)?;
                    Values::Dates(relation, texts().filter_map(moment::read).collect())
                }
            },
        };
        Some(Self { values, negated })
    }

    pub(super) fn is_negated(&self) -> bool {
        self.negated
    }

    /// Whether a value of the request passes.
    pub(super) fn passes(&self, text: &str, context: &Context) -> bool {
        self.values.include(text, context) != self.negated
    }

    /// The keys of its variables.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        let (patterns, arns) = match &self.values {
            Values::Texts(patterns) | Values::TextsIgnoringCase(patterns) => (&**patterns, &[][..]),
            Values::Arns(arns) => (&[][..], &**arns),
            _ => (&[][..], &[][..]),
        };
        patterns.iter().flat_map(Pattern::keys).chain(arns.iter().flat_map(ArnPattern::keys))
    }
}

impl Values {
    fn include(&self, text: &str, context: &Context) -> bool {
        match self {
            Self::Texts(patterns) => patterns.iter().any(|pattern| pattern.matches(text, context)),
            Self::TextsIgnoringCase(patterns) => {
                // Lower-case forms of the whole: a Σ becomes ς where a word ends (recorded).
                let text = text.to_lowercase();
                let lower = |pattern: &Pattern| pattern.resolve(context).map(|value| value.to_lowercase());
                patterns.iter().any(|pattern| lower(pattern).as_ref() == Some(&text))
            }
            Self::Arns(arns) => {
                parts(text).is_some_and(|arn| arns.iter().any(|pattern| pattern.matches(&arn, context)))
            }
            Self::Numbers(relation, numbers) => number_of(text).is_some_and(|number| {
                numbers
                    .iter()
                    .any(|value| number.partial_cmp(value).is_some_and(|order| relation.admits(order)))
            }),
            Self::Dates(relation, moments) => moment::read(text)
                .is_some_and(|moment| moments.iter().any(|value| relation.admits(moment.cmp(value)))),
            Self::Bools(values) => bool_of(text).is_some_and(|value| values.contains(&value)),
            Self::Bytes(values) => bytes_of(text).is_some_and(|bytes| values.contains(&bytes)),
            Self::Networks(networks) => Address::read(text)
                .is_some_and(|address| networks.iter().any(|network| network.contains(address))),
        }
    }
}

impl Relation {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "Equals" => Self::Equals,
            "LessThan" => Self::LessThan,
            "LessThanEquals" => Self::LessThanEquals,
            "GreaterThan" => Self::GreaterThan,
            "GreaterThanEquals" => Self::GreaterThanEquals,
            _ => return None,
        })
    }

    fn admits(self, order: Ordering) -> bool {
        match self {
            Self::Equals => order.is_eq(),
            Self::LessThan => order.is_lt(),
            Self::LessThanEquals => order.is_le(),
            Self::GreaterThan => order.is_gt(),
            Self::GreaterThanEquals => order.is_ge(),
        }
    }
}

/// `01`, `+1`, `1.0` and `1e0` are 1; `NaN`, `Infinity` and the empty text are none (recorded).
fn number_of(text: &str) -> Option<f64> {
    // The library reads words as well.
    let plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    let number: f64 = plain.then(|| text.parse().ok())??;
    number.is_finite().then_some(number)
}

fn bool_of(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

fn bytes_of(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}
