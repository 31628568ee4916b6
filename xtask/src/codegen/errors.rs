//! The error codes: those of all models, and those of the protocol.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Source;
use crate::Result;
use crate::workspace::read;

const FILE: &str = "model/errors.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Protocol {
    error: Vec<ProtocolError>,
}

/// An error that no model lists.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProtocolError {
    name: String,
    /// When it is raised; becomes its documentation.
    reason: String,
}

/// `errors.rs`: one enumeration, because a fault does not depend on who asks.
pub(super) fn errors(sources: &[Source]) -> Result<String> {
    let protocol: Protocol = toml::from_str(&read(FILE)?).map_err(|e| format!("{FILE}: {e}"))?;
    let mut errors = BTreeMap::new();
    for (name, shape) in sources.iter().flat_map(Source::exceptions) {
        let known = errors.insert(name, (shape.fault, String::new()));
        if known.is_some_and(|(fault, _)| fault != shape.fault) {
            return Err(format!("the models do not agree on whose fault {name} is"));
        }
    }
    for ProtocolError { name, reason } in &protocol.error {
        if reason.trim().is_empty() || errors.insert(name, (false, format!(": {reason}"))).is_some() {
            return Err(format!("{FILE}: {name} has no reason, or is in a model"));
        }
    }
    let (mut variants, mut all, mut facts) = (String::new(), String::new(), String::new());
    for (name, (fault, reason)) in &errors {
        variants.push_str(&format!("/// `{name}`{reason}.\n{name},\n"));
        all.push_str(&format!("Self::{name},\n"));
        facts.push_str(&format!("({name:?}, {fault}),\n"));
    }
    let count = errors.len();
    Ok(format!(
        "/// The type of an error answer: those of the models and those of the protocol.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ErrorCode {{\n{variants}}}

        impl ErrorCode {{
            /// Every error, by name.
            pub const ALL: [Self; {count}] = [\n{all}];
        }}

        /// Name of each error, and whether it is the service's own failure, in the order of [`ErrorCode::ALL`].
        pub(crate) static FACTS: [(&str, bool); {count}] = [\n{facts}];\n"
    ))
}
