//! Values on their way to PostgreSQL and back.

use bytes::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::value::Value;

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(number) if *ty == Type::INT4 => i32::try_from(*number)?.to_sql_checked(ty, out),
            Value::Int(number) => number.to_sql_checked(ty, out),
            Value::Text(text) => text.to_sql_checked(ty, out),
            Value::Bytes(bytes) => bytes.to_sql_checked(ty, out),
        }
    }

    // The values inside check for themselves.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// The column at `index`, if it is there and of a kind that the schema has.
pub(crate) fn column(row: &tokio_postgres::Row, index: usize) -> Option<Value<'_>> {
    match *row.columns().get(index)?.type_() {
        Type::INT8 => {
            row.try_get::<_, Option<i64>>(index).ok()?.map_or(Some(Value::Null), |n| Some(n.into()))
        }
        Type::INT4 => {
            let number = row.try_get::<_, Option<i32>>(index).ok()?;
            Some(number.map_or(Value::Null, |n| Value::Int(n.into())))
        }
        Type::TEXT | Type::VARCHAR | Type::NAME => Some(row.try_get::<_, Option<&str>>(index).ok()?.into()),
        Type::BYTEA => Some(row.try_get::<_, Option<&[u8]>>(index).ok()?.into()),
        _ => None,
    }
}
