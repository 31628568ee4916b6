//! Tokens that no sign-in gives.

use poolhouse_core::Cx;
use poolhouse_core::tokens::client_token;
use poolhouse_core::tokens::derived::{self, GivenToken, Wanted};
use poolhouse_kernel::Fault;
use poolhouse_wire::Sensitive;
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
    let actor =
        |token| GivenToken { token, kind: input.actor_token_type, provider: input.actor_token_provider_name };
    let wanted = Wanted {
        subject: GivenToken {
            token: input.subject_token,
            kind: Some(input.subject_token_type),
            provider: input.subject_token_provider_name,
        },
        actor: input.actor_token.map(actor),
        scopes: input.scopes,
        audiences: input.audiences,
        resources: input.resources,
        kind: input.requested_token_type,
    };
    let secret = input.client_secret.as_ref().map(Sensitive::as_str);
    let derived = derived::get(cx, &input.client_id, secret, &wanted).await?;
    Ok(GetDerivedTokenResponse {
        issued_token: Some(derived.token.into()),
        issued_token_type: Some(derived.kind),
        token_type: Some(derived.usage),
        expires_in: i32::try_from(derived.life).ok(),
        scopes: Some(derived.scopes),
    })
}
