//! User pools.

use poolhouse_core::Cx;
use poolhouse_core::pools::{self, Basis, MfaConfig, NewPool, Settings};
use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{
    AddCustomAttributesRequest, AddCustomAttributesResponse, CreateUserPoolRequest, CreateUserPoolResponse,
    DeleteUserPoolRequest, DescribeUserPoolRequest, DescribeUserPoolResponse, GetSigningCertificateRequest,
    GetSigningCertificateResponse, GetUserPoolMfaConfigRequest, GetUserPoolMfaConfigResponse,
    ListUserPoolsRequest, ListUserPoolsResponse, SetUserPoolMfaConfigRequest, SetUserPoolMfaConfigResponse,
    UpdateUserPoolRequest, UpdateUserPoolResponse,
};

/// What a request to make or change a pool says of what can be changed.
macro_rules! settings {
    ($input:expr) => {
        Settings {
            policies: $input.policies,
            deletion_protection: $input.deletion_protection,
            lambda_config: $input.lambda_config,
            auto_verified_attributes: $input.auto_verified_attributes,
            sms_verification_message: $input.sms_verification_message,
            email_verification_message: $input.email_verification_message,
            email_verification_subject: $input.email_verification_subject,
            verification_message_template: $input.verification_message_template,
            sms_authentication_message: $input.sms_authentication_message,
            user_attribute_update_settings: $input.user_attribute_update_settings,
            mfa_configuration: $input.mfa_configuration,
            device_configuration: $input.device_configuration,
            email_configuration: $input.email_configuration,
            sms_configuration: $input.sms_configuration,
            user_pool_tags: $input.user_pool_tags,
            admin_create_user_config: $input.admin_create_user_config,
            user_pool_add_ons: $input.user_pool_add_ons,
            dcr_configuration: $input.dcr_configuration,
            account_recovery_setting: $input.account_recovery_setting,
            user_pool_tier: $input.user_pool_tier,
            key_configuration: $input.key_configuration,
            issuer_configuration: $input.issuer_configuration,
            acr_configuration: $input.acr_configuration,
        }
    };
}

pub(crate) async fn create_user_pool(
    cx: &Cx,
    input: CreateUserPoolRequest,
) -> Result<CreateUserPoolResponse, Fault> {
    let settings = settings!(input);
    let basis = Basis {
        schema_attributes: input.schema,
        alias_attributes: input.alias_attributes,
        username_attributes: input.username_attributes,
        username_configuration: input.username_configuration,
    };
    let pool = pools::create(cx, NewPool { name: input.pool_name, basis, settings }).await?;
    Ok(CreateUserPoolResponse { user_pool: Some(pool) })
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
    pools::update(cx, &input.user_pool_id, input.pool_name, settings!(input)).await?;
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
    let wanted = MfaConfig {
        mode: input.mfa_configuration,
        sms: input.sms_mfa_configuration,
        software_token: input.software_token_mfa_configuration,
        email: input.email_mfa_configuration,
        web_authn: input.web_authn_configuration,
    };
    let config = pools::set_mfa_config(cx, &input.user_pool_id, wanted).await?;
    Ok(SetUserPoolMfaConfigResponse {
        sms_mfa_configuration: config.sms,
        software_token_mfa_configuration: config.software_token,
        email_mfa_configuration: config.email,
        mfa_configuration: config.mode,
        web_authn_configuration: config.web_authn,
    })
}
