//! Access keys of users (identity-pools-and-iam §10.4). Secrets are sealed, and shown once.

use poolhouse_kernel::paging::Page;
use poolhouse_kernel::{Cx, Fault};
use poolhouse_store::Tx;
use poolhouse_store::tables::Insert;
use poolhouse_store::tables::access_keys::{self as table, AccessKey as Row};
use poolhouse_store::tables::entities::{self as entity_table, Entity};
use poolhouse_wire::iam::{AccessKey, AccessKeyLastUsed, AccessKeyMetadata, StatusType};

use crate::change::begin;
use crate::keys::{new_pair, place};
use crate::lists::{Asked, List};
use crate::quotas::KEYS_PER_USER;
use crate::{faults, users};

/// Makes an access key of a user, or of the user who asks.
///
/// # Errors
/// `NoSuchEntity`, `LimitExceeded`, `ValidationError`.
pub async fn create<S>(cx: &Cx<S>, user: Option<&str>) -> Result<AccessKey, Fault> {
    let pair = new_pair(cx.entropy());
    let keys = cx.engine().sealing().installation_keys();
    let secret = keys.seal(&place(&pair.access_key_id), pair.secret_access_key.as_bytes());
    let mut tx = begin(cx).await?;
    let user = users::named_or_caller(cx, &mut tx, user).await?;
    let row = Row {
        access_key_id: pair.access_key_id.clone(),
        user_id: user.id.clone(),
        secret,
        active: true,
        created_at: cx.now,
    };
    if table::insert(&mut tx, &row).await? == Insert::Exists {
        return Err(Fault::internal("an access key of this id was drawn before"));
    }
    let made = table::list_after(&mut tx, &user.id, "", KEYS_PER_USER + 1).await?.len();
    if u32::try_from(made).is_ok_and(|made| made > KEYS_PER_USER) {
        return Err(faults::quota("AccessKeysPerUser", KEYS_PER_USER));
    }
    tx.commit().await?;
    Ok(AccessKey {
        user_name: user.name,
        access_key_id: pair.access_key_id,
        status: StatusType::Active,
        secret_access_key: pair.secret_access_key.into(),
        create_date: Some(cx.now),
    })
}

/// Says whether an access key may sign. Where it may not, its requests are refused from the next one on.
///
/// # Errors
/// `NoSuchEntity`, `ValidationError`.
pub async fn update<S>(
    cx: &Cx<S>,
    user: Option<&str>,
    access_key_id: &str,
    status: &StatusType,
) -> Result<(), Fault> {
    let active = match status {
        StatusType::Active => true,
        StatusType::Inactive => false,
        StatusType::Expired | StatusType::Other(_) => {
            return Err(faults::validation(format!("The status {status} cannot be set.")));
        }
    };
    let mut tx = begin(cx).await?;
    let row = get(cx, &mut tx, user, access_key_id).await?;
    table::update(&mut tx, &row.access_key_id, active).await?;
    Ok(tx.commit().await?)
}

/// Deletes an access key.
///
/// # Errors
/// `NoSuchEntity`, `ValidationError`.
pub async fn delete<S>(cx: &Cx<S>, user: Option<&str>, access_key_id: &str) -> Result<(), Fault> {
    let mut tx = begin(cx).await?;
    let row = get(cx, &mut tx, user, access_key_id).await?;
    table::delete(&mut tx, &row.access_key_id).await?;
    Ok(tx.commit().await?)
}

/// One page of the access keys of a user, or of the user who asks.
///
/// # Errors
/// `NoSuchEntity`, `ValidationError`.
pub async fn list<S>(
    cx: &Cx<S>,
    user: Option<&str>,
    asked: Asked<'_>,
) -> Result<Page<AccessKeyMetadata>, Fault> {
    let mut tx = cx.read().await?;
    let user = users::named_or_caller(cx, &mut tx, user).await?;
    let keys = cx.engine().sealing().installation_keys();
    let list = List::new(cx, keys, &format!("keys of {}", user.id), asked);
    let after: String = list.after()?;
    let rows = table::list_after(&mut tx, &user.id, &after, list.rows()).await?;
    Ok(list.page(rows, |row| row.access_key_id.clone())?.map(|row| shown(&user, row)))
}

/// Whose an access key is. When it was last used is not noted: a request that reads writes nothing; AWS answers so of keys
/// that were never used.
///
/// # Errors
/// `NoSuchEntity`.
pub async fn last_used<S>(cx: &Cx<S>, access_key_id: &str) -> Result<(String, AccessKeyLastUsed), Fault> {
    let mut tx = cx.read().await?;
    let row = table::get(&mut tx, access_key_id).await?.ok_or_else(|| faults::no_such_key(access_key_id))?;
    let user = entity_table::get(&mut tx, &row.user_id).await?;
    let user = user.ok_or_else(|| faults::no_such_key(access_key_id))?;
    let never = || "N/A".to_owned();
    Ok((user.name, AccessKeyLastUsed { last_used_date: None, service_name: never(), region: never() }))
}

/// A key of the user who is named, or who asks.
async fn get<S>(cx: &Cx<S>, tx: &mut Tx, user: Option<&str>, access_key_id: &str) -> Result<Row, Fault> {
    let user = users::named_or_caller(cx, tx, user).await?;
    let found = table::get(tx, access_key_id).await?.filter(|row| row.user_id == user.id);
    found.ok_or_else(|| faults::no_such_key(access_key_id))
}

fn shown(user: &Entity, row: Row) -> AccessKeyMetadata {
    AccessKeyMetadata {
        user_name: Some(user.name.clone()),
        access_key_id: Some(row.access_key_id),
        status: Some(if row.active { StatusType::Active } else { StatusType::Inactive }),
        create_date: Some(row.created_at),
    }
}
