//! Values on their way into a statement and out of a row.

use poolhouse_ports::{ClientId, IdentityId, IdentityPoolId, PoolId, Sub, Timestamp, Username};

use crate::error::StoreError;
use crate::statement::Statement;

/// A parameter of a statement, or a column of a row, borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    /// No value.
    Null,
    /// `{int}`: integers, booleans as 0 and 1, times as milliseconds since 1970.
    Int(i64),
    /// `{text}`: names, identifiers and JSON documents. Never contains NUL, which PostgreSQL refuses.
    Text(&'a str),
    /// `{bytes}`.
    Bytes(&'a [u8]),
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<u32> for Value<'_> {
    fn from(value: u32) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<Timestamp> for Value<'_> {
    fn from(value: Timestamp) -> Self {
        Self::Int(value.0)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::Bytes(value)
    }
}

impl<'a, T: ColumnType> From<&'a T> for Value<'a> {
    fn from(value: &'a T) -> Self {
        value.to_value()
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// The parameters of a statement, each converted into a [`Value`].
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::value::Value::from($value)),*] };
}
pub(crate) use params;

/// One row of a result, readable while the driver stands on it.
pub(crate) struct Row<'a> {
    pub(crate) statement: &'a Statement,
    pub(crate) columns: Columns<'a>,
}

/// The driver's row.
pub(crate) enum Columns<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
}

impl<'a> Row<'a> {
    /// The column at `index`, counted from 0.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when there is no such column or it holds something else than a `T`.
    pub(crate) fn get<T: ColumnType>(&self, index: usize) -> Result<T, StoreError> {
        self.value(index)
            .and_then(T::from_column)
            .ok_or_else(|| StoreError::Corrupt { statement: self.statement.name.to_string(), column: index })
    }

    /// The column at `index` as it is stored.
    pub(crate) fn value(&self, index: usize) -> Option<Value<'a>> {
        match self.columns {
            Columns::Sqlite(row) => crate::driver::sqlite::column(row, index),
            Columns::Postgres(row) => crate::driver::postgres::column(row, index),
        }
    }
}

/// A type that a column is read as and written from.
pub(crate) trait ColumnType: Sized {
    /// The value as this type, if it is one.
    fn from_column(value: Value<'_>) -> Option<Self>;

    /// Itself as a value.
    fn to_value(&self) -> Value<'_>;
}

impl ColumnType for i64 {
    fn from_column(value: Value<'_>) -> Option<Self> {
        if let Value::Int(number) = value { Some(number) } else { None }
    }

    fn to_value(&self) -> Value<'_> {
        Value::Int(*self)
    }
}

impl ColumnType for u32 {
    fn from_column(value: Value<'_>) -> Option<Self> {
        i64::from_column(value)?.try_into().ok()
    }

    fn to_value(&self) -> Value<'_> {
        Value::Int(i64::from(*self))
    }
}

impl ColumnType for bool {
    fn from_column(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Int(0) => Some(false),
            Value::Int(1) => Some(true),
            _ => None,
        }
    }

    fn to_value(&self) -> Value<'_> {
        Value::Int(i64::from(*self))
    }
}

impl ColumnType for Timestamp {
    fn from_column(value: Value<'_>) -> Option<Self> {
        i64::from_column(value).map(Self)
    }

    fn to_value(&self) -> Value<'_> {
        Value::Int(self.0)
    }
}

impl ColumnType for String {
    fn from_column(value: Value<'_>) -> Option<Self> {
        if let Value::Text(text) = value { Some(text.to_owned()) } else { None }
    }

    fn to_value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

macro_rules! ids {
    ($($id:ident),+) => { $(
        impl ColumnType for $id {
            fn from_column(value: Value<'_>) -> Option<Self> {
                String::from_column(value).map(Self::from)
            }

            fn to_value(&self) -> Value<'_> {
                Value::Text(self)
            }
        }
    )+ };
}
ids!(PoolId, ClientId, Sub, Username, IdentityPoolId, IdentityId);

impl ColumnType for Vec<u8> {
    fn from_column(value: Value<'_>) -> Option<Self> {
        if let Value::Bytes(bytes) = value { Some(bytes.to_owned()) } else { None }
    }

    fn to_value(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}

impl<T: ColumnType> ColumnType for Option<T> {
    fn from_column(value: Value<'_>) -> Option<Self> {
        if value == Value::Null { Some(None) } else { T::from_column(value).map(Some) }
    }

    fn to_value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, T::to_value)
    }
}

/// A value that owns what it holds: a cursor, or a row that is copied to another database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OwnedValue {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl ColumnType for OwnedValue {
    fn from_column(value: Value<'_>) -> Option<Self> {
        Some(match value {
            Value::Null => Self::Null,
            Value::Int(number) => Self::Int(number),
            Value::Text(text) => Self::Text(text.to_owned()),
            Value::Bytes(bytes) => Self::Bytes(bytes.to_owned()),
        })
    }

    fn to_value(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Int(number) => Value::Int(*number),
            Self::Text(text) => Value::Text(text),
            Self::Bytes(bytes) => Value::Bytes(bytes),
        }
    }
}

/// The least text that is greater than every text starting with `prefix`, in bytewise order;
/// `None` when there is none, as for the empty prefix.
pub(crate) fn prefix_end(prefix: &str) -> Option<String> {
    let mut end = prefix.to_owned();
    while let Some(last) = end.pop() {
        // The order of UTF-8's bytes is the order of code points; surrogates are no characters.
        let next = if last == '\u{d7ff}' { Some('\u{e000}') } else { char::from_u32(u32::from(last) + 1) };
        if let Some(next) = next {
            end.push(next);
            return Some(end);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_prefix_lies_behind_all_that_start_with_it() {
        for prefix in ["a", "ab", "z\u{7f}", "\u{7ff}", "\u{ffff}", "\u{d7ff}", "a\u{10ffff}"] {
            let end = prefix_end(prefix).unwrap();
            assert!(format!("{prefix}\u{10ffff}\u{10ffff}") < end, "{prefix:?} {end:?}");
            assert!(prefix < end.as_str());
        }
        assert_eq!(prefix_end("ab").as_deref(), Some("ac"));
        assert_eq!(prefix_end(""), None);
        assert_eq!(prefix_end("\u{10ffff}"), None);
    }

    #[test]
    fn a_column_of_another_type_is_not_read() {
        assert_eq!(i64::from_column(Value::Text("1")), None);
        assert_eq!(bool::from_column(Value::Int(2)), None);
        assert_eq!(String::from_column(Value::Null), None);
        assert_eq!(Option::<String>::from_column(Value::Null), Some(None));
        assert_eq!(u32::from_column(Value::Int(-1)), None);
    }
}
