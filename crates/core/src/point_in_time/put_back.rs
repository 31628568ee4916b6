//! The second half of a restoration: what was there at the moment is there again as it was (docs/cognito/new-operations.md §15.4).

use poolhouse_kernel::Fault;
use poolhouse_ports::{Sub, Timestamp};
use poolhouse_store::Tx;
use poolhouse_store::tables::passkeys::Passkey;
use poolhouse_store::tables::users::User as UserRow;
use poolhouse_store::tables::{codes, identity_providers, past};
use poolhouse_store::tables::{
    groups as group_table, linked_identities as link_table, members as member_table,
    passkeys as passkey_table, users as user_table,
};
use poolhouse_wire::user_pools::UserStatusType;

use super::phase::Step;
use super::{BATCH, Batch, key};
use crate::Cx;
use crate::directory::record;
use crate::model::User;
use crate::sessions::browser;
use crate::users::{generation, software_token};

type Reached = Result<Option<Vec<String>>, Fault>;

pub(super) async fn groups(tx: &mut Tx, step: &Step<'_>) -> Reached {
    let (pool_id, after) = (&step.pool.id, key(&step.position));
    let batch = Batch(past::groups::first_after(tx, pool_id, step.moment, &after, BATCH).await?);
    for then in batch.0.iter().filter_map(|past| past.row.as_ref()) {
        match group_table::get(tx, pool_id, &then.name).await? {
            Some(present) if present == *then => {}
            Some(_) => drop(group_table::update(tx, then).await?),
            None => drop(group_table::insert(tx, then).await?),
        }
    }
    Ok(batch.reached())
}

pub(super) async fn users(tx: &mut Tx, step: &Step<'_>) -> Reached {
    let (pool_id, after) = (&step.pool.id, key(&step.position));
    let batch = Batch(past::users::first_after(tx, pool_id, step.moment, &after, BATCH).await?);
    for past in &batch.0 {
        let Some(then) = &past.row else { continue };
        match user_table::get(tx, pool_id, &then.sub).await? {
            Some(present) => set_back(tx, step, then, present).await?,
            None => {
                let last = past::users::newest(tx, pool_id, step.moment, &past.key).await?;
                make_again(tx, step, then, &last.unwrap_or_else(|| then.clone())).await?;
            }
        }
    }
    Ok(batch.reached())
}

/// Sets a user back who is still there.
async fn set_back(tx: &mut Tx, step: &Step<'_>, then: &UserRow, present: UserRow) -> Result<(), Fault> {
    let mut row = with_password_of(then.clone(), &present, step.moment);
    row.sign_outs = present.sign_outs;
    row.modified_at = present.modified_at;
    let is_disabled_by_it = present.enabled && !row.enabled;
    let present = User::from_row(present)?;
    let mut user = with_factors_of_then(step.cx, User::from_row(row)?, Some(&present));
    if is_disabled_by_it {
        generation::count_up(&mut user);
        generation::forget_sign_ins(tx, step.cx, &user).await?;
        browser::end_of_user(tx, &user).await?;
    }
    if user.to_row()? != present.row {
        codes::delete_of_user(tx, &step.pool.id, &user.row.sub).await?;
        user.row.modified_at = step.cx.now;
    }
    let modified_at = user.row.modified_at;
    record::give_way(tx, step.pool, &mut user).await?;
    // Whether or not it was changed: its aliases are to be claimed again.
    record::save(tx, step.pool, &mut user, modified_at).await
}

/// Makes a user again who was deleted since: with the last password, and of a generation whose tokens nobody has.
async fn make_again(tx: &mut Tx, step: &Step<'_>, then: &UserRow, last: &UserRow) -> Result<(), Fault> {
    let mut row = with_password_of(then.clone(), last, step.moment);
    // No count of sign-outs has come as far as the time: not even one that no copy knows of.
    row.sign_outs = last.sign_outs.max(step.cx.now.0) + 1;
    row.modified_at = step.cx.now;
    let mut user = with_factors_of_then(step.cx, User::from_row(row)?, None);
    if record::is_taken(tx, step.pool, &user).await? {
        let (pool, sub) = (&step.pool.id, &user.row.sub);
        tracing::warn!(%pool, %sub, "a recovery leaves a user out, whose name is somebody else's by now");
        return Ok(());
    }
    record::give_way(tx, step.pool, &mut user).await?;
    record::insert(tx, step.pool, &user, record::alias_exists).await
}

