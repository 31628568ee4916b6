//! Listing and revoking sessions (docs/cognito/new-operations.md §2.3).
//!
//! A session is one of tokens or one of a browser; those of tokens that came through a browser's name it, and are *linked*
//! to it.

use std::cmp::Reverse;

use poolhouse_kernel::Fault;
use poolhouse_ports::{PoolId, Sub, Timestamp};
use poolhouse_store::Tx;
use poolhouse_store::tables::browser_sessions::{self as browser_table, BrowserSession};
use poolhouse_store::tables::sessions::{self as session_table, Session as SessionRow};
use poolhouse_store::tables::tracked_sessions as table;
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::{SessionDescriptionType, SessionLocationType, SessionTypeType};

use super::{browser, record};
use crate::directory::{self, Edit, edit};
use crate::model::Pool;
use crate::{Cx, clients, faults, pools};

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

/// Revokes a session of a user whom an administrator names, and if `linked` what is linked to it.
///
/// # Errors
/// `ResourceNotFoundException`, `UserNotFoundException`, `OperationNotEnabledException`.
pub async fn revoke_of_user(
    cx: &Cx,
    pool_id: &PoolId,
    username: &str,
    session_id: &str,
    linked: bool,
) -> Result<(), Fault> {
    let pool = pools::get(cx, pool_id).await?;
    let Edit { mut tx, user } = edit(cx, &pool, username).await?;
    let session = find(cx, &mut tx, &pool, &user.row.sub, session_id).await?;
    revoke(cx, tx, &session, linked, None).await
}

/// The sessions of a user, the one used last first; `current` is the one in which it is asked.
pub(crate) async fn list(
    cx: &Cx,
    pool: &Pool,
    sub: &Sub,
    next_token: Option<&str>,
    current: Option<&Current>,
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
        if let Active::Tokens(tokens) = &session {
            // With its client a session of tokens ended.
            match clients::get(cx, &tokens.client_id).await {
                Err(fault) if fault.code() == ErrorCode::ResourceNotFoundException => continue,
                known => drop(known?),
            }
        }
        shown.extend(session.description(current));
    }
    Ok(shown)
}

/// The session in which somebody deals with their own.
#[derive(Clone, Debug)]
pub(crate) enum Current {
    /// That of the tokens of this sign-in.
    Tokens(String),
    /// A browser's.
    Browser(Box<browser::Login>),
}

/// A session that has not ended.
pub(crate) enum Active {
    Tokens(SessionRow),
    Browser(BrowserSession),
}

/// The user's active sessions, the one used last first.
async fn active(cx: &Cx, tx: &mut Tx, pool: &Pool, sub: &Sub) -> Result<Vec<Active>, Fault> {
    let Some(tracked) = record::active(cx, pool) else {
        // Open (new-operations §2.5).
        return Err(faults::operation_not_enabled());
    };
    let tokens = table::list(tx, &pool.id, sub, tracked, MOST).await?.into_iter().map(Active::Tokens);
    let browsers = browser::active(cx, tx, pool, sub).await?.into_iter().map(Active::Browser);
    let mut sessions: Vec<_> = tokens.chain(browsers).collect();
    sessions.sort_by_key(|session| Reverse(session.last_active_at()));
    sessions.truncate(MOST as usize);
    Ok(sessions)
}

/// The active session with this id, if it is the user's.
pub(crate) async fn find(
    cx: &Cx,
    tx: &mut Tx,
    pool: &Pool,
    sub: &Sub,
    session_id: &str,
) -> Result<Active, Fault> {
    let sessions = active(cx, tx, pool, sub).await?;
    let named = |session: &Active| session.id() == Some(session_id);
    sessions.into_iter().find(named).ok_or_else(|| Fault::not_found("Session not found."))
}

/// Ends a session, and if `linked` the browser session of one of tokens, or all sessions of tokens that came through one
/// of a browser, but for that of the tokens by which this is asked (new-operations §2.3, open). Commits.
pub(crate) async fn revoke(
    cx: &Cx,
    mut tx: Tx,
    session: &Active,
    linked: bool,
    current: Option<&Current>,
) -> Result<(), Fault> {
    match session {
        Active::Tokens(session) => {
            if linked {
                browser::end_origin(&mut tx, session).await?;
            }
            session_table::revoke(&mut tx, &session.pool_id, &session.event_id, cx.now).await?;
        }
        Active::Browser(BrowserSession { pool_id, sub, session_id, .. }) => {
            if linked {
                let kept = match current {
                    Some(Current::Tokens(event_id)) => event_id,
                    _ => "",
                };
                session_table::revoke_of_origin(&mut tx, pool_id, sub, session_id, kept, cx.now).await?;
            }
            browser_table::delete(&mut tx, pool_id, sub, session_id).await?;
        }
    }
    Ok(tx.commit().await?)
}

impl Active {
    /// Whether it is the one in which this is asked.
    pub(crate) fn is(&self, current: &Current) -> bool {
        match (self, current) {
            (Self::Tokens(session), Current::Tokens(event_id)) => session.event_id == *event_id,
            (Self::Browser(session), Current::Browser(login)) => session.session_id == login.session_id,
            _ => false,
        }
    }

    fn id(&self) -> Option<&str> {
        match self {
            Self::Tokens(session) => session.record.as_ref().map(|record| record.session_id.as_str()),
            Self::Browser(session) => Some(&session.session_id),
        }
    }

    fn last_active_at(&self) -> Option<Timestamp> {
        match self {
            Self::Tokens(session) => session.record.as_ref().map(|record| record.last_active_at),
            Self::Browser(session) => Some(session.last_active_at),
        }
    }

    fn description(self, current: Option<&Current>) -> Option<SessionDescriptionType> {
        let is_current = current.is_some_and(|current| self.is(current));
        let (kind, client_id, created_at, record) = match self {
            Self::Tokens(session) => {
                (SessionTypeType::Token, session.client_id, session.auth_time, session.record?)
            }
            Self::Browser(session) => {
                let record = browser::record_of(&session);
                (SessionTypeType::Sso, session.client_id, session.authenticated_at, record)
            }
        };
        Some(SessionDescriptionType {
            session_id: Some(record.session_id),
            session_type: Some(kind),
            client_id: Some(client_id),
            create_date: Some(created_at),
            last_active_date: Some(record.last_active_at),
            device_type: Some(record.device),
            last_ip_address: record.address.map(Into::into),
            // There is no database of places (new-operations §2.3).
            last_location: Some(SessionLocationType { city: None, country: Some("unknown".to_owned()) }),
            origin_session_id: record.origin_session_id,
            is_current_session: Some(is_current),
        })
    }
}
