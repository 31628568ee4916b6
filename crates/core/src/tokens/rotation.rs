//! Refresh token rotation (docs/cognito/tokens.md §9.3, docs/decisions/0010-families.md).
//!
//! A *family* is everything that one sign-in leads to. Its row names the refresh token in force and that one's
//! direct predecessor; every other token of the family is displaced.
//!
//! ```text
//!            use                 use again within the grace period
//! parent ──────────► child      parent ──────────► another child, which displaces the first
//! ```

use poolhouse_kernel::Fault;
use poolhouse_ports::Timestamp;
use poolhouse_store::StoreError;
use poolhouse_store::tables::sessions::{self, Record, Rotation, Session as SessionRow};
use poolhouse_store::tables::{Insert, tracked_sessions};
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::{FeatureType, RefreshTokenRotationType};

use crate::Cx;
use crate::model::{Client, Pool};
use crate::tokens::refresh_token::RefreshToken;
use crate::turns::Thing;

/// Whether the client's refresh tokens are replaced with each use.
pub(crate) fn is_on(client: &Client) -> bool {
    setting(client).is_some()
}

fn setting(client: &Client) -> Option<&RefreshTokenRotationType> {
    client.settings.refresh_token_rotation.as_ref().filter(|r| r.feature == FeatureType::Enabled)
}

/// The place of a refresh token in its family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// In force.
    Newest,
    /// The direct predecessor of the one in force.
    Parent,
    /// Any other.
    Displaced,
}

/// A token's id is absent for the first of a family.
fn place(id: Option<&str>, rotation: Option<&Rotation>) -> Place {
    if id == rotation.map(|r| r.newest.as_str()) {
        Place::Newest
    } else if rotation.is_some_and(|r| r.parent.as_deref() == id) {
        Place::Parent
    } else {
        Place::Displaced
    }
}

/// Whether a token with this id may be used now, by the row of its sign-in.
///
/// # Errors
/// `RefreshTokenReuseException`; of a client that does not rotate, or a family that was revoked,
/// `NotAuthorizedException`.
pub(super) fn check(
    client: &Client,
    id: Option<&str>,
    session: &SessionRow,
    now: Timestamp,
) -> Result<(), Fault> {
    let rotation = session.rotation.as_ref();
    match place(id, rotation) {
        _ if session.revoked_at.is_some() => Err(revoked(client)),
        Place::Newest => Ok(()),
        Place::Parent if within_grace(client, rotation, now) => Ok(()),
        // The family lives on: reuse does not end it (recorded).
        _ if is_on(client) => {
            Err(Fault::new(ErrorCode::RefreshTokenReuseException, "Refresh token reuse detected"))
        }
        _ => Err(Fault::not_authorized("Refresh Token has been revoked")),
    }
}

/// A revoked family answers without words where tokens rotate (recorded).
pub(super) fn revoked(client: &Client) -> Fault {
    if is_on(client) {
        Fault::bare(ErrorCode::NotAuthorizedException)
    } else {
        Fault::not_authorized("Refresh Token has been revoked")
    }
}

/// The grace period begins when the parent is used first: retries do not prolong it.
fn within_grace(client: &Client, rotation: Option<&Rotation>, now: Timestamp) -> bool {
    let seconds = setting(client).and_then(|s| s.retry_grace_period_seconds).map_or(0, i64::from);
    rotation.is_some_and(|r| now < r.at.plus_seconds(seconds))
}

/// What the family's row says once the token with this id was used and a `child` takes its place.
fn after_use(id: Option<&str>, rotation: Option<Rotation>, child: String, now: Timestamp) -> Rotation {
    match rotation {
        Some(before) if place(id, Some(&before)) == Place::Parent => Rotation { newest: child, ..before },
        _ => Rotation { newest: child, parent: id.map(ToOwned::to_owned), at: now },
    }
}

/// Replaces `token`, which was used, and returns its successor; `record` is what tracking notes of the use. The
/// last step of a use: it commits.
///
/// Of uses at the same time, the database lets one after the other through, and each is judged by what the one
/// before left.
///
/// # Errors
/// As [`check`].
pub(super) async fn replace(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    token: &RefreshToken,
    record: Option<&Record>,
) -> Result<String, Fault> {
    let child = cx.entropy().uuid().to_string();
    let sealed = token.successor(&child).seal(pool)?;
    let (id, event_id) = (token.id.as_deref(), &token.sign_in.event_id);
    cx.take_turn(Thing::SignIn(&pool.id, event_id)).await?;
    let mut tx = cx.write().await?;
    let stored = sessions::get(&mut tx, &pool.id, event_id).await?;
    let is_stored = stored.is_some();
    let session = stored.unwrap_or_else(|| token.session(pool));
    check(client, id, &session, cx.now)?;
    let rotation = after_use(id, session.rotation.clone(), child, cx.now);
    if is_stored {
        sessions::rotate(&mut tx, &pool.id, event_id, &rotation).await?;
    } else if sessions::insert(&mut tx, &SessionRow { rotation: Some(rotation), ..session }).await?
        == Insert::Exists
    {
        // Another use of the token came in between.
        return Err(StoreError::Retry.into());
    }
    if let Some(record) = record {
        tracked_sessions::touch(&mut tx, &pool.id, event_id, record).await?;
    }
    tx.commit().await?;
    Ok(sealed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(5000);

    fn use_up(id: Option<&str>, rotation: Option<Rotation>, child: &str, now: Timestamp) -> Rotation {
        after_use(id, rotation, child.to_owned(), now)
    }

    #[test]
    fn only_the_newest_and_its_parent_have_a_place() {
        assert_eq!(place(None, None), Place::Newest);
        assert_eq!(place(Some("a"), None), Place::Displaced);
        let first = use_up(None, None, "a", NOW);
        assert_eq!(place(None, Some(&first)), Place::Parent);
        assert_eq!(place(Some("a"), Some(&first)), Place::Newest);
        let second = use_up(Some("a"), Some(first), "b", NOW);
        let places = [None, Some("a"), Some("b")].map(|id| place(id, Some(&second)));
        assert_eq!(places, [Place::Displaced, Place::Parent, Place::Newest]);
    }

    #[test]
    fn a_retry_replaces_the_child_and_keeps_parent_and_time() {
        let first = use_up(None, None, "a", NOW);
        let retried = use_up(None, Some(first), "b", Timestamp(9000));
        assert_eq!(retried, Rotation { newest: "b".to_owned(), parent: None, at: NOW });
        assert_eq!(place(Some("a"), Some(&retried)), Place::Displaced);
    }
}
