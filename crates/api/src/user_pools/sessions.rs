//! Sessions of users, and what pools and clients say about them.

use poolhouse_core::Cx;
use poolhouse_core::profile::Owner;
use poolhouse_core::sessions::configuration::{self, PoolSessions};
use poolhouse_core::{profile, sessions};
use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{
    AdminListUserSessionsRequest, AdminListUserSessionsResponse, AdminRevokeUserSessionRequest,
    ClientSSOSessionConfigType, GetUserPoolClientSessionConfigurationRequest,
    GetUserPoolClientSessionConfigurationResponse, GetUserPoolSessionConfigurationRequest,
    GetUserPoolSessionConfigurationResponse, ListUserSessionsRequest, ListUserSessionsResponse,
    RevokeAssociatedSessionsType, RevokeUserSessionRequest, SetUserPoolClientSessionConfigurationRequest,
    SetUserPoolClientSessionConfigurationResponse, SetUserPoolSessionConfigurationRequest,
    SetUserPoolSessionConfigurationResponse, UserPoolTokenSessionConfigType, UserSessionTrackingType,
};

pub(crate) async fn get_user_pool_session_configuration(
    cx: &Cx,
    input: GetUserPoolSessionConfigurationRequest,
) -> Result<GetUserPoolSessionConfigurationResponse, Fault> {
    let (tracking, token_session) = shown(configuration::of_pool(cx, &input.user_pool_id).await?);
    Ok(GetUserPoolSessionConfigurationResponse {
        user_pool_id: Some(input.user_pool_id),
        user_session_tracking: Some(tracking),
        token_session: Some(token_session),
    })
}

pub(crate) async fn set_user_pool_session_configuration(
    cx: &Cx,
    input: SetUserPoolSessionConfigurationRequest,
) -> Result<SetUserPoolSessionConfigurationResponse, Fault> {
    let wanted = PoolSessions {
        tracked: input.user_session_tracking == UserSessionTrackingType::Enabled,
        max_per_user: input.token_session.max_per_user,
    };
    let stored = configuration::set_of_pool(cx, &input.user_pool_id, wanted).await?;
    let (tracking, token_session) = shown(stored);
    Ok(SetUserPoolSessionConfigurationResponse {
        user_pool_id: Some(input.user_pool_id),
        user_session_tracking: Some(tracking),
        token_session: Some(token_session),
    })
}

pub(crate) async fn get_user_pool_client_session_configuration(
    cx: &Cx,
    input: GetUserPoolClientSessionConfigurationRequest,
) -> Result<GetUserPoolClientSessionConfigurationResponse, Fault> {
    let minutes = configuration::of_client(cx, &input.user_pool_id, &input.client_id).await?;
    Ok(GetUserPoolClientSessionConfigurationResponse {
        user_pool_id: Some(input.user_pool_id),
        client_id: Some(input.client_id),
        sso_session: Some(ClientSSOSessionConfigType { max_validity_minutes: minutes }),
    })
}

pub(crate) async fn set_user_pool_client_session_configuration(
    cx: &Cx,
    input: SetUserPoolClientSessionConfigurationRequest,
) -> Result<SetUserPoolClientSessionConfigurationResponse, Fault> {
    let wanted = input.sso_session.max_validity_minutes;
    let minutes = configuration::set_of_client(cx, &input.user_pool_id, &input.client_id, wanted).await?;
    Ok(SetUserPoolClientSessionConfigurationResponse {
        user_pool_id: Some(input.user_pool_id),
        client_id: Some(input.client_id),
        sso_session: Some(ClientSSOSessionConfigType { max_validity_minutes: minutes }),
    })
}

pub(crate) async fn list_user_sessions(
    cx: &Cx,
    input: ListUserSessionsRequest,
) -> Result<ListUserSessionsResponse, Fault> {
    let sessions =
        profile::sessions::list_own(cx, Owner::Token(&input.access_token), input.next_token.as_deref())
            .await?;
    Ok(ListUserSessionsResponse { sessions: Some(sessions), next_token: None })
}

pub(crate) async fn admin_list_user_sessions(
    cx: &Cx,
    input: AdminListUserSessionsRequest,
) -> Result<AdminListUserSessionsResponse, Fault> {
    let token = input.next_token.as_deref();
    let sessions = sessions::list_of_user(cx, &input.user_pool_id, &input.username, token).await?;
    Ok(AdminListUserSessionsResponse { sessions: Some(sessions), next_token: None })
}

pub(crate) async fn revoke_user_session(cx: &Cx, input: RevokeUserSessionRequest) -> Result<(), Fault> {
    let linked = input.revoke_associated_sessions == Some(RevokeAssociatedSessionsType::Linked);
    profile::sessions::revoke_own(cx, Owner::Token(&input.access_token), &input.session_id, linked).await
}

pub(crate) async fn admin_revoke_user_session(
    cx: &Cx,
    input: AdminRevokeUserSessionRequest,
) -> Result<(), Fault> {
    let linked = input.revoke_associated_sessions == Some(RevokeAssociatedSessionsType::Linked);
    sessions::revoke_of_user(cx, &input.user_pool_id, &input.username, &input.session_id, linked).await
}

fn shown(sessions: PoolSessions) -> (UserSessionTrackingType, UserPoolTokenSessionConfigType) {
    let tracking = match sessions.tracked {
        true => UserSessionTrackingType::Enabled,
        false => UserSessionTrackingType::Disabled,
    };
    (tracking, UserPoolTokenSessionConfigType { max_per_user: sessions.max_per_user })
}
