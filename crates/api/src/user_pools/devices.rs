//! The devices of users.

use poolhouse_core::Cx;
use poolhouse_core::profile::Owner;
use poolhouse_core::profile::devices::{self, Confirmation, Whose};
use poolhouse_kernel::Fault;
use poolhouse_wire::Sensitive;
use poolhouse_wire::user_pools::{
    AdminForgetDeviceRequest, AdminGetDeviceRequest, AdminGetDeviceResponse, AdminListDevicesRequest,
    AdminListDevicesResponse, AdminUpdateDeviceStatusRequest, AdminUpdateDeviceStatusResponse,
    ConfirmDeviceRequest, ConfirmDeviceResponse, ForgetDeviceRequest, GetDeviceRequest, GetDeviceResponse,
    ListDevicesRequest, ListDevicesResponse, UpdateDeviceStatusRequest, UpdateDeviceStatusResponse,
};

pub(crate) async fn confirm_device(
    cx: &Cx,
    input: ConfirmDeviceRequest,
) -> Result<ConfirmDeviceResponse, Fault> {
    let given = Confirmation {
        device_key: input.device_key,
        name: input.device_name,
        secret: input.device_secret_verifier_config,
    };
    let necessary = devices::confirm(cx, Owner::Token(&input.access_token), given).await?;
    Ok(ConfirmDeviceResponse { user_confirmation_necessary: Some(necessary) })
}

pub(crate) async fn get_device(cx: &Cx, input: GetDeviceRequest) -> Result<GetDeviceResponse, Fault> {
    let whose = owner(input.access_token.as_ref())?;
    Ok(GetDeviceResponse { device: Some(devices::get(cx, whose, &input.device_key).await?) })
}

pub(crate) async fn admin_get_device(
    cx: &Cx,
    input: AdminGetDeviceRequest,
) -> Result<AdminGetDeviceResponse, Fault> {
    let whose = Whose::User { pool_id: &input.user_pool_id, username: &input.username };
    Ok(AdminGetDeviceResponse { device: Some(devices::get(cx, whose, &input.device_key).await?) })
}

pub(crate) async fn list_devices(cx: &Cx, input: ListDevicesRequest) -> Result<ListDevicesResponse, Fault> {
    let whose = Whose::Own(Owner::Token(&input.access_token));
    let page = devices::list(cx, whose, input.limit, input.pagination_token.as_deref()).await?;
    Ok(ListDevicesResponse { devices: Some(page.items), pagination_token: page.next_token })
}

pub(crate) async fn admin_list_devices(
    cx: &Cx,
    input: AdminListDevicesRequest,
) -> Result<AdminListDevicesResponse, Fault> {
    let whose = Whose::User { pool_id: &input.user_pool_id, username: &input.username };
    let page = devices::list(cx, whose, input.limit, input.pagination_token.as_deref()).await?;
    Ok(AdminListDevicesResponse { devices: Some(page.items), pagination_token: page.next_token })
}

pub(crate) async fn update_device_status(
    cx: &Cx,
    input: UpdateDeviceStatusRequest,
) -> Result<UpdateDeviceStatusResponse, Fault> {
    let whose = Whose::Own(Owner::Token(&input.access_token));
    devices::remember(cx, whose, &input.device_key, input.device_remembered_status).await?;
    Ok(UpdateDeviceStatusResponse::default())
}

pub(crate) async fn admin_update_device_status(
    cx: &Cx,
    input: AdminUpdateDeviceStatusRequest,
) -> Result<AdminUpdateDeviceStatusResponse, Fault> {
    let whose = Whose::User { pool_id: &input.user_pool_id, username: &input.username };
    devices::remember(cx, whose, &input.device_key, input.device_remembered_status).await?;
    Ok(AdminUpdateDeviceStatusResponse::default())
}

pub(crate) async fn forget_device(cx: &Cx, input: ForgetDeviceRequest) -> Result<(), Fault> {
    devices::forget(cx, owner(input.access_token.as_ref())?, &input.device_key).await
}

pub(crate) async fn admin_forget_device(cx: &Cx, input: AdminForgetDeviceRequest) -> Result<(), Fault> {
    let whose = Whose::User { pool_id: &input.user_pool_id, username: &input.username };
    devices::forget(cx, whose, &input.device_key).await
}

/// Where the model makes the token optional (protocol §5; the text is open).
fn owner(token: Option<&Sensitive>) -> Result<Whose<'_>, Fault> {
    token
        .map(|token| Whose::Own(Owner::Token(token)))
        .ok_or_else(|| Fault::invalid_parameter("Either Access Token or Session must be provided"))
}
