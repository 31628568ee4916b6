//! User pools.

use poolhouse_core::{Cx, pools};
use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{
    AddCustomAttributesRequest, AddCustomAttributesResponse, CreateUserPoolRequest, CreateUserPoolResponse,
    DeleteUserPoolRequest, DescribeUserPoolRequest, DescribeUserPoolResponse, GetSigningCertificateRequest,
    GetSigningCertificateResponse, GetUserPoolMfaConfigRequest, GetUserPoolMfaConfigResponse,
    ListUserPoolsRequest, ListUserPoolsResponse, SetUserPoolMfaConfigRequest, SetUserPoolMfaConfigResponse,
    UpdateUserPoolRequest, UpdateUserPoolResponse,
};

pub(crate) async fn create_user_pool(
    cx: &Cx,
    input: CreateUserPoolRequest,
) -> Result<CreateUserPoolResponse, Fault> {
    Ok(CreateUserPoolResponse { user_pool: Some(pools::create(cx, input).await?) })
}

pub(crate) async fn describe_user_pool(
    cx: &Cx,
    input: DescribeUserPoolRequest,
) -> Result<DescribeUserPoolResponse, Fault> {
    Ok(DescribeUserPoolResponse { user_pool: Some(pools::describe(cx, &input.user_pool_id).await?) })
}

pub(crate) async fn update_user_pool(
    cx: &Cx,
    input: UpdateUserPoolRequest,
) -> Result<UpdateUserPoolResponse, Fault> {
    pools::update(cx, input).await?;
    Ok(UpdateUserPoolResponse {})
}

pub(crate) async fn delete_user_pool(cx: &Cx, input: DeleteUserPoolRequest) -> Result<(), Fault> {
    pools::delete(cx, &input.user_pool_id).await
}

pub(crate) async fn list_user_pools(
    cx: &Cx,
    input: ListUserPoolsRequest,
) -> Result<ListUserPoolsResponse, Fault> {
    let page = pools::list(cx, input.max_results, input.next_token.as_deref()).await?;
    Ok(ListUserPoolsResponse { user_pools: Some(page.items), next_token: page.next_token })
}

pub(crate) async fn add_custom_attributes(
    cx: &Cx,
    input: AddCustomAttributesRequest,
) -> Result<AddCustomAttributesResponse, Fault> {
    pools::add_custom_attributes(cx, &input.user_pool_id, input.custom_attributes).await?;
    Ok(AddCustomAttributesResponse {})
}

pub(crate) async fn get_signing_certificate(
    cx: &Cx,
    input: GetSigningCertificateRequest,
) -> Result<GetSigningCertificateResponse, Fault> {
    let certificate = pools::signing_certificate(cx, &input.user_pool_id).await?;
    Ok(GetSigningCertificateResponse { certificate: Some(certificate) })
}

pub(crate) async fn get_user_pool_mfa_config(
    cx: &Cx,
    input: GetUserPoolMfaConfigRequest,
) -> Result<GetUserPoolMfaConfigResponse, Fault> {
    let config = pools::mfa_config(cx, &input.user_pool_id).await?;
    Ok(GetUserPoolMfaConfigResponse {
        sms_mfa_configuration: config.sms,
        software_token_mfa_configuration: config.software_token,
        email_mfa_configuration: config.email,
        mfa_configuration: config.mode,
        web_authn_configuration: config.web_authn,
    })
}

pub(crate) async fn set_user_pool_mfa_config(
    cx: &Cx,
    input: SetUserPoolMfaConfigRequest,
) -> Result<SetUserPoolMfaConfigResponse, Fault> {
    let config = pools::set_mfa_config(cx, input).await?;
    Ok(SetUserPoolMfaConfigResponse {
        sms_mfa_configuration: config.sms,
        software_token_mfa_configuration: config.software_token,
        email_mfa_configuration: config.email,
        mfa_configuration: config.mode,
        web_authn_configuration: config.web_authn,
    })
}
