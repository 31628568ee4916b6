//! How many tests passed, read from what the runners print.

use std::fmt;
use std::ops::AddAssign;

/// A count of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) passed: u64,
    pub(super) failed: u64,
    pub(super) skipped: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { passed, failed, skipped } = self;
        write!(f, "{passed} passed, {failed} failed")?;
        if *skipped > 0 { write!(f, ", {skipped} skipped") } else { Ok(()) }
    }
}

/// Reads the count that one line of a runner's output adds.
pub(super) type Count = fn(&str) -> Tally;

/// `test result: ok. 12 passed; 0 failed; …`, a line for each test binary.
pub(super) fn cargo(line: &str) -> Tally {
    if line.starts_with("test result: ") { before(line, &["failed"]) } else { Tally::default() }
}

/// `=== 1 failed, 12 passed, 1 skipped, 1 error in 2.03s ===`.
pub(super) fn pytest(line: &str) -> Tally {
    if line.starts_with('=') { before(line, &["failed", "error", "errors"]) } else { Tally::default() }
}

/// `12 passed, 0 failed` from the first character to the last.
pub(super) fn plain(line: &str) -> Tally {
    let found = before(line, &["failed"]);
    if found.to_string() == line { found } else { Tally::default() }
}

/// `ℹ pass 12`, `ℹ fail 0`, `ℹ cancelled 0`, `ℹ skipped 0`: the report that Node.js calls spec.
pub(super) fn node(line: &str) -> Tally {
    let count = |word| line.strip_prefix(word).and_then(|number| number.parse().ok()).unwrap_or(0);
    let failed = count("ℹ fail ") + count("ℹ cancelled ");
    Tally { passed: count("ℹ pass "), failed, skipped: count("ℹ skipped ") }
}

/// Sums the numbers that stand before "passed", before "skipped" and before the words for failure.
fn before(line: &str, failure: &[&str]) -> Tally {
    let mut tally = Tally::default();
    let words: Vec<_> = line.split([' ', ',', ';']).filter(|word| !word.is_empty()).collect();
    for pair in words.windows(2) {
        if let [number, word] = pair
            && let Ok(number) = number.parse::<u64>()
        {
            match *word {
                "passed" => tally.passed += number,
                "skipped" => tally.skipped += number,
                word if failure.contains(&word) => tally.failed += number,
                _ => {}
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
        for (count, line, passed, failed, skipped) in [
            (cargo as Count, "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured", 12, 3, 0),
            (cargo, "running 12 tests", 0, 0, 0),
            (pytest, "============ 12 passed in 2.03s =============", 12, 0, 0),
            (pytest, "== 1 failed, 12 passed, 4 skipped, 2 errors in 2.03s ==", 12, 3, 4),
            (pytest, "FAILED test_a.py::test_b - assert 1 failed", 0, 0, 0),
            (plain, "341 passed, 2 failed", 341, 2, 0),
            (plain, "fidelity: 341 passed, 2 failed", 0, 0, 0),
            (node, "ℹ pass 12", 12, 0, 0),
            (node, "ℹ cancelled 2", 0, 2, 0),
            (node, "ℹ skipped 3", 0, 0, 3),
            (node, "  pass 12", 0, 0, 0),
        ] {
            assert_eq!(count(line), Tally { passed, failed, skipped }, "{line}");
        }
    }

    #[test]
    fn what_was_skipped_is_told() {
        let tally = Tally { passed: 12, failed: 0, skipped: 0 };
        assert_eq!(tally.to_string(), "12 passed, 0 failed");
        assert_eq!(Tally { skipped: 3, ..tally }.to_string(), "12 passed, 0 failed, 3 skipped");
    }
}
