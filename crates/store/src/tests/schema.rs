//! Every statement is understood, by both databases, and none reads more than it must.

use std::collections::BTreeSet;

use crate::statement::Statement;
use crate::tables::{STATEMENTS, TABLES, past};
use crate::testing::TestDatabase;
use crate::value::{Row, Value};
use crate::{Kind, Store, StoreError, migrate};

#[tokio::test]
async fn every_statement_prepares() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let Some(database) = TestDatabase::new(kind).await else { continue };
        for statement in STATEMENTS.iter().copied().flatten().chain(migrate::STATEMENTS) {
            let mut tx = database.store.write().await.unwrap();
            let prepared = tx.prepare(statement).await;
            assert!(prepared.is_ok(), "{kind:?} {}: {prepared:?}", statement.name);
        }
    }
}

pub(super) async fn texts(store: &Store, sql: &str, params: &[Value<'_>]) -> Vec<Vec<String>> {
    let statement = Statement::new("test", sql.to_owned());
    let decode = |row: &Row<'_>| {
        let columns = (0..).map_while(|index| row.value(index));
        Ok(columns
            .map(|value| match value {
                Value::Text(text) => text.to_owned(),
                other => format!("{other:?}"),
            })
            .collect())
    };
    let mut tx = store.read().await.unwrap();
    tx.query(&statement, params, decode).await.unwrap()
}

/// Every column as `table column type nullable`.
pub(super) async fn columns(store: &Store) -> BTreeSet<String> {
    let sql = match store.kind() {
        Kind::Sqlite => {
            "SELECT m.name || ' ' || c.name || ' ' || c.type || CASE c.\"notnull\" WHEN 0 THEN ' null' ELSE '' END \
             FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'"
        }
        Kind::Postgres => {
            "SELECT table_name::text || ' ' || column_name::text || ' ' || CASE data_type::text \
             WHEN 'text' THEN 'TEXT' WHEN 'bigint' THEN 'INTEGER' WHEN 'bytea' THEN 'BLOB' ELSE '?' END \
             || CASE is_nullable::text WHEN 'YES' THEN ' null' ELSE '' END \
             FROM information_schema.columns WHERE table_schema = 'public'"
        }
    };
    texts(store, sql, &[]).await.concat().into_iter().collect()
}

/// Every index that the migrations name, as `table index (column, …)`.
pub(super) async fn indexes(store: &Store) -> BTreeSet<String> {
    let sql = match store.kind() {
        Kind::Sqlite => {
            "SELECT m.tbl_name || ' ' || m.name || ' (' || \
             (SELECT group_concat(c.name, ', ') FROM pragma_index_info(m.name) c) || ')' \
             FROM sqlite_master m WHERE m.type = 'index' AND m.sql IS NOT NULL"
        }
        Kind::Postgres => {
            "SELECT tablename::text || ' ' || indexname::text || ' (' || \
             split_part(indexdef, '(', 2) FROM pg_indexes \
             WHERE schemaname = 'public' AND indexname::text LIKE '%\\_by\\_%'"
        }
    };
    texts(store, sql, &[]).await.concat().into_iter().collect()
}

#[tokio::test]
async fn schemas_agree() {
    let sqlite = TestDatabase::sqlite().await;
    let Some(postgres) = TestDatabase::postgres().await else { return };
    assert_eq!(columns(&sqlite.store).await, columns(&postgres.store).await);
    let of_sqlite = indexes(&sqlite.store).await;
    assert!(of_sqlite.len() > 10);
    assert_eq!(of_sqlite, indexes(&postgres.store).await);
}

