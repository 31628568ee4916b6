//! Policies about client metadata documents.

use poolhouse_core::{Cx, cimd};
use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{
    CreateCIMDPolicyRequest, CreateCIMDPolicyResponse, DeleteCIMDPolicyRequest, DeleteCIMDPolicyResponse,
    DescribeCIMDPolicyRequest, DescribeCIMDPolicyResponse, ListCIMDPoliciesRequest, ListCIMDPoliciesResponse,
    ListClientMetadataURLsRequest, ListClientMetadataURLsResponse, UpdateCIMDPolicyRequest,
    UpdateCIMDPolicyResponse, UpdateClientMetadataURLStateRequest, UpdateClientMetadataURLStateResponse,
};

pub(crate) async fn create_cimd_policy(
    cx: &Cx,
    input: CreateCIMDPolicyRequest,
) -> Result<CreateCIMDPolicyResponse, Fault> {
    let new = cimd::New {
        client_id: input.client_id,
        name: input.policy_name,
        cache_duration: input.cache_duration,
        url_patterns: input.url_patterns,
    };
    let made = cimd::create(cx, &input.user_pool_id, new).await?;
    Ok(CreateCIMDPolicyResponse { cimd_policy: Some(made) })
}

pub(crate) async fn describe_cimd_policy(
    cx: &Cx,
    input: DescribeCIMDPolicyRequest,
) -> Result<DescribeCIMDPolicyResponse, Fault> {
    let found = cimd::describe(cx, &input.user_pool_id, &input.cimd_policy_id).await?;
    Ok(DescribeCIMDPolicyResponse { cimd_policy: Some(found) })
}

pub(crate) async fn update_cimd_policy(
    cx: &Cx,
    input: UpdateCIMDPolicyRequest,
) -> Result<UpdateCIMDPolicyResponse, Fault> {
    let change = cimd::Change {
        client_id: input.client_id,
        name: input.policy_name,
        cache_duration: input.cache_duration,
        url_patterns: input.url_patterns,
    };
    let changed = cimd::update(cx, &input.user_pool_id, &input.cimd_policy_id, change).await?;
    Ok(UpdateCIMDPolicyResponse { cimd_policy: Some(changed) })
}

pub(crate) async fn delete_cimd_policy(
    cx: &Cx,
    input: DeleteCIMDPolicyRequest,
) -> Result<DeleteCIMDPolicyResponse, Fault> {
    cimd::delete(cx, &input.user_pool_id, &input.cimd_policy_id).await?;
    Ok(DeleteCIMDPolicyResponse {})
}

pub(crate) async fn list_cimd_policies(
    cx: &Cx,
    input: ListCIMDPoliciesRequest,
) -> Result<ListCIMDPoliciesResponse, Fault> {
    let token = input.next_token.as_deref();
    let page = cimd::list(cx, &input.user_pool_id, input.max_results, token).await?;
    Ok(ListCIMDPoliciesResponse { cimd_policies: Some(page.items), next_token: page.next_token })
}

pub(crate) async fn list_client_metadata_urls(
    cx: &Cx,
    input: ListClientMetadataURLsRequest,
) -> Result<ListClientMetadataURLsResponse, Fault> {
    let (pool_id, token) = (&input.user_pool_id, input.next_token.as_deref());
    let page = cimd::list_urls(cx, pool_id, &input.cimd_policy_id, input.max_results, token).await?;
    Ok(ListClientMetadataURLsResponse { client_metadata_urls: Some(page.items), next_token: page.next_token })
}

pub(crate) async fn update_client_metadata_url_state(
    cx: &Cx,
    input: UpdateClientMetadataURLStateRequest,
) -> Result<UpdateClientMetadataURLStateResponse, Fault> {
    let UpdateClientMetadataURLStateRequest { user_pool_id, cimd_policy_id, url, action } = input;
    cimd::set_state(cx, &user_pool_id, &cimd_policy_id, &url, &action).await?;
    Ok(UpdateClientMetadataURLStateResponse {})
}
