//! Resource servers.

use poolhouse_core::{Cx, resource_servers};
use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{
    CreateResourceServerRequest, CreateResourceServerResponse, DeleteResourceServerRequest,
    DescribeResourceServerRequest, DescribeResourceServerResponse, ListResourceServersRequest,
    ListResourceServersResponse, UpdateResourceServerRequest, UpdateResourceServerResponse,
};

pub(crate) async fn create_resource_server(
    cx: &Cx,
    input: CreateResourceServerRequest,
) -> Result<CreateResourceServerResponse, Fault> {
    let scopes = input.scopes.unwrap_or_default();
    let server =
        resource_servers::create(cx, &input.user_pool_id, input.identifier, input.name, scopes).await?;
    Ok(CreateResourceServerResponse { resource_server: Some(server) })
}

pub(crate) async fn describe_resource_server(
    cx: &Cx,
    input: DescribeResourceServerRequest,
) -> Result<DescribeResourceServerResponse, Fault> {
    let server = resource_servers::describe(cx, &input.user_pool_id, &input.identifier).await?;
    Ok(DescribeResourceServerResponse { resource_server: Some(server) })
}

pub(crate) async fn update_resource_server(
    cx: &Cx,
    input: UpdateResourceServerRequest,
) -> Result<UpdateResourceServerResponse, Fault> {
    let scopes = input.scopes.unwrap_or_default();
    let server =
        resource_servers::update(cx, &input.user_pool_id, input.identifier, input.name, scopes).await?;
    Ok(UpdateResourceServerResponse { resource_server: Some(server) })
}

pub(crate) async fn delete_resource_server(cx: &Cx, input: DeleteResourceServerRequest) -> Result<(), Fault> {
    resource_servers::delete(cx, &input.user_pool_id, &input.identifier).await
}

pub(crate) async fn list_resource_servers(
    cx: &Cx,
    input: ListResourceServersRequest,
) -> Result<ListResourceServersResponse, Fault> {
    let token = input.next_token.as_deref();
    let page = resource_servers::list(cx, &input.user_pool_id, input.max_results, token).await?;
    Ok(ListResourceServersResponse { resource_servers: Some(page.items), next_token: page.next_token })
}