#[tokio::test]
async fn the_list_of_tables_is_the_schema() {
    let database = TestDatabase::sqlite().await;
    let rows = columns(&database.store).await;
    let found: BTreeSet<String> = rows
        .iter()
        .filter(|row| !row.starts_with("schema_migrations "))
        .filter_map(|row| Some(row.rsplitn(2, [' ']).last()?.trim_end_matches(" TEXT").to_owned()))
        .map(|row| row.split(' ').take(2).collect::<Vec<_>>().join(" "))
        .collect();
    let listed: BTreeSet<String> = TABLES
        .iter()
        .flat_map(|table| table.columns.split(", ").map(|column| format!("{} {column}", table.name)))
        .collect();
    assert_eq!(found, listed);
    for table in TABLES {
        let sql = "SELECT name FROM pragma_table_info($1) WHERE pk > 0 ORDER BY pk";
        let key = texts(&database.store, sql, &[Value::Text(table.name)]).await.concat().join(", ");
        assert_eq!(key, table.key, "{}", table.name);
    }
}

/// Whether a recovery of a pool takes a table's rows back: the table of the journal that keeps them, or why not.
fn journal_of(table: &str) -> Result<&'static crate::tables::Table, &'static str> {
    Ok(match table {
        "users" => &past::users::TABLE,
        "user_groups" => &past::groups::TABLE,
        "members" => &past::members::TABLE,
        "passkeys" => &past::passkeys::TABLE,
        "linked_identities" => &past::linked_identities::TABLE,
        "user_index" | "aliases" => return Err("follows from the users' attributes"),
        "codes" | "outbox" | "spent" | "attempts" | "sessions" | "browser_sessions" | "devices"
        | "auth_events" => return Err("of sign-ins, which no recovery revives"),
        "pools" | "signing_keys" | "certificates" | "clients" | "client_secrets" | "published_secrets"
        | "identity_providers" | "idp_identifiers" | "resource_servers" | "domains" | "ui_customizations"
        | "branding_styles" | "branding_assets" | "terms" | "cimd_policies" | "cimd_documents" => {
            return Err("settings of a pool");
        }
        "deleted_pools"
        | "journals"
        | "recoveries"
        | "past_users"
        | "past_groups"
        | "past_members"
        | "past_passkeys"
        | "past_linked_identities"
        | "import_jobs"
        | "import_parts" => return Err("of the work itself"),
        "settings" | "credentials" | "provisioned_limits" | "nodes" | "leases" | "audit_chains"
        | "acme_accounts" | "acme_certificates" | "acme_challenges" => return Err("of the installation"),
        "entities"
        | "group_members"
        | "access_keys"
        | "inline_policies"
        | "managed_policies"
        | "policy_versions"
        | "attachments"
        | "federated_providers" => return Err("of the account"),
        "identity_pools" | "identities" | "identity_logins" | "identity_keys" => {
            return Err("of identity pools");
        }
        new => panic!("{new} is new: say here whether a recovery takes its rows back"),
    })
}

#[test]
fn every_table_is_in_the_journal_or_says_why_not() {
    let kept = TABLES.iter().filter_map(|table| Some((table, journal_of(table.name).ok()?)));
    let kept: Vec<_> = kept.collect();
    assert_eq!(kept.len(), 5);
    for (table, journal) in kept {
        assert_eq!(journal.columns, format!("{}, changed_at, existed", table.columns), "{}", table.name);
        assert_eq!(journal.key, format!("{}, changed_at", table.key), "{}", table.name);
    }
}

/// What writes rows that a recovery takes back. Each asks the journal first, in the function that runs it, or changes nothing
/// that is taken back, or is of a pool that is deleted.
const WRITING: &[&str] = &[
    "deleted_pools::DELETE_GROUPS",
    "deleted_pools::DELETE_USERS",
    "groups::DELETE",
    "groups::INSERT",
    "groups::UPDATE",
    "linked_identities::DELETE",
    "linked_identities::DELETE_OF_PROVIDER",
    "linked_identities::INSERT",
    "members::DELETE",
    "members::DELETE_SOME",
    "members::INSERT",
    "passkeys::DELETE",
    "passkeys::DELETE_OF_USER",
    "passkeys::INSERT",
    "passkeys::SET_SIGN_COUNT",
    "users::DELETE",
    "users::INSERT",
    "users::SET_MFA",
    "users::UPDATE",
];

