//! What signed-in users do with their own record (docs/cognito/users-and-groups.md §13).

mod attributes;
pub mod devices;
mod mfa;
mod overview;
pub mod passkeys;
mod password;
pub mod sessions;
mod verify;

pub use attributes::{delete_attributes, update_attributes};
pub use mfa::{Proof, associate_software_token, auth_factors, set_mfa_preference, verify_software_token};
pub use overview::{Overview, OwnAttribute, OwnFactor, overview};
pub use password::change_password;
pub use verify::{request_code, verify_attribute};

pub use crate::tokens::access::Owner;

use poolhouse_kernel::Fault;
use poolhouse_store::tables::users as table;
use poolhouse_wire::user_pools::MFAOptionType;

use crate::Cx;
use crate::directory::{self, Edit};
use crate::tokens::access::{Authorized, authorize};
use crate::users::{self, UserDetails, view};

/// The user's record, as far as the client may read it; `sub` always (users-and-groups §8, recorded).
///
/// # Errors
/// Those of the owner.
pub async fn get(cx: &Cx, owner: Owner<'_>) -> Result<UserDetails, Fault> {
    let Authorized { client, user, .. } = authorize(cx, owner).await?;
    let mut details = view::details(&user);
    details.user.attributes.get_or_insert_default().retain(|attribute| client.may_read(&attribute.name));
    Ok(details)
}

/// Deletes the user with all that belongs to it: memberships, aliases, codes, sessions.
///
/// # Errors
/// Those of the owner.
pub async fn delete(cx: &Cx, owner: Owner<'_>) -> Result<(), Fault> {
    let Authorized { pool, user, .. } = authorize(cx, owner).await?;
    pool.check_users_may_change(cx.now)?;
    let Edit { mut tx, user } = directory::edit_again(cx, &pool, &user).await?;
    table::delete(&mut tx, &pool.id, &user.row.sub).await?;
    Ok(tx.commit().await?)
}

/// Sets the user's SMS factor the old way; an empty list turns it off (users-and-groups §13, documented).
///
/// # Errors
/// Those of the owner; `InvalidParameterException`.
pub async fn set_settings(cx: &Cx, owner: Owner<'_>, options: Vec<MFAOptionType>) -> Result<(), Fault> {
    let Authorized { pool, user, .. } = authorize(cx, owner).await?;
    pool.check_users_may_change(cx.now)?;
    let mut edit = directory::edit_again(cx, &pool, &user).await?;
    users::mfa::set_options(&mut edit.user, options)?;
    edit.commit(cx).await.map(drop)
}
