//! Identity providers, and the links of their users.

use poolhouse_core::Cx;
use poolhouse_core::providers::{self, NewProvider, ProviderChange};
use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{
    AdminDisableProviderForUserRequest, AdminDisableProviderForUserResponse, AdminLinkProviderForUserRequest,
    AdminLinkProviderForUserResponse, CreateIdentityProviderRequest, CreateIdentityProviderResponse,
    DeleteIdentityProviderRequest, DescribeIdentityProviderRequest, DescribeIdentityProviderResponse,
    GetIdentityProviderByIdentifierRequest, GetIdentityProviderByIdentifierResponse,
    ListIdentityProvidersRequest, ListIdentityProvidersResponse, UpdateIdentityProviderRequest,
    UpdateIdentityProviderResponse,
};

pub(crate) async fn create_identity_provider(
    cx: &Cx,
    input: CreateIdentityProviderRequest,
) -> Result<CreateIdentityProviderResponse, Fault> {
    let new = NewProvider {
        name: input.provider_name,
        kind: input.provider_type,
        details: input.provider_details,
        attributes: input.attribute_mapping.unwrap_or_default(),
        acr: input.acr_mapping.unwrap_or_default(),
        identifiers: input.idp_identifiers.unwrap_or_default(),
    };
    let provider = providers::create(cx, &input.user_pool_id, new).await?;
    Ok(CreateIdentityProviderResponse { identity_provider: Some(provider) })
}

pub(crate) async fn describe_identity_provider(
    cx: &Cx,
    input: DescribeIdentityProviderRequest,
) -> Result<DescribeIdentityProviderResponse, Fault> {
    let provider = providers::describe(cx, &input.user_pool_id, &input.provider_name).await?;
    Ok(DescribeIdentityProviderResponse { identity_provider: Some(provider) })
}

pub(crate) async fn get_identity_provider_by_identifier(
    cx: &Cx,
    input: GetIdentityProviderByIdentifierRequest,
) -> Result<GetIdentityProviderByIdentifierResponse, Fault> {
    let provider = providers::by_identifier(cx, &input.user_pool_id, &input.idp_identifier).await?;
    Ok(GetIdentityProviderByIdentifierResponse { identity_provider: Some(provider) })
}

pub(crate) async fn update_identity_provider(
    cx: &Cx,
    input: UpdateIdentityProviderRequest,
) -> Result<UpdateIdentityProviderResponse, Fault> {
    let change = ProviderChange {
        details: input.provider_details,
        attributes: input.attribute_mapping,
        acr: input.acr_mapping,
        identifiers: input.idp_identifiers,
    };
    let provider = providers::update(cx, &input.user_pool_id, &input.provider_name, change).await?;
    Ok(UpdateIdentityProviderResponse { identity_provider: Some(provider) })
}

pub(crate) async fn delete_identity_provider(
    cx: &Cx,
    input: DeleteIdentityProviderRequest,
) -> Result<(), Fault> {
    providers::delete(cx, &input.user_pool_id, &input.provider_name).await
}

pub(crate) async fn list_identity_providers(
    cx: &Cx,
    input: ListIdentityProvidersRequest,
) -> Result<ListIdentityProvidersResponse, Fault> {
    let token = input.next_token.as_deref();
    let page = providers::list(cx, &input.user_pool_id, input.max_results, token).await?;
    Ok(ListIdentityProvidersResponse { providers: Some(page.items), next_token: page.next_token })
}

pub(crate) async fn admin_link_provider_for_user(
    cx: &Cx,
    input: AdminLinkProviderForUserRequest,
) -> Result<AdminLinkProviderForUserResponse, Fault> {
    providers::link(cx, &input.user_pool_id.into(), &input.destination_user, &input.source_user).await?;
    Ok(AdminLinkProviderForUserResponse {})
}

pub(crate) async fn admin_disable_provider_for_user(
    cx: &Cx,
    input: AdminDisableProviderForUserRequest,
) -> Result<AdminDisableProviderForUserResponse, Fault> {
    providers::unlink(cx, &input.user_pool_id.into(), &input.user).await?;
    Ok(AdminDisableProviderForUserResponse {})
}
