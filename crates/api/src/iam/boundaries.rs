//! Permissions boundaries.

use poolhouse_core::Cx;
use poolhouse_iam::{Kind, boundaries};
use poolhouse_kernel::Fault;
use poolhouse_wire::iam::{
    DeleteRolePermissionsBoundaryRequest, DeleteUserPermissionsBoundaryRequest,
    PutRolePermissionsBoundaryRequest, PutUserPermissionsBoundaryRequest,
};

pub(crate) async fn put_role_permissions_boundary(
    cx: &Cx,
    input: PutRolePermissionsBoundaryRequest,
) -> Result<(), Fault> {
    boundaries::put(cx, (Kind::Role, &input.role_name), input.permissions_boundary).await
}

pub(crate) async fn delete_role_permissions_boundary(
    cx: &Cx,
    input: DeleteRolePermissionsBoundaryRequest,
) -> Result<(), Fault> {
    boundaries::delete(cx, (Kind::Role, &input.role_name)).await
}

pub(crate) async fn put_user_permissions_boundary(
    cx: &Cx,
    input: PutUserPermissionsBoundaryRequest,
) -> Result<(), Fault> {
    boundaries::put(cx, (Kind::User, &input.user_name), input.permissions_boundary).await
}

pub(crate) async fn delete_user_permissions_boundary(
    cx: &Cx,
    input: DeleteUserPermissionsBoundaryRequest,
) -> Result<(), Fault> {
    boundaries::delete(cx, (Kind::User, &input.user_name)).await
}
