//! `model/<service>.toml`: what the generator must know beyond the service's model.

use serde::Deserialize;

use crate::Result;
use crate::model::{Model, Shape};
use crate::services::Service;
use crate::workspace::read;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Overrides {
    pub(super) service: OfService,
    pub(super) resource_type: Vec<ResourceType>,
    #[serde(default)]
    pub(super) authority: Vec<Authority>,
    #[serde(default)]
    pub(super) resource: Vec<Resource>,
    #[serde(default)]
    pub(super) pattern: Vec<Pattern>,
    #[serde(default)]
    pub(super) printed_name: Vec<PrintedName>,
    #[serde(default)]
    pub(super) printed_values: Vec<PrintedValues>,
    #[serde(default)]
    pub(super) empty_is_absent: Vec<EmptyIsAbsent>,
    #[serde(default)]
    pub(super) nulls_are_absent: Vec<NullsAreAbsent>,
    #[serde(default)]
    pub(super) value: Vec<UnlistedValue>,
    #[serde(default)]
    pub(super) absent_in_answers: Vec<AbsentInAnswers>,
    #[serde(default)]
    pub(super) id: Vec<Id>,
    #[serde(default)]
    percent_encoded: Vec<PercentEncoded>,
    #[serde(default)]
    secret: Vec<Secret>,
}

/// What holds for the service as a whole.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfService {
    /// The error of a request that violates a constraint.
    pub(super) violation: String,
    /// Where everything of a service is that is in no region of its own.
    pub(super) region: Option<String>,
}

/// A type of resources of which policies speak, as the service authorization reference lists them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResourceType {
    /// Whose value names the resource.
    pub(super) member: String,
    /// The ARN, with `{region}`, `{account}`, and `{}` for the member's value.
    pub(super) arn: String,
    reason: String,
}

/// Who may call an operation, where the model does not tell.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Authority {
    pub(super) operation: String,
    pub(super) authority: String,
    reason: String,
}

/// A signed operation whose resource is not of the first type that it names; its member holds an ARN. Without a member, it
/// is about every resource.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Resource {
    pub(super) operation: String,
    pub(super) member: Option<String>,
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

/// A shape that records of an audit leave out, though the model does not call it sensitive.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Secret {
    shape: String,
    reason: String,
}

/// A list whose null entries count as absent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NullsAreAbsent {
    pub(super) shape: String,
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

/// A member that the model requires, which answers may lack.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AbsentInAnswers {
    pub(super) structure: String,
    pub(super) member: String,
    reason: String,
}

/// A string shape that is an id, and its type in `poolhouse_ports`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Id {
    pub(super) shape: String,
    pub(super) r#type: String,
    reason: String,
}

/// A string that answers hold percent-encoded.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PercentEncoded {
    shape: String,
    reason: String,
}

impl Overrides {
    /// Whether every value of the structure has the member, in answers too.
    pub(super) fn always_has(&self, structure: &str, shape: &Shape, member: &str) -> bool {
        let absent = |a: &AbsentInAnswers| a.structure == structure && a.member == member;
        shape.required.iter().any(|name| name == member) && !self.absent_in_answers.iter().any(absent)
    }

    /// The types of ids.
    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.id.iter().map(|id| &*id.r#type)
    }

    /// The type of a shape that is an id.
    pub(super) fn id_type(&self, shape: &str) -> Option<&str> {
        self.id.iter().find(|id| id.shape == shape).map(|id| &*id.r#type)
    }

    /// Whether records of an audit leave values of a shape out, beside what the model calls sensitive.
    pub(super) fn is_secret(&self, shape: &str) -> bool {
        self.secret.iter().any(|secret| secret.shape == shape)
    }

    /// Whether answers hold a string percent-encoded.
    pub(super) fn is_percent_encoded(&self, shape: &str) -> bool {
        self.percent_encoded.iter().any(|encoded| encoded.shape == shape)
    }

    /// The values of an enumeration that the model does not list.
    pub(super) fn unlisted_values(&self, shape: &str) -> Vec<&str> {
        self.value.iter().filter(|v| v.shape == shape).map(|v| &*v.value).collect()
    }

    /// Reads the file; every entry must fit the model and have a reason.
    pub(super) fn load(service: &Service, model: &Model) -> Result<Self> {
        let file = service.overrides();
        let overrides: Self = toml::from_str(&read(&file)?).map_err(|e| format!("{file}: {e}"))?;
        let entries = overrides.entries(model);
        match entries.into_iter().find(|(_, reason, fits)| reason.trim().is_empty() || !fits) {
            Some((name, _, true)) => Err(format!("{file}: say why {name} is there (`reason`)")),
            Some((name, ..)) => Err(format!("{file}: {name} does not fit the model (any more)")),
            None => Ok(overrides),
        }
    }

    /// Of every entry: name, reason, and whether it fits the model.
    fn entries(&self, model: &Model) -> Vec<(&str, &str, bool)> {
        let mut entries = self.entries_of_operations(model);
        for s in &self.secret {
            let fits = |shape: &Shape| !shape.sensitive;
            entries.push((&*s.shape, &*s.reason, model.shapes.get(&s.shape).is_some_and(fits)));
        }
        for e in &self.percent_encoded {
            let fits = model.metadata.speaks_query()
                && model.shapes.get(&e.shape).is_some_and(|shape| shape.kind == "string");
            entries.push((&*e.shape, &*e.reason, fits));
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
        for n in &self.nulls_are_absent {
            let is_list = model.shapes.get(&n.shape).is_some_and(|shape| shape.kind == "list");
            entries.push((&*n.shape, &*n.reason, is_list));
        }
        for a in &self.absent_in_answers {
            let shape = model.shapes.get(&a.structure);
            let fits = shape.is_some_and(|s| s.required.contains(&a.member));
            entries.push((&*a.member, &*a.reason, fits));
        }
        for v in &self.value {
            let shape = model.shapes.get(&v.shape);
            let fits = shape.is_some_and(|s| !s.values.is_empty() && !s.values.contains(&v.value));
            entries.push((&*v.shape, &*v.reason, fits));
        }
        for id in &self.id {
            let fits = |s: &Shape| s.kind == "string" && s.values.is_empty();
            entries.push((&*id.shape, &*id.reason, model.shapes.get(&id.shape).is_some_and(fits)));
        }
        entries
    }

    /// The same of those that speak of operations.
    fn entries_of_operations(&self, model: &Model) -> Vec<(&str, &str, bool)> {
        let mut entries = Vec::new();
        for a in &self.authority {
            entries.push((&*a.operation, &*a.reason, model.operations.contains_key(&a.operation)));
        }
        for r in &self.resource_type {
            let has = |o: &crate::model::Operation| {
                let input = model.shapes.get(&o.input.shape);
                input.is_some_and(|input| input.members.iter().any(|(name, _)| *name == r.member))
            };
            let fits = r.arn.contains("{}") && model.operations.values().any(has);
            entries.push((&*r.member, &*r.reason, fits));
        }
        for r in &self.resource {
            let input = model.operations.get(&r.operation).and_then(|o| model.shapes.get(&o.input.shape));
            let has = |input: &Shape| {
                r.member.as_ref().is_none_or(|member| input.members.iter().any(|(name, _)| name == member))
            };
            entries.push((&*r.operation, &*r.reason, input.is_some_and(has)));
        }
        entries
    }
}
