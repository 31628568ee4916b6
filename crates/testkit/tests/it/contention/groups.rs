//! Groups and memberships.

use serde_json::{Value, json};

use super::alice::crowd;
use super::world::{CALLERS, World, each, same, with};

kinds! {
    CreateGroup => create,
    UpdateGroup => update,
    DeleteGroup => delete,
    AdminAddUserToGroup => add_member,
    AdminRemoveUserFromGroup => remove_member,
}

async fn pool(world: &World) -> Value {
    json!({ "UserPoolId": world.server().pool(json!({})).await })
}

async fn create(world: &World) {
    let pool = pool(world).await;
    world.storm(each(&pool, "GroupName", "g")).await.all();
    let staff = with(&pool, json!({ "GroupName": "staff" }));
    world.storm(same(&staff)).await.only(1, &["GroupExistsException"]);
    assert_eq!(world.count("ListGroups", "Groups", pool).await, CALLERS + 1);
}

async fn update(world: &World) {
    let staff = with(&pool(world).await, json!({ "GroupName": "staff" }));
    world.server().admin().ok("CreateGroup", staff.clone()).await;
    let parts = [json!({ "Description": "d" }), json!({ "Precedence": 7 })];
    // In pairs, so that both come to each node.
    world.storm((0..CALLERS).map(|n| with(&staff, parts[n / 2 % 2].clone()))).await.all();
    let group = world.server().admin().ok("GetGroup", staff).await["Group"].clone();
    assert_eq!((&group["Description"], &group["Precedence"]), (&json!("d"), &json!(7)));
}

async fn delete(world: &World) {
    let pool = pool(world).await;
    world.at_once("CreateGroup", each(&pool, "GroupName", "g")).await.all();
    world.storm(same(&with(&pool, json!({ "GroupName": "g7" })))).await.only(1, &["ResourceNotFoundException"]);
    world.storm(each(&pool, "GroupName", "g")).await.only(CALLERS - 1, &["ResourceNotFoundException"]);
    assert_eq!(world.count("ListGroups", "Groups", pool).await, 0);
}

async fn add_member(world: &World) {
    let pool = json!({ "UserPoolId": crowd(world).await });
    world.at_once("CreateGroup", each(&pool, "GroupName", "g")).await.all();
    let (of_one_group, of_one_user) =
        (with(&pool, json!({ "GroupName": "g0" })), with(&pool, json!({ "Username": "u0" })));
    world.storm(each(&of_one_group, "Username", "u")).await.all();
    assert_eq!(world.count("ListUsersInGroup", "Users", of_one_group).await, CALLERS);
    world.storm(each(&of_one_user, "GroupName", "g")).await.all();
    assert_eq!(world.count("AdminListGroupsForUser", "Groups", of_one_user.clone()).await, CALLERS);
    // A user can be in 100 groups.
    world.at_once("CreateGroup", each(&pool, "GroupName", "more")).await.all();
    let more = each(&of_one_user, "GroupName", "more");
    world.storm(more).await.only(100 - CALLERS, &["LimitExceededException"]);
    assert_eq!(world.count("AdminListGroupsForUser", "Groups", of_one_user).await, 100);
}

async fn remove_member(world: &World) {
    let pool = crowd(world).await;
    let staff = json!({ "UserPoolId": pool, "GroupName": "staff" });
    world.server().admin().ok("CreateGroup", staff.clone()).await;
    world.at_once("AdminAddUserToGroup", each(&staff, "Username", "u")).await.all();
    world.storm(each(&staff, "Username", "u")).await.all();
    assert_eq!(world.count("ListUsersInGroup", "Users", staff).await, 0);
}
