//! What signed-in users do with their own record (docs/cognito/users-and-groups.md §13).

mod attributes;
pub mod devices;
mod mfa;
pub mod passkeys;
mod password;
pub mod sessions;
mod verify;

pub use attributes::{delete_attributes, update_attributes};
pub use mfa::{Proof, associate_software_token, auth_factors, set_mfa_preference, verify_software_token};
pub use password::change_password;
pub use verify::{request_code, verify_attribute};

use poolhouse_kernel::Fault;
use poolhouse_store::tables::users as table;
use poolhouse_wire::user_pools::{GetUserResponse, MFAOptionType};

use crate::Cx;
use crate::directory::{self, Edit};
use crate::tokens::access::{Authorized, authorize};
use crate::users::{self, view};

/// The user's record, as far as the client may read it; `sub` always (users-and-groups §8, recorded).
///
/// # Errors
/// Those of the access token.
pub async fn get(cx: &Cx, access_token: &str) -> Result<GetUserResponse, Fault> {
    let Authorized { client, user, .. } = authorize(cx, access_token).await?;
    let readable = view::attribute_list(&user).into_iter().filter(|a| client.may_read(&a.name));
    Ok(GetUserResponse {
        username: Some(user.row.username.as_str().into()),
        user_attributes: Some(readable.collect()),
        preferred_mfa_setting: user.mfa.preferred_setting(),
        user_mfa_setting_list: user.mfa.setting_list(),
        mfa_options: (!user.mfa.options.is_empty()).then_some(user.mfa.options),
    })
}

/// Deletes the user with all that belongs to it: memberships, aliases, codes, sessions.
///
/// # Errors
/// Those of the access token.
pub async fn delete(cx: &Cx, access_token: &str) -> Result<(), Fault> {
    let Authorized { pool, user, .. } = authorize(cx, access_token).await?;
    let Edit { mut tx, user } = directory::edit_again(cx, &pool, &user).await?;
    table::delete(&mut tx, &pool.id, &user.row.sub).await?;
    Ok(tx.commit().await?)
}

/// Sets the user's SMS factor the old way; an empty list turns it off (users-and-groups §13, documented).
///
/// # Errors
/// Those of the access token; `InvalidParameterException`.
pub async fn set_settings(cx: &Cx, access_token: &str, options: Vec<MFAOptionType>) -> Result<(), Fault> {
    let Authorized { pool, user, .. } = authorize(cx, access_token).await?;
    let mut edit = directory::edit_again(cx, &pool, &user).await?;
    users::mfa::set_options(&mut edit.user, options)?;
    edit.commit(cx).await.map(drop)
}
