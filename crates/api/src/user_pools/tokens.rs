//! Tokens that no sign-in gives.

use poolhouse_core::Cx;
use poolhouse_core::tokens::{client_token, derived};
use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{
    GetClientTokenRequest, GetClientTokenResponse, GetDerivedTokenRequest, GetDerivedTokenResponse,
};

pub(crate) async fn get_client_token(
    cx: &Cx,
    input: GetClientTokenRequest,
) -> Result<GetClientTokenResponse, Fault> {
    let result = client_token::get(cx, &input.client_id, &input.secret, input.scopes).await?;
    Ok(GetClientTokenResponse { client_authentication_result: Some(result) })
}

pub(crate) async fn get_derived_token(
    cx: &Cx,
    input: GetDerivedTokenRequest,
) -> Result<GetDerivedTokenResponse, Fault> {
    derived::get(cx, input).await
}
