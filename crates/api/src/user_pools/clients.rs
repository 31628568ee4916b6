//! App clients and their secrets.

use poolhouse_core::Cx;
use poolhouse_core::clients::{self, ClientChange, NewClient, Settings, WantedSecret, secrets};
use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{
    AddUserPoolClientSecretRequest, AddUserPoolClientSecretResponse, CreateUserPoolClientRequest,
    CreateUserPoolClientResponse, DeleteUserPoolClientRequest, DeleteUserPoolClientSecretRequest,
    DeleteUserPoolClientSecretResponse, DescribeUserPoolClientRequest, DescribeUserPoolClientResponse,
    ListUserPoolClientSecretsRequest, ListUserPoolClientSecretsResponse, ListUserPoolClientsRequest,
    ListUserPoolClientsResponse, UpdateUserPoolClientRequest, UpdateUserPoolClientResponse,
};

/// What a request to make or change a client says of its settings.
macro_rules! settings {
    ($input:expr) => {
        Settings {
            refresh_token_validity: $input.refresh_token_validity,
            access_token_validity: $input.access_token_validity,
            id_token_validity: $input.id_token_validity,
            token_validity_units: $input.token_validity_units,
            read_attributes: $input.read_attributes,
            write_attributes: $input.write_attributes,
            explicit_auth_flows: $input.explicit_auth_flows,
            supported_identity_providers: $input.supported_identity_providers,
            callback_urls: $input.callback_urls,
            logout_urls: $input.logout_urls,
            default_redirect_uri: $input.default_redirect_uri,
            allowed_oauth_flows: $input.allowed_oauth_flows,
            allowed_oauth_scopes: $input.allowed_oauth_scopes,
            allowed_oauth_flows_user_pool_client: $input.allowed_oauth_flows_user_pool_client,
            analytics_configuration: $input.analytics_configuration,
            prevent_user_existence_errors: $input.prevent_user_existence_errors,
            enable_token_revocation: $input.enable_token_revocation,
            enable_propagate_additional_user_context_data: $input
                .enable_propagate_additional_user_context_data,
            auth_session_validity: $input.auth_session_validity,
            refresh_token_rotation: $input.refresh_token_rotation,
        }
    };
}

pub(crate) async fn create_user_pool_client(
    cx: &Cx,
    input: CreateUserPoolClientRequest,
) -> Result<CreateUserPoolClientResponse, Fault> {
    let new = NewClient {
        name: input.client_name,
        kind: None,
        secret: WantedSecret { generate: input.generate_secret == Some(true), given: input.client_secret },
        publish_secrets: input.publish_secrets_in_aws_secrets_manager == Some(true),
        settings: settings!(input),
    };
    let client = clients::create(cx, &input.user_pool_id, new).await?;
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
    let (pool_id, client_id) = (&input.user_pool_id, &input.client_id);
    let change = ClientChange {
        name: input.client_name,
        publish_secrets: input.publish_secrets_in_aws_secrets_manager,
        settings: settings!(input),
    };
    let client = clients::update(cx, pool_id, client_id, change).await?;
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
