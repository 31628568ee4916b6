//! Listing and revoking sessions (docs/cognito/new-operations.md §2.3).
//!
//! Sessions of browsers, made by managed login, do not exist yet: every session is one of tokens, and none is linked to
//! another, so that LINKED revokes no more than NONE.

use poolhouse_kernel::Fault;
use poolhouse_ports::{PoolId, Sub};
use poolhouse_store::Tx;
use poolhouse_store::tables::sessions::{self as session_table, Record, Session};
use poolhouse_store::tables::tracked_sessions as table;
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::{SessionDescriptionType, SessionLocationType, SessionTypeType};

use super::record;
use crate::directory::{self, Edit, edit};
use crate::model::Pool;
use crate::{Cx, clients, pools};

/// Everything fits one page (new-operations §2.3, model).
const MOST: u32 = 125;

/// The sessions of a user whom an administrator names.
///
/// # Errors
/// `ResourceNotFoundException`, `UserNotFoundException`, and as [`list_own`] those of the list.
pub async fn list_of_user(
    cx: &Cx,
    pool_id: &PoolId,
    username: &str,
    next_token: Option<&str>,
) -> Result<Vec<SessionDescriptionType>, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    let user = directory::get(&mut cx.read().await?, &pool, username).await?;
    list(cx, &pool, &user.row.sub, next_token, None).await
}

/// Revokes a session of a user whom an administrator names.
///
/// # Errors
/// `ResourceNotFoundException`, `UserNotFoundException`, `OperationNotEnabledException`.
pub async fn revoke_of_user(
    cx: &Cx,
    pool_id: &PoolId,
    username: &str,
    session_id: &str,
) -> Result<(), Fault> {
    let pool = pools::get(cx, pool_id).await?;
    let Edit { mut tx, user } = edit(cx, &pool, username).await?;
    let session = find(cx, &mut tx, &pool, &user.row.sub, session_id).await?;
    revoke(cx, tx, &session).await
}

/// The sessions of a user, the one used last first; `current` is the one in which it is asked.
pub(crate) async fn list(
    cx: &Cx,
    pool: &Pool,
    sub: &Sub,
    next_token: Option<&str>,
    current: Option<&str>,
) -> Result<Vec<SessionDescriptionType>, Fault> {
    let sessions = active(cx, &mut cx.read().await?, pool, sub).await?;
    if next_token.is_some() {
        // No page has a successor, so no token is one of ours (protocol §8).
        return Err(Fault::invalid_parameter(
            "Provided pagination token is invalid. Check the token and try your request again.",
        ));
    }
    let mut shown = Vec::with_capacity(sessions.len());
    for session in sessions {
        // With its client a session ended.
        match clients::get(cx, &session.client_id).await {
            Err(fault) if fault.code() == ErrorCode::ResourceNotFoundException => continue,
            known => drop(known?),
        }
        let is_current = current == Some(&*session.event_id);
        shown.extend(session.record.clone().map(|record| description(session, record, is_current)));
    }
    Ok(shown)
}

/// The user's active sessions, the one used last first.
async fn active(cx: &Cx, tx: &mut Tx, pool: &Pool, sub: &Sub) -> Result<Vec<Session>, Fault> {
    let Some(active) = record::active(cx, pool) else {
        // Open (new-operations §1, §2.5).
        return Err(Fault::new(
            ErrorCode::OperationNotEnabledException,
            "This operation is not enabled for this user pool.",
        ));
    };
    Ok(table::list(tx, &pool.id, sub, active, MOST).await?)
}

/// The active session with this id, if it is the user's.
pub(crate) async fn find(
    cx: &Cx,
    tx: &mut Tx,
    pool: &Pool,
    sub: &Sub,
    session_id: &str,
) -> Result<Session, Fault> {
    let sessions = active(cx, tx, pool, sub).await?;
    let named = |s: &Session| s.record.as_ref().is_some_and(|r| r.session_id == session_id);
    sessions.into_iter().find(named).ok_or_else(|| Fault::not_found("Session not found."))
}

/// Ends a session, and commits.
pub(crate) async fn revoke(cx: &Cx, mut tx: Tx, session: &Session) -> Result<(), Fault> {
    session_table::revoke(&mut tx, &session.pool_id, &session.event_id, cx.now).await?;
    Ok(tx.commit().await?)
}

fn description(session: Session, record: Record, is_current: bool) -> SessionDescriptionType {
    SessionDescriptionType {
        session_id: Some(record.session_id),
        session_type: Some(SessionTypeType::Token),
        client_id: Some(session.client_id),
        create_date: Some(session.auth_time),
        last_active_date: Some(record.last_active_at),
        device_type: Some(record.device),
        last_ip_address: record.address.map(Into::into),
        // There is no database of places (new-operations §2.3).
        last_location: Some(SessionLocationType { city: None, country: Some("unknown".to_owned()) }),
        origin_session_id: None,
        is_current_session: Some(is_current),
    }
}
