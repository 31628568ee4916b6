//! OpenID Connect providers.

use poolhouse_core::Cx;
use poolhouse_iam::oidc_providers::{self, NewOidcProvider};
use poolhouse_kernel::Fault;
use poolhouse_wire::ErrorCode;
use poolhouse_wire::iam::{
    AddClientIDToOpenIDConnectProviderRequest, CreateOpenIDConnectProviderRequest,
    CreateOpenIDConnectProviderResponse, DeleteOpenIDConnectProviderRequest, GetOpenIDConnectProviderRequest,
    GetOpenIDConnectProviderResponse, ListOpenIDConnectProvidersRequest, ListOpenIDConnectProvidersResponse,
    OpenIDConnectProviderListEntry, RemoveClientIDFromOpenIDConnectProviderRequest,
    UpdateOpenIDConnectProviderThumbprintRequest,
};

pub(crate) async fn create_open_id_connect_provider(
    cx: &Cx,
    input: CreateOpenIDConnectProviderRequest,
) -> Result<CreateOpenIDConnectProviderResponse, Fault> {
    if input.context_provider.is_some() || input.identity_center_instance_arn.is_some() {
        let text =
            "There is no IAM Identity Center here: leave out ContextProvider and IdentityCenterInstanceArn.";
        return Err(Fault::new(ErrorCode::InvalidInputException, text));
    }
    let new = NewOidcProvider {
        url: input.url,
        client_ids: input.client_id_list.unwrap_or_default(),
        thumbprints: input.thumbprint_list.unwrap_or_default(),
        tags: input.tags.unwrap_or_default(),
    };
    let provider = oidc_providers::create(cx, new).await?;
    Ok(CreateOpenIDConnectProviderResponse {
        open_id_connect_provider_arn: Some(provider.arn),
        tags: provider.tags,
    })
}

pub(crate) async fn get_open_id_connect_provider(
    cx: &Cx,
    input: GetOpenIDConnectProviderRequest,
) -> Result<GetOpenIDConnectProviderResponse, Fault> {
    let provider = oidc_providers::get(cx, &input.open_id_connect_provider_arn).await?;
    Ok(GetOpenIDConnectProviderResponse {
        url: Some(provider.name),
        client_id_list: Some(provider.client_ids),
        thumbprint_list: Some(provider.thumbprints),
        create_date: Some(provider.created_at),
        tags: provider.tags,
        ..GetOpenIDConnectProviderResponse::default()
    })
}

pub(crate) async fn list_open_id_connect_providers(
    cx: &Cx,
    _input: ListOpenIDConnectProvidersRequest,
) -> Result<ListOpenIDConnectProvidersResponse, Fault> {
    let entry =
        |arn| OpenIDConnectProviderListEntry { arn: Some(arn), ..OpenIDConnectProviderListEntry::default() };
    let arns = oidc_providers::list(cx).await?;
    Ok(ListOpenIDConnectProvidersResponse {
        open_id_connect_provider_list: Some(arns.into_iter().map(entry).collect()),
    })
}

pub(crate) async fn delete_open_id_connect_provider(
    cx: &Cx,
    input: DeleteOpenIDConnectProviderRequest,
) -> Result<(), Fault> {
    oidc_providers::delete(cx, &input.open_id_connect_provider_arn).await
}

pub(crate) async fn add_client_id_to_open_id_connect_provider(
    cx: &Cx,
    input: AddClientIDToOpenIDConnectProviderRequest,
) -> Result<(), Fault> {
    oidc_providers::add_client(cx, &input.open_id_connect_provider_arn, input.client_id).await
}

pub(crate) async fn remove_client_id_from_open_id_connect_provider(
    cx: &Cx,
    input: RemoveClientIDFromOpenIDConnectProviderRequest,
) -> Result<(), Fault> {
    oidc_providers::remove_client(cx, &input.open_id_connect_provider_arn, &input.client_id).await
}

pub(crate) async fn update_open_id_connect_provider_thumbprint(
    cx: &Cx,
    input: UpdateOpenIDConnectProviderThumbprintRequest,
) -> Result<(), Fault> {
    oidc_providers::set_thumbprints(cx, &input.open_id_connect_provider_arn, input.thumbprint_list).await
}
