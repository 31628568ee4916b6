//! What the users of clients agree to.

use poolhouse_core::{Cx, terms};
use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{
    CreateTermsRequest, CreateTermsResponse, DeleteTermsRequest, DescribeTermsByClientRequest,
    DescribeTermsByClientResponse, DescribeTermsRequest, DescribeTermsResponse, ListTermsRequest,
    ListTermsResponse, UpdateTermsRequest, UpdateTermsResponse,
};

pub(crate) async fn create_terms(cx: &Cx, input: CreateTermsRequest) -> Result<CreateTermsResponse, Fault> {
    let links = input.links.unwrap_or_default();
    let made = terms::create(cx, &input.user_pool_id, &input.client_id, input.terms_name, &links).await?;
    Ok(CreateTermsResponse { terms: Some(made) })
}

pub(crate) async fn describe_terms(
    cx: &Cx,
    input: DescribeTermsRequest,
) -> Result<DescribeTermsResponse, Fault> {
    let found = terms::describe(cx, &input.user_pool_id, &input.terms_id).await?;
    Ok(DescribeTermsResponse { terms: Some(found) })
}

pub(crate) async fn describe_terms_by_client(
    cx: &Cx,
    input: DescribeTermsByClientRequest,
) -> Result<DescribeTermsByClientResponse, Fault> {
    let found = terms::of_client(cx, &input.user_pool_id, &input.client_id, &input.terms_name).await?;
    Ok(DescribeTermsByClientResponse { terms: Some(found) })
}

pub(crate) async fn update_terms(cx: &Cx, input: UpdateTermsRequest) -> Result<UpdateTermsResponse, Fault> {
    let (name, links) = (input.terms_name, input.links.as_ref());
    let changed = terms::update(cx, &input.user_pool_id, &input.terms_id, name, links).await?;
    Ok(UpdateTermsResponse { terms: Some(changed) })
}

pub(crate) async fn delete_terms(cx: &Cx, input: DeleteTermsRequest) -> Result<(), Fault> {
    terms::delete(cx, &input.user_pool_id, &input.terms_id).await
}

pub(crate) async fn list_terms(cx: &Cx, input: ListTermsRequest) -> Result<ListTermsResponse, Fault> {
    let token = input.next_token.as_deref();
    let page = terms::list(cx, &input.user_pool_id, input.max_results, token).await?;
    Ok(ListTermsResponse { terms: Some(page.items), next_token: page.next_token })
}
