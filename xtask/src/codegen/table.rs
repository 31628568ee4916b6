//! The table of shapes: every one that a request can hold, with its constraints, and those of answers that are written
//! along it.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::{Source, patterns};
use crate::model::Shape;
use crate::{Result, names};

/// `table.rs`.
pub(super) fn table(source: &Source) -> Result<String> {
    let patterns = patterns(source)?;
    let imported = if patterns.is_empty() { "" } else { "Pattern, " };
    let mut text = format!("use crate::constraints::{{Kind, Member, {imported}Shape, Structure}};\n\n");
    for (printed, regex, name) in patterns.values() {
        text.push_str(&format!(
            "static {name}: Pattern = Pattern::new({}, {});\n",
            literal(printed),
            literal(regex)
        ));
    }
    let mut names: BTreeSet<&String> = source.in_requests.iter().collect();
    if source.has_outputs_in_table() {
        names.extend(&source.in_responses);
    }
    for name in names {
        let shape = source.model.shape(name)?;
        if shape.kind == "structure" && !shape.document {
            text.push_str(&structure(source, name, shape));
        }
        if !is_top(source, name) {
            text.push_str(&kind(source, name, shape)?);
            if source.in_requests.contains(name) {
                text.push_str(&constraints(source, name, shape, &patterns)?);
            }
            if source.overrides.is_percent_encoded(name) {
                text.push_str(".percent_encoded()");
            }
            text.push_str(";\n");
        }
    }
    Ok(text)
}

/// Whether a structure is a request, or an answer that is written along the table.
fn is_top(source: &Source, name: &str) -> bool {
    source.is_input(name) || (source.has_outputs_in_table() && source.is_output(name))
}

/// By shape: the pattern as printed, the regex for it, and the name of the static that holds both.
type Patterns<'a> = BTreeMap<(&'a str, &'a str), (&'a str, String, String)>;

/// Equal patterns share one static, named after their first shape.
fn patterns(source: &Source) -> Result<Patterns<'_>> {
    let mut patterns = Patterns::new();
    for name in &source.in_requests {
        let Some((printed, java)) = pattern(source, name)? else { continue };
        if let Entry::Vacant(entry) = patterns.entry((printed, java)) {
            entry.insert((printed, patterns::translate(java)?, format!("{}_PATTERN", names::upper(name))));
        }
    }
    Ok(patterns)
}

/// A shape's pattern as printed, and the one to match.
fn pattern<'a>(source: &'a Source, name: &str) -> Result<Option<(&'a str, &'a str)>> {
    let Some(of_model) = &source.model.shape(name)?.pattern else { return Ok(None) };
    let other = source.overrides.pattern.iter().find(|other| other.shape == name);
    let printed = other.and_then(|o| o.printed.as_ref()).unwrap_or(of_model);
    Ok(Some((printed, other.and_then(|o| o.regex.as_ref()).unwrap_or(printed))))
}

/// A raw string literal.
fn literal(text: &str) -> String {
    format!("r\"{text}\"")
}

fn structure(source: &Source, name: &str, shape: &Shape) -> String {
    let mut members = String::new();
    for (member, reference) in &shape.members {
        let required = if shape.required.contains(member) { ".required()" } else { "" };
        let same = |e: &super::overrides::EmptyIsAbsent| e.structure == name && e.member == *member;
        let empty = if source.overrides.empty_is_absent.iter().any(same) { ".empty_is_absent()" } else { "" };
        let printed =
            source.overrides.printed_name.iter().find(|p| p.structure == name && p.member == *member);
        let printed = printed.map(|p| format!(".printed({:?})", p.printed)).unwrap_or_default();
        let target = names::upper(&reference.shape);
        members.push_str(&format!("Member::new({member:?}, &{target}){required}{empty}{printed},\n"));
    }
    let visible = if is_top(source, name) { "pub(super) " } else { "" };
    let of = static_name(source, name);
    format!("{visible}static {of}: Structure = Structure {{ name: {name:?}, members: &[\n{members}] }};\n")
}

/// The static that holds a structure's members.
pub(super) fn static_name(source: &Source, structure: &str) -> String {
    let name = names::upper(structure);
    // A structure that is also a member's shape has a second static under its plain name.
    if is_top(source, structure) { name } else { format!("{name}_MEMBERS") }
}

/// The static of a shape, as far as its type.
fn kind(source: &Source, name: &str, shape: &Shape) -> Result<String> {
    let target = |reference: &Option<crate::model::Reference>| {
        let reference = reference.as_ref().ok_or_else(|| format!("{name} does not say what it holds"))?;
        Ok::<_, String>(names::upper(&reference.shape))
    };
    let kind = match shape.kind.as_str() {
        "string" => "String".to_owned(),
        "integer" => "Integer".to_owned(),
        "long" => "Long".to_owned(),
        "boolean" => "Boolean".to_owned(),
        "timestamp" => "Timestamp".to_owned(),
        "blob" => "Blob".to_owned(),
        "structure" if shape.document => "Document".to_owned(),
        "structure" => format!("Structure(&{})", static_name(source, name)),
        "list" => format!("List(&{})", target(&shape.member)?),
        "map" => format!("Map(&{}, &{})", target(&shape.key)?, target(&shape.value)?),
        other => return Err(format!("{name} has a type the generator does not know: {other}")),
    };
    Ok(format!("static {}: Shape = Shape::new(Kind::{kind})", names::upper(name)))
}

/// What a shape's static says of constraints.
fn constraints(source: &Source, name: &str, shape: &Shape, patterns: &Patterns) -> Result<String> {
    let mut text = String::new();
    if let Some(min) = shape.min {
        text.push_str(&format!(".min({min})"));
    }
    if let Some(max) = shape.max {
        text.push_str(&format!(".max({max})"));
    }
    if let Some((_, _, pattern)) = pattern(source, name)?.and_then(|p| patterns.get(&p)) {
        text.push_str(&format!(".pattern(&{pattern})"));
    }
    if !shape.values.is_empty() {
        let other = source.overrides.printed_values.iter().find(|other| other.shape == name);
        text.push_str(&format!(".values(&{:?})", other.map_or(&shape.values, |other| &other.values)));
    }
    let unlisted = source.overrides.unlisted_values(name);
    if !unlisted.is_empty() {
        text.push_str(&format!(".unlisted_values(&{unlisted:?})"));
    }
    if shape.sensitive {
        text.push_str(".sensitive()");
    }
    if source.overrides.is_secret(name) {
        text.push_str(".secret()");
    }
    if source.overrides.nulls_are_absent.iter().any(|list| list.shape == name) {
        text.push_str(".nulls_are_absent()");
    }
    Ok(text)
}
