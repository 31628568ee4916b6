//! What is written of a tracked sign-in, and when.

use poolhouse_kernel::Fault;
use poolhouse_ports::{Sub, Timestamp};
use poolhouse_store::Tx;
use poolhouse_store::tables::sessions::Session as SessionRow;
use poolhouse_store::tables::tracked_sessions::{self as table, Active};

pub(crate) use poolhouse_store::tables::sessions::Record;

use crate::Cx;
use crate::clients::lifetime;
use crate::ids;
use crate::model::{Pool, user_agent};

/// How stale the time of the last use may be, in seconds: a refresh stays a read most of the time
/// (new-operations §2.6).
const STALE_SECONDS: i64 = 60;

/// Whether the pool tracks sessions.
pub(crate) fn is_on(pool: &Pool) -> bool {
    pool.settings.sessions.since().is_some()
}

/// The record of a sign-in that is completed now, through the browser session `origin` if there is one; none where the
/// pool does not track.
pub(crate) fn new(cx: &Cx, pool: &Pool, origin: Option<&str>) -> Option<Record> {
    pool.settings.sessions.since()?;
    let origin_session_id = origin.map(ToOwned::to_owned);
    Some(Record { origin_session_id, ..used_by(cx, ids::token_session_id(cx.entropy())) })
}

/// Makes room for one more sign-in of the user: those used least recently end (new-operations §2.2, model).
/// The caller commits.
pub(crate) async fn make_room(tx: &mut Tx, cx: &Cx, pool: &Pool, sub: &Sub) -> Result<(), Fault> {
    let Some(active) = active(cx, pool) else { return Ok(()) };
    let keep = pool.settings.sessions.most().saturating_sub(1);
    table::evict(tx, &pool.id, sub, active, keep, cx.now).await?;
    Ok(())
}

/// The record after a use of the sign-in's refresh token, where something of it changes that is worth a write.
pub(crate) fn after_use(cx: &Cx, pool: &Pool, session: &SessionRow) -> Option<Record> {
    let before = session.record.as_ref()?;
    let since = pool.settings.sessions.since().filter(|since| session.auth_time >= *since);
    since?;
    let now = used_by(cx, before.session_id.clone());
    // A request that began earlier may end later.
    let last_active_at = before.last_active_at.max(now.last_active_at);
    is_worth_a_write(before, &now).then_some(Record { last_active_at, ..now })
}

/// Whether a use tells something that is not known of the session yet.
pub(super) fn is_worth_a_write(before: &Record, now: &Record) -> bool {
    let stale = before.last_active_at.plus_seconds(STALE_SECONDS) <= now.last_active_at;
    let moved = (&before.device, &before.address) != (&now.device, &now.address);
    stale || moved
}

/// Which sign-ins count as sessions now; none where the pool does not track.
pub(crate) fn active(cx: &Cx, pool: &Pool) -> Option<Active> {
    let since = pool.settings.sessions.since()?;
    // The row stays until the last access token that a refresh could give has expired.
    let expires_after: Timestamp = cx.now.plus_seconds(lifetime::LONGEST_TOKEN);
    Some(Active { since, expires_after })
}

/// What is known of a session that this request uses.
pub(super) fn used_by(cx: &Cx, session_id: String) -> Record {
    Record {
        session_id,
        origin_session_id: None,
        last_active_at: cx.now,
        device: user_agent::name(cx.origin.user_agent.as_deref()),
        address: cx.origin.address.map(|address| address.to_string()),
    }
}
