//! Rows: the columns of a table, each named once.

/// Declares the row of a table as a struct whose fields are the columns, and from them the parts of
/// statements, the decoding of a row, and the parameters of an insert:
///
/// `INSERT = ["INSERT INTO pools (", Pool::COLUMNS, ") VALUES (", Pool::PLACEHOLDERS, ")"];`
macro_rules! row {
    (
        $(#[$about:meta])*
        $visibility:vis struct $Row:ident {
            $($(#[$doc:meta])* pub $column:ident: $type:ty,)+
        }
    ) => {
        $(#[$about])*
        $visibility struct $Row {
            $($(#[$doc])* pub $column: $type,)+
        }

        impl $Row {
            /// How many columns it has.
            pub(crate) const WIDTH: usize = [$(stringify!($column)),+].len();

            /// Its columns, separated by `, `.
            pub(crate) const COLUMNS: &str = concat!($(", ", stringify!($column)),+).split_at(2).1;

            /// The placeholders for its values.
            pub(crate) const PLACEHOLDERS: &str = $crate::row::placeholders(Self::WIDTH);

            /// Reads it from a result that begins with its columns.
            pub(crate) fn decode(row: &$crate::value::Row<'_>) -> Result<Self, $crate::error::StoreError> {
                let mut read = 0;
                let mut next = || {
                    read += 1;
                    read - 1
                };
                // Fields are evaluated in the order that they are written in.
                Ok(Self { $($column: row.get(next())?),+ })
            }

            /// The values of its columns.
            pub(crate) fn values(&self) -> [$crate::value::Value<'_>; Self::WIDTH] {
                [$($crate::value::Value::from(&self.$column)),+]
            }
        }
    };
}
pub(crate) use row;

/// The first `count` placeholders; only ever evaluated by the compiler, which refuses more than there are.
pub(crate) const fn placeholders(count: usize) -> &'static str {
    const ALL: &str =
        "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20";
    let (mut end, mut left) = (0, count);
    while left > 0 {
        end += 1;
        if end == ALL.len() || ALL.as_bytes()[end] == b',' {
            left -= 1;
        }
    }
    ALL.split_at(end).0
}

#[cfg(test)]
mod tests {
    use poolhouse_ports::Timestamp;

    use crate::Kind;
    use crate::statement::Statement;
    use crate::testing::TestDatabase;
    use crate::value::Value;

    row! {
        /// A row with a column of each type.
        #[derive(Debug, PartialEq)]
        struct Sample {
            pub id: String,
            pub sealed: Vec<u8>,
            pub number: i64,
            pub small: u32,
            pub flag: bool,
            pub made_at: Timestamp,
            pub note: Option<String>,
            pub key: Option<Vec<u8>>,
            pub used_at: Option<Timestamp>,
            pub rank: Option<i64>,
        }
    }

    fn sample() -> Sample {
        Sample {
            id: "a".to_owned(),
            sealed: vec![1, 2],
            number: -3,
            small: 4,
            flag: true,
            made_at: Timestamp(5),
            note: Some("b".to_owned()),
            key: None,
            used_at: None,
            rank: Some(6),
        }
    }

    #[test]
    fn fields_are_columns_in_their_order() {
        assert_eq!(Sample::COLUMNS, "id, sealed, number, small, flag, made_at, note, key, used_at, rank");
        assert_eq!(Sample::PLACEHOLDERS, "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10");
        let expected = [
            Value::Text("a"),
            Value::Bytes(&[1, 2]),
            Value::Int(-3),
            Value::Int(4),
            Value::Int(1),
            Value::Int(5),
            Value::Text("b"),
            Value::Null,
            Value::Null,
            Value::Int(6),
        ];
        assert_eq!(sample().values(), expected);
    }

    #[tokio::test]
    async fn what_goes_in_comes_out() {
        let database = TestDatabase::new(Kind::Sqlite).await.unwrap();
        let mut tx = database.store.read().await.unwrap();
        let echo = Statement::new("test", format!("SELECT {}", Sample::PLACEHOLDERS));
        let found = tx.query_opt(&echo, &sample().values(), Sample::decode).await.unwrap();
        assert_eq!(found, Some(sample()));
    }

    #[test]
    fn placeholders_end_where_they_are_told_to() {
        assert_eq!(super::placeholders(1), "$1");
        assert_eq!(super::placeholders(10), "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10");
        assert!(super::placeholders(20).ends_with(", $19, $20"));
    }
}
