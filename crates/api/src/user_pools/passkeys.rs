//! The passkeys of users.

use poolhouse_core::Cx;
use poolhouse_core::profile::{Owner, passkeys};
use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{
    CompleteWebAuthnRegistrationRequest, CompleteWebAuthnRegistrationResponse,
    DeleteWebAuthnCredentialRequest, DeleteWebAuthnCredentialResponse, ListWebAuthnCredentialsRequest,
    ListWebAuthnCredentialsResponse, StartWebAuthnRegistrationRequest, StartWebAuthnRegistrationResponse,
};

pub(crate) async fn start_web_authn_registration(
    cx: &Cx,
    input: StartWebAuthnRegistrationRequest,
) -> Result<StartWebAuthnRegistrationResponse, Fault> {
    let options = passkeys::start(cx, Owner::Token(&input.access_token)).await?;
    Ok(StartWebAuthnRegistrationResponse { credential_creation_options: Some(options) })
}

pub(crate) async fn complete_web_authn_registration(
    cx: &Cx,
    input: CompleteWebAuthnRegistrationRequest,
) -> Result<CompleteWebAuthnRegistrationResponse, Fault> {
    passkeys::complete(cx, Owner::Token(&input.access_token), &input.credential.to_string()).await?;
    Ok(CompleteWebAuthnRegistrationResponse::default())
}

pub(crate) async fn list_web_authn_credentials(
    cx: &Cx,
    input: ListWebAuthnCredentialsRequest,
) -> Result<ListWebAuthnCredentialsResponse, Fault> {
    let token = input.next_token.as_deref();
    let page = passkeys::list(cx, Owner::Token(&input.access_token), input.max_results, token).await?;
    Ok(ListWebAuthnCredentialsResponse { credentials: Some(page.items), next_token: page.next_token })
}

pub(crate) async fn delete_web_authn_credential(
    cx: &Cx,
    input: DeleteWebAuthnCredentialRequest,
) -> Result<DeleteWebAuthnCredentialResponse, Fault> {
    passkeys::delete(cx, Owner::Token(&input.access_token), &input.credential_id).await?;
    Ok(DeleteWebAuthnCredentialResponse::default())
}
