//! `model/overrides.toml`: what the generator must know beyond the model.

use serde::Deserialize;

use crate::Result;
use crate::model::{Model, Shape};
use crate::workspace::read;

const FILE: &str = "model/overrides.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Overrides {
    pub(super) authority: Vec<Authority>,
    pub(super) pattern: Vec<Pattern>,
    pub(super) printed_name: Vec<PrintedName>,
    pub(super) printed_values: Vec<PrintedValues>,
    pub(super) empty_is_absent: Vec<EmptyIsAbsent>,
    pub(super) value: Vec<UnlistedValue>,
    pub(super) error: Vec<ProtocolError>,
}

/// Who may call an operation, where the model does not tell.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Authority {
    pub(super) operation: String,
    pub(super) authority: String,
    reason: String,
}

/// A string shape that is matched against something else than its printed pattern, or whose pattern is not the
/// model's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pattern {
    pub(super) shape: String,
    pub(super) printed: Option<String>,
    pub(super) regex: Option<String>,
    reason: String,
}

/// A member that messages name otherwise than the model.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PrintedName {
    pub(super) structure: String,
    pub(super) member: String,
    pub(super) printed: String,
    reason: String,
}

/// The order in which messages print the values of an enumeration.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PrintedValues {
    pub(super) shape: String,
    pub(super) values: Vec<String>,
    reason: String,
}

/// A member whose empty string counts as absent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EmptyIsAbsent {
    pub(super) structure: String,
    pub(super) member: String,
    reason: String,
}

/// A value of an enumeration that the model does not list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UnlistedValue {
    pub(super) shape: String,
    pub(super) value: String,
    reason: String,
}

/// An error that the model does not list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProtocolError {
    pub(super) name: String,
    /// When it is raised; becomes its documentation.
    pub(super) reason: String,
}

impl Overrides {
    /// The values of an enumeration that the model does not list.
    pub(super) fn unlisted_values(&self, shape: &str) -> Vec<&str> {
        self.value.iter().filter(|v| v.shape == shape).map(|v| &*v.value).collect()
    }

    /// Reads the file; every entry must fit the model and have a reason.
    pub(super) fn load(model: &Model) -> Result<Self> {
        let overrides: Self = toml::from_str(&read(FILE)?).map_err(|e| format!("{FILE}: {e}"))?;
        let entries = overrides.entries(model);
        match entries.into_iter().find(|(_, reason, fits)| reason.trim().is_empty() || !fits) {
            Some((name, _, true)) => Err(format!("{FILE}: say why {name} is there (`reason`)")),
            Some((name, ..)) => Err(format!("{FILE}: {name} does not fit the model (any more)")),
            None => Ok(overrides),
        }
    }

    /// Of every entry: name, reason, and whether it fits the model.
    fn entries(&self, model: &Model) -> Vec<(&str, &str, bool)> {
        let mut entries = Vec::new();
        for a in &self.authority {
            entries.push((&*a.operation, &*a.reason, model.operations.contains_key(&a.operation)));
        }
        for p in &self.pattern {
            let differs = |pattern: &String| {
                let printed = p.printed.as_ref();
                printed != Some(pattern) && (printed.is_some() || p.regex.is_some())
            };
            let fits = model.shapes.get(&p.shape).and_then(|s| s.pattern.as_ref()).is_some_and(differs);
            entries.push((&*p.shape, &*p.reason, fits));
        }
        let has_member = |structure: &String, member: &String| {
            let structure = model.shapes.get(structure);
            structure.is_some_and(|shape| shape.members.iter().any(|(name, _)| name == member))
        };
        for n in &self.printed_name {
            entries.push((&*n.member, &*n.reason, has_member(&n.structure, &n.member)));
        }
        for v in &self.printed_values {
            let sorted = |values: &[String]| {
                let mut values = values.to_vec();
                values.sort_unstable();
                values
            };
            let fits = |s: &Shape| s.values != v.values && sorted(&s.values) == sorted(&v.values);
            entries.push((&*v.shape, &*v.reason, model.shapes.get(&v.shape).is_some_and(fits)));
        }
        for e in &self.empty_is_absent {
            entries.push((&*e.structure, &*e.reason, has_member(&e.structure, &e.member)));
        }
        for v in &self.value {
            let shape = model.shapes.get(&v.shape);
            let fits = shape.is_some_and(|s| !s.values.is_empty() && !s.values.contains(&v.value));
            entries.push((&*v.shape, &*v.reason, fits));
        }
        for e in &self.error {
            entries.push((&*e.name, &*e.reason, !model.shapes.contains_key(&e.name)));
        }
        entries
    }
}
