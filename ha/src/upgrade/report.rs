//! What came of it.

use std::fmt;
use std::num::NonZero;
use std::thread;

use crate::load::{Failure, Write};
use crate::report::counted;

/// What came of replacing one node.
pub(super) struct Row {
    pub(super) step: String,
    pub(super) calls: usize,
    /// Why calls failed, one by one.
    pub(super) failures: Vec<Failure>,
    /// How many writes were acknowledged meanwhile.
    pub(super) acknowledged: usize,
    /// Acknowledged writes that are not there.
    pub(super) lost: Vec<Write>,
}

impl Row {
    /// Connections may end with the node that they lead to; nothing else may go wrong, and something must have gone well.
    fn is_good(&self) -> bool {
        self.lost.is_empty() && self.acknowledged > 0 && self.refused() == 0
    }

    fn refused(&self) -> usize {
        self.failures.iter().filter(|failure| matches!(failure, Failure::Refused(_))).count()
    }

    /// Its line in the table.
    fn line(&self) -> String {
        let Self { step, calls, acknowledged, .. } = self;
        let (refused, lost) = (self.refused(), self.lost.len());
        let cut = self.failures.len() - refused;
        format!("| {step} | {calls} | {refused} | {cut} | {acknowledged} | {lost} |")
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.line())?;
        f.write_str(&counted(&self.failures))
    }
}

/// Everything, as a table in Markdown.
pub(crate) struct Report(Vec<Row>);

impl Report {
    pub(super) fn new(rows: Vec<Row>) -> Self {
        Self(rows)
    }

    /// Whether nothing was refused, and nothing lost.
    pub(crate) fn is_good(&self) -> bool {
        self.0.iter().all(Row::is_good)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let processors = thread::available_parallelism().map_or(0, NonZero::get);
        writeln!(f, "Two nodes on one PostgreSQL; {processors} processors.\n")?;
        writeln!(f, "| step | calls | failed | connections cut | acknowledged writes | lost |")?;
        writeln!(f, "|---|---|---|---|---|---|")?;
        self.0.iter().try_for_each(|row| writeln!(f, "{}", row.line()))
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::*;

    #[test]
    fn a_connection_may_be_cut_and_nothing_else() {
        let row = |failures, lost, acknowledged| Row {
            step: "upgrade, node 1".to_owned(),
            calls: 9,
            failures,
            acknowledged,
            lost,
        };
        let cut = Failure::Cut(ErrorKind::UnexpectedEof);
        let refused = Failure::Refused("500".to_owned());
        assert!(row(vec![cut.clone()], vec![], 5).is_good());
        assert!(!row(vec![refused.clone()], vec![], 5).is_good());
        assert!(!row(vec![], vec![Write::User(1)], 5).is_good());
        assert!(!row(vec![], vec![], 0).is_good(), "nothing was written");
        assert_eq!(row(vec![cut, refused], vec![], 5).line(), "| upgrade, node 1 | 9 | 1 | 1 | 5 | 0 |");
    }
}
