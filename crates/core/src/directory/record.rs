//! One user, and the ways in which a name leads to one (docs/cognito/users-and-groups.md §1.1, §10).

use poolhouse_kernel::Fault;
use poolhouse_ports::{Sub, Timestamp};
use poolhouse_store::tables::aliases::{self, Alias};
use poolhouse_store::tables::{Insert, user_index, users as table};
use poolhouse_store::{StoreError, Tx};
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::UserStatusType;

use crate::model::attributes::verified_flag;
use crate::model::user::{alias_names, aliases_held, blank};
use crate::model::{Attributes, Pool, User, names};
use crate::{Cx, faults};

/// The user whom an administrator means: by `sub`, user name or an alias that the pool allows.
///
/// # Errors
/// `UserNotFoundException`.
pub(crate) async fn get(tx: &mut Tx, pool: &Pool, username: &str) -> Result<User, Fault> {
    find(tx, pool, username).await?.ok_or_else(faults::user_not_found)
}

/// As [`get`], without the error.
///
/// A text of a `sub`'s form is looked for as one first: who took somebody's `sub` as a name before that was refused
/// must not be meant by it. Other texts are no `sub` and are not looked for as one.
pub(crate) async fn find(tx: &mut Tx, pool: &Pool, username: &str) -> Result<Option<User>, Fault> {
    if let Some(sub) = names::as_sub(username)
        && let Some(user) = by_sub(tx, pool, &sub).await?
    {
        return Ok(Some(user));
    }
    find_for_sign_in(tx, pool, username).await
}

/// Whether a name or alias of the user `own` is the `sub` of somebody else, in whatever letter case: it would mean
/// both to administrators.
async fn is_sub_of_other(tx: &mut Tx, pool: &Pool, name: &str, own: &Sub) -> Result<bool, Fault> {
    match names::as_sub(name) {
        Some(sub) if sub != *own => Ok(table::get(tx, &pool.id, &sub).await?.is_some()),
        _ => Ok(false),
    }
}

/// The user who signs in with `username`: by user name or alias. A `sub` that is not the user name is
/// nobody's here (users-and-groups §1.1, observed).
pub(crate) async fn find_for_sign_in(
    tx: &mut Tx,
    pool: &Pool,
    username: &str,
) -> Result<Option<User>, Fault> {
    let key = names::fold(pool, username);
    if let Some(row) = table::find_by_username_key(tx, &pool.id, &key).await? {
        return User::from_row(row).map(Some);
    }
    for name in alias_names(pool) {
        if let Some(alias) = aliases::get(tx, &pool.id, name, &key).await? {
            return by_sub(tx, pool, &alias.sub).await;
        }
    }
    Ok(None)
}

/// The user of this name, which is nothing else than a name here.
pub(crate) async fn by_username(tx: &mut Tx, pool: &Pool, username: &str) -> Result<Option<User>, Fault> {
    let row = table::find_by_username_key(tx, &pool.id, &names::fold(pool, username)).await?;
    row.map(User::from_row).transpose()
}

/// The user whose `sub` is this one or the first behind it.
pub(crate) async fn from_sub(tx: &mut Tx, pool: &Pool, sub: &Sub) -> Result<Option<User>, Fault> {
    table::get_from(tx, &pool.id, sub).await?.map(User::from_row).transpose()
}

/// The user of a `sub`.
pub(crate) async fn by_sub(tx: &mut Tx, pool: &Pool, sub: &Sub) -> Result<Option<User>, Fault> {
    table::get(tx, &pool.id, sub).await?.map(User::from_row).transpose()
}

/// Attributes that ListUsers can filter by; their values are indexed without case (users-and-groups §14).
pub(crate) const SEARCHABLE: [&str; 6] =
    ["email", "phone_number", "name", "given_name", "family_name", "preferred_username"];

/// The form in which values are indexed and searched: without case (users-and-groups §14), and no more of
/// them than a filter can hold (protocol §4.1).
pub(crate) fn searchable(value: &str) -> String {
    value.to_lowercase().chars().take(user_index::LONGEST_VALUE).collect()
}

/// What the user is found by, as (attribute, value).
pub(super) fn entries(user: &User) -> Vec<(&'static str, String)> {
    let of = |name| Some((name, searchable(user.attributes.get(name)?)));
    SEARCHABLE.into_iter().filter_map(of).collect()
}

