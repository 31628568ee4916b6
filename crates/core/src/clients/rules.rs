//! What the service model cannot say about a client's settings
//! (docs/cognito/oauth-and-managed-login.md §3, docs/cognito/operations-and-protection.md §7.2).

use poolhouse_kernel::Fault;
use poolhouse_ports::PoolId;
use poolhouse_store::Tx;
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::{
    ExplicitAuthFlowsType, FeatureType, IdentityProviderTypeType, OAuthFlowType,
};

use super::settings::analytics_role;
use super::{redirect, validity};
use crate::directory::provider;
use crate::model::Pool;
use crate::model::client::{LOCAL_PROVIDER, Settings};
use crate::model::provider::Provider;
use crate::model::schema::VERIFIED_FLAGS;
use crate::model::scopes::{self, is_standard};
use crate::pools::tier;
use crate::{Cx, resource_servers};

/// Whether a client is being made or changed: two texts name it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Verb {
    Create,
    Update,
}

impl Verb {
    const fn word(self) -> &'static str {
        match self {
            Self::Create => "creating",
            Self::Update => "updating",
        }
    }
}

/// Checks everything that the settings and the pool's own settings tell.
///
/// # Errors
/// `InvalidParameterException`, `InvalidOAuthFlowException`, `FeatureUnavailableInTierException`.
pub(super) fn check(
    cx: &Cx,
    pool: &Pool,
    settings: &Settings,
    has_secret: bool,
    verb: Verb,
) -> Result<(), Fault> {
    check_oauth(settings, has_secret)?;
    redirect::check(settings)?;
    if settings.enable_propagate_additional_user_context_data == Some(true) && !has_secret {
        return Err(Fault::invalid_parameter(
            "Client Secret is required to set EnablePropagateAdditionalUserContextData as true",
        ));
    }
    validity::check(settings)?;
    check_auth_flows(settings)?;
    check_client_token(settings, has_secret)?;
    check_analytics(settings, &cx.engine().settings().account_id)?;
    tier::check(cx, &pool.settings.general, &tier::of_client(settings))?;
    check_rotation(settings)?;
    check_attributes(pool, settings, verb)
}

fn check_oauth(settings: &Settings, has_secret: bool) -> Result<(), Fault> {
    let flows = settings.allowed_oauth_flows.as_deref().unwrap_or_default();
    let scopes = settings.allowed_oauth_scopes.as_deref().unwrap_or_default();
    let enabled = settings.allowed_oauth_flows_user_pool_client == Some(true);
    if enabled && (flows.is_empty() || scopes.is_empty()) {
        return Err(Fault::invalid_parameter(
            "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.",
        ));
    }
    let refuse = |text: String| Err(Fault::new(ErrorCode::InvalidOAuthFlowException, text));
    let redirects = flows.iter().any(|f| matches!(f, OAuthFlowType::Code | OAuthFlowType::Implicit));
    if redirects && settings.callback_urls.is_none() {
        return refuse(
            "CallbackUrls can not be empty when code flow or implicit flow is selected".to_owned(),
        );
    }
    if flows.contains(&OAuthFlowType::ClientCredentials) {
        if !has_secret {
            return refuse(
                "client_credentials flow can not be selected if client does not have a client secret."
                    .to_owned(),
            );
        }
        if redirects {
            return refuse(
                "client_credentials flow can not be selected along with code flow or implicit flow."
                    .to_owned(),
            );
        }
        if let Some(scope) = scopes.iter().find(|scope| is_standard(scope)) {
            return refuse(format!("{scope} is not supported with client_credentials flow"));
        }
    }
    Ok(())
}

/// authentication §2, recorded
fn check_auth_flows(settings: &Settings) -> Result<(), Fault> {
    let flows = settings.explicit_auth_flows.as_deref().unwrap_or_default();
    let (new, old): (Vec<_>, Vec<_>) = flows.iter().partition(|f| f.as_str().starts_with("ALLOW_"));
    if !new.is_empty() && !old.is_empty() {
        return Err(Fault::invalid_parameter(
            "Auth flow name with prefix 'ALLOW' cannot be used with legacy auth flow names.",
        ));
    }
    Ok(())
}

/// new-operations §3: the rule is the model's, the texts open
fn check_client_token(settings: &Settings, has_secret: bool) -> Result<(), Fault> {
    let flows = settings.explicit_auth_flows.as_deref().unwrap_or_default();
    if !flows.contains(&ExplicitAuthFlowsType::AllowClientTokenAuth) {
        return Ok(());
    }
    if flows.len() > 1 {
        return Err(Fault::invalid_parameter(
            "ALLOW_CLIENT_TOKEN_AUTH cannot be used with other auth flows.",
        ));
    }
    if !has_secret {
        return Err(Fault::invalid_parameter("Client Secret is required to set ALLOW_CLIENT_TOKEN_AUTH."));
    }
    Ok(())
}

