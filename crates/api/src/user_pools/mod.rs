//! User pools: the table of their operations, one thin handler for each by family, and what their requests bring beside.

mod admin_users;
mod auth;
mod branding;
mod category;
mod cimd;
mod clients;
mod devices;
mod domains;
mod groups;
mod identity_providers;
mod import;
mod limits;
mod logs;
mod metadata;
mod mfa;
mod passkeys;
mod point_in_time;
mod pools;
mod profile;
mod protection;
mod provisioned;
mod recovery;
mod replicas;
mod resource_servers;
mod sessions;
mod sign_up;
mod tags;
mod terms;
mod tokens;
mod user_context;

use poolhouse_core::Cx;
use poolhouse_core::provisioned as provisioned_limits;
use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::Operation;
use serde_json::Value;

use crate::dispatch::dispatch;

/// Counts a request whose input was checked by whom it names, and notes what it brings for others than its handler.
pub(crate) async fn admit(cx: &mut Cx, operation: Operation, input: &Value) -> Result<(), Fault> {
    provisioned_limits::admit(cx, category::of(operation)).await?;
    if let Some(pool_id) = input.get("UserPoolId").and_then(Value::as_str) {
        poolhouse_core::pools::admit_named(cx, &pool_id.into()).await?;
    }
    limits::admit_named(cx, input)?;
    metadata::read(&mut cx.metadata, operation, input);
    cx.origin.user = user_context::of(input);
    Ok(())
}

