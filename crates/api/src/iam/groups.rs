//! Groups, and who is in them.

use poolhouse_core::Cx;
use poolhouse_iam::groups;
use poolhouse_kernel::Fault;
use poolhouse_wire::iam::{
    AddUserToGroupRequest, CreateGroupRequest, CreateGroupResponse, DeleteGroupRequest, GetGroupRequest,
    GetGroupResponse, ListGroupsForUserRequest, ListGroupsForUserResponse, ListGroupsRequest,
    ListGroupsResponse, RemoveUserFromGroupRequest, UpdateGroupRequest,
};

use super::page::{asked, told};

pub(crate) async fn create_group(cx: &Cx, input: CreateGroupRequest) -> Result<CreateGroupResponse, Fault> {
    Ok(CreateGroupResponse { group: Some(groups::create(cx, input.group_name, input.path).await?) })
}

pub(crate) async fn get_group(cx: &Cx, input: GetGroupRequest) -> Result<GetGroupResponse, Fault> {
    let asked = asked(input.marker.as_ref(), input.max_items);
    let (group, page) = groups::get(cx, &input.group_name, asked).await?;
    let (users, is_truncated, marker) = told(page);
    Ok(GetGroupResponse { group: Some(group), users, is_truncated, marker })
}

pub(crate) async fn list_groups(cx: &Cx, input: ListGroupsRequest) -> Result<ListGroupsResponse, Fault> {
    let asked = asked(input.marker.as_ref(), input.max_items);
    let page = groups::list(cx, input.path_prefix.as_deref(), asked).await?;
    let (groups, is_truncated, marker) = told(page);
    Ok(ListGroupsResponse { groups, is_truncated, marker })
}

pub(crate) async fn update_group(cx: &Cx, input: UpdateGroupRequest) -> Result<(), Fault> {
    groups::update(cx, &input.group_name, input.new_group_name, input.new_path).await
}

pub(crate) async fn delete_group(cx: &Cx, input: DeleteGroupRequest) -> Result<(), Fault> {
    groups::delete(cx, &input.group_name).await
}

pub(crate) async fn add_user_to_group(cx: &Cx, input: AddUserToGroupRequest) -> Result<(), Fault> {
    groups::add_user(cx, &input.group_name, &input.user_name).await
}

pub(crate) async fn remove_user_from_group(cx: &Cx, input: RemoveUserFromGroupRequest) -> Result<(), Fault> {
    groups::remove_user(cx, &input.group_name, &input.user_name).await
}

pub(crate) async fn list_groups_for_user(
    cx: &Cx,
    input: ListGroupsForUserRequest,
) -> Result<ListGroupsForUserResponse, Fault> {
    let asked = asked(input.marker.as_ref(), input.max_items);
    let page = groups::list_for_user(cx, &input.user_name, asked).await?;
    let (groups, is_truncated, marker) = told(page);
    Ok(ListGroupsForUserResponse { groups, is_truncated, marker })
}
