//! Managed policies and their versions.

use poolhouse_core::Cx;
use poolhouse_iam::managed::{self, NewPolicy};
use poolhouse_iam::policy_list::{self, Wanted};
use poolhouse_iam::versions;
use poolhouse_kernel::Fault;
use poolhouse_wire::iam::{
    CreatePolicyRequest, CreatePolicyResponse, CreatePolicyVersionRequest, CreatePolicyVersionResponse,
    DeletePolicyRequest, DeletePolicyVersionRequest, GetPolicyRequest, GetPolicyResponse,
    GetPolicyVersionRequest, GetPolicyVersionResponse, ListPoliciesRequest, ListPoliciesResponse,
    ListPolicyVersionsRequest, ListPolicyVersionsResponse, SetDefaultPolicyVersionRequest,
};

use super::page::{asked, told};

pub(crate) async fn create_policy(
    cx: &Cx,
    input: CreatePolicyRequest,
) -> Result<CreatePolicyResponse, Fault> {
    let new = NewPolicy {
        name: input.policy_name,
        path: input.path,
        document: input.policy_document,
        description: input.description,
        tags: input.tags.unwrap_or_default(),
    };
    Ok(CreatePolicyResponse { policy: Some(managed::create(cx, new).await?) })
}

pub(crate) async fn get_policy(cx: &Cx, input: GetPolicyRequest) -> Result<GetPolicyResponse, Fault> {
    Ok(GetPolicyResponse { policy: Some(managed::get(cx, &input.policy_arn).await?) })
}

pub(crate) async fn delete_policy(cx: &Cx, input: DeletePolicyRequest) -> Result<(), Fault> {
    managed::delete(cx, &input.policy_arn).await
}

pub(crate) async fn list_policies(
    cx: &Cx,
    input: ListPoliciesRequest,
) -> Result<ListPoliciesResponse, Fault> {
    let wanted = Wanted {
        scope: input.scope,
        only_attached: input.only_attached.unwrap_or_default(),
        path_prefix: input.path_prefix,
        usage: input.policy_usage_filter,
    };
    let page = policy_list::page(cx, &wanted, asked(input.marker.as_ref(), input.max_items)).await?;
    let (policies, is_truncated, marker) = told(page);
    Ok(ListPoliciesResponse { policies, is_truncated, marker })
}

pub(crate) async fn create_policy_version(
    cx: &Cx,
    input: CreatePolicyVersionRequest,
) -> Result<CreatePolicyVersionResponse, Fault> {
    let set_as_default = input.set_as_default.unwrap_or_default();
    let version = versions::create(cx, &input.policy_arn, input.policy_document, set_as_default).await?;
    Ok(CreatePolicyVersionResponse { policy_version: Some(version) })
}

pub(crate) async fn get_policy_version(
    cx: &Cx,
    input: GetPolicyVersionRequest,
) -> Result<GetPolicyVersionResponse, Fault> {
    let version = versions::get(cx, &input.policy_arn, &input.version_id).await?;
    Ok(GetPolicyVersionResponse { policy_version: Some(version) })
}

pub(crate) async fn list_policy_versions(
    cx: &Cx,
    input: ListPolicyVersionsRequest,
) -> Result<ListPolicyVersionsResponse, Fault> {
    let page = versions::list(cx, &input.policy_arn, asked(input.marker.as_ref(), input.max_items)).await?;
    let (versions, is_truncated, marker) = told(page);
    Ok(ListPolicyVersionsResponse { versions, is_truncated, marker })
}

pub(crate) async fn set_default_policy_version(
    cx: &Cx,
    input: SetDefaultPolicyVersionRequest,
) -> Result<(), Fault> {
    versions::set_default(cx, &input.policy_arn, &input.version_id).await
}

pub(crate) async fn delete_policy_version(cx: &Cx, input: DeletePolicyVersionRequest) -> Result<(), Fault> {
    versions::delete(cx, &input.policy_arn, &input.version_id).await
}
