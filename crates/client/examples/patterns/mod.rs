//! The patterns of pycognito's group guide, for many users at once.
//!
//! To copy: they need the crate `futures-util`, and `pub(crate)` is what fits your program.
//!
//! Each runs a bounded number of requests at the same time; the SDK repeats those that are throttled, with back-off.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use poolhouse_client::{Admin, Error, Group, MembershipError, Result, User};

/// Puts users into groups; what became of each, in the order given.
pub(crate) async fn assign_roles(
    admin: &Admin,
    assignments: Vec<(String, String)>,
    at_once: usize,
) -> Vec<((String, String), Result<()>)> {
    let assign = |(user, group): (String, String)| async move {
        let result = admin.add_user_to_group(&user, &group).await;
        ((user, group), result)
    };
    stream::iter(assignments).map(assign).buffered(at_once).collect().await
}

/// Who is in which group: one ListUsersInGroup for each group and page, not a call for each user.
pub(crate) async fn members_by_group(admin: &Admin, at_once: usize) -> Result<BTreeMap<String, Vec<User>>> {
    let members = |group: Group| async move {
        let users = admin.list_users_in_group(&group.name).all().await?;
        Ok::<_, Error>((group.name, users))
    };
    admin.list_groups().map_ok(members).try_buffer_unordered(at_once).try_collect().await
}

/// Moves a user one rank up, by the precedence that the pool gives its groups; the new group, or `None` at the top.
///
/// `ranks` is sorted by [`Group::by_rank`]; groups without a precedence are no ranks. Who has no rank gets the lowest.
pub(crate) async fn promote(
    admin: &Admin,
    ranks: &[Group],
    username: &str,
) -> Result<Option<String>, MembershipError> {
    let ranks: Vec<&str> =
        ranks.iter().filter(|group| group.precedence.is_some()).map(|group| group.name.as_str()).collect();
    let held = admin.group_names_for_user(username).await?;
    let highest = ranks.iter().position(|rank| held.iter().any(|name| name == rank));
    let above = highest.unwrap_or(ranks.len()).checked_sub(1).and_then(|place| ranks.get(place));
    let Some(above) = above else { return Ok(None) };
    admin.replace_group_membership(username, &ranks, above).await?;
    Ok(Some((*above).to_owned()))
}

/// Promotes many users; what became of each, in the order given.
pub(crate) async fn promote_all(
    admin: &Admin,
    usernames: Vec<String>,
    at_once: usize,
) -> Result<Vec<(String, Result<Option<String>, MembershipError>)>> {
    let mut ranks = admin.list_groups().all().await?;
    ranks.sort_by(Group::by_rank);
    let ranks = &ranks;
    let promote = |username: String| async move {
        let result = promote(admin, ranks, &username).await;
        (username, result)
    };
    Ok(stream::iter(usernames).map(promote).buffered(at_once).collect().await)
}