/// Passwords are never taken back (model). Nobody with a new one is to be one who must change it, or has forgotten it (open), and
/// nobody who was told to set a new one is to get on with the old one.
fn with_password_of(then: UserRow, last: &UserRow, moment: Timestamp) -> UserRow {
    let is_new = last.password_set_at.is_some_and(|set_at| set_at > moment)
        || last.status == UserStatusType::ResetRequired.as_str();
    UserRow {
        status: if is_new { last.status.clone() } else { then.status },
        verifier: last.verifier.clone(),
        password_set_at: last.password_set_at,
        password_version: last.password_version,
        password_history: last.password_history.clone(),
        imported_hash: last.imported_hash.clone(),
        ..then
    }
}

/// Second factors are as they were then, but for what was not registered yet, and for the codes that are used up.
fn with_factors_of_then(cx: &Cx, mut user: User, present: Option<&User>) -> User {
    user.mfa.pending_token = None;
    match present {
        Some(present) if present.mfa.lasting() == user.mfa.lasting() => user.mfa = present.mfa.clone(),
        Some(_) | None => {
            if let Some(token) = &mut user.mfa.token {
                software_token::spend_codes(cx, token);
            }
        }
    }
    user
}

pub(super) async fn links(tx: &mut Tx, step: &Step<'_>) -> Reached {
    let (pool_id, after) = (&step.pool.id, key(&step.position));
    let batch = Batch(past::linked_identities::first_after(tx, pool_id, step.moment, &after, BATCH).await?);
    for then in batch.0.iter().filter_map(|past| past.row.as_ref()) {
        // Of a provider that is gone there is nobody to link, and another one of its name calls others so (ours).
        let provider = identity_providers::get(tx, pool_id, &then.provider_name).await?;
        let is_the_same = provider.is_some_and(|provider| provider.created_at <= step.moment);
        if is_the_same && is_there(tx, step, &then.sub).await? {
            let _ = link_table::insert(tx, then).await?;
        }
    }
    Ok(batch.reached())
}

pub(super) async fn passkeys(tx: &mut Tx, step: &Step<'_>) -> Reached {
    let (pool_id, after) = (&step.pool.id, key(&step.position));
    let batch = Batch(past::passkeys::first_after(tx, pool_id, step.moment, &after, BATCH).await?);
    for past in &batch.0 {
        let Some(then) = &past.row else { continue };
        if is_there(tx, step, &then.sub).await? {
            // The counter never goes back: that would look like a copy of the key. That of another key with this id says nothing.
            let last = past::passkeys::newest(tx, pool_id, step.moment, &past.key).await?;
            let last = last.filter(|last| last.public_key == then.public_key);
            let sign_count = last.map_or(then.sign_count, |last| last.sign_count);
            let _ = passkey_table::insert(tx, &Passkey { sign_count, ..then.clone() }).await?;
        }
    }
    Ok(batch.reached())
}

pub(super) async fn members(tx: &mut Tx, step: &Step<'_>) -> Reached {
    let (pool_id, after) = (&step.pool.id, key(&step.position));
    let batch = Batch(past::members::first_after(tx, pool_id, step.moment, &after, BATCH).await?);
    for then in batch.0.iter().filter_map(|past| past.row.as_ref()) {
        let has_group = group_table::get(tx, pool_id, &then.group_name).await?.is_some();
        if has_group && is_there(tx, step, &then.sub).await? {
            let _ = member_table::insert(tx, pool_id, &then.sub, &then.group_name).await?;
        }
    }
    Ok(batch.reached())
}

async fn is_there(tx: &mut Tx, step: &Step<'_>, sub: &Sub) -> Result<bool, Fault> {
    Ok(user_table::get(tx, &step.pool.id, sub).await?.is_some())
}
