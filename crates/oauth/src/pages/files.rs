//! What pages load: our style sheet and script, and the files of a client's brand.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use poolhouse_core::branding::{look, ui};
use poolhouse_kernel::Fault;
use poolhouse_pages::{assets, security};
use poolhouse_ports::ClientId;

use super::look::Look;
use crate::answer;
use crate::visit::Visit;

/// A file that pages load.
pub(crate) async fn asset(visit: &mut Visit) -> Result<Response<Body>, Fault> {
    let Some(rest) = visit.path().strip_prefix(assets::PATH) else { return Ok(missing()) };
    if let Some(asset) = assets::find(rest) {
        return Ok(file(asset.content_type, asset.bytes.to_vec()));
    }
    let Some((client_id, name)) = rest.split_once('/') else { return Ok(missing()) };
    Ok(of_brand(visit, &client_id.into(), name).await?.unwrap_or_else(missing))
}

async fn of_brand(visit: &Visit, client_id: &ClientId, name: &str) -> Result<Option<Response<Body>>, Fault> {
    if name.ends_with(".css") {
        let sheet = Look::of(visit, client_id, "").await?.and_then(|look| look.sheet(name));
        return Ok(sheet.map(|text| file("text/css; charset=utf-8", text.into_bytes())));
    }
    let position = name.split('-').next().and_then(|position| position.parse().ok());
    let Some(position) = position else { return Ok(None) };
    let image = look::image(&visit.cx, &visit.place.pool_id, client_id, position).await?;
    Ok(image.map(|(extension, bytes)| file(content_type(&extension), bytes)))
}

fn content_type(extension: &str) -> &'static str {
    match extension {
        "ICO" => "image/x-icon",
        "JPEG" => "image/jpeg",
        "SVG" => "image/svg+xml",
        "WEBP" => "image/webp",
        _ => "image/png",
    }
}

/// The logo of the classic pages: `/ui-customization/<client id or ALL>/<version>/image`.
pub(crate) async fn logo(visit: &mut Visit) -> Result<Response<Body>, Fault> {
    let selector = visit.path().split('/').nth(2).unwrap_or_default();
    let image = ui::image(&visit.cx, &visit.place.pool_id, selector).await?;
    Ok(match image {
        Some(bytes) if bytes.starts_with(b"\x89PNG") => file("image/png", bytes),
        Some(bytes) => file("image/jpeg", bytes),
        None => missing(),
    })
}

fn missing() -> Response<Body> {
    answer::bare(StatusCode::NOT_FOUND)
}

/// A file that never changes under its address. It is looked at and never run: an SVG may hold scripts.
fn file(content_type: &'static str, bytes: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    let policy = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox");
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    for (name, value) in security::ASSET_HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}