/// An application is named in one of two ways (operations-and-protection §7.2, recorded). Beside its ARN stands no
/// other role than the one that answers show there, so that what was read can be sent back.
fn check_analytics(settings: &Settings, account_id: &str) -> Result<(), Fault> {
    let Some(given) = &settings.analytics_configuration else { return Ok(()) };
    let by_arn = given.application_id.is_none() && given.external_id.is_none();
    let valid = match (&given.application_arn, &given.role_arn) {
        (Some(_), role) => by_arn && role.as_ref().is_none_or(|r| *r == analytics_role(account_id)),
        (None, role) => role.is_some() && given.application_id.is_some() && given.external_id.is_some(),
    };
    if valid {
        return Ok(());
    }
    Err(Fault::invalid_parameter(
        "Invalid analytics configuration given, either <application arn> or <application id, role arn, external id> are valid",
    ))
}

/// tokens §9.3, recorded
fn check_rotation(settings: &Settings) -> Result<(), Fault> {
    if settings.refresh_token_rotation.as_ref().is_none_or(|r| r.feature != FeatureType::Enabled) {
        return Ok(());
    }
    let flows = settings.explicit_auth_flows.as_deref().unwrap_or_default();
    if flows.contains(&ExplicitAuthFlowsType::AllowRefreshTokenAuth) {
        return Err(Fault::invalid_parameter(
            "ALLOW_REFRESH_TOKEN_AUTH is not a permitted ExplicitAuthFlow when refresh token rotation is enabled.",
        ));
    }
    Ok(())
}

/// users-and-groups §8: names must exist; what every user must have must be writable (recorded), and what
/// only the service sets must not (recorded for `email_verified`, inferred for the others).
fn check_attributes(pool: &Pool, settings: &Settings, verb: Verb) -> Result<(), Fault> {
    let refuse = |kind: &str| {
        let word = verb.word();
        Err(Fault::invalid_parameter(format!("Invalid {kind} attributes specified while {word} a client")))
    };
    let read = settings.read_attributes.as_deref().unwrap_or_default();
    if read.iter().any(|name| !pool.schema.contains(name)) {
        return refuse("read");
    }
    let Some(write) = &settings.write_attributes else { return Ok(()) };
    let unwritable = |name: &String| {
        name == "sub" || VERIFIED_FLAGS.contains(&name.as_str()) || !pool.schema.contains(name)
    };
    let lacks_required = pool.schema.required().any(|name| !write.iter().any(|w| w == name));
    if write.iter().any(unwritable) || lacks_required {
        return refuse("write");
    }
    Ok(())
}

/// Checks that the scopes and providers that the settings name exist.
///
/// # Errors
/// `ScopeDoesNotExistException`, `InvalidParameterException`.
pub(super) async fn check_names(tx: &mut Tx, pool: &Pool, settings: &Settings) -> Result<(), Fault> {
    let flows = settings.allowed_oauth_flows.as_deref().unwrap_or_default();
    for scope in settings.allowed_oauth_scopes.iter().flatten() {
        let exists = is_standard(scope) || resource_servers::scope_exists(tx, &pool.id, scope).await?;
        // A user's token never registers clients (new-operations §10.2, documented).
        if !exists || *scope == scopes::REGISTER && !flows.contains(&OAuthFlowType::ClientCredentials) {
            return Err(Fault::new(
                ErrorCode::ScopeDoesNotExistException,
                format!("Invalid scope requested: {scope}"),
            ));
        }
    }
    let mut providers = Vec::new();
    for name in settings.supported_identity_providers.iter().flatten() {
        if name != LOCAL_PROVIDER {
            let provider = provider::find(tx, pool, name).await?;
            providers.push(provider.ok_or_else(|| no_such_provider(name, &pool.id))?);
        }
    }
    check_idp_initiated(settings, &providers)
}

fn no_such_provider(name: &str, pool_id: &PoolId) -> Fault {
    Fault::invalid_parameter(format!("The provider {name} does not exist for User Pool {pool_id}."))
}

/// Beside a provider at which users may start, which answers without being asked, only SAML providers may
/// stand (oauth-and-managed-login §3, documented; the text is ours).
fn check_idp_initiated(settings: &Settings, providers: &[Provider]) -> Result<(), Fault> {
    let only_saml =
        !settings.takes_local_users() && providers.iter().all(|p| p.kind == IdentityProviderTypeType::Saml);
    if providers.iter().any(Provider::begins_sign_in) && !only_saml {
        return Err(Fault::invalid_parameter(
            "A client with an identity provider that has IDPInit enabled can only have SAML identity providers.",
        ));
    }
    Ok(())
}
