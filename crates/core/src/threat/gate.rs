//! Addresses from which nobody signs in: BlockedIPRangeList (docs/cognito/operations-and-protection.md §9.3).

use poolhouse_kernel::Fault;

use super::events::{Event, Noted};
use super::{assessment, context, risk};
use crate::directory::record;
use crate::limits::hourly::{self, Limit};
use crate::model::threat_protection::Mode;
use crate::model::{Client, Pool};
use crate::state::findings::Finding;
use crate::{Cx, faults, nobody};

/// How many refused sign-ins of a user are written down within an hour: whoever sits at a blocked address must not
/// fill the table.
const NOTED: Limit = Limit { action: "blocked_sign_in", most: 60 };

/// Refuses a step of a sign-in from a blocked address, before anything of it is looked at; the user whom `name` means
/// gets an event. Under AUDIT everybody passes.
///
/// # Errors
/// `NotAuthorizedException`.
pub(crate) async fn check(cx: &Cx, pool: &Pool, client: &Client, name: Option<&str>) -> Result<(), Fault> {
    let Some(risk) = risk::of(pool, client).filter(|risk| risk.mode == Mode::Enforced) else {
        return Ok(());
    };
    if !context::of(cx, client).address.is_some_and(|address| risk.blocks_address(address)) {
        return Ok(());
    }
    for finding in [Finding::Risk, Finding::OverrideBlock] {
        cx.state().findings.count(finding);
    }
    if let Some(name) = name {
        // As refused as without it.
        let _ = cx.repeat(|| note(cx, pool, client, name)).await;
    }
    Err(assessment::refused())
}

/// Writes the event. A name that is nobody's, too many events, or a failure of the database leave none; where the client
/// hides who exists, nobody leaves as much.
async fn note(cx: &Cx, pool: &Pool, client: &Client, name: &str) -> Result<(), Fault> {
    let found = record::find_for_sign_in(&mut cx.read().await?, pool, name).await?;
    let Some(user) = nobody::hide(client, found.ok_or_else(faults::user_not_found))? else {
        let subject = nobody::subject(pool, name);
        let mut tx = cx.write().await?;
        hourly::count(&mut tx, cx, &pool.id, &subject, NOTED).await?;
        nobody::leave(&mut tx, cx, pool, &subject, nobody::event_rows(pool)).await?;
        return Ok(tx.commit().await?);
    };
    let sub = &user.row.sub;
    let mut tx = cx.write().await?;
    hourly::count(&mut tx, cx, &pool.id, sub, NOTED).await?;
    let event = Event::new(cx).blocked();
    event.put(&mut tx, cx, pool, client, sub, Noted::FAILED_SIGN_IN).await?;
    Ok(tx.commit().await?)
}
