//! The roles of a pool, and how one is chosen for an identity (identity-pools-and-iam §2, §7).

use std::collections::BTreeMap;

use poolhouse_core::Cx;
use poolhouse_kernel::Fault;
use poolhouse_ports::IdentityPoolId;
use poolhouse_wire::identity_pools::{
    AmbiguousRoleResolutionType, MappingRule, MappingRuleMatchType, RoleMapping, RoleMappingType,
    RulesConfigurationType,
};

use crate::changes::PoolChange;
use crate::record::{self, Choice, Config, Mapping, Otherwise, Rule, Test};
use crate::rules;

/// Rules of a provider (observed).
const MOST_RULES: usize = 25;

/// The roles of a pool.
#[derive(Debug, Default)]
pub struct Roles {
    /// ARNs by the names `authenticated` and `unauthenticated`.
    pub roles: BTreeMap<String, String>,
    /// How one is chosen, by provider.
    pub mappings: BTreeMap<String, RoleMapping>,
}

/// Sets the roles of a pool, all of them at once. Whether the caller may pass them is asked before.
///
/// # Errors
/// `ResourceNotFoundException`, `InvalidParameterException`, `NotAuthorizedException`.
pub async fn set(cx: &Cx, id: &IdentityPoolId, given: Roles) -> Result<(), Fault> {
    let mut change = PoolChange::begin(cx, id).await?;
    let config = &mut change.pool.config;
    given.roles.values().try_for_each(|arn| check_role(cx, arn))?;
    let mut mappings = BTreeMap::new();
    for (name, mapping) in given.mappings {
        if !is_provider(config, &name) {
            return Err(Fault::invalid_parameter(format!(
                "({name}) is not a valid RoleMapping ProviderName or is not a configured provider."
            )));
        }
        mappings.insert(name, stored(cx, mapping)?);
    }
    (config.roles, config.mappings) = (given.roles, mappings);
    change.commit().await.map(drop)
}

/// The roles of a pool.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn get(cx: &Cx, id: &IdentityPoolId) -> Result<Roles, Fault> {
    let Config { roles, mappings, .. } = record::get(&mut cx.read().await?, id).await?.config;
    let mappings = mappings.into_iter().map(|(name, mapping)| (name, shown(mapping)));
    Ok(Roles { roles, mappings: mappings.collect() })
}

/// Whether a mapping can be of that name: of a user pool with the client behind a colon (identity-pools-and-iam §1).
fn is_provider(config: &Config, name: &str) -> bool {
    let is_client = |(provider, client): (&str, &str)| {
        config
            .user_pools
            .iter()
            .any(|known| known.provider == provider && known.client_id.as_deref() == Some(client))
    };
    name.rsplit_once(':').is_some_and(is_client)
        || config.social.contains_key(name)
        || config.oidc.iter().chain(&config.saml).any(|arn| arn == name)
}

/// An ARN that no role of the account can have. Whether there is such a role is seen when it is assumed.
fn check_role(cx: &Cx, arn: &str) -> Result<(), Fault> {
    let account = &cx.settings().account_id;
    if rules::provider(arn, "role").is_some_and(|(of, _)| of == account) {
        return Ok(());
    }
    Err(Fault::not_authorized(format!("Access to Role '{arn}' is forbidden.")))
}

fn stored(cx: &Cx, given: RoleMapping) -> Result<Mapping, Fault> {
    let otherwise = match given.ambiguous_role_resolution {
        Some(AmbiguousRoleResolutionType::AuthenticatedRole) => Otherwise::AuthenticatedRole,
        Some(AmbiguousRoleResolutionType::Deny) => Otherwise::Deny,
        Some(AmbiguousRoleResolutionType::Other(_)) | None => {
            return Err(Fault::invalid_parameter("AmbiguousRoleResolution is required for a role mapping."));
        }
    };
    let choice = match (given.r#type, given.rules_configuration) {
        (RoleMappingType::Token, None) => Choice::Token,
        (RoleMappingType::Rules, Some(configuration)) => {
            if configuration.rules.len() > MOST_RULES {
                let text = format!("The number of rules in the request exceeded {MOST_RULES}.");
                return Err(Fault::invalid_parameter(text));
            }
            Choice::Rules(
                configuration
                    .rules
                    .into_iter()
                    .map(|rule| stored_rule(cx, rule))
                    .collect::<Result<_, _>>()?,
            )
        }
        (RoleMappingType::Rules, None) => {
            return Err(Fault::invalid_parameter("RulesConfiguration is required for the type Rules."));
        }
        (RoleMappingType::Token | RoleMappingType::Other(_), _) => {
            return Err(Fault::invalid_parameter("RulesConfiguration is for the type Rules only."));
        }
    };
    Ok(Mapping { choice, otherwise })
}

fn stored_rule(cx: &Cx, rule: MappingRule) -> Result<Rule, Fault> {
    check_role(cx, &rule.role_arn)?;
    let test = match rule.match_type {
        MappingRuleMatchType::Equals => Test::Equals,
        MappingRuleMatchType::NotEqual => Test::NotEqual,
        MappingRuleMatchType::StartsWith => Test::StartsWith,
        MappingRuleMatchType::Contains => Test::Contains,
        MappingRuleMatchType::Other(_) => return Err(Fault::internal("a match type that the model lacks")),
    };
    Ok(Rule { claim: rule.claim, test, value: rule.value, role_arn: rule.role_arn })
}

fn shown(mapping: Mapping) -> RoleMapping {
    let (r#type, rules) = match mapping.choice {
        Choice::Token => (RoleMappingType::Token, None),
        Choice::Rules(rules) => (RoleMappingType::Rules, Some(rules)),
    };
    let otherwise = match mapping.otherwise {
        Otherwise::AuthenticatedRole => AmbiguousRoleResolutionType::AuthenticatedRole,
        Otherwise::Deny => AmbiguousRoleResolutionType::Deny,
    };
    RoleMapping {
        r#type,
        ambiguous_role_resolution: Some(otherwise),
        rules_configuration: rules
            .map(|rules| RulesConfigurationType { rules: rules.into_iter().map(shown_rule).collect() }),
    }
}

fn shown_rule(rule: Rule) -> MappingRule {
    let match_type = match rule.test {
        Test::Equals => MappingRuleMatchType::Equals,
        Test::NotEqual => MappingRuleMatchType::NotEqual,
        Test::StartsWith => MappingRuleMatchType::StartsWith,
        Test::Contains => MappingRuleMatchType::Contains,
    };
    MappingRule { claim: rule.claim, match_type, value: rule.value, role_arn: rule.role_arn }
}