/// Brings the search index and the aliases in line with the user's attributes. To be called in the
/// transaction of every change of attributes, after the user's row is written.
///
/// `taken` turns the name of an alias that somebody else holds into the fault to answer.
///
/// # Errors
/// `taken`'s fault when an alias belongs to another user.
async fn index(tx: &mut Tx, pool: &Pool, user: &User, taken: impl Fn(&str) -> Fault) -> Result<(), Fault> {
    let entries = entries(user);
    let entries: Vec<_> = entries.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let sub = &user.row.sub;
    user_index::replace(tx, &pool.id, sub, &entries).await?;
    let wanted = aliases_held(pool, user);
    let held = aliases::list(tx, &pool.id, sub).await?;
    for alias in &held {
        if !wanted.iter().any(|(name, value)| *name == alias.name && *value == alias.value) {
            aliases::delete(tx, &pool.id, &alias.name, &alias.value).await?;
        }
    }
    claim(tx, pool, user, &held, taken).await
}

/// As [`index`], for a new user: it has no entry and no alias yet, so that what others write need not be read.
async fn index_new(
    tx: &mut Tx,
    pool: &Pool,
    user: &User,
    taken: impl Fn(&str) -> Fault,
) -> Result<(), Fault> {
    let entries = entries(user);
    let entries: Vec<_> = entries.iter().map(|(name, value)| (*name, value.as_str())).collect();
    user_index::insert(tx, &pool.id, &user.row.sub, &entries).await?;
    claim(tx, pool, user, &[], taken).await
}

/// Makes the aliases that the user's attributes say, and that are not `held` already, the user's own.
async fn claim(
    tx: &mut Tx,
    pool: &Pool,
    user: &User,
    held: &[Alias],
    taken: impl Fn(&str) -> Fault,
) -> Result<(), Fault> {
    let sub = &user.row.sub;
    for (name, value) in aliases_held(pool, user) {
        if held.iter().any(|alias| alias.name == name && alias.value == value) {
            continue;
        }
        let names_other = means_other(tx, pool, name, &value, sub).await?;
        let alias = Alias { pool_id: pool.id.clone(), name: name.to_owned(), value, sub: sub.clone() };
        if names_other || aliases::insert(tx, &alias).await? == Insert::Exists {
            return Err(taken(name));
        }
    }
    Ok(())
}

/// Whether an alias would mean another user by something else than an alias.
pub(super) async fn means_other(
    tx: &mut Tx,
    pool: &Pool,
    name: &str,
    value: &str,
    sub: &Sub,
) -> Result<bool, Fault> {
    let names_other = name == "preferred_username"
        && table::find_by_username_key(tx, &pool.id, value).await?.is_some_and(|user| user.sub != *sub);
    Ok(names_other || is_sub_of_other(tx, pool, value, sub).await?)
}

/// Whether the user name of a new user means another one already, by something else than a user name: whom would it mean
/// if it were one user's own and another's preferred one?
pub(super) async fn name_is_taken(tx: &mut Tx, pool: &Pool, user: &User) -> Result<bool, Fault> {
    let preferred = "preferred_username";
    let is_preferred = alias_names(pool).any(|name| name == preferred)
        && aliases::get(tx, &pool.id, preferred, &user.row.username_key).await?.is_some();
    Ok(is_preferred || is_sub_of_other(tx, pool, &user.row.username, &user.row.sub).await?)
}

/// Whether the name of a user to be means somebody already.
pub(crate) async fn is_taken(tx: &mut Tx, pool: &Pool, user: &User) -> Result<bool, Fault> {
    let namesake = table::find_by_username_key(tx, &pool.id, &user.row.username_key).await?;
    Ok(namesake.is_some() || name_is_taken(tx, pool, user).await?)
}

/// Leaves what is an alias of somebody else by now to them: as when they force it, the address is verified no more; where it is
/// an alias nevertheless, and a preferred name, it goes.
pub(crate) async fn give_way(tx: &mut Tx, pool: &Pool, user: &mut User) -> Result<(), Fault> {
    for (name, value) in aliases_held(pool, user) {
        let sub = &user.row.sub;
        let holder = aliases::get(tx, &pool.id, name, &value).await?;
        if holder.is_none_or(|holder| holder.sub == *sub) && !means_other(tx, pool, name, &value, sub).await?
        {
            continue;
        }
        if let Some(flag) = verified_flag(name) {
            user.attributes.insert(flag.to_owned(), "false".to_owned());
        }
        if aliases_held(pool, user).iter().any(|(held, _)| *held == name) {
            user.attributes.remove(name);
        }
    }
    Ok(())
}

/// The fault of an alias held by another user, outside of sign-up (users-and-groups §6: e-mail and phone
/// observed, preferred_username recorded).
pub(crate) fn alias_exists(name: &str) -> Fault {
    let text = if name == "preferred_username" {
        "User account already exists for the alias.".to_owned()
    } else {
        format!("An account with the given {name} already exists.")
    };
    Fault::new(ErrorCode::AliasExistsException, text)
}

