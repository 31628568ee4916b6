//! The error codes: those of all models, and those of the protocols.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Source;
use crate::Result;
use crate::workspace::read;

const FILE: &str = "model/errors.toml";

/// What no model says of errors.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Protocols {
    error: Vec<ProtocolError>,
    json: Vec<Name>,
    query: Vec<Name>,
}

/// An error that no model lists.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProtocolError {
    name: String,
    /// When it is raised; becomes its documentation.
    reason: String,
}

/// What services of a protocol call an error that their own model does not have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Name {
    error: String,
    code: String,
    status: u16,
    reason: String,
}

impl Protocols {
    /// Reads the file.
    pub(super) fn load() -> Result<Self> {
        let protocols: Self = toml::from_str(&read(FILE)?).map_err(|e| format!("{FILE}: {e}"))?;
        let names = protocols.json.iter().chain(&protocols.query).map(|name| (&name.error, &name.reason));
        let errors = protocols.error.iter().map(|error| (&error.name, &error.reason));
        match errors.chain(names).find(|(_, reason)| reason.trim().is_empty()) {
            Some((name, _)) => Err(format!("{FILE}: say why {name} is there (`reason`)")),
            None => Ok(protocols),
        }
    }
}

/// `errors.rs`: one enumeration, because a fault does not depend on who asks.
pub(super) fn errors(sources: &[Source], protocols: &Protocols) -> Result<String> {
    let mut errors = BTreeMap::new();
    for (name, shape) in sources.iter().flat_map(Source::exceptions) {
        let known = errors.insert(name, (shape.is_failure(), String::new()));
        if known.is_some_and(|(failure, _)| failure != shape.is_failure()) {
            return Err(format!("the models do not agree on whose fault {name} is"));
        }
    }
    for ProtocolError { name, reason } in &protocols.error {
        if errors.insert(name, (false, format!(": {reason}"))).is_some() {
            return Err(format!("{FILE}: {name} is in a model"));
        }
    }
    if let Some(name) =
        protocols.json.iter().chain(&protocols.query).find(|n| !errors.contains_key(&*n.error))
    {
        return Err(format!("{FILE}: there is no error {}", name.error));
    }
    let (mut variants, mut all, mut facts) = (String::new(), String::new(), String::new());
    for (name, (failure, reason)) in &errors {
        variants.push_str(&format!("/// `{name}`{reason}.\n{name},\n"));
        all.push_str(&format!("Self::{name},\n"));
        facts.push_str(&format!("({name:?}, {failure}),\n"));
    }
    let count = errors.len();
    Ok(format!(
        "/// The type of an error answer: those of the models and those of the protocols.
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

/// The rows of a service's table: its errors that are not called by their own name, or whose status is not the usual one.
pub(super) fn answered(source: &Source, protocols: &Protocols) -> String {
    let of_protocol = if source.model.metadata.speaks_query() { &protocols.query } else { &protocols.json };
    let mut rows: BTreeMap<&str, (&str, u16)> =
        of_protocol.iter().map(|name| (&*name.error, (&*name.code, name.status))).collect();
    for (name, shape) in source.exceptions() {
        // What the model says goes before.
        rows.remove(name);
        let (code, status) = (shape.code().unwrap_or(name), shape.status());
        if code != name || status != if shape.is_failure() { 500 } else { 400 } {
            rows.insert(name, (code, status));
        }
    }
    rows.iter()
        .map(|(name, (code, status))| format!("(crate::ErrorCode::{name}, {code:?}, {status}),\n"))
        .collect()
}
