//! UpdateUserPool at the other one of a pool's regions (docs/cognito/new-operations.md §7).

use poolhouse_kernel::Fault;

use super::change::PoolChange;
use super::{rules, settings, tier};
use crate::Cx;
use crate::model::pool::PoolSettings;
use crate::model::pool_settings::Settings;
use crate::model::replica::Own;

/// Changes what each region has for itself; everything else must be repeated as it is (model; the text is ours).
///
/// # Errors
/// `InvalidParameterException`, `FeatureUnavailableInTierException`.
pub(super) async fn update(
    cx: &Cx,
    mut change: PoolChange,
    name: Option<String>,
    mut wanted: Settings,
) -> Result<(), Fault> {
    let seen = change.settings.at_replica().unwrap_or_default();
    let mfa = wanted.mfa_configuration.take().or_else(|| seen.general.mfa_configuration.clone());
    let mut general = Settings { mfa_configuration: mfa, ..seen.general.clone() };
    settings::apply(&mut general, wanted)?;
    let is_renamed = name.is_some_and(|name| name != change.row.name);
    if is_renamed || global(&general) != global(&seen.general) {
        return Err(Fault::invalid_parameter(
            "Only EmailConfiguration, SmsConfiguration, LambdaConfig and UserPoolTags can differ from the primary region.",
        ));
    }
    let after = PoolSettings { general, ..seen };
    let Some(replica) = change.replica(cx) else { return Ok(()) };
    rules::check(&after, &replica.region)?;
    tier::check(cx, &after.general, &tier::of_pool(&after))?;
    replica.own = Some(Own::of(&after.general));
    replica.tags = after.general.user_pool_tags.unwrap_or_default();
    change.commit_now(cx).await
}

/// What is the same in all regions. Names of levels that are given as they are anyway are the same as none.
fn global(pool: &Settings) -> (Settings, Vec<(&'static str, String)>) {
    let names = rules::acr_names(pool).map(|(level, name)| (level, name.to_owned())).collect();
    let settings = Settings {
        email_configuration: None,
        sms_configuration: None,
        lambda_config: None,
        user_pool_tags: None,
        acr_configuration: None,
        ..pool.clone()
    };
    (settings, names)
}
