//! Replicas of pools in other regions.

use poolhouse_core::Cx;
use poolhouse_core::pools::replicas;
use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{
    CreateUserPoolReplicaRequest, CreateUserPoolReplicaResponse, DeleteUserPoolReplicaRequest,
    DeleteUserPoolReplicaResponse, ListUserPoolReplicasRequest, ListUserPoolReplicasResponse,
    UpdateUserPoolReplicaRequest, UpdateUserPoolReplicaResponse,
};

pub(crate) async fn create_user_pool_replica(
    cx: &Cx,
    input: CreateUserPoolReplicaRequest,
) -> Result<CreateUserPoolReplicaResponse, Fault> {
    let CreateUserPoolReplicaRequest { user_pool_id, region_name, user_pool_tags } = input;
    let made = replicas::create(cx, &user_pool_id, region_name, user_pool_tags).await?;
    Ok(CreateUserPoolReplicaResponse { user_pool_replica: Some(made) })
}

pub(crate) async fn update_user_pool_replica(
    cx: &Cx,
    input: UpdateUserPoolReplicaRequest,
) -> Result<UpdateUserPoolReplicaResponse, Fault> {
    let changed = replicas::update(cx, &input.user_pool_id, input.region_name, &input.status).await?;
    Ok(UpdateUserPoolReplicaResponse { user_pool_replica: Some(changed) })
}

pub(crate) async fn delete_user_pool_replica(
    cx: &Cx,
    input: DeleteUserPoolReplicaRequest,
) -> Result<DeleteUserPoolReplicaResponse, Fault> {
    let deleted = replicas::delete(cx, &input.user_pool_id, input.region_name).await?;
    Ok(DeleteUserPoolReplicaResponse { user_pool_replica: Some(deleted) })
}

pub(crate) async fn list_user_pool_replicas(
    cx: &Cx,
    input: ListUserPoolReplicasRequest,
) -> Result<ListUserPoolReplicasResponse, Fault> {
    let all = replicas::list(cx, &input.user_pool_id, input.next_token.as_deref()).await?;
    Ok(ListUserPoolReplicasResponse { user_pool_replicas: Some(all), next_token: None })
}
