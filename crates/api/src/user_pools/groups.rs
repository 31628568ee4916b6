//! Groups and memberships.

use poolhouse_core::Cx;
use poolhouse_core::groups::{self, GroupDetails};
use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{
    AdminAddUserToGroupRequest, AdminListGroupsForUserRequest, AdminListGroupsForUserResponse,
    AdminRemoveUserFromGroupRequest, CreateGroupRequest, CreateGroupResponse, DeleteGroupRequest,
    GetGroupRequest, GetGroupResponse, ListGroupsRequest, ListGroupsResponse, ListUsersInGroupRequest,
    ListUsersInGroupResponse, UpdateGroupRequest, UpdateGroupResponse,
};

pub(crate) async fn create_group(cx: &Cx, input: CreateGroupRequest) -> Result<CreateGroupResponse, Fault> {
    let details = GroupDetails {
        description: input.description,
        role_arn: input.role_arn,
        precedence: input.precedence,
    };
    let group = groups::create(cx, &input.user_pool_id, input.group_name, details).await?;
    Ok(CreateGroupResponse { group: Some(group) })
}

pub(crate) async fn get_group(cx: &Cx, input: GetGroupRequest) -> Result<GetGroupResponse, Fault> {
    let group = groups::get(cx, &input.user_pool_id, &input.group_name).await?;
    Ok(GetGroupResponse { group: Some(group) })
}

pub(crate) async fn update_group(cx: &Cx, input: UpdateGroupRequest) -> Result<UpdateGroupResponse, Fault> {
    let details = GroupDetails {
        description: input.description,
        role_arn: input.role_arn,
        precedence: input.precedence,
    };
    let group = groups::update(cx, &input.user_pool_id, &input.group_name, details).await?;
    Ok(UpdateGroupResponse { group: Some(group) })
}

pub(crate) async fn delete_group(cx: &Cx, input: DeleteGroupRequest) -> Result<(), Fault> {
    groups::delete(cx, &input.user_pool_id, &input.group_name).await
}

pub(crate) async fn list_groups(cx: &Cx, input: ListGroupsRequest) -> Result<ListGroupsResponse, Fault> {
    let page = groups::list(cx, &input.user_pool_id, input.limit, input.next_token.as_deref()).await?;
    Ok(ListGroupsResponse { groups: Some(page.items), next_token: page.next_token })
}

pub(crate) async fn admin_add_user_to_group(cx: &Cx, input: AdminAddUserToGroupRequest) -> Result<(), Fault> {
    groups::add_member(cx, &input.user_pool_id, &input.username, &input.group_name).await
}

pub(crate) async fn admin_remove_user_from_group(
    cx: &Cx,
    input: AdminRemoveUserFromGroupRequest,
) -> Result<(), Fault> {
    groups::remove_member(cx, &input.user_pool_id, &input.username, &input.group_name).await
}

pub(crate) async fn admin_list_groups_for_user(
    cx: &Cx,
    input: AdminListGroupsForUserRequest,
) -> Result<AdminListGroupsForUserResponse, Fault> {
    let (pool, user) = (&input.user_pool_id, &input.username);
    let page = groups::list_for_user(cx, pool, user, input.limit, input.next_token.as_deref()).await?;
    Ok(AdminListGroupsForUserResponse { groups: Some(page.items), next_token: page.next_token })
}

pub(crate) async fn list_users_in_group(
    cx: &Cx,
    input: ListUsersInGroupRequest,
) -> Result<ListUsersInGroupResponse, Fault> {
    let (pool, group) = (&input.user_pool_id, &input.group_name);
    let page = groups::list_members(cx, pool, group, input.limit, input.next_token.as_deref()).await?;
    Ok(ListUsersInGroupResponse { users: Some(page.items), next_token: page.next_token })
}
