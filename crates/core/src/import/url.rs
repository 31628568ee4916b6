//! Where the file of a job is uploaded to.

use poolhouse_crypto::digest::hex;

use crate::Cx;
use crate::model::Pool;

/// How long a job takes its file, in seconds (operations-and-protection §11, documented).
pub(super) const SECONDS: i64 = 899;

/// The URL for the file of a job. Whoever knows it may upload, as at AWS.
pub(super) fn of(cx: &Cx, pool: &Pool, job_id: &str) -> String {
    let (public, pool_id, signature) = (&cx.settings().public_url, &pool.id, signature(pool, job_id));
    format!("{public}/{pool_id}/imports/{job_id}?X-Amz-Expires={SECONDS}&X-Amz-Signature={signature}")
}

/// What shows that somebody was told the URL.
pub(super) fn signature(pool: &Pool, job_id: &str) -> String {
    hex(&pool.keys.hash("import", job_id))
}
