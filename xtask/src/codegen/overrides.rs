//! `model/overrides.toml`: what the generator must know beyond the model.

use serde::Deserialize;

use crate::Result;
use crate::model::Model;
use crate::workspace::read;

const FILE: &str = "model/overrides.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Overrides {
    pub(super) authority: Vec<Authority>,
    pub(super) pattern: Vec<Pattern>,
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

/// What a string shape is matched against instead of its printed pattern.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pattern {
    pub(super) shape: String,
    pub(super) regex: String,
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
            let fits = model.shapes.get(&p.shape).is_some_and(|shape| shape.pattern.is_some());
            entries.push((&*p.shape, &*p.reason, fits));
        }
        for e in &self.empty_is_absent {
            let structure = model.shapes.get(&e.structure);
            let fits = structure.is_some_and(|shape| shape.members.iter().any(|(name, _)| *name == e.member));
            entries.push((&*e.structure, &*e.reason, fits));
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
