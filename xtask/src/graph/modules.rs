//! A crate's modules, and where a path leads among them.

use std::collections::BTreeMap;

use super::Uses;
use super::paths::{Import, Path, Paths};
use crate::Result;
use crate::workspace::{read, rust_files};

/// How often a name is followed to where it comes from.
const DEEPEST: usize = 16;

/// The modules of a crate by their path; the crate itself has an empty one.
pub(super) struct Modules(BTreeMap<Path, Module>);

struct Module {
    file: String,
    paths: Paths,
}

impl Modules {
    /// Reads the sources of a crate; modules that are only compiled for tests are not part of it.
    pub(super) fn read(crate_name: &str) -> Result<Self> {
        let source = format!("crates/{crate_name}/src");
        let mut modules = BTreeMap::new();
        for file in rust_files(&source)? {
            if file.ends_with("tests.rs") {
                continue;
            }
            let path = format!("{source}/{file}");
            let paths = Paths::of(&read(&path)?).map_err(|e| format!("{path}: {e}"))?;
            modules.insert(module_of(&file), Module { file, paths });
        }
        Ok(Self(modules))
    }

    /// Which file uses which. What is handed on counts for those who take it.
    pub(super) fn uses(&self) -> Uses {
        let mut uses = Uses::new();
        for (path, module) in &self.0 {
            let imports = module.paths.imports.iter().filter(|import| !import.hands_on);
            let named = imports.map(|import| &import.path).chain(&module.paths.named);
            let files = named.filter_map(|named| self.file_of(path, named, DEEPEST));
            let used = files.filter(|file| *file != module.file).map(str::to_owned).collect();
            uses.insert(module.file.clone(), used);
        }
        uses
    }

    /// The file that has what `path` names when it stands in the module `from`; none when it is of another crate.
    fn file_of(&self, from: &[String], path: &[String], deepest: usize) -> Option<&str> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => self.follow(Path::new(), rest, deepest),
            "self" => self.follow(from.to_vec(), rest, deepest),
            "super" => self.follow(from.get(..from.len().checked_sub(1)?)?.to_vec(), rest, deepest),
            _ => {
                let here = self.0.get(from)?;
                let is_child = self.0.contains_key(&joined(from, first));
                let import = here.paths.imports.iter().find(|import| import.name == *first);
                match import {
                    Some(import) if !is_child => self.import(from, import, rest, deepest),
                    _ if is_child => self.follow(from.to_vec(), path, deepest),
                    _ => None,
                }
            }
        }
    }

    /// Goes from a module along `path` for as long as it names modules, then to where its next name is defined.
    fn follow(&self, mut at: Path, path: &[String], deepest: usize) -> Option<&str> {
        let mut rest = path;
        while let Some((first, behind)) = rest.split_first() {
            if first == "super" {
                at.pop();
            } else {
                let child = joined(&at, first);
                if !self.0.contains_key(&child) {
                    break;
                }
                at = child;
            }
            rest = behind;
        }
        let module = self.0.get(&at)?;
        let Some((name, behind)) = rest.split_first() else { return Some(&module.file) };
        let import = module.paths.imports.iter().find(|import| import.name == *name);
        let found = import.and_then(|import| self.import(&at, import, behind, deepest));
        Some(found.unwrap_or(&module.file))
    }

    /// Where a name leads that a module imports.
    fn import(&self, at: &[String], import: &Import, behind: &[String], deepest: usize) -> Option<&str> {
        let path: Path = import.path.iter().chain(behind).cloned().collect();
        self.file_of(at, &path, deepest.checked_sub(1)?)
    }
}

fn joined(path: &[String], name: &str) -> Path {
    path.iter().cloned().chain([name.to_owned()]).collect()
}

/// The module that a file holds.
fn module_of(file: &str) -> Path {
    let name = file.trim_end_matches(".rs").trim_end_matches("/mod");
    if name == "lib" { Path::new() } else { name.split('/').map(str::to_owned).collect() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn modules(files: &[(&str, &str)]) -> Modules {
        let module = |(file, text): &(&str, &str)| {
            (module_of(file), Module { file: (*file).to_owned(), paths: Paths::of(text).unwrap() })
        };
        Modules(files.iter().map(module).collect())
    }

    #[test]
    fn a_name_counts_where_it_is_defined() {
        let files = [
            ("lib.rs", "mod users; mod ids; pub use users::User;"),
            ("ids.rs", "pub struct Id;"),
            ("users/mod.rs", "mod record; pub(crate) use record::User; use crate::ids::Id;"),
            ("users/record.rs", "use super::edit; pub struct User;"),
            ("users/edit.rs", "use crate::users::User; fn f() { super::record::g(crate::ids::h()) }"),
            ("tokens.rs", "use crate::{User, users}; fn f() { users::edit::change(std::mem::take()) }"),
        ];
        let uses = modules(&files).uses();
        let of = |file: &str| uses[file].iter().map(String::as_str).collect::<Vec<_>>();
        assert_eq!(of("lib.rs"), Vec::<&str>::new());
        assert_eq!(of("users/mod.rs"), ["ids.rs"]);
        assert_eq!(of("users/record.rs"), ["users/edit.rs"]);
        assert_eq!(of("users/edit.rs"), ["ids.rs", "users/record.rs"]);
        assert_eq!(
            uses["tokens.rs"],
            BTreeSet::from_iter(["users/edit.rs", "users/mod.rs", "users/record.rs"].map(str::to_owned))
        );
    }
}