/// A user to be, enabled and without a password. In pools whose users sign up with an address, `name` is
/// that address: it becomes the attribute, and the `sub` becomes the user name (users-and-groups §6,
/// observed). The attributes are still to be checked.
///
/// # Errors
/// `InvalidParameterException` when the name does not have the form that the pool asks for.
pub(crate) fn draft(
    cx: &Cx,
    pool: &Pool,
    name: &str,
    mut attributes: Attributes,
    status: UserStatusType,
) -> Result<User, Fault> {
    let sub = Sub::from(cx.entropy().uuid().to_string());
    let username = if let Some(attribute) = names::address_attribute(pool, name)? {
        attributes.insert(attribute.to_owned(), name.to_owned());
        sub.as_str().into()
    } else {
        names::check_free_name(pool, name)?;
        name.into()
    };
    Ok(blank(cx.now, pool, sub, username, attributes, status))
}

/// Stores a new user. `taken` turns `username`, or the name of an alias, that somebody else holds into the
/// fault to answer.
///
/// # Errors
/// `taken`'s.
pub(crate) async fn insert(
    tx: &mut Tx,
    pool: &Pool,
    user: &User,
    taken: impl Fn(&str) -> Fault,
) -> Result<(), Fault> {
    let inserted = table::insert(tx, &user.to_row()?).await?;
    if inserted == Insert::Exists || name_is_taken(tx, pool, user).await? {
        return Err(taken("username"));
    }
    index_new(tx, pool, user, taken).await
}

/// Takes an alias from the user who holds it, whose attribute becomes unverified
/// (users-and-groups §6, `ForceAliasCreation`).
pub(crate) async fn release_alias(
    tx: &mut Tx,
    cx: &Cx,
    pool: &Pool,
    name: &str,
    value: &str,
) -> Result<(), Fault> {
    let key = names::fold(pool, value);
    let Some(alias) = aliases::get(tx, &pool.id, name, &key).await? else { return Ok(()) };
    let Some(mut holder) = by_sub(tx, pool, &alias.sub).await? else { return Ok(()) };
    if let Some(flag) = verified_flag(name) {
        holder.attributes.insert(flag.to_owned(), "false".to_owned());
    }
    save(tx, pool, &mut holder, cx.now).await
}

/// Whether `before` may still sign in as it was found to, whatever else of the user was changed since.
///
/// # Errors
/// As [`check_unchanged`].
pub(crate) async fn check_standing(tx: &mut Tx, pool: &Pool, before: &User) -> Result<(), Fault> {
    let row = table::get(tx, &pool.id, &before.row.sub).await?;
    let standing = |row: &table::User| {
        (row.enabled, row.status.clone(), row.password_version, row.sign_outs, row.mfa.clone())
    };
    if row.as_ref().map(standing) == Some(standing(&before.row)) {
        Ok(())
    } else {
        Err(StoreError::Retry.into())
    }
}

/// Whether the user is still as it was read: what was worked out from `before` must still hold.
///
/// # Errors
/// Asks for a repeat when the user was changed or deleted since: the repeat answers it in the operation's own
/// words.
pub(crate) async fn check_unchanged(tx: &mut Tx, pool: &Pool, before: &User) -> Result<(), Fault> {
    let row = table::get(tx, &pool.id, &before.row.sub).await?;
    if row.as_ref() == Some(&before.row) { Ok(()) } else { Err(StoreError::Retry.into()) }
}

/// The user once more, now to be changed.
///
/// # Errors
/// As [`check_unchanged`].
pub(crate) async fn reread(tx: &mut Tx, pool: &Pool, before: &User) -> Result<User, Fault> {
    check_unchanged(tx, pool, before).await?;
    Ok(before.clone())
}

/// Writes a user back of whom nothing was changed that an answer shows: the time of the last change stays.
pub(crate) async fn touch(tx: &mut Tx, user: &User) -> Result<(), Fault> {
    table::update(tx, &user.to_row()?).await?;
    Ok(())
}

/// Writes down which code of an app the user has used.
pub(crate) async fn set_used_code(tx: &mut Tx, user: &User) -> Result<(), Fault> {
    table::set_used_code(tx, &user.to_row()?).await?;
    Ok(())
}

/// Writes a user back whose attributes stayed as they were, with the time of the change.
pub(crate) async fn update(tx: &mut Tx, user: &mut User, now: Timestamp) -> Result<(), Fault> {
    user.row.modified_at = now;
    touch(tx, user).await
}

/// Writes a changed user back, with the time of the change, the search index and the aliases.
///
/// # Errors
/// `AliasExistsException` when an alias belongs to another user.
pub(crate) async fn save(tx: &mut Tx, pool: &Pool, user: &mut User, now: Timestamp) -> Result<(), Fault> {
    update(tx, user, now).await?;
    index(tx, pool, user, alias_exists).await
}
