//! What signed-in users do with their own record.

use poolhouse_core::profile::Owner;
use poolhouse_core::users::UserDetails;
use poolhouse_core::{Cx, profile};
use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{
    ChangePasswordRequest, ChangePasswordResponse, DeleteUserAttributesRequest, DeleteUserAttributesResponse,
    DeleteUserRequest, GetUserAttributeVerificationCodeRequest, GetUserAttributeVerificationCodeResponse,
    GetUserRequest, GetUserResponse, SetUserSettingsRequest, SetUserSettingsResponse,
    UpdateUserAttributesRequest, UpdateUserAttributesResponse, VerifyUserAttributeRequest,
    VerifyUserAttributeResponse,
};

pub(crate) async fn get_user(cx: &Cx, input: GetUserRequest) -> Result<GetUserResponse, Fault> {
    let UserDetails { user, preferred_factor, activated_factors } =
        profile::get(cx, Owner::Token(&input.access_token)).await?;
    Ok(GetUserResponse {
        username: user.username,
        user_attributes: user.attributes,
        preferred_mfa_setting: preferred_factor,
        user_mfa_setting_list: activated_factors,
        mfa_options: user.mfa_options,
    })
}

pub(crate) async fn update_user_attributes(
    cx: &Cx,
    input: UpdateUserAttributesRequest,
) -> Result<UpdateUserAttributesResponse, Fault> {
    let sent =
        profile::update_attributes(cx, Owner::Token(&input.access_token), input.user_attributes).await?;
    // users-and-groups §13, recorded: no code, no member
    Ok(UpdateUserAttributesResponse { code_delivery_details_list: (!sent.is_empty()).then_some(sent) })
}

pub(crate) async fn delete_user_attributes(
    cx: &Cx,
    input: DeleteUserAttributesRequest,
) -> Result<DeleteUserAttributesResponse, Fault> {
    profile::delete_attributes(cx, Owner::Token(&input.access_token), &input.user_attribute_names).await?;
    Ok(DeleteUserAttributesResponse::default())
}

pub(crate) async fn delete_user(cx: &Cx, input: DeleteUserRequest) -> Result<(), Fault> {
    profile::delete(cx, Owner::Token(&input.access_token)).await
}

pub(crate) async fn change_password(
    cx: &Cx,
    input: ChangePasswordRequest,
) -> Result<ChangePasswordResponse, Fault> {
    let previous = input.previous_password.as_deref();
    profile::change_password(cx, Owner::Token(&input.access_token), previous, &input.proposed_password)
        .await?;
    Ok(ChangePasswordResponse::default())
}

pub(crate) async fn get_user_attribute_verification_code(
    cx: &Cx,
    input: GetUserAttributeVerificationCodeRequest,
) -> Result<GetUserAttributeVerificationCodeResponse, Fault> {
    let delivery =
        profile::request_code(cx, Owner::Token(&input.access_token), &input.attribute_name).await?;
    Ok(GetUserAttributeVerificationCodeResponse { code_delivery_details: Some(delivery) })
}

pub(crate) async fn verify_user_attribute(
    cx: &Cx,
    input: VerifyUserAttributeRequest,
) -> Result<VerifyUserAttributeResponse, Fault> {
    profile::verify_attribute(cx, Owner::Token(&input.access_token), &input.attribute_name, &input.code)
        .await?;
    Ok(VerifyUserAttributeResponse::default())
}

pub(crate) async fn set_user_settings(
    cx: &Cx,
    input: SetUserSettingsRequest,
) -> Result<SetUserSettingsResponse, Fault> {
    profile::set_settings(cx, Owner::Token(&input.access_token), input.mfa_options).await?;
    Ok(SetUserSettingsResponse::default())
}
