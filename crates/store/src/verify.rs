//! Looking for what should not be: damage, and rows that contradict each other.

use std::collections::BTreeMap;
use std::fmt;

use crate::error::StoreError;
use crate::portable::Walk;
use crate::statement::Statement;
use crate::store::{Kind, Store, Tx};
use crate::tables::{Table, aliases, user_index};
use crate::value::{OwnedValue, Row};
use poolhouse_ports::{PoolId, Sub};

/// How many problems are told at most.
const LIMIT: usize = 1000;

/// Something that should not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where: a table, or `database` for the file as a whole.
    pub place: &'static str,
    /// What, with the keys of the row.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.text)
    }
}

/// A table whose rows each belong to a row of another, unless a column is absent: table, columns, other table, columns.
const POINTERS: &[(&str, &str, &str, &str)] = &[
    ("signing_keys", "pool_id", "pools", "id"),
    ("certificates", "pool_id", "pools", "id"),
    ("clients", "pool_id", "pools", "id"),
    ("client_secrets", "client_id", "clients", "client_id"),
    ("published_secrets", "client_id", "clients", "client_id"),
    ("users", "pool_id", "pools", "id"),
    ("user_index", "pool_id, sub", "users", "pool_id, sub"),
    ("aliases", "pool_id, sub", "users", "pool_id, sub"),
    ("user_groups", "pool_id", "pools", "id"),
    ("members", "pool_id, sub", "users", "pool_id, sub"),
    ("members", "pool_id, group_name", "user_groups", "pool_id, name"),
    ("codes", "pool_id, sub", "users", "pool_id, sub"),
    ("outbox", "pool_id, sub", "users", "pool_id, sub"),
    ("sessions", "pool_id, sub", "users", "pool_id, sub"),
    ("browser_sessions", "pool_id, sub", "users", "pool_id, sub"),
    ("identity_providers", "pool_id", "pools", "id"),
    ("idp_identifiers", "pool_id, provider_name", "identity_providers", "pool_id, name"),
    ("linked_identities", "pool_id, sub", "users", "pool_id, sub"),
    ("resource_servers", "pool_id", "pools", "id"),
    ("devices", "pool_id, sub", "users", "pool_id, sub"),
    ("passkeys", "pool_id, sub", "users", "pool_id, sub"),
    ("domains", "pool_id", "pools", "id"),
    ("ui_customizations", "pool_id", "pools", "id"),
    ("ui_customizations", "client_id", "clients", "client_id"),
    ("branding_styles", "pool_id", "pools", "id"),
    ("branding_styles", "client_id", "clients", "client_id"),
    ("branding_assets", "pool_id, style_id", "branding_styles", "pool_id, style_id"),
    ("import_jobs", "pool_id", "pools", "id"),
    ("import_parts", "pool_id, job_id", "import_jobs", "pool_id, job_id"),
    ("terms", "pool_id", "pools", "id"),
    ("terms", "client_id", "clients", "client_id"),
    ("identities", "pool_id", "identity_pools", "id"),
    ("identity_logins", "identity_id", "identities", "id"),
    ("cimd_policies", "pool_id", "pools", "id"),
    ("cimd_documents", "pool_id, policy_id", "cimd_policies", "pool_id, policy_id"),
];

/// The columns that hold JSON, each behind its table's key.
const DOCUMENTS: &[Table] = &[
    Table { name: "pools", columns: "id, config", key: "id" },
    Table { name: "clients", columns: "client_id, config", key: "client_id" },
    Table { name: "users", columns: "pool_id, sub, mfa", key: "pool_id, sub" },
    Table { name: "identity_providers", columns: "pool_id, name, config", key: "pool_id, name" },
    Table { name: "passkeys", columns: "pool_id, credential_id, transports", key: "pool_id, credential_id" },
    Table { name: "resource_servers", columns: "pool_id, identifier, scopes", key: "pool_id, identifier" },
    Table { name: "domains", columns: "name, config", key: "name" },
    Table { name: "branding_styles", columns: "pool_id, style_id, settings", key: "pool_id, style_id" },
    Table { name: "terms", columns: "pool_id, terms_id, links", key: "pool_id, terms_id" },
    Table { name: "identity_pools", columns: "id, config", key: "id" },
    Table { name: "cimd_policies", columns: "pool_id, policy_id, patterns", key: "pool_id, policy_id" },
    Table {
        name: "cimd_documents",
        columns: "pool_id, policy_id, url, document",
        key: "pool_id, policy_id, url",
    },
];

