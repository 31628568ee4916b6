//! The rule that migrations after the first release are held to: the release before works on, beside them and after them
//! (docs/decisions/0066).

use super::change::{Change, Effect, statements};
use super::found::BREAKING;
use super::plan::new_tables;
use super::{FIRST_RELEASED, MIGRATIONS, Migration};

/// A statement that does more than add, and is meant to.
struct Exception {
    /// The migration's number and name.
    migration: &'static str,
    /// The statement in one line, as it stands there.
    statement: &'static str,
    /// Why it may: how few rows the table has, or which release used it last.
    reason: &'static str,
}

/// Each is in use, and says why.
const EXCEPTIONS: &[Exception] = &[];

/// What is wrong with these migrations.
fn problems(migrations: &[Migration], exceptions: &[Exception]) -> Vec<String> {
    let mut unused: Vec<_> = exceptions.iter().collect();
    let mut problems = Vec::new();
    for migration in migrations.iter().filter(|migration| migration.version > FIRST_RELEASED) {
        let statements = statements(migration.sql);
        let changes: Vec<_> = statements.iter().map(|statement| Change::read(statement)).collect();
        let new = new_tables(&changes);
        let mut breaks = false;
        for (statement, change) in statements.iter().zip(&changes) {
            let why = match change.effect(&new) {
                Effect::Adds => continue,
                Effect::HoldsUp(why) => why,
                Effect::Breaks(why) => {
                    breaks = true;
                    why
                }
            };
            let names = |e: &&Exception| e.migration == migration.to_string() && e.statement == statement;
            match unused.iter().position(names) {
                Some(at) if !unused[at].reason.is_empty() => drop(unused.remove(at)),
                _ => problems.push(format!("{migration}: `{statement}`: {why}")),
            }
        }
        if breaks != migration.name.starts_with(BREAKING) {
            problems.push(format!("{migration}: its name begins with {BREAKING} if, and only if, it breaks"));
        }
    }
    problems.extend(
        unused.iter().map(|e| format!("{}: there is no such exception: `{}`", e.migration, e.statement)),
    );
    problems
}

#[test]
fn migrations_let_the_release_before_go_on() {
    assert_eq!(problems(MIGRATIONS, EXCEPTIONS), Vec::<String>::new());
}

#[test]
fn what_does_more_than_add_is_an_exception_with_a_reason() {
    let migration = |name, sql| Migration { version: FIRST_RELEASED + 1, name, sql };
    let found = |migration: Migration, exceptions: &[Exception]| problems(&[migration], exceptions).len();
    assert_eq!(found(migration("a", "ALTER TABLE users ADD COLUMN a {int};"), &[]), 0);
    let index = "CREATE INDEX a ON users (b)";
    let removed = "ALTER TABLE users DROP COLUMN a";
    assert_eq!(found(migration("a", index), &[]), 1);
    assert_eq!(found(migration("a", removed), &[]), 2, "the statement and the name");
    assert_eq!(found(migration("break_a", removed), &[]), 1);
    assert_eq!(found(migration("break_a", index), &[]), 2);
    let exception = |migration, statement, reason| [Exception { migration, statement, reason }];
    assert_eq!(found(migration("a", index), &exception("0025_a", index, "few rows")), 0);
    assert_eq!(found(migration("break_a", removed), &exception("0025_break_a", removed, "unused")), 0);
    assert_eq!(found(migration("a", removed), &exception("0025_a", removed, "unused")), 1, "the name");
    assert_eq!(found(migration("a", index), &exception("0025_a", index, "")), 2, "no reason");
    assert_eq!(found(migration("a", index), &exception("0025_b", index, "few rows")), 2);
    assert_eq!(found(migration("a", ""), &exception("0025_a", index, "few rows")), 1, "it is not there");
    let before = Migration { version: FIRST_RELEASED, name: "a", sql: removed };
    assert_eq!(found(before, &[]), 0, "nobody has a release before the first");
}
