//! The operations on import jobs.

use poolhouse_kernel::Fault;
use poolhouse_kernel::paging::{Page, Pager};
use poolhouse_ports::{PoolId, Timestamp};
use poolhouse_store::Tx;
use poolhouse_store::tables::import_jobs::{self as table, ImportJob};
use poolhouse_store::tables::{import_parts, journals};
use poolhouse_wire::user_pools::{PasswordHashingAlgorithmType, UserImportJobStatusType, UserImportJobType};

use super::job::{self, LIFETIME};
use super::{csv, people};
use crate::quota::{self, Quota};
use crate::{Cx, Engine, ids, pools};

/// How many jobs expire in one transaction: the file of one may be a hundred parts of 1 MiB.
const BATCH: u32 = 1;

/// The columns that a file for the pool must have.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn csv_header(cx: &Cx, pool_id: &PoolId) -> Result<Vec<String>, Fault> {
    Ok(csv::columns(&*pools::get(cx, pool_id).await?))
}

/// Makes a job, whose file is still to be uploaded.
///
/// # Errors
/// `ResourceNotFoundException`, `LimitExceededException`.
pub async fn create(
    cx: &Cx,
    pool_id: &PoolId,
    name: String,
    role_arn: String,
    hashing: Option<PasswordHashingAlgorithmType>,
) -> Result<UserImportJobType, Fault> {
    let pool = pools::get_to_change(cx, pool_id).await?;
    let job = ImportJob {
        pool_id: pool_id.clone(),
        job_id: ids::import_job_id(cx.entropy()),
        name,
        role_arn,
        hashing: hashing.map(|hashing| hashing.as_str().to_owned()),
        status: UserImportJobStatusType::Created.as_str().to_owned(),
        created_at: cx.now,
        started_at: None,
        completed_at: None,
        imported: 0,
        skipped: 0,
        failed: 0,
        message: None,
        upload_id: None,
        size: 0,
        position: 0,
        line: 0,
        lease: None,
        due_at: None,
        attempts: 0,
    };
    let room = quota::room(cx, Quota::ImportJobs, pool_id).await?;
    let mut tx = cx.write().await?;
    table::insert(&mut tx, &job).await?;
    room.check(&mut tx).await?;
    tx.commit().await?;
    Ok(job::view(cx, &pool, job))
}

/// A job as it is now.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn describe(cx: &Cx, pool_id: &PoolId, job_id: &str) -> Result<UserImportJobType, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    let found = stored(&mut cx.read().await?, pool_id, job_id).await?;
    Ok(job::view(cx, &pool, found))
}

/// A page of the pool's jobs, the newest first.
///
/// # Errors
/// `InvalidParameterException`, `ResourceNotFoundException`.
pub async fn list(
    cx: &Cx,
    pool_id: &PoolId,
    limit: i32,
    token: Option<&str>,
) -> Result<Page<UserImportJobType>, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    let pager = Pager::new(cx, &pool.keys, "import jobs".to_owned(), Some(limit));
    let after: Option<(Timestamp, String)> = pager.after(token)?;
    let (time, id) = after.unwrap_or_else(|| (Timestamp(i64::MAX), String::new()));
    let rows = table::list_before(&mut cx.read().await?, pool_id, (time, &id), pager.rows()).await?;
    let page = pager.page(rows, |row| Some((row.created_at, row.job_id.clone())))?;
    Ok(page.map(|row| job::view(cx, &pool, row)))
}

/// Lets a job run, on whichever node takes it first.
///
/// # Errors
/// `ResourceNotFoundException`; `PreconditionNotMetException` without a file, for the second time, while another job
/// of the account runs, or where the pool verifies no attribute.
pub async fn start(cx: &Cx, pool_id: &PoolId, job_id: &str) -> Result<UserImportJobType, Fault> {
    let pool = pools::get_to_change(cx, pool_id).await?;
    let mut tx = cx.write().await?;
    let mut found = stored(&mut tx, pool_id, job_id).await?;
    let expired = cx.now.millis_since(found.created_at) >= LIFETIME * 1000;
    if job::status(&found) != UserImportJobStatusType::Created || expired {
        return Err(job::not_met("The job cannot be started in its current state."));
    }
    if found.upload_id.is_none() {
        return Err(job::not_met(format!("No csv file was uploaded for {job_id}")));
    }
    if !people::can_be_verified(&pool) {
        let text = "The user pool must have at least one auto verified attribute to import users.";
        return Err(job::not_met(text));
    }
    if table::first_active(&mut tx).await?.is_some() {
        return Err(job::not_met("Another user import job is running. Only one can run at a time."));
    }
    // Exactly, where the node's own record is some moments old.
    if journals::get(&mut tx, pool_id).await?.is_some_and(|journal| journal.is_paused(cx.now)) {
        return Err(Fault::paused());
    }
    job::set_status(&mut found, &UserImportJobStatusType::Pending);
    (found.started_at, found.due_at) = (Some(cx.now), Some(cx.now));
    table::update(&mut tx, &found).await?;
    tx.commit().await?;
    Ok(job::view(cx, &pool, found))
}

/// Stops a job that runs, or is to; whoever has it ends it before the next batch. What was imported stays.
///
/// # Errors
/// `ResourceNotFoundException`; `PreconditionNotMetException` for a job that does not run.
pub async fn stop(cx: &Cx, pool_id: &PoolId, job_id: &str) -> Result<UserImportJobType, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    let mut tx = cx.write().await?;
    let mut found = stored(&mut tx, pool_id, job_id).await?;
    let runs = [UserImportJobStatusType::Pending, UserImportJobStatusType::InProgress];
    if !runs.contains(&job::status(&found)) {
        // The text is open (users-and-groups §17).
        return Err(job::not_met("The job cannot be stopped in its current state."));
    }
    job::set_status(&mut found, &UserImportJobStatusType::Stopping);
    table::update(&mut tx, &found).await?;
    tx.commit().await?;
    Ok(job::view(cx, &pool, found))
}

/// Ends some of the jobs that nobody started for a day, and deletes their files; tells how many, none when there are no more.
///
/// # Errors
/// When the database cannot be written.
pub async fn expire(engine: &Engine) -> Result<u64, Fault> {
    let cx = Cx::job(engine);
    let end = cx.now.plus_seconds(-LIFETIME);
    cx.repeat(async || {
        let mut tx = cx.write().await?;
        let created = UserImportJobStatusType::Created;
        let old = table::find_by_status(&mut tx, created.as_str(), end, BATCH).await?;
        let count = u64::try_from(old.len()).unwrap_or(u64::MAX);
        for mut found in old {
            let text = "The user import job has expired.";
            job::end(&cx, &mut found, &UserImportJobStatusType::Expired, text);
            found.upload_id = None;
            table::update(&mut tx, &found).await?;
            import_parts::delete(&mut tx, &found.pool_id, &found.job_id).await?;
        }
        if count > 0 {
            tx.commit().await?;
        }
        Ok(count)
    })
    .await
}

async fn stored(tx: &mut Tx, pool_id: &PoolId, job_id: &str) -> Result<ImportJob, Fault> {
    table::get(tx, pool_id, job_id).await?.ok_or_else(|| job::not_found(job_id))
}
