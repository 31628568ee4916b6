//! Access keys.

use poolhouse_core::Cx;
use poolhouse_iam::access_keys;
use poolhouse_kernel::Fault;
use poolhouse_wire::iam::{
    CreateAccessKeyRequest, CreateAccessKeyResponse, DeleteAccessKeyRequest, GetAccessKeyLastUsedRequest,
    GetAccessKeyLastUsedResponse, ListAccessKeysRequest, ListAccessKeysResponse, UpdateAccessKeyRequest,
};

use super::page::{asked, told};

pub(crate) async fn create_access_key(
    cx: &Cx,
    input: CreateAccessKeyRequest,
) -> Result<CreateAccessKeyResponse, Fault> {
    let key = access_keys::create(cx, input.user_name.as_deref()).await?;
    Ok(CreateAccessKeyResponse { access_key: Some(key) })
}

pub(crate) async fn update_access_key(cx: &Cx, input: UpdateAccessKeyRequest) -> Result<(), Fault> {
    access_keys::update(cx, input.user_name.as_deref(), &input.access_key_id, &input.status).await
}

pub(crate) async fn delete_access_key(cx: &Cx, input: DeleteAccessKeyRequest) -> Result<(), Fault> {
    access_keys::delete(cx, input.user_name.as_deref(), &input.access_key_id).await
}

pub(crate) async fn list_access_keys(
    cx: &Cx,
    input: ListAccessKeysRequest,
) -> Result<ListAccessKeysResponse, Fault> {
    let asked = asked(input.marker.as_ref(), input.max_items);
    let page = access_keys::list(cx, input.user_name.as_deref(), asked).await?;
    let (access_key_metadata, is_truncated, marker) = told(page);
    Ok(ListAccessKeysResponse { access_key_metadata, is_truncated, marker })
}

pub(crate) async fn get_access_key_last_used(
    cx: &Cx,
    input: GetAccessKeyLastUsedRequest,
) -> Result<GetAccessKeyLastUsedResponse, Fault> {
    let (user_name, used) = access_keys::last_used(cx, &input.access_key_id).await?;
    Ok(GetAccessKeyLastUsedResponse { user_name: Some(user_name), access_key_last_used: Some(used) })
}
