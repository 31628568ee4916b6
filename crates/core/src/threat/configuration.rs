//! SetRiskConfiguration and DescribeRiskConfiguration (docs/cognito/operations-and-protection.md §9.2).
//!
//! A pool has a configuration, and each of its clients may have one of its own, which then counts instead. The
//! pool's stands among its settings and the client's in its row, so both go with what they belong to, and sign-in
//! has them at hand.

use poolhouse_kernel::Fault;
use poolhouse_ports::{ClientId, PoolId};
use poolhouse_store::tables::clients::{self as client_table, Client as ClientRow};
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::{
    AccountTakeoverEventActionType, AccountTakeoverRiskConfigurationType, RiskConfigurationType,
    RiskExceptionConfigurationType,
};

use super::ranges::Range;
use crate::model::replica::{Notifier, Replica};
use crate::model::risk::SetRisk;
use crate::model::{Pool, threat_protection};
use crate::turns::Thing;
use crate::{Cx, clients, pools};

pub use crate::model::risk::RiskConfiguration;

/// Replaces the configuration of a pool, or of a client if one is named; a block that is left out is removed. With
/// nothing but the names, a pool returns to doing nothing about risks, and a client to its pool's configuration.
///
/// # Errors
/// `ResourceNotFoundException`, `UserPoolAddOnNotEnabledException`, `InvalidParameterException`.
pub async fn set(
    cx: &Cx,
    pool_id: &PoolId,
    client_id: Option<&ClientId>,
    wanted: RiskConfiguration,
) -> Result<RiskConfigurationType, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    wanted.risk_exception_configuration.as_ref().map_or(Ok(()), check_exceptions)?;
    check_enabled(&pool)?;
    wanted.account_takeover_risk_configuration.as_ref().map_or(Ok(()), check_takeover)?;
    if pool.is_secondary {
        return set_notifier(cx, &pool, client_id, wanted).await;
    }
    let is_blank = wanted == RiskConfiguration::default();
    let set = SetRisk { configuration: wanted, modified_at: cx.now };
    let kept = (!is_blank).then(|| set.clone());
    match client_id {
        None => pools::set_risk(cx, pool_id, kept).await?,
        Some(client_id) => set_of_client(cx, pool_id, client_id, kept).await?,
    }
    Ok(shown(pool_id, client_id, set))
}

/// The configuration of a pool, or the one in force for a client: its own, else the pool's (inferred). Where none was
/// set, the answer names the pool alone (open).
///
/// # Errors
/// `ResourceNotFoundException`, `UserPoolAddOnNotEnabledException`.
pub async fn describe(
    cx: &Cx,
    pool_id: &PoolId,
    client_id: Option<&ClientId>,
) -> Result<RiskConfigurationType, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    check_enabled(&pool)?;
    let own = match client_id {
        None => None,
        Some(client_id) => own_of_client(cx, &pool, client_id).await?,
    };
    Ok(match own.or_else(|| pool.settings.risk.clone()) {
        Some(set) => shown(pool_id, client_id, set),
        None => RiskConfigurationType {
            user_pool_id: Some(pool_id.to_owned()),
            ..RiskConfigurationType::default()
        },
    })
}

/// Refuses where threat protection is off (operations-and-protection §9.1, the text is open).
///
/// # Errors
/// `UserPoolAddOnNotEnabledException`.
pub(crate) fn check_enabled(pool: &Pool) -> Result<(), Fault> {
    match threat_protection::mode(pool) {
        Some(_) => Ok(()),
        None => {
            Err(Fault::new(ErrorCode::UserPoolAddOnNotEnabledException, "User pool add-on is not enabled."))
        }
    }
}

/// What was set for a client, as it is at the region that the request is at.
async fn own_of_client(cx: &Cx, pool: &Pool, client_id: &ClientId) -> Result<Option<SetRisk>, Fault> {
    let row = clients::row(&mut cx.read().await?, &pool.id, client_id).await?;
    let mut own = clients::risk_of(&row)?;
    if let (Some(own), Some(replica)) = (&mut own, replica_of(pool)) {
        replica.apply_to_risk(Some(client_id), &mut own.configuration);
    }
    Ok(own)
}

