//! Sign-in, and the end of it.

use poolhouse_core::Cx;
use poolhouse_core::profile::Owner;
use poolhouse_core::signin::{self, Answer, Start, Step};
use poolhouse_core::tokens::{exchange, revoke};
use poolhouse_kernel::Fault;
use poolhouse_wire::Sensitive;
use poolhouse_wire::user_pools::{
    AdminInitiateAuthRequest, AdminRespondToAuthChallengeRequest, GetTokensFromRefreshTokenRequest,
    GetTokensFromRefreshTokenResponse, GlobalSignOutRequest, InitiateAuthRequest, InitiateAuthResponse,
    RespondToAuthChallengeRequest, RevokeAssociatedSessionsType, RevokeTokenRequest,
};

pub(crate) async fn initiate_auth(
    cx: &Cx,
    input: InitiateAuthRequest,
) -> Result<InitiateAuthResponse, Fault> {
    let start = Start {
        pool_id: None,
        client_id: input.client_id,
        flow: input.auth_flow,
        session: input.session,
        parameters: input.auth_parameters.unwrap_or_default(),
    };
    signin::start(cx, start).await.and_then(reply)
}

pub(crate) async fn admin_initiate_auth(
    cx: &Cx,
    input: AdminInitiateAuthRequest,
) -> Result<InitiateAuthResponse, Fault> {
    let start = Start {
        pool_id: Some(input.user_pool_id),
        client_id: input.client_id,
        flow: input.auth_flow,
        session: input.session,
        parameters: input.auth_parameters.unwrap_or_default(),
    };
    signin::start(cx, start).await.and_then(reply)
}

pub(crate) async fn respond_to_auth_challenge(
    cx: &Cx,
    input: RespondToAuthChallengeRequest,
) -> Result<InitiateAuthResponse, Fault> {
    let answer = Answer {
        pool_id: None,
        client_id: input.client_id,
        challenge: input.challenge_name,
        session: input.session,
        responses: input.challenge_responses.unwrap_or_default(),
    };
    signin::respond(cx, answer).await.and_then(reply)
}

pub(crate) async fn admin_respond_to_auth_challenge(
    cx: &Cx,
    input: AdminRespondToAuthChallengeRequest,
) -> Result<InitiateAuthResponse, Fault> {
    let answer = Answer {
        pool_id: Some(input.user_pool_id),
        client_id: input.client_id,
        challenge: input.challenge_name,
        session: input.session,
        responses: input.challenge_responses.unwrap_or_default(),
    };
    signin::respond(cx, answer).await.and_then(reply)
}

pub(crate) async fn get_tokens_from_refresh_token(
    cx: &Cx,
    input: GetTokensFromRefreshTokenRequest,
) -> Result<GetTokensFromRefreshTokenResponse, Fault> {
    let secret = input.client_secret.as_ref().map(Sensitive::as_str);
    let device_key = input.device_key.as_deref();
    let result =
        exchange::refresh_token(cx, &input.client_id, secret, &input.refresh_token, device_key).await?;
    Ok(GetTokensFromRefreshTokenResponse { authentication_result: Some(result) })
}

pub(crate) async fn revoke_token(cx: &Cx, input: RevokeTokenRequest) -> Result<(), Fault> {
    let secret = input.client_secret.as_ref().map(Sensitive::as_str);
    let linked = input.revoke_associated_sessions == Some(RevokeAssociatedSessionsType::Linked);
    revoke::token(cx, &input.client_id, secret, &input.token, linked).await
}

pub(crate) async fn global_sign_out(cx: &Cx, input: GlobalSignOutRequest) -> Result<(), Fault> {
    revoke::global_sign_out(cx, Owner::Token(&input.access_token)).await
}

/// The answers of the four sign-in operations have the same members. With tokens there are
/// `ChallengeParameters` too, empty ones (authentication §1.1, recorded).
fn reply(step: Step) -> Result<InitiateAuthResponse, Fault> {
    Ok(match step {
        Step::Challenge { name, session, parameters, available } => InitiateAuthResponse {
            challenge_name: Some(name),
            session,
            challenge_parameters: Some(parameters),
            available_challenges: (!available.is_empty()).then_some(available),
            ..InitiateAuthResponse::default()
        },
        Step::Tokens(result) => InitiateAuthResponse {
            challenge_parameters: Some([].into()),
            authentication_result: Some(*result),
            ..InitiateAuthResponse::default()
        },
        Step::LoggedIn { .. } => return Err(Fault::internal("a sign-in at the API ended as one at a page")),
    })
}
