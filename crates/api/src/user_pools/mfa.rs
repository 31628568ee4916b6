//! Factors of users.

use poolhouse_core::Cx;
use poolhouse_core::profile::{self, Owner, Proof};
use poolhouse_core::users::admin;
use poolhouse_core::users::mfa::Preferences;
use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{
    AdminDeleteSoftwareTokenRequest, AdminDeleteSoftwareTokenResponse, AdminGetUserAuthFactorsRequest,
    AdminGetUserAuthFactorsResponse, AdminSetUserMFAPreferenceRequest, AdminSetUserMFAPreferenceResponse,
    AssociateSoftwareTokenRequest, AssociateSoftwareTokenResponse, GetUserAuthFactorsRequest,
    GetUserAuthFactorsResponse, SetUserMFAPreferenceRequest, SetUserMFAPreferenceResponse,
    VerifySoftwareTokenRequest, VerifySoftwareTokenResponse, VerifySoftwareTokenResponseType,
};

pub(crate) async fn associate_software_token(
    cx: &Cx,
    input: AssociateSoftwareTokenRequest,
) -> Result<AssociateSoftwareTokenResponse, Fault> {
    let proof = Proof::of(input.access_token.as_ref(), input.session.as_ref())?;
    let (secret, session) = profile::associate_software_token(cx, proof).await?;
    Ok(AssociateSoftwareTokenResponse { secret_code: Some(secret.into()), session })
}

pub(crate) async fn verify_software_token(
    cx: &Cx,
    input: VerifySoftwareTokenRequest,
) -> Result<VerifySoftwareTokenResponse, Fault> {
    let proof = Proof::of(input.access_token.as_ref(), input.session.as_ref())?;
    let name = input.friendly_device_name.as_deref();
    let session = profile::verify_software_token(cx, proof, &input.user_code, name).await?;
    Ok(VerifySoftwareTokenResponse { status: Some(VerifySoftwareTokenResponseType::Success), session })
}

pub(crate) async fn set_user_mfa_preference(
    cx: &Cx,
    input: SetUserMFAPreferenceRequest,
) -> Result<SetUserMFAPreferenceResponse, Fault> {
    let wanted = Preferences {
        sms: input.sms_mfa_settings,
        software_token: input.software_token_mfa_settings,
        email: input.email_mfa_settings,
        web_authn: input.web_authn_mfa_settings,
    };
    profile::set_mfa_preference(cx, Owner::Token(&input.access_token), &wanted).await?;
    Ok(SetUserMFAPreferenceResponse {})
}

pub(crate) async fn admin_set_user_mfa_preference(
    cx: &Cx,
    input: AdminSetUserMFAPreferenceRequest,
) -> Result<AdminSetUserMFAPreferenceResponse, Fault> {
    let wanted = Preferences {
        sms: input.sms_mfa_settings,
        software_token: input.software_token_mfa_settings,
        email: input.email_mfa_settings,
        web_authn: input.web_authn_mfa_settings,
    };
    admin::set_mfa_preference(cx, &input.user_pool_id, &input.username, &wanted).await?;
    Ok(AdminSetUserMFAPreferenceResponse {})
}

pub(crate) async fn admin_delete_software_token(
    cx: &Cx,
    input: AdminDeleteSoftwareTokenRequest,
) -> Result<AdminDeleteSoftwareTokenResponse, Fault> {
    admin::delete_software_token(cx, &input.user_pool_id, &input.username).await?;
    Ok(AdminDeleteSoftwareTokenResponse {})
}

pub(crate) async fn get_user_auth_factors(
    cx: &Cx,
    input: GetUserAuthFactorsRequest,
) -> Result<GetUserAuthFactorsResponse, Fault> {
    let factors = profile::auth_factors(cx, Owner::Token(&input.access_token)).await?;
    Ok(GetUserAuthFactorsResponse {
        username: Some(factors.username.as_str().into()),
        preferred_mfa_setting: factors.preferred,
        user_mfa_setting_list: factors.activated,
        configured_user_auth_factors: (!factors.configured.is_empty()).then_some(factors.configured),
    })
}

pub(crate) async fn admin_get_user_auth_factors(
    cx: &Cx,
    input: AdminGetUserAuthFactorsRequest,
) -> Result<AdminGetUserAuthFactorsResponse, Fault> {
    let factors = admin::auth_factors(cx, &input.user_pool_id, &input.username).await?;
    Ok(AdminGetUserAuthFactorsResponse {
        username: Some(factors.username.as_str().into()),
        preferred_mfa_setting: factors.preferred,
        user_mfa_setting_list: factors.activated,
        configured_user_auth_factors: (!factors.configured.is_empty()).then_some(factors.configured),
    })
}
