//! How pages look: the classic ones, and managed login.

use poolhouse_core::Cx;
use poolhouse_core::branding::style::{self, Wanted};
use poolhouse_core::branding::ui;
use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{
    CreateManagedLoginBrandingRequest, CreateManagedLoginBrandingResponse, DeleteManagedLoginBrandingRequest,
    DescribeManagedLoginBrandingByClientRequest, DescribeManagedLoginBrandingByClientResponse,
    DescribeManagedLoginBrandingRequest, DescribeManagedLoginBrandingResponse, GetUICustomizationRequest,
    GetUICustomizationResponse, SetUICustomizationRequest, SetUICustomizationResponse,
    UpdateManagedLoginBrandingRequest, UpdateManagedLoginBrandingResponse,
};

pub(crate) async fn set_ui_customization(
    cx: &Cx,
    input: SetUICustomizationRequest,
) -> Result<SetUICustomizationResponse, Fault> {
    let (client, image) = (input.client_id.as_ref(), input.image_file.as_deref());
    let look = ui::set(cx, &input.user_pool_id, client, input.css, image).await?;
    Ok(SetUICustomizationResponse { ui_customization: Some(look) })
}

pub(crate) async fn get_ui_customization(
    cx: &Cx,
    input: GetUICustomizationRequest,
) -> Result<GetUICustomizationResponse, Fault> {
    let look = ui::get(cx, &input.user_pool_id, input.client_id.as_ref()).await?;
    Ok(GetUICustomizationResponse { ui_customization: Some(look) })
}

pub(crate) async fn create_managed_login_branding(
    cx: &Cx,
    input: CreateManagedLoginBrandingRequest,
) -> Result<CreateManagedLoginBrandingResponse, Fault> {
    let wanted = Wanted {
        provided: input.use_cognito_provided_values,
        settings: input.settings,
        assets: input.assets,
    };
    let style = style::create(cx, &input.user_pool_id, &input.client_id, wanted).await?;
    Ok(CreateManagedLoginBrandingResponse { managed_login_branding: Some(style) })
}

pub(crate) async fn describe_managed_login_branding(
    cx: &Cx,
    input: DescribeManagedLoginBrandingRequest,
) -> Result<DescribeManagedLoginBrandingResponse, Fault> {
    let merged = input.return_merged_resources.unwrap_or(false);
    let style = style::describe(cx, &input.user_pool_id, &input.managed_login_branding_id, merged).await?;
    Ok(DescribeManagedLoginBrandingResponse { managed_login_branding: Some(style) })
}

pub(crate) async fn describe_managed_login_branding_by_client(
    cx: &Cx,
    input: DescribeManagedLoginBrandingByClientRequest,
) -> Result<DescribeManagedLoginBrandingByClientResponse, Fault> {
    let merged = input.return_merged_resources.unwrap_or(false);
    let style = style::of_client(cx, &input.user_pool_id, &input.client_id, merged).await?;
    Ok(DescribeManagedLoginBrandingByClientResponse { managed_login_branding: Some(style) })
}

pub(crate) async fn update_managed_login_branding(
    cx: &Cx,
    input: UpdateManagedLoginBrandingRequest,
) -> Result<UpdateManagedLoginBrandingResponse, Fault> {
    let pool_id = input.user_pool_id.ok_or_else(|| missing("userPoolId"))?;
    let style_id = input.managed_login_branding_id.ok_or_else(|| missing("managedLoginBrandingId"))?;
    let wanted = Wanted {
        provided: input.use_cognito_provided_values,
        settings: input.settings,
        assets: input.assets,
    };
    let style = style::update(cx, &pool_id, &style_id, wanted).await?;
    Ok(UpdateManagedLoginBrandingResponse { managed_login_branding: Some(style) })
}

pub(crate) async fn delete_managed_login_branding(
    cx: &Cx,
    input: DeleteManagedLoginBrandingRequest,
) -> Result<(), Fault> {
    style::delete(cx, &input.user_pool_id, &input.managed_login_branding_id).await
}

/// The model does not require what names the style; without it there is nothing to change.
fn missing(member: &str) -> Fault {
    Fault::invalid_parameter(format!(
        "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
    ))
}
