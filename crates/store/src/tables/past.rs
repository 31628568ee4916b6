//! The journal of pools: rows as they were before they were changed, a table for each table of which a recovery takes back
//! the rows ([`super::journals`]).
//!
//! A row of it says: until `changed_at`, the row with this key was like this, or was not there. So the state of a key at an
//! earlier moment is the first row after it, and where there is none, what is there now.
//!
//! A key's rows are in the order of its changes. Of two changes at one time the first one counts: what was before it, was before
//! both. So it does when a node whose clock is behind makes the second: its copy would be taken for the state before
//! the first.

use poolhouse_ports::{PoolId, Timestamp};

/// What was kept of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past<Row, const KEY: usize> {
    /// The columns of the key behind the pool's.
    pub key: [String; KEY],
    /// The row; none when there was none.
    pub row: Option<Row>,
}

/// Declares the module of one table of the journal.
macro_rules! past {
    (
        $(#[$about:meta])*
        mod $module:ident, $past:literal of $table:literal: $Row:ty, keys $width:literal $key:literal,
        where $at_key:literal, after $after:literal limit $limit:literal, same $same:literal
        $(, also $NAME:ident $also:ident by $column:literal)*
    ) => {
        $(#[$about])*
        pub mod $module {
            use super::{Past, PoolId, Timestamp};
            use crate::error::StoreError;
            use crate::statement::{join, length, statements, text};
            use crate::store::Tx;
            use crate::tables::Table;
            use crate::value::{Row, Value, params};

            const PARTS: &[&str] = &[<$Row>::COLUMNS, ", changed_at, existed"];
            const JOINED: [u8; length(PARTS)] = join(PARTS, b'$');
            const COLUMNS: &str = text(&JOINED);

            const UNLESS_LATER: &str = concat!(
                " AND NOT EXISTS (SELECT 1 FROM ", $past, " AS e WHERE e.pool_id = p.pool_id AND ", $same,
                " AND e.changed_at >= $1) ON CONFLICT DO NOTHING"
            );

            pub(crate) const TABLE: Table = Table {
                name: $past,
                columns: COLUMNS,
                key: concat!("pool_id, ", $key, ", changed_at"),
            };

            statements! {
                KEEP = [
                    "INSERT INTO ", $past, " (", COLUMNS, ") SELECT ", <$Row>::COLUMNS,
                    ", CAST($1 AS BIGINT), 1 FROM ", $table, " AS p WHERE pool_id = $2 AND ", $at_key, UNLESS_LATER
                ];
                // The row is there by now: its key says of what there was nothing.
                KEEP_ABSENT = [
                    "INSERT INTO ", $past, " (changed_at, existed, pool_id, ", $key, ") SELECT CAST($1 AS BIGINT), \
                     0, pool_id, ", $key, " FROM ", $table, " AS p WHERE pool_id = $2 AND ", $at_key, UNLESS_LATER
                ];
                FIRST_AFTER = [
                    "SELECT ", COLUMNS, " FROM ", $past, " AS p WHERE pool_id = $1 AND (", $key, ") > (", $after,
                    ") AND changed_at > $2 AND NOT EXISTS (SELECT 1 FROM ", $past,
                    " AS e WHERE e.pool_id = p.pool_id AND ", $same,
                    " AND e.changed_at > $2 AND e.changed_at < p.changed_at) ORDER BY ", $key, " LIMIT ", $limit
                ];
                NEWEST = [
                    "SELECT ", COLUMNS, " FROM ", $past, " WHERE pool_id = $2 AND ", $at_key,
                    " AND existed = 1 AND changed_at > $1 ORDER BY changed_at DESC LIMIT 1"
                ];
                PURGE = [
                    "DELETE FROM ", $past, " WHERE (pool_id, ", $key, ", changed_at) IN (SELECT pool_id, ", $key,
                    ", changed_at FROM ", $past, " WHERE changed_at < $1 ORDER BY changed_at LIMIT $2)"
                ];
                DELETE_SOME = [
                    "DELETE FROM ", $past, " WHERE (pool_id, ", $key, ", changed_at) IN (SELECT pool_id, ", $key,
                    ", changed_at FROM ", $past, " WHERE pool_id = $1 ORDER BY pool_id, ", $key, ", changed_at LIMIT $2)"
                ];
                $($NAME = [
                    "INSERT INTO ", $past, " (", COLUMNS, ") SELECT ", <$Row>::COLUMNS,
                    ", CAST($1 AS BIGINT), 1 FROM ", $table, " AS p WHERE pool_id = $2 AND ", $column, " = $3",
                    UNLESS_LATER
                ];)*
            }

            fn decode(row: &Row<'_>) -> Result<Past<$Row, $width>, StoreError> {
                let mut key = [const { String::new() }; $width];
                for (index, column) in key.iter_mut().enumerate() {
                    *column = row.get(index + 1)?;
                }
                let existed: bool = row.get(<$Row>::WIDTH + 1)?;
                let row = if existed { Some(<$Row>::decode(row)?) } else { None };
                Ok(Past { key, row })
            }

            /// Keeps the row with this key as it is now, before a change at `at`.
            pub(crate) async fn keep(
                tx: &mut Tx,
                at: Timestamp,
                pool_id: &PoolId,
                key: [&str; $width],
            ) -> Result<(), StoreError> {
                let mut params = params![at, pool_id].to_vec();
                params.extend(key.map(Value::Text));
                tx.execute(KEEP, &params).await.map(drop)
            }

            /// Keeps that there was no row with this key until `at`, once there is one.
            pub(crate) async fn keep_absent(
                tx: &mut Tx,
                at: Timestamp,
                pool_id: &PoolId,
                key: [&str; $width],
            ) -> Result<(), StoreError> {
                let mut params = params![at, pool_id].to_vec();
                params.extend(key.map(Value::Text));
                tx.execute(KEEP_ABSENT, &params).await.map(drop)
            }

            $(past!(@also $NAME $also);)*

            past!(@bulk $module, $past, $width $key);

            /// The state of at most `limit` keys at the moment `moment`, of those that were changed since, in the order of the
            /// key behind `after` (empty: from the first).
            ///
            /// # Errors
            /// As any statement: see [`StoreError`].
            pub async fn first_after(
                tx: &mut Tx,
                pool_id: &PoolId,
                moment: Timestamp,
                after: &[String; $width],
                limit: u32,
            ) -> Result<Vec<Past<$Row, $width>>, StoreError> {
                let mut params = params![pool_id, moment].to_vec();
                params.extend(after.iter().map(|column| Value::Text(column)));
                params.push(Value::from(limit));
                tx.query(FIRST_AFTER, &params, decode).await
            }

            /// The row with this key as it was last, of what was kept since `moment`.
            ///
            /// # Errors
            /// As any statement: see [`StoreError`].
            pub async fn newest(
                tx: &mut Tx,
                pool_id: &PoolId,
                moment: Timestamp,
                key: &[String; $width],
            ) -> Result<Option<$Row>, StoreError> {
                let mut params = params![moment, pool_id].to_vec();
                params.extend(key.iter().map(|column| Value::Text(column)));
                Ok(tx.query_opt(NEWEST, &params, decode).await?.and_then(|past| past.row))
            }

            /// Forgets at most `limit` rows of a pool.
            pub(crate) async fn delete_some(
                tx: &mut Tx,
                pool_id: &PoolId,
                limit: u32,
            ) -> Result<u64, StoreError> {
                tx.execute(DELETE_SOME, params![pool_id, limit]).await
            }

            /// Forgets at most `limit` rows of what was before `end`.
            ///
            /// # Errors
            /// As any statement: see [`StoreError`].
            pub async fn purge(tx: &mut Tx, end: Timestamp, limit: u32) -> Result<u64, StoreError> {
                tx.execute(PURGE, params![end, limit]).await
            }
        }
    };
    (@also $NAME:ident $also:ident) => {
        /// Keeps all rows of one owner as they are now, before they are deleted at `at`.
        pub(crate) async fn $also(
            tx: &mut Tx,
            at: Timestamp,
            pool_id: &PoolId,
            owner: &str,
        ) -> Result<(), StoreError> {
            tx.execute($NAME, params![at, pool_id, owner]).await.map(drop)
        }
    };
    // Only users and their memberships come in thousands.
    (@bulk users, $past:literal, $width:literal $key:literal) => { past!(@many $past, $width $key); };
    (@bulk members, $past:literal, $width:literal $key:literal) => { past!(@many $past, $width $key); };
    (@bulk $module:ident, $past:literal, $width:literal $key:literal) => {};
    (@many $past:literal, $width:literal $key:literal) => {
        /// Keeps that there were no rows with these keys until `at`, all of them of users who are new: nothing was kept of them.
        pub(crate) async fn keep_many_absent(
            tx: &mut Tx,
            at: Timestamp,
            pool_id: &PoolId,
            keys: &[[&str; $width]],
        ) -> Result<(), StoreError> {
            static INSERT: std::sync::LazyLock<crate::bulk::Bulk> = std::sync::LazyLock::new(|| {
                crate::bulk::Bulk::new($past, concat!("changed_at, existed, pool_id, ", $key), "sub")
            });
            let rows: Vec<_> = keys
                .iter()
                .map(|key| params![at, false, pool_id].iter().cloned().chain(key.map(Value::Text)).collect())
                .collect();
            INSERT.insert::<String>(tx, &rows).await.map(drop)
        }
    };
}

past! {
    /// Users as they were.
    mod users, "past_users" of "users": crate::tables::users::User, keys 1 "sub",
    where "sub = $3", after "$3" limit "$4", same "e.sub = p.sub"
}

past! {
    /// Groups as they were.
    mod groups, "past_groups" of "user_groups": crate::tables::groups::Group, keys 1 "name",
    where "name = $3", after "$3" limit "$4", same "e.name = p.name"
}

past! {
    /// Memberships as they were.
    mod members, "past_members" of "members": crate::tables::members::Member, keys 2 "sub, group_name",
    where "sub = $3 AND group_name = $4", after "$3, $4" limit "$5",
    same "e.sub = p.sub AND e.group_name = p.group_name",
    also KEEP_OF_USER keep_of_user by "sub", also KEEP_OF_GROUP keep_of_group by "group_name"
}

past! {
    /// Passkeys as they were.
    mod passkeys, "past_passkeys" of "passkeys": crate::tables::passkeys::Passkey, keys 1 "credential_id",
    where "credential_id = $3", after "$3" limit "$4",
    same "e.credential_id = p.credential_id",
    also KEEP_OF_USER keep_of_user by "sub"
}

past! {
    /// Links to users of identity providers as they were.
    mod linked_identities, "past_linked_identities" of "linked_identities":
    crate::tables::linked_identities::LinkedIdentity,
    keys 3 "provider_name, attribute_name, attribute_value",
    where "provider_name = $3 AND attribute_name = $4 AND attribute_value = $5",
    after "$3, $4, $5" limit "$6",
    same "e.provider_name = p.provider_name AND e.attribute_name = p.attribute_name AND \
             e.attribute_value = p.attribute_value",
    also KEEP_OF_USER keep_of_user by "sub", also KEEP_OF_PROVIDER keep_of_provider by "provider_name"
}