const USERS: Table =
    Table { name: "users", columns: "pool_id, sub, enabled, attributes", key: "pool_id, sub" };

/// Looks through the whole database. It takes long on a large one, and holds a read transaction
/// all the while, but not much memory.
///
/// # Errors
/// When a statement fails for another reason than a damaged file, which is a problem to tell.
pub async fn verify(store: &Store) -> Result<Vec<Problem>, StoreError> {
    let mut tx = store.read().await?;
    let mut problems = Vec::new();
    if store.kind() == Kind::Sqlite {
        let statement = Statement::new("verify::integrity", "PRAGMA integrity_check(100)".to_owned());
        let lines = tx.query(&statement, &[], |row| row.get::<String>(0)).await;
        let lines = match lines {
            Err(StoreError::Damaged(text)) => vec![text],
            other => other?,
        };
        problems
            .extend(lines.into_iter().filter(|l| l != "ok").map(|text| Problem { place: "database", text }));
        // What cannot be read cannot be looked at further.
        if !problems.is_empty() {
            return Ok(problems);
        }
    }
    for pointer in POINTERS {
        check_pointer(&mut tx, pointer, &mut problems).await?;
    }
    for table in DOCUMENTS {
        check_documents(&mut tx, table, &mut problems).await?;
    }
    check_names(&mut tx, &mut problems).await?;
    check_users(&mut tx, &mut problems).await?;
    problems.truncate(LIMIT);
    Ok(problems)
}

