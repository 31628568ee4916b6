//! Where the files of imports are uploaded to: `PUT /<pool id>/imports/<job id>?X-Amz-Signature=…`. It answers as S3
//! does, which stands behind the URL at AWS (docs/cognito/operations-and-protection.md §11).

use std::time::Duration;

use axum::body::Body;
use axum::extract::Query;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use poolhouse_core::Cx;
use poolhouse_core::import::{Refused, Upload};
use poolhouse_kernel::Fault;
use poolhouse_ports::PoolId;
use serde::Deserialize;
use tokio::time::Instant;

use crate::headers::name_request;

/// How long a client may pause while it sends its file.
const PAUSE: Duration = Duration::from_secs(30);

/// How long all of a file may take: as long as its URL is good.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// What an upload takes in memory, in KiB: a part, and the same once more sealed.
pub(crate) const KIBIBYTES: u32 = 3 * 1024;

/// What counts of the URL's parameters.
#[derive(Deserialize)]
struct Parameters {
    #[serde(rename = "X-Amz-Signature")]
    signature: String,
}

/// Takes the file, and says what became of it.
pub(crate) async fn answer(
    cx: &Cx,
    (pool_id, job_id): &(PoolId, String),
    head: &Parts,
    body: Body,
) -> Response<Body> {
    let request = Query::<Parameters>::try_from_uri(&head.uri);
    let signature = request.map(|Query(parameters)| parameters.signature).unwrap_or_default();
    let (status, code, text) = match receive(cx, pool_id, job_id, &signature, body).await {
        Ok(()) => return written(cx, StatusCode::OK, String::new()),
        Err(Failed::Refused(Refused::Denied(text))) => (StatusCode::FORBIDDEN, "AccessDenied", text),
        Err(Failed::Refused(Refused::TooLong)) => (
            StatusCode::BAD_REQUEST,
            "EntityTooLarge",
            "Your proposed upload exceeds the maximum allowed size of 100 MB.",
        ),
        Err(Failed::Refused(Refused::Failed(fault))) => return failed(cx, &fault),
        Err(Failed::Late) => (
            StatusCode::BAD_REQUEST,
            "RequestTimeout",
            "The file was not sent within the time that it may take.",
        ),
        Err(Failed::CutOff) => (StatusCode::BAD_REQUEST, "IncompleteBody", "The file was cut off."),
    };
    error(cx, status, code, text)
}

/// Why a file was not received.
enum Failed {
    Refused(Refused),
    Late,
    CutOff,
}

impl<R: Into<Refused>> From<R> for Failed {
    fn from(refused: R) -> Self {
        Self::Refused(refused.into())
    }
}

/// Nothing of the body is waited for that is not asked for by the URL.
async fn receive(
    cx: &Cx,
    pool_id: &PoolId,
    job_id: &str,
    signature: &str,
    mut body: Body,
) -> Result<(), Failed> {
    cx.admit_source()?;
    let mut upload = Upload::begin(cx, pool_id, job_id, signature).await?;
    let end = Instant::now() + LONGEST;
    loop {
        let until = end.min(Instant::now() + PAUSE);
        let frame = tokio::time::timeout_at(until, body.frame()).await.map_err(|_| Failed::Late)?;
        let Some(frame) = frame else { break };
        let Ok(data) = frame.map_err(|_| Failed::CutOff)?.into_data() else { continue };
        upload.take(cx, &data).await?;
    }
    Ok(upload.finish(cx).await?)
}

/// The answer to a fault, whose cause is for the log.
pub(crate) fn failed(cx: &Cx, fault: &Fault) -> Response<Body> {
    fault.log();
    if fault.code().is_failure() {
        let text = "We encountered an internal error. Please try again.";
        return error(cx, StatusCode::INTERNAL_SERVER_ERROR, "InternalError", text);
    }
    error(cx, StatusCode::SERVICE_UNAVAILABLE, "SlowDown", "Please reduce your request rate.")
}

/// The texts are our own, so nothing of them needs to be escaped.
fn error(cx: &Cx, status: StatusCode, code: &'static str, text: &'static str) -> Response<Body> {
    let id = cx.request_id;
    written(
        cx,
        status,
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code>\
             <Message>{text}</Message><RequestId>{id}</RequestId></Error>"
        ),
    )
}

fn written(cx: &Cx, status: StatusCode, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    name_request(headers, cx.request_id);
    response
}
