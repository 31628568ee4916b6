//! Operations of administrators on users.

use poolhouse_core::users::create::Invitation;
use poolhouse_core::users::{admin, create};
use poolhouse_core::{Cx, Fault};
use poolhouse_wire::types::{
    AdminCreateUserRequest, AdminCreateUserResponse, AdminDeleteUserRequest, AdminGetUserRequest,
    AdminGetUserResponse, AdminSetUserPasswordRequest, AdminSetUserPasswordResponse,
};

pub(crate) async fn admin_create_user(
    cx: &Cx,
    input: AdminCreateUserRequest,
) -> Result<AdminCreateUserResponse, Fault> {
    let wanted = Invitation {
        username: &input.username,
        attributes: input.user_attributes.unwrap_or_default(),
        temporary_password: input.temporary_password.as_deref(),
        force_alias: input.force_alias_creation == Some(true),
        action: input.message_action,
        media: input.desired_delivery_mediums.as_deref(),
    };
    let user = create::create(cx, &input.user_pool_id, wanted).await?;
    Ok(AdminCreateUserResponse { user: Some(user) })
}

pub(crate) async fn admin_get_user(
    cx: &Cx,
    input: AdminGetUserRequest,
) -> Result<AdminGetUserResponse, Fault> {
    let user = admin::get(cx, &input.user_pool_id, &input.username).await?;
    Ok(AdminGetUserResponse {
        username: user.username,
        user_attributes: user.attributes,
        user_create_date: user.user_create_date,
        user_last_modified_date: user.user_last_modified_date,
        enabled: user.enabled,
        user_status: user.user_status,
        mfa_options: user.mfa_options,
        ..AdminGetUserResponse::default()
    })
}

pub(crate) async fn admin_delete_user(cx: &Cx, input: AdminDeleteUserRequest) -> Result<(), Fault> {
    admin::delete(cx, &input.user_pool_id, &input.username).await
}

pub(crate) async fn admin_set_user_password(
    cx: &Cx,
    input: AdminSetUserPasswordRequest,
) -> Result<AdminSetUserPasswordResponse, Fault> {
    let permanent = input.permanent == Some(true);
    admin::set_password(cx, &input.user_pool_id, &input.username, &input.password, permanent).await?;
    Ok(AdminSetUserPasswordResponse {})
}
