//! A service model: how it is imported from botocore, and its typed form for the generator.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::Result;
use crate::services::{Operations, SERVICES, Service};
use crate::workspace::{output, read, write};

/// The model as the generator reads it.
#[derive(Deserialize)]
pub(crate) struct Model {
    pub(crate) metadata: Metadata,
    pub(crate) operations: BTreeMap<String, Operation>,
    pub(crate) shapes: BTreeMap<String, Shape>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Metadata {
    pub(crate) api_version: String,
    pub(crate) botocore_version: String,
    pub(crate) service_full_name: String,
    /// The name in credential scopes and in the actions of policies.
    pub(crate) endpoint_prefix: String,
    pub(crate) protocol: String,
    pub(crate) json_version: Option<String>,
    pub(crate) target_prefix: Option<String>,
    pub(crate) xml_namespace: Option<String>,
}

impl Metadata {
    /// Whether the service speaks the Query protocol.
    pub(crate) fn speaks_query(&self) -> bool {
        self.protocol == "query"
    }
}

#[derive(Deserialize)]
pub(crate) struct Operation {
    /// Never without a shape once it is [loaded](Model::load).
    #[serde(default)]
    pub(crate) input: Reference,
    pub(crate) output: Option<Reference>,
    #[serde(default)]
    pub(crate) errors: Vec<Reference>,
    authtype: Option<String>,
}

impl Operation {
    /// Whether the model marks the operation as needing no signature.
    pub(crate) fn unsigned(&self) -> bool {
        self.authtype.as_deref() == Some("none")
    }
}

#[derive(Clone, Default, Deserialize)]
pub(crate) struct Reference {
    pub(crate) shape: String,
}

/// One shape; which members are present depends on its type.
#[derive(Default, Deserialize)]
pub(crate) struct Shape {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(default, deserialize_with = "in_order")]
    pub(crate) members: Vec<(String, Reference)>,
    #[serde(default)]
    pub(crate) required: Vec<String>,
    pub(crate) member: Option<Reference>,
    pub(crate) key: Option<Reference>,
    pub(crate) value: Option<Reference>,
    pub(crate) min: Option<i64>,
    pub(crate) max: Option<i64>,
    pub(crate) pattern: Option<String>,
    #[serde(rename = "enum", default)]
    pub(crate) values: Vec<String>,
    #[serde(default)]
    pub(crate) sensitive: bool,
    #[serde(default)]
    pub(crate) document: bool,
    #[serde(default)]
    pub(crate) exception: bool,
    #[serde(default)]
    fault: bool,
    error: Option<ErrorTrait>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ErrorTrait {
    code: Option<String>,
    http_status_code: Option<u16>,
}

impl Shape {
    /// The HTTP status of an exception.
    pub(crate) fn status(&self) -> u16 {
        let own = self.error.as_ref().and_then(|error| error.http_status_code);
        own.unwrap_or(if self.fault { 500 } else { 400 })
    }

    /// Whether an exception is the service's own failure.
    pub(crate) fn is_failure(&self) -> bool {
        self.status() >= 500
    }

    /// What answers call an exception, where it is not the shape's name.
    pub(crate) fn code(&self) -> Option<&str> {
        self.error.as_ref()?.code.as_deref()
    }
}

/// How members are named or repeated otherwise than by their shapes: no service that is imported has them.
const UNKNOWN_TRAITS: [&str; 5] =
    ["flattened", "locationName", "queryName", "timestampFormat", "xmlAttribute"];

fn in_order<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Vec<(String, Reference)>, D::Error> {
    let members = Map::deserialize(from)?;
    let typed = |(name, value)| Ok((name, serde_json::from_value(value).map_err(serde::de::Error::custom)?));
    members.into_iter().map(typed).collect()
}

impl Model {
    /// Reads the imported model of a service.
    pub(crate) fn load(service: &Service) -> Result<Self> {
        let file = service.model();
        let text = read(&file)?;
        if let Some(found) = UNKNOWN_TRAITS.iter().find(|name| text.contains(&format!("\"{name}\":"))) {
            return Err(format!("{file} has the trait {found}, which the codecs in crates/wire do not know"));
        }
        let mut model: Self =
            serde_json::from_str(&text).map_err(|e| format!("{file} is not a service model: {e}"))?;
        for (name, operation) in model.operations.iter_mut().filter(|(_, o)| o.input.shape.is_empty()) {
            operation.input.shape = format!("{name}Request");
            let empty = Shape { kind: "structure".to_owned(), ..Shape::default() };
            if model.shapes.insert(operation.input.shape.clone(), empty).is_some() {
                return Err(format!("{file} has a request for {name}, which takes none"));
            }
        }
        Ok(model)
    }

