//! The result.

use std::fmt;

/// A table of figures, each with the bound that it must not exceed.
#[derive(Default)]
pub(crate) struct Table(Vec<Figure>);

struct Figure {
    name: String,
    /// What it was measured from, for people.
    detail: String,
    measured: f64,
    bound: f64,
    unit: &'static str,
}

impl Table {
    /// Puts a figure to the table.
    pub(crate) fn put(&mut self, name: &str, detail: String, measured: f64, bound: f64, unit: &'static str) {
        eprintln!("{name}: {measured:.2} {unit} ({detail})");
        self.0.push(Figure { name: name.to_owned(), detail, measured, bound, unit });
    }

    /// Whether every figure keeps its bound.
    pub(crate) fn passed(&self) -> bool {
        self.0.iter().all(Figure::passed)
    }
}

impl Figure {
    fn passed(&self) -> bool {
        self.measured <= self.bound
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:52} {:>12} {:>10}        measured from", "figure", "measured", "at most")?;
        for figure in &self.0 {
            let Figure { name, detail, measured, bound, unit } = figure;
            let verdict = if figure.passed() { "pass" } else { "FAIL" };
            writeln!(f, "{name:52} {measured:>8.2} {unit:3} {bound:>6.2} {unit:3}  {verdict}  {detail}")?;
        }
        Ok(())
    }
}
