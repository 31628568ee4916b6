//! Roles.

use poolhouse_core::Cx;
use poolhouse_iam::roles::{self, NewRole};
use poolhouse_kernel::Fault;
use poolhouse_wire::iam::{
    CreateRoleRequest, CreateRoleResponse, DeleteRoleRequest, GetRoleRequest, GetRoleResponse,
    ListRolesRequest, ListRolesResponse, UpdateAssumeRolePolicyRequest, UpdateRoleDescriptionRequest,
    UpdateRoleDescriptionResponse, UpdateRoleRequest,
};

use super::page::{asked, told};

pub(crate) async fn create_role(cx: &Cx, input: CreateRoleRequest) -> Result<CreateRoleResponse, Fault> {
    let new = NewRole {
        name: input.role_name,
        path: input.path,
        trust: input.assume_role_policy_document,
        description: input.description,
        longest_session: input.max_session_duration,
        boundary: input.permissions_boundary,
        tags: input.tags.unwrap_or_default(),
    };
    Ok(CreateRoleResponse { role: Some(roles::create(cx, new).await?) })
}

pub(crate) async fn get_role(cx: &Cx, input: GetRoleRequest) -> Result<GetRoleResponse, Fault> {
    Ok(GetRoleResponse { role: Some(roles::get(cx, &input.role_name).await?) })
}

pub(crate) async fn list_roles(cx: &Cx, input: ListRolesRequest) -> Result<ListRolesResponse, Fault> {
    let asked = asked(input.marker.as_ref(), input.max_items);
    let page = roles::list(cx, input.path_prefix.as_deref(), asked).await?;
    let (roles, is_truncated, marker) = told(page);
    Ok(ListRolesResponse { roles, is_truncated, marker })
}

pub(crate) async fn update_role(cx: &Cx, input: UpdateRoleRequest) -> Result<(), Fault> {
    roles::update(cx, &input.role_name, input.description, input.max_session_duration).await
}

pub(crate) async fn update_role_description(
    cx: &Cx,
    input: UpdateRoleDescriptionRequest,
) -> Result<UpdateRoleDescriptionResponse, Fault> {
    let role = roles::describe(cx, &input.role_name, input.description).await?;
    Ok(UpdateRoleDescriptionResponse { role: Some(role) })
}

pub(crate) async fn update_assume_role_policy(
    cx: &Cx,
    input: UpdateAssumeRolePolicyRequest,
) -> Result<(), Fault> {
    roles::trust(cx, &input.role_name, input.policy_document).await
}

pub(crate) async fn delete_role(cx: &Cx, input: DeleteRoleRequest) -> Result<(), Fault> {
    roles::delete(cx, &input.role_name).await
}
