//! Users of a developer's own backend.

use poolhouse_core::Cx;
use poolhouse_identity::developers::{self, Request};
use poolhouse_kernel::Fault;
use poolhouse_wire::identity_pools::{
    GetOpenIdTokenForDeveloperIdentityInput, GetOpenIdTokenForDeveloperIdentityResponse,
    LookupDeveloperIdentityInput, LookupDeveloperIdentityResponse, MergeDeveloperIdentitiesInput,
    MergeDeveloperIdentitiesResponse, UnlinkDeveloperIdentityInput,
};

pub(crate) async fn get_open_id_token_for_developer_identity(
    cx: &Cx,
    input: GetOpenIdTokenForDeveloperIdentityInput,
) -> Result<GetOpenIdTokenForDeveloperIdentityResponse, Fault> {
    let request = Request {
        pool_id: &input.identity_pool_id,
        identity_id: input.identity_id.as_ref(),
        logins: input.logins,
        tags: input.principal_tags.unwrap_or_default(),
        seconds: input.token_duration,
    };
    let (id, token) = developers::token(cx, request).await?;
    Ok(GetOpenIdTokenForDeveloperIdentityResponse { identity_id: Some(id), token: Some(token.into()) })
}

pub(crate) async fn lookup_developer_identity(
    cx: &Cx,
    input: LookupDeveloperIdentityInput,
) -> Result<LookupDeveloperIdentityResponse, Fault> {
    let (pool, identity) = (&input.identity_pool_id, input.identity_id.as_ref());
    let (user, token) = (input.developer_user_identifier.as_deref(), input.next_token.as_deref());
    let (id, page) = developers::look_up(cx, pool, identity, user, input.max_results, token).await?;
    Ok(LookupDeveloperIdentityResponse {
        identity_id: Some(id),
        developer_user_identifier_list: Some(page.items),
        next_token: page.next_token,
    })
}

pub(crate) async fn merge_developer_identities(
    cx: &Cx,
    input: MergeDeveloperIdentitiesInput,
) -> Result<MergeDeveloperIdentitiesResponse, Fault> {
    let (pool, provider) = (&input.identity_pool_id, &input.developer_provider_name);
    let (source, destination) = (&input.source_user_identifier, &input.destination_user_identifier);
    let id = developers::merge(cx, pool, provider, source, destination).await?;
    Ok(MergeDeveloperIdentitiesResponse { identity_id: Some(id) })
}

pub(crate) async fn unlink_developer_identity(
    cx: &Cx,
    input: UnlinkDeveloperIdentityInput,
) -> Result<(), Fault> {
    let (pool, identity) = (&input.identity_pool_id, &input.identity_id);
    let (provider, user) = (&input.developer_provider_name, &input.developer_user_identifier);
    developers::unlink(cx, pool, identity, provider, user).await
}
