//! From what a caller says of a client to the settings that are stored and shown
//! (docs/cognito/operations-and-protection.md §7.1).

use poolhouse_wire::user_pools::{AnalyticsConfigurationType, FeatureType, RefreshTokenRotationType};

use super::validity;
use crate::model::client::Settings;

/// What is stored and shown of the settings that a caller asks for: what they leave out has its default, at a change
/// too (operations-and-protection §7.3). An empty list says as little as none.
pub(super) fn complete(given: Settings, account_id: &str) -> Settings {
    let mut settings = Settings {
        read_attributes: distinct(given.read_attributes),
        write_attributes: distinct(given.write_attributes),
        explicit_auth_flows: distinct(given.explicit_auth_flows),
        supported_identity_providers: distinct(given.supported_identity_providers),
        callback_urls: distinct(given.callback_urls),
        logout_urls: distinct(given.logout_urls),
        allowed_oauth_flows: distinct(given.allowed_oauth_flows),
        allowed_oauth_scopes: distinct(given.allowed_oauth_scopes),
        allowed_oauth_flows_user_pool_client: given.allowed_oauth_flows_user_pool_client.or(Some(false)),
        analytics_configuration: given.analytics_configuration.map(|a| complete_analytics(a, account_id)),
        enable_token_revocation: given.enable_token_revocation.or(Some(true)),
        enable_propagate_additional_user_context_data: given
            .enable_propagate_additional_user_context_data
            .or(Some(false)),
        auth_session_validity: given.auth_session_validity.or(Some(3)),
        refresh_token_rotation: given.refresh_token_rotation.map(complete_rotation),
        ..given
    };
    validity::complete(&mut settings);
    settings
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
pub(super) fn in_order(mut settings: Settings) -> Settings {
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
