//! The service model: how it is imported from botocore, and its typed form for the generator.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::workspace::{output, read, write};
use crate::{Result, names};

/// Where the imported model lies.
pub(crate) const MODEL: &str = "model/cognito-idp.json";
const IN_WHEEL: &str = "botocore/data/cognito-idp/2016-04-18/service-2.json.gz";

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
    pub(crate) botocore_version: String,
}

#[derive(Deserialize)]
pub(crate) struct Operation {
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

#[derive(Clone, Deserialize)]
pub(crate) struct Reference {
    pub(crate) shape: String,
}

/// One shape; which members are present depends on its type.
#[derive(Deserialize)]
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
    pub(crate) fault: bool,
}

fn in_order<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Vec<(String, Reference)>, D::Error> {
    let members = Map::deserialize(from)?;
    let typed = |(name, value)| Ok((name, serde_json::from_value(value).map_err(serde::de::Error::custom)?));
    members.into_iter().map(typed).collect()
}

impl Model {
    /// Reads the imported model.
    pub(crate) fn load() -> Result<Self> {
        serde_json::from_str(&read(MODEL)?).map_err(|e| format!("{MODEL} is not a service model: {e}"))
    }

    /// The shape of that name.
    pub(crate) fn shape(&self, name: &str) -> Result<&Shape> {
        self.shapes.get(name).ok_or_else(|| format!("{MODEL} has no shape {name}"))
    }
}

/// Rewrites the model from botocore's, without documentation.
pub(crate) fn import(source: &Path, botocore: Option<String>) -> Result {
    let path = source.to_str().ok_or("the path is not UTF-8")?;
    let path = &std::path::absolute(path).map_err(|e| e.to_string())?.to_string_lossy().into_owned();
    let (text, version) = if names::has_extension(path, "whl") {
        let metadata = output("unzip", &["-p", path, "botocore-*.dist-info/METADATA"])?;
        let version = metadata.lines().find_map(|line| line.strip_prefix("Version: ")).map(str::to_owned);
        // unzip writes bytes that are not UTF-8, so a shell connects it with gunzip.
        let script = format!("unzip -p \"$1\" {IN_WHEEL} | gunzip -c");
        (output("sh", &["-c", &script, "sh", path])?, version)
    } else if names::has_extension(path, "gz") {
        (output("gunzip", &["-c", path])?, None)
    } else {
        (std::fs::read_to_string(source).map_err(|e| format!("cannot read {path}: {e}"))?, None)
    };
    let version = botocore.or(version).ok_or("say which botocore this is: --botocore VERSION")?;
    let mut model: Value = serde_json::from_str(&text).map_err(|e| format!("{path} is not JSON: {e}"))?;
    strip(&mut model);
    write(MODEL, &print(&model, &version)?)?;
    println!("{MODEL} is that of botocore {version}; next: cargo xtask codegen");
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
