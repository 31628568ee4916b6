//! Running one statement on one connection.

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, ffi};

use crate::error::StoreError;
use crate::statement::Statement;
use crate::value::{Columns, Row, Value};

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Int(number) => ValueRef::Integer(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// The column at `index`, if it is there and of a kind that the schema has.
pub(crate) fn column<'a>(row: &'a rusqlite::Row<'_>, index: usize) -> Option<Value<'a>> {
    match row.get_ref(index).ok()? {
        ValueRef::Null => Some(Value::Null),
        ValueRef::Integer(number) => Some(Value::Int(number)),
        ValueRef::Text(text) => std::str::from_utf8(text).ok().map(Value::Text),
        ValueRef::Blob(bytes) => Some(Value::Bytes(bytes)),
        ValueRef::Real(_) => None,
    }
}

pub(super) fn query<T>(
    connection: &Connection,
    statement: &Statement,
    params: &[Value<'_>],
    decode: impl Fn(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let failed = |error: rusqlite::Error| logged(&error, statement);
    let mut prepared = connection.prepare_cached(&statement.sqlite).map_err(failed)?;
    let mut rows = prepared.query(rusqlite::params_from_iter(params)).map_err(failed)?;
    let mut decoded = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        decoded.push(decode(&Row { statement, columns: Columns::Sqlite(row) })?);
    }
    Ok(decoded)
}

pub(super) fn execute(
    connection: &Connection,
    statement: &Statement,
    params: &[Value<'_>],
) -> Result<u64, StoreError> {
    let failed = |error: rusqlite::Error| logged(&error, statement);
    let mut prepared = connection.prepare_cached(&statement.sqlite).map_err(failed)?;
    let changed = prepared.execute(rusqlite::params_from_iter(params)).map_err(failed)?;
    Ok(u64::try_from(changed).unwrap_or(u64::MAX))
}

/// A statement of transaction control: constant, without parameters or result.
pub(super) fn control(connection: &Connection, sql: &str) -> Result<(), StoreError> {
    let run = || connection.prepare_cached(sql)?.execute([]);
    run().map(drop).map_err(|error| store_error(&error))
}

#[cfg(test)]
pub(super) fn prepare(connection: &Connection, statement: &Statement) -> Result<(), StoreError> {
    connection.prepare(&statement.sqlite).map(drop).map_err(|error| store_error(&error))
}

fn logged(error: &rusqlite::Error, statement: &Statement) -> StoreError {
    let mapped = store_error(error);
    tracing::debug!(statement = %statement.name, %error, "a statement failed");
    mapped
}

/// The driver's error in the store's terms.
pub(super) fn store_error(error: &rusqlite::Error) -> StoreError {
    let text = error.to_string();
    let rusqlite::Error::SqliteFailure(failure, _) = error else {
        return StoreError::Other(text);
    };
    match failure.code {
        ErrorCode::DiskFull => StoreError::Full,
        ErrorCode::ReadOnly => StoreError::ReadOnly,
        ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::FileLockingProtocolFailed => {
            StoreError::Io(text)
        }
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Busy,
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => StoreError::Damaged(text),
        // As PostgreSQL reports it when two transactions meet: what this one read is no longer so.
        ErrorCode::ConstraintViolation
            if matches!(
                failure.extended_code,
                ffi::SQLITE_CONSTRAINT_FOREIGNKEY
                    | ffi::SQLITE_CONSTRAINT_UNIQUE
                    | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
                    | ffi::SQLITE_CONSTRAINT_ROWID
            ) =>
        {
            StoreError::Retry
        }
        _ => StoreError::Other(text),
    }
}