dispatch! {
    missing {}
    cimd {
        CreateCIMDPolicy => create_cimd_policy,
        DeleteCIMDPolicy => delete_cimd_policy,
        DescribeCIMDPolicy => describe_cimd_policy,
        ListCIMDPolicies => list_cimd_policies,
        ListClientMetadataURLs => list_client_metadata_urls,
        UpdateCIMDPolicy => update_cimd_policy,
        UpdateClientMetadataURLState => update_client_metadata_url_state,
    }
    branding {
        CreateManagedLoginBranding => create_managed_login_branding,
        DeleteManagedLoginBranding => delete_managed_login_branding,
        DescribeManagedLoginBranding => describe_managed_login_branding,
        DescribeManagedLoginBrandingByClient => describe_managed_login_branding_by_client,
        GetUICustomization => get_ui_customization,
        SetUICustomization => set_ui_customization,
        UpdateManagedLoginBranding => update_managed_login_branding,
    }
    clients {
        AddUserPoolClientSecret => add_user_pool_client_secret,
        CreateUserPoolClient => create_user_pool_client,
        DeleteUserPoolClient => delete_user_pool_client,
        DeleteUserPoolClientSecret => delete_user_pool_client_secret,
        DescribeUserPoolClient => describe_user_pool_client,
        ListUserPoolClientSecrets => list_user_pool_client_secrets,
        ListUserPoolClients => list_user_pool_clients,
        UpdateUserPoolClient => update_user_pool_client,
    }
    devices {
        AdminForgetDevice => admin_forget_device,
        AdminGetDevice => admin_get_device,
        AdminListDevices => admin_list_devices,
        AdminUpdateDeviceStatus => admin_update_device_status,
        ConfirmDevice => confirm_device,
        ForgetDevice => forget_device,
        GetDevice => get_device,
        ListDevices => list_devices,
        UpdateDeviceStatus => update_device_status,
    }
    domains {
        CreateUserPoolDomain => create_user_pool_domain,
        DeleteUserPoolDomain => delete_user_pool_domain,
        DescribeUserPoolDomain => describe_user_pool_domain,
        UpdateUserPoolDomain => update_user_pool_domain,
    }
    identity_providers {
        AdminDisableProviderForUser => admin_disable_provider_for_user,
        AdminLinkProviderForUser => admin_link_provider_for_user,
        CreateIdentityProvider => create_identity_provider,
        DeleteIdentityProvider => delete_identity_provider,
        DescribeIdentityProvider => describe_identity_provider,
        GetIdentityProviderByIdentifier => get_identity_provider_by_identifier,
        ListIdentityProviders => list_identity_providers,
        UpdateIdentityProvider => update_identity_provider,
    }
    mfa {
        AdminDeleteSoftwareToken => admin_delete_software_token,
        AdminGetUserAuthFactors => admin_get_user_auth_factors,
        AdminSetUserMFAPreference => admin_set_user_mfa_preference,
        AssociateSoftwareToken => associate_software_token,
        GetUserAuthFactors => get_user_auth_factors,
        SetUserMFAPreference => set_user_mfa_preference,
        VerifySoftwareToken => verify_software_token,
    }
    recovery {
        ForgotPassword => forgot_password,
        ConfirmForgotPassword => confirm_forgot_password,
        AdminResetUserPassword => admin_reset_user_password,
    }
    profile {
        GetUser => get_user,
        UpdateUserAttributes => update_user_attributes,
        DeleteUserAttributes => delete_user_attributes,
        DeleteUser => delete_user,
        ChangePassword => change_password,
        GetUserAttributeVerificationCode => get_user_attribute_verification_code,
        VerifyUserAttribute => verify_user_attribute,
        SetUserSettings => set_user_settings,
    }
    protection {
        AdminListUserAuthEvents => admin_list_user_auth_events,
        AdminUpdateAuthEventFeedback => admin_update_auth_event_feedback,
        DescribeRiskConfiguration => describe_risk_configuration,
        SetRiskConfiguration => set_risk_configuration,
        UpdateAuthEventFeedback => update_auth_event_feedback,
    }
    replicas {
        CreateUserPoolReplica => create_user_pool_replica,
        DeleteUserPoolReplica => delete_user_pool_replica,
        ListUserPoolReplicas => list_user_pool_replicas,
        UpdateUserPoolReplica => update_user_pool_replica,
    }
    resource_servers {
        CreateResourceServer => create_resource_server,
        DeleteResourceServer => delete_resource_server,
        DescribeResourceServer => describe_resource_server,
        ListResourceServers => list_resource_servers,
        UpdateResourceServer => update_resource_server,
    }
    sessions {
        AdminListUserSessions => admin_list_user_sessions,
        AdminRevokeUserSession => admin_revoke_user_session,
        GetUserPoolClientSessionConfiguration => get_user_pool_client_session_configuration,
        GetUserPoolSessionConfiguration => get_user_pool_session_configuration,
        ListUserSessions => list_user_sessions,
        RevokeUserSession => revoke_user_session,
        SetUserPoolClientSessionConfiguration => set_user_pool_client_session_configuration,
        SetUserPoolSessionConfiguration => set_user_pool_session_configuration,
    }
    sign_up {
        SignUp => sign_up,
        ConfirmSignUp => confirm_sign_up,
        ResendConfirmationCode => resend_confirmation_code,
    }
    admin_users {
        AdminConfirmSignUp => admin_confirm_sign_up,
        AdminCreateUser => admin_create_user,
        AdminDeleteUser => admin_delete_user,
        AdminDeleteUserAttributes => admin_delete_user_attributes,
        AdminDisableUser => admin_disable_user,
        AdminEnableUser => admin_enable_user,
        AdminGetUser => admin_get_user,
        AdminSetUserPassword => admin_set_user_password,
        AdminSetUserSettings => admin_set_user_settings,
        AdminUpdateUserAttributes => admin_update_user_attributes,
        AdminUserGlobalSignOut => admin_user_global_sign_out,
        ListUsers => list_users,
    }
    auth {
        AdminInitiateAuth => admin_initiate_auth,
        AdminRespondToAuthChallenge => admin_respond_to_auth_challenge,
        GetTokensFromRefreshToken => get_tokens_from_refresh_token,
        GlobalSignOut => global_sign_out,
        InitiateAuth => initiate_auth,
        RespondToAuthChallenge => respond_to_auth_challenge,
        RevokeToken => revoke_token,
    }
    groups {
        AdminAddUserToGroup => admin_add_user_to_group,
        AdminListGroupsForUser => admin_list_groups_for_user,
        AdminRemoveUserFromGroup => admin_remove_user_from_group,
        CreateGroup => create_group,
        DeleteGroup => delete_group,
        GetGroup => get_group,
        ListGroups => list_groups,
        ListUsersInGroup => list_users_in_group,
        UpdateGroup => update_group,
    }
    import {
        CreateUserImportJob => create_user_import_job,
        DescribeUserImportJob => describe_user_import_job,
        GetCSVHeader => get_csv_header,
        ListUserImportJobs => list_user_import_jobs,
        StartUserImportJob => start_user_import_job,
        StopUserImportJob => stop_user_import_job,
    }
    logs {
        GetLogDeliveryConfiguration => get_log_delivery_configuration,
        SetLogDeliveryConfiguration => set_log_delivery_configuration,
    }
    passkeys {
        CompleteWebAuthnRegistration => complete_web_authn_registration,
        DeleteWebAuthnCredential => delete_web_authn_credential,
        ListWebAuthnCredentials => list_web_authn_credentials,
        StartWebAuthnRegistration => start_web_authn_registration,
    }
    point_in_time {
        CancelPointInTimeRecovery => cancel_point_in_time_recovery,
        DescribePointInTimeRecovery => describe_point_in_time_recovery,
        InitiatePointInTimeRecovery => initiate_point_in_time_recovery,
        ListPointInTimeRecoveries => list_point_in_time_recoveries,
        StartPointInTimeRecovery => start_point_in_time_recovery,
    }
    pools {
        AddCustomAttributes => add_custom_attributes,
        CreateUserPool => create_user_pool,
        DeleteUserPool => delete_user_pool,
        DescribeUserPool => describe_user_pool,
        GetSigningCertificate => get_signing_certificate,
        GetUserPoolMfaConfig => get_user_pool_mfa_config,
        ListUserPools => list_user_pools,
        SetUserPoolMfaConfig => set_user_pool_mfa_config,
        UpdateUserPool => update_user_pool,
    }
    provisioned {
        GetProvisionedLimit => get_provisioned_limit,
        UpdateProvisionedLimit => update_provisioned_limit,
    }
    terms {
        CreateTerms => create_terms,
        DeleteTerms => delete_terms,
        DescribeTerms => describe_terms,
        DescribeTermsByClient => describe_terms_by_client,
        ListTerms => list_terms,
        UpdateTerms => update_terms,
    }
    tokens {
        GetClientToken => get_client_token,
        GetDerivedToken => get_derived_token,
    }
    tags {
        ListTagsForResource => list_tags_for_resource,
        TagResource => tag_resource,
        UntagResource => untag_resource,
    }
}
