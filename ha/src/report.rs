//! What came of it.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZero;
use std::thread;
use std::time::Duration;

use crate::fault::Fault;
use crate::load::{Failure, Write};
use crate::nodes::Way;

/// The longest that a client may be without a success.
const BOUND: Duration = Duration::from_secs(15);

/// What came of one fault.
pub(crate) struct Row {
    pub(crate) fault: Fault,
    /// The longest that a client was without a success, for each kind.
    pub(crate) gaps: [Duration; 3],
    /// Why calls failed, one by one.
    pub(crate) failures: Vec<Failure>,
    /// How many writes were acknowledged meanwhile.
    pub(crate) acknowledged: usize,
    /// Acknowledged writes that are not there.
    pub(crate) lost: Vec<Write>,
}

impl Row {
    pub(crate) fn is_good(&self) -> bool {
        self.lost.is_empty() && self.gaps.iter().all(|gap| *gap < BOUND)
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.line())?;
        write!(f, "{}", counted(&self.failures))?;
        if let ([first, ..], [.., last]) = (&*self.lost, &*self.lost) {
            writeln!(f, "    lost, from the first to the last: {first:?} … {last:?}")?;
        }
        Ok(())
    }
}

/// How many calls failed for which reason, in a line each.
pub(crate) fn counted(failures: &[Failure]) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for failure in failures {
        *counts.entry(failure.to_string()).or_default() += 1;
    }
    counts.into_iter().map(|(failure, count)| format!("    {count} calls failed: {failure}\n")).collect()
}

impl Row {
    /// Its line in the table.
    fn line(&self) -> String {
        let [read, sign_in, write] = self.gaps.map(|gap| format!("{:.1} s", gap.as_secs_f64()));
        let (failed, lost) = (self.failures.len(), self.lost.len());
        let name = self.fault.name();
        format!("| {name} | {read} | {sign_in} | {write} | {failed} | {} | {lost} |", self.acknowledged)
    }
}

/// Everything, as a table in Markdown for each way.
pub(crate) struct Report {
    versions: Vec<String>,
    ways: Vec<(Way, Vec<Row>)>,
}

impl Report {
    pub(crate) fn new(versions: Vec<String>) -> Self {
        Self { versions, ways: Vec::new() }
    }

    pub(crate) fn add(&mut self, way: Way, rows: Vec<Row>) {
        self.ways.push((way, rows));
    }

    /// Whether nothing was lost and everything went on in time.
    pub(crate) fn is_good(&self) -> bool {
        self.ways.iter().flat_map(|(_, rows)| rows).all(Row::is_good)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let processors = thread::available_parallelism().map_or(0, NonZero::get);
        writeln!(f, "{}; {processors} processors", self.versions.join("; "))?;
        writeln!(f, "The longest that a client was without a success, bound {} s.", BOUND.as_secs())?;
        for (way, rows) in &self.ways {
            writeln!(f, "\nTo the databases {way}:\n")?;
            writeln!(f, "| fault | reads | sign-ins | writes | failed calls | acknowledged writes | lost |")?;
            writeln!(f, "|---|---|---|---|---|---|---|")?;
            for row in rows {
                writeln!(f, "{}", row.line())?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_and_a_long_gap_are_failures() {
        let row = |seconds, lost| Row {
            fault: Fault::NodeKilled,
            gaps: [Duration::from_secs(seconds), Duration::ZERO, Duration::ZERO],
            failures: vec![Failure::Refused("500".to_owned()); 2],
            acknowledged: 7,
            lost,
        };
        assert!(row(14, vec![]).is_good());
        assert!(!row(15, vec![]).is_good());
        let lost = row(1, vec![Write::Member(3)]);
        assert!(!lost.is_good());
        assert_eq!(lost.line(), "| node killed | 1.0 s | 0.0 s | 0.0 s | 2 | 7 | 1 |");
    }
}
