//! From what a caller says of a client to the settings that are stored and shown
//! (docs/cognito/operations-and-protection.md §7.1).

use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{
    AnalyticsConfigurationType, CreateUserPoolClientRequest, FeatureType, RefreshTokenRotationType,
    UpdateUserPoolClientRequest, UserPoolClientType,
};

use super::validity;

/// The settings that `request` asks for; what it leaves out has its default, at a change too
/// (operations-and-protection §7.3). An empty list says as little as none.
///
/// # Errors
/// `InvalidParameterException` for what is not served here.
pub(super) fn complete(
    request: UpdateUserPoolClientRequest,
    account_id: &str,
) -> Result<UserPoolClientType, Fault> {
    // A client that believes its secret to be published would wait for rotations that never come.
    if request.publish_secrets_in_aws_secrets_manager == Some(true) {
        return Err(Fault::invalid_parameter(
            "PublishSecretsInAWSSecretsManager is not served here; keep the ClientSecret of the answer.",
        ));
    }
    let mut settings = UserPoolClientType {
        refresh_token_validity: request.refresh_token_validity,
        access_token_validity: request.access_token_validity,
        id_token_validity: request.id_token_validity,
        token_validity_units: request.token_validity_units,
        read_attributes: distinct(request.read_attributes),
        write_attributes: distinct(request.write_attributes),
        explicit_auth_flows: distinct(request.explicit_auth_flows),
        supported_identity_providers: distinct(request.supported_identity_providers),
        callback_urls: distinct(request.callback_urls),
        logout_urls: distinct(request.logout_urls),
        default_redirect_uri: request.default_redirect_uri,
        allowed_oauth_flows: distinct(request.allowed_oauth_flows),
        allowed_oauth_scopes: distinct(request.allowed_oauth_scopes),
        allowed_oauth_flows_user_pool_client: request.allowed_oauth_flows_user_pool_client.or(Some(false)),
        analytics_configuration: request.analytics_configuration.map(|a| complete_analytics(a, account_id)),
        prevent_user_existence_errors: request.prevent_user_existence_errors,
        enable_token_revocation: request.enable_token_revocation.or(Some(true)),
        enable_propagate_additional_user_context_data: request
            .enable_propagate_additional_user_context_data
            .or(Some(false)),
        auth_session_validity: request.auth_session_validity.or(Some(3)),
        refresh_token_rotation: request.refresh_token_rotation.map(complete_rotation),
        ..UserPoolClientType::default()
    };
    validity::complete(&mut settings);
    Ok(settings)
}

/// The seconds are always shown: 0 when none are given or the feature is off (tokens §9.3, recorded).
fn complete_rotation(given: RefreshTokenRotationType) -> RefreshTokenRotationType {
    let seconds = given.retry_grace_period_seconds.filter(|_| given.feature == FeatureType::Enabled);
    RefreshTokenRotationType { retry_grace_period_seconds: seconds.or(Some(0)), ..given }
}

fn distinct<T: PartialEq>(list: Option<Vec<T>>) -> Option<Vec<T>> {
    let mut kept: Vec<T> = Vec::new();
    for element in list.unwrap_or_default() {
        if !kept.contains(&element) {
            kept.push(element);
        }
    }
    (!kept.is_empty()).then_some(kept)
}

/// The settings as they are stored and read back: lists are sorted, whatever their order in the request, which the
/// answer to it repeats (operations-and-protection §7.2, recorded).
pub(super) fn in_order(mut settings: UserPoolClientType) -> UserPoolClientType {
    let lists = [
        &mut settings.read_attributes,
        &mut settings.write_attributes,
        &mut settings.callback_urls,
        &mut settings.logout_urls,
        &mut settings.allowed_oauth_scopes,
    ];
    lists.into_iter().flatten().for_each(|list| list.sort_unstable());
    if let Some(flows) = &mut settings.allowed_oauth_flows {
        flows.sort_unstable_by(|a, b| a.as_str().cmp(b.as_str()));
    }
    if let Some(flows) = &mut settings.explicit_auth_flows {
        flows.sort_unstable_by(|a, b| a.as_str().cmp(b.as_str()));
    }
    settings
}

/// An application named by its ARN is reported to in the name of a role of AWS's own
/// (operations-and-protection §7.2, recorded).
fn complete_analytics(given: AnalyticsConfigurationType, account_id: &str) -> AnalyticsConfigurationType {
    if given.application_arn.is_none() {
        return given;
    }
    AnalyticsConfigurationType {
        role_arn: given.role_arn.or_else(|| Some(analytics_role(account_id))),
        user_data_shared: given.user_data_shared.or(Some(false)),
        ..given
    }
}

/// The role of AWS's own by which Cognito reports to Pinpoint.
pub(super) fn analytics_role(account_id: &str) -> String {
    let role = "aws-service-role/cognito-idp.amazonaws.com/AWSServiceRoleForAmazonCognitoIdp";
    format!("arn:aws:iam::{account_id}:role/{role}")
}

/// What of a new client can be changed later: everything but its secret.
pub(super) fn changeable(request: CreateUserPoolClientRequest) -> UpdateUserPoolClientRequest {
    UpdateUserPoolClientRequest {
        user_pool_id: request.user_pool_id,
        client_id: String::new().into(),
        client_name: Some(request.client_name),
        refresh_token_validity: request.refresh_token_validity,
        access_token_validity: request.access_token_validity,
        id_token_validity: request.id_token_validity,
        token_validity_units: request.token_validity_units,
        read_attributes: request.read_attributes,
        write_attributes: request.write_attributes,
        explicit_auth_flows: request.explicit_auth_flows,
        supported_identity_providers: request.supported_identity_providers,
        callback_urls: request.callback_urls,
        logout_urls: request.logout_urls,
        default_redirect_uri: request.default_redirect_uri,
        allowed_oauth_flows: request.allowed_oauth_flows,
        allowed_oauth_scopes: request.allowed_oauth_scopes,
        allowed_oauth_flows_user_pool_client: request.allowed_oauth_flows_user_pool_client,
        analytics_configuration: request.analytics_configuration,
        prevent_user_existence_errors: request.prevent_user_existence_errors,
        enable_token_revocation: request.enable_token_revocation,
        enable_propagate_additional_user_context_data: request.enable_propagate_additional_user_context_data,
        auth_session_validity: request.auth_session_validity,
        refresh_token_rotation: request.refresh_token_rotation,
        publish_secrets_in_aws_secrets_manager: request.publish_secrets_in_aws_secrets_manager,
    }
}
