//! What an administrator reads.

use poolhouse_core::fill::{email, group_name, user_name};
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::site::{GROUPS_OF_USER, Site};
use super::subject::signed;

/// Members of a page.
const PAGE: usize = 60;
/// Users whose e-mail addresses begin alike: all but the last figure of their number.
const ALIKE: usize = 10;

/// A read: its operation, the input for a user's number, and whether an answer is right.
pub(super) struct Read {
    operation: &'static str,
    input: fn(&Site, u32) -> Value,
    right: fn(u32, &Value) -> bool,
}

pub(super) const USER: Read = Read {
    operation: "AdminGetUser",
    input: Site::user,
    right: |number, answer| answer["Username"] == user_name(number) && mentions(answer, &email(number)),
};

pub(super) const GROUPS: Read = Read {
    operation: "AdminListGroupsForUser",
    input: Site::user,
    right: |_, answer| length(&answer["Groups"]) == GROUPS_OF_USER as usize,
};

pub(super) const MEMBERS: Read = Read {
    operation: "ListUsersInGroup",
    input: |site, number| json!({ "UserPoolId": site.pool, "GroupName": group_name(number % 10), "Limit": PAGE }),
    right: |_, answer| length(&answer["Users"]) == PAGE,
};

pub(super) const BY_NAME: Read = Read {
    operation: "ListUsers",
    input: |site, number| json!({ "UserPoolId": site.pool, "Filter": format!("username = \"{}\"", user_name(number)) }),
    right: |number, answer| {
        length(&answer["Users"]) == 1 && answer["Users"][0]["Username"] == user_name(number)
    },
};

pub(super) const BY_PREFIX: Read = Read {
    operation: "ListUsers",
    input: |site, number| {
        let name = user_name(number);
        let prefix = &name[..name.len() - 1];
        json!({ "UserPoolId": site.pool, "Filter": format!("email ^= \"{prefix}\"") })
    },
    right: |number, answer| length(&answer["Users"]) == ALIKE && mentions(answer, &email(number)),
};

/// The CPU time of a read.
pub(super) async fn cost(site: &Site, read: &Read, numbers: &[u32]) -> Result<f64, Refusal> {
    let inputs = numbers.iter().map(|number| (read.input)(site, *number));
    let right = |n: usize, answer: &Value| (read.right)(numbers[n], answer);
    Ok(site.cost_of(signed(read.operation, inputs), right).await?.0)
}

fn length(list: &Value) -> usize {
    list.as_array().map_or(0, Vec::len)
}

fn mentions(answer: &Value, text: &str) -> bool {
    match answer {
        Value::String(found) => found == text,
        Value::Array(list) => list.iter().any(|value| mentions(value, text)),
        Value::Object(members) => members.values().any(|value| mentions(value, text)),
        _ => false,
    }
}
