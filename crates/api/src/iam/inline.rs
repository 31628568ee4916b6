//! Inline policies of users, groups and roles.

use poolhouse_core::Cx;
use poolhouse_iam::{Kind, inline};
use poolhouse_kernel::Fault;
use poolhouse_wire::iam::{
    DeleteGroupPolicyRequest, DeleteRolePolicyRequest, DeleteUserPolicyRequest, GetGroupPolicyRequest,
    GetGroupPolicyResponse, GetRolePolicyRequest, GetRolePolicyResponse, GetUserPolicyRequest,
    GetUserPolicyResponse, ListGroupPoliciesRequest, ListGroupPoliciesResponse, ListRolePoliciesRequest,
    ListRolePoliciesResponse, ListUserPoliciesRequest, ListUserPoliciesResponse, PutGroupPolicyRequest,
    PutRolePolicyRequest, PutUserPolicyRequest,
};

use super::page::{asked, told};

pub(crate) async fn put_group_policy(cx: &Cx, input: PutGroupPolicyRequest) -> Result<(), Fault> {
    inline::put(cx, (Kind::Group, &input.group_name), input.policy_name, input.policy_document).await
}

pub(crate) async fn get_group_policy(
    cx: &Cx,
    input: GetGroupPolicyRequest,
) -> Result<GetGroupPolicyResponse, Fault> {
    let found = inline::get(cx, (Kind::Group, &input.group_name), &input.policy_name).await?;
    let (group_name, policy_name, policy_document) = (Some(found.0), Some(found.1), Some(found.2));
    Ok(GetGroupPolicyResponse { group_name, policy_name, policy_document })
}

pub(crate) async fn delete_group_policy(cx: &Cx, input: DeleteGroupPolicyRequest) -> Result<(), Fault> {
    inline::delete(cx, (Kind::Group, &input.group_name), &input.policy_name).await
}

pub(crate) async fn list_group_policies(
    cx: &Cx,
    input: ListGroupPoliciesRequest,
) -> Result<ListGroupPoliciesResponse, Fault> {
    let asked = asked(input.marker.as_ref(), input.max_items);
    let page = inline::list(cx, (Kind::Group, &input.group_name), asked).await?;
    let (policy_names, is_truncated, marker) = told(page);
    Ok(ListGroupPoliciesResponse { policy_names, is_truncated, marker })
}

pub(crate) async fn put_role_policy(cx: &Cx, input: PutRolePolicyRequest) -> Result<(), Fault> {
    inline::put(cx, (Kind::Role, &input.role_name), input.policy_name, input.policy_document).await
}

pub(crate) async fn get_role_policy(
    cx: &Cx,
    input: GetRolePolicyRequest,
) -> Result<GetRolePolicyResponse, Fault> {
    let found = inline::get(cx, (Kind::Role, &input.role_name), &input.policy_name).await?;
    let (role_name, policy_name, policy_document) = (Some(found.0), Some(found.1), Some(found.2));
    Ok(GetRolePolicyResponse { role_name, policy_name, policy_document })
}

pub(crate) async fn delete_role_policy(cx: &Cx, input: DeleteRolePolicyRequest) -> Result<(), Fault> {
    inline::delete(cx, (Kind::Role, &input.role_name), &input.policy_name).await
}

pub(crate) async fn list_role_policies(
    cx: &Cx,
    input: ListRolePoliciesRequest,
) -> Result<ListRolePoliciesResponse, Fault> {
    let asked = asked(input.marker.as_ref(), input.max_items);
    let page = inline::list(cx, (Kind::Role, &input.role_name), asked).await?;
    let (policy_names, is_truncated, marker) = told(page);
    Ok(ListRolePoliciesResponse { policy_names, is_truncated, marker })
}

pub(crate) async fn put_user_policy(cx: &Cx, input: PutUserPolicyRequest) -> Result<(), Fault> {
    inline::put(cx, (Kind::User, &input.user_name), input.policy_name, input.policy_document).await
}

pub(crate) async fn get_user_policy(
    cx: &Cx,
    input: GetUserPolicyRequest,
) -> Result<GetUserPolicyResponse, Fault> {
    let found = inline::get(cx, (Kind::User, &input.user_name), &input.policy_name).await?;
    let (user_name, policy_name, policy_document) = (Some(found.0), Some(found.1), Some(found.2));
    Ok(GetUserPolicyResponse { user_name, policy_name, policy_document })
}

pub(crate) async fn delete_user_policy(cx: &Cx, input: DeleteUserPolicyRequest) -> Result<(), Fault> {
    inline::delete(cx, (Kind::User, &input.user_name), &input.policy_name).await
}

pub(crate) async fn list_user_policies(
    cx: &Cx,
    input: ListUserPoliciesRequest,
) -> Result<ListUserPoliciesResponse, Fault> {
    let asked = asked(input.marker.as_ref(), input.max_items);
    let page = inline::list(cx, (Kind::User, &input.user_name), asked).await?;
    let (policy_names, is_truncated, marker) = told(page);
    Ok(ListUserPoliciesResponse { policy_names, is_truncated, marker })
}