async fn check_pointer(
    tx: &mut Tx,
    (child, columns, parent, key): &(&'static str, &str, &str, &str),
    problems: &mut Vec<Problem>,
) -> Result<(), StoreError> {
    let pairs = columns.split(", ").zip(key.split(", "));
    let equal: Vec<String> = pairs.map(|(a, b)| format!("parent.{b} = child.{a}")).collect();
    let named = columns.split(", ").map(|column| format!("child.{column}")).collect::<Vec<_>>();
    let sql = format!(
        "SELECT DISTINCT {} FROM {child} AS child WHERE {} IS NOT NULL \
         AND NOT EXISTS (SELECT 1 FROM {parent} AS parent WHERE {}) LIMIT 100",
        named.join(", "),
        named.join(" IS NOT NULL AND "),
        equal.join(" AND "),
    );
    let statement = Statement::new(format!("verify::{child}"), sql);
    let count = columns.split(", ").count();
    let decode = |row: &Row<'_>| (0..count).map(|column| row.get(column)).collect::<Result<Vec<String>, _>>();
    for row in tx.query(&statement, &[], decode).await? {
        let text = format!("{columns} = {} points to no row of {parent}", row.join(", "));
        problems.push(Problem { place: child, text });
    }
    Ok(())
}

/// Names and aliases that are somebody else's `sub`: an administrator who names that user means one, and reads the
/// name of the other. They are refused now, and stand from before that.
async fn check_names(tx: &mut Tx, problems: &mut Vec<Problem>) -> Result<(), StoreError> {
    const NAMES: [(&str, &str, &str); 2] =
        [("users", "the user name", "username_key"), ("aliases", "an alias", "value")];
    for (place, what, column) in NAMES {
        let sql = format!(
            "SELECT own.pool_id, own.sub, other.sub FROM {place} AS own JOIN users AS other \
             ON other.pool_id = own.pool_id AND other.sub = own.{column} \
             WHERE own.sub <> other.sub ORDER BY own.pool_id, own.sub LIMIT 100"
        );
        let statement = Statement::new(format!("verify::{place}_names"), sql);
        let decode =
            |row: &Row<'_>| Ok((row.get::<String>(0)?, row.get::<String>(1)?, row.get::<String>(2)?));
        for (pool, sub, other) in tx.query(&statement, &[], decode).await? {
            let text = format!("{pool}, {sub}: {what} is the sub of another user, {other}");
            problems.push(Problem { place, text });
        }
    }
    Ok(())
}

async fn check_documents(tx: &mut Tx, table: &Table, problems: &mut Vec<Problem>) -> Result<(), StoreError> {
    let mut walk = Walk::new(table, None);
    loop {
        let page = walk.next(tx).await?;
        if page.is_empty() {
            return Ok(());
        }
        for row in &page {
            let sound = match row.0.last() {
                Some(OwnedValue::Text(text)) => serde_json::from_str::<serde_json::Value>(text).is_ok(),
                Some(OwnedValue::Null) => true,
                _ => false,
            };
            if !sound && problems.len() < LIMIT {
                problems.push(Problem {
                    place: table.name,
                    text: format!("{} is not JSON", key_of(table, &row.0)),
                });
            }
        }
    }
}

/// The key of a row that begins with it. The rest may be a person's, and is not for a log.
fn key_of(table: &Table, row: &[OwnedValue]) -> String {
    let texts = row.iter().filter_map(|value| match value {
        OwnedValue::Text(text) => Some(text.as_str()),
        _ => None,
    });
    texts.take(table.key.split(", ").count()).collect::<Vec<_>>().join(", ")
}

async fn check_users(tx: &mut Tx, problems: &mut Vec<Problem>) -> Result<(), StoreError> {
    let mut walk = Walk::new(&USERS, None);
    loop {
        let page = walk.next(tx).await?;
        if page.is_empty() {
            return Ok(());
        }
        for row in &page {
            let found = check_user(tx, &row.0).await?;
            let room = LIMIT.saturating_sub(problems.len());
            problems.extend(found.into_iter().take(room));
        }
    }
}

/// Checks a row of [`USERS`], and that the user is found by what it has.
async fn check_user(tx: &mut Tx, row: &[OwnedValue]) -> Result<Vec<Problem>, StoreError> {
    let mut problems = Vec::new();
    let mut tell = |place, what: &str| {
        problems.push(Problem { place, text: format!("{}: {what}", key_of(&USERS, row)) });
    };
    let [OwnedValue::Text(pool), OwnedValue::Text(sub), enabled, OwnedValue::Text(json)] = row else {
        tell("users", "a column is of the wrong kind");
        return Ok(problems);
    };
    if !matches!(enabled, OwnedValue::Int(0 | 1)) {
        tell("users", "enabled is neither 0 nor 1");
    }
    let Ok(attributes) = serde_json::from_str::<BTreeMap<String, String>>(json) else {
        tell("users", "the attributes are not a JSON object of strings");
        return Ok(problems);
    };
    // How values are folded is not known here; folding never goes beyond case.
    let agrees = |name: &str, value: &str| {
        attributes.get(name).is_some_and(|own| own.to_lowercase() == value.to_lowercase())
    };
    let begins = |name: &str, value: &str| {
        attributes
            .get(name)
            .is_some_and(|own| own.to_lowercase().chars().take(user_index::LONGEST_VALUE).eq(value.chars()))
    };
    let (pool, sub) = (PoolId::from(pool.as_str()), Sub::from(sub.as_str()));
    for (name, value) in user_index::list(tx, &pool, &sub).await? {
        if !begins(&name, &value) {
            tell("user_index", &format!("{name} is not the user's"));
        }
    }
    for alias in aliases::list(tx, &pool, &sub).await? {
        if !agrees(&alias.name, &alias.value) {
            tell("aliases", &format!("{} is not the user's", alias.name));
        }
    }
    Ok(problems)
}
