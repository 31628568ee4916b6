//! Operations of administrators on users.

use poolhouse_core::Cx;
use poolhouse_core::users::create::{self, Invitation};
use poolhouse_core::users::{UserDetails, admin, list};
use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{
    AdminConfirmSignUpRequest, AdminConfirmSignUpResponse, AdminCreateUserRequest, AdminCreateUserResponse,
    AdminDeleteUserAttributesRequest, AdminDeleteUserAttributesResponse, AdminDeleteUserRequest,
    AdminDisableUserRequest, AdminDisableUserResponse, AdminEnableUserRequest, AdminEnableUserResponse,
    AdminGetUserRequest, AdminGetUserResponse, AdminSetUserPasswordRequest, AdminSetUserPasswordResponse,
    AdminSetUserSettingsRequest, AdminSetUserSettingsResponse, AdminUpdateUserAttributesRequest,
    AdminUpdateUserAttributesResponse, AdminUserGlobalSignOutRequest, AdminUserGlobalSignOutResponse,
    ListUsersRequest, ListUsersResponse,
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
    let UserDetails { user, preferred_factor, activated_factors } =
        admin::get(cx, &input.user_pool_id, &input.username).await?;
    Ok(AdminGetUserResponse {
        username: user.username,
        user_attributes: user.attributes,
        user_create_date: user.user_create_date,
        user_last_modified_date: user.user_last_modified_date,
        enabled: user.enabled,
        user_status: user.user_status,
        mfa_options: user.mfa_options,
        preferred_mfa_setting: preferred_factor,
        user_mfa_setting_list: activated_factors,
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

pub(crate) async fn admin_confirm_sign_up(
    cx: &Cx,
    input: AdminConfirmSignUpRequest,
) -> Result<AdminConfirmSignUpResponse, Fault> {
    admin::confirm_sign_up(cx, &input.user_pool_id, &input.username).await?;
    Ok(AdminConfirmSignUpResponse {})
}

pub(crate) async fn admin_delete_user_attributes(
    cx: &Cx,
    input: AdminDeleteUserAttributesRequest,
) -> Result<AdminDeleteUserAttributesResponse, Fault> {
    admin::delete_attributes(cx, &input.user_pool_id, &input.username, &input.user_attribute_names).await?;
    Ok(AdminDeleteUserAttributesResponse {})
}

pub(crate) async fn admin_disable_user(
    cx: &Cx,
    input: AdminDisableUserRequest,
) -> Result<AdminDisableUserResponse, Fault> {
    admin::disable(cx, &input.user_pool_id, &input.username).await?;
    Ok(AdminDisableUserResponse {})
}

pub(crate) async fn admin_enable_user(
    cx: &Cx,
    input: AdminEnableUserRequest,
) -> Result<AdminEnableUserResponse, Fault> {
    admin::enable(cx, &input.user_pool_id, &input.username).await?;
    Ok(AdminEnableUserResponse {})
}

pub(crate) async fn admin_set_user_settings(
    cx: &Cx,
    input: AdminSetUserSettingsRequest,
) -> Result<AdminSetUserSettingsResponse, Fault> {
    admin::set_settings(cx, &input.user_pool_id, &input.username, input.mfa_options).await?;
    Ok(AdminSetUserSettingsResponse {})
}

pub(crate) async fn admin_update_user_attributes(
    cx: &Cx,
    input: AdminUpdateUserAttributesRequest,
) -> Result<AdminUpdateUserAttributesResponse, Fault> {
    admin::update_attributes(cx, &input.user_pool_id, &input.username, input.user_attributes).await?;
    Ok(AdminUpdateUserAttributesResponse {})
}

pub(crate) async fn admin_user_global_sign_out(
    cx: &Cx,
    input: AdminUserGlobalSignOutRequest,
) -> Result<AdminUserGlobalSignOutResponse, Fault> {
    admin::sign_out(cx, &input.user_pool_id, &input.username).await?;
    Ok(AdminUserGlobalSignOutResponse {})
}

pub(crate) async fn list_users(cx: &Cx, input: ListUsersRequest) -> Result<ListUsersResponse, Fault> {
    let page = list::list(
        cx,
        &input.user_pool_id,
        input.filter.as_deref(),
        input.attributes_to_get.as_deref().unwrap_or_default(),
        input.limit,
        input.pagination_token.as_deref(),
    )
    .await?;
    Ok(ListUsersResponse { users: Some(page.items), pagination_token: page.next_token })
}
