//! Attributes for access control.

use poolhouse_core::Cx;
use poolhouse_identity::principal_tags;
use poolhouse_kernel::Fault;
use poolhouse_wire::identity_pools::{
    GetPrincipalTagAttributeMapInput, GetPrincipalTagAttributeMapResponse, SetPrincipalTagAttributeMapInput,
    SetPrincipalTagAttributeMapResponse,
};

pub(crate) async fn set_principal_tag_attribute_map(
    cx: &Cx,
    input: SetPrincipalTagAttributeMapInput,
) -> Result<SetPrincipalTagAttributeMapResponse, Fault> {
    let (pool, provider) = (input.identity_pool_id, input.identity_provider_name);
    let (defaults, tags) = (input.use_defaults.unwrap_or_default(), input.principal_tags.unwrap_or_default());
    let map = principal_tags::set(cx, &pool, &provider, defaults, tags).await?;
    Ok(SetPrincipalTagAttributeMapResponse {
        identity_pool_id: Some(pool),
        identity_provider_name: Some(provider),
        use_defaults: Some(map.defaults),
        principal_tags: Some(map.tags),
    })
}

pub(crate) async fn get_principal_tag_attribute_map(
    cx: &Cx,
    input: GetPrincipalTagAttributeMapInput,
) -> Result<GetPrincipalTagAttributeMapResponse, Fault> {
    let (pool, provider) = (input.identity_pool_id, input.identity_provider_name);
    let map = principal_tags::get(cx, &pool, &provider).await?;
    Ok(GetPrincipalTagAttributeMapResponse {
        identity_pool_id: Some(pool),
        identity_provider_name: Some(provider),
        use_defaults: Some(map.defaults),
        principal_tags: Some(map.tags),
    })
}
