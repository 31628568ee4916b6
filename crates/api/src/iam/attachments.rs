//! Which managed policies users, groups and roles have.

use poolhouse_core::Cx;
use poolhouse_iam::Kind;
use poolhouse_iam::attachments::{self, Wanted};
use poolhouse_kernel::Fault;
use poolhouse_wire::iam::{
    AttachGroupPolicyRequest, AttachRolePolicyRequest, AttachUserPolicyRequest, DetachGroupPolicyRequest,
    DetachRolePolicyRequest, DetachUserPolicyRequest, ListAttachedGroupPoliciesRequest,
    ListAttachedGroupPoliciesResponse, ListAttachedRolePoliciesRequest, ListAttachedRolePoliciesResponse,
    ListAttachedUserPoliciesRequest, ListAttachedUserPoliciesResponse, ListEntitiesForPolicyRequest,
    ListEntitiesForPolicyResponse,
};

use super::page::{asked, told};

pub(crate) async fn attach_group_policy(cx: &Cx, input: AttachGroupPolicyRequest) -> Result<(), Fault> {
    attachments::attach(cx, (Kind::Group, &input.group_name), &input.policy_arn).await
}

pub(crate) async fn detach_group_policy(cx: &Cx, input: DetachGroupPolicyRequest) -> Result<(), Fault> {
    attachments::detach(cx, (Kind::Group, &input.group_name), &input.policy_arn).await
}

pub(crate) async fn list_attached_group_policies(
    cx: &Cx,
    input: ListAttachedGroupPoliciesRequest,
) -> Result<ListAttachedGroupPoliciesResponse, Fault> {
    let asked = asked(input.marker.as_ref(), input.max_items);
    let owner = (Kind::Group, input.group_name.as_str());
    let page = attachments::list(cx, owner, input.path_prefix.as_deref(), asked).await?;
    let (attached_policies, is_truncated, marker) = told(page);
    Ok(ListAttachedGroupPoliciesResponse { attached_policies, is_truncated, marker })
}

pub(crate) async fn attach_role_policy(cx: &Cx, input: AttachRolePolicyRequest) -> Result<(), Fault> {
    attachments::attach(cx, (Kind::Role, &input.role_name), &input.policy_arn).await
}

pub(crate) async fn detach_role_policy(cx: &Cx, input: DetachRolePolicyRequest) -> Result<(), Fault> {
    attachments::detach(cx, (Kind::Role, &input.role_name), &input.policy_arn).await
}

pub(crate) async fn list_attached_role_policies(
    cx: &Cx,
    input: ListAttachedRolePoliciesRequest,
) -> Result<ListAttachedRolePoliciesResponse, Fault> {
    let asked = asked(input.marker.as_ref(), input.max_items);
    let owner = (Kind::Role, input.role_name.as_str());
    let page = attachments::list(cx, owner, input.path_prefix.as_deref(), asked).await?;
    let (attached_policies, is_truncated, marker) = told(page);
    Ok(ListAttachedRolePoliciesResponse { attached_policies, is_truncated, marker })
}

pub(crate) async fn attach_user_policy(cx: &Cx, input: AttachUserPolicyRequest) -> Result<(), Fault> {
    attachments::attach(cx, (Kind::User, &input.user_name), &input.policy_arn).await
}

pub(crate) async fn detach_user_policy(cx: &Cx, input: DetachUserPolicyRequest) -> Result<(), Fault> {
    attachments::detach(cx, (Kind::User, &input.user_name), &input.policy_arn).await
}

pub(crate) async fn list_attached_user_policies(
    cx: &Cx,
    input: ListAttachedUserPoliciesRequest,
) -> Result<ListAttachedUserPoliciesResponse, Fault> {
    let asked = asked(input.marker.as_ref(), input.max_items);
    let owner = (Kind::User, input.user_name.as_str());
    let page = attachments::list(cx, owner, input.path_prefix.as_deref(), asked).await?;
    let (attached_policies, is_truncated, marker) = told(page);
    Ok(ListAttachedUserPoliciesResponse { attached_policies, is_truncated, marker })
}

pub(crate) async fn list_entities_for_policy(
    cx: &Cx,
    input: ListEntitiesForPolicyRequest,
) -> Result<ListEntitiesForPolicyResponse, Fault> {
    let wanted = Wanted {
        entities: input.entity_filter.as_ref(),
        path_prefix: input.path_prefix.as_deref(),
        usage: input.policy_usage_filter.as_ref(),
    };
    let asked = asked(input.marker.as_ref(), input.max_items);
    let (holders, marker) = attachments::holders(cx, &input.policy_arn, &wanted, asked).await?;
    Ok(ListEntitiesForPolicyResponse {
        policy_groups: Some(holders.groups),
        policy_users: Some(holders.users),
        policy_roles: Some(holders.roles),
        is_truncated: Some(marker.is_some()),
        marker,
    })
}
