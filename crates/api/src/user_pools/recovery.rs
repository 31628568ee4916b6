//! Passwords set anew without the old one.

use poolhouse_core::sign_up::Named;
use poolhouse_core::{Cx, recovery};
use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{
    AdminResetUserPasswordRequest, AdminResetUserPasswordResponse, ConfirmForgotPasswordRequest,
    ConfirmForgotPasswordResponse, ForgotPasswordRequest, ForgotPasswordResponse,
};

pub(crate) async fn forgot_password(
    cx: &Cx,
    input: ForgotPasswordRequest,
) -> Result<ForgotPasswordResponse, Fault> {
    let named = Named {
        client_id: &input.client_id,
        secret_hash: input.secret_hash.as_deref(),
        username: &input.username,
    };
    let delivery = recovery::forgot_password(cx, named).await?;
    Ok(ForgotPasswordResponse { code_delivery_details: Some(delivery) })
}

pub(crate) async fn confirm_forgot_password(
    cx: &Cx,
    input: ConfirmForgotPasswordRequest,
) -> Result<ConfirmForgotPasswordResponse, Fault> {
    let named = Named {
        client_id: &input.client_id,
        secret_hash: input.secret_hash.as_deref(),
        username: &input.username,
    };
    recovery::confirm_forgot_password(cx, named, &input.confirmation_code, &input.password).await?;
    Ok(ConfirmForgotPasswordResponse::default())
}

pub(crate) async fn admin_reset_user_password(
    cx: &Cx,
    input: AdminResetUserPasswordRequest,
) -> Result<AdminResetUserPasswordResponse, Fault> {
    recovery::admin_reset(cx, &input.user_pool_id, &input.username).await?;
    Ok(AdminResetUserPasswordResponse::default())
}