#[test]
fn no_statement_goes_past_the_journal() {
    let writes = |statement: &&Statement| {
        let mut words = statement.postgres.split_whitespace();
        let table = match words.next() {
            Some("INSERT" | "DELETE") => words.nth(1),
            Some("UPDATE") => words.next(),
            _ => None,
        };
        table.is_some_and(|table| journal_of(table).is_ok())
    };
    let found = STATEMENTS.iter().copied().flatten().copied().filter(writes);
    let mut names: Vec<_> =
        found.map(|statement| statement.name.rsplit("tables::").next().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, WRITING, "a new one is to keep what it changes, and then to be named here");
}

/// Those that sort: lists of a handful, and the choice among sign-ins with one refresh token, or of one user of a provider.
const SORTED: &[&str] = &[
    "client_secrets::LIST",
    "linked_identities::LIST",
    "user_index::LIST",
    "aliases::LIST",
    "sessions::FIND_BY_ORIGIN_JTI",
    "browser_sessions::LIST_OF_PROVIDER_USER",
];

#[tokio::test]
async fn no_statement_scans_a_table_or_sorts_a_page() {
    let database = TestDatabase::sqlite().await;
    for statement in STATEMENTS.iter().copied().flatten() {
        let count = (1..).take_while(|n| statement.postgres.contains(&format!("${n}"))).count();
        let plan = format!("EXPLAIN QUERY PLAN {}", statement.postgres);
        let rows = texts(&database.store, &plan, &vec![Value::Null; count]).await;
        let steps: Vec<&String> = rows.iter().filter_map(|row| row.last()).collect();
        for step in &steps {
            let scans = TABLES.iter().any(|table| step.starts_with(&format!("SCAN {}", table.name)));
            assert!(!scans, "{}: {steps:?}", statement.name);
            let may_sort = SORTED.iter().any(|name| statement.name.ends_with(name));
            assert!(may_sort || !step.contains("TEMP B-TREE"), "{}: {steps:?}", statement.name);
        }
    }
}

/// Pages of a membership, whose walk must begin at the cursor and stay within the group or the user.
const MEMBERSHIPS: &[(&str, &str)] = &[
    ("tables::members::GROUPS_OF_USER", "PRIMARY KEY (pool_id=? AND sub=? AND group_name>?)"),
    ("tables::members::USERS_OF_GROUP", "members_by_group (pool_id=? AND group_name=? AND sub>?)"),
];

#[tokio::test]
async fn a_page_of_members_walks_no_other_group() {
    let database = TestDatabase::sqlite().await;
    for (name, walk) in MEMBERSHIPS {
        let statement = STATEMENTS.iter().copied().flatten().find(|s| s.name.ends_with(name)).unwrap();
        let plan = format!("EXPLAIN QUERY PLAN {}", statement.postgres);
        let rows = texts(&database.store, &plan, &[Value::Null; 4]).await;
        assert!(rows.iter().flatten().any(|step| step.ends_with(walk)), "{name}: {rows:?}");
    }
}

#[tokio::test]
async fn a_plan_that_scans_would_be_seen() {
    let database = TestDatabase::sqlite().await;
    let plan = "EXPLAIN QUERY PLAN SELECT sub FROM users WHERE attributes = 'a' ORDER BY status";
    let rows = texts(&database.store, plan, &[]).await;
    let steps: Vec<&String> = rows.iter().filter_map(|row| row.last()).collect();
    assert!(steps.iter().any(|step| step.starts_with("SCAN users")), "{steps:?}");
    assert!(steps.iter().any(|step| step.contains("TEMP B-TREE")), "{steps:?}");
}

#[tokio::test]
async fn a_column_of_the_wrong_kind_names_its_statement() {
    let database = TestDatabase::sqlite().await;
    let mut tx = database.store.read().await.unwrap();
    let statement = Statement::new("a_name", "SELECT 'text'".to_owned());
    let read = tx.query(&statement, &[], |row| row.get::<i64>(0)).await;
    assert_eq!(read, Err(StoreError::Corrupt { statement: "a_name".to_owned(), column: 0 }));
}
