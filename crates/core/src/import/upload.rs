//! The file of a job: uploaded by one PUT to a URL that says by itself for which job, and kept in the database in sealed
//! parts, so that any node can go on with it.

use std::sync::Arc;

use poolhouse_crypto::digest::equal;
use poolhouse_kernel::Fault;
use poolhouse_ports::PoolId;
use poolhouse_store::tables::import_jobs::{self as table, ImportJob};
use poolhouse_store::tables::import_parts::{self, ImportPart};
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::UserImportJobStatusType;

use super::job;
use super::url::{SECONDS, signature};
use crate::model::Pool;
use crate::{Cx, pools};

/// The longest file, in bytes (operations-and-protection §11, documented).
pub(super) const LONGEST: usize = 100 * 1024 * 1024;

/// The size of a part, in bytes.
pub(super) const PART: usize = 1024 * 1024;

const UNKNOWN: &str = "The signature of the URL is not that of a user import job.";
const CLOSED: &str = "The user import job does not take this file any more.";

/// Why an upload is not taken.
#[derive(Debug)]
pub enum Refused {
    /// The URL is not, or no longer, one to upload to.
    Denied(&'static str),
    /// The file is too long.
    TooLong,
    /// It failed.
    Failed(Fault),
}

impl<F: Into<Fault>> From<F> for Refused {
    fn from(fault: F) -> Self {
        Self::Failed(fault.into())
    }
}

/// An upload under way.
pub struct Upload {
    pool: Arc<Pool>,
    job_id: String,
    id: String,
    parts: i64,
    size: usize,
    /// What is not in a part yet.
    rest: Vec<u8>,
}

impl Upload {
    /// Begins an upload, if the signature of its URL is the job's and it is not too late.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn begin(cx: &Cx, pool_id: &PoolId, job_id: &str, given: &str) -> Result<Self, Refused> {
        let unknown = || Refused::Denied(UNKNOWN);
        let pool = match pools::get(cx, pool_id).await {
            Ok(pool) => pool,
            Err(fault) if fault.code() == ErrorCode::ResourceNotFoundException => return Err(unknown()),
            Err(fault) => return Err(fault.into()),
        };
        if !equal(signature(&pool, job_id).as_bytes(), given.as_bytes()) {
            return Err(unknown());
        }
        if let Some(text) = cx.repeat(|| make_room(cx, pool_id, job_id)).await? {
            return Err(Refused::Denied(text));
        }
        let id = cx.entropy().uuid().to_string();
        Ok(Self { pool, job_id: job_id.to_owned(), id, parts: 0, size: 0, rest: Vec::new() })
    }

    /// Takes the next bytes of the file.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn take(&mut self, cx: &Cx, mut bytes: &[u8]) -> Result<(), Refused> {
        self.size = self.size.saturating_add(bytes.len());
        if self.size > LONGEST {
            return Err(Refused::TooLong);
        }
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(PART - self.rest.len()));
            self.rest.extend_from_slice(now);
            bytes = later;
            if self.rest.len() == PART {
                self.store(cx).await?;
            }
        }
        Ok(())
    }

    /// The file is complete: it becomes the job's, in the place of an earlier one.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn finish(mut self, cx: &Cx) -> Result<(), Refused> {
        if !self.rest.is_empty() {
            self.store(cx).await?;
        }
        let size = i64::try_from(self.size).map_err(Fault::internal)?;
        let open = cx
            .repeat(async || {
                let mut tx = cx.write().await?;
                let found = table::get(&mut tx, &self.pool.id, &self.job_id).await?;
                let Some(mut job) = found.filter(is_open) else { return Ok(false) };
                // Another upload may have begun, and taken the parts of this one for left behind.
                let parts = import_parts::count(&mut tx, &self.pool.id, &self.job_id, &self.id).await?;
                if parts != self.parts {
                    return Ok(false);
                }
                (job.upload_id, job.size) = (Some(self.id.clone()), size);
                table::update(&mut tx, &job).await?;
                import_parts::delete_others(&mut tx, &self.pool.id, &self.job_id, &self.id).await?;
                tx.commit().await?;
                Ok(true)
            })
            .await?;
        if open { Ok(()) } else { Err(Refused::Denied(CLOSED)) }
    }

    /// Makes a part of what there is.
    async fn store(&mut self, cx: &Cx) -> Result<(), Refused> {
        let part = ImportPart {
            pool_id: self.pool.id.clone(),
            job_id: self.job_id.clone(),
            upload_id: self.id.clone(),
            number: self.parts,
            content: self.pool.keys.seal(&place(&self.job_id, self.parts), &self.rest),
        };
        let stored = cx
            .repeat(async || {
                let mut tx = cx.write().await?;
                // A job that has begun keeps its file, and one that has ended has none.
                let found = table::get(&mut tx, &part.pool_id, &part.job_id).await?;
                if !found.is_some_and(|job| is_open(&job)) {
                    return Ok(false);
                }
                // Another upload has begun, and taken the parts of this one for left behind: the newest is the only one.
                let before =
                    import_parts::count(&mut tx, &part.pool_id, &part.job_id, &part.upload_id).await?;
                if before != part.number {
                    return Ok(false);
                }
                import_parts::insert(&mut tx, &part).await?;
                tx.commit().await?;
                Ok(true)
            })
            .await?;
        self.parts += 1;
        self.rest.clear();
        if stored { Ok(()) } else { Err(Refused::Denied(CLOSED)) }
    }
}

/// Looks whether a job takes a file, and deletes what an upload left that was cut off. Tells why it takes none.
async fn make_room(cx: &Cx, pool_id: &PoolId, job_id: &str) -> Result<Option<&'static str>, Fault> {
    let mut tx = cx.write().await?;
    let Some(found) = table::get(&mut tx, pool_id, job_id).await? else { return Ok(Some(UNKNOWN)) };
    if cx.now.millis_since(found.created_at) > SECONDS * 1000 {
        return Ok(Some("Request has expired"));
    }
    if !is_open(&found) {
        return Ok(Some(CLOSED));
    }
    let kept = found.upload_id.as_deref().unwrap_or_default();
    import_parts::delete_others(&mut tx, pool_id, job_id, kept).await?;
    tx.commit().await?;
    Ok(None)
}

/// Where a part belongs; it opens nowhere else.
pub(super) fn place(job_id: &str, number: i64) -> String {
    format!("import/{job_id}/{number}")
}

fn is_open(found: &ImportJob) -> bool {
    job::status(found) == UserImportJobStatusType::Created
}
