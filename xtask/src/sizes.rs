//! Length of hand-written source files.

use std::path::Path;

use crate::workspace::root;
use crate::{Result, names};

/// Most lines a hand-written source file may have, its test module left out.
const LIMIT: usize = 600;

/// Fails if a file has more lines than allowed.
pub(crate) fn run() -> Result {
    let mut long = Vec::new();
    for folder in ["crates", "xtask", "bench", "fuzz", "ha"] {
        visit(&root().join(folder), &mut long)?;
    }
    if long.is_empty() {
        return Ok(());
    }
    Err(format!("more than {LIMIT} lines, split it by subject: {}", long.join(", ")))
}

fn visit(folder: &Path, long: &mut Vec<String>) -> Result {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(()) };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            if !matches!(name.as_str(), "generated" | "target" | "tests") {
                visit(&path, long)?;
            }
        } else if names::has_extension(&name, "rs") && name != "tests.rs" {
            let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
            let lines = without_tests(&text);
            if lines > LIMIT {
                long.push(format!("{} ({lines})", path.display()));
            }
        }
    }
    Ok(())
}

/// Lines before the test module, which by custom comes last.
fn without_tests(text: &str) -> usize {
    let lines: Vec<_> = text.lines().collect();
    let tests = lines.windows(2).position(|pair| {
        matches!(pair, [attribute, module] if *attribute == "#[cfg(test)]" && module.starts_with("mod "))
    });
    tests.unwrap_or(lines.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_module_does_not_count() {
        assert_eq!(without_tests("a\nb\n"), 2);
        assert_eq!(without_tests("a\n\n#[cfg(test)]\nmod tests {\n}\n"), 2);
        assert_eq!(without_tests("#[cfg(test)]\nuse x;\nb\n"), 3);
    }
}
