//! Statements: constant SQL text in both databases' spelling, collected into a list per module.

use std::borrow::Cow;

/// One SQL statement of the portable subset (see the crate's documentation).
#[derive(Debug)]
pub(crate) struct Statement {
    /// Where it is declared, for logs and errors, such as `tables::groups::GET`.
    pub(crate) name: Cow<'static, str>,
    /// The text as written, with placeholders `$1` to `$n`: PostgreSQL's spelling.
    pub(crate) postgres: Cow<'static, str>,
    /// The same with `?1` to `?n`. SQLite would bind `$2` before `$1` by order of appearance.
    pub(crate) sqlite: Cow<'static, str>,
}

impl Statement {
    /// A statement whose text is only known at run time, such as one made from the list of tables.
    pub(crate) fn new(name: impl Into<Cow<'static, str>>, sql: String) -> Self {
        Self { name: name.into(), sqlite: Cow::Owned(sql.replace('$', "?")), postgres: Cow::Owned(sql) }
    }
}

/// Declares the statements of a module as constants, and the list `STATEMENTS` of all of them.
///
/// A text is given in parts that are joined when the crate is compiled, so that a list of columns is
/// written once: `GET = ["SELECT ", COLUMNS, " FROM pools WHERE id = $1"];`
macro_rules! statements {
    ($($name:ident = [$($part:expr),+ $(,)?];)+) => {
        $(const $name: &$crate::statement::Statement = &{
            const PARTS: &[&str] = &[$($part),+];
            const LENGTH: usize = $crate::statement::length(PARTS);
            const POSTGRES: [u8; LENGTH] = $crate::statement::join(PARTS, b'$');
            const SQLITE: [u8; LENGTH] = $crate::statement::join(PARTS, b'?');
            $crate::statement::Statement {
                name: std::borrow::Cow::Borrowed(concat!(module_path!(), "::", stringify!($name))),
                postgres: std::borrow::Cow::Borrowed($crate::statement::text(&POSTGRES)),
                sqlite: std::borrow::Cow::Borrowed($crate::statement::text(&SQLITE)),
            }
        };)+
        /// All statements of this module.
        #[cfg(test)]
        pub(crate) const STATEMENTS: &[&$crate::statement::Statement] = &[$($name),+];
    };
}
pub(crate) use statements;

/// The length of all parts together.
pub(crate) const fn length(parts: &[&str]) -> usize {
    let (mut sum, mut part) = (0, 0);
    while part < parts.len() {
        sum += parts[part].len();
        part += 1;
    }
    sum
}

/// The parts one after the other, with `marker` in the place of each `$`.
pub(crate) const fn join<const LENGTH: usize>(parts: &[&str], marker: u8) -> [u8; LENGTH] {
    let mut joined = [0; LENGTH];
    let (mut at, mut part) = (0, 0);
    while part < parts.len() {
        let bytes = parts[part].as_bytes();
        let mut byte = 0;
        while byte < bytes.len() {
            joined[at] = if bytes[byte] == b'$' { marker } else { bytes[byte] };
            at += 1;
            byte += 1;
        }
        part += 1;
    }
    joined
}

/// The joined bytes as text; only ever evaluated by the compiler.
pub(crate) const fn text(bytes: &'static [u8]) -> &'static str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => "",
    }
}

#[cfg(test)]
mod tests {
    const COLUMNS: &str = "a, b";
    super::statements! {
        GET = ["SELECT ", COLUMNS, " FROM t WHERE a = $1 AND b > $12"];
    }

    #[test]
    fn parts_are_joined_and_each_database_gets_its_placeholders() {
        assert_eq!(GET.postgres, "SELECT a, b FROM t WHERE a = $1 AND b > $12");
        assert_eq!(GET.sqlite, "SELECT a, b FROM t WHERE a = ?1 AND b > ?12");
        assert!(GET.name.ends_with("::GET"));
        assert_eq!(STATEMENTS.len(), 1);
    }
}
