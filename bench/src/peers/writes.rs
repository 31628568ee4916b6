//! What an administrator changes. Each round undoes what it did, so that a pool does not grow with the rounds.

use poolhouse_core::fill::email;
use poolhouse_testkit::TestServer;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::site::{Site, VISITORS};
use super::subject::signed;

/// Whether an answer is right that says nothing.
fn silent(_: usize, answer: &Value) -> bool {
    answer.is_null() || answer.as_object().is_some_and(serde_json::Map::is_empty)
}

/// The CPU time of making a group, and that of deleting one.
pub(super) async fn groups(site: &Site, count: u32) -> Result<[f64; 2], Refusal> {
    let names =
        || (0..count).map(|number| json!({ "UserPoolId": site.pool, "GroupName": new_group(number) }));
    let made = names().map(|mut input| {
        input["Description"] = json!("made to be measured");
        input["Precedence"] = json!(7);
        input
    });
    let right =
        |n: usize, answer: &Value| answer["Group"]["GroupName"] == new_group(u32::try_from(n).unwrap());
    let (create, _) = site.cost_of(signed("CreateGroup", made), right).await?;
    let read = site.subject.ask("GetGroup", &names().next().unwrap_or_default()).await?;
    Refusal::unless(read["Group"]["Precedence"] == 7)?;
    let (delete, _) = site.cost_of(signed("DeleteGroup", names()), silent).await?;
    let read = site.subject.ask("GetGroup", &names().next().unwrap_or_default()).await;
    Refusal::unless(read.is_err())?;
    Ok([create, delete])
}

fn new_group(number: u32) -> String {
    format!("new-{number:04}")
}

/// The CPU time of adding a member to a group or removing one.
pub(super) async fn membership(site: &Site, numbers: &[u32]) -> Result<f64, Refusal> {
    let inputs = || numbers.iter().map(|number| site.visitor(*number));
    let (add, _) = site.cost_of(signed("AdminAddUserToGroup", inputs()), silent).await?;
    Refusal::unless(is_visitor(site, numbers[0]).await?)?;
    let (remove, _) = site.cost_of(signed("AdminRemoveUserFromGroup", inputs()), silent).await?;
    Refusal::unless(!is_visitor(site, numbers[0]).await?)?;
    Ok(f64::midpoint(add, remove))
}

async fn is_visitor(site: &Site, number: u32) -> Result<bool, Refusal> {
    let groups = site.subject.ask("AdminListGroupsForUser", &site.user(number)).await?;
    let mut groups = groups["Groups"].as_array().into_iter().flatten();
    Ok(groups.any(|group| group["GroupName"] == VISITORS))
}

/// The CPU time of making a user with a password for the first sign-in.
pub(super) async fn users(site: &Site, count: u32) -> Result<f64, Refusal> {
    let names = || (0..count).map(|number| json!({ "UserPoolId": site.pool, "Username": new_user(number) }));
    let made = names().zip(0..).map(|(mut input, number): (Value, u32)| {
        input["UserAttributes"] = json!([{ "Name": "email", "Value": format!("new-{}", email(number)) }]);
        input["TemporaryPassword"] = json!(TestServer::PASSWORD);
        input["MessageAction"] = json!("SUPPRESS");
        input
    });
    let right = |n: usize, answer: &Value| answer["User"]["Username"] == new_user(u32::try_from(n).unwrap());
    let (cost, _) = site.cost_of(signed("AdminCreateUser", made), right).await?;
    let read = site.subject.ask("AdminGetUser", &names().next().unwrap_or_default()).await?;
    Refusal::unless(read["UserStatus"] == "FORCE_CHANGE_PASSWORD")?;
    site.subject.answers(signed("AdminDeleteUser", names())).await?;
    Ok(cost)
}

fn new_user(number: u32) -> String {
    format!("new-{number:06}")
}
