//! SAML providers.

use poolhouse_core::Cx;
use poolhouse_iam::saml_providers;
use poolhouse_kernel::Fault;
use poolhouse_wire::ErrorCode;
use poolhouse_wire::iam::{
    CreateSAMLProviderRequest, CreateSAMLProviderResponse, DeleteSAMLProviderRequest, GetSAMLProviderRequest,
    GetSAMLProviderResponse, ListSAMLProvidersRequest, ListSAMLProvidersResponse, SAMLProviderListEntry,
    UpdateSAMLProviderRequest, UpdateSAMLProviderResponse,
};

pub(crate) async fn create_saml_provider(
    cx: &Cx,
    input: CreateSAMLProviderRequest,
) -> Result<CreateSAMLProviderResponse, Fault> {
    let is_more = input.assertion_encryption_mode.is_some()
        || input.add_private_key.is_some()
        || input.context_provider.is_some()
        || input.identity_center_instance_arn.is_some();
    check_plain(is_more)?;
    let tags = input.tags.unwrap_or_default();
    let made = saml_providers::create(cx, input.name, input.saml_metadata_document, tags).await?;
    Ok(CreateSAMLProviderResponse { saml_provider_arn: Some(made.arn), tags: made.tags })
}

pub(crate) async fn get_saml_provider(
    cx: &Cx,
    input: GetSAMLProviderRequest,
) -> Result<GetSAMLProviderResponse, Fault> {
    let provider = saml_providers::get(cx, &input.saml_provider_arn).await?;
    Ok(GetSAMLProviderResponse {
        saml_metadata_document: Some(provider.metadata),
        create_date: Some(provider.created_at),
        valid_until: provider.valid_until,
        tags: provider.tags,
        ..GetSAMLProviderResponse::default()
    })
}

pub(crate) async fn list_saml_providers(
    cx: &Cx,
    _input: ListSAMLProvidersRequest,
) -> Result<ListSAMLProvidersResponse, Fault> {
    let providers = saml_providers::list(cx).await?;
    let entry = |provider: saml_providers::SamlProvider| SAMLProviderListEntry {
        arn: Some(provider.arn),
        valid_until: provider.valid_until,
        create_date: Some(provider.created_at),
        ..SAMLProviderListEntry::default()
    };
    Ok(ListSAMLProvidersResponse { saml_provider_list: Some(providers.into_iter().map(entry).collect()) })
}

pub(crate) async fn update_saml_provider(
    cx: &Cx,
    input: UpdateSAMLProviderRequest,
) -> Result<UpdateSAMLProviderResponse, Fault> {
    let is_more = input.assertion_encryption_mode.is_some()
        || input.add_private_key.is_some()
        || input.remove_private_key.is_some()
        || input.context_provider.is_some()
        || input.identity_center_instance_arn.is_some();
    check_plain(is_more)?;
    let arn = input.saml_provider_arn;
    match input.saml_metadata_document {
        Some(metadata) => saml_providers::set_metadata(cx, &arn, metadata).await?,
        None => drop(saml_providers::get(cx, &arn).await?),
    }
    Ok(UpdateSAMLProviderResponse { saml_provider_arn: Some(arn) })
}

pub(crate) async fn delete_saml_provider(cx: &Cx, input: DeleteSAMLProviderRequest) -> Result<(), Fault> {
    saml_providers::delete(cx, &input.saml_provider_arn).await
}

/// Refuses what is not done here.
fn check_plain(is_more: bool) -> Result<(), Fault> {
    if is_more {
        let text = "Encrypted assertions and IAM Identity Center are not known here: leave out AssertionEncryptionMode, private keys, ContextProvider and IdentityCenterInstanceArn.";
        return Err(Fault::new(ErrorCode::InvalidInputException, text));
    }
    Ok(())
}
