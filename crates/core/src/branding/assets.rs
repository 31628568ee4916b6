//! The images of managed login (docs/cognito/oauth-and-managed-login.md §10.2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poolhouse_kernel::Fault;
use poolhouse_ports::PoolId;
use poolhouse_store::tables::branding_assets::BrandingAsset;
use poolhouse_wire::user_pools::{AssetCategoryType, AssetExtensionType, AssetType};

/// The images that are given for a style, as they are stored.
pub(super) fn to_rows(
    pool_id: &PoolId,
    style_id: &str,
    assets: Vec<AssetType>,
) -> Result<Vec<BrandingAsset>, Fault> {
    let problems: Vec<String> = assets.iter().filter_map(problem).collect();
    if !problems.is_empty() {
        // The frame is recorded, what is said in it is ours.
        let problems = problems.join(", ");
        let text = format!("Invalid assets provided. Validation errors: [{problems}]");
        return Err(Fault::invalid_parameter(text));
    }
    (0..).zip(assets).map(|(position, asset)| to_row(pool_id, style_id, position, asset)).collect()
}

/// What is wrong with an image. A favicon says in its category what it is; the others are no icons (observed).
fn problem(asset: &AssetType) -> Option<String> {
    use AssetExtensionType::{Ico, Svg};
    let (category, extension, color_mode) = (&asset.category, &asset.extension, &asset.color_mode);
    let fits = match category {
        AssetCategoryType::FaviconIco => *extension == Ico,
        AssetCategoryType::FaviconSvg => *extension == Svg,
        _ => *extension != Ico,
    };
    let message = if !fits {
        "the extension is not supported for the category"
    } else if asset.bytes.as_ref().is_none_or(String::is_empty) {
        "there are no bytes"
    } else {
        return None;
    };
    Some(format!(
        "{{category: {category}, extension: {extension}, colorMode: {color_mode}, errorMessage: {message}}}"
    ))
}

fn to_row(pool_id: &PoolId, style_id: &str, position: i64, asset: AssetType) -> Result<BrandingAsset, Fault> {
    let content = STANDARD.decode(asset.bytes.unwrap_or_default());
    Ok(BrandingAsset {
        pool_id: pool_id.clone(),
        style_id: style_id.to_owned(),
        position,
        category: asset.category.as_str().to_owned(),
        color_mode: asset.color_mode.as_str().to_owned(),
        extension: asset.extension.as_str().to_owned(),
        resource_id: asset.resource_id,
        content: content.map_err(|_| Fault::invalid_parameter("The bytes of an asset are not base64."))?,
    })
}

/// An image as answers show it.
pub(super) fn view(row: BrandingAsset) -> AssetType {
    AssetType {
        category: row.category.as_str().into(),
        color_mode: row.color_mode.as_str().into(),
        extension: row.extension.as_str().into(),
        bytes: Some(STANDARD.encode(row.content)),
        resource_id: row.resource_id,
    }
}
