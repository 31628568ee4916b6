//! Identities, and what they get.

use poolhouse_core::Cx;
use poolhouse_identity::identities::Described;
use poolhouse_identity::{credentials, identities};
use poolhouse_kernel::Fault;
use poolhouse_wire::identity_pools::{
    DeleteIdentitiesInput, DeleteIdentitiesResponse, DescribeIdentityInput, GetCredentialsForIdentityInput,
    GetCredentialsForIdentityResponse, GetIdInput, GetIdResponse, GetOpenIdTokenInput,
    GetOpenIdTokenResponse, IdentityDescription, ListIdentitiesInput, ListIdentitiesResponse,
    UnlinkIdentityInput,
};

use crate::decision;

pub(crate) async fn get_id(cx: &Cx, input: GetIdInput) -> Result<GetIdResponse, Fault> {
    let logins = input.logins.unwrap_or_default();
    let id = identities::id(cx, &input.identity_pool_id, input.account_id.as_deref(), &logins).await?;
    Ok(GetIdResponse { identity_id: Some(id) })
}

pub(crate) async fn get_credentials_for_identity(
    cx: &Cx,
    input: GetCredentialsForIdentityInput,
) -> Result<GetCredentialsForIdentityResponse, Fault> {
    let (logins, role) = (input.logins.unwrap_or_default(), input.custom_role_arn.as_deref());
    let got = credentials::of_identity(cx, &input.identity_id, &logins, role, decision::moment(cx)).await?;
    Ok(GetCredentialsForIdentityResponse { identity_id: Some(got.0), credentials: Some(got.1) })
}

pub(crate) async fn get_open_id_token(
    cx: &Cx,
    input: GetOpenIdTokenInput,
) -> Result<GetOpenIdTokenResponse, Fault> {
    let logins = input.logins.unwrap_or_default();
    let (id, token) = credentials::token(cx, &input.identity_id, &logins).await?;
    Ok(GetOpenIdTokenResponse { identity_id: Some(id), token: Some(token.into()) })
}

pub(crate) async fn unlink_identity(cx: &Cx, input: UnlinkIdentityInput) -> Result<(), Fault> {
    identities::unlink(cx, &input.identity_id, &input.logins, &input.logins_to_remove).await
}

pub(crate) async fn describe_identity(
    cx: &Cx,
    input: DescribeIdentityInput,
) -> Result<IdentityDescription, Fault> {
    Ok(shown(identities::describe(cx, &input.identity_id).await?))
}

pub(crate) async fn list_identities(
    cx: &Cx,
    input: ListIdentitiesInput,
) -> Result<ListIdentitiesResponse, Fault> {
    let (pool, only_enabled) = (input.identity_pool_id, input.hide_disabled.unwrap_or_default());
    let token = input.next_token.as_deref();
    let page = identities::list(cx, &pool, only_enabled, input.max_results, token).await?;
    Ok(ListIdentitiesResponse {
        identity_pool_id: Some(pool),
        identities: Some(page.items.into_iter().map(shown).collect()),
        next_token: page.next_token,
    })
}

pub(crate) async fn delete_identities(
    cx: &Cx,
    input: DeleteIdentitiesInput,
) -> Result<DeleteIdentitiesResponse, Fault> {
    identities::delete(cx, &input.identity_ids_to_delete).await?;
    Ok(DeleteIdentitiesResponse { unprocessed_identity_ids: Some(Vec::new()) })
}

fn shown(identity: Described) -> IdentityDescription {
    IdentityDescription {
        identity_id: Some(identity.id),
        logins: Some(identity.providers),
        creation_date: Some(identity.created_at),
        last_modified_date: Some(identity.modified_at),
    }
}
