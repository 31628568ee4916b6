//! ListUsers: which users a filter finds, a page at a time (docs/cognito/users-and-groups.md §14).
//!
//! Each search walks an index: users by creation where all, a status or enabled ones are asked for, else
//! by the value that the filter names.

use poolhouse_kernel::Fault;
use poolhouse_kernel::paging::{Page, Pager};
use poolhouse_ports::{PoolId, Sub, Timestamp};
use poolhouse_store::Tx;
use poolhouse_store::tables::user_index;
use poolhouse_store::tables::users::{self as table, After, User as UserRow};
use poolhouse_wire::user_pools::{UserStatusType, UserType};

use super::filter::{self, Filter};
use super::view;
use crate::directory::record::{self, SEARCHABLE};
use crate::model::{Pool, User, names};
use crate::{Cx, pools};

/// A page of the users that `filter` finds, with all attributes or those of `attributes_to_get`.
///
/// # Errors
/// `InvalidParameterException` for a filter or token that cannot be used, and for attributes that the
/// users do not all have.
pub async fn list(
    cx: &Cx,
    pool_id: &PoolId,
    filter: Option<&str>,
    attributes_to_get: &[String],
    limit: Option<i32>,
    token: Option<&str>,
) -> Result<Page<UserType>, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    let search = Search::new(&pool, filter::parse(filter.unwrap_or_default())?)?;
    let list = format!("users/{}", filter.unwrap_or_default().trim());
    let pager = Pager::new(cx, &pool.keys, list, limit).refusing_with("Paging marker is invalid for request");
    let page = find(&mut cx.read().await?, &pool, &search, &pager, token).await?;
    let users: Vec<User> = page.items.into_iter().map(User::from_row).collect::<Result<_, _>>()?;
    check_attributes(&pool, &users, attributes_to_get)?;
    let items = users.iter().map(|user| shown(user, attributes_to_get)).collect();
    Ok(Page { items, next_token: page.next_token })
}

/// What to look for.
#[derive(Debug, PartialEq, Eq)]
enum Search {
    All,
    Nothing,
    Status(UserStatusType),
    Enabled(bool),
    /// User names, folded as the pool does: where case matters to names, it matters here.
    Username(Value),
    Sub(Value),
    Attribute(&'static str, Value),
}

#[derive(Debug, PartialEq, Eq)]
enum Value {
    Exact(String),
    Prefix(String),
}

impl Search {
    fn new(pool: &Pool, filter: Option<Filter>) -> Result<Self, Fault> {
        let Some(Filter { attribute, value, prefix }) = filter else { return Ok(Self::All) };
        let wanted = |value| if prefix { Value::Prefix(value) } else { Value::Exact(value) };
        let search = match attribute.as_str() {
            "username" => Self::Username(wanted(names::fold(pool, &value))),
            "sub" => Self::Sub(wanted(value.to_lowercase())),
            "status" => match one_of(&["Enabled", "Disabled"], &value, prefix) {
                Some(name) => Self::Enabled(name == "Enabled"),
                None => Self::without(&value, prefix),
            },
            "cognito:user_status" => match one_of(&STATUSES, &value.to_uppercase(), prefix) {
                Some(status) => Self::Status(status.into()),
                None => Self::without(&value, prefix),
            },
            name => match SEARCHABLE.into_iter().find(|s| *s == name) {
                Some(name) => Self::Attribute(name, wanted(record::searchable(&value))),
                None => {
                    return Err(Fault::invalid_parameter(format!("Invalid search attribute: {attribute}")));
                }
            },
        };
        // No stored text has it, and the databases do not take it.
        Ok(if value.contains('\0') { Self::Nothing } else { search })
    }

