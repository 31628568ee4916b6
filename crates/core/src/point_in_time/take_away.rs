//! The first half of a restoration: what was made since goes, and names are set free for what comes back.

use poolhouse_kernel::Fault;
use poolhouse_ports::Sub;
use poolhouse_store::Tx;
use poolhouse_store::tables::past;
use poolhouse_store::tables::{
    aliases, groups as group_table, linked_identities as link_table, members as member_table,
    passkeys as passkey_table, users as user_table,
};

use super::phase::Step;
use super::{BATCH, Batch, key, uncounted};

type Reached = Result<Option<Vec<String>>, Fault>;

pub(super) async fn members(tx: &mut Tx, step: &Step<'_>) -> Reached {
    let after = key(&step.position);
    let batch = Batch(past::members::first_after(tx, &step.pool.id, step.moment, &after, BATCH).await?);
    for past in batch.0.iter().filter(|past| past.row.is_none()) {
        let [sub, group] = &past.key;
        member_table::delete(tx, &step.pool.id, &sub.as_str().into(), group).await?;
    }
    Ok(batch.reached())
}

pub(super) async fn passkeys(tx: &mut Tx, step: &Step<'_>) -> Reached {
    let after = key(&step.position);
    let batch = Batch(past::passkeys::first_after(tx, &step.pool.id, step.moment, &after, BATCH).await?);
    for past in &batch.0 {
        let [credential_id] = &past.key;
        let Some(present) = passkey_table::get(tx, &step.pool.id, credential_id).await? else { continue };
        // Also another key under an old id.
        if past.row.clone().map(uncounted) != Some(uncounted(present.clone())) {
            passkey_table::delete(tx, &step.pool.id, credential_id, &present.sub).await?;
        }
    }
    Ok(batch.reached())
}

pub(super) async fn links(tx: &mut Tx, step: &Step<'_>) -> Reached {
    let (pool_id, after) = (&step.pool.id, key(&step.position));
    let batch = Batch(past::linked_identities::first_after(tx, pool_id, step.moment, &after, BATCH).await?);
    for past in &batch.0 {
        let [provider, attribute, value] = &past.key;
        let present = link_table::get(tx, pool_id, provider, attribute, value).await?;
        // Also one that leads to somebody else now.
        if present.is_some_and(|present| past.row.as_ref() != Some(&present)) {
            link_table::delete(tx, pool_id, provider, attribute, value).await?;
        }
    }
    Ok(batch.reached())
}

pub(super) async fn users(tx: &mut Tx, step: &Step<'_>) -> Reached {
    let (pool_id, after) = (&step.pool.id, key(&step.position));
    let batch = Batch(past::users::first_after(tx, pool_id, step.moment, &after, BATCH).await?);
    for past in &batch.0 {
        let [sub] = &past.key;
        let sub = Sub::from(sub.as_str());
        if past.row.is_none() {
            user_table::delete(tx, pool_id, &sub).await?;
            continue;
        }
        // They come back with the attributes that they follow from.
        for alias in aliases::list(tx, pool_id, &sub).await? {
            aliases::delete(tx, pool_id, &alias.name, &alias.value).await?;
        }
    }
    Ok(batch.reached())
}

pub(super) async fn groups(tx: &mut Tx, step: &Step<'_>) -> Reached {
    let (pool_id, after) = (&step.pool.id, key(&step.position));
    let batch = Batch(past::groups::first_after(tx, pool_id, step.moment, &after, BATCH).await?);
    for past in &batch.0 {
        let [name] = &past.key;
        let Some(present) = group_table::get(tx, pool_id, name).await? else { continue };
        // Also one that was made anew under an old name.
        if past.row.as_ref().is_none_or(|then| then.created_at != present.created_at) {
            group_table::delete(tx, pool_id, name).await?;
        }
    }
    Ok(batch.reached())
}
