//! Identities: how callers get theirs, and how administrators see them (identity-pools-and-iam §2, §4).

use poolhouse_core::Cx;
use poolhouse_kernel::Fault;
use poolhouse_kernel::paging::{Page, Pager};
use poolhouse_ports::{IdentityId, IdentityPoolId, Timestamp};
use poolhouse_store::Tx;
use poolhouse_store::tables::identities::{self as table, Identity};
use poolhouse_store::tables::identity_logins::{self as rows, IdentityLogin};

use crate::admission::{self, Asked};
use crate::changes::Thing;
use crate::logins::{self, Given, Kind, Login};
use crate::record::{self, Pool};
use crate::{faults, pools, rules};

/// An identity as administrators see it.
#[derive(Debug)]
pub struct Described {
    /// Its id.
    pub id: IdentityId,
    /// The providers of its logins.
    pub providers: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When a login was last linked to it or taken from it.
    pub modified_at: Timestamp,
}

/// The identity of whoever shows these logins; a new guest where there are none.
///
/// # Errors
/// `ResourceNotFoundException`, `NotAuthorizedException`, `InvalidParameterException`, `ResourceConflictException`.
pub async fn id(
    cx: &Cx,
    pool_id: &IdentityPoolId,
    account: Option<&str>,
    given: &Given,
) -> Result<IdentityId, Fault> {
    if account.is_some_and(|account| account != cx.settings().account_id) {
        return Err(faults::pool_not_found(pool_id));
    }
    let pool = record::get(&mut cx.read().await?, pool_id).await?;
    let logins = logins::verified(cx, &pool, given).await?;
    Ok(admission::admit(cx, &pool, None, &logins).await?.id)
}

/// An identity and its pool.
///
/// # Errors
/// `ResourceNotFoundException`.
pub(crate) async fn with_pool(cx: &Cx, id: &IdentityId) -> Result<Pool, Fault> {
    let mut tx = cx.read().await?;
    let identity = get(&mut tx, id).await?;
    record::get(&mut tx, &identity.pool_id).await
}

/// The identity that a caller asks for and proves to be, with the logins that prove it.
///
/// # Errors
/// As [`id`].
pub(crate) async fn proven(
    cx: &Cx,
    pool: &Pool,
    id: &IdentityId,
    given: &Given,
) -> Result<(Identity, Vec<Login>), Fault> {
    let logins = logins::verified(cx, pool, given).await?;
    let asked = Asked { id, by_developer: false };
    Ok((admission::admit(cx, pool, Some(asked), &logins).await?, logins))
}

/// An identity as administrators see it.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn describe(cx: &Cx, id: &IdentityId) -> Result<Described, Fault> {
    let mut tx = cx.read().await?;
    let identity = get(&mut tx, id).await?;
    shown(&mut tx, identity).await
}

/// A page of the identities of a pool, by id.
///
/// # Errors
/// `ResourceNotFoundException`, `InvalidParameterException`.
pub async fn list(
    cx: &Cx,
    pool_id: &IdentityPoolId,
    only_enabled: bool,
    limit: i32,
    next_token: Option<&str>,
) -> Result<Page<Described>, Fault> {
    let keys = cx.engine().sealing().installation_keys();
    let pager = Pager::new(cx, keys, format!("identities/{pool_id}/{only_enabled}"), Some(limit));
    let after: IdentityId = pager.after(next_token)?;
    let mut tx = cx.read().await?;
    record::get(&mut tx, pool_id).await?;
    let rows = table::list_after(&mut tx, pool_id, &after, only_enabled, pager.rows()).await?;
    let page = pager.page(rows, |row| row.id.clone())?;
    let mut items = Vec::with_capacity(page.items.len());
    for identity in page.items {
        items.push(shown(&mut tx, identity).await?);
    }
    Ok(Page { items, next_token: page.next_token })
}

/// Deletes identities; those that there are not are none of the trouble.
///
/// # Errors
/// When the database cannot be written.
pub async fn delete(cx: &Cx, ids: &[IdentityId]) -> Result<(), Fault> {
    let mut tx = cx.write().await?;
    for id in ids {
        table::delete(&mut tx, id).await?;
    }
    Ok(tx.commit().await?)
}

/// The ARNs of the pools of identities, each once.
///
/// # Errors
/// When the database cannot be read.
pub async fn pool_arns(cx: &Cx, ids: &[IdentityId]) -> Result<Vec<String>, Fault> {
    let mut tx = cx.read().await?;
    let mut arns = Vec::new();
    for id in ids {
        let Some(identity) = table::get(&mut tx, id).await? else { continue };
        let arn = pools::arn(cx, &identity.pool_id);
        if !arns.contains(&arn) {
            arns.push(arn);
        }
    }
    Ok(arns)
}

/// Takes logins from an identity, for a caller who shows one that it has. They are new identities when they are next seen;
/// an identity without any cannot be reached any more.
///
/// # Errors
/// `ResourceNotFoundException`, `NotAuthorizedException`, `InvalidParameterException`.
pub async fn unlink(cx: &Cx, id: &IdentityId, given: &Given, names: &[String]) -> Result<(), Fault> {
    let pool = with_pool(cx, id).await?;
    let logins = logins::verified(cx, &pool, given).await?;
    cx.take_turn(Thing::Identity(id)).await?;
    let mut tx = cx.write().await?;
    let identity = get(&mut tx, id).await?;
    let held = admission::held(&mut tx, id).await?;
    if !held.iter().any(|row| logins.iter().any(|login| login.is(row))) {
        return Err(if logins.is_empty() { faults::forbidden(id) } else { faults::logins_do_not_match() });
    }
    for name in names {
        let is_named =
            |row: &&IdentityLogin| row.kind == Kind::Public.as_str() && rules::is_called(&row.provider, name);
        let row = held.iter().find(is_named);
        let row = row.ok_or_else(|| Fault::not_found(format!("The identity has no login of {name}.")))?;
        rows::delete(&mut tx, row).await?;
    }
    table::update(&mut tx, &Identity { modified_at: cx.now, ..identity }).await?;
    Ok(tx.commit().await?)
}

async fn get(tx: &mut Tx, id: &IdentityId) -> Result<Identity, Fault> {
    table::get(tx, id).await?.ok_or_else(|| faults::identity_not_found(id))
}

/// What a login is called where identities are shown.
fn shown_login(row: &IdentityLogin) -> String {
    let is_public = row.kind == Kind::Public.as_str();
    if is_public { rules::login_name(&row.provider) } else { &row.provider }.to_owned()
}

async fn shown(tx: &mut Tx, identity: Identity) -> Result<Described, Fault> {
    let mut providers: Vec<String> =
        admission::held(tx, &identity.id).await?.iter().map(shown_login).collect();
    providers.dedup();
    Ok(Described {
        id: identity.id,
        providers,
        created_at: identity.created_at,
        modified_at: identity.modified_at,
    })
}
