//! The levels that a crate's parts stand on, as docs/ARCHITECTURE.md lists them.

use std::collections::{BTreeMap, BTreeSet};

use super::Uses;
use crate::Result;
use crate::workspace::read;

const FILE: &str = "docs/ARCHITECTURE.md";
const HEADING: &str = "## Levels";

/// The levels of one crate, the lowest first.
#[derive(Debug, PartialEq)]
pub(super) struct Levels {
    pub(super) crate_name: String,
    levels: Vec<Vec<String>>,
}

/// The levels of each crate that has any.
pub(super) fn listed() -> Result<Vec<Levels>> {
    let listed = parse(&read(FILE)?);
    if listed.is_empty() { Err(format!("{FILE} lists no crate under `{HEADING}`")) } else { Ok(listed) }
}

/// Reads a list of levels per crate: `### crate`, and a numbered item for each level with its parts in backticks.
fn parse(text: &str) -> Vec<Levels> {
    let mut listed: Vec<Levels> = Vec::new();
    let section = text.lines().skip_while(|line| *line != HEADING).skip(1);
    for line in section.take_while(|line| !line.starts_with("## ")) {
        if let Some(name) = line.strip_prefix("### ") {
            listed.push(Levels { crate_name: name.trim_matches('`').to_owned(), levels: Vec::new() });
        } else if line.starts_with(|c: char| c.is_ascii_digit())
            && let Some(crate_levels) = listed.last_mut()
        {
            let parts = line.split('`').skip(1).step_by(2).map(str::to_owned);
            crate_levels.levels.push(parts.collect());
        }
    }
    listed
}

/// The part that a file belongs to: its folder, or its own name beside `lib.rs`.
fn part(file: &str) -> &str {
    file.split('/').next().unwrap_or(file).trim_end_matches(".rs")
}

/// Which part uses which others; `lib.rs`, which only hands on, is none.
pub(super) fn parts(uses: &Uses) -> BTreeMap<String, BTreeSet<String>> {
    let mut parts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (file, used) in uses {
        let from = part(file);
        let others = used.iter().map(|file| part(file)).filter(|to| *to != from && *to != "lib");
        parts.entry(from.to_owned()).or_default().extend(others.map(str::to_owned));
    }
    parts.remove("lib");
    parts
}

impl Levels {
    /// The level of a part, from 0.
    pub(super) fn of(&self, part: &str) -> Option<usize> {
        self.levels.iter().position(|level| level.iter().any(|name| name == part))
    }

    /// What the code does that the list does not allow.
    pub(super) fn objections(&self, uses: &Uses) -> Vec<String> {
        let parts = parts(uses);
        let gone = self.levels.iter().flatten().filter(|listed| !parts.contains_key(*listed));
        let mut objections: Vec<String> =
            gone.map(|part| format!("{}: {part} is listed and not there", self.crate_name)).collect();
        for (part, used) in &parts {
            let Some(level) = self.of(part) else {
                objections.push(format!("{}: {part} stands on no level", self.crate_name));
                continue;
            };
            let up: Vec<&str> = used
                .iter()
                .filter(|used| self.of(used).is_some_and(|other| other >= level))
                .map(String::as_str)
                .collect();
            if !up.is_empty() {
                let files = files(uses, part, &up);
                objections.push(format!(
                    "{}: {part} uses {}, not below it: {files}",
                    self.crate_name,
                    up.join(", ")
                ));
            }
        }
        objections
    }
}

/// Which files of `part` use which files of `others`.
fn files(uses: &Uses, from: &str, others: &[&str]) -> String {
    let of_part = uses.iter().filter(|(file, _)| part(file) == from);
    let pairs = of_part.flat_map(|(file, used)| {
        used.iter().filter(|used| others.contains(&part(used))).map(move |used| format!("{file} -> {used}"))
    });
    pairs.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "## The house\n\n1. `no`\n\n## Levels\n\nProse with `code`.\n\n### `core`\n\n1. `fault`, `ids`\n2. `model`: records\n\n### `api`\n\n1. `http`\n\n## Next\n\n1. `none`\n";

    #[test]
    fn each_crates_levels_are_read_from_the_list() {
        let listed = parse(TEXT);
        assert_eq!(listed.iter().map(|l| l.crate_name.as_str()).collect::<Vec<_>>(), ["core", "api"]);
        assert_eq!(
            [listed[0].of("ids"), listed[0].of("model"), listed[0].of("http")],
            [Some(0), Some(1), None]
        );
    }

    #[test]
    fn a_use_that_goes_up_or_aside_is_objected_to() {
        let levels = parse(TEXT).remove(0);
        let uses = |edges: &[(&str, &str)]| {
            let mut uses = Uses::new();
            for file in ["fault.rs", "ids.rs", "model/mod.rs"] {
                uses.insert(file.to_owned(), BTreeSet::new());
            }
            for (from, to) in edges {
                uses.entry((*from).to_owned()).or_default().insert((*to).to_owned());
            }
            uses
        };
        assert!(levels.objections(&uses(&[("model/user.rs", "fault.rs"), ("lib.rs", "ids.rs")])).is_empty());
        for (from, to, part, used) in
            [("fault.rs", "ids.rs", "fault", "ids"), ("ids.rs", "model/user.rs", "ids", "model")]
        {
            let objection = levels.objections(&uses(&[(from, to)])).join("\n");
            assert_eq!(objection, format!("core: {part} uses {used}, not below it: {from} -> {to}"));
        }
        assert_eq!(levels.objections(&uses(&[("new.rs", "ids.rs")])), ["core: new stands on no level"]);
    }
}
