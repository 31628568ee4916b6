//! How many tests passed, read from what the runners print.

use std::fmt;
use std::ops::AddAssign;

/// A count of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) passed: u64,
    pub(super) failed: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// Reads the count that one line of a runner's output adds.
pub(super) type Count = fn(&str) -> Tally;

/// `test result: ok. 12 passed; 0 failed; …`, a line for each test binary.
pub(super) fn cargo(line: &str) -> Tally {
    if line.starts_with("test result: ") { before(line, &["failed"]) } else { Tally::default() }
}

/// `=== 1 failed, 12 passed, 1 error in 2.03s ===`.
pub(super) fn pytest(line: &str) -> Tally {
    if line.starts_with('=') { before(line, &["failed", "error", "errors"]) } else { Tally::default() }
}

/// `12 passed, 0 failed` from the first character to the last.
pub(super) fn plain(line: &str) -> Tally {
    let found = before(line, &["failed"]);
    if found.to_string() == line { found } else { Tally::default() }
}

/// `ℹ pass 12`, `ℹ fail 0`, `ℹ cancelled 0`: the report that Node.js calls spec.
pub(super) fn node(line: &str) -> Tally {
    let count = |word| line.strip_prefix(word).and_then(|number| number.parse().ok()).unwrap_or(0);
    Tally { passed: count("ℹ pass "), failed: count("ℹ fail ") + count("ℹ cancelled ") }
}

/// Sums the numbers that stand before "passed" and before the words for failure.
fn before(line: &str, failure: &[&str]) -> Tally {
    let mut tally = Tally::default();
    let words: Vec<_> = line.split([' ', ',', ';']).filter(|word| !word.is_empty()).collect();
    for pair in words.windows(2) {
        if let [number, word] = pair
            && let Ok(number) = number.parse::<u64>()
        {
            if *word == "passed" {
                tally.passed += number;
            } else if failure.contains(word) {
                tally.failed += number;
            }
        }
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runners_closing_lines_are_read() {
        for (count, line, passed, failed) in [
            (cargo as Count, "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured", 12, 3),
            (cargo, "running 12 tests", 0, 0),
            (pytest, "============ 12 passed in 2.03s =============", 12, 0),
            (pytest, "== 1 failed, 12 passed, 2 errors in 2.03s ==", 12, 3),
            (pytest, "FAILED test_a.py::test_b - assert 1 failed", 0, 0),
            (plain, "341 passed, 2 failed", 341, 2),
            (plain, "fidelity: 341 passed, 2 failed", 0, 0),
            (node, "ℹ pass 12", 12, 0),
            (node, "ℹ cancelled 2", 0, 2),
            (node, "  pass 12", 0, 0),
        ] {
            assert_eq!(count(line), Tally { passed, failed }, "{line}");
        }
    }
}
