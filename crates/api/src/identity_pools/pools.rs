//! Identity pools themselves.

use poolhouse_core::Cx;
use poolhouse_identity::pools::{self, Described, Settings};
use poolhouse_kernel::Fault;
use poolhouse_wire::identity_pools::{
    CreateIdentityPoolInput, DeleteIdentityPoolInput, DescribeIdentityPoolInput, IdentityPool,
    ListIdentityPoolsInput, ListIdentityPoolsResponse,
};

/// What a request says of a pool: those that make and change one have the same members, in types of their own.
macro_rules! settings {
    ($input:ident) => {
        Settings {
            name: $input.identity_pool_name,
            allow_guests: $input.allow_unauthenticated_identities,
            allow_classic_flow: $input.allow_classic_flow,
            social: $input.supported_login_providers.unwrap_or_default(),
            developer: $input.developer_provider_name,
            oidc: $input.open_id_connect_provider_arns.unwrap_or_default(),
            user_pools: $input.cognito_identity_providers.unwrap_or_default(),
            saml: $input.saml_provider_arns.unwrap_or_default(),
            tags: $input.identity_pool_tags,
        }
    };
}

pub(crate) async fn create_identity_pool(
    cx: &Cx,
    input: CreateIdentityPoolInput,
) -> Result<IdentityPool, Fault> {
    Ok(shown(pools::create(cx, settings!(input)).await?))
}

pub(crate) async fn update_identity_pool(cx: &Cx, input: IdentityPool) -> Result<IdentityPool, Fault> {
    Ok(shown(pools::update(cx, &input.identity_pool_id, settings!(input)).await?))
}

pub(crate) async fn describe_identity_pool(
    cx: &Cx,
    input: DescribeIdentityPoolInput,
) -> Result<IdentityPool, Fault> {
    Ok(shown(pools::describe(cx, &input.identity_pool_id).await?))
}

pub(crate) async fn delete_identity_pool(cx: &Cx, input: DeleteIdentityPoolInput) -> Result<(), Fault> {
    pools::delete(cx, &input.identity_pool_id).await
}

pub(crate) async fn list_identity_pools(
    cx: &Cx,
    input: ListIdentityPoolsInput,
) -> Result<ListIdentityPoolsResponse, Fault> {
    let page = pools::list(cx, input.max_results, input.next_token.as_deref()).await?;
    Ok(ListIdentityPoolsResponse { identity_pools: Some(page.items), next_token: page.next_token })
}

/// Empty lists and maps are left out, but for tags.
fn shown(pool: Described) -> IdentityPool {
    let Described { id, settings } = pool;
    IdentityPool {
        identity_pool_id: id,
        identity_pool_name: settings.name,
        allow_unauthenticated_identities: settings.allow_guests,
        allow_classic_flow: settings.allow_classic_flow,
        supported_login_providers: Some(settings.social).filter(|map| !map.is_empty()),
        developer_provider_name: settings.developer,
        open_id_connect_provider_arns: Some(settings.oidc).filter(|list| !list.is_empty()),
        cognito_identity_providers: Some(settings.user_pools).filter(|list| !list.is_empty()),
        saml_provider_arns: Some(settings.saml).filter(|list| !list.is_empty()),
        identity_pool_tags: settings.tags,
    }
}