    /// What a filter finds whose value is no status: with an empty prefix all, else none.
    fn without(value: &str, prefix: bool) -> Self {
        if prefix && value.is_empty() { Self::All } else { Self::Nothing }
    }
}

/// The statuses that users have: no two begin with the same letter, so that a prefix means at most one.
const STATUSES: [&str; 5] =
    ["UNCONFIRMED", "CONFIRMED", "RESET_REQUIRED", "FORCE_CHANGE_PASSWORD", "EXTERNAL_PROVIDER"];

fn one_of(names: &[&'static str], value: &str, prefix: bool) -> Option<&'static str> {
    let means =
        |name: &&str| if prefix { !value.is_empty() && name.starts_with(value) } else { *name == value };
    names.iter().copied().find(means)
}

async fn find(
    tx: &mut Tx,
    pool: &Pool,
    search: &Search,
    pager: &Pager<'_>,
    token: Option<&str>,
) -> Result<Page<UserRow>, Fault> {
    match search {
        Search::All | Search::Status(_) | Search::Enabled(_) => {
            by_creation(tx, pool, search, pager, token).await
        }
        Search::Nothing => at_most_one(None, pager, token),
        Search::Username(Value::Exact(key)) => {
            at_most_one(table::find_by_username_key(tx, &pool.id, key).await?, pager, token)
        }
        Search::Sub(Value::Exact(sub)) => {
            at_most_one(table::get(tx, &pool.id, &sub.as_str().into()).await?, pager, token)
        }
        Search::Username(Value::Prefix(prefix)) => {
            let after: String = pager.after(token)?;
            let rows = table::list_by_username_prefix(tx, &pool.id, prefix, &after, pager.rows()).await?;
            pager.page(rows, |user| user.username_key.clone())
        }
        Search::Sub(Value::Prefix(prefix)) => {
            let after: Sub = pager.after(token)?;
            let rows = table::list_by_sub_prefix(tx, &pool.id, prefix, &after, pager.rows()).await?;
            pager.page(rows, |user| user.sub.clone())
        }
        Search::Attribute(name, value) => by_attribute(tx, pool, name, value, pager, token).await,
    }
}

/// The page of a search that has no second one; any token is refused.
fn at_most_one(
    user: Option<UserRow>,
    pager: &Pager<'_>,
    token: Option<&str>,
) -> Result<Page<UserRow>, Fault> {
    let _after: () = pager.after(token)?;
    pager.page(user.into_iter().collect(), |_| ())
}

async fn by_creation(
    tx: &mut Tx,
    pool: &Pool,
    search: &Search,
    pager: &Pager<'_>,
    token: Option<&str>,
) -> Result<Page<UserRow>, Fault> {
    let after: Option<(Timestamp, Sub)> = pager.after(token)?;
    let after =
        after.as_ref().map_or(After::START, |(created_at, sub)| After { created_at: *created_at, sub });
    let (id, rows) = (&pool.id, pager.rows());
    let users = match search {
        Search::Status(status) => table::list_by_status_after(tx, id, status.as_str(), after, rows).await?,
        Search::Enabled(enabled) => table::list_by_enabled_after(tx, id, *enabled, after, rows).await?,
        _ => table::list_after(tx, id, after, rows).await?,
    };
    pager.page(users, |user| (user.created_at, user.sub.clone()))
}

async fn by_attribute(
    tx: &mut Tx,
    pool: &Pool,
    name: &str,
    value: &Value,
    pager: &Pager<'_>,
    token: Option<&str>,
) -> Result<Page<UserRow>, Fault> {
    let after: Option<(String, Sub)> = pager.after(token)?;
    let after = after.as_ref().map(|(value, sub)| (value.as_str(), sub));
    let found = match value {
        Value::Exact(value) => {
            let after = after.map_or(Sub::START, |(_, sub)| sub);
            user_index::find_exact_after(tx, &pool.id, name, value, after, pager.rows()).await?
        }
        Value::Prefix(prefix) => {
            user_index::find_prefix_after(tx, &pool.id, name, prefix, after, pager.rows()).await?
        }
    };
    Ok(pager.page(found, |f| (f.value.clone(), f.user.sub.clone()))?.map(|f| f.user))
}

/// An attribute that is neither required nor searchable must have a value with every user found
/// (users-and-groups §14, documented).
fn check_attributes(pool: &Pool, users: &[User], names: &[String]) -> Result<(), Fault> {
    let usable = |name: &str| {
        let schema = &pool.schema;
        name == "sub"
            || schema.contains(name)
                && (schema.is_required(name)
                    || SEARCHABLE.contains(&name)
                    || users.iter().all(|user| user.attributes.contains_key(name)))
    };
    if names.iter().all(|name| usable(name)) {
        return Ok(());
    }
    Err(Fault::invalid_parameter("One or more requested attributes do not exist."))
}

fn shown(user: &User, names: &[String]) -> UserType {
    let mut shown = view::user_type(user);
    if let Some(attributes) = &mut shown.attributes
        && !names.is_empty()
    {
        attributes.retain(|attribute| names.contains(&attribute.name));
    }
    shown
}
