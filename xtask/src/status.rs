//! How many operations are done: read from the tables of the services, written into the README.

use std::collections::{BTreeMap, BTreeSet};

use crate::Result;
use crate::model::Model;
use crate::services::SERVICES;
use crate::workspace::{read, write};

const README: &str = "README.md";
const BEGIN: &str = "<!-- operations -->";
const END: &str = "<!-- /operations -->";
/// The family of the dispatch table that holds what is not done.
const MISSING: &str = "missing";

/// Prints the state; with `write` or `check` also rewrites or compares the README's table.
pub(crate) fn run(write_readme: bool, check: bool) -> Result {
    let mut summary = "| Service | Done |\n|---|---|\n".to_owned();
    let mut details = Vec::new();
    for service in SERVICES {
        let model = Model::load(service)?;
        let all: BTreeSet<&str> = model.operations.keys().map(String::as_str).collect();
        let state = families(&read(&service.table())?).and_then(|families| state(&families, &all));
        let State { done, families, missing } =
            state.map_err(|problem| format!("{}: {problem}", service.table()))?;
        summary.push_str(&format!("| `{}` | {done} of {} |\n", service.name, all.len()));
        if done > 0 {
            details.push(format!("\n`{}`:\n\n{families}{missing}", service.name));
        }
    }
    summary.push_str(&details.concat());
    println!("{summary}");
    if !(write_readme || check) {
        return Ok(());
    }
    let readme = read(README)?;
    let updated = replace(&readme, &summary)?;
    if updated == readme {
        return Ok(());
    }
    if check {
        return Err(format!(
            "the table of operations in {README} is stale; run `cargo xtask status --write`"
        ));
    }
    write(README, &updated)
}

/// Family by family, the operations of the invocation
/// `dispatch! { family { Name => handler, … } … missing { Name, … } }`.
fn families(source: &str) -> Result<BTreeMap<String, Vec<String>>> {
    let no_table = || "there is no `dispatch! { family { Operation => handler, … } … }`".to_owned();
    let (_, table) = source.split_once("dispatch! {").ok_or_else(no_table)?;
    let code: String =
        table.lines().map(|line| line.split("//").next().unwrap_or("").to_owned() + " ").collect();
    let mut families = BTreeMap::new();
    let mut rest = code.as_str();
    // Each family ends at the first brace; what is before its own opening brace is its name.
    while let Some((family, after)) = rest.split_once('}') {
        let Some((name, operations)) = family.split_once('{') else { break };
        let operation = |entry: &str| entry.split("=>").next().unwrap_or("").trim().to_owned();
        let operations = operations.split(',').map(operation).filter(|name| !name.is_empty());
        families.insert(name.trim().to_owned(), operations.collect());
        rest = after;
    }
    if families.is_empty() { Err(no_table()) } else { Ok(families) }
}

/// How far a service is.
struct State {
    done: usize,
    /// The families of what is done, as a table.
    families: String,
    /// The rest, as a sentence.
    missing: String,
}

/// What the README says of a service.
fn state(families: &BTreeMap<String, Vec<String>>, all: &BTreeSet<&str>) -> Result<State> {
    let done: BTreeMap<_, _> = families.iter().filter(|(family, _)| *family != MISSING).collect();
    let named: BTreeSet<&str> = done.values().flat_map(|names| names.iter().map(String::as_str)).collect();
    if let Some(unknown) = named.difference(all).next() {
        return Err(format!("names {unknown}, which the model does not have"));
    }
    let mut table = "| Family | Done | Operations |\n|---|---|---|\n".to_owned();
    for (family, operations) in done {
        table.push_str(&format!("| {family} | {} | {} |\n", operations.len(), operations.join(", ")));
    }
    let missing: Vec<_> = all.difference(&named).copied().collect();
    let missing =
        if missing.is_empty() { String::new() } else { format!("\nMissing: {}.\n", missing.join(", ")) };
    Ok(State { done: named.len(), families: table, missing })
}

/// The README with the part between its markers replaced.
fn replace(readme: &str, summary: &str) -> Result<String> {
    let no_markers =
        || format!("{README} needs the markers {BEGIN} and {END} around the table of operations");
    let (before, rest) = readme.split_once(BEGIN).ok_or_else(no_markers)?;
    let (_, after) = rest.split_once(END).ok_or_else(no_markers)?;
    Ok(format!("{before}{BEGIN}\n{summary}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "macro_rules! dispatch { () => {} }\n\ndispatch! {\n    groups { CreateGroup => create_group, GetGroup => get_group } // two\n    auth {\n        InitiateAuth => initiate_auth,\n    }\n    missing { TagResource }\n}\nfn f() {}\n";

    #[test]
    fn the_table_is_read_from_the_macro() {
        let families = families(SOURCE).unwrap();
        assert_eq!(families["groups"], ["CreateGroup", "GetGroup"]);
        assert_eq!(families["auth"], ["InitiateAuth"]);
        assert_eq!(families["missing"], ["TagResource"]);
        assert_eq!(families.len(), 3);
        assert!(super::families("fn main() {}").is_err());
    }

    #[test]
    fn what_is_not_missing_is_counted() {
        let all = BTreeSet::from(["CreateGroup", "GetGroup", "InitiateAuth", "TagResource"]);
        let state = state(&families(SOURCE).unwrap(), &all).unwrap();
        assert_eq!(state.done, 3);
        assert!(state.families.contains("| groups | 2 | CreateGroup, GetGroup |"), "{}", state.families);
        assert_eq!(state.missing, "\nMissing: TagResource.\n");
        assert!(super::state(&families(SOURCE).unwrap(), &BTreeSet::from(["CreateGroup"])).is_err());
    }

    #[test]
    fn only_the_part_between_the_markers_changes() {
        let readme = format!("a\n{BEGIN}\nold\n{END}\nb\n");
        assert_eq!(replace(&readme, "new\n").unwrap(), format!("a\n{BEGIN}\nnew\n{END}\nb\n"));
        assert!(replace("a", "new").is_err());
    }
}