    /// The shape of that name.
    pub(crate) fn shape(&self, name: &str) -> Result<&Shape> {
        let service = &self.metadata.service_full_name;
        self.shapes.get(name).ok_or_else(|| format!("the model of {service} has no shape {name}"))
    }
}

/// Rewrites every model from botocore's, without documentation.
pub(crate) fn import(wheel: &Path) -> Result {
    let path = wheel.to_str().ok_or("the path is not UTF-8")?;
    let path = &std::path::absolute(path).map_err(|e| e.to_string())?.to_string_lossy().into_owned();
    let metadata = output("unzip", &["-p", path, "botocore-*.dist-info/METADATA"])?;
    let version = metadata.lines().find_map(|line| line.strip_prefix("Version: "));
    let version = version.ok_or_else(|| format!("{path} is not a wheel of botocore"))?;
    for service in SERVICES {
        // unzip writes bytes that are not UTF-8, so a shell connects it with gunzip.
        let script = "unzip -p \"$1\" \"$2\" | gunzip -c";
        let text = output("sh", &["-c", script, "sh", path, &service.in_wheel()])?;
        let mut model: Value = serde_json::from_str(&text).map_err(|e| format!("{path}: {e}"))?;
        strip(&mut model);
        if let Operations::Only(wanted) = service.operations {
            restrict(&mut model, wanted)?;
        }
        write(&service.model(), &print(&model, version)?)?;
        println!("{} is that of botocore {version}", service.model());
    }
    println!("next: cargo xtask codegen");
    Ok(())
}

/// Removes documentation text at every level. A member whose *name* is `documentation` would be an
/// object and is kept.
fn strip(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|name, value| {
                !(matches!(name.as_str(), "documentation" | "documentationUrl" | "deprecatedMessage")
                    && value.is_string())
            });
            map.values_mut().for_each(strip);
        }
        Value::Array(list) => list.iter_mut().for_each(strip),
        _ => {}
    }
}

/// Removes the operations that are not wanted, and the shapes that none of the others needs.
fn restrict(model: &mut Value, wanted: &[&str]) -> Result {
    let section = |name: &str| format!("no section {name}");
    let operations = model.get_mut("operations").and_then(Value::as_object_mut);
    let operations = operations.ok_or_else(|| section("operations"))?;
    operations.retain(|name, _| wanted.contains(&name.as_str()));
    if operations.len() < wanted.len() {
        return Err(format!("not all of {} are in the model", wanted.join(", ")));
    }
    let mut open: Vec<Value> = operations.values().cloned().collect();
    let shapes = model.get_mut("shapes").and_then(Value::as_object_mut).ok_or_else(|| section("shapes"))?;
    let mut needed = BTreeSet::new();
    while let Some(value) = open.pop() {
        for name in shape_names(&value) {
            if needed.insert(name.clone()) {
                open.extend(shapes.get(&name).cloned());
            }
        }
    }
    shapes.retain(|name, _| needed.contains(name));
    Ok(())
}

/// The shapes that an operation or shape refers to.
fn shape_names(value: &Value) -> Vec<String> {
    match value {
        Value::Object(map) => match map.get("shape") {
            Some(Value::String(name)) => vec![name.clone()],
            // A member may have this name, too.
            _ => map.values().flat_map(shape_names).collect(),
        },
        Value::Array(list) => list.iter().flat_map(shape_names).collect(),
        _ => Vec::new(),
    }
}

/// Compact, but one line per operation and shape, sorted, so that a new version makes a readable diff.
fn print(model: &Value, version: &str) -> Result<String> {
    let section = |name: &str| {
        model.get(name).and_then(Value::as_object).cloned().ok_or_else(|| format!("no section {name}"))
    };
    let mut metadata = section("metadata")?;
    metadata.insert("botocoreVersion".to_owned(), version.into());
    let mut text = format!("{{\"metadata\":{}", Value::Object(metadata));
    for name in ["operations", "shapes"] {
        let entries: BTreeMap<_, _> = section(name)?.into_iter().collect();
        let lines: Vec<_> = entries.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        text.push_str(&format!(",\n\"{name}\":{{\n{}\n}}", lines.join(",\n")));
    }
    text.push_str("}\n");
    Ok(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_foreign_model_keeps_what_the_wanted_operations_need() {
        let list = json!({ "type": "list", "member": { "shape": "Item" } });
        let mut model = json!({
            "operations": {
                "Wanted": { "input": { "shape": "In" }, "errors": [{ "shape": "Failure" }] },
                "Other": { "input": { "shape": "Else" } },
            },
            "shapes": {
                "In": { "type": "structure", "members": { "shape": { "shape": "List" } } },
                "List": list, "Item": { "type": "string" }, "Failure": {}, "Else": {},
            },
        });
        restrict(&mut model, &["Wanted"]).unwrap();
        let names = |section: &str| model[section].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(names("operations"), ["Wanted"]);
        assert_eq!(names("shapes"), ["In", "List", "Item", "Failure"]);
        assert!(restrict(&mut model, &["Wanted", "Gone"]).is_err());
    }
}
