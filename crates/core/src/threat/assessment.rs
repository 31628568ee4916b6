//! The risk of a sign-in whose first factor is proven, and what is done about it
//! (docs/cognito/operations-and-protection.md §9.3).
//!
//! It is looked at after the first factor, once: before, the answer would tell strangers which users exist, since
//! only those have earlier sign-ins.

use poolhouse_kernel::Fault;
use poolhouse_store::tables::auth_events as table;
use poolhouse_wire::user_pools::{
    AccountTakeoverActionType, AccountTakeoverEventActionType, ChallengeName, RiskLevelType,
};
use serde::{Deserialize, Serialize};

use super::events::Event;
use super::notice::{self, Who};
use super::risk::{self, Risk};
use super::{context, likeness};
use crate::Cx;
use crate::messages::Outgoing;
use crate::model::threat_protection::{self, Mode};
use crate::model::{Client, Pool, User};
use crate::state::findings::Finding;

/// What the risk of a sign-in asks for, the strictest last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Caution {
    /// Nothing.
    #[default]
    None,
    /// A second factor of users who have one, whatever their device.
    SecondFactorIfAny,
    /// A second factor; who has none is refused.
    SecondFactor,
    /// Refusal.
    Refusal,
}

/// What was found about a sign-in.
pub(crate) struct Assessed {
    /// The event that tells of it.
    pub(crate) event: Event,
    /// What is to be done.
    pub(crate) caution: Caution,
    /// The mail that tells the user.
    pub(crate) notice: Option<Outgoing>,
}

/// Looks at a sign-in of `user`, whose first factor was `first`; None where the pool has no threat protection.
/// `is_custom`: the pool's functions lead it.
///
/// # Errors
/// When the database cannot be read.
pub(crate) async fn assess(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    user: &User,
    first: Option<ChallengeName>,
    is_custom: bool,
) -> Result<Option<Assessed>, Fault> {
    let Some(risk) = risk::of(pool, client) else { return Ok(None) };
    let event = match first {
        Some(first) => Event::answered(cx, first, true),
        None => Event::new(cx),
    };
    let unassessed = |event| Ok(Some(Assessed { event, caution: Caution::None, notice: None }));
    let mode = if is_custom { threat_protection::custom_mode(pool) } else { Some(risk.mode) };
    let (Some(mode), context) = (mode, context::of(cx, client)) else { return unassessed(event) };
    if context.address.is_some_and(|address| risk.skips_address(address)) {
        cx.state().findings.count(Finding::NoRisk);
        return unassessed(event);
    }
    let mut tx = cx.read().await?;
    let events = table::list_before(&mut tx, &pool.id, &user.row.sub, None, likeness::EVENTS).await?;
    drop(tx);
    let level = likeness::level(&context, &events, cx.now);
    cx.state().findings.count_level(level.as_ref());
    let action = level.as_ref().and_then(|level| action(&risk, level)).filter(|_| mode == Mode::Enforced);
    let event = event.at_risk(level);
    let notice = match action.filter(|action| action.notify) {
        Some(action) => {
            let who = Who { pool, client, user };
            notice::write(cx, &who, &risk, &action.event_action, &event, &context)?
        }
        None => None,
    };
    let caution = action.map_or(Caution::None, |action| caution(&action.event_action));
    Ok(Some(Assessed { event, caution, notice }))
}

fn action<'a>(risk: &Risk<'a>, level: &RiskLevelType) -> Option<&'a AccountTakeoverActionType> {
    let actions = &risk.takeover?.actions;
    match level {
        RiskLevelType::Low => actions.low_action.as_ref(),
        RiskLevelType::Medium => actions.medium_action.as_ref(),
        _ => actions.high_action.as_ref(),
    }
}

fn caution(action: &AccountTakeoverEventActionType) -> Caution {
    match action {
        AccountTakeoverEventActionType::Block => Caution::Refusal,
        AccountTakeoverEventActionType::MfaRequired => Caution::SecondFactor,
        AccountTakeoverEventActionType::MfaIfConfigured => Caution::SecondFactorIfAny,
        _ => Caution::None,
    }
}

/// A sign-in that is refused for its risk (operations-and-protection §9.3, open).
pub(crate) fn refused() -> Fault {
    Fault::not_authorized("Unable to login because of security reasons.")
}