/// Changes as whom mails about risks are sent from the pool's other region: nothing else of the configuration differs
/// there (new-operations §7, model; the text is ours).
async fn set_notifier(
    cx: &Cx,
    pool: &Pool,
    client_id: Option<&ClientId>,
    wanted: RiskConfiguration,
) -> Result<RiskConfigurationType, Fault> {
    let set = match client_id {
        None => pool.settings.risk.clone(),
        Some(client_id) => own_of_client(cx, pool, client_id).await?,
    };
    let (mut known, notifier) = (set.unwrap_or_default(), Notifier::of(&wanted));
    if let Some(notifier) = notifier.clone() {
        notifier.apply(&mut known.configuration);
    }
    if known.configuration != wanted {
        return Err(Fault::invalid_parameter(
            "Only SourceArn and From of NotifyConfiguration can differ from the primary region.",
        ));
    }
    pools::set_notifier(cx, &pool.id, client_id, notifier).await?;
    Ok(shown(&pool.id, client_id, known))
}

/// The replica as which a pool is seen.
fn replica_of(pool: &Pool) -> Option<&Replica> {
    pool.settings.replica.as_ref().filter(|_| pool.is_secondary)
}

async fn set_of_client(
    cx: &Cx,
    pool_id: &PoolId,
    client_id: &ClientId,
    risk: Option<SetRisk>,
) -> Result<(), Fault> {
    let risk = risk.map(|risk| serde_json::to_string(&risk)).transpose().map_err(Fault::internal)?;
    cx.take_turn(Thing::Client(client_id)).await?;
    let mut tx = cx.write().await?;
    let row = clients::row(&mut tx, pool_id, client_id).await?;
    client_table::update(&mut tx, &ClientRow { risk, ..row }).await?;
    tx.commit().await?;
    cx.state().clients.forget(client_id);
    Ok(())
}

fn shown(pool_id: &PoolId, client_id: Option<&ClientId>, set: SetRisk) -> RiskConfigurationType {
    let SetRisk { configuration, modified_at } = set;
    RiskConfigurationType {
        user_pool_id: Some(pool_id.to_owned()),
        client_id: client_id.cloned(),
        compromised_credentials_risk_configuration: configuration.compromised_credentials_risk_configuration,
        account_takeover_risk_configuration: configuration.account_takeover_risk_configuration,
        risk_exception_configuration: configuration.risk_exception_configuration,
        last_modified_date: Some(modified_at),
    }
}

/// Nobody who is blocked at a low risk is let in at a higher one; who is to be told must be told something. The rules
/// are documented and inferred (operations-and-protection §9.2), their texts ours.
fn check_takeover(takeover: &AccountTakeoverRiskConfigurationType) -> Result<(), Fault> {
    let actions = &takeover.actions;
    let actions = [&actions.low_action, &actions.medium_action, &actions.high_action];
    let given: Vec<_> = actions.into_iter().flatten().collect();
    if !given.is_sorted_by_key(|action| strength(&action.event_action)) {
        return Err(Fault::invalid_parameter(
            "The action of a risk level cannot be weaker than that of a lower level.",
        ));
    }
    if given.iter().any(|action| action.notify) && takeover.notify_configuration.is_none() {
        return Err(Fault::invalid_parameter("NotifyConfiguration is required when Notify is true."));
    }
    Ok(())
}

fn strength(action: &AccountTakeoverEventActionType) -> u8 {
    match action {
        AccountTakeoverEventActionType::Block => 3,
        AccountTakeoverEventActionType::MfaRequired => 2,
        AccountTakeoverEventActionType::MfaIfConfigured => 1,
        _ => 0,
    }
}

/// operations-and-protection §9.2, recorded in a pool without threat protection
fn check_exceptions(exceptions: &RiskExceptionConfigurationType) -> Result<(), Fault> {
    let lists = [&exceptions.blocked_ip_range_list, &exceptions.skipped_ip_range_list];
    let is_wrong = lists.into_iter().flatten().flatten().any(|text| Range::parse(text).is_none());
    if is_wrong { Err(Fault::invalid_parameter("Incorrect CIDR format")) } else { Ok(()) }
}
