//! What is there, against what was acknowledged.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::Result;
use crate::load::{Caller, GROUP, Load, Write, user};
use crate::probe::wait_until;

/// Acknowledged writes of which there is nothing.
pub(crate) fn lost(load: &Load) -> Result<Vec<Write>> {
    // First what has to be there, then what is: clients go on writing.
    let acknowledged = load.acknowledged();
    let all = json!({ "UserPoolId": load.pool });
    let of_group = json!({ "UserPoolId": load.pool, "GroupName": GROUP });
    // On a machine that is too busy for etcd the primary may change by itself, also now.
    let users = wait_until("users are listed", || names(load, &all, "ListUsers", "PaginationToken").ok())?;
    let members =
        wait_until("members are listed", || names(load, &of_group, "ListUsersInGroup", "NextToken").ok())?;
    let is_there = |write: &Write| match write {
        Write::User(number) => users.contains(&user(*number)),
        Write::Member(number) => members.contains(&user(*number)),
    };
    Ok(acknowledged.into_iter().filter(|write| !is_there(write)).collect())
}

/// The users on all pages of a list.
fn names(load: &Load, input: &Value, operation: &str, token: &str) -> Result<BTreeSet<String>> {
    let (mut input, mut found, mut caller) = (input.clone(), BTreeSet::new(), Caller::at(load.entrance));
    loop {
        let page = caller.admin(operation, &input)?;
        let users = page["Users"].as_array().into_iter().flatten();
        found.extend(users.filter_map(|user| user["Username"].as_str().map(str::to_owned)));
        match page.get(token) {
            Some(next) => input[token] = next.clone(),
            None => return Ok(found),
        }
    }
}
