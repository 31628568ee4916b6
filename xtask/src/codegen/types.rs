//! Request, response and value types.

use std::collections::BTreeSet;

use super::Source;
use crate::model::Shape;
use crate::{Result, names};

/// Structures of requests and values have `Default`, so that a caller names only what it sets.
const DERIVES: &str = "#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]\n";

/// `enums.rs`: every enumeration.
pub(super) fn enums(source: &Source) -> Result<String> {
    let mut text = String::new();
    for (name, shape) in &source.model.shapes {
        if shape.values.is_empty() {
            continue;
        }
        let values = shape.values.iter().map(String::as_str).chain(source.overrides.unlisted_values(name));
        let variants: Vec<_> =
            values.map(|value| format!("{} => {value:?},\n", names::variant(value))).collect();
        let of = names::type_name(name);
        text.push_str(&format!("open_enum! {{\n/// `{name}`.\n{of} {{\n{}}}\n}}\n\n", variants.concat()));
    }
    if !text.is_empty() {
        text.insert_str(0, "use crate::open_enum::open_enum;\n\n");
    }
    Ok(text)
}

/// `requests.rs`: the inputs of all operations.
pub(super) fn requests(source: &Source) -> Result<String> {
    structures(source, "requests", |name, _| source.is_input(name))
}

/// `responses.rs`: the outputs of all operations.
pub(super) fn responses(source: &Source) -> Result<String> {
    structures(source, "responses", |name, _| source.is_output(name))
}

/// `values.rs`: structures that requests and responses hold.
pub(super) fn values(source: &Source) -> Result<String> {
    structures(source, "values", |name, shape| is_value(source, name, shape))
}

fn structures(source: &Source, subject: &str, wanted: impl Fn(&str, &Shape) -> bool) -> Result<String> {
    let mut body = String::new();
    for (name, shape) in &source.model.shapes {
        if shape.kind == "structure" && !shape.exception && wanted(name, shape) {
            body.push_str(&structure(source, name, shape)?);
        }
    }
    let mut text = format!(
        "#![expect(missing_docs, reason = \"the members of {subject} are the service's, documented there\")]\n\n"
    );
    // Imported only where used, since every file is checked for unused imports.
    let imports = [
        ("BTreeMap<", "std::collections::BTreeMap"),
        ("", "serde::{Deserialize, Serialize}"),
        ("<Value>", "serde_json::Value"),
        ("Sensitive", "crate::Sensitive"),
    ];
    for (_, path) in imports.into_iter().filter(|(mark, _)| body.contains(mark)) {
        text.push_str(&format!("use {path};\n"));
    }
    let words: BTreeSet<&str> = body.split(|c: char| !c.is_alphanumeric()).collect();
    let of_ports = source.overrides.ids().chain(["Timestamp"]).filter(|name| words.contains(name));
    let of_ports = of_ports.collect::<Vec<_>>().join(", ");
    if !of_ports.is_empty() {
        text.push_str(&format!("use poolhouse_ports::{{{of_ports}}};\n"));
    }
    let holds = |wanted: &dyn Fn(&str, &Shape) -> bool| {
        source
            .model
            .shapes
            .iter()
            .any(|(name, shape)| wanted(name, shape) && words.contains(&*names::type_name(name)))
    };
    if holds(&|_, shape| !shape.values.is_empty()) {
        text.push_str("use super::enums::*;\n");
    }
    if subject != "values" && holds(&|name, shape| is_value(source, name, shape)) {
        text.push_str("use super::values::*;\n");
    }
    Ok(text + "\n" + &body)
}

/// Whether a shape is a structure that requests or responses hold.
fn is_value(source: &Source, name: &str, shape: &Shape) -> bool {
    (source.in_requests.contains(name) || source.in_responses.contains(name))
        && !(source.is_input(name) || source.is_output(name) || shape.document)
        && shape.kind == "structure"
}

fn structure(source: &Source, name: &str, shape: &Shape) -> Result<String> {
    let operation =
        source.model.operations.iter().find(|(_, o)| {
            o.input.shape == name || o.output.as_ref().is_some_and(|output| output.shape == name)
        });
    let documentation = match operation {
        Some((operation, _)) if source.is_input(name) => format!("What `{operation}` takes."),
        Some((operation, _)) => format!("What `{operation}` answers."),
        None => format!("`{name}`."),
    };
    let mut text = format!("/// {documentation}\n{DERIVES}");
    if !shape.members.is_empty() {
        text.push_str("#[serde(rename_all = \"PascalCase\")]\n");
    }
    text.push_str(&format!("pub struct {} {{\n", names::type_name(name)));
    for (member, reference) in &shape.members {
        let field = names::snake(member);
        let kind = rust_type(source, &reference.shape, shape.sensitive)?;
        if names::pascal(&field) != *member {
            text.push_str(&format!("#[serde(rename = {member:?})]\n"));
        }
        let is_time = source.model.shape(&reference.shape)?.kind == "timestamp";
        if source.overrides.always_has(name, shape, member) && !source.is_output(name) {
            if is_time {
                text.push_str("#[serde(with = \"crate::timestamp\")]\n");
            }
            text.push_str(&format!("pub {field}: {kind},\n"));
        } else {
            // A member with a codec of its own is not taken for absent by itself.
            let codec = if is_time { "default, with = \"crate::timestamp::optional\", " } else { "" };
            text.push_str(&format!("#[serde({codec}skip_serializing_if = \"Option::is_none\")]\n"));
            text.push_str(&format!("pub {field}: Option<{kind}>,\n"));
        }
    }
    text.push_str("}\n\n");
    Ok(text)
}

/// The Rust type of a shape; `hidden` when what holds it is sensitive.
fn rust_type(source: &Source, name: &str, hidden: bool) -> Result<String> {
    let shape = source.model.shape(name)?;
    if let Some(id) = source.overrides.id_type(name) {
        return Ok(id.to_owned());
    }
    let hidden = hidden || shape.sensitive;
    let inner = |reference: &Option<crate::model::Reference>| {
        let reference = reference.as_ref().ok_or_else(|| format!("{name} does not say what it holds"))?;
        if source.model.shape(&reference.shape)?.kind == "timestamp" {
            return Err(format!("{name} holds timestamps, which wire/src/timestamp.rs has no codec for"));
        }
        rust_type(source, &reference.shape, hidden)
    };
    Ok(match shape.kind.as_str() {
        "string" if !shape.values.is_empty() => names::type_name(name),
        "string" | "blob" if hidden => "Sensitive".to_owned(),
        // Blobs stay in base64: the checker has seen that they are, and few are ever looked into.
        "string" | "blob" => "String".to_owned(),
        "integer" => "i32".to_owned(),
        "long" => "i64".to_owned(),
        "boolean" => "bool".to_owned(),
        "timestamp" => "Timestamp".to_owned(),
        "structure" if shape.document => "Value".to_owned(),
        "structure" => names::type_name(name),
        "list" => format!("Vec<{}>", inner(&shape.member)?),
        "map" => format!("BTreeMap<String, {}>", inner(&shape.value)?),
        other => return Err(format!("{name} has a type the generator does not know: {other}")),
    })
}
