//! Which part of a crate uses which: the levels that its folders stand on, and circles of files.
//!
//! A crate's levels are listed in docs/ARCHITECTURE.md and read from there. A folder, or a file beside `lib.rs`, is a
//! part; it may use the parts below it. What a file uses is told by its paths: methods are not followed, and what a
//! folder's `mod.rs` hands on counts where it is defined.

mod circles;
mod levels;
mod modules;
mod paths;

use std::collections::{BTreeMap, BTreeSet};

use crate::Result;
use levels::Levels;
use modules::Modules;

/// Circles of files that are meant to be: each is named by a file that it contains, with the reason.
const MEANT: &[(&str, &str)] = &[
    // A challenge leads to the next one, and each of them returns to the attempt.
    ("core", "signin/attempt.rs"),
];

/// Uses by file: whose paths, and where what they name is defined.
pub(super) type Uses = BTreeMap<String, BTreeSet<String>>;

/// Prints the levels of each crate and its circles; with `check`, fails on a use that goes up, on a part without a
/// level, and on circles that are not meant to be.
pub(crate) fn run(check: bool) -> Result {
    let mut problems = Vec::new();
    for levels in levels::listed()? {
        let modules = Modules::read(&levels.crate_name)?;
        let uses = modules.uses();
        let circles = circles::of(&uses);
        print(&levels, &uses, &circles);
        problems.extend(levels.objections(&uses));
        problems.extend(
            circles
                .iter()
                .filter(|circle| !is_meant(&levels.crate_name, circle))
                .map(|circle| format!("{}: these use each other: {}", levels.crate_name, circle.join(", "))),
        );
    }
    if check && !problems.is_empty() {
        return Err(format!("{}\nthe levels are listed in docs/ARCHITECTURE.md", problems.join("\n")));
    }
    Ok(())
}

fn is_meant(crate_name: &str, circle: &[String]) -> bool {
    MEANT.iter().any(|(of, file)| *of == crate_name && circle.iter().any(|f| f == file))
}

fn print(levels: &Levels, uses: &Uses, circles: &[Vec<String>]) {
    println!("{}", levels.crate_name);
    for (part, used) in levels::parts(uses) {
        let level = levels.of(&part).map_or_else(|| "-".to_owned(), |level| (level + 1).to_string());
        println!("  {level:>2} {part} -> {}", used.into_iter().collect::<Vec<_>>().join(", "));
    }
    for circle in circles {
        println!("  circle of {}: {}", circle.len(), circle.join(", "));
    }
}
