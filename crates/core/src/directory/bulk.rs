//! New users in numbers, with the rules of [`record::insert`](super::record::insert).

use std::collections::{HashMap, HashSet};

use poolhouse_kernel::Fault;
use poolhouse_ports::Sub;
use poolhouse_store::Tx;
use poolhouse_store::tables::aliases::{self, Alias};
use poolhouse_store::tables::{user_index, users as table};

use super::record::{entries, means_other, name_is_taken};
use crate::model::user::aliases_of;
use crate::model::{Pool, User};

/// What became of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inserted {
    /// The user is there.
    New,
    /// Somebody else has the user name.
    NameTaken,
    /// Somebody else has one of the aliases.
    AliasTaken,
}

/// Stores new users, and tells of each in their order what became of it. Of two who want the same name, or the same alias, the
/// first one has it; a name goes before an alias.
pub(crate) async fn insert(tx: &mut Tx, pool: &Pool, users: &[&User]) -> Result<Vec<Inserted>, Fault> {
    let rows = users.iter().map(|user| user.to_row()).collect::<Result<Vec<_>, _>>()?;
    let mut new: HashSet<Sub> = table::insert_many(tx, &rows).await?.into_iter().collect();
    let mut taken: HashMap<Sub, Inserted> = HashMap::new();
    let mut wanted = Vec::new();
    for user in users.iter().filter(|user| new.contains(&user.row.sub)) {
        match claimed(tx, pool, user).await? {
            Ok(mut aliases) => wanted.append(&mut aliases),
            Err(what) => drop(taken.insert(user.row.sub.clone(), what)),
        }
    }
    let mut missing: HashMap<Sub, usize> = HashMap::new();
    for alias in &wanted {
        *missing.entry(alias.sub.clone()).or_default() += 1;
    }
    for sub in aliases::insert_many(tx, &wanted).await? {
        missing.entry(sub).and_modify(|count| *count -= 1);
    }
    let without = missing.into_iter().filter(|(_, count)| *count > 0);
    taken.extend(without.map(|(sub, _)| (sub, Inserted::AliasTaken)));
    for sub in taken.keys() {
        table::delete(tx, &pool.id, sub).await?;
        new.remove(sub);
    }
    let freed: HashSet<_> = users
        .iter()
        .filter(|user| taken.contains_key(&user.row.sub))
        .map(|user| &user.row.username_key)
        .collect();
    let is_again = |user: &&&User| {
        let sub = &user.row.sub;
        !new.contains(sub) && !taken.contains_key(sub) && freed.contains(&user.row.username_key)
    };
    // Whoever wanted the name of somebody who is not there after all.
    let again: Vec<&User> = users.iter().filter(is_again).copied().collect();
    if !again.is_empty() {
        let outcomes = Box::pin(insert(tx, pool, &again)).await?;
        taken.extend(again.iter().map(|user| user.row.sub.clone()).zip(outcomes));
    }
    let found: Vec<_> = users
        .iter()
        .filter(|user| new.contains(&user.row.sub))
        .flat_map(|user| entries(user).into_iter().map(|(name, value)| (&user.row.sub, name, value)))
        .collect();
    user_index::insert_many(tx, &pool.id, &found).await?;
    let outcome = |user: &&User| match taken.get(&user.row.sub) {
        Some(what) => *what,
        None if new.contains(&user.row.sub) => Inserted::New,
        None => Inserted::NameTaken,
    };
    Ok(users.iter().map(outcome).collect())
}

/// The aliases that a user wants, unless they or the name mean somebody else already.
async fn claimed(tx: &mut Tx, pool: &Pool, user: &User) -> Result<Result<Vec<Alias>, Inserted>, Fault> {
    if name_is_taken(tx, pool, user).await? {
        return Ok(Err(Inserted::NameTaken));
    }
    let mut wanted = Vec::new();
    for (name, value) in aliases_of(pool, &user.attributes) {
        if means_other(tx, pool, name, &value, &user.row.sub).await? {
            return Ok(Err(Inserted::AliasTaken));
        }
        let (pool_id, sub) = (pool.id.clone(), user.row.sub.clone());
        wanted.push(Alias { pool_id, name: name.to_owned(), value, sub });
    }
    Ok(Ok(wanted))
}
