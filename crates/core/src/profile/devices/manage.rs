//! The devices of a user, as the user and administrators deal with them
//! (docs/cognito/authentication.md §12.5).

use std::sync::Arc;

use poolhouse_kernel::Fault;
use poolhouse_kernel::paging::{Page, Pager};
use poolhouse_ports::PoolId;
use poolhouse_store::tables::{Insert, devices as table, spent};
use poolhouse_wire::user_pools::{DeviceRememberedStatusType, DeviceType};

use super::view::{self, Viewer};
use crate::clients::lifetime;
use crate::devices::{asks_user, forgotten, not_found, tracking};
use crate::model::{Pool, User};
use crate::tokens::access::{Authorized, Owner, authorize};
use crate::turns::Thing;
use crate::{Cx, directory, pools};

/// Whose devices are meant, by whom.
#[derive(Clone, Copy, Debug)]
pub enum Whose<'a> {
    /// Those of who asks.
    Own(Owner<'a>),
    /// Those of a user whom an administrator names.
    User {
        /// The user's pool.
        pool_id: &'a PoolId,
        /// The user's name, an alias or `sub`.
        username: &'a str,
    },
}

impl Whose<'_> {
    async fn find(self, cx: &Cx) -> Result<(Arc<Pool>, User), Fault> {
        match self {
            Self::Own(owner) => {
                let Authorized { pool, user, .. } = authorize(cx, owner).await?;
                Ok((pool, user))
            }
            Self::User { pool_id, username } => {
                let pool = pools::get(cx, pool_id).await?;
                let user = directory::get(&mut cx.read().await?, &pool, username).await?;
                Ok((pool, user))
            }
        }
    }

    fn viewer(self) -> Viewer {
        match self {
            Self::Own(_) => Viewer::Owner,
            Self::User { .. } => Viewer::Administrator,
        }
    }
}

/// One device.
///
/// # Errors
/// Those of the owner, or `UserNotFoundException`; `ResourceNotFoundException`.
pub async fn get(cx: &Cx, whose: Whose<'_>, device_key: &str) -> Result<DeviceType, Fault> {
    let (pool, user) = whose.find(cx).await?;
    let row = table::get(&mut cx.read().await?, &pool.id, &user.row.sub, device_key).await?;
    row.map(|row| view::device(cx, &user, row, whose.viewer())).ok_or_else(not_found)
}

/// One page of the devices, by key. Where users are asked, only those that they want remembered
/// (authentication §12.5, observed).
///
/// # Errors
/// Those of the owner, or `UserNotFoundException`; `InvalidParameterException` for a bad pagination
/// token.
pub async fn list(
    cx: &Cx,
    whose: Whose<'_>,
    limit: Option<i32>,
    token: Option<&str>,
) -> Result<Page<DeviceType>, Fault> {
    let (pool, user) = whose.find(cx).await?;
    let (sub, remembered) = (&user.row.sub, tracking(&pool).is_some_and(asks_user));
    let pager = Pager::new(cx, &pool.keys, format!("devices of user/{sub}"), limit);
    let after: String = pager.after(token)?;
    let mut tx = cx.read().await?;
    let rows = table::list_after(&mut tx, &pool.id, sub, remembered, &after, pager.rows()).await?;
    let page = pager.page(rows, |row| row.device_key.clone())?;
    Ok(page.map(|row| view::device(cx, &user, row, whose.viewer())))
}

/// Remembers a device, or no longer does. Without a status nothing changes (authentication §12.5, inferred).
///
/// # Errors
/// Those of the owner, or `UserNotFoundException`; `ResourceNotFoundException`.
pub async fn remember(
    cx: &Cx,
    whose: Whose<'_>,
    device_key: &str,
    status: Option<DeviceRememberedStatusType>,
) -> Result<(), Fault> {
    let (pool, user) = whose.find(cx).await?;
    let sub = &user.row.sub;
    let Some(status) = status else {
        let device = table::get(&mut cx.read().await?, &pool.id, sub, device_key).await?;
        return device.map(drop).ok_or_else(not_found);
    };
    let remembered = status == DeviceRememberedStatusType::Remembered;
    cx.take_turn(Thing::user(&user)).await?;
    let mut tx = cx.write().await?;
    if !table::set_remembered(&mut tx, &pool.id, sub, device_key, remembered, cx.now).await? {
        return Err(not_found());
    }
    Ok(tx.commit().await?)
}

/// Forgets a device for good: refresh tokens that were issued with it stop working, and its key cannot be
/// confirmed again (authentication §12.5, inferred).
///
/// # Errors
/// Those of the owner, or `UserNotFoundException`; `ResourceNotFoundException`.
pub async fn forget(cx: &Cx, whose: Whose<'_>, device_key: &str) -> Result<(), Fault> {
    let (pool, user) = whose.find(cx).await?;
    cx.take_turn(Thing::user(&user)).await?;
    let mut tx = cx.write().await?;
    if !table::delete(&mut tx, &pool.id, &user.row.sub, device_key).await? {
        return Err(not_found());
    }
    let last_token = cx.now.plus_seconds(lifetime::LONGEST_REFRESH);
    match spent::insert(&mut tx, &pool.id, &forgotten(device_key), last_token).await? {
        Insert::Inserted => Ok(tx.commit().await?),
        Insert::Exists => Err(Fault::internal("a forgotten device was there once more")),
    }
}
