//! AdminListUserAuthEvents, and what administrators and users say of events
//! (docs/cognito/operations-and-protection.md §9.4).

use poolhouse_kernel::Fault;
use poolhouse_kernel::paging::{Page, Pager};
use poolhouse_ports::{PoolId, Sub, Timestamp};
use poolhouse_store::tables::auth_events::{self as table, AuthEvent, Feedback};
use poolhouse_wire::user_pools::{
    AuthEventType, ChallengeResponseType, EventContextDataType, EventFeedbackType, EventRiskType,
    FeedbackValueType,
};
use serde::{Deserialize, Serialize};

use super::configuration::check_enabled;
use super::events::Details;
use crate::directory::{self, record};
use crate::model::Pool;
use crate::{Cx, pools, turns};

/// What the token of a mail is sealed as.
const KIND: &str = "auth_event_feedback";

/// What the token of a mail says: about which event its holder may speak, for as long as there is the event.
#[derive(Serialize, Deserialize)]
struct FeedbackToken {
    sub: Sub,
    event_id: String,
}

/// One page of a user's events, the newest first.
///
/// # Errors
/// `ResourceNotFoundException`, `UserPoolAddOnNotEnabledException`, `UserNotFoundException`,
/// `InvalidParameterException` for a bad token.
pub async fn list(
    cx: &Cx,
    pool_id: &PoolId,
    username: &str,
    limit: Option<i32>,
    token: Option<&str>,
) -> Result<Page<AuthEventType>, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    check_enabled(&pool)?;
    let mut tx = cx.read().await?;
    let user = directory::get(&mut tx, &pool, username).await?;
    let pager = Pager::new(cx, &pool.keys, format!("auth_events/{}", user.row.sub), limit);
    let after: Option<(Timestamp, String)> = pager.after(token)?;
    let before = after.as_ref().map(|(at, event_id)| (*at, event_id.as_str()));
    let rows = table::list_before(&mut tx, &pool.id, &user.row.sub, before, pager.rows()).await?;
    drop(tx);
    let page = pager.page(rows, |row| Some((row.created_at, row.event_id.clone())))?;
    let items = page.items.into_iter().map(shown).collect::<Result<_, _>>()?;
    Ok(Page { items, next_token: page.next_token })
}

/// Notes what an administrator says of an event.
///
/// # Errors
/// `ResourceNotFoundException`, `UserPoolAddOnNotEnabledException`, `UserNotFoundException`.
pub async fn admin_feedback(
    cx: &Cx,
    pool_id: &PoolId,
    username: &str,
    event_id: &str,
    value: &FeedbackValueType,
) -> Result<(), Fault> {
    let pool = pools::get(cx, pool_id).await?;
    check_enabled(&pool)?;
    turns::at_user(cx, &pool, username).await?;
    let user = directory::get(&mut cx.read().await?, &pool, username).await?;
    note(cx, &pool, &user.row.sub, event_id, value, "Admin").await
}

/// Notes what a user says of an event of theirs, by the token of the mail that told them.
///
/// # Errors
/// `ResourceNotFoundException`, `UserPoolAddOnNotEnabledException`; `NotAuthorizedException` for a token that is not
/// for this user and event, whoever they are.
pub async fn feedback(
    cx: &Cx,
    pool_id: &PoolId,
    username: &str,
    event_id: &str,
    token: &str,
    value: &FeedbackValueType,
) -> Result<(), Fault> {
    let pool = pools::get(cx, pool_id).await?;
    check_enabled(&pool)?;
    let token: Option<FeedbackToken> = pool.keys.open_token(KIND, token);
    let token = token.filter(|token| token.event_id == event_id).ok_or_else(bad_token)?;
    turns::at_name(cx, &pool, username).await?;
    let user = record::find(&mut cx.read().await?, &pool, username).await?;
    if user.is_none_or(|user| user.row.sub != token.sub) {
        return Err(bad_token());
    }
    note(cx, &pool, &token.sub, event_id, value, "User").await
}

/// The token with which the user may speak about the event.
pub(super) fn feedback_token(pool: &Pool, sub: &Sub, event_id: &str) -> Result<String, Fault> {
    let token = FeedbackToken { sub: sub.to_owned(), event_id: event_id.to_owned() };
    pool.keys.seal_token(KIND, &token)
}

async fn note(
    cx: &Cx,
    pool: &Pool,
    sub: &Sub,
    event_id: &str,
    value: &FeedbackValueType,
    by: &str,
) -> Result<(), Fault> {
    let feedback = Feedback { value: value.as_str().to_owned(), by: by.to_owned(), at: cx.now };
    let mut tx = cx.write().await?;
    if !table::set_feedback(&mut tx, &pool.id, sub, event_id, &feedback).await? {
        // open
        return Err(Fault::not_found("Event not found."));
    }
    Ok(tx.commit().await?)
}

/// Open.
fn bad_token() -> Fault {
    Fault::not_authorized("Invalid feedback token.")
}

fn shown(row: AuthEvent) -> Result<AuthEventType, Fault> {
    let details: Details = serde_json::from_str(&row.details).map_err(Fault::internal)?;
    let decision = details.decision();
    let answers = details.answers.into_iter().map(|(name, response)| ChallengeResponseType {
        challenge_name: Some(name),
        challenge_response: Some(response),
    });
    Ok(AuthEventType {
        event_id: Some(row.event_id),
        event_type: Some((*row.kind).into()),
        creation_date: Some(row.created_at),
        event_response: Some((*row.response).into()),
        event_risk: Some(EventRiskType {
            risk_decision: Some(decision),
            risk_level: details.level,
            compromised_credentials_detected: Some(details.compromised),
        }),
        challenge_responses: Some(answers.collect()),
        event_context_data: Some(EventContextDataType {
            ip_address: row.address,
            device_name: row.device,
            ..EventContextDataType::default()
        }),
        event_feedback: row.feedback.map(|feedback| EventFeedbackType {
            feedback_value: (*feedback.value).into(),
            provider: feedback.by,
            feedback_date: Some(feedback.at),
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_can_be_read() {
        crate::model::stored::check::<FeedbackToken>("auth_event_feedback");
    }
}
