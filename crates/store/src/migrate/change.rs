//! What a script changes, read from its SQL: for the plan of an upgrade, and for the rule that migrations are held to
//! (docs/decisions/0066).

use std::collections::BTreeSet;
use std::fmt;

/// What one statement of a script does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Makes a table that points to others.
    Table { table: String, points_to: Vec<Pointer> },
    /// Makes an index.
    Index { index: String, table: String, unique: bool },
    /// Adds a column; what follows its name and type.
    Column { table: String, column: String, definition: String },
    /// Removes a column.
    NoColumn { table: String, column: String },
    /// Removes an index.
    NoIndex { index: String },
    /// Writes, changes or removes rows.
    Rows { table: String },
    /// Something else: the statement itself.
    Other(String),
}

/// A foreign key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pointer {
    pub(super) table: String,
    /// Whether what points goes, or points no more, when what it points to goes.
    follows: bool,
}

/// What a change means to servers of the release before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// It only adds: they go on.
    Adds,
    /// They go on, but wait; with the reason.
    HoldsUp(&'static str),
    /// They fail; with the reason.
    Breaks(&'static str),
}

/// What becomes of a table while a change is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hold {
    /// It is held for a moment, however many rows it has.
    Moment,
    /// Some of its rows are changed, and nobody else changes these meanwhile: all are read on.
    Rows,
    /// All of it is read, and nobody writes to it meanwhile.
    Scan,
    /// All of it is written anew, and nobody uses it meanwhile.
    Rewrite,
}

/// The statements of a script, without comments, in one line each.
pub(super) fn statements(script: &str) -> Vec<String> {
    let code = script.lines().map(|line| line.split_once("--").map_or(line, |(code, _)| code));
    let code = code.collect::<Vec<_>>().join("\n");
    let statements = code.split(';').map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    statements.filter(|statement| !statement.is_empty()).collect()
}

impl Change {
    /// What a statement does.
    pub(super) fn read(statement: &str) -> Self {
        let words: Vec<&str> = statement.split_whitespace().collect();
        match *words {
            ["CREATE", "TABLE", table, ..] => {
                Self::Table { table: table.to_owned(), points_to: pointers(&words) }
            }
            ["CREATE", "INDEX", index, "ON", table, ..] => {
                Self::Index { index: index.to_owned(), table: table.to_owned(), unique: false }
            }
            ["CREATE", "UNIQUE", "INDEX", index, "ON", table, ..] => {
                Self::Index { index: index.to_owned(), table: table.to_owned(), unique: true }
            }
            ["ALTER", "TABLE", table, "ADD", "COLUMN", column, _, ref definition @ ..] => Self::Column {
                table: table.to_owned(),
                column: column.to_owned(),
                definition: definition.join(" "),
            },
            ["ALTER", "TABLE", table, "DROP", "COLUMN", column] => {
                Self::NoColumn { table: table.to_owned(), column: column.to_owned() }
            }
            ["DROP", "INDEX", index] => Self::NoIndex { index: index.to_owned() },
            ["UPDATE", table, ..] | ["INSERT", "INTO", table, ..] | ["DELETE", "FROM", table, ..] => {
                Self::Rows { table: table.to_owned() }
            }
            _ => Self::Other(statement.to_owned()),
        }
    }

    /// What it means to servers of the release before, where these tables are new with it.
    pub(super) fn effect(&self, new: &BTreeSet<String>) -> Effect {
        match self {
            Self::Table { points_to, .. } if points_to.iter().all(|pointer| pointer.follows) => Effect::Adds,
            Self::Table { .. } => Effect::Breaks("what its rows point to could not be deleted any more"),
            Self::Index { table, .. } | Self::Rows { table } if new.contains(table) => Effect::Adds,
            Self::Index { unique: true, .. } => Effect::Breaks("what is written may be what it excludes"),
            Self::Index { .. } => Effect::HoldsUp("nobody writes to the table while it is made"),
            Self::Column { definition, .. } => effect_of_column(definition),
            Self::NoColumn { .. } => Effect::Breaks("the column is read and written"),
            Self::NoIndex { .. } => Effect::HoldsUp("what it served reads the whole table"),
            Self::Rows { .. } => Effect::HoldsUp("nobody writes to these rows until the end"),
            Self::Other(_) => Effect::Breaks("nothing is known of such a statement"),
        }
    }

    /// The tables that are held meanwhile, as PostgreSQL holds them.
    pub(super) fn holds(&self) -> Vec<(&str, Hold)> {
        match self {
            Self::Table { points_to, .. } => {
                points_to.iter().map(|pointer| (&*pointer.table, Hold::Moment)).collect()
            }
            Self::Index { table, .. } => vec![(table, Hold::Scan)],
            Self::Column { table, definition, .. } => {
                let plain = effect_of_column(definition) == Effect::Adds;
                vec![(table, if plain { Hold::Moment } else { Hold::Scan })]
            }
            Self::NoColumn { table, .. } => vec![(table, Hold::Moment)],
            Self::Rows { table } => vec![(table, Hold::Rows)],
            Self::NoIndex { .. } | Self::Other(_) => Vec::new(),
        }
    }
}

