//! App clients and their secrets.

use poolhouse_core::Cx;
use poolhouse_core::clients::{self, secrets};
use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{
    AddUserPoolClientSecretRequest, AddUserPoolClientSecretResponse, CreateUserPoolClientRequest,
    CreateUserPoolClientResponse, DeleteUserPoolClientRequest, DeleteUserPoolClientSecretRequest,
    DeleteUserPoolClientSecretResponse, DescribeUserPoolClientRequest, DescribeUserPoolClientResponse,
    ListUserPoolClientSecretsRequest, ListUserPoolClientSecretsResponse, ListUserPoolClientsRequest,
    ListUserPoolClientsResponse, UpdateUserPoolClientRequest, UpdateUserPoolClientResponse,
};

pub(crate) async fn create_user_pool_client(
    cx: &Cx,
    input: CreateUserPoolClientRequest,
) -> Result<CreateUserPoolClientResponse, Fault> {
    let client = clients::create(cx, input).await?;
    Ok(CreateUserPoolClientResponse { user_pool_client: Some(client) })
}

pub(crate) async fn describe_user_pool_client(
    cx: &Cx,
    input: DescribeUserPoolClientRequest,
) -> Result<DescribeUserPoolClientResponse, Fault> {
    let client = clients::describe(cx, &input.user_pool_id, &input.client_id).await?;
    Ok(DescribeUserPoolClientResponse { user_pool_client: Some(client) })
}

pub(crate) async fn update_user_pool_client(
    cx: &Cx,
    input: UpdateUserPoolClientRequest,
) -> Result<UpdateUserPoolClientResponse, Fault> {
    let client = clients::update(cx, input).await?;
    Ok(UpdateUserPoolClientResponse { user_pool_client: Some(client) })
}

pub(crate) async fn delete_user_pool_client(
    cx: &Cx,
    input: DeleteUserPoolClientRequest,
) -> Result<(), Fault> {
    clients::delete(cx, &input.user_pool_id, &input.client_id).await
}

pub(crate) async fn list_user_pool_clients(
    cx: &Cx,
    input: ListUserPoolClientsRequest,
) -> Result<ListUserPoolClientsResponse, Fault> {
    let kind = input.client_type.as_ref();
    let token = input.next_token.as_deref();
    let page = clients::list(cx, &input.user_pool_id, kind, input.max_results, token).await?;
    Ok(ListUserPoolClientsResponse { user_pool_clients: Some(page.items), next_token: page.next_token })
}

pub(crate) async fn add_user_pool_client_secret(
    cx: &Cx,
    input: AddUserPoolClientSecretRequest,
) -> Result<AddUserPoolClientSecretResponse, Fault> {
    let given = input.client_secret.as_deref();
    let secret = secrets::add(cx, &input.user_pool_id, &input.client_id, given).await?;
    Ok(AddUserPoolClientSecretResponse { client_secret_descriptor: Some(secret) })
}

pub(crate) async fn list_user_pool_client_secrets(
    cx: &Cx,
    input: ListUserPoolClientSecretsRequest,
) -> Result<ListUserPoolClientSecretsResponse, Fault> {
    let secrets = secrets::list(cx, &input.user_pool_id, &input.client_id).await?;
    Ok(ListUserPoolClientSecretsResponse { client_secrets: Some(secrets), next_token: None })
}

pub(crate) async fn delete_user_pool_client_secret(
    cx: &Cx,
    input: DeleteUserPoolClientSecretRequest,
) -> Result<DeleteUserPoolClientSecretResponse, Fault> {
    secrets::delete(cx, &input.user_pool_id, &input.client_id, &input.client_secret_id).await?;
    Ok(DeleteUserPoolClientSecretResponse {})
}
