//! A job's record: its states, and how it is shown.

use poolhouse_kernel::Fault;
use poolhouse_store::tables::import_jobs::ImportJob;
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::{PasswordHashingAlgorithmType, UserImportJobStatusType, UserImportJobType};

use super::url;
use crate::Cx;
use crate::model::Pool;

/// How long a job waits to be started, in seconds: a day (operations-and-protection §11, documented).
pub(super) const LIFETIME: i64 = 24 * 60 * 60;

/// What a job's record says of its state.
pub(super) fn status(job: &ImportJob) -> UserImportJobStatusType {
    UserImportJobStatusType::from(job.status.as_str())
}

/// Puts a job into another state.
pub(super) fn set_status(job: &mut ImportJob, status: &UserImportJobStatusType) {
    status.as_str().clone_into(&mut job.status);
}

/// How the passwords of the file are hashed.
pub(super) fn hashing(job: &ImportJob) -> Option<PasswordHashingAlgorithmType> {
    job.hashing.as_deref().map(PasswordHashingAlgorithmType::from)
}

/// Ends a job; nobody takes it any more.
pub(super) fn end(cx: &Cx, job: &mut ImportJob, status: &UserImportJobStatusType, message: &str) {
    set_status(job, status);
    job.completed_at = Some(cx.now);
    job.message = Some(message.to_owned());
    (job.lease, job.due_at) = (None, None);
}

/// The job as it is shown.
pub(super) fn view(cx: &Cx, pool: &Pool, job: ImportJob) -> UserImportJobType {
    UserImportJobType {
        pre_signed_url: Some(url::of(cx, pool, &job.job_id)),
        status: Some(status(&job)),
        password_hashing_algorithm: hashing(&job),
        job_name: Some(job.name),
        job_id: Some(job.job_id),
        user_pool_id: Some(job.pool_id),
        creation_date: Some(job.created_at),
        start_date: job.started_at,
        completion_date: job.completed_at,
        cloud_watch_logs_role_arn: Some(job.role_arn),
        imported_users: Some(job.imported),
        skipped_users: Some(job.skipped),
        failed_users: Some(job.failed),
        completion_message: job.message,
    }
}

/// The text is open (users-and-groups §17).
pub(super) fn not_found(job_id: &str) -> Fault {
    Fault::not_found(format!("User import job {job_id} does not exist."))
}

pub(super) fn not_met(text: impl Into<std::borrow::Cow<'static, str>>) -> Fault {
    Fault::new(ErrorCode::PreconditionNotMetException, text)
}
