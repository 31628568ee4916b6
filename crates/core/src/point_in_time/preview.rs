//! Counting what a recovery would do (docs/cognito/new-operations.md §15.1).

use poolhouse_kernel::Fault;
use poolhouse_store::Tx;
use poolhouse_store::tables::users::User as UserRow;
use poolhouse_store::tables::{groups as group_table, members as member_table, passkeys as passkey_table};
use poolhouse_store::tables::{past, users as user_table};

use super::phase::Step;
use super::record::Counts;
use super::{BATCH, Batch, key, uncounted};
use crate::model::User;
use crate::model::factors::Mfa;

type Reached = Result<Option<Vec<String>>, Fault>;

pub(super) async fn users(tx: &mut Tx, step: &Step<'_>, counts: &mut Counts) -> Reached {
    let after = key(&step.position);
    let batch = Batch(past::users::first_after(tx, &step.pool.id, step.moment, &after, BATCH).await?);
    for past in &batch.0 {
        let [sub] = &past.key;
        let present = user_table::get(tx, &step.pool.id, &sub.as_str().into()).await?;
        let profile = |user: &UserRow| (user.username_key.clone(), user.enabled, user.attributes.clone());
        counts.users.add(past.row.as_ref().map(profile), present.as_ref().map(profile));
        counts.mfas.add(factors(past.row.as_ref())?, factors(present.as_ref())?);
    }
    Ok(batch.reached())
}

/// The second factors of a user, if there are any.
fn factors(row: Option<&UserRow>) -> Result<Option<Mfa>, Fault> {
    let Some(row) = row else { return Ok(None) };
    let mfa = User::from_row(row.clone())?.mfa.lasting();
    Ok((mfa != Mfa::default()).then_some(mfa))
}

pub(super) async fn groups(tx: &mut Tx, step: &Step<'_>, counts: &mut Counts) -> Reached {
    let after = key(&step.position);
    let batch = Batch(past::groups::first_after(tx, &step.pool.id, step.moment, &after, BATCH).await?);
    for past in &batch.0 {
        let [name] = &past.key;
        let present = group_table::get(tx, &step.pool.id, name).await?;
        let settings = |group: &group_table::Group| {
            (group.description.clone(), group.role_arn.clone(), group.precedence, group.created_at)
        };
        counts.groups.add(past.row.as_ref().map(settings), present.as_ref().map(settings));
    }
    Ok(batch.reached())
}

pub(super) async fn passkeys(tx: &mut Tx, step: &Step<'_>, counts: &mut Counts) -> Reached {
    let after = key(&step.position);
    let batch = Batch(past::passkeys::first_after(tx, &step.pool.id, step.moment, &after, BATCH).await?);
    for past in &batch.0 {
        let [credential_id] = &past.key;
        let present = passkey_table::get(tx, &step.pool.id, credential_id).await?;
        counts.passkeys.add(past.row.clone().map(uncounted), present.map(uncounted));
    }
    Ok(batch.reached())
}

pub(super) async fn members(tx: &mut Tx, step: &Step<'_>, counts: &mut Counts) -> Reached {
    let after = key(&step.position);
    let batch = Batch(past::members::first_after(tx, &step.pool.id, step.moment, &after, BATCH).await?);
    for past in &batch.0 {
        let [sub, group] = &past.key;
        let present = member_table::get(tx, &step.pool.id, &sub.as_str().into(), group).await?;
        counts.memberships.add(past.row.as_ref(), present.as_ref());
    }
    Ok(batch.reached())
}
