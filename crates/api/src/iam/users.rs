//! Users.

use poolhouse_core::Cx;
use poolhouse_iam::users::{self, NewUser};
use poolhouse_kernel::Fault;
use poolhouse_wire::iam::{
    CreateUserRequest, CreateUserResponse, DeleteUserRequest, GetUserRequest, GetUserResponse,
    ListUsersRequest, ListUsersResponse, UpdateUserRequest,
};

use super::page::{asked, told};

pub(crate) async fn create_user(cx: &Cx, input: CreateUserRequest) -> Result<CreateUserResponse, Fault> {
    let CreateUserRequest { path, user_name: name, permissions_boundary: boundary, tags } = input;
    let new = NewUser { name, path, boundary, tags: tags.unwrap_or_default() };
    Ok(CreateUserResponse { user: Some(users::create(cx, new).await?) })
}

pub(crate) async fn get_user(cx: &Cx, input: GetUserRequest) -> Result<GetUserResponse, Fault> {
    Ok(GetUserResponse { user: Some(users::get(cx, input.user_name.as_deref()).await?) })
}

pub(crate) async fn list_users(cx: &Cx, input: ListUsersRequest) -> Result<ListUsersResponse, Fault> {
    let asked = asked(input.marker.as_ref(), input.max_items);
    let page = users::list(cx, input.path_prefix.as_deref(), asked).await?;
    let (users, is_truncated, marker) = told(page);
    Ok(ListUsersResponse { users, is_truncated, marker })
}

pub(crate) async fn update_user(cx: &Cx, input: UpdateUserRequest) -> Result<(), Fault> {
    users::update(cx, &input.user_name, input.new_user_name, input.new_path).await
}

pub(crate) async fn delete_user(cx: &Cx, input: DeleteUserRequest) -> Result<(), Fault> {
    users::delete(cx, &input.user_name).await
}
