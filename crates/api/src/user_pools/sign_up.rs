//! Signing up.

use poolhouse_core::Cx;
use poolhouse_core::sign_up::{self, Confirmation, Named, Registration};
use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{
    ConfirmSignUpRequest, ConfirmSignUpResponse, ResendConfirmationCodeRequest,
    ResendConfirmationCodeResponse, SignUpRequest, SignUpResponse,
};

pub(crate) async fn sign_up(cx: &Cx, input: SignUpRequest) -> Result<SignUpResponse, Fault> {
    let named = Named {
        client_id: &input.client_id,
        secret_hash: input.secret_hash.as_deref(),
        username: &input.username,
    };
    let attributes = input.user_attributes.unwrap_or_default();
    let password = input.password.as_deref();
    let signed_up = sign_up::sign_up(cx, Registration { named, password, attributes }).await?;
    Ok(SignUpResponse {
        user_confirmed: Some(signed_up.confirmed),
        code_delivery_details: signed_up.delivery,
        user_sub: Some(signed_up.sub.into()),
        session: signed_up.session,
    })
}

pub(crate) async fn confirm_sign_up(
    cx: &Cx,
    input: ConfirmSignUpRequest,
) -> Result<ConfirmSignUpResponse, Fault> {
    let named = Named {
        client_id: &input.client_id,
        secret_hash: input.secret_hash.as_deref(),
        username: &input.username,
    };
    let force_alias = input.force_alias_creation == Some(true);
    let session = input.session.as_deref();
    let confirmation = Confirmation { named, code: &input.confirmation_code, force_alias, session };
    let session = sign_up::confirm(cx, confirmation).await?;
    Ok(ConfirmSignUpResponse { session })
}

pub(crate) async fn resend_confirmation_code(
    cx: &Cx,
    input: ResendConfirmationCodeRequest,
) -> Result<ResendConfirmationCodeResponse, Fault> {
    let named = Named {
        client_id: &input.client_id,
        secret_hash: input.secret_hash.as_deref(),
        username: &input.username,
    };
    let delivery = sign_up::resend(cx, named).await?;
    Ok(ResendConfirmationCodeResponse { code_delivery_details: Some(delivery) })
}
