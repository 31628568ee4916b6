//! The operators of conditions (identity-pools-and-iam §10.2).
//!
//! | file | subject |
//! |---|---|
//! | `test` | what each operator does with one value |
//! | `moment` | dates |
//! | `network` | IP addresses |

mod moment;
mod network;
mod test;

use crate::context::{Context, Value};
use crate::json::Scalar;
use crate::malformed::Malformed;
use crate::pattern::Variables;
use test::Test;

/// One operator, one key and its values.
#[derive(Debug)]
pub(crate) struct Condition {
    /// In lower case.
    key: Box<str>,
    rule: Rule,
}

#[derive(Debug)]
enum Rule {
    /// `Null`: whether the key may be absent, and whether it may be present.
    Null {
        absent: bool,
        present: bool,
    },
    Values {
        qualifier: Qualifier,
        if_exists: bool,
        test: Test,
    },
}

/// How the values of a key that may have many are taken together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Qualifier {
    /// For keys of one value.
    Plain,
    AnyValue,
    AllValues,
}

impl Condition {
    /// Reads one of a document.
    pub(crate) fn new(
        operator: &str,
        key: &str,
        values: &[Scalar],
        variables: Variables,
    ) -> Result<Self, Malformed> {
        let key = key.to_lowercase().into();
        if operator == "Null" {
            let says = |word: &str| values.iter().any(|value| value.0.eq_ignore_ascii_case(word));
            return Ok(Self { key, rule: Rule::Null { absent: says("true"), present: says("false") } });
        }
        let (qualifier, name) = if let Some(name) = operator.strip_prefix("ForAnyValue:") {
            (Qualifier::AnyValue, name)
        } else if let Some(name) = operator.strip_prefix("ForAllValues:") {
            (Qualifier::AllValues, name)
        } else {
            (Qualifier::Plain, operator)
        };
        let (name, if_exists) = name.strip_suffix("IfExists").map_or((name, false), |name| (name, true));
        let test = Test::new(name, values, variables).ok_or(Malformed::Syntax)?;
        Ok(Self { key, rule: Rule::Values { qualifier, if_exists, test } })
    }

    pub(crate) fn holds(&self, context: &Context) -> bool {
        let value = context.get(&self.key);
        let (qualifier, if_exists, test) = match &self.rule {
            Rule::Null { absent, present } => return if value.is_some() { *present } else { *absent },
            Rule::Values { qualifier, if_exists, test } => (*qualifier, *if_exists, test),
        };
        match (qualifier, value) {
            (Qualifier::Plain, None) => if_exists || test.is_negated(),
            (Qualifier::AnyValue, None) => if_exists,
            (Qualifier::AllValues, None) => true,
            (Qualifier::Plain, Some(Value::One(text))) => test.passes(text, context),
            // Neither negation nor IfExists makes a plain operator fit for such a key (recorded).
            (Qualifier::Plain, Some(Value::Many(_))) => false,
            (Qualifier::AnyValue, Some(value)) => value.texts().any(|text| test.passes(text, context)),
            (Qualifier::AllValues, Some(value)) => value.texts().all(|text| test.passes(text, context)),
        }
    }

    /// Its key, and those of its variables.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        let variables = match &self.rule {
            Rule::Null { .. } => None,
            Rule::Values { test, .. } => Some(test.keys()),
        };
        [&*self.key].into_iter().chain(variables.into_iter().flatten())
    }
}