/// What it does, in a few words.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table { table, .. } => write!(f, "makes the table {table}"),
            Self::Index { index, .. } => write!(f, "makes the index {index}"),
            Self::Column { table, column, .. } => write!(f, "adds the column {table}.{column}"),
            Self::NoColumn { table, column } => write!(f, "removes the column {table}.{column}"),
            Self::NoIndex { index } => write!(f, "removes the index {index}"),
            Self::Rows { table } => write!(f, "changes rows of {table}"),
            Self::Other(statement) => write!(f, "runs `{statement}`"),
        }
    }
}

/// A column that is added may be absent, or has a constant in rows of before and in those that do not name it.
fn effect_of_column(definition: &str) -> Effect {
    let words: Vec<&str> = definition.split(' ').filter(|word| !word.is_empty()).collect();
    match *words {
        [] => Effect::Adds,
        ["DEFAULT", value] | ["NOT", "NULL", "DEFAULT", value] if is_constant(value) => Effect::Adds,
        ["NOT", "NULL"] => Effect::Breaks("what is written lacks the column"),
        _ => Effect::Breaks("what is written may be what the column excludes"),
    }
}

/// Whether a default is the same for all rows, so that none is written anew.
fn is_constant(value: &str) -> bool {
    let text = value.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    value.parse::<i64>().is_ok() || text.is_some_and(|text| !text.contains('\''))
}

/// The foreign keys in the words of a table.
fn pointers(words: &[&str]) -> Vec<Pointer> {
    let places = words.iter().enumerate().filter(|(_, word)| **word == "REFERENCES");
    let rests = places.filter_map(|(at, _)| words.get(at + 1..));
    let pointer = |rest: &[&str]| {
        // Up to the next one.
        let end = rest.iter().position(|word| *word == "REFERENCES").unwrap_or(rest.len());
        let own = rest.get(..end).unwrap_or_default().join(" ");
        let follows = ["ON DELETE CASCADE", "ON DELETE SET NULL"].iter().any(|rule| own.contains(rule));
        Some(Pointer { table: (*rest.first()?).to_owned(), follows })
    };
    rests.filter_map(pointer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_read_statement_by_statement() {
        let script = "-- A comment; of two parts.\nCREATE TABLE a (\n    b {text} NOT NULL, -- c;\n    d {int}\n) {table};\n\nDROP INDEX e;\n";
        assert_eq!(
            statements(script),
            ["CREATE TABLE a ( b {text} NOT NULL, d {int} ) {table}", "DROP INDEX e"]
        );
    }

    fn effect(statement: &str) -> Effect {
        Change::read(statement).effect(&BTreeSet::from(["fresh".to_owned()]))
    }

    #[test]
    fn what_adds_is_told_from_what_breaks() {
        for adds in [
            "CREATE TABLE a ( b {text} REFERENCES c (d) ON DELETE CASCADE, e {text} REFERENCES f ON DELETE SET NULL )",
            "CREATE INDEX a ON fresh (b)",
            "CREATE UNIQUE INDEX a ON fresh (b)",
            "INSERT INTO fresh (a) SELECT b FROM c",
            "ALTER TABLE a ADD COLUMN b {int}",
            "ALTER TABLE a ADD COLUMN b {text} DEFAULT 'none'",
            "ALTER TABLE a ADD COLUMN b {int} NOT NULL DEFAULT -1",
        ] {
            assert_eq!(effect(adds), Effect::Adds, "{adds}");
        }
        for holds in ["CREATE INDEX a ON users (b)", "DROP INDEX a", "UPDATE users SET a = 1"] {
            assert!(matches!(effect(holds), Effect::HoldsUp(_)), "{holds}");
        }
        for breaks in [
            "CREATE TABLE a ( b {text} REFERENCES c (d) ON DELETE CASCADE, e {text} REFERENCES f )",
            "CREATE UNIQUE INDEX a ON users (b)",
            "ALTER TABLE a ADD COLUMN b {int} NOT NULL",
            "ALTER TABLE a ADD COLUMN b {text} DEFAULT random()",
            "ALTER TABLE a ADD COLUMN b {text} REFERENCES c ON DELETE CASCADE",
            "ALTER TABLE a ADD COLUMN b {int} CHECK (b > 0)",
            "ALTER TABLE a DROP COLUMN b",
            "ALTER TABLE a RENAME COLUMN b TO c",
            "ALTER TABLE a RENAME TO b",
            "DROP TABLE a",
            "alter table a add column b {int}",
        ] {
            assert!(matches!(effect(breaks), Effect::Breaks(_)), "{breaks}");
        }
    }

    #[test]
    fn what_is_held_is_told() {
        let holds = |statement: &str| -> Vec<(String, Hold)> {
            let change = Change::read(statement);
            change.holds().into_iter().map(|(table, hold)| (table.to_owned(), hold)).collect()
        };
        let one = |table: &str, hold| vec![(table.to_owned(), hold)];
        assert_eq!(
            holds("CREATE TABLE a ( b {text} REFERENCES c ON DELETE CASCADE )"),
            one("c", Hold::Moment)
        );
        assert_eq!(holds("CREATE INDEX a ON users (b)"), one("users", Hold::Scan));
        assert_eq!(holds("ALTER TABLE users ADD COLUMN a {int}"), one("users", Hold::Moment));
        assert_eq!(holds("ALTER TABLE users ADD COLUMN a {int} REFERENCES b"), one("users", Hold::Scan));
        assert_eq!(holds("ALTER TABLE users DROP COLUMN a"), one("users", Hold::Moment));
        assert_eq!(holds("DELETE FROM users WHERE a = 1"), one("users", Hold::Rows));
    }
}
