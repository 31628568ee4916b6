//! Made-up users in numbers, to see how an installation does with them (`poolhouse dev fill`).
//!
//! They are stored as any others, by the rules of the pool, but in batches.

use poolhouse_kernel::Fault;
use poolhouse_ports::{PoolId, Sub};
use poolhouse_store::tables::{groups as groups_table, members};
use poolhouse_wire::user_pools::UserStatusType;

use crate::directory::bulk::{self, Inserted};
use crate::directory::record;
use crate::groups::{GroupDetails, new_row};
use crate::model::{Attributes, Pool, User};
use crate::users::password::PasswordSource;
use crate::users::verifier;
use crate::{Cx, Engine, pools};

/// Users of one transaction.
const BATCH: u32 = 1000;

/// The group of all of them.
pub const EVERYBODY: &str = "everybody";

/// What a pool is filled with.
#[derive(Clone, Debug)]
pub struct Filling {
    /// How many users: `user-000000`, `user-000001` and so on, confirmed, each with an e-mail address.
    pub users: u32,
    /// How many groups, `group-0000` and so on, beside [`EVERYBODY`].
    pub groups: u32,
    /// In how many of these groups each user is, beside [`EVERYBODY`].
    pub groups_of_user: u32,
    /// Whether there is a group of all of them, too.
    pub everybody: bool,
    /// The password of each, by which they sign in; without one they cannot.
    pub password: Option<String>,
}

/// Fills a pool. Who is there already by that name stays as it is, so that a filling that was broken off can be run again.
/// `progress` is told how many users are done.
///
/// # Errors
/// `ResourceNotFoundException`; what the pool does not take, such as a password.
pub async fn fill(
    engine: &Engine,
    pool_id: &PoolId,
    filling: &Filling,
    progress: impl Fn(u32),
) -> Result<(), Fault> {
    let cx = Cx::job(engine);
    let pool = pools::get(&cx, pool_id).await?;
    make_groups(&cx, &pool, filling).await?;
    let mut done = 0;
    while done < filling.users {
        let end = filling.users.min(done + BATCH);
        let cx = Cx::job(engine);
        let mut users = Vec::new();
        for number in done..end {
            users.push(made_up(&cx, &pool, filling, number).await?);
        }
        cx.repeat(|| insert(&cx, &pool, filling, &users)).await?;
        done = end;
        progress(done);
    }
    Ok(())
}

/// The name of a user.
pub fn user_name(number: u32) -> String {
    format!("user-{number:06}")
}

/// The name of a group.
pub fn group_name(number: u32) -> String {
    format!("group-{number:04}")
}

/// The e-mail address of a user.
pub fn email(number: u32) -> String {
    format!("user-{number:06}@example.com")
}

async fn make_groups(cx: &Cx, pool: &Pool, filling: &Filling) -> Result<(), Fault> {
    let names = (0..filling.groups).map(group_name).chain(filling.everybody.then(|| EVERYBODY.to_owned()));
    let rows: Vec<_> = names
        .zip(0..)
        .map(|(name, precedence)| {
            let details = GroupDetails { precedence: Some(precedence), ..GroupDetails::default() };
            new_row(cx, &pool.id, name, details)
        })
        .collect();
    cx.repeat(async || {
        let mut tx = cx.write().await?;
        for row in &rows {
            let _exists = groups_table::insert(&mut tx, row).await?;
        }
        Ok(tx.commit().await?)
    })
    .await
}

/// A user and its number.
async fn made_up(cx: &Cx, pool: &Pool, filling: &Filling, number: u32) -> Result<(u32, User), Fault> {
    let mut attributes = Attributes::new();
    attributes.insert("email".to_owned(), email(number));
    attributes.insert("email_verified".to_owned(), "true".to_owned());
    attributes.insert("given_name".to_owned(), format!("Number {number}"));
    let name = if pool.username_attributes().is_empty() { user_name(number) } else { email(number) };
    let mut user = record::draft(cx, pool, &name, attributes, UserStatusType::Confirmed)?;
    if let Some(password) = &filling.password {
        verifier::prepare(cx, pool, &user, password, PasswordSource::Change).await?.set(&mut user, cx.now)?;
    }
    Ok((number, user))
}

async fn insert(cx: &Cx, pool: &Pool, filling: &Filling, users: &[(u32, User)]) -> Result<(), Fault> {
    let mut tx = cx.write().await?;
    let all: Vec<&User> = users.iter().map(|(_, user)| user).collect();
    let inserted = bulk::insert(&mut tx, pool, &all).await?;
    let mut memberships: Vec<(&Sub, String)> = Vec::new();
    for ((number, user), _) in users.iter().zip(inserted).filter(|(_, outcome)| *outcome == Inserted::New) {
        let own = (0..filling.groups_of_user.min(filling.groups))
            .map(|n| group_name((number + n) % filling.groups));
        let groups = own.chain(filling.everybody.then(|| EVERYBODY.to_owned()));
        memberships.extend(groups.map(|group| (&user.row.sub, group)));
    }
    members::insert_many(&mut tx, &pool.id, &memberships).await?;
    Ok(tx.commit().await?)
}
